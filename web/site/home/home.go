// Package home is the front page: search first, four doors, what holds this
// week and what neighbours say.
package home

import (
	"html"
	"net/url"
	"strings"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

type page struct {
	posts   *community.Service
	members *membership.Service
	billing *billing.Service
}

// Mount adds the front page to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, billing *billing.Service) {
	p := page{posts, members, billing}
	routes.Get("/", kit.Anyone, p.show)
}

// front is what the page shows.
type front struct {
	Big   *cards.Piece
	Week  []dated
	Cards []cards.Piece
	// Sponsored is the one listing that paid to be here.
	Sponsored *cards.Business
}

type dated struct {
	community.Dated
	Author membership.Person
}

func (p page) show(r *kit.Request) error {
	front, err := p.compose(r)
	if err != nil {
		return err
	}
	// The community's name alone is the tab's title.
	shown := kit.Page{Title: r.Tenant.Name, Description: description(r), Section: "home", Hero: true, Canonical: "/",
		Feed: "/flux.atom", Facts: structured(r)}
	shown.Body = frontPage(r, shown, front)
	return r.Page(shown)
}

func (p page) compose(r *kit.Request) (front, error) {
	now := r.Now.In(r.Tenant.Location())
	chosen, err := p.posts.Front(r.Context(), r.Tenant.ID, now)
	if err != nil {
		return front{}, err
	}
	// All authors and covers of the page are read and chosen together.
	var posts []*community.Post
	if chosen.Big != nil {
		posts = append(posts, chosen.Big)
	}
	posts = append(posts, chosen.Cards...)
	first := len(posts)
	for _, line := range chosen.Week {
		posts = append(posts, line.Post)
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return front{}, err
	}
	made := front{}
	for n, line := range chosen.Week {
		made.Week = append(made.Week, dated{line, pieces[first+n].Author})
	}
	pieces = pieces[:first]
	if chosen.Big != nil {
		made.Big, pieces = &pieces[0], pieces[1:]
	}
	made.Cards = pieces
	paying, err := p.billing.Sponsored(r.Context(), r.Tenant.ID, billing.Setting{}, now, 1)
	if err != nil || len(paying) == 0 {
		return made, err
	}
	made.Sponsored = &cards.Businesses(r, paying)[0]
	// The paid place is one of the four, and never the first.
	made.Cards = made.Cards[:min(len(made.Cards), 3)]
	return made, nil
}

func description(r *kit.Request) string {
	if r.Tenant.Settings.Intro != "" {
		return r.Tenant.Settings.Intro
	}
	return r.Words.T("community.home.description", "Name", r.Tenant.Name)
}

// question is the opening's; its loud words stood between asterisks.
func question(r *kit.Request) string {
	asked := r.Tenant.Settings.Hero.Question
	if asked == "" {
		asked = r.Words.T("community.home.question", "Name", r.Tenant.Name)
	}
	var out strings.Builder
	for n, text := range strings.Split(html.EscapeString(words.French(asked)), "*") {
		if n%2 == 1 {
			text = "<em>" + text + "</em>"
		}
		out.WriteString(text)
	}
	return out.String()
}

func placeholder(r *kit.Request) string {
	if wanted := r.Tenant.Settings.Hero.Placeholder; wanted != "" {
		return words.French(wanted)
	}
	return r.Words.T("community.search.placeholder")
}

// links are the searches to try, with commas that touch the word before.
func links(tries []string) string {
	all := make([]string, 0, len(tries))
	for _, try := range tries {
		all = append(all, `<a href="`+html.EscapeString(searchPath(try))+`">`+html.EscapeString(words.French(try))+`</a>`)
	}
	return strings.Join(all, ", ")
}

// where says what a line of the week is, and where or by whom.
func where(r *kit.Request, line dated) string {
	kind := cards.KindWord(line.Post, r.Words)
	if near := cards.Near(line.Post); near != "" {
		return kind + ", " + words.French(near)
	}
	return kind + " " + r.Words.T("community.by") + " " + line.Author.Name
}

func searchPath(query string) string { return "/chercher?q=" + url.QueryEscape(query) }

// door is an entrance by profile.
type door struct{ Title, Line, Href, Icon string }

// doors are named by the community; where they lead is the house's matter.
func doors(r *kit.Request) []door {
	all := []door{
		{Href: "/bons-plans", Icon: "house-fill"},
		{Href: "/bons-plans?sujet=" + url.QueryEscape("s'installer"), Icon: "sailboat"},
		{Href: "/partenaires", Icon: "storefront"},
		{Href: "/ecrire", Icon: "hand-heart"},
	}
	for n, key := range []string{"live", "come", "business", "join"} {
		all[n].Title, all[n].Line = r.Words.T("community.door."+key), r.Words.T("community.door."+key+".line")
		if own := r.Tenant.Settings.Doors; n < len(own) && own[n].Title != "" {
			all[n].Title, all[n].Line = words.French(own[n].Title), words.French(own[n].Line)
		}
	}
	return all
}
