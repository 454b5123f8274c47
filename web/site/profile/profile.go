// Package profile is a member's own page and what neighbours see of it.
package profile

import (
	"net/http"
	"slices"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/signin"
)

// Path is the address of one's own page.
const Path = "/moi"

type pages struct {
	members       *membership.Service
	groups        *membership.Groups
	posts         *community.Service
	telling       *notifications.Telling
	subscriptions *notifications.Subscriptions
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, members *membership.Service, groups *membership.Groups, posts *community.Service, telling *notifications.Telling, subscriptions *notifications.Subscriptions) {
	p := pages{members, groups, posts, telling, subscriptions}
	routes.Get(Path, kit.SignedIn, p.show)
	routes.Get(Path+"/profil", kit.SignedIn, p.showEdit)
	routes.Post(Path+"/profil", kit.SignedIn, p.save)
	routes.Post("/langue", kit.SignedIn, p.chooseLanguage)
	routes.Post(Path+"/sortir", kit.SignedIn, p.signOut)
	routes.Post(Path+"/sortir-partout", kit.SignedIn, p.signOutEverywhere)
	routes.Post(Path+"/appareils/:id/sortir", kit.SignedIn, p.endSession)
	routes.Get(Path+"/donnees", kit.SignedIn, p.takeout)
	routes.Get(Path+"/partir", kit.SignedIn, p.showClose)
	routes.Post(Path+"/partir", kit.SignedIn, p.close)
	routes.Get("/voisins/:id", kit.Anyone, p.neighbour)
	routes.Post("/voisins/:id/silence", kit.SignedIn, p.silence)
}

// own is what a member's own page shows.
type own struct {
	*membership.Member
	groups   []membership.Group
	pieces   []*community.Post
	older    string
	sessions []membership.Session
	searches []community.Followed
}

func (p pages) show(r *kit.Request) error {
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	mine := own{Member: member}
	if mine.groups, err = p.groups.Joined(r.Context(), r.Tenant.ID, member.ID); err != nil {
		return err
	}
	pieces, next, err := p.posts.Mine(r.Context(), r.Actor, community.ParseCursor(r.Query("apres")))
	if err != nil {
		return err
	}
	mine.pieces = pieces
	if !next.IsZero() {
		mine.older = Path + "?apres=" + next.String()
	}
	if mine.searches, err = p.posts.Search.Following(r.Context(), r.Tenant.ID, member.ID); err != nil {
		return err
	}
	if mine.sessions, err = p.members.Sessions(r.Context(), r.Actor); err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("membership.me.title"), NoIndex: true, Body: ownPage(r, mine)})
}

// openGroupsOf are those of a member's groups of which others may know.
func (p pages) openGroupsOf(r *kit.Request, member id.ID) ([]membership.Group, error) {
	groups, err := p.groups.Joined(r.Context(), r.Tenant.ID, member)
	return slices.DeleteFunc(groups, func(group membership.Group) bool { return group.MembersOnly() }), err
}

func (p pages) showEdit(r *kit.Request) error {
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	form := kit.NewForm("name", member.Name, "place", member.Place, "about", member.About, "language", member.Language)
	if member.Shown {
		form.Values.Set("shown", "yes")
	}
	return p.editPage(r, http.StatusOK, form)
}

func (p pages) save(r *kit.Request) error {
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	form := r.Form()
	err = p.members.SaveProfile(r.Context(), r.Actor, membership.Profile{Name: form.Value("name"), Place: form.Value("place"),
		About: form.Value("about"), Language: form.Value("language"), Digest: member.Digest, Shown: form.Has("shown", "yes")})
	if form, invalid := r.Invalid(err); invalid {
		return p.editPage(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(Path, "notice.profile_saved")
}

func (p pages) editPage(r *kit.Request, status int, form *kit.Form) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("membership.edit.title"), NoIndex: true, Body: editPage(r, form)})
}

func (p pages) signOut(r *kit.Request) error {
	if err := p.members.SignOut(r.Context(), r.Actor, r.Actor.Session); err != nil {
		return err
	}
	signin.ForgetSession(r)
	return r.SeeOther("/", "notice.signed_out")
}

func (p pages) signOutEverywhere(r *kit.Request) error {
	if err := p.members.SignOutEverywhere(r.Context(), r.Actor); err != nil {
		return err
	}
	signin.ForgetSession(r)
	return r.SeeOther("/", "notice.signed_out_everywhere")
}

func (p pages) endSession(r *kit.Request) error {
	session, err := r.ID("id")
	if err != nil {
		return err
	}
	if session == r.Actor.Session {
		return p.signOut(r)
	}
	if err := p.members.SignOut(r.Context(), r.Actor, session); err != nil {
		return err
	}
	return r.SeeOther(Path, "notice.session_ended")
}
