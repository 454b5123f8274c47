package community

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
)

const (
	// MaxPinned is how many pieces stay at the top of a group.
	MaxPinned = 3
	// hidingsShown bounds the keepers' list of what they hid.
	hidingsShown = 20
	// newInGroup is how long a member is new to a group, and newcomersAnHour how
	// many pieces they write there meanwhile.
	newInGroup      = 7 * days
	newcomersAnHour = 3
)

// Hiding is what a group's keeper took off its pages, and why.
type Hiding struct {
	bun.BaseModel `bun:"table:group_hidings,alias:hiding"`
	database.Owned
	ID      id.ID `bun:",pk"`
	GroupID id.ID
	PostID  id.ID
	ByID    id.ID
	Reason  string
	At      time.Time

	Post *Post `bun:"-"`
}

// HidingFact is what the outbox tells of it.
type HidingFact struct {
	ID id.ID `json:"id"`
}

// keptPost finds a piece of a group that the actor keeps.
func (s *Service) keptPost(ctx context.Context, tx database.Tx, by actor.Actor, post id.ID) (*Post, error) {
	found, err := findPost(ctx, tx, post)
	if err != nil {
		return nil, err
	}
	if found.GroupID == 0 || !by.IsMember() {
		return nil, fault.NotFound
	}
	return found, s.mustKeep(ctx, by, found.GroupID)
}

// MayKeep tells whether the actor keeps the group of a piece.
func (s *Service) MayKeep(ctx context.Context, by actor.Actor, post *Post) (bool, error) {
	if post.GroupID == 0 || !by.IsMember() {
		return false, nil
	}
	return s.Groups.Keeps(ctx, by, post.GroupID)
}

// Pin keeps a piece at the top of its group, or lets it go.
func (s *Service) Pin(ctx context.Context, by actor.Actor, post id.ID, pinned bool) error {
	err := s.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := s.keptPost(ctx, tx, by, post)
		if err != nil {
			return err
		}
		found.PinnedAt = time.Time{}
		if pinned {
			if !found.Stands() {
				return fault.NotFound
			}
			count, err := pinnedIn(tx, (*Post)(nil), found.GroupID).Where("id <> ?", post).Count(ctx)
			if err != nil {
				return err
			}
			if count >= MaxPinned {
				return fault.InvalidField("pin", "error.group.pins", "Max", MaxPinned)
			}
			found.PinnedAt = s.Clock.Now()
		}
		_, err = tx.Update(found).Column("pinned_at").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("pin a post: %w", err)
	}
	return nil
}

func pinnedIn(tx database.Tx, model any, group id.ID) *bun.SelectQuery {
	return tx.Select(model).Where("group_id = ?", group).Where("pinned_at IS NOT NULL").Where("state IN ('published', 'inside')")
}

// Pinned are the pieces at the top of a group that the actor may see, the one
// pinned last first.
func (s *Service) Pinned(ctx context.Context, who actor.Actor, group id.ID) ([]*Post, error) {
	belongs, err := s.belongs(ctx, who, group)
	if err != nil {
		return nil, err
	}
	var posts []*Post
	err = s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := pinnedIn(tx, &posts, group).ColumnExpr(feedColumns)
		if !belongs {
			query.Where("state = 'published'")
		}
		if err := query.Order("pinned_at DESC").Limit(MaxPinned).Scan(ctx); err != nil {
			return err
		}
		for _, post := range posts {
			post.today(s.Clock.Now())
		}
		return dressed(ctx, tx, posts...)
	})
	if err != nil {
		return nil, fmt.Errorf("read what is pinned: %w", err)
	}
	return posts, nil
}

// Hide takes a piece of a group off its pages, for a keeper, with the reason
// that its author is told. The community's moderators can show it again.
func (s *Service) Hide(ctx context.Context, by actor.Actor, post id.ID, reason string) error {
	err := s.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := s.keptPost(ctx, tx, by, post)
		if err != nil {
			return err
		}
		if !found.Stands() || found.AuthorID == by.Member {
			return fault.NotFound
		}
		now := s.Clock.Now()
		row := &Hiding{ID: id.New(now), GroupID: found.GroupID, PostID: post, ByID: by.Member, Reason: Clean(reason), At: now}
		if length := utf8.RuneCountInString(row.Reason); length < 3 || length > membership.MaxAnswer {
			return fault.InvalidField("reason", "error.reason")
		}
		if err := s.setPostState(ctx, tx, post, Hidden); err != nil {
			return err
		}
		if _, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id) DO UPDATE").
			Set("id = EXCLUDED.id, by_id = EXCLUDED.by_id, reason = EXCLUDED.reason, at = EXCLUDED.at").Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "group.hid", HidingFact{row.ID})
	})
	if err != nil {
		return fmt.Errorf("hide a post of a group: %w", err)
	}
	return nil
}

// Unhide shows again what a keeper hid; what moderators hid stays so.
func (s *Service) Unhide(ctx context.Context, by actor.Actor, post id.ID) error {
	err := s.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := s.keptPost(ctx, tx, by, post)
		if err != nil {
			return err
		}
		result, err := tx.Delete((*Hiding)(nil)).Where("post_id = ?", post).Exec(ctx)
		if err := changed(result, err, fault.NotFound); err != nil {
			return err
		}
		if found.State != Hidden {
			return nil
		}
		return s.setPostState(ctx, tx, post, Published)
	})
	if err != nil {
		return fmt.Errorf("show a post of a group again: %w", err)
	}
	return nil
}

func (s *Service) mustKeep(ctx context.Context, by actor.Actor, group id.ID) error {
	keeps, err := s.Groups.Keeps(ctx, by, group)
	if err == nil && !keeps {
		err = fault.NotFound
	}
	return err
}

const inGroup = `SELECT id FROM posts WHERE tenant_id = ?tenant AND group_id = ?0 AND id IN (?1)
  UNION ALL SELECT c.id FROM comments c JOIN posts p ON p.tenant_id = c.tenant_id AND p.id = c.post_id
  WHERE c.tenant_id = ?tenant AND p.group_id = ?0 AND c.id IN (?1)`

// Reported lists a group's pieces, and replies to them, that people reported and
// no moderator has decided on. Its keepers may hide them meanwhile, save their
// own, of which they learn by the decision.
func (s *Service) Reported(ctx context.Context, by actor.Actor, group id.ID) ([]moderation.Item, error) {
	if err := s.mustKeep(ctx, by, group); err != nil {
		return nil, err
	}
	var all []moderation.Item
	err := s.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		reported, err := s.Screen.Reported(ctx, tx)
		if err != nil || len(reported) == 0 {
			return err
		}
		var pieces, its []id.ID
		for _, item := range reported {
			pieces = append(pieces, item.PieceID)
		}
		if err := tx.Query(ctx, &its, inGroup, group, list(pieces)); err != nil {
			return err
		}
		all = slices.DeleteFunc(reported, func(item moderation.Item) bool {
			return !slices.Contains(its, item.PieceID) || item.AuthorID == by.Member
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what is reported in a group: %w", err)
	}
	return all, nil
}

// Hidings lists what a group's keepers hid and did not show again, the latest
// first.
func (s *Service) Hidings(ctx context.Context, by actor.Actor, group id.ID) ([]Hiding, error) {
	if err := s.mustKeep(ctx, by, group); err != nil {
		return nil, err
	}
	var all []Hiding
	err := s.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(&all).Where("group_id = ?", group).Order("id DESC").Limit(hidingsShown).Scan(ctx); err != nil || len(all) == 0 {
			return err
		}
		ids := make([]id.ID, 0, len(all))
		for _, one := range all {
			ids = append(ids, one.PostID)
		}
		var posts []*Post
		if err := tx.Select(&posts).ColumnExpr(feedColumns).Where("id IN (?)", list(ids)).Where("state = 'hidden'").Scan(ctx); err != nil {
			return err
		}
		for n := range all {
			for _, post := range posts {
				if post.ID == all[n].PostID {
					all[n].Post = post
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what a group hid: %w", err)
	}
	return all, nil
}

// HidingByID reads why a piece was hidden, with it, for the letter to its author.
func (s *Service) HidingByID(ctx context.Context, tenant, hiding id.ID) (*Hiding, error) {
	found := &Hiding{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(found).Where("id = ?", hiding).Scan(ctx); err != nil {
			return err
		}
		var err error
		found.Post, err = findPost(ctx, tx, found.PostID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read why a post was hidden: %w", err)
	}
	return found, nil
}

// LeftGroup follows the fact that somebody left: nothing of theirs stays there
// but what they wrote.
func (s *Service) LeftGroup(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	var fact membership.Belonging
	if err := json.Unmarshal(payload, &fact); err != nil {
		return fmt.Errorf("read who left: %w", err)
	}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		// They may have come back meanwhile.
		if back, err := s.Groups.Has(ctx, tenant, fact.Group, fact.Member); err != nil || back {
			return err
		}
		_, err := tx.Delete((*Follow)(nil)).Where("member_id = ?", fact.Member).Where("kind = ?", FollowGroup).Where("target = ?", fact.Group.String()).Exec(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Delete((*Hello)(nil)).Where("group_id = ?", fact.Group).Where("member_id = ?", fact.Member).Exec(ctx); err != nil {
			return err
		}
		var goings []Going
		if err := tx.Query(ctx, &goings, goingsInside, fact.Member, fact.Group); err != nil {
			return err
		}
		for n := range goings {
			event, err := lockEvent(ctx, tx, goings[n].PostID)
			if err != nil {
				return err
			}
			if err := s.freePlace(ctx, tx, event, &goings[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget who left a group: %w", err)
	}
	return nil
}

const goingsInside = `SELECT x.* FROM goings x JOIN posts p ON p.tenant_id = x.tenant_id AND p.id = x.post_id
  WHERE x.tenant_id = ?tenant AND x.member_id = ?0 AND p.group_id = ?1 AND p.members_only`

// refuseReplyInGroup keeps replies out of a group that is archived, and those of
// whom it keeps out.
func (s *Service) refuseReplyInGroup(ctx context.Context, author actor.Actor, group id.ID) error {
	if group == 0 {
		return nil
	}
	found, err := s.Groups.ByIDs(ctx, author.Tenant, []id.ID{group})
	if err != nil {
		return err
	}
	one := found[group]
	if one.Archived() {
		return fault.InvalidField("comment", "error.group.archived")
	}
	place, err := s.Groups.Place(ctx, author, &one)
	if err == nil && place.Blocked {
		err = fault.InvalidField("comment", "error.group.blocked")
	}
	return err
}

// refuseNewcomersFlood lets who has just come write a little at first.
func refuseNewcomersFlood(ctx context.Context, tx database.Tx, author, group id.ID, joined, now time.Time) error {
	if joined.Before(now.Add(-newInGroup)) {
		return nil
	}
	count, err := tx.Select((*Post)(nil)).Where("author_id = ?", author).Where("posted_at > ?", now.Add(-time.Hour)).Where("group_id = ?", group).Count(ctx)
	if err == nil && count >= newcomersAnHour {
		err = fault.TooMany
	}
	return err
}
