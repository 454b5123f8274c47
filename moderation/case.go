package moderation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Reason is what opened a case.
type Reason string

// The reasons.
const (
	FirstPost Reason = "first_post"
	Noticed   Reason = "notice"
	RuleRang  Reason = "rule"
)

// Case is a piece that needs a decision. A piece has at most one open.
type Case struct {
	bun.BaseModel `bun:"table:cases,alias:case"`
	database.Owned
	ID       id.ID `bun:",pk"`
	Kind     string
	PieceID  id.ID
	AuthorID id.ID
	Title    string
	// Excerpt is the text as it was when the case was opened.
	Excerpt      string
	URL          string
	Why          Reason
	Category     string
	Harm         int
	OpenedAt     time.Time
	ClaimedBy    id.ID     `bun:",nullzero"`
	ClaimedUntil time.Time `bun:",nullzero"`
	RemindedAt   time.Time `bun:",nullzero"`
	ClosedAt     time.Time `bun:",nullzero"`
}

// lease is how long a moderator keeps a case without deciding.
const lease = 15 * time.Minute

// excerptSigns bounds the copy that a case keeps of the text.
const excerptSigns = 2000

func excerpt(text string) string {
	if utf8.RuneCountInString(text) <= excerptSigns {
		return text
	}
	return string([]rune(text)[:excerptSigns-1]) + "…"
}

// ClaimedFrom tells whether somebody else looks at the case now.
func (c *Case) ClaimedFrom(who actor.Actor, now time.Time) bool {
	return c.ClaimedBy != 0 && c.ClaimedBy != who.Member && c.ClaimedUntil.After(now)
}

// openOrJoin opens a case about the piece, or makes the open one as grave as
// this news.
func (s *Service) openOrJoin(ctx context.Context, tx database.Tx, kind string, piece id.ID, content Piece, why Reason, category Category) (*Case, error) {
	now := s.Clock.Now()
	file := &Case{ID: id.New(now), Kind: kind, PieceID: piece, AuthorID: content.AuthorID, Title: content.Title,
		Excerpt: excerpt(content.Text), URL: content.URL, Why: why, Category: category.Name, Harm: category.Harm, OpenedAt: now}
	// The clause is the index of open cases: two notices at once make one case.
	_, err := tx.Insert(file).On("CONFLICT (tenant_id, kind, piece_id) WHERE closed_at IS NULL DO NOTHING").Returning("NULL").Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a case: %w", err)
	}
	open := &Case{}
	if err := tx.Select(open).Where("kind = ? AND piece_id = ? AND closed_at IS NULL", kind, piece).Scan(ctx); err != nil {
		return nil, fmt.Errorf("find the open case: %w", err)
	}
	if category.Harm <= open.Harm {
		return open, nil
	}
	open.Category, open.Harm = category.Name, category.Harm
	if _, err := tx.Update(open).Column("category", "harm").Where("id = ?", open.ID).Exec(ctx); err != nil {
		return nil, fmt.Errorf("raise the case: %w", err)
	}
	return open, nil
}

// Claim reserves a case for the actor for a quarter of an hour: two moderators
// never work on one.
func (s *Service) Claim(ctx context.Context, who actor.Actor, file id.ID) error {
	if err := s.may(who, "claim"); err != nil {
		return err
	}
	now := s.Clock.Now()
	const statement = `UPDATE cases SET claimed_by = ?, claimed_until = ?
		WHERE tenant_id = ?tenant AND id = ? AND closed_at IS NULL AND author_id <> ?
		AND (claimed_by IS NULL OR claimed_by = ? OR claimed_until <= ?)`
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		changed, err := tx.Exec(ctx, statement, who.Member, now.Add(lease), file, who.Member, who.Member, now)
		if err != nil {
			return err
		}
		if changed == 0 {
			return refusal(ctx, tx, who, file)
		}
		return record(ctx, tx, now, who.Member, "case.claimed", "case", file, "")
	})
	if err != nil {
		return fmt.Errorf("claim case %s: %w", file, err)
	}
	return nil
}

// HandBack lets a colleague take the case.
func (s *Service) HandBack(ctx context.Context, who actor.Actor, file id.ID) error {
	if err := s.may(who, "claim"); err != nil {
		return err
	}
	now := s.Clock.Now()
	const statement = `UPDATE cases SET claimed_by = NULL, claimed_until = NULL
		WHERE tenant_id = ?tenant AND id = ? AND closed_at IS NULL AND claimed_by = ?`
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		changed, err := tx.Exec(ctx, statement, file, who.Member)
		if err != nil {
			return err
		}
		if changed == 0 {
			return refusal(ctx, tx, who, file)
		}
		return record(ctx, tx, now, who.Member, "case.handed_back", "case", file, "")
	})
	if err != nil {
		return fmt.Errorf("hand back case %s: %w", file, err)
	}
	return nil
}

// refusal tells why nothing changed: nobody judges the own piece, and it is
// not shown to its author who says what of it.
func refusal(ctx context.Context, tx database.Tx, who actor.Actor, file id.ID) error {
	row := &Case{}
	err := tx.Select(row).Where("id = ?", file).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.AuthorID == who.Member {
		return fault.NotFound
	}
	if err != nil {
		return err
	}
	return fault.Conflict
}

// Case finds a case, for the letters about it.
func (s *Service) Case(ctx context.Context, tenant, file id.ID) (*Case, error) {
	row := &Case{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("id = ?", file).Scan(ctx)
	})
	return row, err
}
