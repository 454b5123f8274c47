// Package community holds what members make and read: posts, comments, thanks,
// feeds and search.
package community

import (
	"context"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Service publishes and finds posts.
type Service struct {
	DB       *database.DB
	Clock    clock.Clock
	Outbox   *outbox.Outbox
	Policy   actor.Policy
	Groups   Groups
	Screen   Screen
	Search   *Search
	Pictures *Pictures
}

// Groups tells which groups a member belongs to.
type Groups interface {
	Of(ctx context.Context, tenant, member id.ID) ([]id.ID, error)
}

// may checks that the actor's role allows the action; a visitor is asked to
// sign in first.
func (s *Service) may(actor actor.Actor, kind, action string) error {
	if !actor.IsMember() {
		return fault.SignIn
	}
	if !s.Policy.Allows(actor, kind, action) {
		return fault.Forbidden
	}
	return nil
}

// moderates tells whether the actor may see what waits for a decision.
func (s *Service) moderates(actor actor.Actor) bool { return s.Policy.Allows(actor, "case", "decide") }
