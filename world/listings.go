package world

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/standin"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/webhooks"
)

// Till is the billing of a world, with a stand-in for the payment service
// whose events arrive over HTTP.
type Till struct {
	*billing.Service
	Standin *standin.Payments
	// Door is the address for events.
	Door string
}

// TillSecret signs the till's events.
const TillSecret = "whsec_of_a_test"

// Till opens the billing of the world under the default policy.
func (w *World) Till(t testing.TB) *Till {
	t.Helper()
	policy, err := moderation.NewPolicy(t.Context(), w.DB, w.Clock)
	if err != nil {
		t.Fatalf("read the policy: %v", err)
	}
	desk := moderation.New(w.DB, w.Clock, w.Outbox, policy, w.Members())
	service := &billing.Service{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Policy: policy, Tenants: w.Tenants,
		Members: appointments{w.Members()}, Screen: desk.Screen}
	desk.Registry.Register(service.Reviewable())
	server := httptest.NewServer(webhooks.Stripe(service))
	t.Cleanup(server.Close)
	till := &Till{Service: service, Door: server.URL + webhooks.StripePath}
	till.Standin = &standin.Payments{DB: w.DB, Clock: w.Clock, Secret: TillSecret, Endpoint: till.Door, HTTP: server.Client()}
	service.Payments = till.Standin
	return till
}

type appointments struct{ members *membership.Service }

func (a appointments) Grant(ctx context.Context, tenant, member id.ID, role actor.Role) error {
	return a.members.Appoint(ctx, tenant, membership.RoleChange{MemberID: member, Role: role, Granted: true, Reason: "created a listing"})
}

// Sheet is what a crêperie in Locmaria says of itself.
func Sheet(name string) billing.Draftsheet {
	return billing.Draftsheet{Name: name, Trade: "crêperie", OwnerName: "Enora B.", Place: "Locmaria", Commune: "Quimper",
		Text:  "Dix-huit places, deux billigs et une règle : la galette part quand elle est prête.",
		Hours: billing.Hours{2: {{From: "12:00", To: "14:00"}, {From: "19:00", To: "21:30"}}},
		Phone: "02 61 91 10 29", Topics: []string{"manger"},
		Seller: billing.Seller{LegalName: "Crêperie Enora", Address: "29000 Quimper", Registration: "000 000 018"}}
}

// Listing drafts a listing.
func (l *Till) Listing(t testing.TB, owner actor.Actor, name string) *billing.Listing {
	t.Helper()
	listing, err := l.Create(t.Context(), owner, Sheet(name))
	if err != nil {
		t.Fatalf("draft %s: %v", name, err)
	}
	return listing
}

// Order opens the payment page of a plan and names it.
func (l *Till) Order(t testing.TB, owner actor.Actor, listing id.ID, plan string) (page string) {
	t.Helper()
	address, err := l.Checkout(t.Context(), owner, listing, plan, billing.Customer{Email: "enora@example.org", Language: "fr"}, "http://cornouaille.test")
	if err != nil {
		t.Fatalf("order: %v", err)
	}
	request := httptest.NewRequest("GET", address, nil)
	return request.URL.Query().Get("session")
}

// Pay pays what was ordered.
func (l *Till) Pay(t testing.TB, owner actor.Actor, page string) {
	t.Helper()
	if err := l.Standin.Pay(t.Context(), owner.Tenant, page, true); err != nil {
		t.Fatalf("pay: %v", err)
	}
}

// PaidListing is a listing that shows.
func (l *Till) PaidListing(t testing.TB, owner actor.Actor, name string) *billing.Listing {
	t.Helper()
	listing := l.Listing(t, owner, name)
	l.Pay(t, owner, l.Order(t, owner, listing.ID, "adresse"))
	shown, err := l.Public(t.Context(), owner.Tenant, listing.ID)
	if err != nil {
		t.Fatalf("%s is paid and does not show: %v", name, err)
	}
	return shown
}
