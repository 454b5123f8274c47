package billing_test

import (
	"errors"
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func state(t *testing.T, till *world.Till, owner actor.Actor, listing id.ID) billing.State {
	t.Helper()
	row, err := till.OwnByID(t.Context(), owner, listing)
	if err != nil {
		t.Fatal(err)
	}
	return row.State
}

func TestAListingShowsOncePaid(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie de Kerlavandoù")
	if _, err := till.Public(t.Context(), enora.Tenant, listing.ID); !errors.Is(err, fault.NotFound) {
		t.Fatalf("a draft shows: %v", err)
	}

	page := till.Order(t, enora, listing.ID, "adresse")
	if got := state(t, till, enora, listing.ID); got != billing.AwaitingPayment {
		t.Errorf("before payment the listing is %s", got)
	}
	till.Pay(t, enora, page)

	shown, err := till.Public(t.Context(), enora.Tenant, listing.ID)
	if err != nil {
		t.Fatalf("a paid listing does not show: %v", err)
	}
	if shown.Plan != "adresse" || shown.PublishedAt.IsZero() {
		t.Errorf("the listing runs on %q since %s", shown.Plan, shown.PublishedAt)
	}
	payments, err := till.PaymentsOf(t.Context(), enora, listing.ID)
	if err != nil || len(payments) != 1 || payments[0].AmountCents != 1900 || payments[0].Currency != "EUR" {
		t.Errorf("payments are %+v, %v", payments, err)
	}
	if facts := w.Facts(t, enora.Tenant, billing.SubscriptionStarted); len(facts) != 1 {
		t.Errorf("the partner hears of it %d times", len(facts))
	}
	if _, err := till.Public(t.Context(), w.Neighbour.ID, listing.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("the neighbour sees the listing: %v", err)
	}
}

func TestTheAuthorBecomesAPartner(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")

	till.Listing(t, enora, "Crêperie de Kerlavandoù")

	member, err := w.Members().ByID(t.Context(), enora.Tenant, enora.Member)
	if err != nil || len(member.Roles) == 0 || member.Roles[0] != actor.Partner {
		t.Errorf("roles are %v, %v", member.Roles, err)
	}
}

func TestAFailedPaymentPausesAndAnotherOneShowsAgain(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.PaidListing(t, enora, "Crêperie de Kerlavandoù")
	current, err := till.Subscription(t.Context(), enora, listing.ID)
	if err != nil {
		t.Fatal(err)
	}

	if err := till.Standin.Renew(t.Context(), enora.Tenant, current.Contract, false); err != nil {
		t.Fatal(err)
	}
	if got := state(t, till, enora, listing.ID); got != billing.Paused {
		t.Errorf("after a failure the listing is %s", got)
	}
	kept, err := till.OwnByID(t.Context(), enora, listing.ID)
	if err != nil || kept.Text != listing.Text || len(kept.Hours) != 1 {
		t.Errorf("something was lost: %+v, %v", kept, err)
	}
	if err := till.Standin.Renew(t.Context(), enora.Tenant, current.Contract, true); err != nil {
		t.Fatal(err)
	}

	if got := state(t, till, enora, listing.ID); got != billing.Live {
		t.Errorf("after the next payment the listing is %s", got)
	}
	if facts := w.Facts(t, enora.Tenant, billing.SubscriptionFailed); len(facts) != 1 {
		t.Errorf("the partner hears of the failure %d times", len(facts))
	}
}

func TestStoppingKeepsWhatIsPaidAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.PaidListing(t, enora, "Crêperie de Kerlavandoù")

	if err := till.Stop(t.Context(), enora, listing.ID); err != nil {
		t.Fatal(err)
	}
	current, err := till.Subscription(t.Context(), enora, listing.ID)
	if err != nil || !current.Stops || !current.Entitles() {
		t.Fatalf("after stopping: %+v, %v", current, err)
	}
	if err := till.Resume(t.Context(), enora, listing.ID); err != nil {
		t.Fatal(err)
	}
	if current, err = till.Subscription(t.Context(), enora, listing.ID); err != nil || current.Stops {
		t.Fatalf("after resuming: %+v, %v", current, err)
	}
	if err := till.Stop(t.Context(), enora, listing.ID); err != nil {
		t.Fatal(err)
	}
	if err := till.Standin.Renew(t.Context(), enora.Tenant, current.Contract, true); err != nil {
		t.Fatal(err)
	}

	if got := state(t, till, enora, listing.ID); got != billing.Paused {
		t.Errorf("after the period the listing is %s", got)
	}
	if facts := w.Facts(t, enora.Tenant, billing.SubscriptionEnded); len(facts) != 1 {
		t.Errorf("the partner hears of the end %d times", len(facts))
	}
	till.Pay(t, enora, till.Order(t, enora, listing.ID, "grand-large"))
	if got := state(t, till, enora, listing.ID); got != billing.Live {
		t.Errorf("after paying again the listing is %s", got)
	}
}

func TestOnePaymentPageAtATime(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie de Kerlavandoù")

	first := till.Order(t, enora, listing.ID, "adresse")
	if again := till.Order(t, enora, listing.ID, "adresse"); again != first {
		t.Errorf("asking again opens %s beside %s", again, first)
	}
	other := till.Order(t, enora, listing.ID, "grand-large")

	if err := till.Standin.Pay(t.Context(), enora.Tenant, first, true); !errors.Is(err, fault.Conflict) {
		t.Errorf("the page that was left can still be paid: %v", err)
	}
	till.Pay(t, enora, other)
	_, err := till.Checkout(t.Context(), enora, listing.ID, "adresse", billing.Customer{}, "http://cornouaille.test")
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) {
		t.Errorf("a listing that is paid can be paid twice: %v", err)
	}
}

func TestASuspendedCommunityTakesNoPayment(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	listing := till.Listing(t, enora, "Crêperie de Kerlavandoù")
	if err := w.Tenants.Suspend(t.Context(), enora.Tenant, 1, true, "impayé"); err != nil {
		t.Fatal(err)
	}

	_, err := till.Checkout(t.Context(), enora, listing.ID, "adresse", billing.Customer{}, "http://cornouaille.test")

	if !errors.Is(err, fault.Forbidden) {
		t.Errorf("payment in a suspended community: %v", err)
	}
}

func TestAnothersListingIsNotFound(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, enora, malo := w.Till(t), w.Member(t, "enora"), w.Member(t, "malo")
	listing := till.PaidListing(t, enora, "Crêperie de Kerlavandoù")
	stranger := w.MemberOf(t, w.Neighbour, "stranger")

	for name, who := range map[string]actor.Actor{"a member": malo, "a visitor": w.Visitor(), "the neighbour": stranger} {
		_, asked := till.OwnByID(t.Context(), who, listing.ID)
		_, paid := till.PaymentsOf(t.Context(), who, listing.ID)
		_, ordered := till.Checkout(t.Context(), who, listing.ID, "adresse", billing.Customer{}, "http://x.test")
		for _, err := range []error{asked, paid, ordered,
			till.Edit(t.Context(), who, listing.ID, world.Sheet("Autre")),
			till.Stop(t.Context(), who, listing.ID), till.Resume(t.Context(), who, listing.ID)} {
			if !errors.Is(err, fault.NotFound) {
				t.Errorf("%s gets %v", name, err)
			}
		}
	}
}

func TestAGivenPlanEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, ronan := w.Till(t), w.Member(t, "ronan", actor.Partner)
	listing := &billing.Listing{OwnerID: ronan.Member, OwnerName: "Ronan U.", Name: "Relais de Kroaz-Podig", Trade: "restaurant",
		Text: "On mange à midi.", Commune: "Plozévet", Plan: "grand-large", State: billing.Live, CreatedAt: world.Today.AddDate(-1, 0, 0)}
	if err := till.Adopt(t.Context(), ronan.Tenant, listing); err != nil {
		t.Fatal(err)
	}
	again := *listing
	if err := till.Adopt(t.Context(), ronan.Tenant, &again); err != nil {
		t.Fatalf("adopt again: %v", err)
	}
	if got := state(t, till, ronan, listing.ID); got != billing.Live {
		t.Errorf("an adopted listing is %s", got)
	}

	if err := till.Stop(t.Context(), ronan, listing.ID); err != nil {
		t.Fatal(err)
	}

	if got := state(t, till, ronan, listing.ID); got != billing.Paused {
		t.Errorf("a listing without its plan is %s", got)
	}
}
