package community

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// Adopt takes in a post that was published elsewhere, as an import does, with
// its author, dates and comments, and who said thanks. One that is Held waits
// for a moderator as a first post does. Identifiers that are zero are given
// here; a post whose identifier is known is replaced, so that twice is once.
func (s *Service) Adopt(ctx context.Context, tenant id.ID, post *Post, comments []*Comment, thankedBy []id.ID) error {
	draft := Draft{Kind: post.Kind, Offer: post.Offer, Title: post.Title, Standfirst: post.Standfirst, Text: post.Text,
		Place: post.Place, Commune: post.Commune, Months: post.Months, Weekdays: post.Weekdays, Topics: post.Topics,
		PriceCents: post.PriceCents, Until: post.Until, Event: post.Event, Guide: post.Guide, Language: post.Language, Synthesis: post.Rendering == Synthesis}
	if !draft.Kind.Known() {
		return fmt.Errorf("adopt post %q: %w", post.Title, fault.InvalidField("kind", "error.community.kind"))
	}
	draft.clean()
	// What was true when it was posted may be over by now.
	if err := draft.check(post.PostedAt).OrNil(); err != nil {
		return fmt.Errorf("adopt post %q: %w", post.Title, err)
	}
	draft.into(post)
	kinds[post.Kind].lay(post, &draft, post.PostedAt)
	if post.Event != nil && !post.toNext(s.Clock.Now()) {
		post.State = Expired
	}
	if post.ID == 0 {
		post.ID = id.New(post.PostedAt)
	}
	post.believe(post.LastChecked())
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.adoptPost(ctx, tx, post); err != nil {
			return err
		}
		for _, comment := range comments {
			if err := s.adoptComment(ctx, tx, post, comment); err != nil {
				return err
			}
			if comment.Accepted {
				post.AnswerID = comment.ID
			}
		}
		for _, member := range thankedBy {
			row := &Thanks{ID: id.New(s.Clock.Now()), PostID: post.ID, MemberID: member, At: post.PostedAt}
			if _, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, member_id) DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		if post.AnswerID != 0 {
			if _, err := tx.Update(post).Column("answer_id").WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		if len(comments)+len(thankedBy) > 0 {
			if _, err := tx.Exec(ctx, recount, post.ID); err != nil {
				return err
			}
		}
		return s.Search.post(ctx, tx, post)
	})
	if err != nil {
		return fmt.Errorf("adopt post %q: %w", post.Title, err)
	}
	return nil
}

const recount = `UPDATE posts SET
  thanks = (SELECT count(*) FROM thanks WHERE thanks.tenant_id = ?tenant AND thanks.post_id = ?0),
  comments = (SELECT count(*) FROM comments WHERE comments.tenant_id = ?tenant AND comments.post_id = ?0 AND comments.state IN ('published', 'inside'))
  WHERE tenant_id = ?tenant AND id = ?0`

func (s *Service) adoptPost(ctx context.Context, tx database.Tx, post *Post) error {
	known := []*Post{}
	err := tx.Select(&known).Where("id = ?", post.ID).Scan(ctx)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		// What was decided here meanwhile stands.
		post.MembersOnly = known[0].MembersOnly
		_, err = tx.Update(post).ExcludeColumn("state", "members_only", "pinned_at", "thanks", "comments", "due_at", "doubted_at", "asked_at").
			Value("version", "version + 1").WherePK().Returning("state").Exec(ctx)
		if err != nil {
			return err
		}
		if err := s.notice(ctx, tx, post); err != nil {
			return err
		}
		return s.followEvent(ctx, tx, known[0], post)
	}
	if post.MembersOnly, err = s.forMembers(ctx, tx.Tenant, post.GroupID); err != nil {
		return err
	}
	state, err := s.adopted(ctx, tx, "post", post.ID, post.piece())
	if err != nil {
		return err
	}
	post.State = post.where(state)
	_, err = tx.Insert(post).Exec(ctx)
	return err
}

func (s *Service) adoptComment(ctx context.Context, tx database.Tx, post *Post, comment *Comment) error {
	if comment.ID == 0 {
		comment.ID = id.New(comment.PostedAt)
	}
	if comment.State == "" {
		comment.State = Published
	}
	comment.PostID, comment.Text = post.ID, Clean(comment.Text)
	known, err := tx.Select((*Comment)(nil)).Where("id = ?", comment.ID).Exists(ctx)
	if err != nil || known {
		return err
	}
	state, err := s.adopted(ctx, tx, "comment", comment.ID, comment.piece(post))
	if err != nil {
		return err
	}
	comment.State = post.where(state)
	_, err = tx.Insert(comment).Exec(ctx)
	return err
}

// adopted tells moderation of a piece: one that is held is a newcomer's.
func (s *Service) adopted(ctx context.Context, tx database.Tx, kind string, piece id.ID, shown moderation.Piece) (State, error) {
	if shown.State != Held {
		return shown.State, s.Screen.Recognise(ctx, tx, kind, piece, shown)
	}
	newcomer := actor.MemberOf(tx.Tenant, shown.AuthorID)
	return s.Screen.Screen(ctx, tx, newcomer, kind, piece, shown)
}
