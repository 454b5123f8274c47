package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
)

const (
	// maxInHand bounds what waits in Redis unconfirmed; the rest waits in the
	// outbox, which does not slow down with length.
	maxInHand = 1000
	minInHand = 100
	// workedOff is the time that a slow machine takes for a fact.
	workedOff = 60 * time.Millisecond
	pollEvery = 250 * time.Millisecond
	// pollWhenFull is short enough for workers not to run dry. It doubles, up to
	// slowestWhenFull, while they take nothing.
	pollWhenFull    = 25 * time.Millisecond
	slowestWhenFull = 4 * pollWhenFull
	// handTimeout ends a task that hangs.
	handTimeout = 5 * time.Minute
)

// DefaultResendAfter is when a fact that is not done is handed over again.
const DefaultResendAfter = time.Minute

// Relay hands what is due in the outbox to Asynq. Several may run.
type Relay struct {
	DB    *database.DB
	Clock clock.Clock
	Redis asynq.RedisConnOpt
	When  When
	// ResendAfter is KUMUN_RESEND_AFTER.
	ResendAfter time.Duration

	nudged    chan struct{}
	client    *asynq.Client
	inspector *asynq.Inspector
	line      line
	whenFull  time.Duration
}

// NewRelay makes a relay whose Nudge may be given to the outbox at once.
func NewRelay(db *database.DB, now clock.Clock, redis asynq.RedisConnOpt, when When, resendAfter time.Duration) *Relay {
	if resendAfter <= 0 {
		resendAfter = DefaultResendAfter
	}
	return &Relay{DB: db, Clock: now, Redis: redis, When: when, ResendAfter: resendAfter,
		nudged: make(chan struct{}, 1), client: asynq.NewClient(redis), inspector: asynq.NewInspector(redis)}
}

// Nudge tells the relay that facts were added. It never blocks.
func (r *Relay) Nudge() {
	select {
	case r.nudged <- struct{}{}:
	default:
	}
}

// Run hands over until the context ends.
func (r *Relay) Run(ctx context.Context) {
	defer func() {
		_ = r.client.Close()
		_ = r.inspector.Close()
	}()
	for ctx.Err() == nil {
		pause := pollEvery
		full, err := r.Pass(ctx)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "relay", "error", err)
		}
		if full {
			pause = r.whenFull
		}
		r.rest(ctx, pause, full)
	}
}

// rest waits for the next pass. A full hand does not heed nudges: it is a
// worker that must make room first.
func (r *Relay) rest(ctx context.Context, pause time.Duration, full bool) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	nudged := r.nudged
	if full {
		nudged = nil
	}
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-nudged:
	}
}

// Pass hands over what is due now and tells whether more may wait than the
// hand can hold.
func (r *Relay) Pass(ctx context.Context) (full bool, err error) {
	chosen, full, err := r.choose(ctx)
	r.whenFull = min(2*r.whenFull, slowestWhenFull)
	if len(chosen) > 0 || !full {
		r.whenFull = pollWhenFull
	}
	if err != nil || len(chosen) == 0 {
		return full, err
	}
	claimed, err := r.claim(ctx, chosen)
	if err != nil {
		return false, err
	}
	return full, r.hand(ctx, claimed)
}

// mostInHand is no more than what is worked off before it would be handed over
// again: else handing over is all that happens.
func (r *Relay) mostInHand() int {
	return min(maxInHand, max(minInHand, int(r.ResendAfter/workedOff)))
}

// claim takes facts in hand, unless another relay was first. From then on each
// is due again when the worker should long have been done with it.
func (r *Relay) claim(ctx context.Context, chosen []waiting) (claimed []handover, err error) {
	now, locking := r.Clock.Now(), ""
	if r.DB.Engine == database.PostgreSQL {
		locking = "FOR UPDATE SKIP LOCKED"
	}
	keys := make([]string, len(chosen))
	for n, one := range chosen {
		keys[n] = fmt.Sprintf("(%d, %d)", one.TenantID, one.ID)
	}
	err = r.DB.System(ctx, "relay", func(ctx context.Context, db bun.IDB) error {
		claimed = nil
		return db.NewRaw(`UPDATE outbox SET attempt = attempt + 1, handed_at = ?, due_at = ?
			WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM outbox
				WHERE (tenant_id, id) IN (VALUES `+strings.Join(keys, ", ")+`)
				AND `+isOpen+` AND due_at <= ? `+locking+`)
			RETURNING tenant_id, id, fact, attempt`, now, now.Add(r.ResendAfter), now).Scan(ctx, &claimed)
	})
	if err != nil {
		return nil, fmt.Errorf("claim facts: %w", err)
	}
	return claimed, nil
}

func (r *Relay) hand(ctx context.Context, claimed []handover) error {
	handed := make([]bool, len(claimed))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for n, fact := range claimed {
		group.Go(func() error {
			err := r.enqueue(groupCtx, fact)
			handed[n] = err == nil
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		return nil
	}
	var kept []handover
	for n, fact := range claimed {
		if !handed[n] {
			kept = append(kept, fact)
		}
	}
	return errors.Join(fmt.Errorf("hand over to Redis: %w", err), r.takeBack(context.WithoutCancel(ctx), kept))
}

func (r *Relay) enqueue(ctx context.Context, fact handover) error {
	queue := string(r.When.Urgency(fact.Fact))
	if fact.Attempt > 1 {
		// While no worker runs, re-sending must not fill Redis with copies.
		// The earlier task may be gone or at work: both are well.
		_ = r.inspector.DeleteTask(queue, fact.taskID(fact.Attempt-1))
	}
	_, err := r.client.EnqueueContext(ctx, fact.task(), asynq.Queue(queue), asynq.TaskID(fact.taskID(fact.Attempt)),
		asynq.MaxRetry(0), asynq.Timeout(handTimeout))
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil // an answer was lost, not the task
	}
	return err
}

// takeBack makes what Redis did not take due again, a little later, under the
// same attempt: an answer may have been lost after the task had arrived.
func (r *Relay) takeBack(ctx context.Context, facts []handover) error {
	if len(facts) == 0 {
		return nil
	}
	return r.DB.System(ctx, "relay", func(ctx context.Context, db bun.IDB) error {
		for _, fact := range facts {
			_, err := db.NewRaw(`UPDATE outbox SET attempt = attempt - 1, handed_at = NULL, due_at = ?
				WHERE tenant_id = ? AND id = ? AND attempt = ? AND handed_at IS NOT NULL AND `+isOpen,
				r.Clock.Now().Add(jittered(pollEvery, rand.Float64())), fact.TenantID, fact.ID, fact.Attempt).Exec(ctx)
			if err != nil {
				return fmt.Errorf("take facts back: %w", err)
			}
		}
		return nil
	})
}
