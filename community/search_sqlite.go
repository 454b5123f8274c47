package community

import (
	"context"
	"strings"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// matchingSQLite asks FTS5. Terms are letters and digits, quoted all the same:
// FTS5 has words of its own.
func matchingSQLite(groups [][]string, all bool) condition {
	joint := " OR "
	if all {
		joint = " AND "
	}
	parts := make([]string, len(groups))
	for n, group := range groups {
		parts[n] = `("` + strings.Join(group, `" OR "`) + `")`
	}
	return condition{"id IN (SELECT rowid FROM search_terms WHERE search_terms MATCH ?)", []any{strings.Join(parts, joint)}}
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
