package community

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// MostLookedAt is how many answers a search looks at: the last that were
// written, and half as many of the last that have a word in their title. What
// thousands of pieces say costs no more than what some hundreds do, and nobody
// leafs through more.
const MostLookedAt = 200

// match is a document that matches: what filters and ranking need of it.
type match struct {
	bun.BaseModel `bun:"table:search_documents,alias:document"`
	database.Owned
	ID       id.ID `bun:",pk"`
	Kind     Kind
	PieceID  id.ID
	Language string
	Commune  string
	GroupID  id.ID     `bun:",nullzero"`
	StartsAt time.Time `bun:",nullzero"`
	EndsAt   time.Time `bun:",nullzero"`
	PostedAt time.Time
	Score    int `bun:",scanonly"`
}

// speaks tells that it is in a language, or in the community's own.
func (m match) speaks(language string) bool { return m.Language == "" || m.Language == language }

// lookup is what is asked of the index.
type lookup struct {
	asked []wanted
	// loose is content with any of the words.
	loose bool
	most  int
	// whole looks at all that match, narrowed, instead of the last written.
	whole func(rows *bun.SelectQuery)
}

// look returns matches in no order: more than the most that it looks at tell
// that there are others.
func (l lookup) look(ctx context.Context, tx database.Tx) (matches []match, err error) {
	most := l.most + 1
	if l.whole != nil {
		most = unbounded
	}
	documents := matching(tx, l.asked, l.loose, most)
	score, args := l.score(tx, most)
	rows := tx.Select(&matches).Column("id", "kind", "piece_id", "language", "commune", "group_id", "starts_at", "ends_at", "posted_at").
		ColumnExpr(score+" AS score", args...).Where(documents.sql, documents.args...)
	if l.whole != nil {
		l.whole(rows)
		rows.OrderExpr("score DESC, posted_at DESC").Limit(int64(l.most) + 1)
	}
	err = rows.Scan(ctx)
	return matches, err
}

// score is the sum of what each word counts.
func (l lookup) score(tx database.Tx, most int) (sum string, args []any) {
	var scores []string
	for _, one := range l.asked {
		score := "CASE WHEN title_terms LIKE ? THEN 8" + strings.Repeat(" WHEN title_terms LIKE ? THEN 6", len(one.others)) +
			" WHEN place_terms LIKE ? THEN 4"
		for _, term := range append([]string{one.term}, one.others...) {
			args = append(args, "% "+term+" %")
		}
		args = append(args, "% "+one.term+" %")
		when := func(words wanted, points string) {
			has := having(tx, words, most)
			score += " WHEN " + has.sql + " THEN " + points
			args = append(args, has.args...)
		}
		switch {
		case l.loose && len(one.others) > 0:
			when(wanted{word: one.word}, "2")
			when(one, "1")
			score += " ELSE 0 END"
		case l.loose:
			when(one, "2")
			score += " ELSE 0 END"
		case len(one.others) > 0:
			when(wanted{word: one.word}, "2")
			score += " ELSE 1 END"
		default:
			score += " ELSE 2 END"
		}
		scores = append(scores, score)
	}
	return "(" + strings.Join(scores, " + ") + ")", args
}

// condition is an engine's way to say which documents match.
type condition struct {
	sql  string
	args []any
}

// unbounded looks at all that match.
const unbounded = -1

// matching are the last documents with all of the words, or with any, most of
// them, and half as many of the last that have one in their title.
func matching(tx database.Tx, asked []wanted, loose bool, most int) condition {
	var groups [][]string
	var titles []string
	for _, one := range asked {
		terms := append([]string{one.term}, one.others...)
		groups = append(groups, prefixed(tx.Tenant, terms))
		titles = append(titles, titled(tx.Tenant, terms)...)
	}
	if tx.Engine == database.PostgreSQL {
		return matchingPostgres(groups, titles, loose, most)
	}
	return matchingSQLite(groups, titles, loose, most)
}

// having are, among the last matches, those with a word or what may stand for
// it.
func having(tx database.Tx, one wanted, most int) condition {
	terms := prefixed(tx.Tenant, append([]string{one.term}, one.others...))
	if tx.Engine == database.PostgreSQL {
		return havingPostgres(terms)
	}
	return condition{"id IN (" + newestSQLite + ")", []any{anySQLite(terms), most}}
}
