package groups

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

// keeping is what a group's keepers have before them.
type keeping struct {
	*membership.Group
	requests []membership.Request
	reported []moderation.Item
	hidings  []community.Hiding
	people   map[id.ID]membership.Person
}

func (p pages) kept(r *kit.Request) (*membership.Group, error) {
	group, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.groups.Kept(r.Context(), r.Actor, group)
}

func (p pages) keep(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	shown := keeping{Group: found}
	if shown.requests, err = p.groups.Requests(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	if shown.reported, err = p.posts.Reported(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	if shown.hidings, err = p.posts.Hidings(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	var ids []id.ID
	for _, one := range shown.requests {
		ids = append(ids, one.MemberID)
	}
	for _, one := range shown.hidings {
		ids = append(ids, one.ByID)
	}
	if shown.people, err = p.members.People(r.Context(), r.Tenant.ID, ids); err != nil {
		return err
	}
	return p.keepersPage(r, http.StatusOK, found, keepPage(r, shown))
}

func (p pages) decide(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	form := r.Form()
	request, err := id.Parse(form.Value("demande"))
	if err != nil {
		return fault.NotFound
	}
	err = p.groups.Decide(r.Context(), r.Actor, found.ID, request, form.Has("reponse", "oui"), form.Value("reason"))
	if errors.Is(err, fault.Conflict) {
		return r.SeeOther(found.KeepersPath(), "notice.group_decided_already")
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.KeepersPath(), "notice.group_decided")
}

func (p pages) unhide(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	post, err := id.Parse(r.Form().Value("publication"))
	if err != nil {
		return fault.NotFound
	}
	if err := p.posts.Unhide(r.Context(), r.Actor, post); err != nil {
		return err
	}
	return r.SeeOther(found.KeepersPath(), "notice.group_unhidden")
}

func (p pages) invitations(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.showInvitations(r, http.StatusOK, kit.NewForm(), found)
}

func (p pages) showInvitations(r *kit.Request, status int, form *kit.Form, found *membership.Group) error {
	all, err := p.groups.Invitations(r.Context(), r.Actor, found.ID)
	if err != nil {
		return err
	}
	for field, usual := range map[string]string{"uses": "10", "days": "14"} {
		if !form.Values.Has(field) {
			form.Values.Set(field, usual)
		}
	}
	return p.keepersPage(r, status, found, invitationsPage(r, form, found, all))
}

// invite mails an invitation, makes a link or ends one, as the pressed button
// says.
func (p pages) invite(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	form, notice := r.Form(), "notice.group_invited"
	switch form.Value("faire") {
	case "lettre":
		who := r.Actor
		who.Language = r.Words.Language
		err = p.groups.Invite(r.Context(), who, found.ID, form.Value("email"))
	case "lien":
		notice = "notice.group_link"
		uses, _ := strconv.Atoi(form.Value("uses"))
		days, _ := strconv.Atoi(form.Value("days"))
		err = p.groups.Link(r.Context(), r.Actor, found.ID, uses, days)
	default:
		notice = "notice.group_revoked"
		invitation, problem := id.Parse(form.Value("arreter"))
		if problem != nil {
			return fault.NotFound
		}
		err = p.groups.Revoke(r.Context(), r.Actor, found.ID, invitation)
	}
	if form, invalid := r.Invalid(err); invalid {
		return p.showInvitations(r, http.StatusUnprocessableEntity, form, found)
	}
	if errors.Is(err, fault.TooMany) {
		form.Problems = []fault.Field{{Name: "email", Key: "error.group.invitations_flood"}}
		return p.showInvitations(r, http.StatusTooManyRequests, form, found)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path+"/"+found.ID.String()+"/invitations", notice)
}

// company is who belongs to a group and who may not, for its keepers.
type company struct {
	*membership.Group
	owner  bool
	page   []membership.Joining
	more   string
	blocks []membership.Block
	people map[id.ID]membership.Person
}

func (p pages) people(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.peoplePage(r, http.StatusOK, kit.NewForm(), found)
}

func (p pages) peoplePage(r *kit.Request, status int, form *kit.Form, found *membership.Group) error {
	after := id.ID(0)
	if text := r.Query("apres"); text != "" {
		var err error
		if after, err = id.Parse(text); err != nil {
			return r.SeeOther(path+"/"+found.ID.String()+"/membres", "")
		}
	}
	shown := company{Group: found, owner: found.OwnerID == r.Actor.Member}
	page, next, err := p.groups.Members(r.Context(), r.Actor, found.ID, after)
	if err != nil {
		return err
	}
	shown.page = page
	if next != 0 {
		shown.more = path + "/" + found.ID.String() + "/membres?apres=" + next.String()
	}
	if shown.blocks, err = p.groups.Blocks(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	var ids []id.ID
	for _, one := range page {
		ids = append(ids, one.MemberID)
	}
	for _, one := range shown.blocks {
		ids = append(ids, one.MemberID)
	}
	if shown.people, err = p.members.People(r.Context(), r.Tenant.ID, ids); err != nil {
		return err
	}
	return p.keepersPage(r, status, found, peoplePage(r, form, shown))
}

// changePeople does with a member what the pressed button says.
func (p pages) changePeople(r *kit.Request) error {
	found, err := p.kept(r)
	if err != nil {
		return err
	}
	form := r.Form()
	member, err := id.Parse(form.Value("membre"))
	if err != nil {
		return fault.NotFound
	}
	do := form.Value("faire")
	switch do {
	case "confier", "reprendre":
		err = p.groups.Entrust(r.Context(), r.Actor, found.ID, member, do == "confier")
	case "transmettre":
		err = p.groups.Offer(r.Context(), r.Actor, found.ID, member)
	case "garder":
		err = p.groups.Offer(r.Context(), r.Actor, found.ID, 0)
	case "ecarter":
		err = p.groups.Block(r.Context(), r.Actor, found.ID, member, form.Value("reason"))
	case "laisser":
		err = p.groups.Unblock(r.Context(), r.Actor, found.ID, member)
	default:
		err = fault.NotFound
	}
	if form, invalid := r.Invalid(err); invalid {
		return p.peoplePage(r, http.StatusUnprocessableEntity, form, found)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path+"/"+found.ID.String()+"/membres", "notice.group_people")
}

// tab is one of the keepers' pages.
type tab struct {
	href, label string
	here        bool
}

// keepersPage shows one of the pages from which a group is kept.
func (p pages) keepersPage(r *kit.Request, status int, found *membership.Group, body templ.Component) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("group.keep.title", "Group", found.Name), Section: "groups", NoIndex: true, Private: true,
		Trail: []kit.Link{{Href: found.Path(), Label: found.Name}}, Body: keepersShell(r, found, body)})
}

func tabs(r *kit.Request, found *membership.Group) []tab {
	base := path + "/" + found.ID.String()
	var all []tab
	for _, name := range []string{"animer", "membres", "invitations"} {
		all = append(all, tab{base + "/" + name, r.Words.T("group.keep." + name), r.Gin.FullPath() == path+"/:id/"+name})
	}
	return all
}
