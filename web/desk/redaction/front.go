package redaction

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const (
	frontPath = path + "/une"
	// frontOffered are the newest pieces, from which an editor chooses; any other
	// comes by the link on its own page.
	frontOffered = 40
	frontLasts   = 7 // days, unless an editor says otherwise
)

// front is what the page about the front page shows.
type front struct {
	Form    *kit.Form
	Now     []frontLine
	Plan    []community.FrontChoice
	Offered []kit.Option
}

// frontLine is a place of the front page as it is now.
type frontLine struct {
	Place int
	Post  *community.Post
	Until time.Time // zero when nobody chose it
}

func (p pages) front(r *kit.Request) error {
	today := r.Now.In(r.Tenant.Location())
	form := kit.NewForm("piece", r.Query("piece"), "place", "0", "starts", today.Format(time.DateOnly),
		"ends", today.AddDate(0, 0, frontLasts-1).Format(time.DateOnly))
	return p.showFront(r, http.StatusOK, form)
}

func (p pages) showFront(r *kit.Request, status int, form *kit.Form) error {
	f := &front{Form: form}
	ctx, tenant := r.Context(), r.Tenant.ID
	now := r.Now.In(r.Tenant.Location())
	composed, err := p.posts.Front(ctx, tenant, now)
	if err != nil {
		return err
	}
	if f.Plan, err = p.posts.FrontChoices(ctx, tenant); err != nil {
		return err
	}
	f.Now = lines(composed, f.Plan, now)
	newest, _, err := p.posts.Feed(ctx, tenant, community.Filter{Limit: frontOffered}, community.Cursor{})
	if err != nil {
		return err
	}
	if piece, err := id.Parse(form.Value("piece")); err == nil && !slices.ContainsFunc(newest, func(post *community.Post) bool { return post.ID == piece }) {
		asked, err := p.posts.ByIDs(ctx, tenant, []id.ID{piece})
		if err != nil {
			return err
		}
		newest = append(asked, newest...)
	}
	for _, post := range newest {
		f.Offered = append(f.Offered, kit.Option{Value: post.ID.String(), Label: cards.Title(post) + " (" + cards.KindWord(post, r.Words) + ")"})
	}
	return r.Page(Page(r, kit.Page{Status: status, Title: r.Words.T("front.title"), Section: "front", Body: frontPage(r, f)}))
}

// lines say for each place what shows, and whether somebody chose it.
func lines(composed community.Front, plan []community.FrontChoice, now time.Time) []frontLine {
	shown := append([]*community.Post{composed.Big}, composed.Cards...)
	var all []frontLine
	for place, post := range shown[:min(len(shown), community.FrontPlaces)] {
		line := frontLine{Place: place, Post: post}
		for _, choice := range plan {
			if post != nil && choice.PostID == post.ID && !choice.StartsAt.After(now) {
				line.Until = choice.EndsAt
			}
		}
		all = append(all, line)
	}
	return all
}

func (p pages) choose(r *kit.Request) error {
	form := r.Form()
	zone := r.Tenant.Location()
	choice := community.FrontChoice{Place: -1}
	if place, err := strconv.Atoi(form.Value("place")); err == nil {
		choice.Place = place
	}
	choice.PostID, _ = id.Parse(form.Value("piece")) // none is refused with the rest
	if from, err := time.ParseInLocation(time.DateOnly, form.Value("starts"), zone); err == nil {
		choice.StartsAt = from.UTC()
	}
	if last, err := time.ParseInLocation(time.DateOnly, form.Value("ends"), zone); err == nil {
		choice.EndsAt = last.AddDate(0, 0, 1).UTC()
	}
	err := p.posts.Choose(r.Context(), r.Actor, choice)
	if form, invalid := r.Invalid(err); invalid {
		return p.showFront(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(frontPath, "front_chosen")
}

func (p pages) unchoose(r *kit.Request) error {
	choice, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.posts.Unchoose(r.Context(), r.Actor, choice); err != nil {
		return err
	}
	return r.SeeOther(frontPath, "front_removed")
}

// lastDay is the day that people mean by an end at midnight.
func lastDay(r *kit.Request, ends time.Time) string {
	return r.Words.Day(r.Now, ends.Add(-time.Minute))
}

func place(r *kit.Request, n int) string { return r.Words.T("front.place." + strconv.Itoa(n)) }

func places(r *kit.Request) []kit.Option {
	var all []kit.Option
	for n := range community.FrontPlaces {
		all = append(all, kit.Option{Value: strconv.Itoa(n), Label: place(r, n)})
	}
	return all
}

func choiceTitle(r *kit.Request, choice community.FrontChoice) string {
	if choice.Post == nil {
		return r.Words.T("front.gone")
	}
	return cards.Title(choice.Post)
}
