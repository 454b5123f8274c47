package community

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Stale is a piece that nobody has confirmed for so long that no list shows it.
const Stale = State("stale")

const (
	days = 24 * time.Hour
	// grace is how long a piece that is due stays in lists, and warning how long
	// its owner has been asked by then at least: the sweep runs once a day.
	grace, warning = 30 * days, 29 * days
	// doubtsToMark is how many readers must say that a piece is no longer true
	// for others to be told.
	doubtsToMark = 2
	// freshenedAtOnce bounds a pass of Freshen; the next takes the rest.
	freshenedAtOnce = 500
)

// Doubt is a reader's word that a piece is no longer true.
type Doubt struct {
	bun.BaseModel `bun:"table:doubts,alias:doubt"`
	database.Owned
	ID     id.ID `bun:",pk"`
	PostID id.ID
	Seal   string
	At     time.Time
}

// Owner is who answers for the piece being true: its author, or a guide's first.
func (p *Post) Owner() id.ID {
	if p.Guide != nil && len(p.Guide.Authors) > 0 {
		return p.Guide.Authors[0]
	}
	return p.AuthorID
}

// Authors are all who wrote the piece.
func (p *Post) Authors() []id.ID {
	authors := []id.ID{p.AuthorID}
	if p.Guide != nil {
		authors = append(authors, p.Guide.Authors...)
	}
	return authors
}

// Ages tells that the piece may stop being true without anybody changing it.
func (p *Post) Ages() bool { return kinds[p.Kind].life > 0 }

// Doubtful tells that the piece is to be confirmed.
func (p *Post) Doubtful() bool { return !p.DoubtedAt.IsZero() }

// LastChecked is when somebody last said that it is true.
func (p *Post) LastChecked() time.Time { return later(p.PostedAt, p.CheckedAt) }

// believe starts the clock of a piece that was true at a moment.
func (p *Post) believe(at time.Time) {
	p.DueAt, p.DoubtedAt, p.AskedAt = time.Time{}, time.Time{}, time.Time{}
	if p.Ages() {
		p.DueAt = at.Add(kinds[p.Kind].life)
	}
}

// Freshen marks the pieces that are due as to be confirmed, and takes those out
// of the lists that stayed so.
func (s *Service) Freshen(ctx context.Context, tenant id.ID) error {
	now := s.Clock.Now()
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Post)(nil)).Set("doubted_at = ?", now).Where("state = 'published'").Where("due_at IS NOT NULL").
			Where("due_at <= ?", now).Where("doubted_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		var stale []*Post
		err = tx.Select(&stale).Where("state = 'published'").Where("due_at IS NOT NULL").Where("due_at <= ?", now.Add(-grace)).
			Where("doubted_at <= ?", now.Add(-warning)).OrderExpr("due_at, id").Limit(freshenedAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		for _, post := range stale {
			// Its owner is told once more.
			post.State, post.AskedAt = Stale, time.Time{}
			if err := s.setFreshness(ctx, tx, post); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("freshen posts: %w", err)
	}
	return nil
}

func (s *Service) setFreshness(ctx context.Context, tx database.Tx, post *Post) error {
	_, err := tx.Update(post).Column("state", "checked_at", "due_at", "doubted_at", "asked_at").WherePK().Exec(ctx)
	if err != nil {
		return err
	}
	return s.Search.post(ctx, tx, post)
}

// Confirm says that a piece is true today, for its owner or an editor who asked
// the owner. It is back wherever it had left.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, post id.ID) error {
	return s.answer(ctx, who, post, func(ctx context.Context, tx database.Tx, found *Post) error {
		now := s.Clock.Now()
		found.State, found.CheckedAt = Published, now
		found.believe(now)
		return s.setFreshness(ctx, tx, found)
	})
}

// Retire says that a piece is no longer true: it stays readable, and no list
// shows it.
func (s *Service) Retire(ctx context.Context, who actor.Actor, post id.ID) error {
	return s.answer(ctx, who, post, func(ctx context.Context, tx database.Tx, found *Post) error {
		if found.State == Expired {
			return nil
		}
		found.State, found.DoubtedAt, found.AskedAt = Expired, time.Time{}, time.Time{}
		if err := s.setFreshness(ctx, tx, found); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "post.expired", postFact(found))
	})
}

// answer carries out what was answered; what readers doubted is settled by it.
func (s *Service) answer(ctx context.Context, who actor.Actor, post id.ID, do func(context.Context, database.Tx, *Post) error) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if !s.mayConfirm(who, found) {
			return fault.NotFound
		}
		if _, err := tx.Delete((*Doubt)(nil)).Where("post_id = ?", post).Exec(ctx); err != nil {
			return err
		}
		return do(ctx, tx, found)
	})
	if err != nil {
		return fmt.Errorf("answer whether a post is true: %w", err)
	}
	return nil
}

func (s *Service) mayConfirm(who actor.Actor, post *Post) bool {
	if !post.Ages() || post.State != Published && post.State != Stale && post.State != Expired {
		return false
	}
	return who.IsMember() && (who.Member == post.AuthorID || who.Member == post.Owner()) || s.Policy.Allows(who, "post", "feature")
}

// Doubted is what the outbox tells of a piece that a reader doubts.
type Doubted struct {
	ID id.ID `json:"id"`
}

// Doubt takes a reader's word that a piece is no longer true. The seal tells
// readers apart; the same reader counts once.
func (s *Service) Doubt(ctx context.Context, who actor.Actor, post id.ID, seal string) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		own := who.IsMember() && (who.Member == found.AuthorID || who.Member == found.Owner())
		if found.State != Published || !found.Ages() || own {
			return fault.NotFound
		}
		now := s.Clock.Now()
		row := &Doubt{ID: id.New(now), PostID: post, Seal: seal, At: now}
		result, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, seal) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if added, err := result.RowsAffected(); err != nil || added == 0 {
			return err
		}
		count, err := tx.Select((*Doubt)(nil)).Where("post_id = ?", post).Count(ctx)
		if err != nil {
			return err
		}
		if count == 1 {
			return s.Outbox.Add(ctx, tx, "post.doubted", Doubted{post})
		}
		if count < doubtsToMark || found.Doubtful() {
			return nil
		}
		found.DoubtedAt = now
		if found.DueAt.After(now) {
			found.DueAt = now
		}
		_, err = tx.Update(found).Column("doubted_at", "due_at").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("doubt post: %w", err)
	}
	return nil
}

// Unasked lists pieces to be confirmed whose owners have not been asked, those
// that wait longest first.
func (s *Service) Unasked(ctx context.Context, tenant id.ID, limit int) ([]*Post, error) {
	return s.doubtful(ctx, tenant, limit, "asked_at IS NULL")
}

// Unconfirmed lists pieces to be confirmed, those that wait longest first, and
// tells how many there are in all.
func (s *Service) Unconfirmed(ctx context.Context, tenant id.ID, limit int) (posts []*Post, total int64, err error) {
	posts, err = s.doubtful(ctx, tenant, limit, "")
	if err != nil || len(posts) < limit {
		return posts, int64(len(posts)), err
	}
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) (err error) {
		total, err = tx.Select((*Post)(nil)).Where("doubted_at IS NOT NULL").Where("state IN ('published', 'stale')").Count(ctx)
		return err
	})
	return posts, total, err
}

func (s *Service) doubtful(ctx context.Context, tenant id.ID, limit int, where string) ([]*Post, error) {
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&posts).ColumnExpr(feedColumns + ", post.guide, post.asked_at").Where("doubted_at IS NOT NULL").Where("state IN ('published', 'stale')")
		if where != "" {
			query.Where(where)
		}
		return query.OrderExpr("doubted_at, id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list posts to confirm: %w", err)
	}
	return posts, nil
}

// NoteAsked notes that the owner was asked about pieces.
func (s *Service) NoteAsked(ctx context.Context, tenant id.ID, posts []id.ID) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Post)(nil)).Set("asked_at = ?", s.Clock.Now()).Where("id IN (?)", list(posts)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("note that owners were asked: %w", err)
		}
		return nil
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
