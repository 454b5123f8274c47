// Package stilltrue holds the pages behind the links of letters that ask whether
// a piece is still true: they answer without signing in, the links are signed.
package stilltrue

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

type pages struct{ freshness *notifications.Freshness }

// Mount adds the pages to the route table. Opening a link changes nothing: mail
// scanners do. Its one button does.
func Mount(routes *kit.Routes, freshness *notifications.Freshness) {
	p := pages{freshness}
	routes.Get("/encore-vrai", kit.Anyone, p.ask)
	routes.Post("/encore-vrai", kit.Anyone, p.answer)
	routes.Get("/relances/arreter", kit.Anyone, p.askStop)
	routes.Post("/relances/arreter", kit.Anyone, p.stop)
}

func (p pages) ask(r *kit.Request) error {
	post, _, answer, err := p.link(r)
	if err != nil {
		return err
	}
	return show(r, "freshness.ask."+string(answer), askPage(r, post, answer))
}

func (p pages) answer(r *kit.Request) error {
	post, owner, answer, err := p.link(r)
	if err != nil {
		return err
	}
	if err := p.freshness.Answer(r.Context(), owner, post.ID, answer); err != nil {
		return err
	}
	back := notifications.AnswerPath(r.Tenant, r.Gin.Request.Host, post, notifications.StillTrue)
	return show(r, "freshness.said."+string(answer), saidPage(r, post, answer, back))
}

func (p pages) link(r *kit.Request) (*community.Post, actor.Actor, notifications.Answer, error) {
	answer := notifications.Answer(r.Query("r"))
	post, owner, err := p.freshness.AnswerLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("p"), answer, r.Query("s"))
	return post, owner, answer, err
}

func (p pages) askStop(r *kit.Request) error {
	member, err := p.freshness.NudgeStopLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("s"))
	if err != nil {
		return err
	}
	return show(r, "freshness.stop", stopPage(r, notifications.Hinted(member.Email)))
}

func (p pages) stop(r *kit.Request) error {
	member, err := p.freshness.NudgeStopLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("s"))
	if err != nil {
		return err
	}
	if err := p.freshness.StopNudges(r.Context(), r.Tenant.ID, member.ID); err != nil {
		return err
	}
	return show(r, "freshness.stopped", stoppedPage(r, notifications.Hinted(member.Email)))
}

func show(r *kit.Request, key string, body templ.Component) error {
	return r.Page(kit.Page{Status: http.StatusOK, Title: r.Words.T(key + ".title"), Body: body, NoIndex: true, Slim: true})
}

func about(r *kit.Request, key string, post *community.Post) string {
	return r.Words.T(key, "Title", cards.Title(post))
}
