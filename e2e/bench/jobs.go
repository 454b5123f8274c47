package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/migrations"
	"github.com/kumun/kumun/tenants"
)

const (
	factsATurn = 1500
	jobTurns   = 3
	jobsBudget = .5
	jobsWithin = time.Minute
)

// measureJobs lets facts go from the outbox through Redis to a follower that
// does nothing, beside bare tasks that go through the same Redis.
func measureJobs(ctx context.Context, s store, report *report) error {
	step("%s: jobs", s.name)
	address, owner := "sqlite:"+filepath.Join(s.folder, "jobs.db"), ""
	if s.ownerURL != "" {
		address, owner = s.spareURL, s.spareOwnerURL
	}
	db, err := database.Open(ctx, address, owner)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := migrations.Apply(ctx, db); err != nil {
		return err
	}
	communities := &tenants.Service{DB: db, Clock: clock.System(), Base: "localhost"}
	tenant, err := communities.Create(ctx, "banc", "Banc", tenants.Settings{})
	if err != nil {
		return err
	}
	options, closeRedis, err := redis.Open(ctx, s.redis)
	if err != nil {
		return err
	}
	defer closeRedis()
	slog.SetLogLoggerLevel(slog.LevelError)
	var ours, bare, ratios []float64
	for range jobTurns {
		facts, err := relayFacts(ctx, db, tenant.ID, options)
		if err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		tasks, err := runTasks(ctx, options, workersOf(db))
		if err != nil {
			return fmt.Errorf("bare tasks: %w", err)
		}
		ours, bare, ratios = append(ours, facts), append(bare, tasks), append(ratios, facts/tasks)
	}
	name := "Jobs: relay and run a fact that is in the outbox"
	if s.redis == "" {
		name += " (Redis in the process)"
	}
	report.add(row{figure: name, target: "at least 50 % of bare Asynq on the same Redis", engine: s.name,
		value: fmt.Sprintf("%s (%s of %s)", percent(median(ratios)), thousands(median(ours)), thousands(median(bare))),
		met:   verdict(median(ratios) >= jobsBudget)})
	return nil
}

// workersOf is how many tasks the product's worker runs at once.
func workersOf(db *database.DB) int {
	if db.Engine == database.SQLite {
		return 4
	}
	return 16
}

const measured outbox.Fact = "measured"

// relayFacts tells how many facts a second came out at the other end.
func relayFacts(ctx context.Context, db *database.DB, tenant id.ID, options asynq.RedisConnOpt) (float64, error) {
	now := clock.System()
	facts := &outbox.Outbox{Clock: now}
	err := db.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for range factsATurn {
			if err := facts.Add(ctx, tx, measured, struct{}{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	finish := newFinish(factsATurn)
	when := jobs.When{measured: {Inside: []jobs.Handler{func(context.Context, id.ID, json.RawMessage) error {
		finish.one()
		return nil
	}}}}
	relay := jobs.NewRelay(db, now, options, when, jobs.DefaultResendAfter)
	worker := &jobs.Worker{DB: db, Clock: now, Redis: options, When: when}
	if err := worker.Start(); err != nil {
		return 0, err
	}
	defer worker.Stop()
	relaying, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	started := time.Now()
	running.Go(func() { relay.Run(relaying) })
	return finish.perSecond(ctx, started)
}

// runTasks does with Asynq alone what relay and worker do with it.
func runTasks(ctx context.Context, options asynq.RedisConnOpt, workers int) (float64, error) {
	finish := newFinish(factsATurn)
	server := asynq.NewServer(options, asynq.Config{Concurrency: workers, Queues: map[string]int{"bare": 1}, LogLevel: asynq.ErrorLevel})
	err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		finish.one()
		return nil
	}))
	if err != nil {
		return 0, err
	}
	defer server.Shutdown()
	client := asynq.NewClient(options)
	defer func() { _ = client.Close() }()
	const senders = 4 // as many as the relay has
	var sending sync.WaitGroup
	defer sending.Wait()
	problems := make(chan error, senders)
	started := time.Now()
	for n := range senders {
		sending.Go(func() {
			for task := n; task < factsATurn; task += senders {
				_, err := client.EnqueueContext(ctx, asynq.NewTask("measured", []byte(`{"tenant":1,"row":1}`)), asynq.Queue("bare"),
					asynq.TaskID(fmt.Sprintf("%d.%d", started.UnixNano(), task)), asynq.MaxRetry(0))
				if err != nil {
					problems <- err
					return
				}
			}
		})
	}
	rate, err := finish.perSecond(ctx, started)
	select {
	case problem := <-problems:
		return 0, problem
	default:
		return rate, err
	}
}

// finish waits for the last of a number of things.
type finish struct {
	wanted int64
	count  atomic.Int64
	done   chan struct{}
}

func newFinish(wanted int64) *finish { return &finish{wanted: wanted, done: make(chan struct{})} }

func (f *finish) one() {
	if f.count.Add(1) == f.wanted {
		close(f.done)
	}
}

func (f *finish) perSecond(ctx context.Context, started time.Time) (float64, error) {
	select {
	case <-f.done:
		return float64(f.wanted) / time.Since(started).Seconds(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(jobsWithin):
		return 0, fmt.Errorf("%d of %d after %s", f.count.Load(), f.wanted, jobsWithin)
	}
}
