// Package letter holds the pages that stop the digest and take it up again,
// without signing in since the link in the letter is signed, and the one that
// says what one was sent and why.
package letter

import (
	"github.com/a-h/templ"

	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

type pages struct{ digest *notifications.Digest }

// Mount adds the pages to the route table. Opening the link changes nothing:
// mail scanners do. Posting to it does, also from a mail program that knows
// no cookie (RFC 8058).
func Mount(routes *kit.Routes, digest *notifications.Digest) {
	p := pages{digest}
	routes.Get("/lettre/arreter", kit.Anyone, p.ask)
	routes.Post("/lettre/arreter", kit.Anyone, p.stop)
	routes.Post("/lettre/reprendre", kit.Anyone, p.resume)
	routes.Get("/moi/lettres", kit.SignedIn, p.received)
}

func (p pages) ask(r *kit.Request) error {
	member, err := p.member(r)
	if err != nil {
		return err
	}
	if member.Digest == membership.Never {
		return show(r, "stopped", stopped(r, member))
	}
	return show(r, "stop", stopPage(r, member))
}

func (p pages) stop(r *kit.Request) error {
	member, err := p.member(r)
	if err != nil {
		return err
	}
	way := notifications.ByPage
	if r.Form().Value("List-Unsubscribe") == "One-Click" {
		way = notifications.ByOneClick
	}
	if err := p.digest.Stop(r.Context(), r.Tenant.ID, member, way); err != nil {
		return err
	}
	return show(r, "stopped", stopped(r, member))
}

func (p pages) resume(r *kit.Request) error {
	member, err := p.member(r)
	if err != nil {
		return err
	}
	if err := p.digest.Resume(r.Context(), r.Tenant.ID, member, notifications.ByPage); err != nil {
		return err
	}
	return show(r, "resumed", resumed(r, member))
}

func (p pages) received(r *kit.Request) error {
	issues, err := p.digest.Ledger(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("letters.received.title"), Body: receivedPage(r, issues), NoIndex: true})
}

func (p pages) member(r *kit.Request) (*membership.Member, error) {
	return p.digest.StopLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("s"))
}

func show(r *kit.Request, key string, body templ.Component) error {
	return r.Page(kit.Page{Title: r.Words.T("letters." + key + ".title"), Body: body, NoIndex: true, Slim: true})
}

// link keeps what the signature needs.
func link(r *kit.Request, path string) string { return path + "?" + r.Gin.Request.URL.RawQuery }
