package posts

import (
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/web/kit"
)

// How often somebody may say from one address that something is not true.
const (
	doubtsAtOnce = 5
	doubtsIn     = time.Hour
)

// doubt takes the word of anyone, with an account or without.
func (p pages) doubt(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	if !p.doubts.Allow(r.Tenant.ID.String() + " " + reader(r)) {
		return fault.TooMany
	}
	if err := p.posts.Doubt(r.Context(), r.Actor, post.ID, seal(r, post)); err != nil {
		return err
	}
	return r.SeeOther(post.Path(), "notice.fresh_doubted")
}

// seal tells two readers of a piece apart without saying who they are.
func seal(r *kit.Request, post *community.Post) string {
	return r.Tenant.Seal("doubt", post.ID.String(), reader(r))
}

// reader is a member, else an address.
func reader(r *kit.Request) string {
	if r.Actor.IsMember() {
		return r.Actor.Member.String()
	}
	return r.IP()
}

// confirm is the owner's word, on the page.
func (p pages) confirm(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	if r.Form().Has("vrai", "non") {
		if err := p.posts.Retire(r.Context(), r.Actor, post.ID); err != nil {
			return err
		}
		return r.SeeOther(post.Path(), "notice.fresh_retired")
	}
	if err := p.posts.Confirm(r.Context(), r.Actor, post.ID); err != nil {
		return err
	}
	return r.SeeOther(post.Path(), "notice.fresh_confirmed")
}
