// Package groups shows the groups that one may belong to.
package groups

import (
	"net/http"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

const path = "/groupes"

// How much of a group its page shows: members by name, and events ahead.
const (
	facesShown  = 12
	eventsShown = 3
	aheadShown  = 60 * 24 * time.Hour
)

type pages struct {
	groups  *membership.Groups
	members *membership.Service
	posts   *community.Service
	// tries bounds the codes that somebody may guess.
	tries *limit.Limit
}

// How often a code may be wrong, from one place on the network.
const (
	wrongCodes   = 30
	wrongCodesIn = time.Hour
)

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, groups *membership.Groups, members *membership.Service, posts *community.Service) {
	p := pages{groups, members, posts, limit.New(groups.Clock, wrongCodes, wrongCodesIn)}
	routes.Get(path, kit.Anyone, p.list)
	routes.Get(path+"/ouvrir", kit.May("group", "create"), p.showNew)
	routes.Post(path+"/ouvrir", kit.May("group", "create"), p.open)
	routes.Get(path+"/:id", kit.Anyone, p.show)
	routes.Get(path+"/:id/modifier", kit.SignedIn, p.showEdit)
	routes.Post(path+"/:id/modifier", kit.SignedIn, p.save)
	routes.Post(path+"/:id/archiver", kit.SignedIn, p.archive)

	routes.Post(path+"/:id/rejoindre", kit.SignedIn, p.join)
	routes.Get(path+"/:id/demander", kit.SignedIn, p.showAsk)
	routes.Post(path+"/:id/demander", kit.SignedIn, p.ask)
	routes.Post(path+"/:id/renoncer", kit.SignedIn, p.withdraw)
	routes.Post(path+"/:id/quitter", kit.SignedIn, p.leave)
	routes.Post(path+"/:id/reprendre", kit.SignedIn, p.takeOver)
	routes.Get("/invitation", kit.Anyone, p.typeCode)
	routes.Get("/invitation/:code", kit.Anyone, p.invitation)
	routes.Post("/invitation/:code", kit.SignedIn, p.accept)

	routes.Post(path+"/:id/bonjour", kit.SignedIn, p.greet)
	routes.Post(path+"/:id/bienvenue", kit.SignedIn, p.welcome)
	routes.Post(path+"/:id/courrier", kit.SignedIn, p.chooseMail)

	routes.Get(path+"/:id/animer", kit.SignedIn, p.keep)
	routes.Post(path+"/:id/demandes", kit.SignedIn, p.decide)
	routes.Post(path+"/:id/remontrer", kit.SignedIn, p.unhide)
	routes.Get(path+"/:id/invitations", kit.SignedIn, p.invitations)
	routes.Post(path+"/:id/invitations", kit.SignedIn, p.invite)
	routes.Get(path+"/:id/membres", kit.SignedIn, p.people)
	routes.Post(path+"/:id/membres", kit.SignedIn, p.changePeople)
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
	place   membership.Place
	picture *community.Picture
	cover   string
	owner   membership.Person
	faces   []membership.Person
	pinned  []cards.Piece
	pieces  []cards.Piece
	older   string
	next    []community.Happening
	hellos  []hello
	// steps are a newcomer's; nil for who is none.
	steps   *community.Steps
	follows bool
	mayEdit bool
	form    *kit.Form
}

// hello is a newcomer's first sentence with who said it, and who said welcome.
type hello struct {
	community.Hello
	by, host membership.Person
}

func (p pages) show(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	return p.page(r, found, kit.NewForm())
}

// page shows a group with the form of the first sentence as it was left.
func (p pages) page(r *kit.Request, found *membership.Group, form *kit.Form) error {
	shown, err := p.read(r, found)
	if err != nil {
		return err
	}
	shown.form = form
	page := kit.Page{Title: found.Name, Description: found.Purpose, Section: "groups", Canonical: found.Path(),
		Feed: path + "/" + found.ID.String() + "/flux.atom", Preview: cards.GroupPreview(r.Tenant, found), Piece: true,
		Trail:   []kit.Link{{Href: path, Label: r.Words.T("membership.groups.title")}},
		NoIndex: r.Query("apres") != "" || found.State != membership.Published || found.Archived(), Body: groupPage(r, shown)}
	if len(form.Problems) > 0 {
		page.Status = http.StatusUnprocessableEntity
	}
	if found.MembersOnly() {
		page.Feed = ""
	}
	return r.Page(page)
}

func (p pages) read(r *kit.Request, found *membership.Group) (shown group, err error) {
	ctx, tenant := r.Context(), r.Tenant.ID
	shown = group{Group: found, mayEdit: p.groups.MayEdit(r.Actor, found)}
	shown.cover, _ = cards.GroupCover(r.Tenant, found.ID)
	if shown.picture, err = p.posts.Pictures.Read(ctx, tenant, found.PictureID); err != nil {
		return shown, err
	}
	people, err := p.members.People(ctx, tenant, []id.ID{found.OwnerID})
	if err != nil {
		return shown, err
	}
	shown.owner = people[found.OwnerID]
	if shown.place, err = p.groups.Place(ctx, r.Actor, found); err != nil {
		return shown, err
	}
	// Who is in a closed group is the group's own business.
	if !found.MembersOnly() || shown.place.Belongs() {
		if shown.faces, err = p.groups.Faces(ctx, tenant, found.ID, facesShown); err != nil {
			return shown, err
		}
	}
	if shown.follows, err = p.posts.IsFollowing(ctx, r.Actor, community.Target{Kind: community.FollowGroup, Name: found.ID.String()}); err != nil {
		return shown, err
	}
	if err := p.readPieces(r, &shown); err != nil {
		return shown, err
	}
	return shown, p.readHellos(r, &shown)
}

func (p pages) readPieces(r *kit.Request, shown *group) error {
	after := community.ParseCursor(r.Query("apres"))
	posts, next, err := p.posts.InGroup(r.Context(), r.Actor, shown.ID, 8, after)
	if err != nil {
		return err
	}
	if !next.IsZero() {
		shown.older = shown.Path() + "?apres=" + next.String()
	}
	pinned, err := p.posts.Pinned(r.Context(), r.Actor, shown.ID)
	if err != nil {
		return err
	}
	pieces, err := cards.Pieces(r, p.members, append(pinned, posts...))
	if err != nil {
		return err
	}
	shown.pinned = pieces[:len(pinned)]
	for _, piece := range pieces[len(pinned):] {
		// What is at the top is not said again below.
		if piece.PinnedAt.IsZero() || !after.IsZero() {
			shown.pieces = append(shown.pieces, piece)
		}
	}
	ahead, err := p.posts.GroupAgenda(r.Context(), r.Actor, shown.ID, aheadShown)
	shown.next = ahead[:min(len(ahead), eventsShown)]
	return err
}

func (p pages) readHellos(r *kit.Request, shown *group) error {
	if shown.place.New(r.Now) && !shown.Archived() {
		steps, err := p.posts.StepsOf(r.Context(), r.Actor, shown.ID)
		if err != nil {
			return err
		}
		shown.steps = &steps
	}
	said, err := p.posts.Hellos(r.Context(), r.Actor, shown.ID)
	if err != nil || len(said) == 0 {
		return err
	}
	var ids []id.ID
	for _, one := range said {
		ids = append(ids, one.MemberID, one.WelcomedBy)
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return err
	}
	for _, one := range said {
		shown.hellos = append(shown.hellos, hello{one, people[one.MemberID], people[one.WelcomedBy]})
	}
	return nil
}

func (p pages) find(r *kit.Request) (*membership.Group, error) {
	group, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.groups.See(r.Context(), r.Actor, group)
}
