package posts

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// How often letters to say "I'll be there" may be asked for: for one address,
// and from one place on the network.
const (
	placesAnAddress = 5
	placesAnOrigin  = 30
	placesIn        = time.Hour
)

// going is who goes to an event, as its page shows it.
type going struct {
	*community.Goers
	// Named agreed to be shown; First is everybody's first name, for the author.
	Named []membership.Person
	First string
}

// goers reads who goes; it is nil for what is no event, or over.
func (p pages) goers(r *kit.Request, post *community.Post, own bool) (*going, error) {
	found, err := p.posts.Goers(r.Context(), r.Actor, post)
	if err != nil || found == nil {
		return nil, err
	}
	shown := &going{Goers: found}
	people, err := p.members.People(r.Context(), r.Tenant.ID, found.Members)
	if err != nil {
		return nil, err
	}
	var first []string
	for _, member := range found.Members {
		person := people[member]
		if person.Shown {
			shown.Named = append(shown.Named, person)
		}
		name, _, _ := strings.Cut(person.Name, " ")
		first = append(first, name)
	}
	if own {
		shown.First = words.French(strings.Join(first, ", "))
	}
	return shown, nil
}

// roomLeft says how many places there are still, where they are counted.
func roomLeft(r *kit.Request, p *reading) string {
	left := p.Event.Places - p.Going.Count
	switch {
	case p.Event.Places == 0:
		return ""
	case left <= 0 && p.Going.Waiting > 0:
		return r.Words.T("going.full") + " " + r.Words.N("going.waiting.count", p.Going.Waiting)
	case left <= 0:
		return r.Words.T("going.full")
	case p.Going.Count == 0:
		return r.Words.N("going.places", p.Event.Places)
	}
	return r.Words.N("going.left", left, "Places", p.Event.Places)
}

// goingForm is the form for an address, as it was left.
func goingForm(p *reading) *kit.Form {
	if refusedAt(p.Form, "email") {
		return p.Form
	}
	return kit.NewForm()
}

// goTo takes a place or gives it back: a member's at once, anybody else's by a
// letter.
func (p pages) goTo(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	back := post.Path() + "#jy-vais"
	if !r.Actor.IsMember() {
		err := p.askPlace(r, post)
		if form, invalid := r.Invalid(err); invalid {
			return p.page(r, post, http.StatusUnprocessableEntity, form)
		}
		if errors.Is(err, fault.TooMany) {
			return p.page(r, post, http.StatusTooManyRequests, wrong(r, "email", "error.community.places_flood"))
		}
		if err != nil {
			return err
		}
		return r.SeeOther(back, "notice.going_asked")
	}
	if r.Form().Has("place", "rendre") {
		if err := p.posts.Withdraw(r.Context(), r.Actor, post.ID); err != nil {
			return err
		}
		return r.SeeOther(back, "notice.going_back")
	}
	place, err := p.posts.Go(r.Context(), r.Actor, post.ID)
	if err != nil {
		return err
	}
	if place.Waiting {
		return r.SeeOther(back, "notice.going_waiting")
	}
	return r.SeeOther(back, "")
}

func (p pages) askPlace(r *kit.Request, post *community.Post) error {
	email, valid := membership.Address(r.Form().Value("email"))
	if !valid {
		return fault.InvalidField("email", "error.email")
	}
	if !p.origins.Allow(r.IP()) || !p.addresses.Allow(r.Tenant.ID.String()+" "+email) {
		return fault.TooMany
	}
	who := r.Actor
	who.Language = r.Words.Language
	return p.posts.AskPlace(r.Context(), who, post.ID, email)
}
