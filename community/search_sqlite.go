package community

import (
	"context"
	"strings"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// newestSQLite asks FTS5, which reads the last rows first.
const newestSQLite = "SELECT rowid FROM (SELECT rowid FROM search_terms WHERE search_terms MATCH ? ORDER BY rowid DESC LIMIT ?)"

// anySQLite writes "one of these". Terms are letters and digits, quoted all the
// same: FTS5 has words of its own.
func anySQLite(terms []string) string { return `("` + strings.Join(terms, `" OR "`) + `")` }

func matchingSQLite(groups [][]string, titles []string, loose bool, most int) condition {
	joint := " AND "
	if loose {
		joint = " OR "
	}
	parts := make([]string, len(groups))
	for n, group := range groups {
		parts[n] = anySQLite(group)
	}
	whole := "(" + strings.Join(parts, joint) + ")"
	if most == unbounded {
		return condition{"id IN (" + newestSQLite + ")", []any{whole, most}}
	}
	return condition{"id IN (" + newestSQLite + " UNION " + newestSQLite + ")", []any{whole, most, whole + " AND " + anySQLite(titles), most / 2}}
}

func indexSQLite(ctx context.Context, tx database.Tx, document id.ID, terms []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO search_terms (rowid, terms)
		SELECT id, ?0 FROM search_documents WHERE tenant_id = ?tenant AND id = ?1`, strings.Join(terms, " "), document)
	return err
}

func forgetSQLite(ctx context.Context, tx database.Tx, document id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM search_terms WHERE rowid IN
		(SELECT id FROM search_documents WHERE tenant_id = ?tenant AND id = ?0)`, document)
	return err
}
