package moderation

import (
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
)

// Service is the moderators' desk and the door of notices.
type Service struct {
	DB       *database.DB
	Clock    clock.Clock
	Outbox   *outbox.Outbox
	Policy   actor.Policy
	Registry *Registry
	Members  *membership.Service
	// PerAddress and PerPerson bound how many notices come from one network
	// address and from one mail address or member.
	PerAddress, PerPerson *limit.Limit
}

// New returns the service with its limits: twenty notices an hour from a network
// address, ten from a person.
func New(db *database.DB, now clock.Clock, facts *outbox.Outbox, policy actor.Policy, members *membership.Service) *Service {
	return &Service{DB: db, Clock: now, Outbox: facts, Policy: policy, Registry: &Registry{}, Members: members,
		PerAddress: limit.New(now, 20, time.Hour), PerPerson: limit.New(now, 10, time.Hour)}
}

// may refuses what the actor's roles do not allow: it is not found, since
// whoever may not moderate need not know what is moderated.
func (s *Service) may(who actor.Actor, action string) error {
	if !s.Policy.Allows(who, "case", action) {
		return fault.NotFound
	}
	return nil
}
