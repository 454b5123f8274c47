package redaction

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

const (
	subscribersPath = path + "/abonnes"
	importPath      = subscribersPath + "/import"
	exportPath      = subscribersPath + "/export"
	// refusedShown is how many refused lines a report names.
	refusedShown = 100
)

// subscribers is what the page shows.
type subscribers struct {
	notifications.SubscriptionFigures
	// Manages tells that the reader may see addresses.
	Manages bool
	Search  string
	List    []notifications.Subscription
	Older   string
	Lists   []notifications.SubscriptionList
	People  map[id.ID]membership.Person
}

func (p pages) subscribers(r *kit.Request) error {
	ctx, s := r.Context(), &subscribers{Manages: r.Allows("subscriber", "manage"), Search: r.Query("adresse")}
	var err error
	if s.SubscriptionFigures, err = p.subscriptions.Figures(ctx, r.Actor); err != nil {
		return err
	}
	if s.Manages {
		before, err := id.Parse(r.Query("avant"))
		if err != nil {
			before = 0
		}
		list, older, err := p.subscriptions.List(ctx, r.Actor, s.Search, before)
		if err != nil {
			return err
		}
		if s.List = list; older != 0 {
			s.Older = subscribersPath + "?avant=" + older.String()
		}
	}
	if s.Lists, err = p.subscriptions.Lists(ctx, r.Actor); err != nil {
		return err
	}
	var people []id.ID
	for _, list := range s.Lists {
		people = append(people, list.ByID)
	}
	if s.People, err = p.members.People(ctx, r.Tenant.ID, people); err != nil {
		return err
	}
	return r.Page(Page(r, kit.Page{Title: r.Words.T("subscribers.title"), Body: subscribersPage(r, s)}))
}

func (p pages) showImport(r *kit.Request) error {
	return importing(r, http.StatusOK, kit.NewForm("news", "yes"), nil)
}

func (p pages) importList(r *kit.Request) error {
	form := r.Form()
	list := notifications.Brought{Table: []byte(form.Values.Get("table")), News: form.Has("news", "yes"), Offers: form.Has("offers", "yes"),
		CollectedBy: form.Value("collected_by"), Manner: form.Value("manner"), Wording: form.Value("wording"), Vouched: form.Has("vouched", "yes")}
	if file, sent := form.File("file"); sent {
		content, err := file.Open()
		if err != nil {
			return fmt.Errorf("open a list: %w", err)
		}
		defer func() { _ = content.Close() }()
		if list.Table, err = io.ReadAll(io.LimitReader(content, notifications.MaxListBytes+1)); err != nil {
			return fmt.Errorf("read a list: %w", err)
		}
	}
	report, err := p.subscriptions.Import(r.Context(), r.Actor, list)
	if refused, invalid := r.Invalid(err); invalid {
		return importing(r, http.StatusUnprocessableEntity, refused, nil)
	}
	if err != nil {
		return err
	}
	return importing(r, http.StatusOK, nil, report)
}

// importing shows the form, or what became of it.
func importing(r *kit.Request, status int, form *kit.Form, report *notifications.Report) error {
	return r.Page(Page(r, kit.Page{Status: status, Title: r.Words.T("subscribers.import.title"), Body: importPage(r, form, report)}))
}

func (p pages) export(r *kit.Request) error {
	table, err := p.subscriptions.Export(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Disposition", `attachment; filename="`+r.Tenant.Slug+`-abonnes-`+r.Now.Format(time.DateOnly)+`.csv"`)
	header.Set("Cache-Control", "no-store")
	r.Gin.Data(http.StatusOK, "text/csv; charset=utf-8", table)
	return nil
}

// standing is the key of how a subscriber stands.
func standing(one notifications.Subscription) string {
	switch {
	case one.ConfirmedAt.IsZero():
		return "waiting"
	case one.News && one.Offers:
		return "both"
	case one.News:
		return "news"
	case one.Offers:
		return "offers"
	}
	return "left"
}

func listLine(r *kit.Request, s *subscribers, list notifications.SubscriptionList) string {
	by := s.People[list.ByID].Name
	if by == "" {
		by = r.Words.T("subscribers.lists.command")
	}
	return r.Words.T("subscribers.lists."+list.Kind, "Name", by, "Day", r.Words.Date(list.At), "Taken", r.Words.Number(list.Taken), "Refused", r.Words.Number(list.Refused))
}
