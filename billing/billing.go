// Package billing is how a community earns its living: partners publish a
// listing, subscribe to a plan and pay; the listing shows, always labelled,
// for as long as they do.
//
// The payment service decides what is paid. What it tells us (events) is a
// hint: the object is read again before anything changes here, so that events
// may come late, twice or in any order.
package billing

import (
	"context"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/tenants"
)

// Service is the billing of all communities.
type Service struct {
	DB       *database.DB
	Clock    clock.Clock
	Outbox   *outbox.Outbox
	Policy   actor.Policy
	Tenants  *tenants.Service
	Payments Payments
	// Members makes the author of a listing a partner.
	Members interface {
		Grant(ctx context.Context, tenant, member id.ID, role actor.Role) error
	}
	// Screen decides whether a listing that was just written shows at once.
	Screen Screen
}
