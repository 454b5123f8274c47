package community

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// FoundAPage is how many answers a page shows.
const FoundAPage = 15

// Period is a stretch of time around now: pieces were posted in it, events take
// place in it.
type Period string

// The periods.
const (
	AnyTime   Period = ""
	ThisWeek  Period = "week"
	ThisMonth Period = "month"
)

// Query is what somebody seeks; what is zero does not narrow it.
type Query struct {
	Text    string
	Kind    Kind
	Commune string
	Group   id.ID
	Period  Period
	// Zone is where its weeks and months are those of the calendar.
	Zone *time.Location
	// Synonyms are the community's own: groups of words, "crêpe, galette".
	Synonyms []string
	Page     int
}

// Narrowed tells that there is more to it than words.
func (q Query) Narrowed() bool {
	return q.Kind != "" || q.Commune != "" || q.Group != 0 || q.Period != AnyTime
}

// Found is the answer to a query.
type Found struct {
	// Understood is the query as it was answered, when typos were mended.
	Understood string
	// Loose tells that no piece has all the words, and these have some.
	Loose bool
	Total int
	// How many there would be, were one filter chosen instead.
	Counts   map[Kind]int
	Communes []Place
	Groups   map[id.ID]int
	Periods  map[Period]int

	Page  int
	Pages int
	Hits  []Hit
}

// Place is a commune and how many answers it has.
type Place struct {
	Name  string
	Count int
}

// Hit is one answer with the words that matched.
type Hit struct {
	Document
	Snippet []Segment
}

// Find answers plain words, a page of one kind or of all.
func (s *Search) Find(ctx context.Context, tenant id.ID, text string, kind Kind, page int) (*Found, error) {
	return s.Answer(ctx, tenant, Query{Text: text, Kind: kind, Page: page})
}

// Answer answers a query. None is an error: one without words finds nothing.
func (s *Search) Answer(ctx context.Context, tenant id.ID, query Query) (*Found, error) {
	found := &Found{Page: max(query.Page, 1), Pages: 1, Counts: map[Kind]int{}}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		asked, err := s.understand(ctx, tx, found, Line(query.Text), readSynonyms(query.Synonyms))
		if err != nil || len(asked) == 0 {
			return err
		}
		within := s.spans(query.Zone)
		match := matching(tx, asked, true).once(ctx, tx)
		groups, err := tallied(ctx, tx, match, within)
		if err != nil {
			return err
		}
		if len(groups) == 0 && len(asked) > 1 {
			found.Loose = true
			match = matching(tx, asked, false).once(ctx, tx)
			if groups, err = tallied(ctx, tx, match, within); err != nil {
				return err
			}
		}
		found.count(groups, query)
		found.Pages = max(1, (found.Total+FoundAPage-1)/FoundAPage)
		found.Page = min(found.Page, found.Pages)
		if found.Total == 0 {
			return nil
		}
		var documents []Document
		rows := within.narrow(tx.Select(&documents).Where(match.sql, match.args...), query)
		if language := words.LanguageOf(ctx); language != "" {
			rows.OrderExpr("CASE WHEN language IN ('', ?) THEN 0 ELSE 1 END", language)
		}
		rank(tx, rows, asked, found.Loose)
		err = rows.Limit(FoundAPage).Offset(int64(found.Page-1) * FoundAPage).Scan(ctx)
		for _, document := range documents {
			found.Hits = append(found.Hits, Hit{document, snippet(document.Text, asked)})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// condition is an engine's way to say which documents match.
type condition struct {
	sql  string
	args []any
}

// once leaves out what is found in the reader's language as well.
func (c condition) once(ctx context.Context, tx database.Tx) condition {
	language := words.LanguageOf(ctx)
	if language == "" {
		return c
	}
	twice := condition{` NOT (language NOT IN ('', ?) AND piece_id IN
		(SELECT piece_id FROM search_documents WHERE tenant_id = ? AND language = ? AND ` + c.sql + "))",
		append([]any{language, tx.Tenant, language}, c.args...)}
	if tx.Engine != database.PostgreSQL {
		return condition{c.sql + " AND" + twice.sql, append(slices.Clone(c.args), twice.args...)}
	}
	// PostgreSQL believes that it would look for the other language anew at each
	// match, and reads the whole table instead, unless the matches come first.
	return condition{`id IN (SELECT id FROM (SELECT id, language, piece_id FROM search_documents
		WHERE tenant_id = ? AND ` + c.sql + " OFFSET 0) AS matched WHERE" + twice.sql + ")",
		append(append([]any{tx.Tenant}, c.args...), twice.args...)}
}

// matching are the documents with all of the words, or with any.
func matching(tx database.Tx, asked []wanted, all bool) condition {
	groups := make([][]string, len(asked))
	for n, word := range asked {
		groups[n] = prefixed(tx.Tenant, append([]string{word.term}, word.others...))
	}
	if tx.Engine == database.PostgreSQL {
		return matchingPostgres(groups, all)
	}
	return matchingSQLite(groups, all)
}

// spans are the periods' bounds.
type spans struct{ now, week, nextWeek, month, nextMonth time.Time }

func (s *Search) spans(zone *time.Location) spans {
	if zone == nil {
		zone = time.UTC
	}
	now := s.Clock.Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	monday := today.AddDate(0, 0, 1-weekday(today))
	first := today.AddDate(0, 0, 1-today.Day())
	return spans{now.UTC(), monday.UTC(), monday.AddDate(0, 0, 7).UTC(), first.UTC(), first.AddDate(0, 1, 0).UTC()}
}

const inPeriod = "(starts_at IS NULL AND posted_at >= ? OR starts_at < ? AND ends_at > ?)"

func (s spans) narrow(rows *bun.SelectQuery, query Query) *bun.SelectQuery {
	if query.Kind != "" {
		rows.Where("kind = ?", query.Kind)
	}
	if query.Commune != "" {
		rows.Where("commune = ?", query.Commune)
	}
	if query.Group != 0 {
		rows.Where("group_id = ?", query.Group)
	}
	switch query.Period {
	case ThisWeek:
		rows.Where(inPeriod, s.week, s.nextWeek, s.now)
	case ThisMonth:
		rows.Where(inPeriod, s.month, s.nextMonth, s.now)
	}
	return rows
}

// alike are the matches that no filter tells apart.
type alike struct {
	Kind        Kind
	Commune     string
	GroupID     id.ID
	Week, Month bool
	Total       int
}

func tallied(ctx context.Context, tx database.Tx, match condition, s spans) (all []alike, err error) {
	err = tx.Query(ctx, &all, `SELECT kind, commune, coalesce(group_id, 0) AS group_id,
		CASE WHEN `+inPeriod+` THEN TRUE ELSE FALSE END AS week, CASE WHEN `+inPeriod+` THEN TRUE ELSE FALSE END AS month, count(*) AS total
		FROM search_documents WHERE tenant_id = ?tenant AND `+match.sql+` GROUP BY 1, 2, 3, 4, 5`,
		append([]any{s.week, s.nextWeek, s.now, s.month, s.nextMonth, s.now}, match.args...)...)
	return all, err
}

func (a alike) in(period Period) bool {
	return period == AnyTime || period == ThisWeek && a.Week || period == ThisMonth && a.Month
}

// count tells for each filter what it would leave, the others standing.
func (f *Found) count(groups []alike, query Query) {
	communes := map[string]int{}
	f.Groups, f.Periods = map[id.ID]int{}, map[Period]int{}
	for _, one := range groups {
		kind := query.Kind == "" || one.Kind == query.Kind
		commune := query.Commune == "" || one.Commune == query.Commune
		group := query.Group == 0 || one.GroupID == query.Group
		period := one.in(query.Period)
		if commune && group && period {
			f.Counts[one.Kind] += one.Total
		}
		if kind && group && period && one.Commune != "" {
			communes[one.Commune] += one.Total
		}
		if kind && commune && period && one.GroupID != 0 {
			f.Groups[one.GroupID] += one.Total
		}
		if kind && commune && group {
			for _, span := range []Period{AnyTime, ThisWeek, ThisMonth} {
				if one.in(span) {
					f.Periods[span] += one.Total
				}
			}
		}
		if kind && commune && group && period {
			f.Total += one.Total
		}
	}
	for name, total := range communes {
		f.Communes = append(f.Communes, Place{name, total})
	}
	slices.SortFunc(f.Communes, func(a, b Place) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
}

// rank orders matches: a word in the title counts most, then in the place; the
// word itself before its synonyms; then the newest.
func rank(tx database.Tx, rows *bun.SelectQuery, asked []wanted, loose bool) {
	var score []string
	var args []any
	for _, one := range asked {
		score = append(score, "CASE WHEN title_terms LIKE ? THEN 8"+strings.Repeat(" WHEN title_terms LIKE ? THEN 6", len(one.others))+
			" WHEN place_terms LIKE ? THEN 4")
		for _, term := range append([]string{one.term}, one.others...) {
			args = append(args, "% "+term+" %")
		}
		args = append(args, "% "+one.term+" %")
		exact := matching(tx, []wanted{{word: one.word}}, true)
		score[len(score)-1] += " WHEN " + exact.sql + " THEN 2"
		args = append(args, exact.args...)
		if loose && len(one.others) > 0 {
			any := matching(tx, []wanted{one}, true)
			score[len(score)-1] += " WHEN " + any.sql + " THEN 1"
			args = append(args, any.args...)
		}
		last := " ELSE 1 END"
		if loose {
			last = " ELSE 0 END"
		}
		score[len(score)-1] += last
	}
	rows.OrderExpr("("+strings.Join(score, " + ")+") DESC", args...).OrderExpr("posted_at DESC, id DESC")
}
