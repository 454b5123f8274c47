package community

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
)

const (
	// manuscriptsEach is how many drafts somebody keeps at most.
	manuscriptsEach = 50
	// farthestSchedule is how far ahead a piece may be scheduled.
	farthestSchedule = 366 * days
	// previewLasts is how long a draft can be read by its link, and a little less.
	previewLasts = 30 * days
	// publishedAtOnce bounds a pass of PublishDue; the next takes the rest.
	publishedAtOnce = 100
)

// Manuscript is a draft that its author keeps. No list, count or search can show
// it: it is no post. The post that it becomes has its identifier.
type Manuscript struct {
	bun.BaseModel `bun:"table:manuscripts,alias:manuscript"`
	database.Owned
	ID        id.ID `bun:",pk"`
	AuthorID  id.ID
	Draft     Draft `bun:"type:json"`
	PictureID id.ID `bun:",nullzero"`
	SavedAt   time.Time
	// PublishAt is when it is to appear, Stopped the message that says why it
	// could not.
	PublishAt time.Time `bun:",nullzero"`
	Stopped   string

	Picture *Picture `bun:"-"`
}

// Post is how the piece would read today.
func (m *Manuscript) Post(now time.Time) *Post {
	post := m.Draft.Over(Post{ID: m.ID, Kind: m.Draft.Kind, AuthorID: m.AuthorID}, now)
	if post.Guide != nil {
		post.Guide.Authors = []id.ID{m.AuthorID}
	}
	post.Picture = m.Picture
	return post
}

// SaveDraft keeps a draft, however unfinished; the identifier is zero for a new
// one. It takes back when the piece was to appear.
func (s *Service) SaveDraft(ctx context.Context, author actor.Actor, manuscript id.ID, draft Draft) (*Manuscript, error) {
	return s.keepManuscript(ctx, author, manuscript, draft, time.Time{})
}

// Schedule keeps a draft that is to appear at a moment, for editors: it must be
// ready by now.
func (s *Service) Schedule(ctx context.Context, editor actor.Actor, manuscript id.ID, draft Draft, at time.Time) (*Manuscript, error) {
	if err := s.may(editor, "post", "feature"); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if !at.After(now) || at.After(now.Add(farthestSchedule)) {
		return nil, fault.InvalidField("publish_at", "error.drafts.publish_at")
	}
	return s.keepManuscript(ctx, editor, manuscript, draft, at)
}

func (s *Service) keepManuscript(ctx context.Context, author actor.Actor, manuscript id.ID, draft Draft, at time.Time) (*Manuscript, error) {
	if !draft.Kind.Known() {
		return nil, fmt.Errorf("keep draft: %w", fault.InvalidField("kind", "error.community.kind"))
	}
	if err := s.may(author, draft.Kind.Policy(), "create"); err != nil {
		return nil, err
	}
	draft.clean()
	if draft.Title == "" && draft.Text == "" {
		return nil, fault.InvalidField("title", "error.drafts.empty")
	}
	now := s.Clock.Now()
	kept := &Manuscript{ID: manuscript, AuthorID: author.Member, Draft: draft, PictureID: draft.Picture, SavedAt: now, PublishAt: at}
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		if at.IsZero() {
			if err := ownsPictureOf(ctx, tx, author.Member, draft); err != nil {
				return err
			}
		} else if err := s.fill(ctx, tx, author, &Post{AuthorID: author.Member}, draft, at); err != nil {
			return err
		}
		if manuscript != 0 {
			result, err := tx.Update(kept).Where("id = ?", manuscript).Where("author_id = ?", author.Member).Exec(ctx)
			return changed(result, err, fault.NotFound)
		}
		count, err := tx.Select((*Manuscript)(nil)).Where("author_id = ?", author.Member).Count(ctx)
		if err != nil {
			return err
		}
		if count >= manuscriptsEach {
			return fault.InvalidField("title", "error.drafts.many", "Max", manuscriptsEach)
		}
		kept.ID = id.New(now)
		_, err = tx.Insert(kept).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep draft: %w", err)
	}
	return kept, nil
}

func ownsPictureOf(ctx context.Context, tx database.Tx, member id.ID, draft Draft) error {
	if draft.Picture == 0 {
		return nil
	}
	owns, err := ownsPicture(ctx, tx, member, draft.Picture)
	if err == nil && !owns {
		err = fault.InvalidField("picture", "error.community.picture_gone")
	}
	return err
}

// PublishDraft posts what its author kept as a draft.
func (s *Service) PublishDraft(ctx context.Context, author actor.Actor, manuscript id.ID, draft Draft) (*Post, error) {
	if err := s.may(author, draft.Kind.Policy(), "create"); err != nil {
		return nil, err
	}
	var post *Post
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		now := s.Clock.Now()
		if err := refusePostFlood(ctx, tx, author.Member, now); err != nil {
			return err
		}
		if err := takeManuscript(ctx, tx, author.Member, manuscript); err != nil {
			return err
		}
		var err error
		post, err = s.publish(ctx, tx, author, manuscript, draft, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("publish draft: %w", err)
	}
	return post, nil
}

// takeManuscript lets one of those who publish or drop it pass.
func takeManuscript(ctx context.Context, tx database.Tx, author, manuscript id.ID) error {
	result, err := tx.Delete((*Manuscript)(nil)).Where("id = ?", manuscript).Where("author_id = ?", author).Exec(ctx)
	return changed(result, err, fault.NotFound)
}

// DropDraft deletes a draft of the actor's own.
func (s *Service) DropDraft(ctx context.Context, author actor.Actor, manuscript id.ID) error {
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		return takeManuscript(ctx, tx, author.Member, manuscript)
	})
	if err != nil {
		return fmt.Errorf("drop draft: %w", err)
	}
	return nil
}

// Drafts lists what the actor keeps, the latest first.
func (s *Service) Drafts(ctx context.Context, author actor.Actor) ([]Manuscript, error) {
	var all []Manuscript
	err := s.DB.Read(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&all).Where("author_id = ?", author.Member).OrderExpr("saved_at DESC").Limit(manuscriptsEach).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return all, nil
}

// OwnDraft reads a draft of the actor's own, to go on with it.
func (s *Service) OwnDraft(ctx context.Context, author actor.Actor, manuscript id.ID) (*Manuscript, error) {
	found, err := s.manuscript(ctx, author.Tenant, manuscript)
	if err == nil && (!author.IsMember() || found.AuthorID != author.Member) {
		err = fmt.Errorf("own draft: %w", fault.NotFound)
	}
	return found, err
}

// PreviewPath is the link by which somebody without an account reads a draft. Its
// signature holds for this draft, until this day, at this host.
func PreviewPath(tenant *tenants.Tenant, host string, manuscript id.ID, now time.Time) string {
	until := now.Add(previewLasts).Format(time.DateOnly)
	return "/brouillons/" + manuscript.String() + "?" + url.Values{"j": {until}, "s": {sealPreview(tenant, host, manuscript, until)}}.Encode()
}

func sealPreview(tenant *tenants.Tenant, host string, manuscript id.ID, until string) string {
	return tenant.Seal("draft", tenants.NormaliseHost(host), manuscript.String(), until)
}

// Previewed reads the draft that a link speaks of; one that was not signed here,
// or long ago, finds nothing.
func (s *Service) Previewed(ctx context.Context, tenant *tenants.Tenant, host string, manuscript id.ID, until, signature string) (*Manuscript, error) {
	end, err := time.Parse(time.DateOnly, until)
	if err != nil || !s.Clock.Now().Before(end) || !hmac.Equal([]byte(signature), []byte(sealPreview(tenant, host, manuscript, until))) {
		return nil, fmt.Errorf("link to a draft: %w", fault.NotFound)
	}
	return s.manuscript(ctx, tenant.ID, manuscript)
}

func (s *Service) manuscript(ctx context.Context, tenant, manuscript id.ID) (*Manuscript, error) {
	found := &Manuscript{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(found).Where("id = ?", manuscript).Scan(ctx); err != nil {
			return err
		}
		if found.PictureID == 0 {
			return nil
		}
		shown := &Post{PictureID: found.PictureID}
		if err := withPictures(ctx, tx, shown); err != nil || shown.Picture == nil {
			return err
		}
		shown.Picture.Alt = found.Draft.Alt
		found.Picture = shown.Picture
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find draft: %w", err)
	}
	return found, nil
}

// Scheduled lists what is to appear, the next first, before it what could not.
func (s *Service) Scheduled(ctx context.Context, editor actor.Actor, limit int) ([]Manuscript, error) {
	if err := s.may(editor, "post", "feature"); err != nil {
		return nil, err
	}
	var stopped, ahead []Manuscript
	err := s.DB.Read(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(&stopped).Where("stopped <> ''").OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
			return err
		}
		return tx.Select(&ahead).Where("publish_at IS NOT NULL").OrderExpr("publish_at, id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list what is scheduled: %w", err)
	}
	return append(stopped, ahead...), nil
}

// Unschedule gives a scheduled piece back to its author as a draft.
func (s *Service) Unschedule(ctx context.Context, editor actor.Actor, manuscript id.ID) error {
	if err := s.may(editor, "post", "feature"); err != nil {
		return err
	}
	err := s.DB.Write(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Update((*Manuscript)(nil)).Set("publish_at = NULL").Where("id = ?", manuscript).Where("publish_at IS NOT NULL").Exec(ctx)
		return changed(result, err, fault.NotFound)
	})
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// PublishDue posts what is due, once, dated as it was scheduled. What cannot
// appear any more stays a draft that says why.
func (s *Service) PublishDue(ctx context.Context, tenant id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var due []Manuscript
		err := tx.Select(&due).Where("publish_at IS NOT NULL").Where("publish_at <= ?", s.Clock.Now()).
			OrderExpr("publish_at, id").Limit(publishedAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		for n := range due {
			if err := s.publishDue(ctx, tx, &due[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish what is due: %w", err)
	}
	return nil
}

func (s *Service) publishDue(ctx context.Context, tx database.Tx, manuscript *Manuscript) error {
	member, err := s.Members.ByID(ctx, tx.Tenant, manuscript.AuthorID)
	if err != nil {
		return err
	}
	// Whoever left takes their drafts along: the fact that says so follows.
	if !member.LeftAt.IsZero() {
		return nil
	}
	author := actor.MemberOf(tx.Tenant, member.ID, member.Roles...)
	result, err := tx.Delete((*Manuscript)(nil)).Where("id = ?", manuscript.ID).Where("publish_at = ?", manuscript.PublishAt).Exec(ctx)
	if err := changed(result, err, fault.Conflict); errors.Is(err, fault.Conflict) {
		return nil // somebody was quicker
	} else if err != nil {
		return err
	}
	if !s.Policy.Allows(author, manuscript.Draft.Kind.Policy(), "create") {
		err = fault.InvalidField("kind", "error.drafts.right")
	} else {
		_, err = s.publish(ctx, tx, author, manuscript.ID, manuscript.Draft, manuscript.PublishAt)
	}
	// What a draft lacks is found before anything is stored.
	var invalid *fault.Invalid
	switch {
	case errors.As(err, &invalid):
		manuscript.Stopped = invalid.Fields[0].Key
	case errors.Is(err, fault.Conflict):
		manuscript.Stopped = AnswerTold
	default:
		return err
	}
	manuscript.PublishAt = time.Time{}
	_, err = tx.Insert(manuscript).Exec(ctx)
	return err
}
