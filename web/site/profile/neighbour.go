package profile

import (
	"fmt"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// neighbour is what others see of a member.
type neighbour struct {
	*membership.Member
	groups []membership.Group
	pieces []cards.Piece
	older  string
	// follows tells that the reader follows them, silent that they want to hear
	// nothing of them.
	follows, silent bool
}

// neighbour shows a member who agreed to be shown, or who wrote something that
// is published: readers may know who speaks. Only the former show more than
// their name.
func (p pages) neighbour(r *kit.Request) error {
	asked, err := r.ID("id")
	if err != nil {
		return err
	}
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, asked)
	if err != nil {
		return err
	}
	posts, next, err := p.posts.Feed(r.Context(), r.Tenant.ID, community.Filter{Author: asked, Limit: 8}, community.ParseCursor(r.Query("apres")))
	if err != nil {
		return err
	}
	wrote := len(posts) > 0
	if !wrote && !member.Shown {
		if wrote, err = p.posts.Replied(r.Context(), r.Tenant.ID, asked); err != nil {
			return err
		}
	}
	if !visible(r, member, wrote) {
		return fmt.Errorf("see neighbour: %w", fault.NotFound)
	}
	shown := neighbour{Member: member}
	if !member.Shown {
		member.Place, member.About = "", ""
	} else if shown.groups, err = p.openGroupsOf(r, asked); err != nil {
		return err
	}
	if shown.pieces, err = cards.Pieces(r, p.members, posts); err != nil {
		return err
	}
	if shown.follows, err = p.posts.IsFollowing(r.Context(), r.Actor, community.Target{Kind: community.FollowPerson, Name: asked.String()}); err != nil {
		return err
	}
	if r.Actor.IsMember() {
		hears, err := p.members.Hears(r.Context(), r.Tenant.ID, r.Actor.Member, asked)
		if err != nil {
			return err
		}
		shown.silent = !hears
	}
	path := cards.PersonPath(asked)
	if !next.IsZero() {
		shown.older = path + "?apres=" + next.String()
	}
	// People are for neighbours to find, not for search engines.
	return r.Page(kit.Page{Title: member.Name, Canonical: path, NoIndex: true, Body: neighbourPage(r, shown)})
}

// silence is that the reader wants to hear nothing of somebody any more, or
// wants to again.
func (p pages) silence(r *kit.Request) error {
	asked, err := r.ID("id")
	if err != nil {
		return err
	}
	silent := !r.Form().Has("silence", "non")
	if err := p.members.Silence(r.Context(), r.Actor, asked, silent); err != nil {
		return err
	}
	notice := "notice.silenced"
	if !silent {
		notice = "notice.heard"
	}
	return r.SeeOther(cards.PersonPath(asked), notice)
}

func visible(r *kit.Request, member *membership.Member, wrote bool) bool {
	if !member.LeftAt.IsZero() {
		return false
	}
	if r.Actor.Member == member.ID || r.Allows("case", "decide") {
		return true
	}
	return member.State == membership.Published && (member.Shown || wrote)
}
