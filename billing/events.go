package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// stripeEvent is an event whose effect is in the store.
type stripeEvent struct {
	bun.BaseModel `bun:"table:stripe_events,alias:stripe_event"`
	database.Owned
	ID   string `bun:",pk"`
	Type string
	At   time.Time
}

// errRace means that another event changed the subscription while this one was
// being read.
var errRace = errors.New("subscription changed meanwhile")

// errForeign means that an object is not one of ours.
var errForeign = errors.New("not ours")

// attempts bounds how often a subscription is read again that others change.
const attempts = 6

// Notified follows a signed event of the payment service. What is not ours has
// no effect and is logged; what was followed before has no further effect.
func (s *Service) Notified(ctx context.Context, payload []byte, signature string) error {
	hint, err := s.Payments.Hint(payload, signature)
	if err != nil {
		return err
	}
	if hint.Session == "" && hint.Contract == "" && hint.Invoice == "" {
		return nil
	}
	err = s.follow(ctx, hint)
	if errors.Is(err, errForeign) || errors.Is(err, fault.NotFound) {
		slog.WarnContext(ctx, "payment event without effect", "event", hint.Event, "type", hint.Type,
			"account", hint.Account, "reason", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("follow event %s: %w", hint.Event, err)
	}
	return nil
}

func (s *Service) follow(ctx context.Context, hint Hint) error {
	if hint.Tenant == 0 {
		return fmt.Errorf("%w: names no community", errForeign)
	}
	community, err := s.Tenants.ByID(ctx, hint.Tenant)
	if err != nil {
		return err
	}
	account := accountOf(community)
	if account.Name != hint.Account {
		return fmt.Errorf("%w: account of another seller", errForeign)
	}
	followed, err := s.followed(ctx, account.Tenant, hint.Event)
	if err != nil || followed {
		return err
	}
	var invoice *Invoice
	if hint.Invoice != "" {
		read, err := s.Payments.Invoice(ctx, account, hint.Invoice)
		if err != nil {
			return err
		}
		invoice, hint.Contract = &read, read.Contract
	}
	if hint.Session != "" {
		read, err := s.Payments.Checkout(ctx, account, hint.Session)
		if err != nil {
			return err
		}
		if read.Status == SessionExpired {
			return s.expire(ctx, account, read, hint)
		}
		hint.Contract = read.Contract
		if community.Suspended && read.Contract != "" {
			// Paid in the moment of suspension.
			if err := s.Payments.Collect(ctx, account, read.Contract, false); err != nil {
				return err
			}
		}
	}
	if hint.Contract == "" {
		return fmt.Errorf("%w: belongs to no subscription", errForeign)
	}
	return s.read(ctx, account, hint.Contract, invoice, &stripeEvent{ID: hint.Event, Type: hint.Type, At: s.Clock.Now()})
}

// expire gives up a checkout whose page closed unpaid.
func (s *Service) expire(ctx context.Context, account Account, session Session, hint Hint) error {
	return s.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
		checkout, err := checkoutOf(ctx, tx, session.Subject)
		if err != nil || checkout.State != checkoutOpen {
			return err
		}
		event := &stripeEvent{ID: hint.Event, Type: hint.Type, At: s.Clock.Now()}
		if _, err := tx.Insert(event).On("CONFLICT (tenant_id, id) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		if err := abandon(ctx, tx, checkout); err != nil {
			return err
		}
		return s.settle(ctx, tx, checkout.ListingID)
	})
}

func (s *Service) followed(ctx context.Context, tenant id.ID, event string) (bool, error) {
	var found bool
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) (err error) {
		found, err = tx.Select((*stripeEvent)(nil)).Where("stripe_event.id = ?", event).Exists(ctx)
		return err
	})
	return found, err
}

// refresh reads a subscription again after we changed it at the payment
// service.
func (s *Service) refresh(ctx context.Context, account Account, contract string) error {
	return s.read(ctx, account, contract, nil, nil)
}

// read asks the payment service how a subscription stands and writes that
// down. Whoever asked before the last change was written asks again: so the
// last word stays, in whatever order events arrive.
func (s *Service) read(ctx context.Context, account Account, contract string, invoice *Invoice, event *stripeEvent) error {
	for range attempts {
		version, err := s.version(ctx, account.Tenant, contract)
		if err != nil {
			return err
		}
		current, err := s.Payments.Subscription(ctx, account, contract)
		if err != nil {
			return err
		}
		err = s.DB.Write(ctx, account.Tenant, func(ctx context.Context, tx database.Tx) error {
			return s.write(ctx, tx, current, version, invoice, event)
		})
		if !errors.Is(err, errRace) && !errors.Is(err, fault.Conflict) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", fault.Unavailable, errRace)
}

// version is 0 before a subscription is known.
func (s *Service) version(ctx context.Context, tenant id.ID, contract string) (int64, error) {
	var version int64
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := byContract(ctx, tx, contract)
		if err == nil && row != nil {
			version = row.Version
		}
		return err
	})
	return version, err
}

func byContract(ctx context.Context, tx database.Tx, contract string) (*Subscription, error) {
	row := &Subscription{}
	err := tx.Select(row).Where("subscription.contract = ?", contract).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return row, err
}

func (s *Service) write(ctx context.Context, tx database.Tx, current Contract, version int64, invoice *Invoice, event *stripeEvent) error {
	if event != nil {
		result, err := tx.Insert(event).On("CONFLICT (tenant_id, id) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if added, _ := result.RowsAffected(); added == 0 {
			return nil
		}
	}
	checkout, err := checkoutOf(ctx, tx, current.Subject)
	if err != nil {
		return err
	}
	row, err := byContract(ctx, tx, current.ID)
	if err != nil {
		return err
	}
	known := row != nil
	if !known {
		row = &Subscription{ID: id.New(s.Clock.Now()), ListingID: checkout.ListingID, Plan: checkout.Plan,
			PlanName: checkout.PlanName, PriceCents: checkout.PriceCents, Currency: checkout.Currency,
			Contract: current.ID, CreatedAt: s.Clock.Now()}
	}
	if row.Version != version {
		return errRace
	}
	row.take(current, invoice, s.Clock.Now())
	if err := save(ctx, tx, row, known); err != nil {
		return err
	}
	if err := s.notePayment(ctx, tx, row, invoice); err != nil {
		return err
	}
	if err := setCheckout(ctx, tx, checkout.ID, checkoutComplete); err != nil {
		return err
	}
	return s.settle(ctx, tx, row.ListingID)
}

// checkoutOf finds the intention behind a subscription: only what was begun
// here, in this community and for this listing, may change anything.
func checkoutOf(ctx context.Context, tx database.Tx, subject Subject) (*Checkout, error) {
	if subject.Tenant != tx.Tenant {
		return nil, fmt.Errorf("%w: subscription of another community", errForeign)
	}
	row := &Checkout{}
	err := tx.Select(row).Where("checkout.id = ? AND checkout.listing_id = ?", subject.Checkout, subject.Listing).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: nobody here began this subscription", errForeign)
	}
	return row, err
}

func (s *Subscription) take(current Contract, invoice *Invoice, now time.Time) {
	s.Customer, s.Status, s.Stops = current.Customer, current.Status, current.Stops
	s.PeriodEnd, s.EndedAt = current.PeriodEnd, current.EndedAt
	if s.FirstPaidAt.IsZero() && (current.Paid || invoice != nil && invoice.Paid) {
		s.FirstPaidAt = now
	}
	s.Version++
}

func save(ctx context.Context, tx database.Tx, row *Subscription, known bool) error {
	if known {
		// The version again, for PostgreSQL lets two transactions read it.
		result, err := tx.Update(row).WherePK().Where("subscription.version = ?", row.Version-1).Exec(ctx)
		if err != nil {
			return err
		}
		if changed, _ := result.RowsAffected(); changed == 0 {
			return errRace
		}
		return nil
	}
	_, err := tx.Insert(row).Exec(ctx)
	return err
}
