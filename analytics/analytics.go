// Package analytics counts what a community's pages are looked at, without a
// cookie, an address or any mark of a person: each count stands alone, by day.
package analytics

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
)

// What is counted.
const (
	Page     = "page"     // by route
	Piece    = "piece"    // by route and identifier
	Referrer = "referrer" // by host, of those who came from elsewhere
	Entrance = "entrance" // by profile
	Campaign = "campaign" // by number of a newsletter, from whose links people come
)

// How an address says by which entrance somebody came, and from which
// newsletter.
const (
	EntranceParameter = "entree"
	CampaignParameter = "lettre"
)

// Counts are kept in memory for so long; a crash loses no more than these.
const flushEvery = 5 * time.Second

// How much a day's counts may hold, whoever makes up names.
const (
	namesADay   = 300
	cellsAtMost = 20_000
	rowsAtOnce  = 1_000
	longestName = 100
	// Others stands for the names beyond those.
	Others = "…"
)

// Audience counts.
type Audience struct {
	DB    *database.DB
	Clock clock.Clock

	mu    sync.Mutex
	cells map[cell]int64
	// names are those that a day has already, where people make them up.
	names map[heading]map[string]bool
	day   string
}

type heading struct {
	tenant id.ID
	what   string
}

// cell is a count by day.
type cell struct {
	tenant          id.ID
	what, day, name string
}

// Visit is a page that was looked at.
type Visit struct {
	Tenant id.ID
	Zone   *time.Location
	// Route is the page's kind: "/bons-plans/:id". Piece is the one on it.
	Route string
	Piece id.ID
}

// Count notes a visit, unless a program made it. It takes no longer than a
// look into a table.
func (a *Audience) Count(visit Visit, request *http.Request) {
	if Program(request) {
		return
	}
	day := a.Clock.Now().In(visit.Zone).Format(time.DateOnly)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cells == nil {
		a.cells = map[cell]int64{}
	}
	a.add(cell{visit.Tenant, Page, day, visit.Route}, 1)
	if visit.Piece != 0 {
		a.add(cell{visit.Tenant, Piece, day, strings.Replace(visit.Route, ":id", visit.Piece.String(), 1)}, 1)
	}
	if from := referrer(request); from != "" {
		a.add(cell{visit.Tenant, Referrer, day, a.named(visit.Tenant, Referrer, day, from)}, 1)
	}
	if strings.Contains(request.URL.RawQuery, EntranceParameter+"=") {
		entrance := request.URL.Query().Get(EntranceParameter)
		if _, known := membership.EntranceAt(entrance); known {
			a.add(cell{visit.Tenant, Entrance, day, entrance}, 1)
		}
	}
	if strings.Contains(request.URL.RawQuery, CampaignParameter+"=") {
		if number, err := strconv.Atoi(request.URL.Query().Get(CampaignParameter)); err == nil && number > 0 {
			a.add(cell{visit.Tenant, Campaign, day, a.named(visit.Tenant, Campaign, day, strconv.Itoa(number))}, 1)
		}
	}
}

func (a *Audience) add(one cell, views int64) {
	if _, exists := a.cells[one]; exists || len(a.cells) < cellsAtMost {
		a.cells[one] += views
	}
}

// named keeps a day's names few: anybody can send any.
func (a *Audience) named(tenant id.ID, what, day, name string) string {
	if a.day != day {
		a.day, a.names = day, map[heading]map[string]bool{}
	}
	names := a.names[heading{tenant, what}]
	if names == nil {
		names = map[string]bool{}
		a.names[heading{tenant, what}] = names
	}
	if !names[name] && len(names) >= namesADay {
		return Others
	}
	names[name] = true
	return name
}

// referrer is the host from which somebody came, if it is another one.
func referrer(request *http.Request) string {
	header := request.Header.Get("Referer")
	if header == "" {
		return ""
	}
	from, err := url.Parse(header)
	if err != nil || from.Host == request.Host || from.Scheme != "http" && from.Scheme != "https" {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(from.Hostname()), "www.")
	if host == "" || len(host) > longestName || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return ""
	}
	return host
}

// programs are parts of the names by which programs call themselves.
var programs = []string{"bot", "Bot", "crawl", "Crawl", "spider", "Spider", "://", "Headless", "curl/", "python", "Python", "Go-http", "Java/", "preview", "Lighthouse", "monitor"}

// Program tells whether a request comes from a program that says so, or from a
// browser that only loads ahead.
func Program(request *http.Request) bool {
	agent := request.Header.Get("User-Agent")
	if !strings.HasPrefix(agent, "Mozilla/") && !strings.HasPrefix(agent, "Opera/") {
		return true // all browsers begin so
	}
	for _, part := range programs {
		if strings.Contains(agent, part) {
			return true
		}
	}
	return request.Header.Get("Sec-Purpose") != "" || request.Header.Get("Purpose") == "prefetch"
}

// row is a count in the store.
type row struct {
	bun.BaseModel `bun:"table:audience,alias:audience"`
	database.Owned
	What  string `bun:",pk"`
	Day   string `bun:",pk"`
	Name  string `bun:",pk"`
	Views int64
}

// Run keeps the counts every few seconds until the context ends. What was
// counted since is for the caller to Flush, after the last request.
func (a *Audience) Run(ctx context.Context) {
	for clock.Wait(ctx, flushEvery) == nil {
		if err := a.Flush(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "keep audience figures", "error", err)
		}
	}
}

// Flush brings the counts to the store, those of all communities in one
// statement; what fails is tried again. No tenant's transaction is used: its
// pages have not changed and stay in memory.
func (a *Audience) Flush(ctx context.Context) error {
	a.mu.Lock()
	cells := a.cells
	a.cells = map[cell]int64{}
	a.mu.Unlock()
	rows := make([]row, 0, len(cells))
	for one, views := range cells {
		rows = append(rows, row{Owned: database.Owned{TenantID: one.tenant}, What: one.what, Day: one.day, Name: one.name, Views: views})
	}
	for len(rows) > 0 {
		part := rows[:min(len(rows), rowsAtOnce)]
		err := a.DB.System(ctx, "audience figures", func(ctx context.Context, db bun.IDB) error {
			_, err := db.NewInsert().Model(&part).On("CONFLICT (tenant_id, what, day, name) DO UPDATE").
				Set("views = audience.views + EXCLUDED.views").Exec(ctx)
			return err
		})
		if err != nil {
			a.again(rows)
			return fmt.Errorf("keep views: %w", err)
		}
		rows = rows[len(part):]
	}
	return nil
}

func (a *Audience) again(rows []row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range rows {
		a.add(cell{one.TenantID, one.What, one.Day, one.Name}, one.Views)
	}
}
