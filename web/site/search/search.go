// Package search answers what people look for.
package search

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

type page struct {
	posts   *community.Service
	members *membership.Service
}

// Mount adds the page to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service) {
	p := page{posts, members}
	routes.Get("/chercher", kit.Anyone, p.show)
}

// kinds are the filters, in their order.
var kinds = append(slices.Clone(community.Kinds), community.GroupKind, community.ListingKind)

// longestQuery is more than a sentence.
const longestQuery = 200

// answer is what the page shows.
type answer struct {
	Query string
	Kind  community.Kind
	*community.Found
	Hits []hit
}

// hit is an answer with its picture, and its author when it is a post.
type hit struct {
	community.Hit
	Piece   *cards.Piece
	Picture cards.Picture
}

func (p page) show(r *kit.Request) error {
	asked := answer{Query: shortened(r.Query("q")), Kind: kindOf(r.Query("genre"))}
	number, err := strconv.Atoi(r.Query("page"))
	if err != nil || number < 1 || number > 10_000 {
		number = 1
	}
	if asked.Found, err = p.posts.Search.Find(r.Context(), r.Tenant.ID, asked.Query, asked.Kind, number); err != nil {
		return err
	}
	if asked.Hits, err = p.pictured(r, asked.Found.Hits); err != nil {
		return err
	}
	title := r.Words.T("community.search.title")
	if asked.Query != "" {
		title = r.Words.N("community.search.answers", asked.Total, "Query", understood(asked))
	}
	// Answers are no pages of their own to search engines.
	return r.Page(kit.Page{Status: http.StatusOK, Title: title, NoIndex: true, Body: searchPage(r, asked)})
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
	return words.French(asked.Query)
}

// path is this search with another kind or page.
func (a answer) path(kind community.Kind, page int) string {
	query := url.Values{"q": {a.Query}}
	if kind != "" {
		query.Set("genre", string(kind))
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	return "/chercher?" + query.Encode()
}

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
