package community

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Each part of the list begins where this counts a whole number of parts.
const partsOfPosts = `SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM posts WHERE tenant_id = ?tenant AND state = 'published') AS numbered
  WHERE (n - 1) % ?0 = 0 ORDER BY id`

// Parts cuts all published posts, the oldest first, into parts of at most so
// many, and names the first of each: parts that are full stay as they are.
func (s *Service) Parts(ctx context.Context, tenant id.ID, size int) ([]id.ID, error) {
	var firsts []id.ID
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &firsts, partsOfPosts, size)
	})
	if err != nil {
		return nil, fmt.Errorf("part posts: %w", err)
	}
	return firsts, nil
}

// Part lists a part, of each post no more than its address and its age tell.
func (s *Service) Part(ctx context.Context, tenant, first id.ID, size int) ([]*Post, error) {
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&posts).Column("id", "kind", "title", "language", "posted_at", "edited_at").
			Where("state = 'published'").Where("id >= ?", first).Order("id").Limit(int64(size)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list posts: %w", err)
	}
	return posts, nil
}

// Changed is when what the post says last changed.
func (p *Post) Changed() time.Time {
	if p.EditedAt.After(p.PostedAt) {
		return p.EditedAt
	}
	return p.PostedAt
}

// ShortPath is the post's address where signs are counted.
func (p *Post) ShortPath() string { return "/p/" + p.ID.String() }
