package moderation

import (
	"context"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/outbox"
)

// Limits refuses what one key does more than limit times within a period,
// with fault.TooMany.
type Limits interface {
	Take(ctx context.Context, key string, limit int, period time.Duration) error
}

// Service is the moderators' desk and the door of notices.
type Service struct {
	DB       *database.DB
	Clock    clock.Clock
	Outbox   *outbox.Outbox
	Policy   actor.Policy
	Registry *Registry
	// Limits refuses notices that come too often.
	Limits Limits
}

// may refuses what the actor's roles do not allow: it is not found, since
// whoever may not moderate need not know what is moderated.
func (s *Service) may(_ context.Context, who actor.Actor, action string) error {
	if !s.Policy.Allows(who, "case", action) {
		return fault.NotFound
	}
	return nil
}
