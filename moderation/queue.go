package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// pageSize is how many cases or decisions a page lists.
const pageSize = 20

// Queue is what a moderator may decide, the gravest first.
type Queue struct {
	Items []Item
	// Total counts all that the moderator may decide.
	Total int64
	// Watched are those that a colleague looks at now.
	Watched []Case
	// Older is the case after which the next page begins, or zero.
	Older id.ID
}

// Item is a case with how often it was reported.
type Item struct {
	Case
	Notices int
}

// toDecide leaves out what a colleague looks at and what the moderator wrote.
const toDecide = `closed_at IS NULL AND author_id <> ? AND (claimed_by IS NULL OR claimed_by = ? OR claimed_until <= ?)`

// Queue lists what waits for the actor; after is the last case of the page
// before, or zero.
func (s *Service) Queue(ctx context.Context, who actor.Actor, after id.ID) (*Queue, error) {
	if err := s.may(who, "read"); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	queue := &Queue{}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		cases, err := waiting(ctx, tx, who, now, after)
		if err != nil {
			return err
		}
		if len(cases) > pageSize {
			cases = cases[:pageSize]
			queue.Older = cases[pageSize-1].ID
		}
		if queue.Items, err = withNotices(ctx, tx, cases); err != nil {
			return err
		}
		queue.Total, err = tx.Select((*Case)(nil)).Where(toDecide, who.Member, who.Member, now).Count(ctx)
		if err != nil {
			return err
		}
		return tx.Select(&queue.Watched).Where("closed_at IS NULL AND author_id <> ? AND claimed_by <> ? AND claimed_until > ?", who.Member, who.Member, now).
			Order("claimed_until").Limit(pageSize).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	return queue, nil
}

// mostReported bounds what Reported reads.
const mostReported = 200

// Reported lists, in the caller's transaction, what people reported and nobody
// has decided on, the gravest first. Who they are it does not say.
func (s *Service) Reported(ctx context.Context, tx database.Tx) ([]Item, error) {
	var cases []Case
	err := tx.Select(&cases).Where("closed_at IS NULL").
		Where(`EXISTS (SELECT 1 FROM notices WHERE notices.tenant_id = "case".tenant_id AND notices.case_id = "case".id)`).
		OrderExpr("harm DESC, opened_at, id").Limit(mostReported).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what is reported: %w", err)
	}
	return withNotices(ctx, tx, cases)
}

func waiting(ctx context.Context, tx database.Tx, who actor.Actor, now time.Time, after id.ID) ([]Case, error) {
	var cases []Case
	query := tx.Select(&cases).Where(toDecide, who.Member, who.Member, now).OrderExpr("harm DESC, opened_at, id").Limit(pageSize + 1)
	if after != 0 {
		last := &Case{}
		if err := tx.Select(last).Where("id = ?", after).Scan(ctx); err != nil {
			return nil, err
		}
		query = query.Where("(harm < ? OR harm = ? AND (opened_at, id) > (?, ?))", last.Harm, last.Harm, last.OpenedAt, last.ID)
	}
	return cases, query.Scan(ctx)
}

func withNotices(ctx context.Context, tx database.Tx, cases []Case) ([]Item, error) {
	items := make([]Item, len(cases))
	ids := make([]id.ID, len(cases))
	for n, file := range cases {
		items[n].Case, ids[n] = file, file.ID
	}
	if len(ids) == 0 {
		return items, nil
	}
	var counts []struct {
		CaseID id.ID
		Count  int
	}
	err := tx.Select((*Notice)(nil)).Column("case_id").ColumnExpr("count(*) AS count").
		Where("case_id IN (?)", bun.List(ids)).Group("case_id").Scan(ctx, &counts)
	if err != nil {
		return nil, fmt.Errorf("count notices: %w", err)
	}
	of := map[id.ID]int{}
	for _, count := range counts {
		of[count.CaseID] = count.Count
	}
	for n := range items {
		items[n].Notices = of[items[n].ID]
	}
	return items, nil
}

// File is a case as its moderator reads it.
type File struct {
	Case
	// Piece is how it stands now; Gone when its author took it away.
	Piece   Piece
	Gone    bool
	Notices []Notice
	Rules   []string
	Author  Author
	// Decision is what was decided, when it was.
	Decision *Decision
}

// Author is what moderation knows of who wrote a piece.
type Author struct {
	Pieces     int64
	Since      time.Time // of the first piece; zero when there was none
	Restricted int64     // pieces hidden or removed
}

// Edited tells that the text changed since the case was opened.
func (f *File) Edited() bool { return !f.Gone && excerpt(f.Piece.Text) != f.Excerpt }

// Open reads a case.
func (s *Service) Open(ctx context.Context, who actor.Actor, file id.ID) (*File, error) {
	if err := s.may(who, "read"); err != nil {
		return nil, err
	}
	open := &File{}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(&open.Case).Where("id = ? AND author_id <> ?", file, who.Member).Scan(ctx); err != nil {
			return err
		}
		if err := s.loadPiece(ctx, tx, open); err != nil {
			return err
		}
		if err := tx.Select(&open.Notices).Where("case_id = ?", file).Order("at", "id").Limit(pageSize).Scan(ctx); err != nil {
			return err
		}
		if err := tx.Select((*alarm)(nil)).Column("rule").Where("case_id = ?", file).Order("id").Limit(pageSize).Scan(ctx, &open.Rules); err != nil {
			return err
		}
		var decisions []Decision
		if err := tx.Select(&decisions).Where("case_id = ?", file).Scan(ctx); err != nil {
			return err
		}
		if len(decisions) > 0 {
			open.Decision = &decisions[0]
		}
		var err error
		open.Author, err = authorOf(ctx, tx, open.AuthorID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open case %s: %w", file, err)
	}
	return open, nil
}

func (s *Service) loadPiece(ctx context.Context, tx database.Tx, open *File) error {
	kind, err := s.Registry.find(open.Kind)
	if err != nil {
		return err
	}
	open.Piece, err = kind.Load(ctx, tx, open.PieceID)
	if gone(err) || err == nil && open.Piece.State == Deleted {
		open.Gone = true
		return nil
	}
	return err
}

func authorOf(ctx context.Context, tx database.Tx, author id.ID) (Author, error) {
	var known Author
	var first []time.Time
	err := tx.Select((*seenPiece)(nil)).Column("posted_at").
		Where("author_id = ? AND state = ?", author, Published).Order("posted_at").Limit(1).Scan(ctx, &first)
	if err != nil {
		return Author{}, err
	}
	if len(first) > 0 {
		known.Since = first[0]
	}
	if known.Pieces, err = tx.Select((*seenPiece)(nil)).Where("author_id = ? AND state = ?", author, Published).Count(ctx); err != nil {
		return Author{}, err
	}
	known.Restricted, err = tx.Select((*Decision)(nil)).Where("author_id = ? AND action <> ?", author, Keep).Count(ctx)
	return known, err
}

// Waiting counts the open cases of a community, for its operator.
func (s *Service) Waiting(ctx context.Context, tenant id.ID) (count int64, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		count, err = tx.Select((*Case)(nil)).Where("closed_at IS NULL").Count(ctx)
		return err
	})
	return count, err
}

// Journal lists the decisions, the latest first; before is the last of the page
// before, or zero. older is where the next page begins, or zero.
func (s *Service) Journal(ctx context.Context, who actor.Actor, before id.ID) (decisions []Decision, older id.ID, err error) {
	if err := s.may(who, "read"); err != nil {
		return nil, 0, err
	}
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&decisions).Where("author_id <> ?", who.Member).Order("id DESC").Limit(pageSize + 1)
		if before != 0 {
			query = query.Where("id < ?", before)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the journal: %w", err)
	}
	if len(decisions) > pageSize {
		decisions = decisions[:pageSize]
		older = decisions[pageSize-1].ID
	}
	return decisions, older, nil
}

func gone(err error) bool { return errors.Is(err, fault.NotFound) }
