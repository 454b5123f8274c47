package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/services"
)

// counter is stripe-mock with a memory: every request goes to stripe-mock,
// which checks it; the answer then tells what was ordered and paid. It outlives
// the processes that are killed, as Stripe does.
type counter struct {
	url  string
	mock string

	mu       sync.Mutex
	sessions []*session
	byKey    map[string]*session
}

// session is a payment page with the subscription and the invoice behind it.
type session struct {
	number   int
	metadata map[string]string
	paid     bool
}

func (s *session) id() string       { return fmt.Sprintf("cs_test_%d", s.number) }
func (s *session) contract() string { return fmt.Sprintf("sub_%d", s.number) }
func (s *session) invoice() string  { return fmt.Sprintf("in_%d", s.number) }
func (s *session) page() string     { return "https://checkout.stripe.com/c/pay/" + s.id() }

func (s *session) subject() billing.Subject {
	one := func(name string) id.ID {
		parsed, _ := id.Parse(s.metadata[name])
		return parsed
	}
	return billing.Subject{Tenant: one("tenant"), Listing: one("listing"), Checkout: one("checkout")}
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{mock: services.Stripe(t), byKey: map[string]*session{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever asked was killed
	}
	status, answer, err := c.ask(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if status == http.StatusOK {
		c.remember(r, body, answer)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *counter) ask(r *http.Request, body []byte) (status int, answer map[string]any, err error) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, c.mock+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = r.Header.Clone()
	request.Header.Del("Accept-Encoding")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, answer, json.NewDecoder(response.Body).Decode(&answer)
}

// remember puts what is known in the place of the mock's examples.
func (c *counter) remember(r *http.Request, body []byte, answer map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	name := path[len(path)-1]
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/checkout/sessions":
		c.open(r.Header.Get("Idempotency-Key"), body).tellPage(answer)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1/checkout/sessions/"):
		c.find(name, (*session).id).tellPage(answer)
	case r.Method == http.MethodGet && path[0] == "subscriptions":
		c.find(name, (*session).contract).tellContract(answer)
	case r.Method == http.MethodGet && path[0] == "invoices":
		c.find(name, (*session).invoice).tellInvoice(answer)
	}
}

// open makes one page for a key, however often it is asked.
func (c *counter) open(key string, body []byte) *session {
	if known := c.byKey[key]; known != nil {
		return known
	}
	form, _ := url.ParseQuery(string(body))
	s := &session{number: len(c.sessions) + 1, metadata: map[string]string{}}
	for _, name := range []string{"tenant", "listing", "checkout"} {
		s.metadata[name] = form.Get("metadata[" + name + "]")
	}
	c.sessions = append(c.sessions, s)
	c.byKey[key] = s
	return s
}

func (c *counter) find(name string, of func(*session) string) *session {
	for _, s := range c.sessions {
		if of(s) == name {
			return s
		}
	}
	return nil
}

func (s *session) tellPage(answer map[string]any) {
	if s == nil {
		return
	}
	answer["id"], answer["url"], answer["metadata"], answer["status"] = s.id(), s.page(), s.metadata, "open"
	if s.paid {
		answer["status"], answer["subscription"] = "complete", s.contract()
	}
}

func (s *session) tellContract(answer map[string]any) {
	if s == nil {
		return
	}
	answer["id"], answer["customer"], answer["metadata"] = s.contract(), fmt.Sprintf("cus_%d", s.number), s.metadata
	answer["status"], answer["cancel_at_period_end"], answer["ended_at"] = "active", false, nil
	answer["latest_invoice"] = map[string]any{"id": s.invoice(), "object": "invoice", "status": "paid"}
}

func (s *session) tellInvoice(answer map[string]any) {
	if s == nil {
		return
	}
	answer["id"], answer["subscription"], answer["status"] = s.invoice(), s.contract(), "paid"
	answer["amount_paid"], answer["currency"] = 1900, "eur"
	answer["status_transitions"] = map[string]any{"paid_at": time.Now().Unix()}
}

// pay is what the partner does on the page: from then on Stripe has events to
// tell.
func (c *counter) pay(page string) ([]stripe.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.find(page, (*session).page)
	if s == nil {
		return nil, fmt.Errorf("there is no payment page %s", page)
	}
	s.paid = true
	event := func(kind, name string) stripe.Event {
		return stripe.Event{ID: fmt.Sprintf("evt_%d_%s", s.number, kind), Type: kind, Object: stripe.Object(name, s.subject()), At: time.Now()}
	}
	return []stripe.Event{event("checkout.session.completed", s.id()), event("invoice.paid", s.invoice()),
		event("customer.subscription.updated", s.contract())}, nil
}

// pagesOf tells how many payment pages were opened for each listing.
func (c *counter) pagesOf() map[id.ID]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := map[id.ID]int{}
	for _, s := range c.sessions {
		count[s.subject().Listing]++
	}
	return count
}
