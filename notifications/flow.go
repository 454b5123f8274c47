package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/notifications/letters"
)

// What Gmail and Yahoo ask of bulk senders: below 0.1 % complaints, never 0.3 %.
// A share of a few letters says nothing.
const (
	alertAt     = 0.001
	pauseAt     = 0.003
	fewestSent  = 500
	judgedOver  = 7 * 24 * time.Hour
	freshEnough = 7 * 24 * time.Hour
	// firstDay is how many bulk letters leave on the first day of a domain of its
	// own; each further day doubles them, up to the quota.
	firstDay = 500
	// releasedAtOnce bounds a transaction.
	releasedAtOnce = 500
	dayFormat      = time.DateOnly
)

// FlowDecision is when and why a community's bulk was alerted about, paused or
// resumed; the last pause or resumption is what holds.
type FlowDecision struct {
	bun.BaseModel `bun:"table:mail_decisions,alias:decision"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Kind       string
	Reason     string
	StaffID    id.ID `bun:",nullzero"`
	Sent       int
	Complaints int
	At         time.Time
}

// The kinds of FlowDecision.
const (
	FlowAlert  = "alert"
	FlowPause  = "pause"
	FlowResume = "resume"
)

// FlowDecided tells the operator of an alert or an automatic pause; Released
// that letters which were held may go.
const (
	FlowDecided outbox.Fact = "mail.flow_decided"
	Released    outbox.Fact = "mail.released"
)

type flowFact struct {
	Decision id.ID `json:"decision"`
}

// mailDay counts a day's bulk letters and complaints.
type mailDay struct {
	bun.BaseModel `bun:"table:mail_days,alias:day"`
	database.Owned
	Day              string `bun:",pk"`
	Sent, Complaints int
}

// flow tells whether a bulk letter may leave now: held says that bulk is paused,
// later from when on there is room in the quota. The first attempt takes a place.
func (l *Letters) flow(ctx context.Context, tx database.Tx, letter *Letter) (held bool, later time.Time, err error) {
	decision, err := lastFlow(ctx, tx)
	if err != nil || decision != nil && decision.Kind == FlowPause {
		return err == nil, later, err
	}
	if !letter.AttemptedAt.IsZero() {
		return false, later, nil
	}
	sender, err := l.Senders.Find(ctx, tx.Tenant)
	if err != nil {
		return false, later, err
	}
	now := l.Clock.Now()
	taken, err := tx.Exec(ctx, takePlace, now.Format(dayFormat), sender.room(now))
	if err != nil {
		return false, later, fmt.Errorf("count a letter: %w", err)
	}
	if taken == 0 {
		later = now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return false, later, nil
}

// places takes room for so many first attempts at once, if bulk is not paused
// and there is as much.
func (l *Letters) places(ctx context.Context, tx database.Tx, wanted int) (bool, error) {
	decision, err := lastFlow(ctx, tx)
	if err != nil || decision != nil && decision.Kind == FlowPause {
		return false, err
	}
	if wanted == 0 {
		return true, nil
	}
	sender, err := l.Senders.Find(ctx, tx.Tenant)
	if err != nil {
		return false, err
	}
	now := l.Clock.Now()
	taken, err := tx.Exec(ctx, takePlaces, now.Format(dayFormat), sender.room(now), wanted)
	if err != nil {
		return false, fmt.Errorf("count letters: %w", err)
	}
	return taken > 0, nil
}

const takePlaces = `INSERT INTO mail_days (tenant_id, day, sent, complaints)
SELECT ?tenant, ?0, ?2, 0 WHERE ?1 >= ?2
ON CONFLICT (tenant_id, day) DO UPDATE SET sent = mail_days.sent + ?2 WHERE mail_days.sent + ?2 <= ?1`

const takePlace = `INSERT INTO mail_days (tenant_id, day, sent, complaints)
SELECT ?tenant, ?0, 1, 0 WHERE ?1 > 0
ON CONFLICT (tenant_id, day) DO UPDATE SET sent = mail_days.sent + 1 WHERE mail_days.sent < ?1`

// room is how many bulk letters leave today: a domain of its own warms up.
func (s *Sender) room(now time.Time) int {
	if !s.Passes() || s.TenantID == 0 {
		return s.Quota
	}
	room := firstDay
	for day := s.PassedAt.Add(24 * time.Hour); !day.After(now) && room < s.Quota; day = day.Add(24 * time.Hour) {
		room *= 2
	}
	return min(room, s.Quota)
}

func lastFlow(ctx context.Context, tx database.Tx) (*FlowDecision, error) {
	decision := &FlowDecision{}
	err := tx.Select(decision).Where("kind <> ?", FlowAlert).Order("id DESC").Limit(1).Scan(ctx)
	if isNoRow(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find what holds of bulk: %w", err)
	}
	return decision, nil
}

// countComplaint alerts the operator, or pauses bulk, when too many complain.
func (l *Letters) countComplaint(ctx context.Context, tx database.Tx) error {
	now := l.Clock.Now()
	row := &mailDay{Day: now.Format(dayFormat), Complaints: 1}
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, day) DO UPDATE").Set("complaints = day.complaints + 1").Exec(ctx)
	if err != nil {
		return fmt.Errorf("count a complaint: %w", err)
	}
	held, err := lastFlow(ctx, tx)
	if err != nil || held != nil && held.Kind == FlowPause {
		return err
	}
	flow, err := l.judged(ctx, tx, held)
	if err != nil || flow.Sent < fewestSent {
		return err
	}
	switch share := float64(flow.Complaints) / float64(flow.Sent); {
	case share >= pauseAt:
		flow.Kind = FlowPause
	case share >= alertAt:
		alerted, err := tx.Select((*FlowDecision)(nil)).Where("at > ?", now.Add(-judgedOver)).Where("kind = ?", FlowAlert).Exists(ctx)
		if err != nil || alerted {
			return err
		}
		flow.Kind = FlowAlert
	default:
		return nil
	}
	if _, err := tx.Insert(flow).Exec(ctx); err != nil {
		return err
	}
	return l.Outbox.Add(ctx, tx, FlowDecided, flowFact{flow.ID})
}

// judged counts the last week, or what came since somebody resumed.
func (l *Letters) judged(ctx context.Context, tx database.Tx, resumed *FlowDecision) (*FlowDecision, error) {
	now := l.Clock.Now()
	since := now.Add(-judgedOver)
	flow := &FlowDecision{ID: id.New(now), At: now}
	before := &mailDay{}
	if resumed != nil && resumed.At.After(since) {
		since = resumed.At
		before.Sent, before.Complaints = resumed.Sent, resumed.Complaints
	}
	var days []mailDay
	if err := tx.Select(&days).Where("day >= ?", since.Format(dayFormat)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("count a week's letters: %w", err)
	}
	for _, day := range days {
		flow.Sent, flow.Complaints = flow.Sent+day.Sent, flow.Complaints+day.Complaints
	}
	flow.Sent, flow.Complaints = flow.Sent-before.Sent, flow.Complaints-before.Complaints
	return flow, nil
}

// Flow is how a community's bulk fares.
type Flow struct {
	Paused           bool
	Held             int
	Sent, Complaints int // in the last week
	Today, Room      int
	Decisions        []FlowDecision
}

// Flow tells how a community's bulk fares, for the operator.
func (l *Letters) Flow(ctx context.Context, tenant id.ID) (*Flow, error) {
	flow := &Flow{}
	err := l.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		last, err := lastFlow(ctx, tx)
		if err != nil {
			return err
		}
		flow.Paused = last != nil && last.Kind == FlowPause
		held, err := tx.Select((*Letter)(nil)).Where("state = ?", Held).Count(ctx)
		if err != nil {
			return err
		}
		flow.Held = int(held)
		week, err := l.judged(ctx, tx, nil)
		if err != nil {
			return err
		}
		flow.Sent, flow.Complaints = week.Sent, week.Complaints
		today := &mailDay{}
		err = tx.Select(today).Where("day = ?", l.Clock.Now().Format(dayFormat)).Scan(ctx)
		if err != nil && !isNoRow(err) {
			return err
		}
		sender, err := l.Senders.Find(ctx, tenant)
		if err != nil {
			return err
		}
		flow.Today, flow.Room = today.Sent, sender.room(l.Clock.Now())
		return tx.Select(&flow.Decisions).Order("id DESC").Limit(20).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read how bulk fares: %w", err)
	}
	return flow, nil
}

// Pause holds a community's bulk back, or lets it go again, for a reason. What
// was held goes unless it is a week old: a digest is for its week.
func (l *Letters) Pause(ctx context.Context, tenant, staff id.ID, paused bool, reason string) error {
	if length := utf8.RuneCountInString(reason); length < 3 || length > 500 {
		return fault.InvalidField("reason", "error.reason")
	}
	return l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		last, err := lastFlow(ctx, tx)
		if err != nil || (last != nil && last.Kind == FlowPause) == paused {
			return err
		}
		// What the day has counted so far is not held against whoever resumes.
		now := l.Clock.Now()
		row := &FlowDecision{ID: id.New(now), Kind: FlowPause, Reason: reason, StaffID: staff, At: now}
		today := &mailDay{}
		err = tx.Select(today).Where("day = ?", now.Format(dayFormat)).Scan(ctx)
		if err != nil && !isNoRow(err) {
			return err
		}
		row.Sent, row.Complaints = today.Sent, today.Complaints
		if !paused {
			row.Kind = FlowResume
			if err := l.Outbox.Add(ctx, tx, Released, struct{}{}); err != nil {
				return err
			}
		}
		_, err = tx.Insert(row).Exec(ctx)
		return err
	})
}

// Release follows Released: some of what was held, and again until all is.
func (l *Letters) Release(ctx context.Context, tenant id.ID, _ json.RawMessage) error {
	return l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		// Whoever pauses again meanwhile means what still waits, too.
		last, err := lastFlow(ctx, tx)
		if err != nil || last != nil && last.Kind == FlowPause {
			return err
		}
		var held []Letter
		err = tx.Select(&held).Column("tenant_id", "id", "created_at").Where("state = ?", Held).Order("id").Limit(releasedAtOnce).Scan(ctx)
		if err != nil || len(held) == 0 {
			return err
		}
		for n := range held {
			letter := &held[n]
			letter.State = Queued
			if letter.CreatedAt.Before(l.Clock.Now().Add(-freshEnough)) {
				letter.State, letter.Problem = Withheld, "held back until it was out of date"
			} else if err := l.Outbox.Add(ctx, tx, DigestWritten, queued{letter.ID}); err != nil {
				return err
			}
			if _, err := tx.Update(letter).Column("state", "problem").WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		return l.Outbox.Add(ctx, tx, Released, struct{}{})
	})
}

// TellFlow follows FlowDecided: the operator's people learn of it. A crash in
// between may tell them twice, never not at all.
func (c *Correspondence) TellFlow(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error {
	fact, err := read[flowFact](payload)
	if err != nil {
		return err
	}
	community, err := c.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	decision := &FlowDecision{}
	err = c.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(decision).Where("id = ?", fact.Decision).Scan(ctx)
	})
	if err != nil {
		return err
	}
	people, err := c.Operators.People(ctx)
	if err != nil {
		return err
	}
	for _, person := range people {
		err := c.write(ctx, 0, Reader{Email: person.Email}, func(s letters.Sender) letters.Letter {
			return letters.Complaints(s, letters.Flow{Community: community.Name, Paused: decision.Kind == FlowPause,
				Sent: decision.Sent, Complaints: decision.Complaints, Path: "/operator/communautes/" + community.Slug + "/courrier"})
		})
		if err != nil {
			return err
		}
	}
	return c.Letters.DB.Write(ctx, tenant, done)
}
