package community

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Inside is where a piece stands that was written for the members of its group:
// never Published, so that whatever lists, counts, finds or mails what is
// published passes it by without knowing of groups. The store refuses such a
// piece any state in which everyone reads. A reply under it is Inside as well.
//
// A piece keeps the readers for whom it was written, whatever becomes of its
// group.
const Inside = State("inside")

// Facts about what is Inside have names of their own: who follows "post.published"
// or "comment.posted" may tell everyone.
const (
	PostedInside    = "group.posted"
	CommentedInside = "group.commented"
)

// where is the state that a piece comes to: one for members stays with them, and
// has neither age nor end.
func (p *Post) where(state State) State {
	if p.MembersOnly && (state == Published || state == Expired || state == Stale) {
		return Inside
	}
	return state
}

// Stands tells that readers come across the piece now, be it in its group alone.
func (p *Post) Stands() bool { return stands(p.State) }

// moderated is the state as moderation, which does not ask who reads, knows it.
func moderated(state State) State {
	if state == Inside {
		return Published
	}
	return state
}

func stands(state State) bool { return state == Published || state == Inside }

// postedFact is the name of the fact that a piece appeared.
func (p *Post) postedFact() outbox.Fact {
	if p.MembersOnly {
		return PostedInside
	}
	return "post.published"
}

// meets tells that the actor comes across a piece and may answer it: one that is
// published, or that stands in a group to which they belong.
func (s *Service) meets(ctx context.Context, who actor.Actor, post *Post) (bool, error) {
	if post.State != Inside {
		return post.State == Published, nil
	}
	return s.belongs(ctx, who, post.GroupID)
}

func (s *Service) belongs(ctx context.Context, who actor.Actor, group id.ID) (bool, error) {
	if !who.IsMember() || group == 0 {
		return false, nil
	}
	return s.Groups.Has(ctx, who.Tenant, group, who.Member)
}

// refuseUnmet finds nothing where the actor does not meet the piece.
func (s *Service) refuseUnmet(ctx context.Context, who actor.Actor, post *Post) error {
	meets, err := s.meets(ctx, who, post)
	if err == nil && !meets {
		err = fault.NotFound
	}
	return err
}

// reads tells whether the actor may open a piece: what everyone sees, the own,
// what waits for a moderator, and what is Inside a group for those in it.
func (s *Service) reads(ctx context.Context, who actor.Actor, post *Post) (bool, error) {
	if s.sees(who, post.AuthorID, post.State) {
		return true, nil
	}
	if post.State != Inside {
		return false, nil
	}
	return s.belongs(ctx, who, post.GroupID)
}

// ReadBy are those of some members who may read a piece in whatever state.
func (s *Service) ReadBy(ctx context.Context, tenant, post id.ID, members []id.ID) (readers []id.ID, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Post{}
		err := tx.Select(found).Column("id", "author_id", "group_id", "state").Where("id = ?", post).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		inside := map[id.ID]bool{}
		if found.State == Inside {
			if inside, err = s.Groups.Among(ctx, tenant, found.GroupID, members); err != nil {
				return err
			}
		}
		for _, member := range members {
			if inside[member] || s.sees(actor.MemberOf(tenant, member), found.AuthorID, found.State) {
				readers = append(readers, member)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find who may read a piece: %w", err)
	}
	return readers, nil
}

// InGroup lists a page of what stands in a group, the newest first: to its
// members all of it, to others what is published.
func (s *Service) InGroup(ctx context.Context, who actor.Actor, group id.ID, limit int, after Cursor) ([]*Post, Cursor, error) {
	filter := Filter{Group: group, Limit: limit}
	belongs, err := s.belongs(ctx, who, group)
	if err != nil {
		return nil, Cursor{}, err
	}
	if !belongs {
		return s.Feed(ctx, who.Tenant, filter, after)
	}
	posts, next, err := s.feed(ctx, who.Tenant, "state IN ('published', 'inside')", filter, after)
	for _, post := range posts {
		post.today(s.Clock.Now())
	}
	return posts, next, err
}

// today puts an event that only its group sees at its next date: time moves on
// what is published, and passes the others by.
func (p *Post) today(now time.Time) {
	if p.State == Inside && p.Event != nil {
		p.toNext(now)
	}
}

// groupAhead bounds the events of a group from which its next ones are made.
const groupAhead = 60

// GroupAgenda lists what takes place in a group from now on within a time, as
// the actor may see it.
func (s *Service) GroupAgenda(ctx context.Context, who actor.Actor, group id.ID, within time.Duration) ([]Happening, error) {
	now := s.Clock.Now()
	belongs, err := s.belongs(ctx, who, group)
	if err != nil {
		return nil, err
	}
	if !belongs {
		return s.Agenda(ctx, who.Tenant, Filter{Group: group}, now, now.Add(within))
	}
	posts, _, err := s.feed(ctx, who.Tenant, "state IN ('published', 'inside')", Filter{Group: group, Kind: Event, Limit: groupAhead}, Cursor{})
	if err != nil {
		return nil, err
	}
	return happenings(posts, now, now.Add(within)), nil
}

// forMembers tells whether what is written in a group is for its members alone.
func (s *Service) forMembers(ctx context.Context, tenant, group id.ID) (bool, error) {
	if group == 0 {
		return false, nil
	}
	found, err := s.Groups.ByIDs(ctx, tenant, []id.ID{group})
	one := found[group]
	return one.MembersOnly(), err
}

// writeIn checks that the author may write in a group, and tells whether what is
// written there is for its members alone.
func (s *Service) writeIn(ctx context.Context, tx database.Tx, author actor.Actor, group id.ID, invalid *fault.Invalid) (membersOnly bool, err error) {
	if group == 0 {
		return false, nil
	}
	found, err := s.Groups.ByIDs(ctx, author.Tenant, []id.ID{group})
	if err != nil {
		return false, err
	}
	one, known := found[group]
	place, err := s.Groups.Place(ctx, author, &one)
	if err != nil {
		return false, err
	}
	if !known || !place.Belongs() || one.Archived() {
		invalid.Add("group", "error.community.group")
		return false, nil
	}
	if place.Owner {
		return one.MembersOnly(), nil
	}
	return one.MembersOnly(), refuseNewcomersFlood(ctx, tx, author.Member, group, place.Joining.JoinedAt, s.Clock.Now())
}

// readsPost tells whether somebody may read what they report.
func (s *Service) readsPost(ctx context.Context, tx database.Tx, who actor.Actor, piece id.ID) (bool, error) {
	post, err := findPost(ctx, tx, piece)
	if err != nil {
		return false, err
	}
	return s.reads(ctx, who, post)
}

func (s *Service) readsComment(ctx context.Context, tx database.Tx, who actor.Actor, piece id.ID) (bool, error) {
	comment, post, err := findComment(ctx, tx, piece)
	if err != nil {
		return false, err
	}
	if comment.State == Inside && comment.AuthorID != who.Member {
		return s.belongs(ctx, who, post.GroupID)
	}
	return true, nil
}
