package work

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// What the operator repairs.
const (
	AFact   = "fact"
	ALetter = "letter"
)

// What the operator did about it.
const (
	Again   = "again"
	Dropped = "dropped"
)

// StuckShown is how many of a kind in a community are listed one by one.
const StuckShown = 20

// Stuck is a fact or a letter that is not tried again by itself.
type Stuck struct {
	What     string `bun:"-"`
	TenantID id.ID
	ID       id.ID
	Kind     string
	Problem  string
	At       time.Time
	Tries    int
	// Address is hinted at, for letters.
	Address string
	// Final tells that it cannot be tried again: what it held is forgotten.
	Final bool
	// Total is how many there are of its kind in its community.
	Total int
}

// Repair is what one of the operator's people did, and why.
type Repair struct {
	bun.BaseModel `bun:"table:repairs,alias:repair"`
	database.Owned
	ID      id.ID `bun:",pk"`
	StaffID id.ID
	Did     string
	What    string
	Kind    string
	RowID   id.ID `bun:",nullzero"`
	Count   int
	Reason  string
	At      time.Time
}

// Of says what is to be repaired: one, or all of a kind where Row is zero.
type Of struct {
	Tenant id.ID
	Kind   string
	Row    id.ID
}

// Workshop repairs what was laid aside.
type Workshop struct {
	DB     *database.DB
	Outbox *outbox.Outbox
}

const deadFacts = `SELECT * FROM (SELECT tenant_id, id, fact AS kind, problem, dead_at AS at, attempt AS tries,
  row_number() OVER (PARTITION BY tenant_id, fact ORDER BY id DESC) AS place, count(*) OVER (PARTITION BY tenant_id, fact) AS total
  FROM outbox WHERE dead_at IS NOT NULL AND done_at IS NULL) AS dead WHERE place <= ? ORDER BY tenant_id, kind, place LIMIT ?`

// mostStuck bounds a page.
const mostStuck = 500

// DeadFacts lists what was laid aside in all communities, the newest of each
// kind first.
func (w *Workshop) DeadFacts(ctx context.Context) ([]Stuck, error) {
	return List(ctx, w.DB, AFact, deadFacts)
}

// List runs a statement that lists what is stuck in all communities.
func List(ctx context.Context, db *database.DB, what, statement string) (all []Stuck, err error) {
	err = db.Survey(ctx, "operator's view of what is stuck", func(ctx context.Context, db bun.IDB) error {
		var rows []struct {
			Stuck
			Place int
		}
		if err := db.NewRaw(statement, StuckShown, mostStuck).Scan(ctx, &rows); err != nil {
			return err
		}
		all = make([]Stuck, len(rows))
		for n, row := range rows {
			all[n] = row.Stuck
			all[n].What = what
		}
		return nil
	})
	return all, err
}

// FactsAgain lets facts that were laid aside go once more, and tells how many.
// Whoever follows them sees that what was done is done.
func (w *Workshop) FactsAgain(ctx context.Context, staff id.ID, of Of) (count int, err error) {
	err = w.DB.Write(ctx, of.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := w.dead(tx, of).Set("dead_at = NULL").Set("handed_at = NULL").Set("failures = 0").Set("due_at = ?", w.Outbox.Clock.Now())
		result, err := query.Exec(ctx)
		if err != nil {
			return fmt.Errorf("let facts go again: %w", err)
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		count = int(changed)
		if w.Outbox.Nudge != nil {
			tx.AfterCommit(w.Outbox.Nudge)
		}
		return Note(ctx, tx, w.Outbox.Clock, Repair{StaffID: staff, Did: Again, What: AFact, Count: count}, of)
	})
	return count, err
}

// DropFact gives a fact up, for a reason.
func (w *Workshop) DropFact(ctx context.Context, staff id.ID, of Of, reason string) error {
	if err := Reasoned(reason); err != nil {
		return err
	}
	return w.DB.Write(ctx, of.Tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := w.dead(tx, of).Set("done_at = ?", w.Outbox.Clock.Now()).Exec(ctx)
		if err != nil {
			return fmt.Errorf("drop a fact: %w", err)
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		return Note(ctx, tx, w.Outbox.Clock, Repair{StaffID: staff, Did: Dropped, What: AFact, Count: int(changed), Reason: reason}, of)
	})
}

func (w *Workshop) dead(tx database.Tx, of Of) *bun.UpdateQuery {
	query := tx.Update((*outbox.Row)(nil)).Where("fact = ?", of.Kind).Where("dead_at IS NOT NULL").Where("done_at IS NULL")
	if of.Row != 0 {
		query.Where("id = ?", of.Row)
	}
	return query
}

// Reasoned refuses what is no reason.
func Reasoned(reason string) error {
	if length := utf8.RuneCountInString(reason); length < 3 || length > 500 {
		return fault.InvalidField("reason", "error.reason")
	}
	return nil
}

// Note keeps what was done, unless there was nothing left to do.
func Note(ctx context.Context, tx database.Tx, now clock.Clock, repair Repair, of Of) error {
	if repair.Count == 0 {
		return nil
	}
	repair.At = now.Now()
	repair.ID, repair.Kind, repair.RowID = id.New(repair.At), of.Kind, of.Row
	if _, err := tx.Insert(&repair).Exec(ctx); err != nil {
		return fmt.Errorf("note a repair: %w", err)
	}
	return nil
}

const repairsShown = 20

// Repairs lists what was done lately in all communities, the newest first.
func (w *Workshop) Repairs(ctx context.Context) (all []Repair, err error) {
	err = w.DB.Survey(ctx, "operator's repairs", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&all).Order("at DESC").Limit(repairsShown).Scan(ctx)
	})
	return all, err
}
