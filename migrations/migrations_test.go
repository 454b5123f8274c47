package migrations_test

import (
	"testing"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/world"
)

func TestEveryTableWithATenantIsClosedAndPlannedForNewcomers(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	if w.DB.Engine != database.PostgreSQL {
		return // SQLite has no roles, and its planner no statistics.
	}
	var tables []struct {
		Name       string
		Closed     bool
		Statistics int
	}
	err := w.DB.Owner().NewRaw(`SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS closed, attstattarget AS statistics
		FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE attname = 'tenant_id' AND relkind = 'r' AND relnamespace = current_schema::regnamespace`).Scan(t.Context(), &tables)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 40 {
		t.Errorf("%d tables only: this proves nothing", len(tables))
	}
	for _, table := range tables {
		if operators := table.Name == "domains" || table.Name == "suspensions"; !table.Closed && !operators {
			t.Errorf("%s is open to every tenant: {{.Owned}} is missing", table.Name)
		}
		if table.Statistics != 1 {
			t.Errorf("%s has statistics about every tenant, see 0031", table.Name)
		}
	}
}
