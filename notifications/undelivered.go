package notifications

import (
	"context"
	"fmt"
	"regexp"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/work"
)

// dropped is why a letter is withheld that the operator gave up.
const dropped = "dropped"

// A secret letter's code has long expired: it is not sent again.
const failedLetters = `SELECT * FROM (SELECT tenant_id, id, kind, problem, coalesce(attempted_at, created_at) AS at, attempts AS tries, address, secret AS final,
  row_number() OVER (PARTITION BY tenant_id, kind ORDER BY id DESC) AS place, count(*) OVER (PARTITION BY tenant_id, kind) AS total
  FROM letters WHERE state = 'failed') AS failed WHERE place <= ? ORDER BY tenant_id, kind, place LIMIT ?`

// Undelivered lists the letters of all communities that will not be tried again
// by themselves, without what they say, and hints at whom they were for.
func (l *Letters) Undelivered(ctx context.Context) ([]work.Stuck, error) {
	all, err := work.List(ctx, l.DB, work.ALetter, failedLetters)
	for n := range all {
		all[n].Address = Hinted(all[n].Address)
	}
	return all, err
}

var anAddress = regexp.MustCompile(`[^\s<>"'(),;:]+@[^\s<>"'(),;:]+`)

// HintedIn hints at the addresses that stand in a text, as servers repeat them.
func HintedIn(text string) string { return anAddress.ReplaceAllStringFunc(text, Hinted) }

// againAtOnce bounds a transaction.
const againAtOnce = 500

// SendAgain queues letters that have failed once more, and tells how many.
func (l *Letters) SendAgain(ctx context.Context, staff id.ID, of work.Of) (count int, err error) {
	err = l.DB.Write(ctx, of.Tenant, func(ctx context.Context, tx database.Tx) error {
		var failed []*Letter
		query := tx.Select(&failed).Column("id", "bulk").Where("state = ?", Failed).Where("kind = ?", of.Kind).Where("NOT secret").Order("id").Limit(againAtOnce)
		if of.Row != 0 {
			query.Where("id = ?", of.Row)
		}
		if tx.Engine == database.PostgreSQL {
			query.For("UPDATE")
		}
		if err := query.Scan(ctx); err != nil {
			return fmt.Errorf("find letters that failed: %w", err)
		}
		count = len(failed)
		if count == 0 {
			return nil
		}
		ids := make([]id.ID, 0, count)
		for _, letter := range failed {
			ids = append(ids, letter.ID)
			fact := LetterQueued
			if letter.Bulk {
				fact = DigestWritten
			}
			if err := l.Outbox.Add(ctx, tx, fact, queued{letter.ID}); err != nil {
				return err
			}
		}
		_, err := tx.Update((*Letter)(nil)).Set("state = ?", Queued).Set("attempts = 0").Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("queue letters again: %w", err)
		}
		return work.Note(ctx, tx, l.Clock, work.Repair{StaffID: staff, Did: work.Again, What: work.ALetter, Count: count}, of)
	})
	return count, err
}

// Drop gives a letter that has failed up, for a reason.
func (l *Letters) Drop(ctx context.Context, staff id.ID, of work.Of, reason string) error {
	if err := work.Reasoned(reason); err != nil {
		return err
	}
	return l.DB.Write(ctx, of.Tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Update((*Letter)(nil)).Set("state = ?", Withheld).Set("problem = ?", dropped).
			Where("id = ?", of.Row).Where("kind = ?", of.Kind).Where("state = ?", Failed).Exec(ctx)
		if err != nil {
			return fmt.Errorf("drop a letter: %w", err)
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		return work.Note(ctx, tx, l.Clock, work.Repair{StaffID: staff, Did: work.Dropped, What: work.ALetter, Count: int(changed), Reason: reason}, of)
	})
}
