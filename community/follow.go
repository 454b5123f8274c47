package community

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// What can be followed.
const (
	FollowGroup  = "group"
	FollowPerson = "person"
	FollowTopic  = "topic"
	FollowPlace  = "place"
)

// FollowKinds lists them.
var FollowKinds = []string{FollowGroup, FollowPerson, FollowTopic, FollowPlace}

const maxFollows = 200

// Follow is what a member wants to hear more of.
type Follow struct {
	bun.BaseModel `bun:"table:follows,alias:follow"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	Kind     string
	// Target is a group's or a person's identifier, a topic or a place.
	Target string
	Since  time.Time
}

// Target names what is followed.
type Target struct{ Kind, Name string }

// ParseTarget reads what String wrote.
func ParseTarget(text string) (Target, error) {
	kind, name, _ := strings.Cut(text, ":")
	name = Line(name)
	if !slices.Contains(FollowKinds, kind) || name == "" || len(name) > 2*MaxPlace {
		return Target{}, fmt.Errorf("follow %q: %w", text, fault.NotFound)
	}
	if kind == FollowGroup || kind == FollowPerson {
		if _, err := id.Parse(name); err != nil {
			return Target{}, fmt.Errorf("%w: %w", fault.NotFound, err)
		}
	}
	return Target{kind, name}, nil
}

// String is the target as forms name it.
func (t Target) String() string { return t.Kind + ":" + t.Name }

// Follow begins to follow; twice is once.
func (s *Service) Follow(ctx context.Context, who actor.Actor, target Target) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	now := s.Clock.Now()
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		count, err := tx.Select((*Follow)(nil)).Where("member_id = ?", who.Member).Count(ctx)
		if err != nil {
			return err
		}
		if count >= maxFollows {
			return fault.TooMany
		}
		row := &Follow{ID: id.New(now), MemberID: who.Member, Kind: target.Kind, Target: target.Name, Since: now}
		_, err = tx.Insert(row).On("CONFLICT (tenant_id, member_id, kind, target) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	return nil
}

// Unfollow ends it.
func (s *Service) Unfollow(ctx context.Context, who actor.Actor, target Target) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*Follow)(nil)).Where("member_id = ?", who.Member).Where("kind = ?", target.Kind).Where("target = ?", target.Name).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("unfollow: %w", err)
	}
	return nil
}

// Follows lists what the actor follows, the latest first.
func (s *Service) Follows(ctx context.Context, who actor.Actor) ([]Follow, error) {
	var follows []Follow
	if !who.IsMember() {
		return nil, nil
	}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&follows).Where("member_id = ?", who.Member).Order("since DESC", "id DESC").Limit(maxFollows).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read follows: %w", err)
	}
	return follows, nil
}

// FollowedBy lists what each of some members follows.
func (s *Service) FollowedBy(ctx context.Context, tenant id.ID, members []id.ID) (map[id.ID][]Follow, error) {
	by := map[id.ID][]Follow{}
	if len(members) == 0 {
		return by, nil
	}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var follows []Follow
		if err := tx.Select(&follows).Where("member_id IN (?)", list(members)).Scan(ctx); err != nil {
			return err
		}
		for _, follow := range follows {
			by[follow.MemberID] = append(by[follow.MemberID], follow)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read follows: %w", err)
	}
	return by, nil
}

// Holds tells whether a post is of what is followed.
func (f Follow) Holds(post *Post) bool {
	switch f.Kind {
	case FollowGroup:
		return post.GroupID != 0 && post.GroupID.String() == f.Target
	case FollowPerson:
		return post.AuthorID.String() == f.Target
	case FollowTopic:
		return slices.Contains(post.Topics, f.Target)
	case FollowPlace:
		return post.Commune == f.Target
	}
	return false
}

// IsFollowing tells whether the actor follows something.
func (s *Service) IsFollowing(ctx context.Context, who actor.Actor, target Target) (follows bool, err error) {
	if !who.IsMember() {
		return false, nil
	}
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		follows, err = tx.Select((*Follow)(nil)).Where("member_id = ?", who.Member).Where("kind = ?", target.Kind).Where("target = ?", target.Name).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for a follow: %w", err)
	}
	return follows, nil
}

// FollowersOf lists some of those who follow something, by identifier, after one
// of them.
func (s *Service) FollowersOf(ctx context.Context, tenant id.ID, target Target, after id.ID, limit int) (members []id.ID, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select((*Follow)(nil)).Column("member_id").Where("kind = ?", target.Kind).Where("target = ?", target.Name).
			Where("member_id > ?", after).Order("member_id").Limit(int64(limit)).Scan(ctx, &members)
	})
	if err != nil {
		return nil, fmt.Errorf("list followers: %w", err)
	}
	return members, nil
}

// Followed lists a page of what others published where the actor follows, the
// newest first: the order is that of time alone.
func (s *Service) Followed(ctx context.Context, who actor.Actor, after Cursor) ([]*Post, Cursor, error) {
	follows, err := s.Follows(ctx, who)
	if err != nil || len(follows) == 0 {
		return nil, Cursor{}, err
	}
	var posts []*Post
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&posts).ColumnExpr(feedColumns).Where("state = 'published'").Where("author_id <> ?", who.Member).
			WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery { return anyOf(query, follows) })
		if !after.IsZero() {
			query.Where("(posted_at, id) < (?, ?)", after.At, after.ID)
		}
		if err := query.OrderExpr("posted_at DESC, id DESC").Limit(PostsAPage + 1).Scan(ctx); err != nil {
			return err
		}
		return dressed(ctx, tx, posts...)
	})
	if err != nil {
		return nil, Cursor{}, fmt.Errorf("read what is followed: %w", err)
	}
	if len(posts) <= PostsAPage {
		return posts, Cursor{}, nil
	}
	posts = posts[:PostsAPage]
	last := posts[PostsAPage-1]
	return posts, Cursor{last.PostedAt, last.ID}, nil
}

func anyOf(query *bun.SelectQuery, follows []Follow) *bun.SelectQuery {
	var groups, people []id.ID
	var places []string
	for _, follow := range follows {
		switch follow.Kind {
		case FollowTopic:
			query.WhereOr("topics LIKE ? ESCAPE '!'", holds(follow.Target))
		case FollowPlace:
			places = append(places, follow.Target)
		case FollowGroup, FollowPerson:
			target, err := id.Parse(follow.Target)
			if err != nil {
				continue
			}
			if follow.Kind == FollowGroup {
				groups = append(groups, target)
				continue
			}
			people = append(people, target)
		}
	}
	if len(groups) > 0 {
		query.WhereOr("group_id IN (?)", list(groups))
	}
	if len(people) > 0 {
		query.WhereOr("author_id IN (?)", list(people))
	}
	if len(places) > 0 {
		query.WhereOr("commune IN (?)", bun.List(places))
	}
	return query
}
