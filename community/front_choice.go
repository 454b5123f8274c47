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

// FrontPlaces are the places of the front page that editors may fill: the big
// one and the first three cards. The fourth may be a partner's.
const FrontPlaces = 4

// longestChoice keeps the front page from being forgotten.
const longestChoice = 31 * days

// choicesKept is how long the digest may ask for what was chosen.
const choicesKept = 40 * days

// FrontChoice is a piece that an editor puts on the front page for a while. Of
// two for one place, the one that begins later shows.
type FrontChoice struct {
	bun.BaseModel `bun:"table:front_choices,alias:choice"`
	database.Owned
	ID       id.ID `bun:",pk"`
	Place    int
	PostID   id.ID
	StartsAt time.Time
	EndsAt   time.Time
	ByID     id.ID
	Post     *Post `bun:"-"`
}

// Choose puts a published piece on the front page.
func (s *Service) Choose(ctx context.Context, editor actor.Actor, choice FrontChoice) error {
	if err := s.may(editor, "post", "feature"); err != nil {
		return err
	}
	now, invalid := s.Clock.Now(), &fault.Invalid{}
	if choice.Place < 0 || choice.Place >= FrontPlaces {
		invalid.Add("place", "error.community.front_place")
	}
	switch {
	case choice.StartsAt.IsZero():
		invalid.Add("starts", "error.community.front_day")
	case choice.EndsAt.IsZero():
		invalid.Add("ends", "error.community.front_day")
	case !choice.EndsAt.After(choice.StartsAt):
		invalid.Add("ends", "error.community.front_order")
	case !choice.EndsAt.After(now):
		invalid.Add("ends", "error.community.front_past")
	case choice.EndsAt.Sub(choice.StartsAt) > longestChoice:
		invalid.Add("ends", "error.community.front_long", "Days", int(longestChoice/days))
	}
	posts, err := s.ByIDs(ctx, editor.Tenant, []id.ID{choice.PostID})
	if err != nil {
		return err
	}
	if len(posts) == 0 || posts[0].State != Published {
		invalid.Add("piece", "error.community.front_piece")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	choice.ID, choice.ByID = id.New(now), editor.Member
	err = s.DB.Write(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Delete((*FrontChoice)(nil)).Where("ends_at <= ?", now.Add(-choicesKept)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Insert(&choice).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("choose for the front page: %w", err)
	}
	return nil
}

// Picked names what editors had on the front page at some time of a stretch,
// in the order of its places.
func (s *Service) Picked(ctx context.Context, tenant id.ID, from, to time.Time) (pieces []id.ID, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select((*FrontChoice)(nil)).Column("post_id").Where("ends_at > ?", from).Where("starts_at < ?", to).
			Order("place", "starts_at DESC").Scan(ctx, &pieces)
	})
	if err != nil {
		return nil, fmt.Errorf("read choices for the front page: %w", err)
	}
	return pieces, nil
}

// Unchoose leaves the place to whatever comes by itself.
func (s *Service) Unchoose(ctx context.Context, editor actor.Actor, choice id.ID) error {
	if err := s.may(editor, "post", "feature"); err != nil {
		return err
	}
	return s.DB.Write(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Delete((*FrontChoice)(nil)).Where("id = ?", choice).Exec(ctx)
		if err != nil {
			return err
		}
		if gone, err := result.RowsAffected(); err != nil || gone == 0 {
			return fault.NotFound
		}
		return nil
	})
}

// FrontChoices lists what shows now and what is to come, by day; Post is nil
// when the piece can no longer be seen.
func (s *Service) FrontChoices(ctx context.Context, tenant id.ID) ([]FrontChoice, error) {
	return s.choices(ctx, tenant, s.Clock.Now(), time.Time{})
}

func (s *Service) choices(ctx context.Context, tenant id.ID, after, begun time.Time) ([]FrontChoice, error) {
	var choices []FrontChoice
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&choices).Where("ends_at > ?", after)
		if !begun.IsZero() {
			query.Where("starts_at <= ?", begun)
		}
		return query.OrderExpr("starts_at, id").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read the front page's choices: %w", err)
	}
	ids := make([]id.ID, len(choices))
	for n, choice := range choices {
		ids[n] = choice.PostID
	}
	posts, err := s.ByIDs(ctx, tenant, ids)
	if err != nil {
		return nil, err
	}
	for n := range choices {
		for _, post := range posts {
			if post.ID == choices[n].PostID {
				choices[n].Post = post
			}
		}
	}
	return choices, nil
}

// chosen is what editors chose for each place at a moment, nil where nothing.
func (s *Service) chosen(ctx context.Context, tenant id.ID, now time.Time) ([FrontPlaces]*Post, error) {
	var chosen [FrontPlaces]*Post
	choices, err := s.choices(ctx, tenant, now, now)
	for _, choice := range choices {
		if choice.Post == nil || choice.Post.State != Published {
			continue
		}
		for place, other := range chosen {
			if other != nil && other.ID == choice.PostID {
				chosen[place] = nil // a piece shows once
			}
		}
		chosen[choice.Place] = choice.Post
	}
	return chosen, err
}
