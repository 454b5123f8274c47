// Package audience shows editors what is looked at, and where people come from.
package audience

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/kit"
)

// daysShown are about a month.
const daysShown = 30

type pages struct {
	audience *analytics.Audience
	posts    *community.Service
	groups   *membership.Groups
	billing  *billing.Service
}

// Mount adds the page to the route table.
func Mount(routes *kit.Routes, audience *analytics.Audience, posts *community.Service, groups *membership.Groups, billing *billing.Service) {
	p := pages{audience, posts, groups, billing}
	routes.Get("/redaction/audience", kit.May("analytics", "read"), p.show)
}

// figures are the counts in words.
type figures struct {
	*analytics.Figures
	Tables []table
}

type table struct {
	Title string
	Lines []line
}

// line is a count with what it is of, and where that is.
type line struct {
	Label, Href string
	Views       int
}

func (p pages) show(r *kit.Request) error {
	counted, err := p.audience.Read(r.Context(), r.Tenant.ID, r.Tenant.Location(), daysShown)
	if err != nil {
		return err
	}
	pieces, err := p.named(r, counted.Pieces)
	if err != nil {
		return err
	}
	shown := figures{counted, []table{
		{r.Words.T("audience.pieces"), pieces},
		{r.Words.T("audience.referrers"), lines(counted.Referrers, func(host string) string {
			if host == analytics.Others {
				return r.Words.T("audience.others")
			}
			return host
		})},
		{r.Words.T("audience.entrances"), lines(counted.Entrances, func(name string) string { return r.Words.T("audience.entrance." + name) })},
		{r.Words.T("audience.pages"), lines(counted.Pages, func(route string) string { return pageName(r, route) })},
	}}
	title := r.Words.N("audience.title", counted.Total, "Count", r.Words.Number(counted.Total))
	return r.Page(redaction.Page(r, kit.Page{Title: title, Section: "audience", Body: audiencePage(r, title, shown)}))
}

func lines(counts []analytics.Count, label func(string) string) []line {
	all := make([]line, 0, len(counts))
	for _, one := range counts {
		all = append(all, line{Label: label(one.Name), Views: one.Views})
	}
	return all
}

// named gives pieces their titles; those that are gone keep their address.
func (p pages) named(r *kit.Request, counts []analytics.Count) ([]line, error) {
	var ids []id.ID
	for _, one := range counts {
		if piece, err := id.Parse(path.Base(one.Name)); err == nil {
			ids = append(ids, piece)
		}
	}
	titles := map[string]line{}
	posts, err := p.posts.ByIDs(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, post := range posts {
		titles[post.ID.String()] = line{Label: cards.Title(post), Href: post.Path()}
	}
	groups, err := p.groups.ByIDs(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		titles[group.ID.String()] = line{Label: words.French(group.Name), Href: group.Path()}
	}
	listings, err := p.billing.ByIDs(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, listing := range listings {
		titles[listing.ID.String()] = line{Label: words.French(listing.Name), Href: listing.Path()}
	}
	all := make([]line, 0, len(counts))
	for _, one := range counts {
		titled, known := titles[path.Base(one.Name)]
		if !known {
			titled = line{Label: one.Name}
		}
		titled.Views = one.Views
		all = append(all, titled)
	}
	return all, nil
}

// pageName says what a route shows; rarer ones show as they are.
func pageName(r *kit.Request, route string) string {
	plain := map[string]string{"/": "home", "/chercher": "search", "/groupes": "groups", "/groupes/:id": "group",
		"/adresses": "listings", "/adresses/:id": "listing", "/voisins/:id": "neighbour"}
	if name, known := plain[route]; known {
		return r.Words.T("audience.page." + name)
	}
	for _, kind := range community.Kinds {
		switch route {
		case kind.Path():
			return r.Words.T("audience.page.list." + string(kind))
		case kind.Path() + "/:id":
			return r.Words.T("audience.page.one." + string(kind))
		}
	}
	return route
}

// bar is a day in the drawing, in its units.
type bar struct{ X, Y, Height string }

const barsHigh = 60

func (f figures) most() int {
	most := 1
	for _, day := range f.Days {
		most = max(most, day.Views)
	}
	return most
}

func (f figures) bars() []bar {
	all := make([]bar, 0, len(f.Days))
	for n, day := range f.Days {
		height := day.Views * barsHigh / f.most()
		all = append(all, bar{strconv.Itoa(n * 10), strconv.Itoa(barsHigh - height), strconv.Itoa(height)})
	}
	return all
}

// dayOf reads a day as it is stored.
func dayOf(r *kit.Request, day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, r.Tenant.Location())
	if err != nil {
		return day
	}
	return strings.TrimSpace(strconv.Itoa(at.Day()) + " " + r.Words.Month(int(at.Month())))
}
