// Package community holds what members make and read: posts, comments, thanks,
// feeds and search.
package community

import (
	"context"
	"database/sql"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
)

// Service publishes and finds posts.
type Service struct {
	DB       *database.DB
	Clock    clock.Clock
	Outbox   *outbox.Outbox
	Policy   actor.Policy
	Groups   Groups
	Members  Members
	Screen   Screen
	Search   *Search
	Pictures *Pictures
}

// Groups tells which groups a member belongs to, and what those are.
type Groups interface {
	Of(ctx context.Context, tenant, member id.ID) ([]id.ID, error)
	Has(ctx context.Context, tenant, group, member id.ID) (bool, error)
	Among(ctx context.Context, tenant, group id.ID, members []id.ID) (map[id.ID]bool, error)
	ByIDs(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]membership.Group, error)
	Keeps(ctx context.Context, by actor.Actor, group id.ID) (bool, error)
	Place(ctx context.Context, who actor.Actor, group *membership.Group) (membership.Place, error)
	Faces(ctx context.Context, tenant, group id.ID, most int) ([]membership.Person, error)
}

// Members knows who writes.
type Members interface {
	ByID(ctx context.Context, tenant, member id.ID) (*membership.Member, error)
	People(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]membership.Person, error)
	// Hears tells whether a member wants to hear of another.
	Hears(ctx context.Context, tenant, member, other id.ID) (bool, error)
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

// changed is the error none when a statement changed no row.
func changed(result sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	count, err := result.RowsAffected()
	if err == nil && count == 0 {
		err = none
	}
	return err
}
