package operator

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/internal/work"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// Works tells how work stands; wiring meets it from the jobs.
type Works interface {
	Standing(ctx context.Context) (*work.Standing, error)
}

const (
	workPath  = "/operator/travaux"
	stuckPath = workPath + "/en-panne"
)

// mountWork registers the pages about what happens without anybody waiting.
func (c *Console) mountWork(routes *kit.Routes) {
	routes.Get(workPath, kit.SignedIn, c.work)
	routes.Get(stuckPath, kit.SignedIn, c.stuck)
	routes.Post(stuckPath+"/relancer", kit.SignedIn, c.again)
	routes.Post(stuckPath+"/ecarter", kit.SignedIn, c.drop)
}

// names are those of communities; what belongs to none is the operator's own.
type names map[id.ID]string

func (n names) of(tenant id.ID) string {
	if name := n[tenant]; name != "" {
		return name
	}
	return "Kumun"
}

func (c *Console) names(ctx context.Context) (names, []tenants.Tenant, error) {
	all, err := c.Tenants.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	named := names{}
	for _, tenant := range all {
		named[tenant.ID] = tenant.Name
	}
	return named, all, nil
}

func (c *Console) work(r *kit.Request) error {
	named, _, err := c.names(r.Context())
	if err != nil {
		return err
	}
	standing, err := c.Work.Standing(r.Context())
	if err != nil {
		return err
	}
	letters, err := c.Letters.Undelivered(r.Context())
	if err != nil {
		return err
	}
	dead := totals(letters)
	for _, queue := range standing.Queues {
		dead += queue.Dead
	}
	title := calm(r, standing, dead)
	return c.page(r, kit.Page{Title: title, Section: "work", Body: workPage(r, title, standing, named, dead)})
}

// patience is how long work may wait before it is worth a word.
const patience = time.Minute

// calm says how things stand before any figure does.
func calm(r *kit.Request, standing *work.Standing, dead int) string {
	oldest := standing.Oldest
	if oldest.Waiting == 0 || r.Now.Sub(oldest.Since) < patience {
		if dead > 0 {
			return r.Words.N("operator.work.but", dead)
		}
		return r.Words.T("operator.work.calm")
	}
	return r.Words.T("operator.work.late", "Wait", lasting(r.Words, r.Now.Sub(oldest.Since)))
}

// lasting is a duration as people say it: "12 min", "3 h", "2 jours".
func lasting(w *words.Words, wait time.Duration) string {
	switch {
	case wait < time.Minute:
		return w.T("operator.work.seconds", "Count", int(wait.Seconds()))
	case wait < time.Hour:
		return w.T("operator.work.minutes", "Count", int(wait.Minutes()))
	case wait < 48*time.Hour:
		return w.T("operator.work.hours", "Count", int(wait.Hours()))
	}
	return w.T("operator.work.days", "Count", int(wait.Hours()/24))
}

// often says how often a task comes round.
func often(w *words.Words, every time.Duration) string {
	switch every {
	case time.Hour:
		return w.T("operator.work.tasks.hourly")
	case 24 * time.Hour:
		return w.T("operator.work.tasks.daily")
	}
	return w.T("operator.work.tasks.every", "Every", lasting(w, every))
}

// about says what a fact or a letter is about, or its name where nobody has said
// it yet.
func about(w *words.Words, what, kind string) string {
	if key := "operator.work." + what + "." + kind; w.Knows(key) {
		return w.T(key)
	}
	return w.T("operator.work."+what+".other", "Kind", kind)
}

// said is what went wrong, as it was said, without addresses.
func said(w *words.Words, problem string) string {
	if problem == "" {
		return w.T("operator.work.unsaid")
	}
	return notifications.HintedIn(problem)
}

// hands names what a process works off.
func hands(w *words.Words, worker work.Worker) string {
	var all []string
	for _, queue := range worker.Queues {
		all = append(all, w.T("operator.work.queue."+queue))
	}
	return strings.Join(all, ", ")
}

func totals(all []work.Stuck) (total int) {
	for n, one := range all {
		if n == 0 || one.TenantID != all[n-1].TenantID || one.Kind != all[n-1].Kind {
			total += one.Total
		}
	}
	return total
}

// heap is what is stuck of one kind in one community.
type heap struct {
	work.Stuck
	Slug string
	Each []work.Stuck
}

func heaps(all []work.Stuck, slugs map[id.ID]string) (found []heap) {
	for n, one := range all {
		if n == 0 || one.TenantID != all[n-1].TenantID || one.Kind != all[n-1].Kind {
			found = append(found, heap{Stuck: one, Slug: slugs[one.TenantID]})
		}
		last := &found[len(found)-1]
		last.Each = append(last.Each, one)
	}
	return found
}

// again tells whether some of a heap can be tried again.
func (h heap) again() bool {
	for _, one := range h.Each {
		if !one.Final {
			return true
		}
	}
	return false
}

func (c *Console) stuck(r *kit.Request) error { return c.showStuck(r, kit.NewForm(), 0) }

func (c *Console) showStuck(r *kit.Request, form *kit.Form, status int) error {
	named, all, err := c.names(r.Context())
	if err != nil {
		return err
	}
	slugs := map[id.ID]string{}
	for _, tenant := range all {
		slugs[tenant.ID] = tenant.Slug
	}
	facts, err := c.Workshop.DeadFacts(r.Context())
	if err != nil {
		return err
	}
	letters, err := c.Letters.Undelivered(r.Context())
	if err != nil {
		return err
	}
	repairs, err := c.Workshop.Repairs(r.Context())
	if err != nil {
		return err
	}
	title := r.Words.T("operator.work.stuck.calm")
	if count := totals(facts) + totals(letters); count > 0 {
		title = r.Words.N("operator.work.stuck.title", count)
	}
	return c.page(r, kit.Page{Status: status, Title: title, Section: "work",
		Body: stuckPage(r, title, append(heaps(facts, slugs), heaps(letters, slugs)...), named, repairs, form)})
}

// meant reads of what a form speaks. What belongs to no community is the
// operator's own.
func (c *Console) meant(r *kit.Request, form *kit.Form) (of work.Of, err error) {
	of.Kind = form.Value("kind")
	if slug := form.Value("community"); slug != "" {
		tenant, err := c.Tenants.BySlug(r.Context(), slug)
		if err != nil {
			return of, err
		}
		of.Tenant = tenant.ID
	}
	if row := form.Value("row"); row != "" {
		if of.Row, err = id.Parse(row); err != nil {
			return of, fmt.Errorf("%w: %w", fault.NotFound, err)
		}
	}
	return of, nil
}

func (c *Console) again(r *kit.Request) error {
	form := r.Form()
	of, err := c.meant(r, form)
	if err != nil {
		return err
	}
	if form.Value("what") == work.ALetter {
		_, err = c.Letters.SendAgain(r.Context(), r.Actor.Member, of)
	} else {
		_, err = c.Workshop.FactsAgain(r.Context(), r.Actor.Member, of)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(stuckPath, "notice.work_again")
}

func (c *Console) drop(r *kit.Request) error {
	form := r.Form()
	of, err := c.meant(r, form)
	if err == nil && of.Row == 0 {
		err = fault.NotFound // one at a time
	}
	if err != nil {
		return err
	}
	if form.Value("what") == work.ALetter {
		err = c.Letters.Drop(r.Context(), r.Actor.Member, of, form.Value("reason"))
	} else {
		err = c.Workshop.DropFact(r.Context(), r.Actor.Member, of, form.Value("reason"))
	}
	if form, invalid := r.Invalid(err); invalid {
		return c.showStuck(r, form, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(stuckPath, "notice.work_dropped")
}
