package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/kumun/kumun/web/operator"
)

type serveCommand struct {
	settings
	Listen   string `env:"KUMUN_LISTEN" default:"127.0.0.1:8080" help:"Address to answer at."`
	NoWorker bool   `help:"Leave the jobs to kumun worker."`
}

// Run answers requests until it is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("KUMUN_LISTEN: %w", err)
	}
	collectLess()
	return serve(ctx, c.settings, []net.Listener{listener}, !c.NoWorker, false, nil)
}

// collectLess takes some 15 MB more, which a server has, and a tenth less
// processor time under load.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// serve opens the store and answers at the listeners. prepare, when given,
// runs before the first request.
func serve(ctx context.Context, s settings, listeners []net.Listener, work, demo bool, prepare func(context.Context, *rooms) (*operator.Demo, error)) error {
	db, err := openStore(ctx, s.storeSettings, demo)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	payments := takings(s, db, demo, "http://"+listeners[0].Addr().String()+"/webhooks/stripe")
	r, err := furnish(ctx, s.storeSettings, db, payments)
	if err != nil {
		return err
	}
	if err := r.writeAs(s); err != nil {
		return err
	}
	r.mailbox = demo && s.SMTPURL == ""
	if !demo && work && s.SMTPURL == "" {
		return errors.New("SMTP_URL is not set: people could not sign in")
	}
	var people *operator.Demo
	if prepare != nil {
		if people, err = prepare(ctx, r); err != nil {
			return err
		}
	}
	server, cache := r.door(s, people)
	db.OnCommit(cache.Changed)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	counted := make(chan struct{})
	go func() { defer close(counted); r.audience.Run(working) }()
	defer func() {
		stop()
		<-counted
		if err := r.keepFigures(context.WithoutCancel(ctx)); err != nil {
			slog.Error("keep audience figures", "error", err)
		}
	}()
	if work {
		wait, err := r.engine(working, s, payments)
		if err != nil {
			return err
		}
		defer func() { stop(); wait() }()
	} else {
		go r.policy.Watch(working)
		r.lookAt(ctx, s.RedisURL)
	}
	front := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() { ended <- front.Serve(listener) }()
	}
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	fmt.Fprintln(os.Stderr, "kumun: finishing what is under way")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if shut := front.Shutdown(closing); shut != nil {
		return shut
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

type workerCommand struct{ settings }

// Run runs jobs until it is told to stop.
func (c workerCommand) Run(ctx context.Context) error {
	collectLess()
	db, err := openStore(ctx, c.storeSettings, false)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	payments := takings(c.settings, db, false, "")
	r, err := furnish(ctx, c.storeSettings, db, payments)
	if err != nil {
		return err
	}
	if err := r.writeAs(c.settings); err != nil {
		return err
	}
	wait, err := r.engine(ctx, c.settings, payments)
	if err != nil {
		return err
	}
	<-ctx.Done()
	wait()
	return nil
}
