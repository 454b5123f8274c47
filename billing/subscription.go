package billing

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
)

// Status is how a subscription stands with the payment service.
type Status string

// The statuses, as the payment service names them.
const (
	Incomplete        Status = "incomplete"
	IncompleteExpired Status = "incomplete_expired"
	Active            Status = "active"
	PastDue           Status = "past_due"
	Unpaid            Status = "unpaid"
	Canceled          Status = "canceled"
)

// Subscription is what was last read of a plan that is paid by the month.
type Subscription struct {
	bun.BaseModel `bun:"table:subscriptions,alias:subscription"`
	database.Owned
	ID         id.ID `bun:",pk"`
	ListingID  id.ID
	Plan       string
	PlanName   string
	PriceCents int64
	Currency   string
	// Contract and Customer are the payment service's names, empty for a plan
	// that was given.
	Contract string
	Customer string
	Status   Status
	// Stops means that it ends with the period.
	Stops       bool
	PeriodEnd   time.Time `bun:",nullzero"`
	FirstPaidAt time.Time `bun:",nullzero"`
	EndedAt     time.Time `bun:",nullzero"`
	Version     int64
	CreatedAt   time.Time
}

// Given tells whether nobody pays for it.
func (s *Subscription) Given() bool { return s.Contract == "" }

// Entitles tells whether the listing may show. A direct debit takes days: a
// subscription counts from its first payment, and then for as long as the
// payment service has not called it failed.
func (s *Subscription) Entitles() bool { return s.Status == Active && !s.FirstPaidAt.IsZero() }

// Over tells whether it cannot come back.
func (s *Subscription) Over() bool { return s.Status == Canceled || s.Status == IncompleteExpired }

// SubscriptionFact is what a letter about a subscription needs.
type SubscriptionFact struct {
	Listing      id.ID `json:"listing"`
	Member       id.ID `json:"member"`
	Subscription id.ID `json:"subscription"`
}

// The facts about subscriptions.
const (
	SubscriptionStarted = "subscription.started"
	SubscriptionFailed  = "subscription.failed"
	SubscriptionEnded   = "subscription.ended"
)

// Subscription finds what the actor's listing runs on: the one that entitles,
// else the latest. It is not found before the first.
func (s *Service) Subscription(ctx context.Context, who actor.Actor, listing id.ID) (*Subscription, error) {
	var current *Subscription
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := own(ctx, tx, who, listing); err != nil {
			return err
		}
		all, err := subscriptionsOf(ctx, tx, listing)
		if err != nil {
			return err
		}
		current = mainOf(all)
		return nil
	})
	if err == nil && current == nil {
		err = fault.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("subscription: %w", err)
	}
	return current, nil
}

// Stop ends the listing's subscription with the period that is paid. One that
// is given, or whose payment failed, ends at once.
func (s *Service) Stop(ctx context.Context, who actor.Actor, listing id.ID) error {
	current, err := s.Subscription(ctx, who, listing)
	if err != nil {
		return err
	}
	if current.Given() {
		return s.endGiven(ctx, who, current)
	}
	account, err := s.account(ctx, who.Tenant)
	if err != nil {
		return err
	}
	if err := s.Payments.Cancel(ctx, account, current.Contract, !current.Entitles()); err != nil {
		return fmt.Errorf("stop subscription: %w", err)
	}
	return s.refresh(ctx, account, current.Contract)
}

// Resume takes Stop back before the period ends.
func (s *Service) Resume(ctx context.Context, who actor.Actor, listing id.ID) error {
	account, current, err := s.paid(ctx, who, listing)
	if err != nil {
		return err
	}
	if err := s.Payments.Resume(ctx, account, current.Contract); err != nil {
		return fmt.Errorf("resume subscription: %w", err)
	}
	return s.refresh(ctx, account, current.Contract)
}

// Portal is the address at which the partner changes their means of payment;
// back is where they return to.
func (s *Service) Portal(ctx context.Context, who actor.Actor, listing id.ID, back string) (string, error) {
	account, current, err := s.paid(ctx, who, listing)
	if err != nil {
		return "", err
	}
	url, err := s.Payments.Portal(ctx, account, current.Customer, current.Contract, back)
	if err != nil {
		return "", fmt.Errorf("open portal: %w", err)
	}
	return url, nil
}

// paid is the subscription that somebody pays, where payments are taken.
func (s *Service) paid(ctx context.Context, who actor.Actor, listing id.ID) (Account, *Subscription, error) {
	current, err := s.Subscription(ctx, who, listing)
	if err != nil {
		return Account{}, nil, err
	}
	if current.Given() || current.Over() {
		return Account{}, nil, fmt.Errorf("subscription: %w", fault.Conflict)
	}
	account, err := s.selling(ctx, who.Tenant)
	return account, current, err
}

func (s *Service) endGiven(ctx context.Context, who actor.Actor, given *Subscription) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		given.Status, given.EndedAt = Canceled, s.Clock.Now()
		given.Version++
		if _, err := tx.Update(given).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.settle(ctx, tx, given.ListingID)
	})
	if err != nil {
		return fmt.Errorf("end given plan: %w", err)
	}
	return nil
}

func subscriptionsOf(ctx context.Context, tx database.Tx, listing id.ID) ([]Subscription, error) {
	var all []Subscription
	err := tx.Select(&all).Where("subscription.listing_id = ?", listing).Order("subscription.id DESC").Scan(ctx)
	return all, err
}

// mainOf chooses what to show: what entitles, else what can still be mended,
// else the latest.
func mainOf(all []Subscription) *Subscription {
	var main *Subscription
	for n := range all {
		if all[n].Entitles() {
			return &all[n]
		}
		if main == nil || main.Over() && !all[n].Over() {
			main = &all[n]
		}
	}
	return main
}

// settle lets a listing's state follow from what is paid, and notes what
// changed. It is the only place that publishes or pauses.
func (s *Service) settle(ctx context.Context, tx database.Tx, listing id.ID) error {
	row, err := lock(ctx, tx, listing)
	if err != nil {
		return err
	}
	all, err := subscriptionsOf(ctx, tx, listing)
	if err != nil {
		return err
	}
	open, err := openCheckout(ctx, tx, listing)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	before := row.State
	main := mainOf(all)
	switch {
	case !row.ClosedAt.IsZero():
		row.State = Closed
	case main != nil && main.Entitles():
		row.State, row.Plan = Live, main.Plan
	case main != nil && !main.FirstPaidAt.IsZero():
		row.State = Paused
	case main != nil && !main.Over() || open != nil:
		row.State = AwaitingPayment
	case !row.PublishedAt.IsZero():
		row.State = Paused
	default:
		row.State = Draft
	}
	if row.State == Live && row.PublishedAt.IsZero() {
		row.PublishedAt = s.Clock.Now()
	}
	if _, err := tx.Update(row).WherePK().Exec(ctx); err != nil {
		return err
	}
	if row.State == before {
		return nil
	}
	return s.tell(ctx, tx, row, main)
}

// tell notes a change of state for search and for the partner's letters.
func (s *Service) tell(ctx context.Context, tx database.Tx, row *Listing, main *Subscription) error {
	if err := s.Outbox.Add(ctx, tx, ListingChanged, Changed{row.ID}); err != nil {
		return err
	}
	if main == nil || row.OwnerID == 0 {
		return nil
	}
	fact := SubscriptionFact{Listing: row.ID, Member: row.OwnerID, Subscription: main.ID}
	switch {
	case row.State == Live:
		return s.Outbox.Add(ctx, tx, SubscriptionStarted, fact)
	case row.State == Paused && main.Over():
		return s.Outbox.Add(ctx, tx, SubscriptionEnded, fact)
	case row.State == Paused:
		return s.Outbox.Add(ctx, tx, SubscriptionFailed, fact)
	}
	return nil
}
