package billing_test

import (
	"context"
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func TestASuspendedCommunityTakesNoMoney(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora, loeiz := w.Till(t), w.Member(t, "enora"), w.Member(t, "loeiz")
	paid := till.PaidListing(t, enora, "Crêperie Enora")
	ordered := till.Listing(t, loeiz, "Atelier Loeiz")
	page := till.Order(t, loeiz, ordered.ID, "adresse")
	contract, err := till.Subscription(t.Context(), enora, paid.ID)
	if err != nil {
		t.Fatal(err)
	}

	decide(t, w, till, true)

	if err := till.Standin.Pay(t.Context(), enora.Tenant, page, true); err == nil {
		t.Error("a payment page that was open can still be paid")
	}
	if err := till.Standin.Renew(t.Context(), enora.Tenant, contract.Contract, true); err != nil {
		t.Fatal(err)
	}
	if payments := takings(t, till, enora.Tenant); payments != 1 {
		t.Errorf("%d payments, want the one from before", payments)
	}

	decide(t, w, till, false)

	if _, err := till.Public(t.Context(), enora.Tenant, paid.ID); err != nil {
		t.Errorf("the paid listing is not back: %v", err)
	}
	if err := till.Standin.Renew(t.Context(), enora.Tenant, contract.Contract, true); err != nil {
		t.Fatal(err)
	}
	if payments := takings(t, till, enora.Tenant); payments != 2 {
		t.Errorf("%d payments after the community came back, want 2", payments)
	}
	again := till.Order(t, loeiz, ordered.ID, "adresse")
	till.Pay(t, loeiz, again)
	if _, err := till.Public(t.Context(), enora.Tenant, ordered.ID); err != nil {
		t.Errorf("what was ordered before cannot be paid afterwards: %v", err)
	}
}

func TestWhatIsPaidInTheMomentOfSuspensionIsNotCollectedAgain(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie Enora")
	page := till.Order(t, enora, listing.ID, "adresse")
	if err := w.Tenants.Suspend(t.Context(), w.Tenant.ID, 1, true, "on ferme"); err != nil {
		t.Fatal(err)
	}
	till.Pay(t, enora, page)

	contract, err := till.Subscription(t.Context(), enora, listing.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := till.Standin.Renew(t.Context(), enora.Tenant, contract.Contract, true); err != nil {
		t.Fatal(err)
	}
	if payments := takings(t, till, enora.Tenant); payments != 1 {
		t.Errorf("%d payments, want the first alone", payments)
	}
}

// decide suspends or resumes, and follows the fact.
func decide(t *testing.T, w *world.World, till *world.Till, suspended bool) {
	t.Helper()
	if err := w.Tenants.Suspend(t.Context(), w.Tenant.ID, 1, suspended, "pour voir"); err != nil {
		t.Fatal(err)
	}
	done := 0
	err := till.Collection(t.Context(), w.Tenant.ID, nil, func(context.Context, database.Tx) error { done++; return nil })
	if err != nil || done != 1 {
		t.Fatalf("followed %d times, %v", done, err)
	}
}

func takings(t *testing.T, till *world.Till, tenant id.ID) int64 {
	t.Helper()
	var count int64
	err := till.DB.Read(t.Context(), tenant, func(ctx context.Context, tx database.Tx) (err error) {
		count, err = tx.Select((*billing.Payment)(nil)).Count(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
