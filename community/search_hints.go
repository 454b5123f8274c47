package community

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// What a search box proposes beside pieces.
const (
	PlaceHint Kind = "place"
	QueryHint Kind = "query"
)

const (
	hintsShown = 8
	// hintsRead bounds what is looked through for the words before the last.
	hintsRead   = 120
	minHintSign = 2
)

// Hint is something that a word begins: the path answers.
type Hint struct {
	bun.BaseModel `bun:"table:search_hints,alias:hint"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Term       string
	Kind       Kind
	Rank       int
	Label      string
	Path       string
	DocumentID id.ID
	// Language is that of a translation, which its readers alone are shown.
	Language string
}

// hintsOfRank is how many of each rank a box proposes at most.
var hintsOfRank = []int{3, 3, 4, hintsShown}

// hintRank puts places and groups before the many pieces.
func hintRank(kind Kind) int {
	switch kind {
	case PlaceHint:
		return 0
	case GroupKind:
		return 1
	case QueryHint, ListingKind, Guide:
		return 2
	}
	return 3
}

// Hints proposes at most eight things that have the words, of which the last
// may be unfinished.
func (s *Search) Hints(ctx context.Context, tenant id.ID, text string) ([]Hint, error) {
	var asked []string
	for _, one := range analyse(Line(text)) {
		asked = append(asked, fold(Line(text)[one.start:one.end]))
	}
	if len(asked) == 0 || len(asked) > maxQueryTerms || len(asked[len(asked)-1]) < minHintSign {
		return nil, nil
	}
	prefix := asked[len(asked)-1]
	var hints []Hint
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for rank, most := range hintsOfRank {
			var rows []Hint
			err := tx.Select(&rows).Column("term", "kind", "rank", "label", "path").Where("rank = ?", rank).
				Where("language IN ('', ?)", words.LanguageOf(ctx)).
				Where("term >= ?", prefix).Where("term < ?", prefix+"\U0010ffff").
				OrderExpr("rank, term, kind, label").Limit(hintsRead).Scan(ctx)
			if err != nil {
				return err
			}
			hints = append(hints, chosen(rows, asked[:len(asked)-1], min(most, hintsShown-len(hints)))...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("propose: %w", err)
	}
	return hints, nil
}

// chosen are the first rows that lead to different things and have the words.
func chosen(rows []Hint, words []string, most int) []Hint {
	var hints []Hint
	for _, one := range rows {
		if len(hints) == most {
			break
		}
		known := slices.ContainsFunc(hints, func(other Hint) bool { return samePiece(other, one) })
		if !known && holdsWords(one.Label, words) {
			hints = append(hints, one)
		}
	}
	return hints
}

// samePiece tells that two hints lead to one thing, whose address ends in its
// title in any of its languages.
func samePiece(a, b Hint) bool {
	if !a.Kind.Known() || !b.Kind.Known() {
		return a.Path == b.Path
	}
	first, _, _ := strings.Cut(a.Path, "-")
	second, _, _ := strings.Cut(b.Path, "-")
	return first == second
}

func holdsWords(label string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	all := foldedWords(label)
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(all, word) })
}

func foldedWords(text string) []string {
	var all []string
	for _, one := range analyse(text) {
		if word := fold(text[one.start:one.end]); !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// hint keeps what the box proposes in step with a document.
func (s *Search) hint(ctx context.Context, tx database.Tx, document *Document) error {
	rows := s.hintsFor(document.Title, document.Kind, document.Path, document.ID)
	if document.Translated {
		for n := range rows {
			rows[n].Language = document.Language
		}
	}
	if document.Commune != "" {
		rows = append(rows, s.hintsFor(document.Commune, PlaceHint, CommunePath(document.Commune), 0)...)
	}
	return insertHints(ctx, tx, rows)
}

// CommunePath is the address of what a commune has to find.
func CommunePath(commune string) string {
	return "/chercher?" + url.Values{"q": {commune}, "lieu": {commune}}.Encode()
}

func (s *Search) hintQuery(ctx context.Context, tx database.Tx, query string) error {
	return insertHints(ctx, tx, s.hintsFor(query, QueryHint, "/chercher?"+url.Values{"q": {query}}.Encode(), 0))
}

func (s *Search) hintsFor(label string, kind Kind, path string, document id.ID) []Hint {
	var rows []Hint
	for _, word := range foldedWords(label) {
		rows = append(rows, Hint{ID: id.New(s.Clock.Now()), Term: word, Kind: kind, Rank: hintRank(kind), Label: strings.TrimSpace(label), Path: path, DocumentID: document})
	}
	return rows
}

func insertHints(ctx context.Context, tx database.Tx, rows []Hint) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Insert(&rows).On("CONFLICT (tenant_id, rank, term, kind, label, document_id) DO NOTHING").Exec(ctx)
	return err
}

// forgetHints drops what led to a document, and its commune with the last one
// there.
func forgetHints(ctx context.Context, tx database.Tx, document Document) error {
	if _, err := tx.Delete((*Hint)(nil)).Where("document_id = ?", document.ID).Exec(ctx); err != nil || document.Commune == "" {
		return err
	}
	others, err := tx.Select((*Document)(nil)).Where("commune = ?", document.Commune).Where("commune <> ''").Where("id <> ?", document.ID).Exists(ctx)
	if err != nil || others {
		return err
	}
	_, err = tx.Delete((*Hint)(nil)).Where("document_id = 0").Where("kind = ?", PlaceHint).Where("label = ?", document.Commune).Exec(ctx)
	return err
}
