package web_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/world"
)

// paid is a world in which a payment went through and nobody has told us yet.
type paid struct {
	*world.World
	till     *world.Till
	enora    actor.Actor
	listing  *billing.Listing
	contract string
	subject  billing.Subject
}

func openPaid(t *testing.T) *paid {
	t.Helper()
	w := world.New(t)
	p := &paid{World: w, till: w.Till(t), enora: w.Member(t, "enora")}
	p.listing = p.till.Listing(t, p.enora, "Crêperie de Kerlavandoù")
	page := p.till.Order(t, p.enora, p.listing.ID, "adresse")
	// Its own events go nowhere: the tests send theirs.
	p.till.Standin.Endpoint = "http://127.0.0.1:1/"
	if err := p.till.Standin.Pay(t.Context(), p.enora.Tenant, page, true); err != nil {
		t.Fatal(err)
	}
	read, err := p.till.Standin.Page(t.Context(), p.enora.Tenant, page)
	if err != nil {
		t.Fatal(err)
	}
	p.contract, p.subject = read.Contract, read.Subject
	return p
}

// event is a subscription.updated, changed by the test.
func (p *paid) event(change ...func(*stripe.Event)) stripe.Event {
	event := stripe.Event{ID: "evt_1", Type: "customer.subscription.updated", Object: stripe.Object(p.contract, p.subject), At: time.Now()}
	for _, change := range change {
		change(&event)
	}
	return event
}

func (p *paid) send(t *testing.T, body []byte, signature string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.till.Door, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Stripe-Signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func (p *paid) tell(t *testing.T, event stripe.Event, secret string, signedAt time.Time) int {
	t.Helper()
	body, signature, err := stripe.Sign(event, secret, signedAt)
	if err != nil {
		t.Fatal(err)
	}
	return p.send(t, body, signature)
}

func (p *paid) shows(t *testing.T) bool {
	t.Helper()
	row, err := p.till.OwnByID(t.Context(), p.enora, p.listing.ID)
	if err != nil {
		t.Fatal(err)
	}
	return row.Shown()
}

// count counts rows of the community.
func (p *paid) count(t *testing.T, table string) int {
	t.Helper()
	var count int
	err := p.DB.Read(t.Context(), p.enora.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &count, `SELECT count(*) FROM `+table+` WHERE tenant_id = ?tenant`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestASignedEventPublishes(t *testing.T) {
	t.Parallel()
	p := openPaid(t)

	if code := p.tell(t, p.event(), world.TillSecret, time.Time{}); code != http.StatusOK {
		t.Errorf("answer %d", code)
	}

	if !p.shows(t) {
		t.Error("the listing does not show")
	}
}

func TestAnUnprovenEventIsRefused(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	body, signature, err := stripe.Sign(p.event(), world.TillSecret, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	otherVersion := bytes.ReplaceAll(body, []byte(stripe.Version), []byte("2022-11-15"))

	for name, code := range map[string]int{
		"another's signature": p.tell(t, p.event(), "whsec_of_another", time.Time{}),
		"a stale one":         p.tell(t, p.event(), world.TillSecret, time.Now().Add(-6*time.Minute)),
		"a changed body":      p.send(t, bytes.ReplaceAll(body, []byte("evt_1"), []byte("evt_2")), signature),
		"another version":     p.send(t, otherVersion, signature),
		"none":                p.send(t, body, ""),
		"garbage":             p.send(t, []byte("{"), "t=1,v1=00"),
		"a body too large":    p.send(t, []byte(strings.Repeat("x", 1<<20+1)), signature),
	} {
		if code != http.StatusBadRequest {
			t.Errorf("%s: answer %d", name, code)
		}
	}

	if p.shows(t) || p.count(t, "stripe_events") != 0 {
		t.Error("a refused event had an effect")
	}
}

func TestAReplayHasNoFurtherEffect(t *testing.T) {
	t.Parallel()
	p := openPaid(t)

	for range 3 {
		if code := p.tell(t, p.event(), world.TillSecret, time.Time{}); code != http.StatusOK {
			t.Errorf("answer %d", code)
		}
	}

	if p.count(t, "stripe_events") != 1 || p.count(t, "subscriptions") != 1 {
		t.Errorf("%d events, %d subscriptions", p.count(t, "stripe_events"), p.count(t, "subscriptions"))
	}
	if facts := p.Facts(t, p.enora.Tenant, billing.SubscriptionStarted); len(facts) != 1 {
		t.Errorf("the partner hears of it %d times", len(facts))
	}
}

func TestManyAtOnceAreOne(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	codes := make(chan int)

	for n := range 8 {
		go func() {
			// Two events, four times each.
			codes <- p.tell(t, p.event(func(e *stripe.Event) { e.ID = "evt_" + string(rune('a'+n%2)) }), world.TillSecret, time.Time{})
		}()
	}
	for range 8 {
		if code := <-codes; code != http.StatusOK && code != http.StatusServiceUnavailable {
			t.Errorf("answer %d", code)
		}
	}

	if !p.shows(t) || p.count(t, "subscriptions") != 1 || p.count(t, "stripe_events") > 2 {
		t.Errorf("shown %v, %d subscriptions, %d events", p.shows(t), p.count(t, "subscriptions"), p.count(t, "stripe_events"))
	}
	if facts := p.Facts(t, p.enora.Tenant, billing.SubscriptionStarted); len(facts) != 1 {
		t.Errorf("the partner hears of it %d times", len(facts))
	}
}

func TestALateEventDoesNotTurnTheClockBack(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	started := p.event()
	if err := p.till.Standin.Cancel(t.Context(), billing.Account{Tenant: p.enora.Tenant}, p.contract, true); err != nil {
		t.Fatal(err)
	}
	ended := p.event(func(e *stripe.Event) { e.ID, e.Type = "evt_2", "customer.subscription.deleted" })

	p.tell(t, ended, world.TillSecret, time.Time{})
	if code := p.tell(t, started, world.TillSecret, time.Time{}); code != http.StatusOK {
		t.Errorf("answer %d", code)
	}

	if p.shows(t) {
		t.Error("an event from before the end published the listing again")
	}
}

func TestWhatIsNotOursHasNoEffect(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	about := func(change func(*billing.Subject)) func(*stripe.Event) {
		return func(e *stripe.Event) {
			subject := p.subject
			change(&subject)
			e.Object = stripe.Object(p.contract, subject)
		}
	}

	for name, event := range map[string]stripe.Event{
		"the neighbour's tenant":        p.event(about(func(s *billing.Subject) { s.Tenant = p.Neighbour.ID })),
		"an unknown tenant":             p.event(about(func(s *billing.Subject) { s.Tenant = id.New(world.Today) })),
		"no tenant":                     p.event(about(func(s *billing.Subject) { *s = billing.Subject{} })),
		"another seller's account":      p.event(func(e *stripe.Event) { e.Account = "acct_other" }),
		"an object nobody knows":        p.event(func(e *stripe.Event) { e.Object = stripe.Object("sub_none", p.subject) }),
		"an event that is none of ours": p.event(func(e *stripe.Event) { e.Type = "charge.refunded" }),
	} {
		if code := p.tell(t, event, world.TillSecret, time.Time{}); code != http.StatusOK {
			t.Errorf("%s: answer %d", name, code)
		}
		if p.shows(t) {
			t.Errorf("%s published the listing", name)
		}
	}
}

func TestTheTenantsOwnAccountIsAskedFor(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	err := p.Tenants.ChangeSettings(t.Context(), p.enora.Tenant, func(settings *tenants.Settings) error {
		settings.StripeAccount = "acct_cornouaille"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	p.tell(t, p.event(), world.TillSecret, time.Time{})
	if p.shows(t) {
		t.Error("an event of the platform's account published in a community with its own")
	}
	p.tell(t, p.event(func(e *stripe.Event) { e.Account = "acct_cornouaille" }), world.TillSecret, time.Time{})

	if !p.shows(t) {
		t.Error("the community's own account could not publish")
	}
}

func TestOnlyPostIsAnswered(t *testing.T) {
	t.Parallel()
	p := openPaid(t)
	response, err := http.Get(p.till.Door)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()

	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("answer %d", response.StatusCode)
	}
}
