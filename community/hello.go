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
	"github.com/kumun/kumun/moderation"
)

const (
	// MaxHello is how long a newcomer's first sentence may be.
	MaxHello = 200
	// helloShown is how long a group reads it, and hellosShown how many.
	helloShown  = 30 * days
	hellosShown = 5
)

// Hello is a newcomer's first sentence, for the members of the group alone.
type Hello struct {
	bun.BaseModel `bun:"table:hellos,alias:hello"`
	database.Owned
	ID         id.ID `bun:",pk"`
	GroupID    id.ID
	MemberID   id.ID
	Text       string
	State      State
	At         time.Time
	WelcomedBy id.ID     `bun:",nullzero"`
	WelcomedAt time.Time `bun:",nullzero"`
}

// HelloFact is what the outbox tells of a hello: that it was said, or that
// somebody said welcome.
type HelloFact struct {
	ID id.ID `json:"id"`
}

// Greet says hello to a group that the actor belongs to, once.
func (s *Service) Greet(ctx context.Context, who actor.Actor, group id.ID, text string) error {
	if err := s.may(who, "comment", "create"); err != nil {
		return err
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.refuseStranger(ctx, who, group); err != nil {
			return err
		}
		now := s.Clock.Now()
		invalid := &fault.Invalid{}
		hello := &Hello{ID: id.New(now), GroupID: group, MemberID: who.Member, Text: Line(text), State: Published, At: now}
		checkLength(invalid, "hello", hello.Text, 2, MaxHello)
		if err := invalid.OrNil(); err != nil {
			return err
		}
		said, err := tx.Select((*Hello)(nil)).Where("group_id = ?", group).Where("member_id = ?", who.Member).Exists(ctx)
		if err != nil || said {
			return err
		}
		if _, err := tx.Insert(hello).Exec(ctx); err != nil {
			return err
		}
		if err := s.Screen.Recognise(ctx, tx, "hello", hello.ID, hello.piece(group)); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "hello.said", HelloFact{hello.ID})
	})
	if err != nil {
		return fmt.Errorf("say hello: %w", err)
	}
	return nil
}

// refuseStranger finds nothing for who does not belong to a group.
func (s *Service) refuseStranger(ctx context.Context, who actor.Actor, group id.ID) error {
	belongs, err := s.belongs(ctx, who, group)
	if err == nil && !belongs {
		err = fault.NotFound
	}
	return err
}

// Hellos are the latest of a group for its members, the newest first.
func (s *Service) Hellos(ctx context.Context, who actor.Actor, group id.ID) (hellos []Hello, err error) {
	belongs, err := s.belongs(ctx, who, group)
	if err != nil || !belongs {
		return nil, err
	}
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&hellos).Where("group_id = ?", group).Where("at > ?", s.Clock.Now().Add(-helloShown)).Where("state = 'published'").
			Order("at DESC", "id DESC").Limit(hellosShown).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read who said hello: %w", err)
	}
	return hellos, nil
}

// Hello reads one in whatever state, for the letters about it.
func (s *Service) Hello(ctx context.Context, tenant, hello id.ID) (*Hello, error) {
	found := &Hello{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", hello).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read a hello: %w", err)
	}
	return found, nil
}

// SayWelcome answers a hello, for the group's keepers and the ambassadors in it;
// the first who does is named, the others change nothing.
func (s *Service) SayWelcome(ctx context.Context, who actor.Actor, hello id.ID) (*Hello, error) {
	var found *Hello
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found = &Hello{}
		if err := tx.Select(found).Where("id = ?", hello).Where("state = 'published'").Scan(ctx); err != nil {
			return err
		}
		if err := s.refuseStranger(ctx, who, found.GroupID); err != nil {
			return err
		}
		keeps, err := s.Groups.Keeps(ctx, who, found.GroupID)
		if err != nil {
			return err
		}
		if found.MemberID == who.Member || !keeps && !s.Policy.Allows(who, "member", "welcome") {
			return fault.NotFound
		}
		if found.WelcomedBy != 0 {
			return nil
		}
		found.WelcomedBy, found.WelcomedAt = who.Member, s.Clock.Now()
		if _, err := tx.Update(found).Column("welcomed_by", "welcomed_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "hello.welcomed", HelloFact{hello})
	})
	if err != nil {
		return nil, fmt.Errorf("say welcome: %w", err)
	}
	return found, nil
}

// firstSteps tells whether somebody has thanked or answered in a group.
const firstSteps = `SELECT EXISTS (SELECT 1 FROM posts p WHERE p.tenant_id = ?tenant AND p.group_id = ?1 AND p.state IN ('published', 'inside')
    AND EXISTS (SELECT 1 FROM thanks x WHERE x.tenant_id = ?tenant AND x.post_id = p.id AND x.member_id = ?0)) OR
  EXISTS (SELECT 1 FROM comments x JOIN posts p ON p.tenant_id = x.tenant_id AND p.id = x.post_id
    WHERE x.tenant_id = ?tenant AND x.author_id = ?0 AND x.state <> 'deleted' AND p.group_id = ?1) AS answered,
  EXISTS (SELECT 1 FROM hellos x WHERE x.tenant_id = ?tenant AND x.group_id = ?1 AND x.member_id = ?0) AS greeted`

// Steps are what a newcomer has done of what makes one at home.
type Steps struct{ Greeted, Answered bool }

// StepsOf tells what the actor has done in a group.
func (s *Service) StepsOf(ctx context.Context, who actor.Actor, group id.ID) (steps Steps, err error) {
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &steps, firstSteps, who.Member, group)
	})
	if err != nil {
		return Steps{}, fmt.Errorf("look at first steps: %w", err)
	}
	return steps, nil
}

func (h *Hello) piece(group id.ID) moderation.Piece {
	return moderation.Piece{AuthorID: h.MemberID, Text: h.Text, URL: "/groupes/" + group.String() + "#bonjour", PostedAt: h.At, State: h.State}
}

func (s *Service) reviewableHello() moderation.Kind {
	read := func(ctx context.Context, tx database.Tx, hello id.ID) (*Hello, error) {
		found := &Hello{}
		return found, tx.Select(found).Where("id = ?", hello).Scan(ctx)
	}
	return moderation.Kind{Name: "hello",
		Load: func(ctx context.Context, tx database.Tx, hello id.ID) (moderation.Piece, error) {
			found, err := read(ctx, tx, hello)
			if err != nil {
				return moderation.Piece{}, err
			}
			return found.piece(found.GroupID), nil
		},
		SetState: func(ctx context.Context, tx database.Tx, hello id.ID, state State) error {
			_, err := tx.Update((*Hello)(nil)).Set("state = ?", state).Where("id = ?", hello).Exec(ctx)
			return err
		},
		Reads: func(ctx context.Context, tx database.Tx, who actor.Actor, hello id.ID) (bool, error) {
			found, err := read(ctx, tx, hello)
			if err != nil {
				return false, err
			}
			return s.belongs(ctx, who, found.GroupID)
		}}
}
