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
	// Received are the letters of the editors that are not yet forgotten.
	Received []OwnNewsletter `json:"received"`
}

// OwnNewsletter is a letter that reached the server of who takes their data along.
type OwnNewsletter struct {
	Number  int       `json:"number"`
	Subject string    `json:"subject"`
	SentAt  time.Time `json:"sent_at"`
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

const received = `SELECT n.number, n.subject, l.sent_at FROM letters l
  JOIN newsletter_readers r ON r.tenant_id = l.tenant_id AND r.letter_id = l.id
  JOIN newsletters n ON n.tenant_id = r.tenant_id AND n.id = r.newsletter_id
  WHERE l.tenant_id = ?tenant AND l.subscription_id = ?0 AND l.state = 'sent' ORDER BY l.id`

// Own gathers the actor's own, the oldest first. The lists are never null.
func (s *Subscriptions) Own(ctx context.Context, who actor.Actor) (*OwnLetters, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	all := &OwnLetters{Consents: []OwnLetter{}, Received: []OwnNewsletter{}}
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
		if err != nil {
			return err
		}
		return tx.Query(ctx, &all.Received, received, row.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("gather a member's subscription: %w", err)
	}
	return all, nil
}
