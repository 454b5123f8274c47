// Package newsletters is where editors compose letters, see who gets them, send
// them and read what became of them.
package newsletters

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/kit"
)

const path = redaction.NewslettersPath

type pages struct {
	newsletters *notifications.Newsletters
	audience    *analytics.Audience
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, newsletters *notifications.Newsletters, audience *analytics.Audience) {
	p := pages{newsletters, audience}
	compose := kit.May("letter", "compose")
	routes.Get(path, compose, p.list)
	routes.Post(path, compose, p.start)
	routes.Get(path+"/:id", compose, p.show)
	routes.Post(path+"/:id", compose, p.save)
	routes.Get(path+"/:id/apercu", compose, p.preview)
	routes.Get(path+"/:id/apercu/html", compose, p.layout)
	routes.Get(path+"/:id/envoi", compose, p.sending)
	routes.Post(path+"/:id/envoi", compose, p.send)
	routes.Post(path+"/:id/essai", compose, p.try)
	routes.Post(path+"/:id/jeter", compose, p.drop)
	routes.Post(path+"/:id/deprogrammer", compose, p.step((*notifications.Newsletters).Unschedule, "newsletter_unscheduled"))
	routes.Post(path+"/:id/pause", compose, p.step((*notifications.Newsletters).Pause, "newsletter_paused"))
	routes.Post(path+"/:id/reprendre", compose, p.step((*notifications.Newsletters).Resume, "newsletter_resumed"))
	routes.Post(path+"/:id/arreter", compose, p.step((*notifications.Newsletters).Stop, "newsletter_stopped"))
}

func (p pages) page(r *kit.Request, status int, title string, body templ.Component) error {
	return r.Page(redaction.Page(r, kit.Page{Status: status, Title: title, Section: "newsletters", Body: body}))
}

// listed is what the list shows.
type listed struct {
	Open, Gone []notifications.Newsletter
	// Done is how many letters of those on their way are dealt with.
	Done  map[id.ID]int
	Older string
}

func (p pages) list(r *kit.Request) error {
	before, _ := strconv.Atoi(r.Query("avant"))
	open, gone, older, err := p.newsletters.Desk(r.Context(), r.Actor, before)
	if err != nil {
		return err
	}
	l := &listed{Open: open, Gone: gone, Done: map[id.ID]int{}}
	for n := range open {
		if !open[n].Begun() {
			continue
		}
		figures, err := p.newsletters.FiguresOf(r.Context(), r.Actor, &open[n])
		if err != nil {
			return err
		}
		l.Done[open[n].ID] = figures.Readers - figures.Waiting
	}
	if older != 0 {
		l.Older = path + "?avant=" + strconv.Itoa(older)
	}
	return p.page(r, http.StatusOK, r.Words.T("newsletters.title"), listPage(r, l))
}

func (p pages) start(r *kit.Request) error {
	row, err := p.newsletters.Start(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return r.SeeOther(row.Path(), "")
}

func (p pages) find(r *kit.Request) (*notifications.Newsletter, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.newsletters.Find(r.Context(), r.Actor, wanted)
}

// show is the form of a draft, and how it goes of any other.
func (p pages) show(r *kit.Request) error {
	row, err := p.find(r)
	if err != nil {
		return err
	}
	if row.Open() {
		return p.compose(r, http.StatusOK, &composing{Newsletter: row, Form: filled(r, row)})
	}
	return p.report(r, row)
}

// reported is how a newsletter goes.
type reported struct {
	*notifications.Newsletter
	Figures notifications.NewsletterFigures
	Visits  int
	Zone    *time.Location
}

func (p pages) report(r *kit.Request, row *notifications.Newsletter) error {
	shown := &reported{Newsletter: row, Zone: r.Tenant.Location()}
	if row.Begun() {
		var err error
		if shown.Figures, err = p.newsletters.FiguresOf(r.Context(), r.Actor, row); err != nil {
			return err
		}
		if shown.Visits, err = p.audience.Campaign(r.Context(), r.Tenant.ID, row.Number, row.BegunAt.In(shown.Zone)); err != nil {
			return err
		}
	}
	page := kit.Page{Title: shown.title(r), Section: "newsletters", Body: reportPage(r, shown)}
	if row.State == notifications.GoingOut {
		page.Scripts = []string{"htmx.js"} // looks again by itself
	}
	return r.Page(redaction.Page(r, page))
}

// title says in one sentence how it goes.
func (s *reported) title(r *kit.Request) string {
	switch s.State {
	case notifications.Scheduled:
		return r.Words.T("newsletters.report.scheduled", "Day", r.Words.Day(r.Now, s.SendAt.In(s.Zone)), "Hour", r.Words.Clock(s.SendAt.In(s.Zone)))
	case notifications.GoingOut:
		if s.FixedAt.IsZero() && s.Readers == 0 {
			return r.Words.T("newsletters.report.begins")
		}
		return r.Words.T("newsletters.report.sending", "Done", r.Words.Number(s.done()), "Readers", r.Words.Number(s.Readers))
	case notifications.PausedMail:
		return r.Words.T("newsletters.report.paused", "Done", r.Words.Number(s.done()), "Readers", r.Words.Number(s.Readers))
	case notifications.StoppedOut:
		return r.Words.N("newsletters.report.stopped", s.Figures.Sent)
	}
	if s.Imported() {
		return s.Subject
	}
	return r.Words.N("newsletters.report.sent", s.Figures.Sent)
}

// Imported tells that it was brought along from elsewhere: nothing was counted.
func (s *reported) Imported() bool {
	return s.Begun() && s.Newsletter.Figures == nil && s.FixedAt.IsZero() && s.State == notifications.SentOut
}

// done is how many letters nothing is to be done about any more.
func (s *reported) done() int { return s.Readers - s.Figures.Waiting }

func (p pages) step(do func(*notifications.Newsletters, context.Context, actor.Actor, id.ID) error, notice string) kit.Handler {
	return func(r *kit.Request) error {
		wanted, err := r.ID("id")
		if err != nil {
			return err
		}
		err = do(p.newsletters, r.Context(), r.Actor, wanted)
		if errors.Is(err, fault.Conflict) {
			// It went on while the page was open: the page says how far.
			notice, err = "newsletter_moved", nil
		}
		if err != nil {
			return err
		}
		return r.SeeOther(pathOf(wanted), notice)
	}
}

func (p pages) drop(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.newsletters.Drop(r.Context(), r.Actor, wanted); err != nil {
		return err
	}
	return r.SeeOther(path, "newsletter_dropped")
}

func pathOf(newsletter id.ID) string { return path + "/" + newsletter.String() }

// subject names a newsletter, also one that has no subject yet.
func subject(r *kit.Request, row *notifications.Newsletter) string {
	if row.Subject == "" {
		return r.Words.T("newsletters.nameless")
	}
	return row.Subject
}

func moment(r *kit.Request, at time.Time) string {
	at = at.In(r.Tenant.Location())
	return r.Words.Day(r.Now, at) + ", " + r.Words.Clock(at)
}
