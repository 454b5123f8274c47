package search

import (
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// suggest answers the box while somebody types: a few links, or nothing.
func (p page) suggest(r *kit.Request) error {
	hints, err := p.posts.Search.Hints(r.Context(), r.Tenant.ID, shortened(r.Query("q")))
	if err != nil {
		return err
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("X-Robots-Tag", "noindex")
	return hintLinks(r, hints).Render(r.Context(), r.Gin.Writer)
}

func (p page) follow(r *kit.Request) error {
	query := queryOf(r, r.Form().Value)
	if err := p.posts.Search.Follow(r.Context(), r.Actor, query); err != nil {
		if _, invalid := r.Invalid(err); invalid {
			return r.SeeOther(query.Path(), "notice.search_not_followed")
		}
		return err
	}
	return r.SeeOther(query.Path(), "notice.search_followed")
}

func (p page) stopOwn(r *kit.Request) error {
	search, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.posts.Search.StopFollowing(r.Context(), r.Tenant.ID, r.Actor.Member, search, notifications.ByPage); err != nil {
		return err
	}
	return r.SeeOther("/moi", "notice.search_stopped")
}

// askToStop changes nothing: mail scanners open links.
func (p page) askToStop(r *kit.Request) error {
	if _, _, err := p.stopLink(r); err != nil {
		return err
	}
	return p.showStop(r, false)
}

func (p page) stop(r *kit.Request) error {
	member, search, err := p.stopLink(r)
	if err != nil {
		return err
	}
	way := notifications.ByPage
	if r.Form().Value("List-Unsubscribe") == "One-Click" {
		way = notifications.ByOneClick
	}
	if err := p.posts.Search.StopFollowing(r.Context(), r.Tenant.ID, member, search, way); err != nil {
		return err
	}
	return p.showStop(r, true)
}

func (p page) stopLink(r *kit.Request) (member, search id.ID, err error) {
	return p.searches.StopLink(r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("r"), r.Query("s"))
}

func (p page) showStop(r *kit.Request, stopped bool) error {
	title := r.Words.T("community.search.stop.title")
	if stopped {
		title = r.Words.T("community.search.stopped.title")
	}
	return r.Page(kit.Page{Title: title, NoIndex: true, Slim: true, Body: stopPage(r, title, stopped)})
}
