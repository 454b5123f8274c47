package notifications

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
)

// Where the links in letters to subscribers lead.
const (
	ConfirmSubscription  = "/lettre/confirmer"
	ChooseSubscription   = "/lettre/choix"
	EndSubscription      = "/lettre/desabonnement"
	subscribePurpose     = "subscribe"
	subscriptionPurpose  = "subscription"
	unsubscribingPurpose = "unsubscribe"
)

// ConfirmSubscriptionPath is the link by which an address says that it asked.
// Its signature holds for this asking, this purpose and this host alone.
func ConfirmSubscriptionPath(tenant *tenants.Tenant, host string, subscription *Subscription) string {
	asked := strconv.FormatInt(subscription.CreatedAt.UnixMicro(), 36)
	return ConfirmSubscription + "?" + url.Values{"a": {subscription.ID.String()}, "e": {asked},
		"s": {seal(tenant, host, subscribePurpose, subscription.ID.String()+"/"+asked)}}.Encode()
}

// ConfirmLink tells what a link would confirm. It finds nobody when it was not
// signed here, is too old, or was followed by a newer one.
func (s *Subscriptions) ConfirmLink(ctx context.Context, tenant *tenants.Tenant, host, subscription, asked, signature string) (*Subscription, error) {
	found, err := s.linked(ctx, tenant, subscription, signature, func(wanted id.ID) string {
		return seal(tenant, host, subscribePurpose, wanted.String()+"/"+asked)
	})
	if err != nil {
		return nil, err
	}
	if strconv.FormatInt(found.CreatedAt.UnixMicro(), 36) != asked || s.over(found) {
		return nil, fmt.Errorf("link of a subscription that is over: %w", fault.NotFound)
	}
	return found, nil
}

// SubscriptionPath is the link to what a subscriber chose, without an account.
// Its signature holds for this subscription, this purpose and this host, for
// thirty days: letters get forwarded.
func SubscriptionPath(tenant *tenants.Tenant, host string, subscription id.ID, now time.Time) string {
	until := strconv.FormatInt(now.Add(preferencesLast).Unix(), 36)
	return ChooseSubscription + "?" + url.Values{"a": {subscription.String()}, "e": {until},
		"s": {seal(tenant, host, subscriptionPurpose, subscription.String()+"/"+until)}}.Encode()
}

// SubscriptionLink tells whose choices a link opens; old tells that its time is
// over.
func (s *Subscriptions) SubscriptionLink(ctx context.Context, tenant *tenants.Tenant, host, subscription, until, signature string) (found *Subscription, old bool, err error) {
	found, err = s.linked(ctx, tenant, subscription, signature, func(wanted id.ID) string {
		return seal(tenant, host, subscriptionPurpose, wanted.String()+"/"+until)
	})
	if err == nil && found.ConfirmedAt.IsZero() {
		err = errGone
	}
	if err != nil {
		return nil, false, err
	}
	seconds, err := strconv.ParseInt(until, 36, 64)
	return found, err != nil || s.Letters.Clock.Now().After(time.Unix(seconds, 0)), nil
}

// UnsubscribePath is the link that ends a purpose, in letters and in their
// headers. It never grows old.
func UnsubscribePath(tenant *tenants.Tenant, host string, subscription id.ID, purpose Purpose) string {
	return EndSubscription + "?" + url.Values{"a": {subscription.String()}, "p": {string(purpose)},
		"s": {seal(tenant, host, unsubscribingPurpose, subscription.String()+"/"+string(purpose))}}.Encode()
}

// UnsubscribeLink tells what a link would end, and for whom: nil when the
// address was erased meanwhile.
func (s *Subscriptions) UnsubscribeLink(ctx context.Context, tenant *tenants.Tenant, host, subscription, purpose, signature string) (*Subscription, Purpose, error) {
	found, err := s.linked(ctx, tenant, subscription, signature, func(wanted id.ID) string {
		return seal(tenant, host, unsubscribingPurpose, wanted.String()+"/"+purpose)
	})
	if errors.Is(err, errGone) || err == nil && found.ConfirmedAt.IsZero() {
		return nil, Purpose(purpose), nil
	}
	return found, Purpose(purpose), err
}

// errGone is a link that was signed here for somebody who is forgotten.
var errGone = fmt.Errorf("link of a subscription that is gone: %w", fault.NotFound)

// linked finds the subscription for which a link was signed.
func (s *Subscriptions) linked(ctx context.Context, tenant *tenants.Tenant, subscription, signature string, want func(id.ID) string) (found *Subscription, err error) {
	wanted, err := id.Parse(subscription)
	if err != nil || !hmac.Equal([]byte(signature), []byte(want(wanted))) {
		return nil, fmt.Errorf("link of a subscription: %w", fault.NotFound)
	}
	err = s.Letters.DB.Read(ctx, tenant.ID, func(ctx context.Context, tx database.Tx) error {
		found, err = byID(ctx, tx, wanted)
		return err
	})
	if err == nil && found == nil {
		err = errGone
	}
	return found, err
}
