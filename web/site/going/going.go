// Package going holds the pages behind the links of letters about events: they
// take a place and give it back without an account, the links are signed.
package going

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

type pages struct{ going *notifications.Going }

// Mount adds the pages to the route table. Opening a link changes nothing: mail
// scanners do. Its one button does.
func Mount(routes *kit.Routes, going *notifications.Going) {
	p := pages{going}
	routes.Get(string(notifications.ConfirmPlace), kit.Anyone, p.ask)
	routes.Post(string(notifications.ConfirmPlace), kit.Anyone, p.confirm)
	routes.Get(string(notifications.GiveBack), kit.Anyone, p.askBack)
	routes.Post(string(notifications.GiveBack), kit.Anyone, p.giveBack)
}

func (p pages) ask(r *kit.Request) error {
	_, place, event, err := p.link(r, notifications.ConfirmPlace)
	if err != nil {
		return err
	}
	switch {
	case place == nil || !p.going.Posts.Open(place, event):
		return show(r, http.StatusNotFound, "spent", goneBody(r, "spent"))
	case !place.ConfirmedAt.IsZero():
		return p.confirmed(r, place, event)
	}
	return show(r, http.StatusOK, "ask", askBody(r, "ask", place, event))
}

func (p pages) confirm(r *kit.Request) error {
	_, place, event, err := p.link(r, notifications.ConfirmPlace)
	if err != nil {
		return err
	}
	if place == nil || !p.going.Posts.Open(place, event) {
		return show(r, http.StatusNotFound, "spent", goneBody(r, "spent"))
	}
	if place, err = p.going.Confirm(r.Context(), r.Tenant.ID, place); err != nil {
		return err
	}
	return p.confirmed(r, place, event)
}

func (p pages) confirmed(r *kit.Request, place *community.Going, event *community.Post) error {
	key := "going"
	if place.Waiting {
		key = "waiting"
	}
	return show(r, http.StatusOK, key, goingBody(r, key, place, event))
}

func (p pages) askBack(r *kit.Request) error {
	_, place, event, err := p.link(r, notifications.GiveBack)
	if err != nil {
		return err
	}
	if place == nil {
		return show(r, http.StatusOK, "back", goneBody(r, "back"))
	}
	return show(r, http.StatusOK, "ask_back", askBody(r, "ask_back", place, event))
}

func (p pages) giveBack(r *kit.Request) error {
	place, _, _, err := p.link(r, notifications.GiveBack)
	if err != nil {
		return err
	}
	if err := p.going.Posts.GiveBack(r.Context(), r.Tenant.ID, place); err != nil {
		return err
	}
	return show(r, http.StatusOK, "back", goneBody(r, "back"))
}

func (p pages) link(r *kit.Request, act notifications.GoingAct) (id.ID, *community.Going, *community.Post, error) {
	return p.going.Link(r.Context(), r.Tenant, r.Gin.Request.Host, act, r.Query("p"), r.Query("s"))
}

func show(r *kit.Request, status int, key string, body templ.Component) error {
	return r.Page(kit.Page{Status: status, Title: r.Words.T("going." + key + ".title"), Body: body, NoIndex: true, Slim: true})
}

func about(r *kit.Request, key string, place *community.Going, event *community.Post) string {
	date := event.Event.When(place.StartsAt)
	return r.Words.T(key, "Title", cards.Title(event), "When", r.Words.Span(r.Now, date.Starts, date.Ends))
}

func calendarPath(event *community.Post) templ.SafeURL {
	return templ.SafeURL(event.Kind.Path() + "/" + event.ID.String() + "/calendrier.ics")
}
