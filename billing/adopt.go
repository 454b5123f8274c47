package billing

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// Adopt takes over a listing that was published elsewhere, as an import does:
// live and paused ones run on a plan that is given. A listing whose id is known
// is replaced, and keeps what is paid for it.
func (s *Service) Adopt(ctx context.Context, tenant id.ID, listing *Listing) error {
	now := s.Clock.Now()
	if listing.ID == 0 {
		listing.ID = id.New(now)
	}
	if listing.CreatedAt.IsZero() {
		listing.CreatedAt = now
	}
	if listing.Moderation == "" {
		listing.Moderation = moderation.Published
	}
	listing.UpdatedAt = now
	if listing.State == Live || listing.State == Paused {
		listing.PublishedAt = listing.CreatedAt
	}
	listing.complete()
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		known, err := tx.Select((*Listing)(nil)).Where("listing.id = ?", listing.ID).Exists(ctx)
		if err != nil {
			return err
		}
		if known {
			if _, err := tx.Update(listing).WherePK().Exec(ctx); err != nil {
				return err
			}
			return s.settle(ctx, tx, listing.ID)
		}
		if _, err := tx.Insert(listing).Exec(ctx); err != nil {
			return err
		}
		if err := s.give(ctx, tx, listing); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, ListingChanged, Changed{listing.ID})
	})
	if err != nil {
		return fmt.Errorf("adopt listing %q: %w", listing.Name, err)
	}
	return nil
}

// give lets a listing run on a plan that nobody pays.
func (s *Service) give(ctx context.Context, tx database.Tx, listing *Listing) error {
	if listing.State != Live && listing.State != Paused {
		return nil
	}
	plan, err := s.plan(ctx, tx.Tenant, listing.Plan)
	if err != nil {
		return err
	}
	given := &Subscription{ID: id.New(s.Clock.Now()), ListingID: listing.ID, Plan: plan.Key, PlanName: plan.Name,
		Currency: plan.Currency, Status: Active, FirstPaidAt: listing.CreatedAt, Version: 1, CreatedAt: listing.CreatedAt}
	if listing.State == Paused {
		given.Status, given.EndedAt = Canceled, s.Clock.Now().Add(-24*time.Hour)
	}
	_, err = tx.Insert(given).Exec(ctx)
	return err
}
