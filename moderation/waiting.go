package moderation

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// FirstWaiting counts the first pieces of newcomers that nobody has read yet.
func (s *Service) FirstWaiting(ctx context.Context, tenant id.ID) (int, error) {
	count := int64(0)
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) (err error) {
		count, err = tx.Select((*Case)(nil)).Where("closed_at IS NULL").Where("why = ?", FirstPost).Count(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	return int(count), nil
}
