// Package breton is the one page in Breton: what is here this week, in the few
// phrases that there are, which a speaker has still to read over.
package breton

import (
	"fmt"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// Mount adds the page to the route table.
func Mount(routes *kit.Routes, posts *community.Service) {
	routes.Get(kit.BretonPath, kit.Anyone, func(r *kit.Request) error { return show(r, posts) })
}

func show(r *kit.Request, posts *community.Service) error {
	if !r.Tenant.Speaks(words.Breton) {
		return fmt.Errorf("breton: %w", fault.NotFound)
	}
	front, err := posts.Front(r.Context(), r.Tenant.ID, r.Now.In(r.Tenant.Location()))
	if err != nil {
		return err
	}
	in := r.Everywhere("/")
	in[words.Breton] = kit.BretonPath
	return r.Page(kit.Page{Title: words.Names[words.Breton], Description: r.Words.T("breton.page.description"), Canonical: kit.BretonPath,
		Language: words.Breton, In: in, Body: page(r, words.For(words.Breton, "", nil), front.Week)})
}

// doors are the entrances, in their order.
var doors = []struct {
	entrance membership.Entrance
	key      string
}{
	{membership.LivesHere, "live"}, {membership.WantsToCome, "come"}, {membership.HasBusiness, "business"}, {membership.TakesPart, "join"},
}

func doorPath(entrance membership.Entrance) string {
	if entrance == membership.LivesHere {
		return "/"
	}
	return "/?entree=" + entrance.Address()
}
