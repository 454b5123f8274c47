// Package redaction is the editor's morning: one page that says what went stale,
// what the week lacks and who went quiet, with a button for each.
package redaction

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// NewslettersPath is where editors compose letters.
const NewslettersPath = path + "/lettres"

const (
	path = "/redaction"
	// A morning is short: the rest comes tomorrow.
	staleShown, quietShown, linksShown = 6, 5, 4
	linksCounted                       = 100
)

type pages struct {
	posts         *community.Service
	members       *membership.Service
	freshness     *notifications.Freshness
	subscriptions *notifications.Subscriptions
	// waiting counts the first pieces that nobody has read yet.
	waiting func(ctx context.Context, tenant id.ID) (int, error)
}

// Mount adds the editors' pages.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, freshness *notifications.Freshness, subscriptions *notifications.Subscriptions, desk *moderation.Service) {
	p := pages{posts, members, freshness, subscriptions, desk.FirstWaiting}
	edit := kit.May("post", "feature")
	routes.Get(path, edit, p.morning)
	routes.Get(path+"/recherches", kit.May("search", "read"), p.sought)
	routes.Post(path+"/publications/:id/confirmer", edit, p.confirm)
	routes.Post(path+"/publications/:id/demander", edit, p.remind)
	routes.Post(path+"/publications/:id/retirer", edit, p.retire)
	routes.Post(path+"/relances", edit, p.nudge)
	routes.Post(path+"/question", edit, p.ask)
	routes.Get(path+"/horaires", edit, p.hours)
	routes.Post(path+"/horaires", edit, p.setHours)
	routes.Get(aheadPath, edit, p.programme)
	routes.Post(aheadPath+"/:id/retirer", edit, p.withdraw)
	routes.Get(frontPath, edit, p.front)
	routes.Post(frontPath, edit, p.choose)
	routes.Post(frontPath+"/:id/retirer", edit, p.unchoose)
	routes.Get(subscribersPath, kit.May("subscriber", "read"), p.subscribers)
	routes.Get(importPath, kit.May("subscriber", "import"), p.showImport)
	routes.Post(importPath, kit.May("subscriber", "import"), p.importList)
	routes.Post(exportPath, kit.May("subscriber", "manage"), p.export)
}

// day is one of the coming seven.
type day struct {
	At    time.Time
	Empty bool
}

// morning is what the page shows.
type morning struct {
	Stale     []*community.Post
	StaleMore int
	Moved     []community.MovedTranslation
	Owners    map[id.ID]membership.Person
	Days      []day
	Ahead     ahead
	// Links lead nowhere any more; LinksMore are not shown.
	Links     []community.DeadLink
	LinksMore int
	Missing   []community.Kind
	Quiet     []notifications.Quiet
	// Next is who may be written to, Letter what would go out.
	Next    *notifications.Quiet
	Letter  letters.Letter
	Prompt  *kit.Form
	Waiting int
	gaps    []time.Time
}

func (p pages) morning(r *kit.Request) error { return p.show(r, http.StatusOK, nil) }

func (p pages) show(r *kit.Request, status int, prompt *kit.Form) error {
	m := &morning{Prompt: prompt}
	ctx, tenant := r.Context(), r.Tenant.ID
	stale, total, err := p.posts.Unconfirmed(ctx, tenant, staleShown)
	if err != nil {
		return err
	}
	m.Stale, m.StaleMore = stale, int(total)-len(stale)
	owners := make([]id.ID, 0, len(stale))
	for _, post := range stale {
		owners = append(owners, post.Owner())
	}
	if m.Owners, err = p.members.People(ctx, tenant, owners); err != nil {
		return err
	}
	if m.Moved, err = p.posts.MovedTranslations(ctx, tenant, staleShown); err != nil {
		return err
	}
	now := r.Now.In(r.Tenant.Location())
	week, err := p.posts.WeekGaps(ctx, tenant, now)
	if err != nil {
		return err
	}
	m.gaps, m.Missing = week.Empty, week.Missing
	for _, at := range comingDays(r) {
		m.Days = append(m.Days, day{at, slices.ContainsFunc(week.Empty, at.Equal)})
	}
	if m.Ahead, err = p.ahead(r, aheadShown); err != nil {
		return err
	}
	dead, err := p.posts.DeadLinks(ctx, r.Actor, linksCounted)
	if err != nil {
		return err
	}
	m.Links = dead[:min(len(dead), linksShown)]
	m.LinksMore = len(dead) - len(m.Links)
	if err := p.people(r, m); err != nil {
		return err
	}
	if m.Waiting, err = p.waiting(ctx, tenant); err != nil {
		return err
	}
	return r.Page(Page(r, kit.Page{Status: status, Title: r.Words.T("redaction.title"), Section: "morning", Body: morningPage(r, m)}))
}

// Page gives a page the editors' menu and name.
func Page(r *kit.Request, p kit.Page) kit.Page {
	p.Slim, p.NoIndex, p.Subtitle = true, true, r.Words.T("redaction.subtitle")
	p.Menu = []kit.Link{
		{Href: path, Label: r.Words.T("redaction.menu.morning"), Section: "morning"},
		{Href: frontPath, Label: r.Words.T("redaction.menu.front"), Section: "front"},
		{Href: NewslettersPath, Label: r.Words.T("redaction.menu.newsletters"), Section: "newsletters"},
		{Href: path + "/recherches", Label: r.Words.T("redaction.menu.sought"), Section: "sought"},
		{Href: path + "/audience", Label: r.Words.T("audience.name"), Section: "audience"},
	}
	if r.Allows("case", "read") {
		p.Menu = append(p.Menu, kit.Link{Href: "/moderation", Label: r.Words.T("kit.menu.desk")})
	}
	p.Menu = append(p.Menu, kit.Link{Href: "/", Label: r.Words.T("redaction.menu.site")})
	return p
}

// people reads who went quiet, and prepares a word for the first of them.
func (p pages) people(r *kit.Request, m *morning) error {
	_, monday, _ := r.Tenant.Issue(r.Now)
	prompt, err := p.posts.Prompt(r.Context(), r.Tenant.ID, monday)
	if err != nil {
		return err
	}
	if m.Prompt == nil {
		m.Prompt = kit.NewForm("prompt", prompt)
	}
	if m.Quiet, err = p.freshness.Quiet(r.Context(), r.Actor); err != nil {
		return err
	}
	for n := range m.Quiet {
		if m.Quiet[n].Open {
			m.Next = &m.Quiet[n]
			m.Letter = p.freshness.NudgeFor(r.Tenant, m.Next.Member, prompt)
			break
		}
	}
	m.Quiet = m.Quiet[:min(len(m.Quiet), quietShown)]
	return nil
}

func (p pages) confirm(r *kit.Request) error { return p.answer(r, p.posts.Confirm, "fresh_confirmed") }
func (p pages) retire(r *kit.Request) error  { return p.answer(r, p.posts.Retire, "fresh_retired") }
func (p pages) remind(r *kit.Request) error  { return p.answer(r, p.freshness.Remind, "fresh_asked") }

func (p pages) answer(r *kit.Request, do func(context.Context, actor.Actor, id.ID) error, notice string) error {
	post, err := r.ID("id")
	if err != nil {
		return err
	}
	err = do(r.Context(), r.Actor, post)
	if errors.Is(err, fault.Conflict) {
		notice, err = "fresh_asked_already", nil
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path, notice)
}

func (p pages) nudge(r *kit.Request) error {
	member, err := id.Parse(r.Form().Value("membre"))
	if err != nil {
		return fault.NotFound
	}
	if err := p.freshness.Nudge(r.Context(), r.Actor, member); err != nil {
		return err
	}
	return r.SeeOther(path, "nudge_sent")
}

func (p pages) ask(r *kit.Request) error {
	_, monday, _ := r.Tenant.Issue(r.Now)
	err := p.posts.Ask(r.Context(), r.Actor, monday, r.Form().Value("prompt"))
	if form, invalid := r.Invalid(err); invalid {
		return p.show(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path, "prompt_saved")
}

// lead is the morning in one sentence: "Quatre pages à vérifier, jeudi est vide."
func (m *morning) lead(r *kit.Request) string {
	stale := len(m.Stale) + m.StaleMore
	key := "redaction.lead.stale." + strconv.Itoa(stale)
	if stale > 9 {
		key = "redaction.lead.stale.many"
	}
	return r.Words.T(key, "Count", stale) + ", " + m.gap(r) + "."
}

func (m *morning) gap(r *kit.Request) string {
	switch len(m.gaps) {
	case 0:
		return r.Words.T("redaction.lead.full")
	case 1:
		return r.Words.T("redaction.lead.one", "Day", weekday(r, m.gaps[0]))
	case 2:
		return r.Words.T("redaction.lead.two", "Day", weekday(r, m.gaps[0]), "Other", weekday(r, m.gaps[1]))
	}
	return r.Words.T("redaction.lead.many", "Count", len(m.gaps))
}

func weekday(r *kit.Request, day time.Time) string { return r.Words.Weekday(int(day.Weekday())) }

// minutes is about how long the page takes: one and a half for a call, one for
// the rest each.
func (m *morning) minutes() int {
	minutes := 2 + len(m.Stale)*3/2
	if m.Next != nil {
		minutes++
	}
	return min(minutes+min(len(m.gaps), 2), 12)
}

func (m *morning) missing(r *kit.Request) string {
	names := make([]string, 0, len(m.Missing))
	for _, kind := range m.Missing {
		names = append(names, r.Words.T("redaction.kind."+string(kind)))
	}
	return strings.Join(names, ", ")
}

// about tells a screen reader for which piece a button is.
func about(r *kit.Request, key string, post *community.Post) string {
	return r.Words.T("redaction.stale.about", "Action", r.Words.T(key), "Title", cards.Title(post))
}

func action(post *community.Post, does string) string {
	return path + "/publications/" + post.ID.String() + "/" + does
}

// comingDays are today and the six that follow, where the community is.
func comingDays(r *kit.Request) []time.Time {
	now := r.Now.In(r.Tenant.Location())
	days := make([]time.Time, 7)
	for n := range days {
		days[n] = time.Date(now.Year(), now.Month(), now.Day()+n, 0, 0, 0, 0, now.Location())
	}
	return days
}
