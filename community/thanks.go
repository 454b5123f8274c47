package community

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
	"github.com/kumun/kumun/internal/outbox"
)

// Thanks is one member's merci for a post.
type Thanks struct {
	bun.BaseModel `bun:"table:thanks,alias:thanks"`
	database.Owned
	ID       id.ID `bun:",pk"`
	PostID   id.ID
	MemberID id.ID
	At       time.Time
}

// ThanksChanged is the fact that somebody said thanks, or took it back.
const ThanksChanged outbox.Fact = "thanks.changed"

// ThanksFact is what the outbox tells of it.
type ThanksFact struct {
	Post   id.ID `json:"post"`
	Author id.ID `json:"author"`
	By     id.ID `json:"by"`
}

// Thank says thanks for a post of somebody else's; saying it twice is saying
// it once.
func (s *Service) Thank(ctx context.Context, actor actor.Actor, post id.ID) error {
	return s.changeThanks(ctx, actor, post, func(ctx context.Context, tx database.Tx) (int, error) {
		now := s.Clock.Now()
		row := &Thanks{ID: id.New(now), PostID: post, MemberID: actor.Member, At: now}
		result, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, member_id) DO NOTHING").Exec(ctx)
		if err != nil {
			return 0, err
		}
		added, err := result.RowsAffected()
		return int(added), err
	})
}

// Unthank takes it back.
func (s *Service) Unthank(ctx context.Context, actor actor.Actor, post id.ID) error {
	return s.changeThanks(ctx, actor, post, func(ctx context.Context, tx database.Tx) (int, error) {
		result, err := tx.Delete((*Thanks)(nil)).Where("post_id = ?", post).Where("member_id = ?", actor.Member).Exec(ctx)
		if err != nil {
			return 0, err
		}
		taken, err := result.RowsAffected()
		return -int(taken), err
	})
}

func (s *Service) changeThanks(ctx context.Context, actor actor.Actor, post id.ID, change func(context.Context, database.Tx) (int, error)) error {
	if err := s.may(actor, "thanks", "create"); err != nil {
		return err
	}
	err := s.DB.Write(ctx, actor.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if found.State != Expired {
			if err := s.refuseUnmet(ctx, actor, found); err != nil {
				return err
			}
		}
		if found.AuthorID == actor.Member {
			return fault.Forbidden
		}
		by, err := change(ctx, tx)
		if err != nil || by == 0 {
			return err
		}
		if _, err := tx.Update((*Post)(nil)).Set("thanks = thanks + ?", by).Where("id = ?", post).Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, ThanksChanged, ThanksFact{post, found.AuthorID, actor.Member})
	})
	if err != nil {
		return fmt.Errorf("thank: %w", err)
	}
	return nil
}

// Thanked tells whether the actor has said thanks for a post.
func (s *Service) Thanked(ctx context.Context, actor actor.Actor, post id.ID) (bool, error) {
	if !actor.IsMember() {
		return false, nil
	}
	thanked := false
	err := s.DB.Read(ctx, actor.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		thanked, err = tx.Select((*Thanks)(nil)).Where("post_id = ?", post).Where("member_id = ?", actor.Member).Exists(ctx)
		return err
	})
	if err != nil && !errors.Is(err, fault.NotFound) {
		return false, fmt.Errorf("thanked: %w", err)
	}
	return thanked, nil
}

// mostLately bounds what Lately reads.
const mostLately = 500

// Lately lists the replies that everyone can read and the mercis since a moment,
// the oldest first.
func (s *Service) Lately(ctx context.Context, tenant id.ID, since time.Time) (comments []Comment, thanks []Thanks, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(&comments).Where("state = 'published'").Where("posted_at > ?", since).Order("posted_at", "id").Limit(mostLately).Scan(ctx); err != nil {
			return err
		}
		return tx.Select(&thanks).Where("at > ?", since).Order("at", "id").Limit(mostLately).Scan(ctx)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read what was said lately: %w", err)
	}
	return comments, thanks, nil
}
