package community

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// What is kept of what people ask: how often, by day. Never who, and nothing
// is shown that was asked fewer than three times.
const (
	ShownFrom    = 3
	longestAsked = 60
	// askedADay bounds what one day may fill.
	askedADay = 2000
	askedDays = 90
	// tallyLasts is how long counts wait in the process, so that answering
	// does not write; what a crash loses of them is no loss.
	tallyLasts = time.Minute
	tallyHolds = 500
)

// Asked is how often something was asked on a day.
type Asked struct {
	bun.BaseModel `bun:"table:search_asked,alias:asked"`
	database.Owned
	ID    id.ID `bun:",pk"`
	Query string
	Day   string
	Found bool
	Times int
}

// asking is one thing asked in one community.
type asking struct {
	tenant id.ID
	day    string
	query  string
	found  bool
}

// tally counts until it is written down.
type tally struct {
	mu      sync.Mutex
	times   map[asking]int
	written time.Time
}

// Note counts what was asked and whether a piece has all of it. The zone says
// which day it is.
func (s *Search) Note(ctx context.Context, tenant id.ID, text string, found bool, zone *time.Location) error {
	text = strings.ToLower(Line(text))
	// An address or a number may be somebody's.
	if text == "" || utf8.RuneCountInString(text) > longestAsked || strings.Contains(text, "@") || manyDigits(text) {
		return nil
	}
	now := s.Clock.Now()
	s.tally.mu.Lock()
	if s.tally.times == nil {
		s.tally.times, s.tally.written = map[asking]int{}, now
	}
	s.tally.times[asking{tenant, now.In(zone).Format(time.DateOnly), text, found}]++
	due := len(s.tally.times) >= tallyHolds || now.Sub(s.tally.written) >= tallyLasts
	s.tally.mu.Unlock()
	if !due {
		return nil
	}
	return s.WriteDown(ctx)
}

func manyDigits(text string) bool {
	digits := 0
	for _, sign := range text {
		if sign >= '0' && sign <= '9' {
			digits++
		}
	}
	return digits > 5
}

// WriteDown puts the counts of this process into the store.
func (s *Search) WriteDown(ctx context.Context) error {
	s.tally.mu.Lock()
	times := s.tally.times
	s.tally.times, s.tally.written = map[asking]int{}, s.Clock.Now()
	s.tally.mu.Unlock()
	byTenant := map[id.ID]map[asking]int{}
	for one, count := range times {
		if byTenant[one.tenant] == nil {
			byTenant[one.tenant] = map[asking]int{}
		}
		byTenant[one.tenant][one] = count
	}
	for tenant, asked := range byTenant {
		err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			for one, count := range asked {
				if err := s.writeDown(ctx, tx, one, count); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("count what was asked: %w", err)
		}
	}
	return nil
}

func (s *Search) writeDown(ctx context.Context, tx database.Tx, one asking, count int) error {
	_, err := tx.Exec(ctx, `INSERT INTO search_asked (tenant_id, id, query, day, found, times)
		SELECT ?tenant, ?0, ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM search_asked WHERE tenant_id = ?tenant AND day = ?2) < ?5
		ON CONFLICT (tenant_id, day, query, found) DO UPDATE SET times = search_asked.times + excluded.times`,
		id.New(s.Clock.Now()), one.query, one.day, one.found, count, askedADay)
	if err != nil || !one.found {
		return err
	}
	var days []string
	err = tx.Query(ctx, &days, "SELECT day FROM search_asked WHERE tenant_id = ?tenant AND query = ?0 AND found = ?1 ORDER BY day DESC LIMIT ?2",
		one.query, true, ShownFrom)
	if err != nil || len(days) < ShownFrom {
		return err
	}
	return s.hintQuery(ctx, tx, one.query)
}

// Sought is something that people seek, over the days that are kept.
type Sought struct {
	Query string
	Found bool
	Times int
	Last  string
}

// Sought lists what was asked most: what was not found, or what was.
func (s *Search) Sought(ctx context.Context, tenant id.ID, found bool, limit int) (list []Sought, err error) {
	if err := s.WriteDown(ctx); err != nil {
		return nil, err
	}
	since := s.Clock.Now().AddDate(0, 0, -askedDays).Format(time.DateOnly)
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &list, `SELECT query, found, sum(times) AS times, max(day) AS last FROM search_asked
			WHERE tenant_id = ?tenant AND day >= ?0 AND found = ?1
			GROUP BY query, found HAVING sum(times) >= ?2 ORDER BY 3 DESC, 4 DESC, 1 LIMIT ?3`, since, found, ShownFrom, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("read what was asked: %w", err)
	}
	return list, nil
}

// ForgetAsked drops the days that are no longer kept.
func (s *Search) ForgetAsked(ctx context.Context, tenant id.ID) error {
	before := s.Clock.Now().AddDate(0, 0, -askedDays).Format(time.DateOnly)
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*Asked)(nil)).Where("day < ?", before).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget what was asked: %w", err)
	}
	return nil
}
