package analytics

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// kept is how long counts are of use: a year, and the one before to compare.
const kept = 25 // months

// Count is how often something was looked at.
type Count struct {
	Name  string
	Views int
}

// Figures are the counts of a span of days.
type Figures struct {
	Total int
	// Before is the total of as many days before.
	Before int
	// Days has an entry for each day, without a gap.
	Days                                []Count
	Pages, Pieces, Referrers, Entrances []Count
}

const (
	byName = `SELECT name, sum(views) AS views FROM audience
  WHERE tenant_id = ?tenant AND what = ?0 AND day BETWEEN ?1 AND ?2
  GROUP BY name ORDER BY 2 DESC, 1 LIMIT ?3`
	byDay = `SELECT day AS name, sum(views) AS views FROM audience
  WHERE tenant_id = ?tenant AND what = 'page' AND day BETWEEN ?0 AND ?1 GROUP BY day`
	listed = 12
)

// Read sums up the last days, today's included.
func (a *Audience) Read(ctx context.Context, tenant id.ID, zone *time.Location, days int) (*Figures, error) {
	today := a.Clock.Now().In(zone)
	day := func(ago int) string { return today.AddDate(0, 0, -ago).Format(time.DateOnly) }
	first, last := day(days-1), day(0)
	figures := &Figures{}
	err := a.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for what, into := range map[string]*[]Count{Page: &figures.Pages, Piece: &figures.Pieces, Referrer: &figures.Referrers, Entrance: &figures.Entrances} {
			if err := tx.Query(ctx, into, byName, what, first, last, listed); err != nil {
				return err
			}
		}
		var counted []Count
		if err := tx.Query(ctx, &counted, byDay, day(2*days-1), last); err != nil {
			return err
		}
		views := map[string]int{}
		for _, one := range counted {
			views[one.Name] = one.Views
		}
		for ago := 2*days - 1; ago >= days; ago-- {
			figures.Before += views[day(ago)]
		}
		for ago := days - 1; ago >= 0; ago-- {
			figures.Days = append(figures.Days, Count{day(ago), views[day(ago)]})
			figures.Total += views[day(ago)]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read audience figures: %w", err)
	}
	return figures, nil
}

const ofCampaign = `SELECT COALESCE(sum(views), 0) FROM audience WHERE tenant_id = ?tenant AND what = 'campaign' AND day >= ?0 AND name = ?1`

// Campaign is how many pages were opened by the links of a newsletter since it
// began, in the community's zone.
func (a *Audience) Campaign(ctx context.Context, tenant id.ID, number int, since time.Time) (visits int, err error) {
	err = a.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &visits, ofCampaign, since.Format(time.DateOnly), strconv.Itoa(number))
	})
	if err != nil {
		return 0, fmt.Errorf("count the visits of a newsletter: %w", err)
	}
	return visits, nil
}

// Totals are the views of the last days in every community, for the operator.
func (a *Audience) Totals(ctx context.Context, days int) (map[id.ID]int, error) {
	var rows []struct {
		TenantID id.ID
		Views    int
	}
	first := a.Clock.Now().AddDate(0, 0, 1-days).Format(time.DateOnly)
	err := a.DB.Survey(ctx, "operator's figures", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(`SELECT tenant_id, sum(views) AS views FROM audience WHERE what = 'page' AND day >= ? GROUP BY tenant_id`, first).Scan(ctx, &rows)
	})
	totals := map[id.ID]int{}
	for _, row := range rows {
		totals[row.TenantID] = row.Views
	}
	return totals, err
}

// Housekeep forgets what is too old to compare with.
func (a *Audience) Housekeep(ctx context.Context, tenant id.ID) error {
	oldest := a.Clock.Now().AddDate(0, -kept, 0).Format(time.DateOnly)
	return a.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*row)(nil)).Where("day < ?", oldest).Exec(ctx)
		return err
	})
}
