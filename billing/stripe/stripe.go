// Package stripe is the one adapter to Stripe: nothing else imports its
// library, and none of its types leave here.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Payments speaks to Stripe.
type Payments struct {
	api           *client.API
	webhookSecret string
}

// New is a connection with a secret key. base is empty for Stripe itself.
func New(key, webhookSecret, base string) *Payments {
	config := func(kind stripe.SupportedBackend) stripe.Backend {
		settings := &stripe.BackendConfig{
			HTTPClient:        &http.Client{Timeout: 20 * time.Second},
			MaxNetworkRetries: stripe.Int64(2),
			LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
			EnableTelemetry:   stripe.Bool(false),
		}
		if base != "" {
			settings.URL = stripe.String(strings.TrimSuffix(base, "/"))
		}
		return stripe.GetBackendWithConfig(kind, settings)
	}
	return &Payments{webhookSecret: webhookSecret, api: client.New(key, &stripe.Backends{
		API: config(stripe.APIBackend), Connect: config(stripe.ConnectBackend), Uploads: config(stripe.UploadsBackend),
	})}
}

// CreateCheckout opens Stripe's hosted page.
func (p *Payments) CreateCheckout(ctx context.Context, account billing.Account, order billing.Order) (billing.Session, error) {
	price, err := p.price(ctx, account, order)
	if err != nil {
		return billing.Session{}, err
	}
	metadata := written(order.Subject)
	params := &stripe.CheckoutSessionParams{
		Params:             paramsFor(ctx, account, order.Key),
		Mode:               stripe.String(string(stripe.CheckoutSessionModeSubscription)),
		PaymentMethodTypes: stripe.StringSlice([]string{"card", "sepa_debit"}),
		LineItems:          []*stripe.CheckoutSessionLineItemParams{{Price: stripe.String(price), Quantity: stripe.Int64(1)}},
		ClientReferenceID:  stripe.String(order.Subject.Checkout.String()),
		SuccessURL:         stripe.String(order.SuccessURL),
		CancelURL:          stripe.String(order.CancelURL),
		ExpiresAt:          stripe.Int64(order.ExpiresAt.Unix()),
		SubscriptionData:   &stripe.CheckoutSessionSubscriptionDataParams{Metadata: metadata},
	}
	params.Metadata = metadata
	if order.Email != "" {
		params.CustomerEmail = stripe.String(order.Email)
	}
	if order.Language != "" {
		params.Locale = stripe.String(order.Language)
	}
	if !strings.EqualFold(order.Currency, "eur") {
		// SEPA knows euros only.
		params.PaymentMethodTypes = stripe.StringSlice([]string{"card"})
	}
	session, err := p.api.CheckoutSessions.New(params)
	if err != nil {
		return billing.Session{}, kind("create checkout", err)
	}
	return read(session), nil
}

// price finds or makes the price of a plan. Its lookup key holds all that makes
// it, so that a changed plan gets another one.
func (p *Payments) price(ctx context.Context, account billing.Account, order billing.Order) (string, error) {
	key := fmt.Sprintf("kumun-%s-%s-%d-%s", order.Subject.Tenant, order.Plan, order.PriceCents, strings.ToLower(order.Currency))
	search := &stripe.PriceListParams{LookupKeys: stripe.StringSlice([]string{key}), Active: stripe.Bool(true)}
	search.Context, search.Limit, search.Single = ctx, stripe.Int64(1), true
	if account.Name != "" {
		search.SetStripeAccount(account.Name)
	}
	found := p.api.Prices.List(search)
	for found.Next() {
		if found.Price().LookupKey == key {
			return found.Price().ID, nil
		}
	}
	if err := found.Err(); err != nil {
		return "", kind("find price", err)
	}
	price, err := p.api.Prices.New(&stripe.PriceParams{
		Params:      paramsFor(ctx, account, key),
		LookupKey:   stripe.String(key),
		Currency:    stripe.String(strings.ToLower(order.Currency)),
		UnitAmount:  stripe.Int64(order.PriceCents),
		TaxBehavior: stripe.String(string(stripe.PriceTaxBehaviorInclusive)),
		Recurring:   &stripe.PriceRecurringParams{Interval: stripe.String(string(stripe.PriceRecurringIntervalMonth))},
		ProductData: &stripe.PriceProductDataParams{Name: stripe.String(order.Name)},
	})
	if err != nil {
		return "", kind("create price", err)
	}
	return price.ID, nil
}

// ExpireCheckout closes a page; one that is paid or closed stays so.
func (p *Payments) ExpireCheckout(ctx context.Context, account billing.Account, session string) error {
	_, err := p.api.CheckoutSessions.Expire(session, &stripe.CheckoutSessionExpireParams{Params: paramsFor(ctx, account, "")})
	var refused *stripe.Error
	if errors.As(err, &refused) && refused.HTTPStatusCode == http.StatusBadRequest {
		return nil
	}
	if err != nil {
		return kind("expire checkout", err)
	}
	return nil
}

// Checkout reads a page again.
func (p *Payments) Checkout(ctx context.Context, account billing.Account, session string) (billing.Session, error) {
	found, err := p.api.CheckoutSessions.Get(session, &stripe.CheckoutSessionParams{Params: paramsFor(ctx, account, "")})
	if err != nil {
		return billing.Session{}, kind("read checkout", err)
	}
	return read(found), nil
}

// Subscription reads a subscription and its latest invoice again.
func (p *Payments) Subscription(ctx context.Context, account billing.Account, contract string) (billing.Contract, error) {
	params := &stripe.SubscriptionParams{Params: paramsFor(ctx, account, "")}
	params.AddExpand("latest_invoice")
	found, err := p.api.Subscriptions.Get(contract, params)
	if err != nil {
		return billing.Contract{}, kind("read subscription", err)
	}
	return readSubscription(found), nil
}

// Invoice reads an invoice again.
func (p *Payments) Invoice(ctx context.Context, account billing.Account, invoice string) (billing.Invoice, error) {
	found, err := p.api.Invoices.Get(invoice, &stripe.InvoiceParams{Params: paramsFor(ctx, account, "")})
	if err != nil {
		return billing.Invoice{}, kind("read invoice", err)
	}
	return readInvoice(found), nil
}

// Cancel ends a subscription; one that has ended stays so.
func (p *Payments) Cancel(ctx context.Context, account billing.Account, contract string, atOnce bool) error {
	if !atOnce {
		return p.stopAtEnd(ctx, account, contract, true)
	}
	_, err := p.api.Subscriptions.Cancel(contract, &stripe.SubscriptionCancelParams{Params: paramsFor(ctx, account, "")})
	if err = kind("cancel subscription", err); errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Resume takes a coming end back.
func (p *Payments) Resume(ctx context.Context, account billing.Account, contract string) error {
	return p.stopAtEnd(ctx, account, contract, false)
}

func (p *Payments) stopAtEnd(ctx context.Context, account billing.Account, contract string, stop bool) error {
	_, err := p.api.Subscriptions.Update(contract, &stripe.SubscriptionParams{
		Params: paramsFor(ctx, account, ""), CancelAtPeriodEnd: stripe.Bool(stop),
	})
	return kind("change subscription", err)
}

// Collect pauses the collection of payments or takes it up again; invoices of
// the pause are void.
func (p *Payments) Collect(ctx context.Context, account billing.Account, contract string, on bool) error {
	params := &stripe.SubscriptionParams{Params: paramsFor(ctx, account, "")}
	if on {
		params.AddExtra("pause_collection", "")
	} else {
		params.PauseCollection = &stripe.SubscriptionPauseCollectionParams{Behavior: stripe.String(string(stripe.SubscriptionPauseCollectionBehaviorVoid))}
	}
	_, err := p.api.Subscriptions.Update(contract, params)
	return kind("pause or resume collection", err)
}

// Portal opens Stripe's page for means of payment.
func (p *Payments) Portal(ctx context.Context, account billing.Account, customer, _, back string) (string, error) {
	session, err := p.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{
		Params: paramsFor(ctx, account, ""), Customer: stripe.String(customer), ReturnURL: stripe.String(back),
	})
	if err != nil {
		return "", kind("open portal", err)
	}
	return session.URL, nil
}

func paramsFor(ctx context.Context, account billing.Account, key string) stripe.Params {
	params := stripe.Params{Context: ctx}
	if account.Name != "" {
		params.SetStripeAccount(account.Name)
	}
	if key != "" {
		params.SetIdempotencyKey(key)
	}
	return params
}

func written(subject billing.Subject) map[string]string {
	return map[string]string{
		"tenant":   subject.Tenant.String(),
		"listing":  subject.Listing.String(),
		"checkout": subject.Checkout.String(),
	}
}

// subjectOf reads metadata; what is no identifier reads as none.
func subjectOf(metadata map[string]string) billing.Subject {
	one := func(name string) id.ID {
		parsed, _ := id.Parse(metadata[name])
		return parsed
	}
	return billing.Subject{Tenant: one("tenant"), Listing: one("listing"), Checkout: one("checkout")}
}

func read(session *stripe.CheckoutSession) billing.Session {
	out := billing.Session{ID: session.ID, URL: session.URL, Status: string(session.Status), Subject: subjectOf(session.Metadata)}
	if session.Subscription != nil {
		out.Contract = session.Subscription.ID
	}
	return out
}

func readSubscription(found *stripe.Subscription) billing.Contract {
	out := billing.Contract{
		ID: found.ID, Status: billing.Status(found.Status), Stops: found.CancelAtPeriodEnd,
		PeriodEnd: at(found.CurrentPeriodEnd), EndedAt: at(found.EndedAt), Subject: subjectOf(found.Metadata),
	}
	if found.Customer != nil {
		out.Customer = found.Customer.ID
	}
	if found.LatestInvoice != nil {
		out.Paid = found.LatestInvoice.Status == stripe.InvoiceStatusPaid
	}
	return out
}

func readInvoice(found *stripe.Invoice) billing.Invoice {
	out := billing.Invoice{ID: found.ID, Paid: found.Status == stripe.InvoiceStatusPaid,
		AmountCents: found.AmountPaid, Currency: strings.ToUpper(string(found.Currency))}
	if found.Subscription != nil {
		out.Contract = found.Subscription.ID
	}
	if found.StatusTransitions != nil {
		out.PaidAt = at(found.StatusTransitions.PaidAt)
	}
	return out
}

func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// kind gives Stripe's errors the kinds that faces know.
func kind(doing string, err error) error {
	if err == nil {
		return nil
	}
	var refused *stripe.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s: %w: %w", doing, fault.Unavailable, err)
	}
	if refused.HTTPStatusCode == http.StatusUnauthorized {
		// Stripe's message may repeat the key.
		return fmt.Errorf("%s: STRIPE_SECRET_KEY is refused", doing)
	}
	// The library prints errors as JSON with the request in it: name them.
	told := errors.New("stripe answers " + strconv.Itoa(refused.HTTPStatusCode) + " " + string(refused.Code) + ": " + refused.Msg)
	switch {
	case refused.HTTPStatusCode == http.StatusNotFound || refused.Code == stripe.ErrorCodeResourceMissing:
		return fmt.Errorf("%s: %w: %w", doing, fault.NotFound, told)
	case refused.HTTPStatusCode == http.StatusTooManyRequests || refused.HTTPStatusCode >= 500:
		return fmt.Errorf("%s: %w: %w", doing, fault.Unavailable, told)
	}
	return fmt.Errorf("%s: %w", doing, told)
}
