package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/kumun/kumun/billing"
)

// Events are the types to subscribe the endpoint to, in the version that the
// library reads without holes.
var Events = []string{
	"checkout.session.completed", "checkout.session.expired",
	"customer.subscription.updated", "customer.subscription.deleted",
	"invoice.paid", "invoice.payment_failed",
}

// Version is the API version the endpoint must be created with.
const Version = stripe.APIVersion

// Hint reads a signed event. Of its object only the name and the metadata are
// believed: the rest is read again.
func (p *Payments) Hint(payload []byte, signature string) (billing.Hint, error) {
	return Hint(payload, signature, p.webhookSecret)
}

// Hint reads an event signed with the secret within the last five minutes.
func Hint(payload []byte, signature, secret string) (billing.Hint, error) {
	if secret == "" {
		return billing.Hint{}, fmt.Errorf("%w: no webhook secret is set", billing.ErrUnsigned)
	}
	event, err := webhook.ConstructEvent(payload, signature, secret)
	if err != nil {
		return billing.Hint{}, fmt.Errorf("%w: %w", billing.ErrUnsigned, err)
	}
	hint := billing.Hint{Event: event.ID, Type: string(event.Type), Account: event.Account}
	if event.Data == nil || event.ID == "" {
		return hint, nil
	}
	switch event.Type {
	case "checkout.session.completed", "checkout.session.expired":
		var session stripe.CheckoutSession
		err = json.Unmarshal(event.Data.Raw, &session)
		hint.Session, hint.Tenant = session.ID, subjectOf(session.Metadata).Tenant
	case "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted":
		var subscription stripe.Subscription
		err = json.Unmarshal(event.Data.Raw, &subscription)
		hint.Contract, hint.Tenant = subscription.ID, subjectOf(subscription.Metadata).Tenant
	case "invoice.paid", "invoice.payment_failed":
		var invoice stripe.Invoice
		err = json.Unmarshal(event.Data.Raw, &invoice)
		hint.Invoice = invoice.ID
		if invoice.SubscriptionDetails != nil {
			hint.Tenant = subjectOf(invoice.SubscriptionDetails.Metadata).Tenant
		}
	}
	if err != nil {
		return billing.Hint{}, fmt.Errorf("%w: %w", billing.ErrUnsigned, err)
	}
	return hint, nil
}

// Event is what Stripe would send of an object.
type Event struct {
	ID      string
	Type    string
	Account string
	Object  any
	At      time.Time
}

// Sign writes an event and its signature as Stripe would, for the stand-in and
// for tests. It is signed as of now when signedAt is zero.
func Sign(event Event, secret string, signedAt time.Time) (payload []byte, signature string, err error) {
	if secret == "" {
		return nil, "", errors.New("sign event: no webhook secret")
	}
	payload, err = json.Marshal(map[string]any{
		"id": event.ID, "object": "event", "api_version": Version, "type": event.Type, "account": event.Account,
		"created": event.At.Unix(), "data": map[string]any{"object": event.Object},
	})
	if err != nil {
		return nil, "", fmt.Errorf("sign event: %w", err)
	}
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: secret, Timestamp: signedAt})
	return payload, signed.Header, nil
}

// Object is what an event shows of a page, a subscription or an invoice: its
// name and what it is about.
func Object(name string, subject billing.Subject) map[string]any {
	return map[string]any{
		"id":                   name,
		"metadata":             written(subject),
		"subscription_details": map[string]any{"metadata": written(subject)},
	}
}
