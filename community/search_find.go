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
	// Total is how many there are. MoreThan is not zero when there are others
	// beside the Total, and how many they are together at least.
	Total    int
	MoreThan int
	// How many there would be, were one filter chosen instead. Partly tells that
	// not all were looked at to count them.
	Counts   map[Kind]int
	Communes []Place
	Groups   map[id.ID]int
	Periods  map[Period]int
	Partly   bool

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
		seek := lookup{asked: asked, most: cmp.Or(s.Most, MostLookedAt)}
		matches, err := seek.look(ctx, tx)
		if err == nil && len(matches) == 0 && len(asked) > 1 {
			found.Loose, seek.loose = true, true
			matches, err = seek.look(ctx, tx)
		}
		if err != nil {
			return err
		}
		within := s.spans(query.Zone)
		found.Partly = len(matches) > seek.most
		found.among(len(matches), seek.most)
		matches = once(matches, words.LanguageOf(ctx))
		found.count(matches, query, within)
		if found.Partly && query.Narrowed() {
			// Among those that were not looked at there may be some as well.
			seek.whole = func(rows *bun.SelectQuery) { within.narrow(rows, query) }
			if matches, err = seek.look(ctx, tx); err != nil {
				return err
			}
			found.among(len(matches), seek.most)
			matches = once(matches, words.LanguageOf(ctx))
		} else {
			matches = slices.DeleteFunc(matches, func(one match) bool { return !one.meets(query, within) })
		}
		return found.show(ctx, tx, matches, asked)
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// among notes whether all matches were looked at.
func (f *Found) among(matches, most int) {
	f.MoreThan = 0
	if matches > most {
		f.MoreThan = most
	}
}

// show reads the answers of one page.
func (f *Found) show(ctx context.Context, tx database.Tx, matches []match, asked []wanted) error {
	f.Total = len(matches)
	f.Pages = max(1, (f.Total+FoundAPage-1)/FoundAPage)
	f.Page = min(f.Page, f.Pages)
	rank(matches, words.LanguageOf(ctx))
	first := (f.Page - 1) * FoundAPage
	var ids []id.ID
	for _, one := range matches[first:min(first+FoundAPage, f.Total)] {
		ids = append(ids, one.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var documents []Document
	if err := tx.Select(&documents).Where("id IN (?)", list(ids)).Scan(ctx); err != nil {
		return err
	}
	slices.SortFunc(documents, func(a, b Document) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	for _, document := range documents {
		f.Hits = append(f.Hits, Hit{document, snippet(document.Text, asked)})
	}
	return nil
}

// once leaves out what is found in the reader's language as well.
func once(matches []match, language string) []match {
	if language == "" {
		return matches
	}
	read := map[id.ID]bool{}
	for _, one := range matches {
		if one.Language == language {
			read[one.PieceID] = true
		}
	}
	return slices.DeleteFunc(matches, func(one match) bool { return !one.speaks(language) && read[one.PieceID] })
}

// rank puts the reader's language first; then a word in the title counts most,
// then in the place; the word itself before its synonyms; then the newest.
func rank(matches []match, language string) {
	slices.SortFunc(matches, func(a, b match) int {
		if language != "" && a.speaks(language) != b.speaks(language) {
			if a.speaks(language) {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Score-a.Score, b.PostedAt.Compare(a.PostedAt), cmp.Compare(b.ID, a.ID))
	})
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

// of are the bounds of a period.
func (s spans) of(period Period) (from, to time.Time) {
	if period == ThisWeek {
		return s.week, s.nextWeek
	}
	return s.month, s.nextMonth
}

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
	if query.Period != AnyTime {
		from, to := s.of(query.Period)
		rows.Where("(starts_at IS NULL AND posted_at >= ? OR starts_at < ? AND ends_at > ?)", from, to, s.now)
	}
	return rows
}

// in is what narrow asks of the period, of a row that has been read.
func (m match) in(period Period, s spans) bool {
	if period == AnyTime {
		return true
	}
	from, to := s.of(period)
	if m.StartsAt.IsZero() {
		return !m.PostedAt.Before(from)
	}
	return m.StartsAt.Before(to) && m.EndsAt.After(s.now)
}

// meets is what narrow asks, of a row that has been read.
func (m match) meets(query Query, s spans) bool {
	return (query.Kind == "" || m.Kind == query.Kind) && (query.Commune == "" || m.Commune == query.Commune) &&
		(query.Group == 0 || m.GroupID == query.Group) && m.in(query.Period, s)
}

// count tells for each filter what it would leave, the others standing.
func (f *Found) count(matches []match, query Query, s spans) {
	communes := map[string]int{}
	f.Groups, f.Periods = map[id.ID]int{}, map[Period]int{}
	anyKind, anyCommune, anyGroup, anyTime := query, query, query, query
	anyKind.Kind, anyCommune.Commune, anyGroup.Group, anyTime.Period = "", "", 0, AnyTime
	for _, one := range matches {
		if one.meets(anyKind, s) {
			f.Counts[one.Kind]++
		}
		if one.Commune != "" && one.meets(anyCommune, s) {
			communes[one.Commune]++
		}
		if one.GroupID != 0 && one.meets(anyGroup, s) {
			f.Groups[one.GroupID]++
		}
		if one.meets(anyTime, s) {
			for _, period := range []Period{AnyTime, ThisWeek, ThisMonth} {
				if one.in(period, s) {
					f.Periods[period]++
				}
			}
		}
	}
	for name, total := range communes {
		f.Communes = append(f.Communes, Place{name, total})
	}
	slices.SortFunc(f.Communes, func(a, b Place) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
}
