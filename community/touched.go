package community

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// touched asks by member: in a digest's batch there are far fewer things that its
// readers did than pairs of a reader and a piece.
const touched = `SELECT member_id, post_id FROM thanks WHERE tenant_id = ?tenant AND member_id IN (?0) AND post_id >= ?1
  UNION ALL SELECT author_id, post_id FROM comments WHERE tenant_id = ?tenant AND author_id IN (?0) AND post_id >= ?1
  UNION ALL SELECT member_id, post_id FROM vouches WHERE tenant_id = ?tenant AND member_id IN (?0) AND post_id >= ?1
  UNION ALL SELECT member_id, post_id FROM goings WHERE tenant_id = ?tenant AND member_id IN (?0) AND post_id >= ?1
  UNION ALL SELECT l.member_id, k.piece_id FROM lists l JOIN kept k ON k.tenant_id = l.tenant_id AND k.list_id = l.id
    WHERE l.tenant_id = ?tenant AND l.member_id IN (?0) AND k.kind = 'post' AND k.piece_id >= ?1`

// Touched tells which posts, from the oldest that is asked about on, each of some
// members has certainly seen: they thanked, answered, vouched, said that they go,
// or kept it. Nobody's reading is recorded.
func (s *Service) Touched(ctx context.Context, tenant id.ID, members []id.ID, oldest id.ID) (map[id.ID]map[id.ID]bool, error) {
	by := map[id.ID]map[id.ID]bool{}
	if len(members) == 0 {
		return by, nil
	}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var pairs []struct{ MemberID, PostID id.ID }
		if err := tx.Query(ctx, &pairs, touched, bun.List(members), oldest); err != nil {
			return err
		}
		for _, pair := range pairs {
			if by[pair.MemberID] == nil {
				by[pair.MemberID] = map[id.ID]bool{}
			}
			by[pair.MemberID][pair.PostID] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what members have seen: %w", err)
	}
	return by, nil
}
