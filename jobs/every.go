package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Recurring is a fact that time itself makes, once in every community that is
// not suspended.
type Recurring struct {
	Fact  outbox.Fact
	Every time.Duration
}

// Every is the whole schedule.
var Every = []Recurring{
	{"sweep.due", 10 * time.Minute},   // cases that wait too long, newsletters that are over
	{"drafts.due", 10 * time.Minute},  // pieces that were scheduled
	{"news.gather", 10 * time.Minute}, // what waits to be mailed to members
	{"digest.due", time.Hour},         // each community has its own Friday
	{"expiry.due", time.Hour},         // offers
	{"freshness.due", 24 * time.Hour}, // pieces to be confirmed
	{"searches.due", time.Hour},       // each community has its own morning
	{"links.due", time.Hour},          // each link once a week, a few at a time
	{"housekeeping.due", 24 * time.Hour},
	{"sender.due", 24 * time.Hour}, // records of domains may be taken away
}

// Schedule notes the facts of the schedule. Several may run: each fact is
// noted once.
type Schedule struct {
	DB    *database.DB
	Clock clock.Clock
	// Nudge is the relay's.
	Nudge func()

	noted map[outbox.Fact]time.Time
}

// Run looks at the clock each second until the context ends.
func (s *Schedule) Run(ctx context.Context) {
	for {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "schedule", "error", err)
		}
		if clock.Wait(ctx, time.Second) != nil {
			return
		}
	}
}

// Pass notes what has become due since the last. What was missed while no
// worker ran is caught up with once.
func (s *Schedule) Pass(ctx context.Context) error {
	if s.noted == nil {
		s.noted = map[outbox.Fact]time.Time{}
	}
	for _, task := range Every {
		slot := s.Clock.Now().Truncate(task.Every)
		if s.noted[task.Fact].Equal(slot) {
			continue
		}
		if err := s.note(ctx, task.Fact, slot); err != nil {
			return fmt.Errorf("note %s: %w", task.Fact, err)
		}
		s.noted[task.Fact] = slot
	}
	return nil
}

// communitiesAtOnce bounds the length of a statement.
const communitiesAtOnce = 500

func (s *Schedule) note(ctx context.Context, fact outbox.Fact, slot time.Time) error {
	for after := id.ID(0); ; {
		var communities []id.ID
		err := s.DB.System(ctx, "schedule", func(ctx context.Context, db bun.IDB) error {
			communities = nil
			err := db.NewRaw(`SELECT id FROM tenants WHERE NOT suspended AND id > ? ORDER BY id LIMIT ?`,
				after, communitiesAtOnce).Scan(ctx, &communities)
			if err != nil || len(communities) == 0 {
				return err
			}
			return s.noteFor(ctx, db, communities, fact, slot)
		})
		if err != nil {
			return err
		}
		if s.Nudge != nil {
			s.Nudge()
		}
		if len(communities) < communitiesAtOnce {
			return nil
		}
		after = communities[len(communities)-1]
	}
}

// recurrence is the last time a task was noted in a community.
type recurrence struct {
	bun.BaseModel `bun:"table:recurrences,alias:recurrence"`
	database.Owned
	Fact   outbox.Fact `bun:",pk"`
	LastAt time.Time
}

// noteFor adds the fact where nobody has added it for this slot.
func (s *Schedule) noteFor(ctx context.Context, db bun.IDB, communities []id.ID, fact outbox.Fact, slot time.Time) error {
	var claims []recurrence
	for _, community := range communities {
		claims = append(claims, recurrence{Owned: database.Owned{TenantID: community}, Fact: fact, LastAt: slot})
	}
	var claimed []id.ID
	_, err := db.NewInsert().Model(&claims).
		On("CONFLICT (tenant_id, fact) DO UPDATE SET last_at = EXCLUDED.last_at").
		Where("recurrence.last_at < EXCLUDED.last_at").
		Returning("tenant_id").Exec(ctx, &claimed)
	if err != nil || len(claimed) == 0 {
		return err
	}
	now := s.Clock.Now()
	var rows []outbox.Row
	for _, community := range claimed {
		rows = append(rows, outbox.Row{Owned: database.Owned{TenantID: community}, ID: id.New(now),
			Fact: fact, Payload: []byte("{}"), CreatedAt: now, DueAt: now})
	}
	_, err = db.NewInsert().Model(&rows).Exec(ctx)
	return err
}
