package main_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

// readings collects what pages read, one statement of each form.
type readings struct {
	mu  sync.Mutex
	all map[string]string
}

var literals = regexp.MustCompile(`'(?:[^']|'')*'|\b\d+\b`)

func (r *readings) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *readings) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	query := strings.TrimSpace(event.Query)
	if verb, _, _ := strings.Cut(strings.ToUpper(query), " "); verb != "SELECT" && verb != "WITH" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if form := literals.ReplaceAllString(query, "?"); r.all[form] == "" {
		r.all[form] = query
	}
}

var (
	// whole is a table that is read from end to end, or for all of a tenant's rows.
	whole = regexp.MustCompile(`^SCAN (\w+)$|^SEARCH (\w+) .*\(tenant_id=\?\)$|Seq Scan on (\w+)`)
	// allowed are those that are few, by nature or since the index gives them in
	// the order that is asked for.
	allowed = regexp.MustCompile(`^(tenant|tenants|domain|domains|grp|plan|plans|CONSTANT)$|USING INDEX posts_feed`)
)

// areByIndex asks the engine how it goes about each statement, under row-level
// security where there is some.
func (r *readings) areByIndex(t *testing.T, db *database.DB, tenant id.ID) {
	r.mu.Lock()
	queries := slices.Sorted(maps.Values(r.all))
	r.mu.Unlock()
	if len(queries) < 80 {
		t.Errorf("%d statements only: this proves nothing", len(queries))
	}
	for _, query := range queries {
		// A question mark would be taken for an argument.
		statement := strings.ReplaceAll(query, "?", `\?`) + " /* ?tenant */"
		for _, step := range world.Plan(t, db, tenant, statement) {
			found := whole.FindStringSubmatch(strings.TrimSpace(step))
			if found != nil && !allowed.MatchString(strings.Join(found[1:], "")) && !allowed.MatchString(step) {
				t.Errorf("%s\n\t%s", query, step)
			}
		}
	}
}
