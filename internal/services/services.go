// Package services gives tests and benchmarks the real things: PostgreSQL,
// Redis, stripe-mock, an SMTP server and Chromium. A missing one fails the
// test with the line that installs it, and never skips.
//
// Under ./test one server of each kind is shared, and named in KUMUN_TEST_…;
// without these variables a test process starts what it asks for. Either way
// servers listen on loopback only and end with the process that started them.
package services

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// TB is what is used here of testing.TB, so that a benchmark that is a program
// of its own can ask for services too.
type TB interface {
	Helper()
	Fatalf(format string, arguments ...any)
	Cleanup(func())
}

// Program asks for services outside of a test. Close it at the end.
type Program struct{ cleanups []func() }

func (p *Program) Helper() {}

func (p *Program) Cleanup(cleanup func()) { p.cleanups = append(p.cleanups, cleanup) }

func (p *Program) Fatalf(format string, arguments ...any) {
	p.Close()
	log.Fatalf(format, arguments...)
}

// Close gives everything back, the last taken first.
func (p *Program) Close() {
	for len(p.cleanups) > 0 {
		last := p.cleanups[len(p.cleanups)-1]
		p.cleanups = p.cleanups[:len(p.cleanups)-1]
		last()
	}
}

// Shared starts one server of each kind, to end with t, and returns the
// environment that names them to test processes.
func Shared(t TB) []string {
	t.Helper()
	t.Cleanup(stopAll)
	return []string{
		postgresVariable + "=" + postgresServer(t),
		redisVariable + "=" + redisServer(t),
		stripeVariable + "=" + Stripe(t),
	}
}

func sharedOr(variable string, start func() (string, error)) (string, error) {
	if url := os.Getenv(variable); url != "" {
		return url, nil
	}
	return start()
}

func findProgram(names ...string) (string, bool) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

func missing(what, debian, homebrew string) error {
	if runtime.GOOS == "darwin" {
		return fmt.Errorf("%s is missing: brew install %s", what, homebrew)
	}
	return fmt.Errorf("%s is missing: %sapt-get install -y %s", what, sudo(), debian)
}

func sudo() string {
	if os.Geteuid() == 0 {
		return ""
	}
	return "sudo "
}

func joinLines(lines []string) string { return "  " + strings.Join(lines, "\n  ") }
