package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// NewsSpreads is the fact that there are more to tell of a new piece.
const NewsSpreads outbox.Fact = "news.spreads"

// toldOfAPiece is how many one transaction tells of a new piece.
const toldOfAPiece = 500

// spreading is how far a piece's news has come: to which of its audiences, and
// after whom.
type spreading struct {
	community.PostFact
	Audience int   `json:"audience"`
	After    id.ID `json:"after"`
}

// audience is who hears of a new piece: a group's members, or followers.
type audience struct {
	kind   Happening
	target community.Target
}

func audiences(post *community.Post) (all []audience) {
	add := func(kind, name string) {
		if name != "" {
			all = append(all, audience{Followed, community.Target{Kind: kind, Name: name}})
		}
	}
	if post.GroupID != 0 {
		group := community.Target{Kind: community.FollowGroup, Name: post.GroupID.String()}
		all = append(all, audience{InGroup, group}, audience{Followed, group})
	}
	for _, author := range post.Authors() {
		add(community.FollowPerson, author.String())
	}
	for _, topic := range post.Topics {
		add(community.FollowTopic, topic)
	}
	add(community.FollowPlace, post.Commune)
	return all
}

// Published follows "post.published": who is named is told first, the others by
// and by.
func (t *Telling) Published(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.PostFact](payload)
	if err != nil {
		return err
	}
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := t.tellNamed(ctx, tx, event{kind: Mentioned, name: postEvent(fact.ID), post: fact.ID, by: fact.Author})
		if err != nil {
			return err
		}
		return t.Letters.Outbox.Add(ctx, tx, NewsSpreads, spreading{PostFact: fact})
	})
}

// tellNamed tells those whose names stand in a piece or a reply.
func (t *Telling) tellNamed(ctx context.Context, tx database.Tx, about event) error {
	named, err := t.Posts.Mentions(ctx, tx.Tenant, about.post)
	if err != nil {
		return err
	}
	var members []id.ID
	for _, one := range named[about.comment] {
		members = append(members, one.MemberID)
	}
	return t.tell(ctx, tx, about, members)
}

// Spread follows NewsSpreads, some members at a time: however many there are,
// nobody's request waits for it.
func (t *Telling) Spread(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[spreading](payload)
	if err != nil {
		return err
	}
	err = t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post, err := t.standing(ctx, tenant, fact.ID, fact.Author)
		if err != nil || post == nil {
			return err
		}
		all := audiences(post)
		for room := toldOfAPiece; fact.Audience < len(all); {
			if room == 0 {
				return t.Letters.Outbox.Add(ctx, tx, NewsSpreads, fact)
			}
			members, err := t.audience(ctx, tenant, post, all[fact.Audience], fact.After, room)
			if err != nil {
				return err
			}
			about := event{kind: all[fact.Audience].kind, name: postEvent(post.ID), post: post.ID, by: post.AuthorID,
				group: post.GroupID, joined: all[fact.Audience].target.Kind == community.FollowGroup}
			if err := t.tell(ctx, tx, about, members); err != nil {
				return err
			}
			if len(members) == room {
				fact.After = members[room-1]
			} else {
				fact.Audience, fact.After = fact.Audience+1, 0
			}
			room -= len(members)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("spread the news of a piece: %w", err)
	}
	return nil
}

// standing finds a post that stands as its author does; nil when it is gone.
func (t *Telling) standing(ctx context.Context, tenant, post, author id.ID) (*community.Post, error) {
	found, err := t.Posts.Find(ctx, actor.MemberOf(tenant, author), post)
	if isNoRow(err) || err == nil && !found.Stands() {
		return nil, nil
	}
	return found, err
}

func (t *Telling) audience(ctx context.Context, tenant id.ID, post *community.Post, who audience, after id.ID, room int) ([]id.ID, error) {
	if who.kind == InGroup {
		return t.Groups.Belonging(ctx, tenant, post.GroupID, after, room)
	}
	return t.Posts.FollowersOf(ctx, tenant, who.target, after, room)
}

// Replied follows "comment.posted": those who wrote the piece and those who took
// part are told.
func (t *Telling) Replied(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.CommentFact](payload)
	if err != nil {
		return err
	}
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post, err := t.standing(ctx, tenant, fact.Post, fact.PostAuthor)
		if err != nil || post == nil {
			return err
		}
		comments, err := t.Posts.CommentsByIDs(ctx, tenant, []id.ID{fact.ID})
		if err != nil || comments[fact.ID] == nil {
			return err
		}
		others, err := t.Posts.Participants(ctx, tenant, post.ID)
		if err != nil {
			return err
		}
		about := event{kind: Mentioned, name: commentEvent(fact.ID), post: post.ID, comment: fact.ID, by: fact.Author}
		if err := t.tellNamed(ctx, tx, about); err != nil {
			return err
		}
		about.kind = Replied
		return t.tell(ctx, tx, about, append(post.Authors(), others...))
	})
}

// Thanked follows community.ThanksChanged, whichever of several comes first: it
// looks at how things are.
func (t *Telling) Thanked(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.ThanksFact](payload)
	if err != nil {
		return err
	}
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		stands, err := t.Posts.Thanked(ctx, actor.MemberOf(tenant, fact.By), fact.Post)
		if err != nil {
			return err
		}
		about := event{kind: Thanked, name: thanksEvent(fact.Post, fact.By), post: fact.Post, by: fact.By}
		_, err = tx.Update((*News)(nil)).Set("withdrawn = ?", !stands).Where("member_id = ?", fact.Author).Where("event = ?", about.name).Exec(ctx)
		if err != nil {
			return fmt.Errorf("take a merci back: %w", err)
		}
		tx.AfterCommit(func() { t.counts.forget(tenant, fact.Author) })
		if !stands {
			return nil
		}
		return t.tell(ctx, tx, about, []id.ID{fact.Author})
	})
}

// Welcomed follows "member.joined".
func (t *Telling) Welcomed(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		member, err := t.Members.ByID(ctx, tenant, fact.ID)
		if err != nil || t.Letters.Clock.Now().Sub(member.JoinedAt) > welcomeWithin {
			return err
		}
		return t.tell(ctx, tx, event{kind: Welcomed, name: "welcome"}, []id.ID{fact.ID})
	})
}

// Recall tells the authors of pieces what others said of them since a moment, as
// of when they did and without mail: a demonstration begins with it.
func (t *Telling) Recall(ctx context.Context, tenant id.ID, since time.Time) error {
	comments, thanks, err := t.Posts.Lately(ctx, tenant, since)
	if err != nil {
		return err
	}
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		recall := func(about event) error {
			post, err := t.standing(ctx, tenant, about.post, about.by)
			if err != nil || post == nil {
				return err
			}
			return t.tell(ctx, tx, about, post.Authors())
		}
		for _, one := range comments {
			if err := recall(event{kind: Replied, name: commentEvent(one.ID), post: one.PostID, comment: one.ID, by: one.AuthorID, at: one.PostedAt}); err != nil {
				return err
			}
		}
		for _, one := range thanks {
			if err := recall(event{kind: Thanked, name: thanksEvent(one.PostID, one.MemberID), post: one.PostID, by: one.MemberID, at: one.At}); err != nil {
				return err
			}
		}
		return nil
	})
}

// The names of events: each is told once.
func postEvent(post id.ID) string       { return "post/" + post.String() }
func commentEvent(comment id.ID) string { return "comment/" + comment.String() }
func thanksEvent(post, by id.ID) string { return "thanks/" + post.String() + "/" + by.String() }
