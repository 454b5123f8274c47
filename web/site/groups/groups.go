// Package groups shows the groups that one may belong to.
package groups

import (
	"net/http"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

const path = "/groupes"

// facesShown is how many members a group's page names.
const facesShown = 12

type pages struct {
	groups  *membership.Groups
	members *membership.Service
	posts   *community.Service
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, groups *membership.Groups, members *membership.Service, posts *community.Service) {
	p := pages{groups, members, posts}
	routes.Get(path, kit.Anyone, p.list)
	routes.Get(path+"/ouvrir", kit.May("group", "create"), p.showNew)
	routes.Post(path+"/ouvrir", kit.May("group", "create"), p.open)
	routes.Get(path+"/:id", kit.Anyone, p.show)
	routes.Post(path+"/:id/rejoindre", kit.SignedIn, p.join)
	routes.Post(path+"/:id/quitter", kit.SignedIn, p.leave)
	routes.Get(path+"/:id/modifier", kit.SignedIn, p.showEdit)
	routes.Post(path+"/:id/modifier", kit.SignedIn, p.save)
}

// card is a group in the list with its drawing.
type card struct {
	membership.Group
	cover string
}

func (p pages) list(r *kit.Request) error {
	after := id.ID(0)
	if r.Query("apres") != "" {
		var err error
		if after, err = id.Parse(r.Query("apres")); err != nil {
			return r.SeeOther(path, "")
		}
	}
	found, next, err := p.groups.List(r.Context(), r.Tenant.ID, after)
	if err != nil {
		return err
	}
	shown := make([]card, 0, len(found))
	var beside []covers.Choice
	for _, group := range found {
		cover, choice := cards.GroupCover(r.Tenant, group.ID, beside...)
		beside = append(beside[max(0, len(beside)-3):], choice)
		shown = append(shown, card{group, cover})
	}
	more := ""
	if next != 0 {
		more = path + "?apres=" + next.String()
	}
	return r.Page(kit.Page{Title: r.Words.T("membership.groups.title"), Description: r.Words.T("membership.groups.description"),
		Section: "groups", Canonical: path, NoIndex: after != 0, Body: listPage(r, shown, more)})
}

// group is what a group's page shows.
type group struct {
	*membership.Group
	cover   string
	owner   membership.Person
	faces   []membership.Person
	pieces  []cards.Piece
	older   string
	belongs bool
	follows bool
	mayEdit bool
}

func (p pages) show(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	shown := group{Group: found, mayEdit: p.groups.MayEdit(r.Actor, found)}
	shown.cover, _ = cards.GroupCover(r.Tenant, found.ID)
	people, err := p.members.People(r.Context(), r.Tenant.ID, []id.ID{found.OwnerID})
	if err != nil {
		return err
	}
	shown.owner = people[found.OwnerID]
	if shown.faces, err = p.groups.Faces(r.Context(), r.Tenant.ID, found.ID, facesShown); err != nil {
		return err
	}
	if shown.belongs, err = p.groups.Has(r.Context(), r.Tenant.ID, found.ID, r.Actor.Member); err != nil {
		return err
	}
	if shown.follows, err = p.posts.IsFollowing(r.Context(), r.Actor, community.Target{Kind: community.FollowGroup, Name: found.ID.String()}); err != nil {
		return err
	}
	after := community.ParseCursor(r.Query("apres"))
	posts, next, err := p.posts.Feed(r.Context(), r.Tenant.ID, community.Filter{Group: found.ID, Limit: 8}, after)
	if err != nil {
		return err
	}
	if shown.pieces, err = cards.Pieces(r, p.members, posts); err != nil {
		return err
	}
	if !next.IsZero() {
		shown.older = found.Path() + "?apres=" + next.String()
	}
	return r.Page(kit.Page{Title: found.Name, Description: found.Purpose, Section: "groups", Canonical: found.Path(),
		Feed: path + "/" + found.ID.String() + "/flux.atom", Preview: cards.GroupPreview(r.Tenant, found), Piece: true,
		Trail:   []kit.Link{{Href: path, Label: r.Words.T("membership.groups.title")}},
		NoIndex: !after.IsZero() || found.State != membership.Published, Body: groupPage(r, shown)})
}

func (p pages) find(r *kit.Request) (*membership.Group, error) {
	group, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.groups.See(r.Context(), r.Actor, group)
}

func (p pages) join(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if err := p.groups.Join(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_joined")
}

func (p pages) leave(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if err := p.groups.Leave(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_left")
}

func (p pages) showNew(r *kit.Request) error {
	return p.form(r, http.StatusOK, kit.NewForm(), nil)
}

func (p pages) open(r *kit.Request) error {
	opened, err := p.groups.Found(r.Context(), r.Actor, draft(r.Form()))
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, http.StatusUnprocessableEntity, form, nil)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(opened.Path(), "notice.group_opened")
}

func (p pages) showEdit(r *kit.Request) error {
	found, err := p.findOwn(r)
	if err != nil {
		return err
	}
	form := kit.NewForm("name", found.Name, "purpose", found.Purpose, "place", found.Place, "rules", found.Rules)
	return p.form(r, http.StatusOK, form, found)
}

// findOwn finds a group that the actor may change; for others there is nothing
// to see here.
func (p pages) findOwn(r *kit.Request) (*membership.Group, error) {
	group, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.groups.Editable(r.Context(), r.Actor, group)
}

func (p pages) save(r *kit.Request) error {
	found, err := p.findOwn(r)
	if err != nil {
		return err
	}
	err = p.groups.Edit(r.Context(), r.Actor, found.ID, draft(r.Form()))
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, http.StatusUnprocessableEntity, form, found)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_saved")
}

func (p pages) form(r *kit.Request, status int, form *kit.Form, found *membership.Group) error {
	title := "membership.group.form.new"
	if found != nil {
		title = "membership.group.form.edit"
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T(title), Section: "groups", NoIndex: true, Body: formPage(r, form, found)})
}

func draft(form *kit.Form) membership.Draft {
	return membership.Draft{Name: form.Value("name"), Purpose: form.Value("purpose"), Place: form.Value("place"), Rules: form.Value("rules")}
}
