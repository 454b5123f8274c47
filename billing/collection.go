package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Collection follows the suspension of a community: while it lasts nobody is
// asked for money, open payment pages are closed, and what runs waits for the
// community to come back.
func (s *Service) Collection(ctx context.Context, tenant id.ID, _ json.RawMessage, done func(context.Context, database.Tx) error) error {
	for range attempts {
		community, err := s.Tenants.ByID(ctx, tenant)
		if err != nil {
			return err
		}
		if err := s.collect(ctx, accountOf(community), !community.Suspended); err != nil {
			return fmt.Errorf("follow suspension: %w", err)
		}
		// The operator may have changed their mind while we asked.
		s.Tenants.Forget()
		after, err := s.Tenants.ByID(ctx, tenant)
		if err != nil {
			return err
		}
		if after.Suspended == community.Suspended {
			return s.DB.Write(ctx, tenant, done)
		}
	}
	return fmt.Errorf("follow suspension: %w", fault.Unavailable)
}

func (s *Service) collect(ctx context.Context, account Account, on bool) error {
	var running []Subscription
	var open []Checkout
	err := s.DB.Read(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		err := tx.Select(&running).Where("subscription.contract <> ''").
			Where("subscription.status NOT IN (?, ?)", Canceled, IncompleteExpired).Scan(ctx)
		if err != nil || on {
			return err
		}
		return tx.Select(&open).Where("checkout.state = ?", checkoutOpen).Scan(ctx)
	})
	if err != nil {
		return err
	}
	for _, checkout := range open {
		if err := s.closePage(ctx, account, &checkout); err != nil {
			return err
		}
	}
	for _, subscription := range running {
		err := s.Payments.Collect(ctx, account, subscription.Contract, on)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func (s *Service) closePage(ctx context.Context, account Account, checkout *Checkout) error {
	if checkout.Session != "" {
		err := s.Payments.ExpireCheckout(ctx, account, checkout.Session)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return s.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := abandon(ctx, tx, checkout); err != nil {
			return err
		}
		return s.settle(ctx, tx, checkout.ListingID)
	})
}
