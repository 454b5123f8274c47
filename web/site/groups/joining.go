package groups

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/news"
)

// join lets somebody into an open group; another kind asks for more first.
func (p pages) join(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if found.Kind == membership.OnRequest {
		return r.SeeOther(askPath(found), "")
	}
	if err := p.groups.Join(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_joined")
}

func askPath(found *membership.Group) string { return path + "/" + found.ID.String() + "/demander" }

func (p pages) showAsk(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	place, err := p.groups.Place(r.Context(), r.Actor, found)
	if err != nil {
		return err
	}
	if found.Kind != membership.OnRequest || found.Archived() || place.Belongs() || place.Request != nil || place.Blocked {
		return r.SeeOther(found.Path(), "")
	}
	return p.askPage(r, http.StatusOK, kit.NewForm(), found)
}

func (p pages) askPage(r *kit.Request, status int, form *kit.Form, found *membership.Group) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("group.ask.title", "Group", found.Name), Section: "groups", NoIndex: true, Body: askPage(r, form, found)})
}

func (p pages) ask(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	var answers []string
	for n := range found.Questions {
		answers = append(answers, form.Value(answerField(n)))
	}
	err = p.groups.Ask(r.Context(), r.Actor, found.ID, answers)
	if form, invalid := r.Invalid(err); invalid {
		return p.askPage(r, http.StatusUnprocessableEntity, form, found)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_asked")
}

func answerField(n int) string { return "answer" + strconv.Itoa(n+1) }

func (p pages) withdraw(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if err := p.groups.Withdraw(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_withdrawn")
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

func (p pages) takeOver(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	yes := !r.Form().Has("reponse", "non")
	if err := p.groups.TakeOver(r.Context(), r.Actor, found.ID, yes); err != nil {
		return err
	}
	notice := "notice.group_taken_over"
	if !yes {
		notice = "notice.group_not_taken_over"
	}
	return r.SeeOther(found.Path(), notice)
}

// typeCode is for those who cannot follow a link.
func (p pages) typeCode(r *kit.Request) error {
	form, status := kit.NewForm(), http.StatusOK
	if code := r.Query("code"); code != "" {
		held, _, err := p.held(r, code)
		if err == nil {
			return r.SeeOther(held.Path(), "")
		}
		if !errors.Is(err, fault.NotFound) {
			return err
		}
		form.Values.Set("code", code)
		form.Problems = []fault.Field{{Name: "code", Key: "error.group.code"}}
		status = http.StatusUnprocessableEntity
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T("group.code.title"), Section: "groups", NoIndex: true, Private: true, Body: codePage(r, form)})
}

// held finds what a code opens, for those who do not guess.
func (p pages) held(r *kit.Request, code string) (*membership.Invitation, *membership.Group, error) {
	held, found, err := p.groups.Held(r.Context(), r.Tenant.ID, code)
	if errors.Is(err, fault.NotFound) && !p.tries.Allow(r.IP()) {
		err = fault.TooMany
	}
	return held, found, err
}

// invitation shows the group that an invitation opens; its code is all that it
// takes, so nobody counts or keeps the page.
func (p pages) invitation(r *kit.Request) error {
	held, found, err := p.held(r, r.Param("code"))
	if errors.Is(err, fault.NotFound) {
		return r.Page(kit.Page{Status: http.StatusNotFound, Title: r.Words.T("group.invitation.gone"), Section: "groups", NoIndex: true, Private: true, Body: gonePage(r)})
	}
	if err != nil {
		return err
	}
	return p.invitationPage(r, http.StatusOK, kit.NewForm(), held, found)
}

func (p pages) invitationPage(r *kit.Request, status int, form *kit.Form, held *membership.Invitation, found *membership.Group) error {
	people, err := p.members.People(r.Context(), r.Tenant.ID, []id.ID{held.ByID})
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Status: status, Title: found.Name, Section: "groups", NoIndex: true, Private: true,
		Body: invitationPage(r, form, held, found, people[held.ByID])})
}

func (p pages) accept(r *kit.Request) error {
	found, err := p.groups.Accept(r.Context(), r.Actor, r.Param("code"))
	if form, invalid := r.Invalid(err); invalid {
		held, group, err := p.groups.Held(r.Context(), r.Tenant.ID, r.Param("code"))
		if err != nil {
			return err
		}
		return p.invitationPage(r, http.StatusUnprocessableEntity, form, held, group)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_joined")
}

// enterHref is where somebody without an account gets one and comes back.
func enterHref(held *membership.Invitation) string {
	values := url.Values{"suite": {held.Path()}}
	if held.Email != "" {
		values.Set("adresse", held.Email)
	}
	return "/inscription?" + values.Encode()
}

// greet says a newcomer's first sentence.
func (p pages) greet(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	err = p.posts.Greet(r.Context(), r.Actor, found.ID, r.Form().Value("hello"))
	if form, invalid := r.Invalid(err); invalid {
		return p.page(r, found, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.Path()+"#bonjour", "")
}

func (p pages) welcome(r *kit.Request) error {
	hello, err := id.Parse(r.Form().Value("bonjour"))
	if err != nil {
		return fault.NotFound
	}
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if _, err := p.posts.SayWelcome(r.Context(), r.Actor, hello); err != nil {
		return err
	}
	return r.SeeOther(found.Path()+"#bonjour", "")
}

// chooseMail leads a newcomer to where one says what mail one wants.
func (p pages) chooseMail(r *kit.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if err := p.groups.ChoseMail(r.Context(), r.Actor, found.ID); err != nil {
		return err
	}
	return r.SeeOther(news.MailPath, "")
}
