package community

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// Adopt takes in a post that was published elsewhere, with its author, dates,
// thanks and comments, oldest first. One that is Held waits for a moderator as
// a first post does. Identifiers are given here; the post must hold what a
// draft may hold.
func (s *Service) Adopt(ctx context.Context, tenant id.ID, post *Post, comments []*Comment) error {
	draft := Draft{Kind: post.Kind, Offer: post.Offer, Title: post.Title, Standfirst: post.Standfirst, Text: post.Text,
		Place: post.Place, Commune: post.Commune, Months: post.Months, Weekdays: post.Weekdays, Topics: post.Topics,
		PriceCents: post.PriceCents}
	draft.clean()
	if err := draft.check(s.Clock.Now()).OrNil(); err != nil {
		return fmt.Errorf("adopt post: %w", err)
	}
	post.Title, post.Standfirst, post.Text, post.Place, post.Commune = draft.Title, draft.Standfirst, draft.Text, draft.Place, draft.Commune
	if post.Kind == Offer && post.Until.IsZero() {
		post.Until = post.PostedAt.Add(offerLife)
	}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post.ID, post.Comments = id.New(post.PostedAt), len(comments)
		if err := s.adopt(ctx, tx, "post", post.ID, post.AuthorID, &post.State, post.piece()); err != nil {
			return err
		}
		if _, err := tx.Insert(post).Exec(ctx); err != nil {
			return err
		}
		for _, comment := range comments {
			comment.ID, comment.PostID, comment.State, comment.Text = id.New(comment.PostedAt), post.ID, Published, Clean(comment.Text)
			if err := s.adopt(ctx, tx, "comment", comment.ID, comment.AuthorID, &comment.State, comment.piece(post)); err != nil {
				return err
			}
		}
		if len(comments) > 0 {
			if _, err := tx.Insert(&comments).Exec(ctx); err != nil {
				return err
			}
		}
		return s.Search.post(ctx, tx, post)
	})
	if err != nil {
		return fmt.Errorf("adopt post: %w", err)
	}
	return nil
}

func (s *Service) adopt(ctx context.Context, tx database.Tx, kind string, piece, author id.ID, state *State, shown moderation.Piece) error {
	if *state != Held {
		return s.Screen.Recognise(ctx, tx, kind, piece, shown)
	}
	newcomer := actor.Actor{Tenant: tx.Tenant, Member: author, Roles: []actor.Role{actor.Visitor, actor.Member}}
	decided, err := s.Screen.Screen(ctx, tx, newcomer, kind, piece, shown)
	*state = decided
	return err
}
