package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// seenPiece notes that an author published something: it tells newcomers from
// neighbours.
type seenPiece struct {
	bun.BaseModel `bun:"table:seen_pieces,alias:seen_piece"`
	database.Owned
	Kind     string `bun:",pk"`
	ID       id.ID  `bun:",pk"`
	AuthorID id.ID
	PostedAt time.Time
	State    State
}

// Screen says in which state a new piece begins; the publishing room calls it
// in its transaction. A first piece is held and opens a case, unless the
// author's role publishes unread.
func (s *Service) Screen(ctx context.Context, tx database.Tx, author actor.Actor, kind string, id id.ID, piece Piece) (State, error) {
	state := Published
	if !s.Policy.Allows(author, kind, "publish") {
		known, err := hasPublished(ctx, tx, author.Member, kind)
		if err != nil {
			return "", err
		}
		if !known {
			state = Held
		}
	}
	if err := see(ctx, tx, kind, id, piece, state); err != nil {
		return "", err
	}
	if state == Published {
		return Published, nil
	}
	if _, err := s.openOrJoin(ctx, tx, kind, id, piece, FirstPost, CategoryNamed(string(FirstPost))); err != nil {
		return "", fmt.Errorf("hold a first piece: %w", err)
	}
	return Held, nil
}

// Recognise notes a piece that was published elsewhere, as an import does: its
// author is no newcomer.
func (s *Service) Recognise(ctx context.Context, tx database.Tx, kind string, id id.ID, piece Piece) error {
	return see(ctx, tx, kind, id, piece, piece.State)
}

func see(ctx context.Context, tx database.Tx, kind string, id id.ID, piece Piece, state State) error {
	row := &seenPiece{Kind: kind, ID: id, AuthorID: piece.AuthorID, PostedAt: piece.PostedAt, State: state}
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, kind, id) DO UPDATE SET state = EXCLUDED.state").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note a piece of %s: %w", piece.AuthorID, err)
	}
	return nil
}

func hasPublished(ctx context.Context, tx database.Tx, author id.ID, kind string) (bool, error) {
	found, err := tx.Select((*seenPiece)(nil)).
		Where("author_id = ? AND kind = ? AND state = ?", author, kind, Published).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for earlier pieces: %w", err)
	}
	return found, nil
}
