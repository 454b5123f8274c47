package stripe_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/services"
)

// asked is a request that reached stripe-mock.
type asked struct {
	Path   string
	Header http.Header
	Form   url.Values
}

// watched is stripe-mock behind a door that notes what passes.
func watched(t *testing.T) (*stripe.Payments, func(path string) asked) {
	t.Helper()
	target, err := url.Parse(services.Stripe(t))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var requests []asked
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		form, _ := url.ParseQuery(string(body))
		mu.Lock()
		requests = append(requests, asked{request.Method + " " + request.URL.Path, request.Header, form})
		mu.Unlock()
		request.Body = io.NopCloser(strings.NewReader(string(body)))
		proxy.ServeHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	find := func(path string) asked {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		for _, request := range requests {
			if request.Path == path {
				return request
			}
		}
		t.Fatalf("%s was not asked", path)
		return asked{}
	}
	return stripe.New("sk_test_kumun", "whsec_of_a_test", server.URL), find
}

var (
	account = billing.Account{Tenant: 1, Name: "acct_cornouaille"}
	subject = billing.Subject{Tenant: 1, Listing: 2, Checkout: 3}
)

func order() billing.Order {
	return billing.Order{Key: "key-1", Subject: subject, Plan: "adresse", Name: "Adresse", PriceCents: 1900, Currency: "EUR",
		Email: "enora@example.org", Language: "fr", SuccessURL: "https://cornouaille.test/retour", CancelURL: "https://cornouaille.test/formule",
		ExpiresAt: time.Now().Add(2 * time.Hour)}
}

func TestCheckoutAsksForASubscriptionByCardOrSEPA(t *testing.T) {
	t.Parallel()
	payments, find := watched(t)

	session, err := payments.CreateCheckout(t.Context(), account, order())
	if err != nil {
		t.Fatal(err)
	}
	if session.ID == "" || session.URL == "" {
		t.Errorf("session %+v", session)
	}
	request := find("POST /v1/checkout/sessions")
	for name, want := range map[string]string{
		"mode": "subscription", "payment_method_types[0]": "card", "payment_method_types[1]": "sepa_debit",
		"metadata[tenant]": subject.Tenant.String(), "metadata[listing]": subject.Listing.String(),
		"metadata[checkout]": subject.Checkout.String(), "client_reference_id": subject.Checkout.String(),
		"subscription_data[metadata][tenant]": subject.Tenant.String(), "customer_email": "enora@example.org", "locale": "fr",
		"success_url": "https://cornouaille.test/retour",
	} {
		if got := request.Form.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"Idempotency-Key": "key-1", "Stripe-Account": "acct_cornouaille", "Stripe-Version": stripe.Version} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	price := find("POST /v1/prices")
	if price.Form.Get("unit_amount") != "1900" || price.Form.Get("recurring[interval]") != "month" || price.Form.Get("tax_behavior") != "inclusive" {
		t.Errorf("price %v", price.Form)
	}
}

func TestOtherCurrenciesAreNotOfferedSEPA(t *testing.T) {
	t.Parallel()
	payments, find := watched(t)
	dollars := order()
	dollars.Currency = "CAD"

	if _, err := payments.CreateCheckout(t.Context(), billing.Account{Tenant: 1}, dollars); err != nil {
		t.Fatal(err)
	}

	request := find("POST /v1/checkout/sessions")
	if request.Form.Get("payment_method_types[1]") != "" || request.Header.Get("Stripe-Account") != "" {
		t.Errorf("asked %v as %q", request.Form, request.Header.Get("Stripe-Account"))
	}
}

func TestTheRestOfTheServiceAnswers(t *testing.T) {
	t.Parallel()
	payments, find := watched(t)

	contract, err := payments.Subscription(t.Context(), account, "sub_1")
	if err != nil || contract.ID == "" || contract.Status == "" || contract.PeriodEnd.IsZero() || contract.Customer == "" {
		t.Errorf("subscription %+v, %v", contract, err)
	}
	if invoice, err := payments.Invoice(t.Context(), account, "in_1"); err != nil || invoice.ID == "" || invoice.Currency == "" {
		t.Errorf("invoice %+v, %v", invoice, err)
	}
	if session, err := payments.Checkout(t.Context(), account, "cs_1"); err != nil || session.ID == "" {
		t.Errorf("checkout %+v, %v", session, err)
	}
	address, err := payments.Portal(t.Context(), account, "cus_1", "sub_1", "https://cornouaille.test/")
	if err != nil || !strings.HasPrefix(address, "https://") {
		t.Errorf("portal %q, %v", address, err)
	}
	for name, err := range map[string]error{
		"expire": payments.ExpireCheckout(t.Context(), account, "cs_1"),
		"cancel": payments.Cancel(t.Context(), account, "sub_1", false),
		"end":    payments.Cancel(t.Context(), account, "sub_1", true),
		"resume": payments.Resume(t.Context(), account, "sub_1"),
		"free":   payments.Collect(t.Context(), account, "sub_2", false),
		"charge": payments.Collect(t.Context(), account, "sub_3", true),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := find("POST /v1/subscriptions/sub_1").Form.Get("cancel_at_period_end"); got == "" {
		t.Error("stopping does not ask for the end of the period")
	}
	if got := find("POST /v1/subscriptions/sub_2").Form.Get("pause_collection[behavior]"); got != "void" {
		t.Errorf("a pause asks for %q", got)
	}
	if again := find("POST /v1/subscriptions/sub_3").Form; !again.Has("pause_collection") || again.Get("pause_collection") != "" {
		t.Errorf("the end of a pause asks for %v", again)
	}
	if find("GET /v1/subscriptions/sub_1").Header.Get("Stripe-Account") != account.Name {
		t.Error("the community's own account is not named")
	}
}

func TestNoAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	payments := stripe.New("sk_test_kumun", "whsec", "http://127.0.0.1:1")

	_, err := payments.Subscription(t.Context(), account, "sub_1")

	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestARefusedKeyIsToldWithoutTheKey(t *testing.T) {
	t.Parallel()
	payments := stripe.New("not_a_key_of_ours", "whsec", services.Stripe(t))

	_, err := payments.Subscription(t.Context(), account, "sub_1")

	if err == nil || strings.Contains(err.Error(), "not_a_key_of_ours") {
		t.Errorf("got %v", err)
	}
}
