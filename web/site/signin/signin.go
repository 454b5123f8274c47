// Package signin is how people come in: by a link or a code that is mailed to
// them, whether they are new or not.
package signin

import (
	"errors"
	"net/http"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// Path is where visitors are sent who must sign in.
const Path = "/connexion"

type pages struct{ members *membership.Service }

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, members *membership.Service) {
	p := pages{members}
	routes.Get(Path, kit.Anyone, p.showSignIn)
	routes.Post(Path, kit.Anyone, p.signIn)
	routes.Get("/inscription", kit.Anyone, p.showJoin)
	routes.Post("/inscription", kit.Anyone, p.join)
	routes.Get("/connexion/code", kit.Anyone, p.showCode)
	routes.Post("/connexion/code", kit.Anyone, p.useCode)
	routes.Get("/connexion/lien/:token", kit.Anyone, p.showLink)
	routes.Post("/connexion/lien/:token", kit.Anyone, p.useLink)
}

func (p pages) showSignIn(r *kit.Request) error {
	next := kit.LocalPath(r.Query("suite"), "/")
	again := r.Query("encore") != ""
	if r.Actor.IsMember() && !again {
		return r.SeeOther(next, "")
	}
	email := r.Query("adresse")
	if r.Actor.IsMember() {
		member, err := p.members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
		if err != nil {
			return err
		}
		email = member.Email
	}
	return r.Page(kit.Page{Title: r.Words.T("membership.sign_in.title"), NoIndex: true,
		Body: signInPage(r, kit.NewForm("next", next, "email", email), again)})
}

func (p pages) signIn(r *kit.Request) error {
	form := r.Form()
	err := p.ask(r, membership.Ask{Email: form.Value("email")})
	if form, invalid := r.Invalid(err); invalid {
		return r.Page(kit.Page{Status: http.StatusUnprocessableEntity, Title: r.Words.T("membership.sign_in.title"), NoIndex: true,
			Body: signInPage(r, form, false)})
	}
	return err
}

func (p pages) showJoin(r *kit.Request) error {
	next := kit.LocalPath(r.Query("suite"), "/")
	if r.Actor.IsMember() {
		return r.SeeOther(next, "")
	}
	form := kit.NewForm("next", next, "email", r.Query("adresse"))
	return r.Page(kit.Page{Title: r.Words.T("membership.join.title", "Community", r.Tenant.Name),
		Description: r.Words.T("membership.join.lead"), Body: joinPage(r, form)})
}

func (p pages) join(r *kit.Request) error {
	form := r.Form()
	err := p.ask(r, membership.Ask{Joining: true, Email: form.Value("email"), Name: form.Value("name"),
		OfAge: form.Has("of_age", "yes"), Terms: form.Has("terms", "yes")})
	if form, invalid := r.Invalid(err); invalid {
		return r.Page(kit.Page{Status: http.StatusUnprocessableEntity, NoIndex: true,
			Title: r.Words.T("membership.join.title", "Community", r.Tenant.Name), Body: joinPage(r, form)})
	}
	return err
}

// ask requests the mail and goes on to the page that waits for its code.
func (p pages) ask(r *kit.Request, ask membership.Ask) error {
	ask.Origin = r.IP()
	ask.Next = kit.LocalPath(r.Form().Value("next"), "/")
	who := r.Actor
	who.Language = r.Words.Language
	browser, err := p.members.RequestSignIn(r.Context(), who, ask)
	if err != nil {
		return err
	}
	setCookie(r, pending, browser, membership.SignInLasts)
	return r.SeeOther("/connexion/code", "")
}

func (p pages) showCode(r *kit.Request) error {
	browser := cookieValue(r, pending)
	waiting, err := p.members.AskedHere(r.Context(), r.Tenant.ID, browser)
	if errors.Is(err, fault.NotFound) {
		return r.SeeOther(Path, "")
	}
	if err != nil {
		return err
	}
	// Set again because a page that sets a cookie is never shared between
	// visitors, and this one names an address.
	setCookie(r, pending, browser, waiting.ExpiresAt.Sub(r.Now))
	return r.Page(kit.Page{Title: r.Words.T("membership.code.title"), NoIndex: true, Body: codePage(r, kit.NewForm(), waiting)})
}

func (p pages) useCode(r *kit.Request) error {
	browser := cookieValue(r, pending)
	done, err := p.members.SignInByCode(r.Context(), r.Tenant.ID, browser, r.Form().Value("code"), device(r.Gin.Request.UserAgent()))
	if form, invalid := r.Invalid(err); invalid {
		waiting, err := p.members.AskedHere(r.Context(), r.Tenant.ID, browser)
		if err != nil {
			return p.spent(r, err)
		}
		return r.Page(kit.Page{Status: http.StatusUnprocessableEntity, Title: r.Words.T("membership.code.title"), NoIndex: true,
			Body: codePage(r, form, waiting)})
	}
	if err != nil {
		return p.spent(r, err)
	}
	return p.enter(r, done)
}

func (p pages) showLink(r *kit.Request) error {
	found, err := p.members.Linked(r.Context(), r.Tenant.ID, r.Param("token"))
	if err != nil {
		return p.spent(r, err)
	}
	return r.Page(kit.Page{Title: r.Words.T("membership.link.title"), NoIndex: true, Body: linkPage(r, found)})
}

func (p pages) useLink(r *kit.Request) error {
	done, err := p.members.SignInByLink(r.Context(), r.Tenant.ID, r.Param("token"), device(r.Gin.Request.UserAgent()))
	if err != nil {
		return p.spent(r, err)
	}
	return p.enter(r, done)
}

// spent offers a fresh link where one no longer works, for whatever reason:
// saying which would tell strangers what exists.
func (p pages) spent(r *kit.Request, err error) error {
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	return r.Page(kit.Page{Status: http.StatusNotFound, Title: r.Words.T("membership.spent.title"), NoIndex: true,
		Body: spentPage(r, kit.NewForm("next", "/"))})
}

func (p pages) enter(r *kit.Request, done *membership.SignedIn) error {
	if r.Actor.IsMember() {
		// A session is renewed, not added, where the browser had one.
		if err := p.members.SignOut(r.Context(), r.Actor, r.Actor.Session); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	setCookie(r, session, done.Token, 30*24*time.Hour)
	setCookie(r, pending, "", -1)
	notice := "notice.signed_in"
	if done.Joined {
		notice = "notice.joined"
	}
	return r.SeeOther(kit.LocalPath(done.Next, "/"), notice)
}
