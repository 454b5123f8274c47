// Package asking is where members agree to be asked what they know, and where
// somebody who was asked says "not me".
package asking

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// Path is where one says whether one may be asked.
const Path = "/moi/questions"

type pages struct{ asking *notifications.Asking }

// Mount adds the pages to the route table. Opening a letter's link changes
// nothing: mail scanners do. Its buttons do.
func Mount(routes *kit.Routes, asking *notifications.Asking) {
	p := pages{asking}
	routes.Get(Path, kit.SignedIn, p.show)
	routes.Post(Path, kit.SignedIn, p.save)
	routes.Get("/pas-moi", kit.Anyone, p.askPass)
	routes.Post("/pas-moi", kit.Anyone, p.pass)
}

func (p pages) show(r *kit.Request) error {
	mine, err := p.asking.Members.Askable(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	form := kit.NewForm("places", strings.Join(mine.Places, ", "))
	form.Values["topics"] = mine.Topics
	others := slices.DeleteFunc(slices.Clone(mine.Topics), func(topic string) bool { return slices.Contains(community.Topics, topic) })
	form.Values.Set("others", strings.Join(others, ", "))
	if mine.Agreed {
		form.Values.Set("agreed", "yes")
	}
	return p.form(r, http.StatusOK, form)
}

func (p pages) save(r *kit.Request) error {
	form := r.Form()
	agreed := form.Has("agreed", "yes")
	topics := append(slices.Clone(form.Values["topics"]), strings.Split(form.Value("others"), ",")...)
	err := p.asking.Members.SaveAskable(r.Context(), r.Actor, agreed, topics, strings.Split(form.Value("places"), ","))
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	if agreed {
		return r.SeeOther("/moi", "notice.asking_yes")
	}
	return r.SeeOther("/moi", "notice.asking_no")
}

func (p pages) form(r *kit.Request, status int, form *kit.Form) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("asking.title"), NoIndex: true, Body: formBody(r, form)})
}

func (p pages) askPass(r *kit.Request) error {
	_, _, question, err := p.link(r)
	if err != nil {
		return err
	}
	if question == nil {
		return shown(r, "asking.passed", passedBody(r, "asking.passed"))
	}
	return shown(r, "asking.pass", passBody(r, question))
}

func (p pages) pass(r *kit.Request) error {
	one, who, _, err := p.link(r)
	if err != nil {
		return err
	}
	if err := p.asking.Pass(r.Context(), r.Tenant.ID, one); err != nil {
		return err
	}
	if !r.Form().Has("encore", "non") {
		return shown(r, "asking.passed", passedBody(r, "asking.passed"))
	}
	if err := p.asking.Stop(r.Context(), who); err != nil {
		return err
	}
	return shown(r, "asking.stopped", passedBody(r, "asking.stopped"))
}

func (p pages) link(r *kit.Request) (id.ID, actor.Actor, *community.Post, error) {
	return p.asking.PassLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("q"), r.Query("s"))
}

func shown(r *kit.Request, key string, body templ.Component) error {
	return r.Page(kit.Page{Title: r.Words.T(key + ".title"), Body: body, NoIndex: true, Slim: true})
}

func topics(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, name := range community.Topics {
		options = append(options, kit.Option{Value: name, Label: cards.Topic(name, r.Words)})
	}
	return options
}
