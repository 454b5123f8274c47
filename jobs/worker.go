package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// maxFailures is how often followers may fail before the fact is laid aside.
const maxFailures = 12

// Worker calls those who follow a fact. Several may run.
type Worker struct {
	DB    *database.DB
	Clock clock.Clock
	Redis asynq.RedisConnOpt
	When  When

	servers []*asynq.Server
}

// hands is how many tasks are worked on at once. Bulk has hands of its own: each
// of its tasks sends many letters, and nobody who waits should wait for one. So
// has housekeeping, whose tasks may be long.
type hands struct {
	most   int
	queues []Urgency
}

func (w *Worker) hands() []hands {
	people := []Urgency{Transactional, Notifications, Moderation}
	if w.DB.Engine == database.SQLite {
		return []hands{{3, people}, {3, []Urgency{Bulk}}, {1, []Urgency{Housekeeping}}} // one writes at a time anyway
	}
	return []hands{{12, people}, {4, []Urgency{Bulk}}, {2, []Urgency{Housekeeping}}}
}

func (h hands) weights() map[string]int {
	weights := map[string]int{}
	for _, queue := range queues {
		if slices.Contains(h.queues, queue.Urgency) {
			weights[string(queue.Urgency)] = queue.weight
		}
	}
	return weights
}

// Start works in the background until Stop.
func (w *Worker) Start() error {
	for _, hands := range w.hands() {
		server := asynq.NewServer(w.Redis, asynq.Config{
			Concurrency: hands.most, Queues: hands.weights(), LogLevel: asynq.WarnLevel, Logger: logger{},
			TaskCheckInterval: 200 * time.Millisecond, ShutdownTimeout: 8 * time.Second,
		})
		if err := server.Start(w); err != nil {
			w.Stop()
			return fmt.Errorf("start the worker: %w", err)
		}
		w.servers = append(w.servers, server)
	}
	return nil
}

// Stop ends after the tasks at hand.
func (w *Worker) Stop() {
	var ending sync.WaitGroup
	for _, server := range w.servers {
		ending.Go(server.Shutdown)
	}
	ending.Wait()
	w.servers = nil
}

// ProcessTask meets asynq.Handler. It returns an error only when the outcome
// could not be noted: the outbox is the truth, and sends again by itself.
func (w *Worker) ProcessTask(ctx context.Context, handed *asynq.Task) error {
	var task task
	if err := json.Unmarshal(handed.Payload(), &task); err != nil {
		return fmt.Errorf("read task: %w: %w", err, asynq.SkipRetry)
	}
	tenant, row := id.ID(task.Tenant), id.ID(task.Row)
	problem := w.follow(ctx, tenant, row, outbox.Fact(handed.Type()))
	if problem == nil {
		return nil
	}
	// The task's own deadline may be what went wrong.
	ctx = context.WithoutCancel(ctx)
	var later *outbox.Later
	if errors.As(problem, &later) {
		return w.putOff(ctx, tenant, row, later.At)
	}
	return w.noteFailure(ctx, tenant, row, problem)
}

func (w *Worker) follow(ctx context.Context, tenant, row id.ID, fact outbox.Fact) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	following := w.When[fact]
	if following.Outside != nil {
		return w.reachOut(ctx, tenant, row, following)
	}
	return w.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		payload, open, err := w.take(ctx, tx, row)
		if err != nil || !open {
			return err
		}
		for _, handle := range following.Inside {
			if err := handle(ctx, tenant, payload); err != nil {
				return err
			}
		}
		if following.Secret {
			return w.done(ctx, tx, row, following)
		}
		return nil
	})
}

// reachOut calls a follower whose effect lies outside of the store: it opens
// its own transactions and marks the fact done in the last.
func (w *Worker) reachOut(ctx context.Context, tenant, row id.ID, following Following) error {
	var payload json.RawMessage
	var open bool
	err := w.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) (err error) {
		payload, open, err = openFact(ctx, tx, row)
		return err
	})
	if err != nil || !open {
		return err
	}
	return following.Outside(ctx, tenant, payload, func(ctx context.Context, tx database.Tx) error {
		return w.done(ctx, tx, row, following)
	})
}

// isOpen is asked of facts that are found by their keys. It is put so that no
// index of what is open serves it: to a planner that has not heard of a sudden
// crowd, such an index seems as short as the key's.
const isOpen = "coalesce(done_at, dead_at) IS NULL"

// openFact reads a fact unless it is done or laid aside.
func openFact(ctx context.Context, tx database.Tx, row id.ID) (json.RawMessage, bool, error) {
	fact := &outbox.Row{}
	err := tx.Select(fact).Column("payload").Where("id = ?", row).Where(isOpen).Scan(ctx)
	return payloadOf(fact, err)
}

// take reads an open fact and marks it done, in one statement: a second delivery
// waits for the first, and the mark goes when a follower fails.
func (w *Worker) take(ctx context.Context, tx database.Tx, row id.ID) (json.RawMessage, bool, error) {
	fact := &outbox.Row{}
	err := tx.Query(ctx, fact, `UPDATE outbox SET done_at = ?, problem = '' WHERE tenant_id = ?tenant AND id = ? AND `+isOpen+` RETURNING payload`,
		w.Clock.Now(), row)
	return payloadOf(fact, err)
}

func payloadOf(fact *outbox.Row, err error) (json.RawMessage, bool, error) {
	if isNoRow(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read fact: %w", err)
	}
	return fact.Payload, true, nil
}

func (w *Worker) done(ctx context.Context, tx database.Tx, row id.ID, following Following) error {
	query := tx.Update((*outbox.Row)(nil)).Set("done_at = ?", w.Clock.Now()).Set("problem = ''").Where("id = ?", row)
	if following.Secret {
		query.Set("payload = '{}'")
	}
	if _, err := query.Exec(ctx); err != nil {
		return fmt.Errorf("mark fact done: %w", err)
	}
	return nil
}

// putOff leaves a fact for a time that its follower named. It has not failed.
func (w *Worker) putOff(ctx context.Context, tenant, row id.ID, until time.Time) error {
	return w.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*outbox.Row)(nil)).Set("due_at = ?", until).Set("handed_at = NULL").Where("id = ?", row).Where(isOpen).Exec(ctx)
		if err != nil {
			return fmt.Errorf("put a fact off: %w", err)
		}
		return nil
	})
}

// noteFailure plans the next attempt, or lays the fact aside.
func (w *Worker) noteFailure(ctx context.Context, tenant, row id.ID, problem error) error {
	now := w.Clock.Now()
	return w.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var failures int
		err := tx.Query(ctx, &failures, `UPDATE outbox SET failures = failures + 1, problem = ?, handed_at = NULL
			WHERE tenant_id = ?tenant AND id = ? AND `+isOpen+` RETURNING failures`,
			shortened(problem), row)
		if isNoRow(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("note failure: %w", err)
		}
		next := tx.Update((*outbox.Row)(nil)).Where("id = ?", row)
		if failures >= maxFailures {
			slog.ErrorContext(ctx, "fact laid aside", "tenant", tenant, "row", row, "error", problem)
			next.Set("dead_at = ?", now)
		} else {
			slog.WarnContext(ctx, "fact waits for another attempt", "tenant", tenant, "row", row, "failures", failures, "error", problem)
			next.Set("due_at = ?", now.Add(jittered(backOff(failures), rand.Float64())))
		}
		_, err = next.Exec(ctx)
		return err
	})
}

// backOff is 5 s, 15 s, 45 s … and never more than six hours: nearly a day in
// all, so that a mail server may be away for a night.
func backOff(failures int) time.Duration {
	wait := 5 * time.Second
	for range failures - 1 {
		wait = min(3*wait, 6*time.Hour)
	}
	return wait
}

// jitter is how far a wait strays, up or down: what failed together does not
// come again together.
const jitter = 0.2

// jittered is a wait that strays by chance, a number from 0 up to 1.
func jittered(wait time.Duration, chance float64) time.Duration {
	return time.Duration(float64(wait) * (1 - jitter + 2*jitter*chance))
}

func shortened(problem error) string {
	text := []rune(problem.Error())
	return string(text[:min(len(text), 500)])
}

func isNoRow(err error) bool { return errors.Is(err, sql.ErrNoRows) }
