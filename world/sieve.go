package world

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"
)

// sieve fails the test at any statement that touches rows without saying
// whose they are.
type sieve struct{ t testing.TB }

func (s sieve) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

var rowStatement = regexp.MustCompile(`(?i)^\s*(with|select|insert|update|delete)\b`)

// untenanted names the tables that belong to nobody, and the statements of the
// operator and the relay, which are theirs to make.
var untenanted = regexp.MustCompile(`(?i)\b(tenants|domains|staff|staff_links|staff_sessions|bun_migrations|bun_migration_locks|pg_\w+|sqlite_master|outbox)\b`)

func (s sieve) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	query := event.Query
	if !rowStatement.MatchString(query) || strings.Contains(query, "tenant_id") || untenanted.MatchString(query) {
		return
	}
	if !strings.Contains(strings.ToUpper(query), "FROM") && !strings.Contains(strings.ToUpper(query), "INTO") {
		return
	}
	s.t.Errorf("statement on a tenant's table without its tenant: %.300s", query)
}
