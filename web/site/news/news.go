// Package news is what members are told: on the site, by mail as they want it,
// and of what they want to hear nothing.
package news

import (
	"net/http"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// MailPath is where members say what comes by mail, and when.
const MailPath = "/moi/courrier"

const mutePath = "/moi/silence"

type pages struct {
	telling       *notifications.Telling
	digest        *notifications.Digest
	posts         *community.Service
	members       *membership.Service
	groups        *membership.Groups
	subscriptions *notifications.Subscriptions
}

// Mount adds the pages to the route table. What a letter links to is open to
// whoever holds the link: opening it changes nothing, since mail scanners do.
func Mount(routes *kit.Routes, telling *notifications.Telling, digest *notifications.Digest, subscriptions *notifications.Subscriptions) {
	p := pages{telling, digest, telling.Posts, telling.Members, telling.Groups, subscriptions}
	routes.Get(kit.NewsPath, kit.SignedIn, p.latest)
	routes.Post(kit.NewsPath+"/lues", kit.SignedIn, p.seeAll)
	routes.Get(mutePath, kit.SignedIn, p.askMute)
	routes.Post(mutePath, kit.SignedIn, p.mute)
	routes.Get(MailPath, kit.SignedIn, p.mail)
	routes.Post(MailPath, kit.SignedIn, p.saveMail)

	routes.Get("/courrier", kit.Anyone, p.mailByLink)
	routes.Post("/courrier", kit.Anyone, p.saveByLink)
	routes.Get("/courrier/arreter", kit.Anyone, p.askStop)
	routes.Post("/courrier/arreter", kit.Anyone, p.stop)
	routes.Get("/courrier/silence", kit.Anyone, p.askMuteByLink)
	routes.Post("/courrier/silence", kit.Anyone, p.muteByLink)
}

// today is what happened on one day.
type today struct {
	Name string
	News []notifications.Heard
}

func (p pages) latest(r *kit.Request) error {
	before, err := id.Parse(r.Query("avant"))
	if err != nil {
		before = 0
	}
	found, older, err := p.telling.Latest(r.Context(), r.Actor, before)
	if err != nil {
		return err
	}
	more := ""
	if older != 0 {
		more = kit.NewsPath + "?avant=" + older.String()
	}
	return r.Page(kit.Page{Title: r.Words.T("news.title"), NoIndex: true, Body: latestPage(r, byDay(r, found), more)})
}

func byDay(r *kit.Request, found []notifications.Heard) (days []today) {
	for _, one := range found {
		name := dayName(r, one.At)
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, today{Name: name})
		}
		last := &days[len(days)-1]
		last.News = append(last.News, one)
	}
	return days
}

func dayName(r *kit.Request, at time.Time) string {
	day := func(when time.Time) string { return when.In(r.Tenant.Location()).Format(time.DateOnly) }
	switch day(at) {
	case day(r.Now):
		return r.Words.T("news.today")
	case day(r.Now.In(r.Tenant.Location()).AddDate(0, 0, -1)):
		return r.Words.T("news.yesterday")
	}
	return r.Words.Day(r.Now, at)
}

func (p pages) seeAll(r *kit.Request) error {
	if err := p.telling.Saw(r.Context(), r.Actor, 0); err != nil {
		return err
	}
	return r.SeeOther(kit.NewsPath, "notice.news_seen")
}

// status is that of a page whose form was refused, or not.
func status(form *kit.Form) int {
	if len(form.Problems) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
