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

// MaxVouch is how much may be said beside "I was there"; vouchesShown how many
// a page shows.
const (
	MaxVouch     = 140
	vouchesShown = 24
)

// A vouch pales after a year and is gone after two: what was true then may not
// be now.
const (
	vouchPales = 12
	vouchFades = 24
)

// Vouch is a member's word to have been there, in a month.
type Vouch struct {
	bun.BaseModel `bun:"table:vouches,alias:vouch"`
	database.Owned
	ID       id.ID `bun:",pk"`
	PostID   id.ID
	MemberID id.ID
	// Month is its first day.
	Month time.Time
	Text  string
	At    time.Time
}

// Pale tells whether it is more than a year old.
func (v *Vouch) Pale(now time.Time) bool { return monthsAgo(v.Month, now) > vouchPales }

// VouchMonths are the months for which one may say to have been there, the
// current one first.
func VouchMonths(now time.Time) []time.Time {
	months := make([]time.Time, vouchFades)
	for ago := range months {
		months[ago] = time.Date(now.Year(), now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
	}
	return months
}

func monthsAgo(month, now time.Time) int {
	return (now.Year()-month.Year())*12 + int(now.Month()) - int(month.Month())
}

// MayVouch tells whether the piece is something to have been at, and somebody
// else's.
func (p *Post) MayVouch(who actor.Actor, now time.Time) bool {
	if p.AuthorID == who.Member || p.State != Published && p.State != Expired {
		return false
	}
	return p.Kind == Tip || p.Kind == Event && p.Event != nil && p.Event.Starts.Before(now)
}

// Vouch notes that the actor was there in a month; said again, it replaces
// what was said.
func (s *Service) Vouch(ctx context.Context, who actor.Actor, post id.ID, month time.Time, text string) error {
	if err := s.may(who, "thanks", "create"); err != nil {
		return err
	}
	now := s.Clock.Now()
	month = time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
	text = Line(text)
	invalid := &fault.Invalid{}
	if ago := monthsAgo(month, now); ago < 0 || ago >= vouchFades {
		invalid.Add("month", "error.community.vouch_month")
	}
	checkLength(invalid, "vouch", text, 0, MaxVouch)
	if err := invalid.OrNil(); err != nil {
		return err
	}
	err := s.changeVouches(ctx, who.Tenant, post, func(ctx context.Context, tx database.Tx, found *Post) error {
		if found.AuthorID == who.Member {
			return fault.Forbidden
		}
		if !found.MayVouch(who, now) {
			return fault.NotFound
		}
		row := &Vouch{ID: id.New(now), PostID: post, MemberID: who.Member, Month: month, Text: text, At: now}
		_, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, member_id) DO UPDATE").
			Set("month = EXCLUDED.month, text = EXCLUDED.text, at = EXCLUDED.at").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("vouch: %w", err)
	}
	return nil
}

// Unvouch takes back a member's word: their own, or what a moderator takes away.
func (s *Service) Unvouch(ctx context.Context, who actor.Actor, post, member id.ID) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	if member != who.Member && !s.moderates(who) {
		return fmt.Errorf("take a vouch back: %w", fault.NotFound)
	}
	err := s.changeVouches(ctx, who.Tenant, post, func(ctx context.Context, tx database.Tx, _ *Post) error {
		_, err := tx.Delete((*Vouch)(nil)).Where("post_id = ?", post).Where("member_id = ?", member).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("take a vouch back: %w", err)
	}
	return nil
}

// changeVouches keeps the post's count in step.
func (s *Service) changeVouches(ctx context.Context, tenant, post id.ID, change func(context.Context, database.Tx, *Post) error) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if err := change(ctx, tx, found); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, countVouches, list([]id.ID{post}))
		return err
	})
}

const countVouches = `UPDATE posts SET vouches = (SELECT count(*) FROM vouches v WHERE v.tenant_id = ?tenant AND v.post_id = posts.id)
  WHERE tenant_id = ?tenant AND id IN (?0)`

// Vouches lists who was at a piece, the latest month first.
func (s *Service) Vouches(ctx context.Context, tenant, post id.ID) ([]Vouch, error) {
	var vouches []Vouch
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&vouches).Where("post_id = ?", post).Where("month > ?", s.faded()).
			OrderExpr("month DESC, id DESC").Limit(vouchesShown).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read vouches: %w", err)
	}
	return vouches, nil
}

// faded is the latest month that no longer counts.
func (s *Service) faded() time.Time {
	now := s.Clock.Now()
	return time.Date(now.Year(), now.Month()-vouchFades, 1, 0, 0, 0, 0, time.UTC)
}

// fadedAtOnce bounds a pass of FadeVouches; the next takes the rest.
const fadedAtOnce = 500

// FadeVouches forgets those that are too old to say anything.
func (s *Service) FadeVouches(ctx context.Context, tenant id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var faded []Vouch
		if err := tx.Select(&faded).Where("month <= ?", s.faded()).Limit(fadedAtOnce).Scan(ctx); err != nil || len(faded) == 0 {
			return err
		}
		return s.forgetVouches(ctx, tx, faded)
	})
	if err != nil {
		return fmt.Errorf("fade vouches: %w", err)
	}
	return nil
}

func (s *Service) forgetVouches(ctx context.Context, tx database.Tx, vouches []Vouch) error {
	if len(vouches) == 0 {
		return nil
	}
	var rows, posts []id.ID
	for _, vouch := range vouches {
		rows, posts = append(rows, vouch.ID), append(posts, vouch.PostID)
	}
	if _, err := tx.Delete((*Vouch)(nil)).Where("id IN (?)", list(rows)).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, countVouches, list(posts))
	return err
}
