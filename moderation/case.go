package moderation

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Reason is what opened a case.
type Reason string

// The reasons; "rule:NAME" is the third.
const (
	FirstPost Reason = "first_post"
	Noticed   Reason = "notice"
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

// excerptSigns bounds the copy that a case keeps of the text.
const excerptSigns = 2000

func excerpt(text string) string {
	if utf8.RuneCountInString(text) <= excerptSigns {
		return text
	}
	return string([]rune(text)[:excerptSigns-1]) + "…"
}

// open opens a case about the piece.
func (s *Service) open(ctx context.Context, tx database.Tx, kind string, piece id.ID, content Piece, why Reason) (*Case, error) {
	now := s.Clock.Now()
	row := &Case{ID: id.New(now), Kind: kind, PieceID: piece, AuthorID: content.AuthorID, Title: content.Title,
		Excerpt: excerpt(content.Text), URL: content.URL, Why: why, Category: "first_post", Harm: 1, OpenedAt: now}
	if _, err := tx.Insert(row).Exec(ctx); err != nil {
		return nil, fmt.Errorf("open a case about %s %s: %w", kind, piece, err)
	}
	return row, nil
}
