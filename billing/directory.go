package billing

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Filter narrows the partners' directory; empty lets all through.
type Filter struct {
	Commune, Trade string
	// Before continues a list after this listing.
	Before *Mark
}

// Mark is where a page of the directory ended.
type Mark struct {
	PublishedAt time.Time
	ID          id.ID
}

// Choice is something to filter by, and how many listings it leaves.
type Choice struct {
	Name  string
	Count int
}

const directoryPage = 24

// Directory lists the listings that show, the latest first. next is nil on the
// last page.
func (s *Service) Directory(ctx context.Context, tenant id.ID, filter Filter) (rows []Listing, next *Mark, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := shown(tx.Select(&rows)).Order("listing.published_at DESC", "listing.id DESC").Limit(directoryPage + 1)
		if filter.Commune != "" {
			query.Where("listing.commune = ?", filter.Commune)
		}
		if filter.Trade != "" {
			query.Where("listing.trade = ?", filter.Trade)
		}
		if filter.Before != nil {
			query.Where("(listing.published_at, listing.id) < (?, ?)", filter.Before.PublishedAt, filter.Before.ID)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list listings: %w", err)
	}
	if len(rows) > directoryPage {
		rows = rows[:directoryPage]
		last := rows[directoryPage-1]
		next = &Mark{last.PublishedAt, last.ID}
	}
	return rows, next, nil
}

// ShownAfter lists listings that show in the order of their identifiers, after
// one.
func (s *Service) ShownAfter(ctx context.Context, tenant, after id.ID, limit int) (rows []Listing, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return shown(tx.Select(&rows)).Where("listing.id > ?", after).Order("listing.id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list listings: %w", err)
	}
	return rows, nil
}

const choicesSQL = `SELECT %s AS name, count(*) AS count FROM listings
WHERE tenant_id = ?tenant AND state = ? AND moderation = 'published'
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12`

// Choices lists the communes and trades that have listings.
func (s *Service) Choices(ctx context.Context, tenant id.ID) (communes, trades []Choice, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Query(ctx, &communes, fmt.Sprintf(choicesSQL, "commune"), Live); err != nil {
			return err
		}
		return tx.Query(ctx, &trades, fmt.Sprintf(choicesSQL, "trade"), Live)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("count listings: %w", err)
	}
	return communes, trades, nil
}
