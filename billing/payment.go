package billing

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Payment is money that arrived.
type Payment struct {
	bun.BaseModel `bun:"table:payments,alias:payment"`
	database.Owned
	ID             id.ID `bun:",pk"`
	ListingID      id.ID
	SubscriptionID id.ID
	Invoice        string
	AmountCents    int64
	Currency       string
	PaidAt         time.Time
}

// paymentsShown is two years of months.
const paymentsShown = 24

// PaymentsOf lists what was paid for the actor's listing, the latest first.
func (s *Service) PaymentsOf(ctx context.Context, who actor.Actor, listing id.ID) ([]Payment, error) {
	var payments []Payment
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := own(ctx, tx, who, listing); err != nil {
			return err
		}
		return tx.Select(&payments).Where("payment.listing_id = ?", listing).
			Order("payment.paid_at DESC", "payment.id DESC").Limit(paymentsShown).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	return payments, nil
}

func (s *Service) notePayment(ctx context.Context, tx database.Tx, subscription *Subscription, invoice *Invoice) error {
	if invoice == nil || !invoice.Paid || invoice.AmountCents == 0 {
		return nil
	}
	row := &Payment{ID: id.New(s.Clock.Now()), ListingID: subscription.ListingID, SubscriptionID: subscription.ID,
		Invoice: invoice.ID, AmountCents: invoice.AmountCents, Currency: invoice.Currency, PaidAt: invoice.PaidAt}
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, invoice) DO NOTHING").Exec(ctx)
	return err
}
