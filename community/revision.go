package community

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// revisionsKept is how many earlier versions a post has at most.
const revisionsKept = 50

// Revision is how a post read before an edit.
type Revision struct {
	bun.BaseModel `bun:"table:revisions,alias:revision"`
	database.Owned
	ID     id.ID `bun:",pk"`
	PostID id.ID
	// Version counts the edits before it.
	Version int
	// ByID changed it, At: until then it read so.
	ByID  id.ID
	At    time.Time
	Draft Draft `bun:"type:json"`
}

// draft is the post as its author would write it.
func (p *Post) draft() Draft {
	return Draft{Kind: p.Kind, Offer: p.Offer, Title: p.Title, Standfirst: p.Standfirst, Text: p.Text, Place: p.Place, Commune: p.Commune,
		Months: p.Months, Weekdays: p.Weekdays, LowTide: p.LowTide, Topics: p.Topics, PriceCents: p.PriceCents, Until: p.Until,
		Event: p.Event, Guide: p.Guide, Group: p.GroupID, Picture: p.PictureID, Language: p.Language, Synthesis: p.Rendering == Synthesis}
}

// Over is a post as it would read with the draft, however unfinished that is.
func (d Draft) Over(post Post, now time.Time) *Post {
	d.Kind = post.Kind
	d.clean()
	d.into(&post)
	asDrafted(&post, &d, now)
	post.GroupID, post.PictureID = d.Group, d.Picture
	if post.Event != nil && !post.Event.Starts.IsZero() {
		post.toNext(now)
	}
	return &post
}

// keepRevision keeps how a post reads before somebody changes it.
func keepRevision(ctx context.Context, tx database.Tx, post *Post, by id.ID, now time.Time) error {
	row := &Revision{ID: id.New(now), PostID: post.ID, Version: post.Version, ByID: by, At: now, Draft: post.draft()}
	// Two who save at once: the update that follows lets one of them pass.
	if _, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, version) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("keep what was written before: %w", err)
	}
	_, err := tx.Delete((*Revision)(nil)).Where("post_id = ?", post.ID).Where("version <= ?", post.Version-revisionsKept).Exec(ctx)
	return err
}

// What somebody who left has taken out of their pieces comes back to nobody.
const forgetEarlier = `DELETE FROM revisions WHERE tenant_id = ?tenant AND post_id IN (
  SELECT id FROM posts WHERE tenant_id = ?tenant AND author_id = ?0)`

func forgetRevisions(ctx context.Context, tx database.Tx, post id.ID) error {
	_, err := tx.Delete((*Revision)(nil)).Where("post_id = ?", post).Exec(ctx)
	return err
}

// History lists how a post read before, the latest first, for its author, for
// editors and for moderators.
func (s *Service) History(ctx context.Context, who actor.Actor, post id.ID) (*Post, []Revision, error) {
	var found *Post
	var all []Revision
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		if found, err = findPost(ctx, tx, post); err != nil {
			return err
		}
		own := who.IsMember() && found.AuthorID == who.Member
		if !s.sees(who, found.AuthorID, found.State) || !own && !s.moderates(who) && !s.Policy.Allows(who, "post", "edit_any") {
			return fault.NotFound
		}
		if err := withPictures(ctx, tx, found); err != nil {
			return err
		}
		return tx.Select(&all).Where("post_id = ?", post).OrderExpr("version DESC").Limit(revisionsKept).Scan(ctx)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the history of a post: %w", err)
	}
	return found, all, nil
}

// Earlier is the draft that makes a post read as it did before. A picture that
// is gone since stays away.
func (s *Service) Earlier(ctx context.Context, who actor.Actor, post, revision id.ID) (Draft, error) {
	var draft Draft
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := s.editable(ctx, tx, who, post)
		if err != nil {
			return err
		}
		var row Revision
		if err := tx.Select(&row).Where("post_id = ?", post).Where("id = ?", revision).Scan(ctx); err != nil {
			return err
		}
		draft = row.Draft
		draft.Version = found.Version
		return withAlt(ctx, tx, &draft)
	})
	if err != nil {
		return Draft{}, fmt.Errorf("read an earlier version: %w", err)
	}
	return draft, nil
}

// withAlt reads what a draft's picture shows, and drops one that is gone.
func withAlt(ctx context.Context, tx database.Tx, draft *Draft) error {
	if draft.Picture == 0 {
		return nil
	}
	var pictures []Picture
	if err := tx.Select(&pictures).Where("id = ?", draft.Picture).Scan(ctx); err != nil {
		return err
	}
	if len(pictures) == 0 {
		draft.Picture, draft.Alt = 0, ""
		return nil
	}
	draft.Alt = pictures[0].Alt
	return nil
}

// Editable reads a post that the actor may edit: the own one, or as an editor
// any that shows.
func (s *Service) Editable(ctx context.Context, who actor.Actor, post id.ID) (*Post, error) {
	var found *Post
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		if found, err = s.editable(ctx, tx, who, post); err != nil {
			return err
		}
		return withPictures(ctx, tx, found)
	})
	return found, err
}

func (s *Service) editable(ctx context.Context, tx database.Tx, who actor.Actor, post id.ID) (*Post, error) {
	if !s.Policy.Allows(who, "post", "edit_any") {
		return ownPost(ctx, tx, who, post)
	}
	found, err := findPost(ctx, tx, post)
	if err != nil {
		return nil, err
	}
	if found.MembersOnly {
		return ownPost(ctx, tx, who, post)
	}
	if found.State == Removed || !s.sees(who, found.AuthorID, found.State) {
		return nil, fault.NotFound
	}
	return found, nil
}
