// Command bench measures the product against the budgets of
// docs/architecture.md and writes what it found into docs/benchmarks.md.
//
//	go run ./e2e/bench
//
// It builds the binary, starts it as an installation would, and speaks to it
// over loopback. Speeds are ratios: the product and a bare program that does
// the least possible of the same work take turns on the same machine, so that
// whatever else the machine is doing meets both. The ratio is the median of
// the turns.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kumun/kumun/internal/services"
)

const reportPath = "docs/benchmarks.md"

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	if len(os.Args) == 2 && os.Args[1] == bareArgument {
		if err := serveBare(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	output := flag.String("output", reportPath, "file of the report")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *output); err != nil {
		stop()
		log.Fatal(err)
	}
}

func run(ctx context.Context, output string) error {
	started := time.Now()
	folder, err := os.MkdirTemp("", "kumun-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	step("building the binary")
	binary, err := build(ctx, folder)
	if err != nil {
		return err
	}
	report := newReport()
	if err := measurePolicy(ctx, folder, report); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if err := measureDemo(ctx, binary, report); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	program := &services.Program{}
	defer program.Close()
	mail, err := newSink()
	if err != nil {
		return err
	}
	defer mail.close()
	for _, store := range stores(program, folder, mail) {
		if err := measure(ctx, binary, store, report); err != nil {
			return fmt.Errorf("%s: %w", store.name, err)
		}
	}
	report.took = time.Since(started)
	if err := os.WriteFile(output, report.markdown(), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s\nwritten to %s\n", report.summary(), output)
	return nil
}

// measure takes all figures that a store has a part in.
func measure(ctx context.Context, binary string, store store, report *report) error {
	if err := fill(ctx, binary, store); err != nil {
		return fmt.Errorf("fill the store: %w", err)
	}
	if err := measureStart(ctx, binary, store, report); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := measurePages(ctx, binary, store, report); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if err := measureJobs(ctx, store, report); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if err := measureGrowth(ctx, binary, store, report); err != nil {
		return fmt.Errorf("growth: %w", err)
	}
	if err := measureDigests(ctx, binary, store, report); err != nil {
		return fmt.Errorf("digests: %w", err)
	}
	if err := measureCrowd(ctx, binary, store, report); err != nil {
		return fmt.Errorf("crowd: %w", err)
	}
	return nil
}

func step(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", arguments...)
}
