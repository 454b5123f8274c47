// Package home is the front page: search first, four doors, and what each of
// them leads to.
package home

import (
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
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
	routes.Post("/entree", kit.SignedIn, p.choose)
}

// block is a part of the page below the doors: a heading, where it goes on, and
// what it shows.
type block struct {
	// Key is of its words: community.home.KEY, and KEY.all for the link.
	Key, Href string
	Big       *cards.Piece
	Week      []dated
	Cards     []cards.Piece
	Listings  []cards.Business
	// Pitch says what a business gains.
	Pitch bool
}

type dated struct {
	community.Dated
	Author membership.Person
}

// cardsShown and nobody's scroll: two rows of the page at most.
const cardsShown = 4

func (p page) show(r *kit.Request) error {
	entrance, err := p.entrance(r)
	if err != nil {
		return err
	}
	blocks, err := p.blocks(r, entrance)
	if err != nil {
		return err
	}
	// The community's name alone is the tab's title. One page to search engines,
	// whatever the door.
	title := r.Tenant.Name
	if r.Words.Language != r.Tenant.Settings.Language {
		title = r.Words.T("kit.back.home")
	}
	shown := kit.Page{Title: title, Description: description(r), Section: "home", Hero: true, Canonical: "/", NoIndex: entrance != membership.LivesHere,
		Feed: "/flux.atom", Facts: structured(r), In: r.Everywhere("/")}
	if r.Tenant.Speaks(words.Breton) {
		shown.In[words.Breton] = kit.BretonPath
	}
	shown.Body = frontPage(r, shown, entrance, blocks)
	return r.Page(shown)
}

// entrance is the door that the address names, else the member's own.
func (p page) entrance(r *kit.Request) (membership.Entrance, error) {
	if entrance, known := membership.EntranceAt(r.Query("entree")); known {
		return entrance, nil
	}
	return p.members.EntranceOf(r.Context(), r.Actor)
}

// choose remembers a member's door.
func (p page) choose(r *kit.Request) error {
	entrance, known := membership.EntranceAt(r.Form().Value("entree"))
	if !known {
		return fault.NotFound
	}
	if err := p.members.ChooseEntrance(r.Context(), r.Actor, entrance); err != nil {
		return err
	}
	return r.SeeOther("/", "")
}

// looks are how the doors are drawn and worded, in the order of the entrances.
var looks = []struct{ icon, key string }{{"house-fill", "live"}, {"sailboat", "come"}, {"storefront", "business"}, {"hand-heart", "join"}}

func (p page) blocks(r *kit.Request, entrance membership.Entrance) ([]block, error) {
	now := r.Now.In(r.Tenant.Location())
	front, err := p.posts.Front(r.Context(), r.Tenant.ID, now)
	if err != nil {
		return nil, err
	}
	switch entrance {
	case membership.WantsToCome:
		guides, err := p.some(r, community.Filter{Kind: community.Guide, Limit: cardsShown})
		if err != nil {
			return nil, err
		}
		guides = slices.DeleteFunc(guides, func(guide *community.Post) bool { return !guide.InSeason(now.Month()) })
		tips, err := p.some(r, community.Filter{Kind: community.Tip, Limit: cardsShown})
		if err != nil {
			return nil, err
		}
		if len(guides) > 0 {
			front.Big = guides[0]
		}
		return p.dress(r, sketch{"decide", "/guides", front.Big, front.Week, nil}, sketch{"there", "/bons-plans", nil, nil, tips})
	case membership.HasBusiness:
		shown, err := p.billing.Sponsored(r.Context(), r.Tenant.ID, billing.Setting{}, now, cardsShown-1)
		if err != nil {
			return nil, err
		}
		rest, err := p.dress(r, sketch{"week", "/agenda", front.Big, front.Week, nil})
		pitch := block{Key: "business", Href: "/partenaires", Pitch: true, Listings: cards.Businesses(r, shown)}
		return append([]block{pitch}, rest...), err
	case membership.TakesPart:
		open, err := p.some(r, community.Filter{Kind: community.Question, Unanswered: true, Limit: cardsShown})
		if err != nil {
			return nil, err
		}
		wanted, err := p.some(r, community.Filter{Kind: community.Offer, Offer: "look_for", Limit: cardsShown})
		if err != nil {
			return nil, err
		}
		return p.dress(r, sketch{"ask", "/questions", nil, nil, open}, sketch{"hand", "/annonces?genre=look_for", nil, nil, wanted},
			sketch{"week", "/agenda", nil, front.Week, nil})
	}
	blocks, err := p.dress(r, sketch{"week", "/agenda", front.Big, front.Week, nil}, sketch{"neighbours", "/annonces", nil, nil, front.Cards})
	if err != nil {
		return nil, err
	}
	return blocks, p.sponsor(r, blocks)
}

// sponsor gives the paid place: one of the four, and never the first.
func (p page) sponsor(r *kit.Request, blocks []block) error {
	paying, err := p.billing.Sponsored(r.Context(), r.Tenant.ID, billing.Setting{}, r.Now.In(r.Tenant.Location()), 1)
	if err != nil || len(paying) == 0 || len(blocks) == 0 {
		return err
	}
	last := &blocks[len(blocks)-1]
	last.Cards = last.Cards[:min(len(last.Cards), cardsShown-1)]
	last.Listings = cards.Businesses(r, paying)
	return nil
}

func (p page) some(r *kit.Request, filter community.Filter) ([]*community.Post, error) {
	posts, _, err := p.posts.Feed(r.Context(), r.Tenant.ID, filter, community.Cursor{})
	return posts, err
}

// sketch is a block before its authors and covers are known.
type sketch struct {
	key, href string
	big       *community.Post
	week      []community.Dated
	cards     []*community.Post
}

// dress reads all authors and chooses all covers of the page together. What has
// nothing to show is left out.
func (p page) dress(r *kit.Request, sketches ...sketch) ([]block, error) {
	var posts []*community.Post
	for _, one := range sketches {
		if one.big != nil {
			posts = append(posts, one.big)
		}
		posts = append(posts, one.cards...)
		for _, line := range one.week {
			posts = append(posts, line.Post)
		}
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return nil, err
	}
	var blocks []block
	for _, one := range sketches {
		made := block{Key: one.key, Href: one.href}
		if one.big != nil {
			made.Big, pieces = &pieces[0], pieces[1:]
		}
		made.Cards, pieces = pieces[:len(one.cards)], pieces[len(one.cards):]
		for n, line := range one.week {
			made.Week = append(made.Week, dated{line, pieces[n].Author})
		}
		pieces = pieces[len(one.week):]
		if made.Big != nil || len(made.Cards) > 0 || len(made.Week) > 0 {
			blocks = append(blocks, made)
		}
	}
	return blocks, nil
}

func description(r *kit.Request) string {
	if intro := r.Wording().Intro; intro != "" {
		return intro
	}
	return r.Words.T("community.home.description", "Name", r.Tenant.Name)
}

// question is the opening's; its loud words stood between asterisks.
func question(r *kit.Request) string {
	asked := r.Wording().Hero.Question
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
	if wanted := r.Wording().Hero.Placeholder; wanted != "" {
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
type door struct {
	Title, Line, Href, Address, Icon string
	Chosen                           bool
}

// doors are named by the community; where they lead is the house's matter.
func doors(r *kit.Request, chosen membership.Entrance) []door {
	all := make([]door, len(membership.Entrances))
	for n, entrance := range membership.Entrances {
		look := looks[n]
		all[n] = door{Title: r.Words.T("community.door." + look.key), Line: r.Words.T("community.door." + look.key + ".line"),
			Href: "/?entree=" + entrance.Address(), Address: entrance.Address(), Icon: look.icon, Chosen: entrance == chosen}
		if entrance == membership.LivesHere {
			all[n].Href = "/"
		}
		if own := r.Wording().Doors; n < len(own) && own[n].Title != "" {
			all[n].Title, all[n].Line = words.French(own[n].Title), words.French(own[n].Line)
		}
	}
	return all
}
