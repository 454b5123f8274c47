package billing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/world"
)

// provider is a payment service whose subscription the test changes by hand;
// what it says in a call is what holds at that moment.
type provider struct {
	billing.Payments // what the test does not use
	contract         billing.Contract
	invoices         map[string]billing.Invoice
	hints            map[string]billing.Hint
}

func (p *provider) CreateCheckout(_ context.Context, _ billing.Account, order billing.Order) (billing.Session, error) {
	p.contract = billing.Contract{ID: "sub_1", Customer: "cus_1", Status: billing.Incomplete, Subject: order.Subject}
	return billing.Session{ID: "cs_1", URL: "https://pay.test/cs_1", Subject: order.Subject}, nil
}

func (p *provider) Checkout(context.Context, billing.Account, string) (billing.Session, error) {
	return billing.Session{ID: "cs_1", Status: billing.SessionComplete, Contract: "sub_1", Subject: p.contract.Subject}, nil
}

func (p *provider) Subscription(context.Context, billing.Account, string) (billing.Contract, error) {
	return p.contract, nil
}

func (p *provider) Invoice(_ context.Context, _ billing.Account, invoice string) (billing.Invoice, error) {
	return p.invoices[invoice], nil
}

func (p *provider) Hint(payload []byte, _ string) (billing.Hint, error) {
	return p.hints[string(payload)], nil
}

// happen changes the subscription in one of the ways that payment services
// know, and returns the events of it.
func (p *provider) happen(step int, lot *rand.Rand) []string {
	var events []string
	tell := func(told string, hint billing.Hint) {
		name := fmt.Sprintf("evt_%d_%d", step, len(events))
		hint.Event, hint.Type, hint.Tenant = name, told, p.contract.Subject.Tenant
		p.hints[name] = hint
		events = append(events, name)
	}
	charge := func(paid bool) {
		name := fmt.Sprintf("in_%d", step)
		p.invoices[name] = billing.Invoice{ID: name, Contract: "sub_1", Paid: paid, AmountCents: 1900, Currency: "EUR",
			PaidAt: world.Today.Add(time.Duration(step) * time.Hour)}
		p.contract.Status, p.contract.Paid = billing.PastDue, paid
		if paid {
			p.contract.Status = billing.Active
		}
		tell("invoice", billing.Hint{Invoice: name})
	}
	switch {
	case step == 0:
		tell("checkout.session.completed", billing.Hint{Session: "cs_1"})
		charge(lot.IntN(4) > 0)
	case p.contract.Status == billing.Canceled:
		return nil
	default:
		switch lot.IntN(6) {
		case 0:
			charge(false)
		case 1:
			p.contract.Stops = !p.contract.Stops
		case 2:
			p.contract.Status, p.contract.EndedAt = billing.Canceled, world.Today
		default:
			charge(true)
		}
	}
	tell("customer.subscription", billing.Hint{Contract: "sub_1"})
	return events
}

// outcome is all that must not depend on how events arrived.
type outcome struct {
	State    billing.State
	Status   billing.Status
	Stops    bool
	Paid     bool
	Invoices []string
}

// TestAnyOrderOfEventsEndsTheSame lets the same history arrive in seeded
// orders: late, twice, mixed with what happens meanwhile.
func TestAnyOrderOfEventsEndsTheSame(t *testing.T) {
	t.Parallel()
	const histories, orders = 12, 5
	w := world.New(t)
	till, enora := w.Till(t), w.Member(t, "enora")
	ends := map[string]bool{}
	for history := range histories {
		var first outcome
		for order := range orders {
			got := live(t, till, func() (*billing.Listing, *provider) {
				play := &provider{invoices: map[string]billing.Invoice{}, hints: map[string]billing.Hint{}}
				listing := till.Listing(t, enora, "Crêperie")
				till.Payments = play
				if _, err := till.Checkout(t.Context(), enora, listing.ID, "grand-large", billing.Customer{}, "http://x.test"); err != nil {
					t.Fatal(err)
				}
				play.contract.ID = "sub_1"
				return listing, play
			}, uint64(history), uint64(order), w)
			if order == 0 {
				first = got
			} else if !reflect.DeepEqual(got, first) {
				t.Errorf("history %d ends as %+v, in order %d as %+v", history, first, order, got)
			}
		}
		ends[fmt.Sprint(first.State, first.Status, first.Stops)] = true
	}
	if len(ends) < 4 {
		t.Errorf("the histories are too alike to prove anything: %v", ends)
	}
}

func live(t *testing.T, till *world.Till, begin func() (*billing.Listing, *provider), history, order uint64, w *world.World) outcome {
	t.Helper()
	listing, play := begin()
	fate, post := rand.New(rand.NewPCG(history, 1)), rand.New(rand.NewPCG(history, order+2))
	var bag []string
	deliver := func(event string) {
		if err := till.Notified(t.Context(), []byte(event), ""); err != nil {
			t.Fatal(err)
		}
	}
	for step := range 6 {
		bag = append(bag, play.happen(step, fate)...)
		// Order 0 is how it should be: each at once, once.
		for order == 0 && len(bag) > 0 || order > 0 && len(bag) > 0 && post.IntN(2) == 0 {
			n := 0
			if order > 0 {
				n = post.IntN(len(bag))
			}
			deliver(bag[n])
			if order == 0 || post.IntN(3) > 0 { // else it comes again
				bag = append(bag[:n], bag[n+1:]...)
			}
		}
	}
	post.Shuffle(len(bag), func(a, b int) { bag[a], bag[b] = bag[b], bag[a] })
	for _, event := range bag {
		deliver(event)
	}
	return look(t, w, listing)
}

func look(t *testing.T, w *world.World, listing *billing.Listing) outcome {
	t.Helper()
	var got outcome
	err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		row, subscription := &billing.Listing{}, &billing.Subscription{}
		if err := tx.Select(row).Where("listing.id = ?", listing.ID).Scan(ctx); err != nil {
			return err
		}
		if err := tx.Select(subscription).Where("subscription.listing_id = ?", listing.ID).Scan(ctx); err != nil {
			return err
		}
		got = outcome{State: row.State, Status: subscription.Status, Stops: subscription.Stops, Paid: !subscription.FirstPaidAt.IsZero()}
		if err := tx.Query(ctx, &got.Invoices, `SELECT invoice FROM payments WHERE tenant_id = ?tenant AND listing_id = ? ORDER BY invoice`, listing.ID); err != nil {
			return err
		}
		return forget(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// forget clears the store for the next history, which uses the same names.
func forget(ctx context.Context, tx database.Tx) error {
	for _, table := range []string{"payments", "subscriptions", "checkouts", "stripe_events", "listings"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE tenant_id = ?tenant`); err != nil {
			return err
		}
	}
	return nil
}
