package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/tenants"
)

// Checkout is an attempt to pay. It is written before the payment service is
// asked, with the key under which asking twice opens one page.
type Checkout struct {
	bun.BaseModel `bun:"table:checkouts,alias:checkout"`
	database.Owned
	ID             id.ID `bun:",pk"`
	ListingID      id.ID
	MemberID       id.ID
	Plan           string
	PlanName       string
	PriceCents     int64
	Currency       string
	IdempotencyKey string
	ReturnTo       string // the site's own address, scheme and host
	Session        string
	URL            string
	State          string
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// The states of a checkout.
const (
	checkoutOpen      = "open"
	checkoutComplete  = "complete"
	checkoutAbandoned = "abandoned"
)

// A payment page stays open for a while; Stripe opens none that would close
// within half an hour.
const (
	openFor   = 2 * time.Hour
	shortest  = 31 * time.Minute
	aboutOver = time.Minute
)

// usable tells whether the page is open, or can still be opened.
func (c *Checkout) usable(now time.Time) bool {
	if c.URL == "" {
		return c.ExpiresAt.Sub(now) > shortest
	}
	return c.ExpiresAt.Sub(now) > aboutOver
}

// Customer is what the payment page is told of the person who pays.
type Customer struct {
	Email    string
	Language string
}

// Checkout opens the page on which the actor pays a plan for their listing and
// returns its address. site is the scheme and host to come back to.
func (s *Service) Checkout(ctx context.Context, who actor.Actor, listing id.ID, plan string, customer Customer, site string) (string, error) {
	account, err := s.selling(ctx, who.Tenant)
	if err != nil {
		return "", err
	}
	chosen, err := s.plan(ctx, who.Tenant, plan)
	if err != nil {
		return "", err
	}
	checkout, stale, err := s.intend(ctx, who, listing, chosen, site)
	if err != nil {
		return "", fmt.Errorf("begin checkout: %w", err)
	}
	for _, session := range stale {
		if err := s.Payments.ExpireCheckout(ctx, account, session); err != nil && !errors.Is(err, fault.NotFound) {
			return "", fmt.Errorf("close earlier checkout: %w", err)
		}
	}
	if checkout.URL != "" {
		return checkout.URL, nil
	}
	session, err := s.Payments.CreateCheckout(ctx, account, checkout.order(who, customer))
	if err != nil {
		return "", fmt.Errorf("open checkout: %w", err)
	}
	err = s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Checkout)(nil)).Set("session = ?", session.ID).Set("url = ?", session.URL).
			Where("checkout.id = ?", checkout.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("note checkout: %w", err)
	}
	return session.URL, nil
}

// intend writes down what is about to be paid, or finds the same intention
// still open. Sessions of earlier ones are returned, to be closed: two open
// pages could both be paid.
func (s *Service) intend(ctx context.Context, who actor.Actor, listing id.ID, plan Plan, site string) (*Checkout, []string, error) {
	now := s.Clock.Now()
	var checkout *Checkout
	var stale []string
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := own(ctx, tx, who, listing)
		if err != nil {
			return err
		}
		if err := s.payable(ctx, tx, who, row, plan); err != nil {
			return err
		}
		open, err := openCheckout(ctx, tx, listing)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if open != nil {
			if open.Plan == plan.Key && open.PriceCents == plan.PriceCents && open.ReturnTo == site && open.usable(now) {
				checkout = open
				return nil
			}
			if err := abandon(ctx, tx, open); err != nil {
				return err
			}
			if open.Session != "" {
				stale = append(stale, open.Session)
			}
		}
		checkout = &Checkout{ID: id.New(now), ListingID: listing, MemberID: who.Member,
			Plan: plan.Key, PlanName: plan.Name, PriceCents: plan.PriceCents, Currency: plan.Currency,
			IdempotencyKey: id.Secret(), ReturnTo: site, State: checkoutOpen, CreatedAt: now, ExpiresAt: now.Add(openFor)}
		if _, err := tx.Insert(checkout).Exec(ctx); err != nil {
			return err
		}
		return s.settle(ctx, tx, listing)
	})
	return checkout, stale, err
}

// payable refuses what must not be paid: twice, while it may be refused, or
// beyond what the plan allows.
func (s *Service) payable(ctx context.Context, tx database.Tx, who actor.Actor, row *Listing, plan Plan) error {
	if row.Moderation != moderation.Published || row.State == Closed {
		return fault.InvalidField("plan", "error.billing.not_payable")
	}
	all, err := subscriptionsOf(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	if main := mainOf(all); main != nil && !main.Over() {
		return fault.InvalidField("plan", "error.billing.runs")
	}
	others, err := tx.Select((*Listing)(nil)).
		Where("listing.owner_id = ? AND listing.id <> ? AND listing.state = ?", who.Member, row.ID, Live).Count(ctx)
	if err != nil {
		return err
	}
	if plan.Limits.Listings > 0 && int(others) >= plan.Limits.Listings {
		return fault.InvalidField("plan", "error.billing.listings", "max", plan.Limits.Listings)
	}
	return nil
}

func openCheckout(ctx context.Context, tx database.Tx, listing id.ID) (*Checkout, error) {
	row := &Checkout{}
	err := tx.Select(row).Where("checkout.listing_id = ? AND checkout.state = ?", listing, checkoutOpen).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NotFound
	}
	return row, err
}

func abandon(ctx context.Context, tx database.Tx, checkout *Checkout) error {
	return setCheckout(ctx, tx, checkout.ID, checkoutAbandoned)
}

func setCheckout(ctx context.Context, tx database.Tx, checkout id.ID, state string) error {
	_, err := tx.Update((*Checkout)(nil)).Set("state = ?", state).Where("checkout.id = ?", checkout).Exec(ctx)
	return err
}

func (c *Checkout) order(who actor.Actor, customer Customer) Order {
	page := c.ReturnTo + "/partenaires/fiches/" + c.ListingID.String()
	return Order{
		Key:        c.IdempotencyKey,
		Subject:    Subject{Tenant: who.Tenant, Listing: c.ListingID, Checkout: c.ID},
		Plan:       c.Plan,
		Name:       c.PlanName,
		PriceCents: c.PriceCents,
		Currency:   c.Currency,
		Email:      customer.Email,
		Language:   customer.Language,
		SuccessURL: page + "/retour",
		CancelURL:  page + "/formule",
		ExpiresAt:  c.ExpiresAt,
	}
}

// account is who sells in the community.
func (s *Service) account(ctx context.Context, tenant id.ID) (Account, error) {
	community, err := s.Tenants.ByID(ctx, tenant)
	if err != nil {
		return Account{}, err
	}
	return accountOf(community), nil
}

func accountOf(community *tenants.Tenant) Account {
	return Account{Tenant: community.ID, Name: community.Settings.StripeAccount}
}

// selling is the account of a community that takes payments: a suspended one
// does not.
func (s *Service) selling(ctx context.Context, tenant id.ID) (Account, error) {
	community, err := s.Tenants.ByID(ctx, tenant)
	if err != nil {
		return Account{}, err
	}
	if community.Suspended {
		return Account{}, fmt.Errorf("community is suspended: %w", fault.Forbidden)
	}
	return accountOf(community), nil
}
