package world

import (
	"context"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Plan is how the engine would go about a statement, step by step, as a tenant.
// Tables of tests are small: PostgreSQL would read them whole, were it not told
// otherwise.
func Plan(t testing.TB, db *database.DB, tenant id.ID, statement string) (steps []string) {
	t.Helper()
	err := db.Read(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		if tx.Engine == database.PostgreSQL {
			if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off /* ?tenant */"); err != nil {
				return err
			}
			return tx.Query(ctx, &steps, "EXPLAIN "+statement)
		}
		var rows []struct {
			ID, Parent, Notused int
			Detail              string
		}
		err := tx.Query(ctx, &rows, "EXPLAIN QUERY PLAN "+statement)
		for _, row := range rows {
			steps = append(steps, strings.TrimSpace(row.Detail))
		}
		return err
	})
	if err != nil {
		t.Errorf("%s: %v", statement, err)
	}
	return steps
}
