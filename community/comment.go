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
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/moderation"
)

// What a comment may hold, and how many a page shows.
const (
	MinComment, MaxComment = 2, 4_000
	commentsAnHour         = 30
	commentsAPage          = 40
)

// Comment is a member's reply to a post.
type Comment struct {
	bun.BaseModel `bun:"table:comments,alias:comment"`
	database.Owned
	ID       id.ID `bun:",pk"`
	PostID   id.ID
	AuthorID id.ID
	Text     string
	State    State
	PostedAt time.Time
	EditedAt time.Time `bun:",nullzero"`

	// Accepted is said of the answer to a question that comes with an import.
	Accepted bool `bun:"-"`
}

// Reply posts a comment under a post that the author can read.
func (s *Service) Reply(ctx context.Context, author actor.Actor, post id.ID, text string) (*Comment, error) {
	if err := s.may(author, "comment", "create"); err != nil {
		return nil, err
	}
	var comment *Comment
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if err := s.refuseUnmet(ctx, author, found); err != nil {
			return err
		}
		now := s.Clock.Now()
		comment = &Comment{ID: id.New(now), PostID: post, AuthorID: author.Member, PostedAt: now, State: Held}
		if comment.Text, err = checkComment(text); err != nil {
			return err
		}
		if err := s.refuseReplyInGroup(ctx, author, found.GroupID); err != nil {
			return err
		}
		hears, err := s.Members.Hears(ctx, author.Tenant, found.AuthorID, author.Member)
		if err != nil {
			return err
		}
		if !hears {
			return fault.InvalidField("comment", "error.group.silent")
		}
		if err := refuseCommentFlood(ctx, tx, author.Member, now); err != nil {
			return err
		}
		if _, err := tx.Insert(comment).Exec(ctx); err != nil {
			return err
		}
		if err := s.keepMentions(ctx, tx, author, found, comment.ID, comment.Text); err != nil {
			return err
		}
		state, err := s.Screen.Screen(ctx, tx, author, "comment", comment.ID, comment.piece(found))
		if err != nil || state != Published {
			return err
		}
		if err := setCommentState(ctx, tx, comment, found.where(state)); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, found.repliedFact(), commentFact(comment, found))
	})
	if err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	return comment, nil
}

// repliedFact is the name of the fact that somebody replied to the piece.
func (p *Post) repliedFact() outbox.Fact {
	if p.MembersOnly {
		return CommentedInside
	}
	return "comment.posted"
}

// EditComment replaces what its author wrote.
func (s *Service) EditComment(ctx context.Context, author actor.Actor, comment id.ID, text string) (*Comment, *Post, error) {
	var found *Comment
	var post *Post
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		if found, post, err = ownComment(ctx, tx, author, comment); err != nil {
			return err
		}
		if found.Text, err = checkComment(text); err != nil {
			return err
		}
		found.EditedAt = s.Clock.Now()
		if _, err := tx.Update(found).Column("text", "edited_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.keepMentions(ctx, tx, author, post, found.ID, found.Text); err != nil {
			return err
		}
		if !stands(found.State) {
			return nil
		}
		state, err := s.Screen.Screen(ctx, tx, author, "comment", found.ID, found.piece(post))
		if err != nil {
			return err
		}
		return setCommentState(ctx, tx, found, post.where(state))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("edit comment: %w", err)
	}
	return found, post, nil
}

// DeleteComment takes the author's comment away and tells under which post it
// stood.
func (s *Service) DeleteComment(ctx context.Context, author actor.Actor, comment id.ID) (*Post, error) {
	var post *Post
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, its, err := ownComment(ctx, tx, author, comment)
		if err != nil {
			return err
		}
		post = its
		return setCommentState(ctx, tx, found, Deleted)
	})
	if err != nil {
		return nil, fmt.Errorf("delete comment: %w", err)
	}
	return post, nil
}

// OwnComment reads a comment of the actor's own, to edit it.
func (s *Service) OwnComment(ctx context.Context, author actor.Actor, comment id.ID) (*Comment, *Post, error) {
	var found *Comment
	var post *Post
	err := s.DB.Read(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		found, post, err = ownComment(ctx, tx, author, comment)
		return err
	})
	return found, post, err
}

// CommentsByIDs reads comments that everybody can read who can read their posts.
func (s *Service) CommentsByIDs(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]*Comment, error) {
	comments := make(map[id.ID]*Comment, len(ids))
	if len(ids) == 0 {
		return comments, nil
	}
	var found []*Comment
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("id IN (?)", list(ids)).Where("state IN ('published', 'inside')").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	for _, comment := range found {
		comments[comment.ID] = comment
	}
	return comments, nil
}

// mostParticipants bounds who is told that a discussion goes on.
const mostParticipants = 200

const participants = `SELECT author_id FROM comments WHERE tenant_id = ?tenant AND post_id = ?0 AND state IN ('published', 'inside')
  GROUP BY author_id ORDER BY max(posted_at) DESC, author_id LIMIT ?1`

// Participants are those who replied to a post, who did last first.
func (s *Service) Participants(ctx context.Context, tenant, post id.ID) (members []id.ID, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &members, participants, post, mostParticipants)
	})
	if err != nil {
		return nil, fmt.Errorf("list who took part: %w", err)
	}
	return members, nil
}

// Comments lists a page of a post's comments that the reader may see, the
// oldest first, from a cursor on.
func (s *Service) Comments(ctx context.Context, reader actor.Actor, post *Post, after Cursor) ([]Comment, Cursor, error) {
	var comments []Comment
	err := s.DB.Read(ctx, reader.Tenant, func(ctx context.Context, tx database.Tx) error {
		inside := false
		if post.MembersOnly {
			var err error
			if inside, err = s.belongs(ctx, reader, post.GroupID); err != nil {
				return err
			}
		}
		query := tx.Select(&comments).Where("post_id = ?", post.ID)
		switch {
		case s.moderates(reader):
			query.Where("state IN ('published', 'inside', 'held', 'hidden')")
		case inside:
			query.Where("(state = 'inside' OR state IN ('held', 'hidden') AND author_id = ?)", reader.Member)
		case reader.IsMember():
			query.Where("(state = 'published' OR state IN ('held', 'hidden') AND author_id = ?)", reader.Member)
		default:
			query.Where("state = 'published'")
		}
		if !after.IsZero() {
			query.Where("(posted_at, id) > (?, ?)", after.At, after.ID)
		}
		return query.Order("posted_at", "id").Limit(commentsAPage + 1).Scan(ctx)
	})
	if err != nil {
		return nil, Cursor{}, fmt.Errorf("list comments: %w", err)
	}
	if len(comments) <= commentsAPage {
		return comments, Cursor{}, nil
	}
	comments = comments[:commentsAPage]
	last := comments[len(comments)-1]
	return comments, Cursor{last.PostedAt, last.ID}, nil
}

func checkComment(text string) (string, error) {
	text = Clean(text)
	invalid := &fault.Invalid{}
	checkLength(invalid, "comment", text, MinComment, MaxComment)
	return text, invalid.OrNil()
}

// setCommentState keeps the post's count in step.
func setCommentState(ctx context.Context, tx database.Tx, comment *Comment, state State) error {
	change := 0
	if stands(comment.State) {
		change--
	}
	if stands(state) {
		change++
	}
	comment.State = state
	if _, err := tx.Update(comment).Column("state").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("set state of comment: %w", err)
	}
	if change == 0 {
		return nil
	}
	_, err := tx.Update((*Post)(nil)).Set("comments = comments + ?", change).Where("id = ?", comment.PostID).Exec(ctx)
	return err
}

func refuseCommentFlood(ctx context.Context, tx database.Tx, author id.ID, now time.Time) error {
	count, err := tx.Select((*Comment)(nil)).Where("author_id = ?", author).Where("posted_at > ?", now.Add(-time.Hour)).Count(ctx)
	if err != nil {
		return err
	}
	if count >= commentsAnHour {
		return fault.TooMany
	}
	return nil
}

func findComment(ctx context.Context, tx database.Tx, comment id.ID) (*Comment, *Post, error) {
	found := &Comment{}
	if err := tx.Select(found).Where("id = ?", comment).Scan(ctx); err != nil {
		return nil, nil, err
	}
	post, err := findPost(ctx, tx, found.PostID)
	return found, post, err
}

func ownComment(ctx context.Context, tx database.Tx, author actor.Actor, comment id.ID) (*Comment, *Post, error) {
	found, post, err := findComment(ctx, tx, comment)
	if err != nil {
		return nil, nil, err
	}
	if !author.IsMember() || found.AuthorID != author.Member || found.State == Deleted || found.State == Removed {
		return nil, nil, fault.NotFound
	}
	return found, post, nil
}

func (c *Comment) piece(post *Post) moderation.Piece {
	return moderation.Piece{AuthorID: c.AuthorID, Title: post.Title, Text: c.Text, URL: post.Path() + "#" + c.Anchor(), PostedAt: c.PostedAt, State: moderated(c.State)}
}

// PathOn is the comment's place on the page of its post on which it stands.
func (c *Comment) PathOn(post *Post) string {
	path := post.Path()
	if post.Comments > commentsAPage {
		path += "?suite=" + Cursor{c.PostedAt, c.ID - 1}.String()
	}
	return path + "#" + c.Anchor()
}

// Anchor is the comment's place on its post's page.
func (c *Comment) Anchor() string { return "c-" + c.ID.String() }

// CommentFact is what the outbox tells of a comment.
type CommentFact struct {
	ID         id.ID `json:"id"`
	Post       id.ID `json:"post"`
	Author     id.ID `json:"author"`
	PostAuthor id.ID `json:"post_author"`
}

func commentFact(comment *Comment, post *Post) CommentFact {
	return CommentFact{comment.ID, post.ID, comment.AuthorID, post.AuthorID}
}

// Replied tells whether a member's name stands under a comment that everyone
// can read.
func (s *Service) Replied(ctx context.Context, tenant, author id.ID) (replied bool, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		replied, err = tx.Select((*Comment)(nil)).Where("author_id = ?", author).Where("state = ?", Published).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for replies: %w", err)
	}
	return replied, nil
}
