package community

import (
	"context"
	"strings"

	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// matchingPostgres asks the function that may use the index under row-level
// security. Each group of terms is one word and what may stand for it.
func matchingPostgres(groups [][]string, titles []string, loose bool, most int) condition {
	var words []string
	for _, group := range groups {
		words = append(words, strings.Join(group, " "))
	}
	if loose {
		words = []string{strings.Join(words, " ")}
	}
	var bound any
	if most != unbounded {
		bound = most
	}
	return condition{"id IN (SELECT search_matching(?, ?, ?))", []any{pgdialect.Array(words), strings.Join(titles, " "), bound}}
}

// havingPostgres asks the terms of what has been found already.
func havingPostgres(terms []string) condition {
	return condition{`(SELECT its.terms && search_hashes(?) FROM search_terms AS its
		WHERE its.tenant_id = document.tenant_id AND its.id = document.id)`, []any{strings.Join(terms, " ")}}
}

func indexPostgres(ctx context.Context, tx database.Tx, document id.ID, terms []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO search_terms (tenant_id, id, terms) VALUES (?tenant, ?0, search_hashes(?1))`, document, strings.Join(terms, " "))
	return err
}

func forgetPostgres(ctx context.Context, tx database.Tx, document id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM search_terms WHERE tenant_id = ?tenant AND id = ?0`, document)
	return err
}
