package community

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// State is where a piece stands: moderation's states, and posts' own.
type State = moderation.State

// Expired is an offer whose day has passed; Deleted is its author's choice.
const (
	Published = moderation.Published
	Held      = moderation.Held
	Hidden    = moderation.Hidden
	Removed   = moderation.Removed
	Expired   = State("expired")
	Deleted   = State("deleted")
)

// Screen says whether a piece may appear at once or waits to be read. It runs
// inside the publishing transaction.
type Screen interface {
	Screen(ctx context.Context, tx database.Tx, author actor.Actor, kind string, id id.ID, piece moderation.Piece) (State, error)
	// Recognise notes a piece that was published elsewhere.
	Recognise(ctx context.Context, tx database.Tx, kind string, id id.ID, piece moderation.Piece) error
	// Reported lists what people reported and nobody has decided on.
	Reported(ctx context.Context, tx database.Tx) ([]moderation.Item, error)
}

// Reviewable lists the kinds that wiring registers with moderation.
func (s *Service) Reviewable() []moderation.Kind {
	return []moderation.Kind{
		{Name: "post", Load: s.loadPostPiece, SetState: s.setPostState, Reads: s.readsPost},
		{Name: "comment", Load: s.loadCommentPiece, SetState: s.setCommentState, Reads: s.readsComment},
		s.reviewableList(),
		s.reviewableHello(),
	}
}

func (s *Service) loadPostPiece(ctx context.Context, tx database.Tx, piece id.ID) (moderation.Piece, error) {
	post, err := findPost(ctx, tx, piece)
	if err != nil {
		return moderation.Piece{}, err
	}
	return post.piece(), nil
}

func (p *Post) piece() moderation.Piece {
	shown := p.Text
	if p.Standfirst != "" {
		shown = p.Standfirst + "\n\n" + shown
	}
	return moderation.Piece{AuthorID: p.AuthorID, Title: p.Title, Text: shown, URL: p.Path(), PostedAt: p.PostedAt, State: moderated(p.State)}
}

// setPostState carries out a decision. A post that waited counts from the
// moment at which its neighbours can read it.
func (s *Service) setPostState(ctx context.Context, tx database.Tx, piece id.ID, state State) error {
	post, err := findPost(ctx, tx, piece)
	if err != nil {
		return err
	}
	if moderated(post.State) == state || post.State == Deleted {
		return nil
	}
	waited := post.State == Held && state == Published
	post.State = post.where(state)
	if waited {
		post.PostedAt = s.Clock.Now()
		post.believe(post.PostedAt)
	}
	if _, err := tx.Update(post).Column("state", "posted_at", "due_at", "doubted_at", "asked_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("set state of post: %w", err)
	}
	if err := s.Search.post(ctx, tx, post); err != nil {
		return err
	}
	if state == Hidden || state == Removed {
		return s.eventGone(ctx, tx, post)
	}
	if waited {
		return s.Outbox.Add(ctx, tx, post.postedFact(), postFact(post))
	}
	return nil
}

func (s *Service) loadCommentPiece(ctx context.Context, tx database.Tx, piece id.ID) (moderation.Piece, error) {
	comment, post, err := findComment(ctx, tx, piece)
	if err != nil {
		return moderation.Piece{}, err
	}
	return comment.piece(post), nil
}

func (s *Service) setCommentState(ctx context.Context, tx database.Tx, piece id.ID, state State) error {
	comment, post, err := findComment(ctx, tx, piece)
	if err != nil {
		return err
	}
	if moderated(comment.State) == state || comment.State == Deleted {
		return nil
	}
	waited := comment.State == Held && state == Published
	if err := setCommentState(ctx, tx, comment, post.where(state)); err != nil {
		return err
	}
	if waited {
		return s.Outbox.Add(ctx, tx, post.repliedFact(), commentFact(comment, post))
	}
	return nil
}
