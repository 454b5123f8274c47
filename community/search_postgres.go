package community

import (
	"context"
	"strings"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// matchingPostgres asks the function that may use the index under row-level
// security. Each group of terms is one word and what may stand for it.
func matchingPostgres(groups [][]string, all bool) condition {
	joint := " | "
	if all {
		joint = " & "
	}
	parts := make([]string, len(groups))
	for n, group := range groups {
		parts[n] = "('" + strings.Join(group, "' | '") + "')"
	}
	return condition{"id IN (SELECT search_matching(?))", []any{strings.Join(parts, joint)}}
}

func indexPostgres(ctx context.Context, tx database.Tx, document id.ID, terms []string) error {
	_, err := tx.Exec(ctx, `UPDATE search_documents SET terms = array_to_tsvector(string_to_array(?0, ' '))
		WHERE tenant_id = ?tenant AND id = ?1`, strings.Join(terms, " "), document)
	return err
}
