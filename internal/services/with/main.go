// With runs a command beside real PostgreSQL, Redis and stripe-mock, named in
// its environment, and stops them after it:
//
//	go run ./internal/services/with go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/kumun/kumun/internal/services"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: with COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	program := &services.Program{}
	command := exec.Command(os.Args[1], os.Args[2:]...)
	command.Env = append(os.Environ(), services.Shared(program)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	// A group of its own: a signal reaches its children too.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		program.Fatalf("%v", err)
	}
	go func() {
		for received := range signals {
			_ = syscall.Kill(-command.Process.Pid, received.(syscall.Signal))
		}
	}()
	err := command.Wait()
	program.Close()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(max(exit.ExitCode(), 1))
	}
}
