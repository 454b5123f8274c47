package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// MaxKnown is how many topics, and how many places, a member may know.
	MaxKnown = 12
	// AskedAgain is how long somebody who was asked is left alone.
	AskedAgain = 7 * 24 * time.Hour
	// askableRead bounds among how many a question looks for who knows.
	askableRead = 2000
)

// Askable is a member who agreed that questions reach them, and what they know.
type Askable struct {
	bun.BaseModel `bun:"table:askable,alias:askable"`
	database.Owned
	MemberID id.ID `bun:",pk"`
	Agreed   bool
	Topics   []string  `bun:"type:json"`
	Places   []string  `bun:"type:json"`
	AskedAt  time.Time `bun:",nullzero"`
}

// Askable is what a member agreed to.
func (s *Service) Askable(ctx context.Context, tenant, member id.ID) (*Askable, error) {
	found := []Askable{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("member_id = ?", member).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read who may be asked: %w", err)
	}
	if len(found) == 0 {
		return &Askable{MemberID: member, Topics: []string{}, Places: []string{}}, nil
	}
	return &found[0], nil
}

// SaveAskable lets questions about topics and places reach the actor, or no
// longer. Consent and its withdrawal are noted.
func (s *Service) SaveAskable(ctx context.Context, who actor.Actor, agreed bool, topics, places []string) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	invalid := &fault.Invalid{}
	row := &Askable{MemberID: who.Member, Agreed: agreed, Topics: known(invalid, "topics", topics), Places: known(invalid, "places", places)}
	if agreed && len(invalid.Fields) == 0 && len(row.Topics)+len(row.Places) == 0 {
		invalid.Add("topics", "error.asking.nothing")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	if !agreed {
		row.Topics, row.Places = []string{}, []string{}
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		before, err := s.Askable(ctx, who.Tenant, who.Member)
		if err != nil {
			return err
		}
		if before.Agreed != agreed {
			if err := s.noteConsent(ctx, tx, who.Member, ConsentAsked, agreed); err != nil {
				return err
			}
		}
		_, err = tx.Insert(row).On("CONFLICT (tenant_id, member_id) DO UPDATE").
			Set("agreed = EXCLUDED.agreed, topics = EXCLUDED.topics, places = EXCLUDED.places").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("save who may be asked: %w", err)
	}
	return nil
}

// known cleans a list of what somebody knows; each once, however it is written.
func known(invalid *fault.Invalid, field string, names []string) []string {
	all, seen := []string{}, []string{}
	for _, name := range names {
		name = cleanLine(invalid, field, name, 60)
		if slug := Slug(name); slug != "" && !slices.Contains(seen, slug) {
			all, seen = append(all, name), append(seen, slug)
		}
	}
	if len(all) > MaxKnown {
		invalid.Add(field, "error.asking.many", "Max", MaxKnown)
	}
	return all
}

// Named tells whether one of the names occurs in a text of which only the slug
// is given, however they are written.
func Named(names []string, slug string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains("-"+slug+"-", "-"+Slug(name)+"-") })
}

// ToAsk lists the members who may be asked now, those first who were not asked
// for longest.
func (s *Service) ToAsk(ctx context.Context, tenant id.ID) (all []Askable, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&all).Where("agreed").Where("(asked_at IS NULL OR asked_at <= ?)", s.Clock.Now().Add(-AskedAgain)).
			OrderExpr("asked_at IS NOT NULL, asked_at, member_id").Limit(askableRead).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read who may be asked: %w", err)
	}
	return all, nil
}

// ClaimToAsk notes that a member is asked now; it is false when another
// question was quicker.
func (s *Service) ClaimToAsk(ctx context.Context, tenant, member id.ID) (claimed bool, err error) {
	now := s.Clock.Now()
	err = s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Update((*Askable)(nil)).Set("asked_at = ?", now).Where("member_id = ?", member).Where("agreed").
			Where("(asked_at IS NULL OR asked_at <= ?)", now.Add(-AskedAgain)).Exec(ctx)
		if err != nil {
			return err
		}
		count, err := result.RowsAffected()
		claimed = count == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claim who is asked: %w", err)
	}
	return claimed, nil
}
