package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
)

// OwnLetters is a member's subscription to the editors' letters; nobody is
// subscribed where Email is empty.
type OwnLetters struct {
	Email       string      `json:"email"`
	Language    string      `json:"language"`
	Entrance    string      `json:"entrance"`
	News        bool        `json:"news"`
	Offers      bool        `json:"offers"`
	CreatedAt   time.Time   `json:"created_at,omitzero"`
	ConfirmedAt time.Time   `json:"confirmed_at,omitzero"`
	Consents    []OwnLetter `json:"consents"`
}

// OwnLetter is something agreed to or withdrawn.
type OwnLetter struct {
	Purpose Purpose   `json:"purpose"`
	Given   bool      `json:"given"`
	Way     string    `json:"way"`
	Wording string    `json:"wording"`
	IP      string    `json:"ip"`
	Source  string    `json:"source"`
	At      time.Time `json:"at"`
}

// Own gathers the actor's own, the oldest first. The list is never null.
func (s *Subscriptions) Own(ctx context.Context, who actor.Actor) (*OwnLetters, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	all := &OwnLetters{Consents: []OwnLetter{}}
	err := s.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		member, err := s.Members.ByID(ctx, who.Tenant, who.Member)
		if err != nil {
			return err
		}
		row, err := ofMember(ctx, tx, member)
		if err != nil || row == nil {
			return err
		}
		all.Email, all.Language, all.Entrance, all.News, all.Offers = row.Email, row.Language, row.Entrance.Address(), row.News, row.Offers
		all.CreatedAt, all.ConfirmedAt = row.CreatedAt, row.ConfirmedAt
		proofs, err := consentsOf(ctx, tx, row.ID)
		for _, one := range proofs {
			all.Consents = append(all.Consents, OwnLetter{one.Purpose, one.Given, one.Way, one.Wording, one.IP, one.Source, one.At})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("gather a member's subscription: %w", err)
	}
	return all, nil
}
