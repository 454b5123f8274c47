// Package operator is the console at the bare host: what communities there
// are, how they fare, and opening, suspending and resuming them.
package operator

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/internal/work"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web/kit"
)

// Role is what the operator's people are; the policy of tenants knows it not.
const Role actor.Role = "operator"

// Figures counts across communities; wiring meets it from the rooms.
type Figures interface {
	Members(ctx context.Context) (map[id.ID]int, error)
	Pieces(ctx context.Context) (map[id.ID]int, error)
	Waiting(ctx context.Context) (map[id.ID]int, error)
	// Views are of pages, in the last days.
	Views(ctx context.Context, days int) (map[id.ID]int, error)
}

// Console serves the operator's pages.
type Console struct {
	Tenants   *tenants.Service
	Operators *tenants.Operators
	Figures   Figures
	// Letters leave as Senders say.
	Letters *notifications.Letters
	Senders *notifications.Senders
	// Work tells what is done without anybody waiting, Workshop repairs it, and
	// Digest how far a mailing has come.
	Work     Works
	Workshop *work.Workshop
	Digest   *notifications.Digest
	// Demo is what the bare home shows in the demonstration; nil elsewhere.
	Demo *Demo
	// Address writes the address at which a community answers.
	Address func(*tenants.Tenant) string
}

// Mount registers the console's routes.
func (c *Console) Mount(routes *kit.Routes) {
	routes.Get("/", kit.Anyone, c.home)
	routes.Get("/robots.txt", kit.Anyone, func(r *kit.Request) error {
		r.Gin.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
		return nil
	})
	routes.Get("/operator/connexion", kit.Anyone, c.signIn)
	routes.Post("/operator/connexion", kit.Anyone, c.requestLink)
	routes.Get("/operator/connexion/:token", kit.Anyone, c.confirmLink)
	routes.Post("/operator/connexion/:token", kit.Anyone, c.useLink)
	routes.Post("/operator/deconnexion", kit.SignedIn, c.signOut)
	routes.Get("/operator", kit.SignedIn, c.list)
	routes.Get("/operator/communautes/nouvelle", kit.SignedIn, c.new)
	routes.Post("/operator/communautes", kit.SignedIn, c.create)
	routes.Get("/operator/communautes/:slug", kit.SignedIn, c.show)
	routes.Post("/operator/communautes/:slug/langues", kit.SignedIn, c.setLanguages)
	routes.Post("/operator/communautes/:slug/lettre", kit.SignedIn, c.setAppearance)
	routes.Post("/operator/communautes/:slug/suspendre", kit.SignedIn, c.suspend(true))
	routes.Post("/operator/communautes/:slug/reprendre", kit.SignedIn, c.suspend(false))
	c.mountMail(routes)
	c.mountWork(routes)
	if c.Demo != nil {
		routes.Post("/demo/entrer", kit.Anyone, c.enter)
	}
}

func (c *Console) page(r *kit.Request, p kit.Page) error {
	p.NoIndex = true
	p.Slim = true
	p.Subtitle = r.Words.T("operator.console")
	if r.Actor.IsMember() {
		p.Menu = []kit.Link{
			{Href: "/operator", Label: r.Words.T("operator.communities"), Section: "communities"},
			{Href: "/operator/communautes/nouvelle", Label: r.Words.T("operator.open"), Section: "new"},
			{Href: mailPath, Label: r.Words.T("operator.mail.own.menu"), Section: "mail"},
			{Href: workPath, Label: r.Words.T("operator.work.menu"), Section: "work"},
		}
	}
	return r.Page(p)
}

// line is a community in the console's list.
type line struct {
	Tenant                   tenants.Tenant
	Address                  string
	Members, Pieces, Waiting int
	Views                    int
}

const daysViewed = 30

func (c *Console) lines(ctx context.Context) ([]line, error) {
	all, err := c.Tenants.List(ctx)
	if err != nil {
		return nil, err
	}
	members, err := c.Figures.Members(ctx)
	if err != nil {
		return nil, err
	}
	pieces, err := c.Figures.Pieces(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := c.Figures.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	views, err := c.Figures.Views(ctx, daysViewed)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(all))
	for n, tenant := range all {
		lines[n] = line{Tenant: tenant, Address: c.Address(&all[n]), Members: members[tenant.ID],
			Pieces: pieces[tenant.ID], Waiting: waiting[tenant.ID], Views: views[tenant.ID]}
	}
	return lines, nil
}

func (c *Console) home(r *kit.Request) error {
	if c.Demo != nil {
		return c.showDemo(r)
	}
	return c.page(r, kit.Page{Title: r.Words.T("operator.home.title"), Body: homePage(r)})
}

func (c *Console) list(r *kit.Request) error {
	lines, err := c.lines(r.Context())
	if err != nil {
		return err
	}
	title := sentence(r, lines)
	return c.page(r, kit.Page{Title: title, Section: "communities", Body: listPage(r, title, lines)})
}

// sentence says how things stand before any figure does.
func sentence(r *kit.Request, lines []line) string {
	if len(lines) == 0 {
		return r.Words.T("operator.list.none")
	}
	var busy []string
	for _, one := range lines {
		if one.Waiting > 0 {
			busy = append(busy, one.Tenant.Name)
		}
	}
	if len(busy) == 0 {
		return r.Words.T("operator.list.calm")
	}
	return r.Words.N("operator.list.busy", len(busy), "Names", strings.Join(busy, ", "))
}

func (c *Console) new(r *kit.Request) error {
	return c.showNew(r, kit.NewForm("colour", "#1b6b5a", "address", "tu", "language", "fr", "languages", "fr"), 0)
}

func (c *Console) showNew(r *kit.Request, form *kit.Form, status int) error {
	return c.page(r, kit.Page{Status: status, Title: r.Words.T("operator.new.title"), Section: "new", Body: newPage(r, form, c.Tenants.Base)})
}

func (c *Console) create(r *kit.Request) error {
	form := r.Form()
	seeds, err := look.FromBrand(form.Value("colour"))
	if err != nil {
		err = fault.InvalidField("colour", "error.colour")
	}
	var opened *tenants.Tenant
	if err == nil {
		settings := tenants.Settings{Look: seeds, Tagline: form.Value("tagline"), Address: form.Value("address"),
			Language: form.Value("language"), Languages: form.Values["languages"]}
		opened, err = c.Tenants.Create(r.Context(), strings.ToLower(form.Value("slug")), form.Value("name"), settings)
	}
	if form, invalid := r.Invalid(err); invalid {
		return c.showNew(r, form, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/operator/communautes/"+opened.Slug, "notice.community_opened")
}

func (c *Console) find(r *kit.Request) (line, error) {
	lines, err := c.lines(r.Context())
	if err != nil {
		return line{}, err
	}
	for _, one := range lines {
		if one.Tenant.Slug == r.Param("slug") {
			return one, nil
		}
	}
	return line{}, fmt.Errorf("community: %w", fault.NotFound)
}

func (c *Console) show(r *kit.Request) error { return c.showOne(r, kit.NewForm(), 0) }

func (c *Console) showOne(r *kit.Request, form *kit.Form, status int) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	history, err := c.Tenants.History(r.Context(), one.Tenant.ID)
	if err != nil {
		return err
	}
	return c.page(r, kit.Page{Status: status, Title: one.Tenant.Name, Section: "communities", Body: showPage(r, one, history, form)})
}

func (c *Console) setLanguages(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	err = c.Tenants.SetLanguages(r.Context(), one.Tenant.ID, form.Value("language"), form.Values["languages"])
	if form, invalid := r.Invalid(err); invalid {
		return c.showOne(r, form, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/operator/communautes/"+one.Tenant.Slug, "notice.languages_saved")
}

func (c *Console) setAppearance(r *kit.Request) error {
	one, err := c.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	day, problem := strconv.Atoi(form.Value("day"))
	hour, other := strconv.Atoi(form.Value("hour"))
	if problem != nil || other != nil {
		day = 0 // which is none
	}
	err = c.Tenants.SetAppears(r.Context(), one.Tenant.ID, tenants.Appearance{Day: day, Hour: hour})
	if form, invalid := r.Invalid(err); invalid {
		return c.showOne(r, form, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/operator/communautes/"+one.Tenant.Slug, "notice.letter_saved")
}

// appearing is the form of when a community's letter comes out.
func appearing(form *kit.Form, tenant *tenants.Tenant) *kit.Form {
	if len(form.Values["day"]) > 0 {
		return form
	}
	at := tenant.Appears()
	return kit.NewForm("day", strconv.Itoa(at.Day), "hour", strconv.Itoa(at.Hour))
}

func days(w *words.Words) []kit.Option {
	var all []kit.Option
	for day := range 7 {
		all = append(all, kit.Option{Value: strconv.Itoa(day + 1), Label: w.Weekday(day + 1)})
	}
	return all
}

func hours(w *words.Words) []kit.Option {
	var all []kit.Option
	for hour := range 24 {
		all = append(all, kit.Option{Value: strconv.Itoa(hour), Label: w.Clock(time.Date(2026, 1, 1, hour, 0, 0, 0, w.Zone))})
	}
	return all
}

// spoken is the form of a community's languages, as they are or as they were
// typed.
func spoken(form *kit.Form, tenant *tenants.Tenant) *kit.Form {
	if len(form.Values["language"]) > 0 {
		return form
	}
	form = kit.NewForm("language", tenant.Settings.Language)
	form.Values["languages"] = tenant.Settings.Languages
	return form
}

func (c *Console) suspend(suspended bool) kit.Handler {
	return func(r *kit.Request) error {
		one, err := c.find(r)
		if err != nil {
			return err
		}
		err = c.Tenants.Suspend(r.Context(), one.Tenant.ID, r.Actor.Member, suspended, r.Form().Value("reason"))
		if form, invalid := r.Invalid(err); invalid {
			return c.showOne(r, form, http.StatusUnprocessableEntity)
		}
		if err != nil {
			return err
		}
		notice := "notice.community_resumed"
		if suspended {
			notice = "notice.community_suspended"
		}
		return r.SeeOther("/operator/communautes/"+one.Tenant.Slug, notice)
	}
}

func options(languages []string) []kit.Option {
	all := make([]kit.Option, 0, len(languages))
	for _, language := range languages {
		all = append(all, kit.Option{Value: language, Label: words.Names[language]})
	}
	return all
}
