package standin_test

import (
	"errors"
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/world"
)

func TestEventsWaitWhileTheDoorIsClosed(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie de Kerlavandoù")
	page := till.Order(t, enora, listing.ID, "adresse")
	door := till.Standin.Endpoint
	till.Standin.Endpoint = "http://127.0.0.1:1/"

	till.Pay(t, enora, page)
	if _, err := till.Public(t.Context(), enora.Tenant, listing.ID); !errors.Is(err, fault.NotFound) {
		t.Fatalf("the listing shows before anyone told: %v", err)
	}
	till.Standin.Endpoint = door
	for range 2 {
		if err := till.Standin.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := till.Public(t.Context(), enora.Tenant, listing.ID); err != nil {
		t.Errorf("the listing does not show: %v", err)
	}
}

func TestABankThatRefusesPublishesNothing(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie de Kerlavandoù")

	if err := till.Standin.Pay(t.Context(), enora.Tenant, till.Order(t, enora, listing.ID, "adresse"), false); err != nil {
		t.Fatal(err)
	}

	current, err := till.Subscription(t.Context(), enora, listing.ID)
	if err != nil || current.Status != billing.PastDue || current.Entitles() {
		t.Errorf("subscription %+v, %v", current, err)
	}
	if payments, err := till.PaymentsOf(t.Context(), enora, listing.ID); err != nil || len(payments) != 0 {
		t.Errorf("payments %+v, %v", payments, err)
	}
	if err := till.Stop(t.Context(), enora, listing.ID); err != nil {
		t.Fatal(err)
	}
	till.Pay(t, enora, till.Order(t, enora, listing.ID, "adresse"))
	if _, err := till.Public(t.Context(), enora.Tenant, listing.ID); err != nil {
		t.Errorf("a second attempt does not show: %v", err)
	}
}

func TestAPageOpensOncePerKey(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till := w.Till(t)
	account := billing.Account{Tenant: w.Tenant.ID}
	order := billing.Order{Key: "key", SuccessURL: "http://cornouaille.test/retour"}

	first, err := till.Standin.CreateCheckout(t.Context(), account, order)
	if err != nil {
		t.Fatal(err)
	}
	if err := till.Standin.ExpireCheckout(t.Context(), account, first.ID); err != nil {
		t.Fatal(err)
	}
	again, err := till.Standin.CreateCheckout(t.Context(), account, order)

	if err != nil || again.ID != first.ID {
		t.Errorf("asked again, it opens %s, %v", again.ID, err)
	}
	if page, err := till.Standin.Page(t.Context(), w.Neighbour.ID, first.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("the neighbour sees %+v, %v", page, err)
	}
}
