// Package search answers what people look for.
package search

import (
	"cmp"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

type page struct {
	posts    *community.Service
	members  *membership.Service
	groups   *membership.Groups
	searches *notifications.Searches
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, groups *membership.Groups, searches *notifications.Searches) {
	p := page{posts, members, groups, searches}
	routes.Get("/chercher", kit.Anyone, p.show)
	routes.Get("/chercher/suggestions", kit.Anyone, p.suggest)
	routes.Post("/chercher/suivre", kit.SignedIn, p.follow)
	routes.Get("/chercher/arreter", kit.Anyone, p.askToStop)
	routes.Post("/chercher/arreter", kit.Anyone, p.stop)
	routes.Post("/moi/recherches/:id/arreter", kit.SignedIn, p.stopOwn)
}

// kinds are the filters, in their order.
var kinds = append(slices.Clone(community.Kinds), community.GroupKind, community.ListingKind)

// longestQuery is more than a sentence.
const longestQuery = 200

// answer is what the page shows.
type answer struct {
	community.Query
	*community.Found
	Hits []hit
	// Names are those of the groups that answers belong to.
	Names map[id.ID]membership.Group
	// Hints are shown where there is little to look for, or nothing found.
	Hints []community.Hint
}

// hit is an answer with its picture, and its author when it is a post.
type hit struct {
	community.Hit
	Piece   *cards.Piece
	Picture cards.Picture
}

// spoken is the language of what was found.
func (h hit) spoken(r *kit.Request) string { return cmp.Or(h.Language, r.Tenant.Settings.Language) }

func (p page) show(r *kit.Request) error {
	asked := answer{Query: queryOf(r, r.Query)}
	var err error
	if asked.Found, err = p.posts.Search.Answer(r.Context(), r.Tenant.ID, asked.Query); err != nil {
		return err
	}
	if asked.Hits, err = p.pictured(r, asked.Found.Hits); err != nil {
		return err
	}
	if asked.Names, err = p.groupNames(r, asked.Groups, asked.Group); err != nil {
		return err
	}
	if asked.all() == 0 {
		if asked.Hints, err = p.posts.Search.Hints(r.Context(), r.Tenant.ID, asked.Text); err != nil {
			return err
		}
	}
	if asked.Text != "" && !asked.Narrowed() && asked.Query.Page <= 1 {
		err := p.posts.Search.Note(r.Context(), r.Tenant.ID, asked.Text, asked.Total > 0 && !asked.Loose, r.Tenant.Location())
		if err != nil {
			slog.WarnContext(r.Context(), "search", "error", err) // the answer matters more than its count
		}
	}
	title := r.Words.T("community.search.title")
	if asked.Text != "" {
		title = asked.told(r.Words)
	}
	// Answers are no pages of their own to search engines.
	return r.Page(kit.Page{Status: http.StatusOK, Title: title, NoIndex: true, Feed: asked.feedPath(), Scripts: []string{"htmx.js"}, Body: searchPage(r, asked)})
}

// queryOf reads a search from an address or a form.
func queryOf(r *kit.Request, value func(string) string) community.Query {
	number, err := strconv.Atoi(value("page"))
	if err != nil || number < 1 || number > 10_000 {
		number = 1
	}
	group, err := id.Parse(value("groupe"))
	if err != nil {
		group = 0
	}
	return community.Query{Text: shortened(value("q")), Kind: kindOf(value("genre")), Commune: shortened(value("lieu")), Group: group,
		Period: community.PeriodNamed(value("quand")), Zone: r.Tenant.Location(), Synonyms: r.Tenant.Settings.Synonyms, Page: number}
}

// groupNames names the published groups among those that answers belong to.
func (p page) groupNames(r *kit.Request, counts map[id.ID]int, chosen id.ID) (map[id.ID]membership.Group, error) {
	var ids []id.ID
	for group := range counts {
		ids = append(ids, group)
	}
	if chosen != 0 && counts[chosen] == 0 {
		ids = append(ids, chosen)
	}
	named, err := p.groups.ByIDs(r.Context(), r.Tenant.ID, ids)
	for group, one := range named {
		if one.State != membership.Published {
			delete(named, group)
		}
	}
	return named, err
}

// pictured gives each answer its picture; the posts among them are read at
// once.
func (p page) pictured(r *kit.Request, found []community.Hit) ([]hit, error) {
	var ids []id.ID
	for _, one := range found {
		if one.Kind.Known() {
			ids = append(ids, one.PieceID)
		}
	}
	posts, err := p.posts.ByIDs(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return nil, err
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return nil, err
	}
	byID := map[id.ID]*cards.Piece{}
	for n := range pieces {
		byID[pieces[n].ID] = &pieces[n]
	}
	hits := make([]hit, 0, len(found))
	for _, one := range found {
		shown := hit{Hit: one, Piece: byID[one.PieceID]}
		if shown.Piece != nil {
			shown.Picture = shown.Piece.Picture
		} else {
			shown.Picture = drawn(r, one.Document)
		}
		hits = append(hits, shown)
	}
	return hits, nil
}

func drawn(r *kit.Request, document community.Document) cards.Picture {
	piece := covers.Piece{Tenant: r.Tenant.Slug, ID: document.PieceID.String(), Kind: string(document.Kind), Motif: document.Motif}
	path := cards.CoverPath(piece.Kind, document.PieceID, covers.Choose(r.Tenant.Settings.Look, piece))
	return cards.Picture{Src: path, Width: 480, Height: 360}
}

func kindOf(asked string) community.Kind {
	for _, kind := range kinds {
		if string(kind) == asked {
			return kind
		}
	}
	return ""
}

func shortened(query string) string {
	signs := []rune(community.Line(query))
	return string(signs[:min(len(signs), longestQuery)])
}

func understood(asked answer) string {
	if asked.Understood != "" {
		return words.French(asked.Understood)
	}
	return words.French(asked.Text)
}

// with is the address of this search, one thing changed.
func (a answer) with(change func(*community.Query)) string {
	query := a.Query
	query.Page = 1
	change(&query)
	return query.Path()
}

func (a answer) ofKind(kind community.Kind) string {
	return a.with(func(q *community.Query) { q.Kind = kind })
}

func (a answer) onPage(number int) string {
	return a.with(func(q *community.Query) { q.Page = number })
}

// feedPath is the search as an Atom feed.
func (a answer) feedPath() string {
	if a.Text == "" {
		return ""
	}
	return "/chercher.atom?" + url.Values{"q": {a.Text}}.Encode()
}

// told says how many answers there are.
func (a answer) told(w *words.Words) string {
	if a.MoreThan > 0 {
		return w.T("community.search.answers.more", "Most", w.Number(a.MoreThan), "Query", understood(a))
	}
	return w.N("community.search.answers", a.Total, "Query", understood(a))
}

// choice is a chip of the filters.
type choice struct {
	Href, Label string
	// Count is how many there would be; uncounted shows none.
	Count  int
	Chosen bool
}

const uncounted = -1

// counted shows a number where all were counted.
func (a answer) counted(number int) int {
	if a.Partly {
		return uncounted
	}
	return number
}

// shownChoices is how many places and groups a filter offers.
const shownChoices = 8

func (a answer) periods(w *words.Words) []choice {
	var chips []choice
	for _, period := range []community.Period{community.AnyTime, community.ThisWeek, community.ThisMonth} {
		if period != community.AnyTime && a.Periods[period] == 0 && a.Period != period {
			continue
		}
		chips = append(chips, choice{a.with(func(q *community.Query) { q.Period = period }), w.T("community.search.period." + cmp.Or(string(period), "any")),
			a.counted(a.Periods[period]), a.Period == period})
	}
	return chips
}

func (a answer) places(w *words.Words) []choice {
	var chips []choice
	for _, place := range a.Communes {
		if len(chips) < shownChoices || place.Name == a.Commune {
			chips = append(chips, choice{a.with(func(q *community.Query) { q.Commune = place.Name }), place.Name, a.counted(place.Count), place.Name == a.Commune})
		}
	}
	if a.Commune != "" && !slices.ContainsFunc(chips, func(one choice) bool { return one.Chosen }) {
		chips = append(chips, choice{a.with(func(*community.Query) {}), a.Commune, a.counted(0), true})
	}
	return anywhere(chips, choice{a.with(func(q *community.Query) { q.Commune = "" }), w.T("community.search.anywhere"), uncounted, a.Commune == ""})
}

func (a answer) ofGroups(w *words.Words) []choice {
	var chips []choice
	for group, named := range a.Names {
		chips = append(chips, choice{a.with(func(q *community.Query) { q.Group = group }), words.French(named.Name), a.counted(a.Groups[group]), group == a.Group})
	}
	slices.SortFunc(chips, func(x, y choice) int { return cmp.Or(y.Count-x.Count, strings.Compare(x.Label, y.Label)) })
	if len(chips) > shownChoices {
		kept := slices.Clone(chips[:shownChoices])
		for _, one := range chips[shownChoices:] {
			if one.Chosen {
				kept = append(kept, one)
			}
		}
		chips = kept
	}
	return anywhere(chips, choice{a.with(func(q *community.Query) { q.Group = 0 }), w.T("community.search.any_group"), uncounted, a.Group == 0})
}

// anywhere puts the chip first that takes a filter back, where there is one to
// choose.
func anywhere(chips []choice, all choice) []choice {
	if len(chips) == 0 {
		return nil
	}
	return append([]choice{all}, chips...)
}

// all is how many answers there would be without the kind.
func (a answer) all() int {
	total := 0
	for _, count := range a.Counts {
		total += count
	}
	return total
}

// marked writes a snippet without a space that the text does not have.
func marked(segments []community.Segment) string {
	var out strings.Builder
	for _, segment := range segments {
		text := html.EscapeString(segment.Text)
		if segment.Marked {
			text = "<mark>" + text + "</mark>"
		}
		out.WriteString(text)
	}
	return out.String()
}

// kindWord is the kicker of an answer.
func kindWord(one hit, w *words.Words) string {
	if one.Piece != nil {
		return cards.KindWord(one.Piece.Post, w)
	}
	return w.T("community.kind." + string(one.Kind))
}
