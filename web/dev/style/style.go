// Package style shows every component in every state, in the community's own
// look. Only the demonstration mounts it.
package style

import (
	"fmt"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// Path is the address of the page.
const Path = "/dev/style"

type page struct {
	posts   *community.Service
	members *membership.Service
	billing *billing.Service
}

// Mount adds the page to a community's route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, billing *billing.Service) {
	p := page{posts, members, billing}
	routes.Get(Path, kit.Anyone, p.show)
}

// samples are real pieces of the community, one of each kind.
type samples struct {
	Pieces   []cards.Piece
	Business []cards.Business
	People   []membership.Person
}

func (p page) show(r *kit.Request) error {
	var posts []*community.Post
	for _, kind := range community.Kinds {
		newest, _, err := p.posts.Feed(r.Context(), r.Tenant.ID, community.Filter{Kind: kind, Limit: 1}, community.Cursor{})
		if err != nil {
			return err
		}
		posts = append(posts, newest...)
	}
	shown := samples{}
	var err error
	if shown.Pieces, err = cards.Pieces(r, p.members, posts); err != nil {
		return err
	}
	for _, piece := range shown.Pieces {
		shown.People = append(shown.People, piece.Author)
	}
	sponsored, err := p.billing.Sponsored(r.Context(), r.Tenant.ID, billing.Setting{}, r.Now.In(r.Tenant.Location()), 1)
	if err != nil {
		return err
	}
	shown.Business = cards.Businesses(r, sponsored)
	return r.Page(kit.Page{Title: r.Words.T("style.title"), NoIndex: true, Body: stylePage(r, shown)})
}

// colours are the community's, by the names that style sheets know them by.
var colours = []string{"paper", "ink", "soft", "surface", "wash", "line", "brand", "on-brand", "accent", "on-accent", "link", "focus", "spot", "good", "good-wash", "bad", "bad-wash", "accent-wash"}

func fill(colour string) string { return fmt.Sprintf("var(--%s)", colour) }

// form is filled, empty or wrong.
func form(state string) *kit.Form {
	switch state {
	case "filled":
		return kit.NewForm("filled-text", "Le bain de sept heures", "filled-area", "On descend la cale tous les matins.", "filled-choice", "b", "filled-radio", "b", "filled-check", "1")
	case "wrong":
		wrong := kit.NewForm("wrong-text", "x")
		for _, field := range []string{"text", "area", "choice", "radio", "check"} {
			wrong.Problems = append(wrong.Problems, fault.Field{Name: "wrong-" + field, Key: "error.choice"})
		}
		return wrong
	}
	return kit.NewForm()
}

var options = []kit.Option{{Value: "a", Label: "Douarnenez"}, {Value: "b", Label: "Pont-l'Abbé"}}
