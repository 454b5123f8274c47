package billing

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Setting is what a page is about. Nothing about the reader chooses what is
// sponsored there: place, topics and the day do.
type Setting struct {
	Commune string
	Topics  []string
}

// candidates bounds how many listings compete for a place on a page.
const candidates = 200

// Sponsored chooses at most limit listings for a page on a day (in the
// community's zone): those whose plan puts them forward today, what suits the
// place and the topics first. A page shows them labelled.
func (s *Service) Sponsored(ctx context.Context, tenant id.ID, setting Setting, day time.Time, limit int) ([]Listing, error) {
	var rows []Listing
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return shown(tx.Select(&rows)).Order("listing.published_at DESC", "listing.id DESC").Limit(candidates).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("choose sponsored listings: %w", err)
	}
	plans, err := s.Plans(ctx, tenant)
	if err != nil {
		return nil, err
	}
	days := map[string]int{}
	for _, plan := range plans {
		days[plan.Key] = plan.Limits.SponsoredDaysPerMonth
	}
	rows = slices.DeleteFunc(rows, func(row Listing) bool { return !hasItsDay(row.ID, days[row.Plan], day) })
	slices.SortStableFunc(rows, func(a, b Listing) int {
		return cmp.Or(cmp.Compare(suits(b, setting), suits(a, setting)),
			cmp.Compare(lot(a.ID, day.Format(time.DateOnly)), lot(b.ID, day.Format(time.DateOnly))))
	})
	return rows[:min(limit, len(rows))], nil
}

// hasItsDay spreads a plan's days over the month by lot: the same for everyone,
// other days for each listing.
func hasItsDay(listing id.ID, days int, today time.Time) bool {
	month := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	mine := lot(listing, today.Format(time.DateOnly))
	ahead := 0
	for day := month; day.Month() == month.Month(); day = day.AddDate(0, 0, 1) {
		if lot(listing, day.Format(time.DateOnly)) < mine {
			ahead++
		}
	}
	return ahead < days
}

func suits(row Listing, setting Setting) int {
	points := 0
	if setting.Commune != "" && strings.EqualFold(row.Commune, setting.Commune) {
		points += 2
	}
	for _, topic := range setting.Topics {
		if slices.ContainsFunc(row.Topics, func(own string) bool { return strings.EqualFold(own, topic) }) {
			points++
		}
	}
	return points
}

func lot(listing id.ID, day string) uint64 {
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, day+"/"+listing.String())
	sum := hash.Sum64()
	// FNV's high bits follow the first signs: the mix spreads the last ones.
	sum ^= sum >> 33
	sum *= 0xff51afd7ed558ccd
	return sum ^ sum>>33
}
