// Package outbox stores facts in the transaction of the change that made them.
// The relay in jobs hands them on; the worker marks each done in the
// transaction of its effect, so that twice is once.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Fact is something that happened: "post.published".
type Fact string

// Row is a fact on its way.
type Row struct {
	bun.BaseModel `bun:"table:outbox,alias:outbox"`
	database.Owned
	ID        id.ID `bun:",pk"`
	Fact      Fact
	Payload   json.RawMessage `bun:"type:json"`
	CreatedAt time.Time
	DueAt     time.Time
	Attempt   int
	HandedAt  time.Time `bun:",nullzero"`
	DoneAt    time.Time `bun:",nullzero"`
	DeadAt    time.Time `bun:",nullzero"`
	Problem   string
}

// Outbox adds facts.
type Outbox struct {
	Clock clock.Clock
	// Nudge is called after each commit that added facts; it must not block.
	Nudge func()
}

// Add notes a fact that is to be followed at once.
func (o *Outbox) Add(ctx context.Context, tx database.Tx, fact Fact, payload any) error {
	return o.AddAt(ctx, tx, fact, payload, o.Clock.Now())
}

// AddAt notes a fact that is to be followed from the given time on.
func (o *Outbox) AddAt(ctx context.Context, tx database.Tx, fact Fact, payload any, due time.Time) error {
	encoded, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encode %s: %w", fact, err)
	}
	now := o.Clock.Now()
	row := &Row{ID: id.New(now), Fact: fact, Payload: encoded, CreatedAt: now, DueAt: due}
	if _, err := tx.Insert(row).Exec(ctx); err != nil {
		return fmt.Errorf("note %s: %w", fact, err)
	}
	if o.Nudge != nil {
		tx.AfterCommit(o.Nudge)
	}
	return nil
}

// Later is what a follower returns that leaves a fact for another time, without
// having failed.
type Later struct{ At time.Time }

func (l *Later) Error() string { return "left until " + l.At.Format(time.RFC3339) }
