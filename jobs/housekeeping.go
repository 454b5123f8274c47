package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// keptFor is how long facts that are done can be looked up.
const keptFor = 7 * 24 * time.Hour

// Housekeeper clears the outbox.
type Housekeeper struct {
	DB    *database.DB
	Clock clock.Clock
}

// Housekeep forgets facts that were done long ago. What was laid aside stays.
func (h *Housekeeper) Housekeep(ctx context.Context, tenant id.ID) error {
	return h.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*outbox.Row)(nil)).Where("done_at < ?", h.Clock.Now().Add(-keptFor)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("clear the outbox: %w", err)
		}
		return nil
	})
}
