package posts

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// vouched is somebody's word to have been there.
type vouched struct {
	community.Vouch
	Author membership.Person
	// MayDrop tells that the reader may take it back.
	Own, MayDrop bool
}

// vouches reads who was there, ambassadors first.
func (p pages) vouches(r *kit.Request, post *community.Post) ([]vouched, error) {
	if post.Kind != community.Tip && post.Kind != community.Event {
		return nil, nil
	}
	vouches, err := p.posts.Vouches(r.Context(), r.Tenant.ID, post.ID)
	if err != nil || len(vouches) == 0 {
		return nil, err
	}
	ids := make([]id.ID, 0, len(vouches))
	for _, vouch := range vouches {
		ids = append(ids, vouch.MemberID)
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return nil, err
	}
	all := make([]vouched, 0, len(vouches))
	for _, vouch := range vouches {
		own := r.Actor.IsMember() && vouch.MemberID == r.Actor.Member
		all = append(all, vouched{vouch, people[vouch.MemberID], own, own || r.Allows("case", "decide")})
	}
	slices.SortStableFunc(all, func(a, b vouched) int { return rank(b) - rank(a) })
	return all, nil
}

func rank(v vouched) int {
	if v.Author.Is(actor.Ambassador) {
		return 1
	}
	return 0
}

// vouchLine says who was there and when: "Nolwenn L. y était en octobre".
func vouchLine(r *kit.Request, v vouched) string {
	now := r.Now.In(r.Tenant.Location())
	month := r.Words.Month(int(v.Month.Month()))
	if v.Month.Year() != now.Year() {
		month += " " + strconv.Itoa(v.Month.Year())
	}
	return r.Words.T("community.vouch.line", "Month", month)
}

const fieldMonth = "2006-01"

func vouchMonths(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, month := range community.VouchMonths(r.Now) {
		options = append(options, kit.Option{Value: month.Format(fieldMonth), Label: r.Words.Month(int(month.Month())) + " " + strconv.Itoa(month.Year())})
	}
	return options
}

func (p pages) vouch(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	if text := form.Value("retirer"); text != "" {
		member, err := id.Parse(text)
		if err != nil {
			return fault.NotFound
		}
		if err := p.posts.Unvouch(r.Context(), r.Actor, post.ID, member); err != nil {
			return err
		}
		return r.SeeOther(post.Path()+"#jy-etais", "")
	}
	// What is no month becomes one that the service refuses.
	month, _ := time.Parse(fieldMonth, form.Value("month"))
	err = p.posts.Vouch(r.Context(), r.Actor, post.ID, month, form.Value("vouch"))
	if form, invalid := r.Invalid(err); invalid {
		return p.page(r, post, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"#jy-etais", "notice.vouched")
}

// vouchForm is the form as it was left, else with what was said before.
func vouchForm(r *kit.Request, p *reading) *kit.Form {
	if vouchRefused(p) {
		return p.Form
	}
	form := kit.NewForm("month", r.Now.In(r.Tenant.Location()).Format(fieldMonth))
	for _, said := range p.Vouches {
		if said.Own {
			form.Values.Set("month", said.Month.Format(fieldMonth))
			form.Values.Set("vouch", said.Text)
		}
	}
	return form
}

func vouchedAlready(p *reading) bool {
	return slices.ContainsFunc(p.Vouches, func(said vouched) bool { return said.Own })
}

func vouchRefused(p *reading) bool { return refusedAt(p.Form, "month", "vouch") }

// refusedAt tells that something is wrong at one of the fields.
func refusedAt(form *kit.Form, names ...string) bool {
	return slices.ContainsFunc(form.Problems, func(field fault.Field) bool { return slices.Contains(names, field.Name) })
}

// otherForm is the form of the replies, without what was wrong elsewhere.
func otherForm(p *reading) *kit.Form {
	if !refusedAt(p.Form, "comment") {
		return kit.NewForm()
	}
	return p.Form
}
