// Package lists is what members keep: their lists, and the pages by which they
// share them.
package lists

import (
	"net/http"
	"strings"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const (
	path    = "/moi/listes"
	keeping = "/moi/garder"
)

type pages struct {
	posts   *community.Service
	members *membership.Service
	billing *billing.Service
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, billing *billing.Service) {
	p := pages{posts, members, billing}
	routes.Get(path, kit.SignedIn, p.own)
	routes.Post(path, kit.SignedIn, p.create)
	routes.Get(path+"/:id", kit.SignedIn, p.edit)
	routes.Post(path+"/:id", kit.SignedIn, p.save)
	routes.Post(path+"/:id/retirer", kit.SignedIn, p.drop)
	routes.Get(path+"/:id/supprimer", kit.SignedIn, p.confirmDelete)
	routes.Post(path+"/:id/supprimer", kit.SignedIn, p.delete)
	routes.Get(keeping, kit.SignedIn, p.choose)
	routes.Post(keeping, kit.SignedIn, p.keep)
	routes.Post(keeping+"/listes", kit.SignedIn, p.keepIn)
	routes.Get("/listes/:id", kit.Anyone, p.show)
}

func (p pages) own(r *kit.Request) error { return p.ownPage(r, http.StatusOK, kit.NewForm()) }

func (p pages) ownPage(r *kit.Request, status int, form *kit.Form) error {
	lists, err := p.posts.Lists(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T("community.lists.title"), NoIndex: true, Body: ownPage(r, lists, form)})
}

func (p pages) create(r *kit.Request) error {
	made, err := p.posts.MakeList(r.Context(), r.Actor, r.Form().Value("title"), community.Private)
	if form, invalid := r.Invalid(err); invalid {
		return p.ownPage(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	// Who came from a piece goes on with it.
	if piece, err := community.ParsePieceRef(r.Form().Value("sur")); err == nil {
		return r.SeeOther(keeping+"?sur="+piece.String(), "")
	}
	return r.SeeOther(path+"/"+made.ID.String(), "notice.list_made")
}

// choosing is a piece with the lists that it may be kept in.
type choosing struct {
	thing
	Lists []community.List
}

// keep puts a piece where everything is kept, then offers the other lists.
func (p pages) keep(r *kit.Request) error {
	piece, err := p.thing(r, r.Form().Value("sur"))
	if err != nil {
		return err
	}
	err = p.posts.Keep(r.Context(), r.Actor, piece.Ref, r.Words.T("community.lists.main"))
	if _, invalid := r.Invalid(err); invalid {
		return r.SeeOther(keeping+"?sur="+piece.Ref.String(), "notice.list_full")
	}
	if err != nil {
		return err
	}
	return r.SeeOther(keeping+"?sur="+piece.Ref.String(), "notice.kept")
}

func (p pages) choose(r *kit.Request) error {
	piece, err := p.thing(r, r.Query("sur"))
	if err != nil {
		return err
	}
	lists, err := p.posts.KeptIn(r.Context(), r.Actor, piece.Ref)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.keep.title"), NoIndex: true, Body: choosePage(r, choosing{piece, lists})})
}

func (p pages) keepIn(r *kit.Request) error {
	piece, err := p.thing(r, r.Form().Value("sur"))
	if err != nil {
		return err
	}
	var lists []id.ID
	for _, text := range r.Form().Values["liste"] {
		list, err := id.Parse(text)
		if err != nil {
			return fault.NotFound
		}
		lists = append(lists, list)
	}
	err = p.posts.KeepIn(r.Context(), r.Actor, piece.Ref, lists)
	if _, invalid := r.Invalid(err); invalid {
		return r.SeeOther(keeping+"?sur="+piece.Ref.String(), "notice.list_full")
	}
	if err != nil {
		return err
	}
	return r.SeeOther(piece.Path, "notice.kept_saved")
}

// thing is a piece of either kind, as a list shows it.
type thing struct {
	Ref         community.PieceRef
	Title, Path string
	Post        *cards.Piece
	Business    *cards.Business
}

// thing finds a piece that anybody can see: only such can be kept.
func (p pages) thing(r *kit.Request, named string) (thing, error) {
	ref, err := community.ParsePieceRef(named)
	if err != nil {
		return thing{}, err
	}
	things, err := p.things(r, []community.Kept{{Kind: ref.Kind, PieceID: ref.ID}})
	if err != nil {
		return thing{}, err
	}
	if len(things) == 0 {
		return thing{}, fault.NotFound
	}
	return things[0], nil
}

// things are the pieces of a list that are still there, in its order.
func (p pages) things(r *kit.Request, kept []community.Kept) ([]thing, error) {
	ids := map[string][]id.ID{}
	for _, one := range kept {
		ids[one.Kind] = append(ids[one.Kind], one.PieceID)
	}
	posts, err := p.posts.ByIDs(r.Context(), r.Tenant.ID, ids["post"])
	if err != nil {
		return nil, err
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return nil, err
	}
	found, err := p.billing.ByIDs(r.Context(), r.Tenant.ID, ids["listing"])
	if err != nil {
		return nil, err
	}
	var listings []billing.Listing
	for _, wanted := range ids["listing"] {
		if listing, known := found[wanted]; known {
			listings = append(listings, listing)
		}
	}
	known := map[community.PieceRef]thing{}
	for n := range pieces {
		ref := community.PieceRef{Kind: "post", ID: pieces[n].ID}
		known[ref] = thing{Ref: ref, Title: pieces[n].Title, Path: pieces[n].Path(), Post: &pieces[n]}
	}
	businesses := cards.Businesses(r, listings)
	for n := range businesses {
		ref := community.PieceRef{Kind: "listing", ID: businesses[n].ID}
		known[ref] = thing{Ref: ref, Title: businesses[n].Name, Path: businesses[n].Path(), Business: &businesses[n]}
	}
	var things []thing
	for _, one := range kept {
		if thing, there := known[community.PieceRef{Kind: one.Kind, ID: one.PieceID}]; there {
			things = append(things, thing)
		}
	}
	return things, nil
}

// shared is a list's page.
type shared struct {
	*community.List
	Things []thing
	Older  string
	Author membership.Person
	Own    bool
}

func (p pages) show(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	_, tail, _ := strings.Cut(r.Param("id"), "-")
	list, err := p.posts.OpenList(r.Context(), r.Actor, wanted, tail)
	if err != nil {
		return err
	}
	shown, err := p.read(r, list, list.Path())
	if err != nil {
		return err
	}
	page := kit.Page{Title: words.French(list.Title), Canonical: list.Path(), NoIndex: list.Visibility != community.Public || r.Query("apres") != "",
		Description: r.Words.T("community.list.description", "Name", shown.Author.Name), Body: listPage(r, shown)}
	page.Preview = shown.preview(r)
	return r.Page(page)
}

// read is a page of a list, with who made it.
func (p pages) read(r *kit.Request, list *community.List, path string) (shared, error) {
	after, _ := id.Parse(r.Query("apres"))
	kept, next, err := p.posts.KeptPage(r.Context(), r.Tenant.ID, list.ID, after)
	if err != nil {
		return shared{}, err
	}
	shown := shared{List: list, Own: r.Actor.IsMember() && r.Actor.Member == list.MemberID}
	if shown.Things, err = p.things(r, kept); err != nil {
		return shared{}, err
	}
	if next != 0 {
		shown.Older = path + "?apres=" + next.String()
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, []id.ID{list.MemberID})
	shown.Author = people[list.MemberID]
	return shown, err
}

// preview is the picture of the list's first piece.
func (s shared) preview(r *kit.Request) kit.Preview {
	for _, thing := range s.Things {
		if thing.Post != nil {
			return cards.PostPreview(r.Tenant, thing.Post.Post)
		}
	}
	return kit.Preview{}
}

func (p pages) edit(r *kit.Request) error {
	list, err := p.ownList(r)
	if err != nil {
		return err
	}
	return p.editPage(r, list, http.StatusOK, kit.NewForm("title", list.Title, "visibility", string(list.Visibility)))
}

func (p pages) editPage(r *kit.Request, list *community.List, status int, form *kit.Form) error {
	shown, err := p.read(r, list, path+"/"+list.ID.String())
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Status: status, Title: words.French(list.Title), NoIndex: true, Body: editPage(r, shown, form)})
}

func (p pages) save(r *kit.Request) error {
	list, err := p.ownList(r)
	if err != nil {
		return err
	}
	form := r.Form()
	_, err = p.posts.SaveList(r.Context(), r.Actor, list.ID, form.Value("title"), community.Visibility(form.Value("visibility")))
	if form, invalid := r.Invalid(err); invalid {
		return p.editPage(r, list, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path+"/"+list.ID.String(), "notice.list_saved")
}

func (p pages) drop(r *kit.Request) error {
	list, err := p.ownList(r)
	if err != nil {
		return err
	}
	piece, err := community.ParsePieceRef(r.Form().Value("sur"))
	if err != nil {
		return err
	}
	if err := p.posts.Drop(r.Context(), r.Actor, list.ID, piece); err != nil {
		return err
	}
	return r.SeeOther(path+"/"+list.ID.String(), "notice.list_dropped")
}

func (p pages) confirmDelete(r *kit.Request) error {
	list, err := p.ownList(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.list.delete"), NoIndex: true, Body: deletePage(r, list)})
}

func (p pages) delete(r *kit.Request) error {
	list, err := p.ownList(r)
	if err != nil {
		return err
	}
	if err := p.posts.DeleteList(r.Context(), r.Actor, list.ID); err != nil {
		return err
	}
	return r.SeeOther(path, "notice.list_deleted")
}

// ownList is one of the member's; another's is not found, whoever may open it.
func (p pages) ownList(r *kit.Request) (*community.List, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	list, err := p.posts.OpenList(r.Context(), r.Actor, wanted, "")
	if err == nil && list.MemberID != r.Actor.Member {
		err = fault.NotFound
	}
	return list, err
}
