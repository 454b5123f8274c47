package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// issuesShown is half a year of weeks.
const issuesShown = 26

// Received is an issue that a member was sent, and why each of its pieces was.
type Received struct {
	Number int
	On     time.Time
	Pieces []Chosen
}

// Chosen is a piece of a letter; those that no longer show are left out.
type Chosen struct {
	*community.Post
	Why Why
}

// Ledger lists the last issues that the actor was sent, the newest first.
func (d *Digest) Ledger(ctx context.Context, who actor.Actor) ([]Received, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	var received []Received
	err := d.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		received = nil
		var sent []sentIssue
		if err := tx.Select(&sent).Where("member_id = ?", who.Member).Order("issue DESC").Limit(issuesShown).Scan(ctx); err != nil || len(sent) == 0 {
			return err
		}
		numbers := make([]int, 0, len(sent))
		for _, one := range sent {
			numbers = append(numbers, one.Issue)
		}
		var begun []issue
		if err := tx.Select(&begun).Where("number IN (?)", bun.List(numbers)).Scan(ctx); err != nil {
			return err
		}
		var items []sentItem
		if err := tx.Select(&items).Where("member_id = ?", who.Member).Where("issue IN (?)", bun.List(numbers)).Order("issue DESC", "place").Scan(ctx); err != nil {
			return err
		}
		posts, err := d.shown(ctx, who.Tenant, items)
		if err != nil {
			return err
		}
		for _, one := range sent {
			received = append(received, receivedAs(one, begun, items, posts))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what a member was sent: %w", err)
	}
	return received, nil
}

func (d *Digest) shown(ctx context.Context, tenant id.ID, items []sentItem) (map[id.ID]*community.Post, error) {
	pieces := make([]id.ID, 0, len(items))
	for _, item := range items {
		pieces = append(pieces, item.PieceID)
	}
	found, err := d.Posts.ByIDs(ctx, tenant, pieces)
	if err != nil {
		return nil, err
	}
	posts := make(map[id.ID]*community.Post, len(found))
	for _, post := range found {
		posts[post.ID] = post
	}
	return posts, nil
}

func receivedAs(one sentIssue, begun []issue, items []sentItem, posts map[id.ID]*community.Post) Received {
	received := Received{Number: one.Issue}
	for _, issue := range begun {
		if issue.Number == one.Issue {
			received.On = issue.BegunAt
		}
	}
	for _, item := range items {
		if post := posts[item.PieceID]; item.Issue == one.Issue && post != nil {
			received.Pieces = append(received.Pieces, Chosen{post, item.Why})
		}
	}
	return received
}
