package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// NewsletterFigures are how many, never who.
type NewsletterFigures struct {
	// Readers is to how many it was to go, Waiting how many of them it has not
	// gone to yet.
	Readers int `json:"readers"`
	Waiting int `json:"waiting"`
	Sent    int `json:"sent"`
	// Withheld were not sent: the address takes none, or nobody agreed any more.
	Withheld int `json:"withheld"`
	// Failed were refused by their server.
	Failed int `json:"failed"`
	// Bounced came back after they were taken.
	Bounced    int `json:"bounced"`
	Complaints int `json:"complaints"`
	// Left no longer wanted such letters in the seven days after it began, or
	// until the next.
	Left int `json:"left"`
	// Forgotten asked to be erased: nothing says any more what became of theirs.
	Forgotten int `json:"forgotten"`
}

// fewestTold is below how many readers a figure could say who it was.
const fewestTold = 5

// Few tells that what readers did would say who it was.
func (f *NewsletterFigures) Few() bool { return f.Readers < fewestTold }

const (
	statesOfLetters = `SELECT l.state, count(*) AS count
FROM newsletter_readers r JOIN letters l ON l.tenant_id = r.tenant_id AND l.id = r.letter_id
WHERE r.tenant_id = ?tenant AND r.newsletter_id = ?0 AND r.subscription_id > 0 GROUP BY 1`
	returnsOfLetters = `SELECT b.kind, count(DISTINCT r.letter_id) AS count
FROM newsletter_readers r JOIN bounces b ON b.tenant_id = r.tenant_id AND b.letter_id = r.letter_id
WHERE r.tenant_id = ?tenant AND r.newsletter_id = ?0 AND r.subscription_id > 0 GROUP BY 1`
	endsAfterLetters = `SELECT count(DISTINCT r.subscription_id)
FROM newsletter_readers r JOIN letter_consents c ON c.tenant_id = r.tenant_id AND c.subscription_id = r.subscription_id
WHERE r.tenant_id = ?tenant AND r.newsletter_id = ?0 AND r.subscription_id > 0
AND c.purpose = ?1 AND NOT c.given AND c.way <> 'bounce' AND c.at >= ?2 AND c.at < ?3`
)

// FiguresOf tells what became of a newsletter so far.
func (n *Newsletters) FiguresOf(ctx context.Context, who actor.Actor, row *Newsletter) (figures NewsletterFigures, err error) {
	if err := n.may(who); err != nil {
		return figures, err
	}
	if row.Figures != nil {
		return *row.Figures, nil
	}
	err = n.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		figures, err = n.figures(ctx, tx, row)
		return err
	})
	return figures, err
}

func (n *Newsletters) figures(ctx context.Context, tx database.Tx, row *Newsletter) (f NewsletterFigures, err error) {
	f.Readers = row.Readers
	var states []struct {
		State State
		Count int
	}
	if err := tx.Query(ctx, &states, statesOfLetters, row.ID); err != nil {
		return f, fmt.Errorf("count a newsletter's letters: %w", err)
	}
	found := 0
	for _, one := range states {
		found += one.Count
		switch one.State {
		case Sent:
			f.Sent += one.Count
		case Withheld:
			f.Withheld += one.Count
		case Failed:
			f.Failed += one.Count
		default:
			f.Waiting += one.Count
		}
	}
	f.Forgotten = f.Readers - found
	var returned []struct {
		Kind  string
		Count int
	}
	if err := tx.Query(ctx, &returned, returnsOfLetters, row.ID); err != nil {
		return f, fmt.Errorf("count what came back: %w", err)
	}
	for _, one := range returned {
		if one.Kind == complaint {
			f.Complaints += one.Count
		} else {
			f.Bounced += one.Count
		}
	}
	until := row.BegunAt.Add(sevenDays)
	next := &Newsletter{}
	err = tx.Select(next).Column("begun_at").Where("number > ?", row.Number).Where("purpose = ?", row.Purpose).Order("number").Limit(1).Scan(ctx)
	if err != nil && !isNoRow(err) {
		return f, err
	}
	if err == nil && next.BegunAt.Before(until) {
		until = next.BegunAt
	}
	if err := tx.Query(ctx, &f.Left, endsAfterLetters, row.ID, row.Purpose, row.BegunAt, until); err != nil {
		return f, fmt.Errorf("count who left after a newsletter: %w", err)
	}
	return f, nil
}

const (
	// readersKept is how long it is kept who got a newsletter: letters are
	// forgotten a month later.
	readersKept = 60 * 24 * time.Hour
	// closedAtOnce bounds a pass.
	closedAtOnce = 10
)

// Housekeep keeps the figures of newsletters that are over, and forgets who got
// them.
func (n *Newsletters) Housekeep(ctx context.Context, tenant id.ID) error {
	err := n.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var over []Newsletter
		err := tx.Select(&over).Where("number > 0").Where("figures IS NULL").Where("state IN (?, ?)", SentOut, StoppedOut).
			Where("ended_at < ?", n.Letters.Clock.Now().Add(-readersKept)).Order("number").Limit(closedAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		for at := range over {
			row := &over[at]
			figures, err := n.figures(ctx, tx, row)
			if err != nil {
				return err
			}
			row.Figures = &figures
			if _, err := tx.Update(row).Column("figures").WherePK().Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.Delete((*newsletterReader)(nil)).Where("newsletter_id = ?", row.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget who got newsletters: %w", err)
	}
	return nil
}
