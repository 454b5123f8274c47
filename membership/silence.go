package membership

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

// mostSilenced bounds of how many one may want to hear nothing.
const mostSilenced = 200

// Silence is of whom a member wants to hear nothing: no reply, no mention, no
// mail. The other is not told.
type Silence struct {
	bun.BaseModel `bun:"table:member_blocks,alias:member_block"`
	database.Owned
	ID        id.ID `bun:",pk"`
	MemberID  id.ID
	BlockedID id.ID
	At        time.Time
}

// Silence begins or ends that the actor hears nothing of somebody; twice is once.
func (s *Service) Silence(ctx context.Context, who actor.Actor, other id.ID, silent bool) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	if other == who.Member {
		return fault.Forbidden
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if !silent {
			_, err := tx.Delete((*Silence)(nil)).Where("member_id = ?", who.Member).Where("blocked_id = ?", other).Exec(ctx)
			return err
		}
		count, err := tx.Select((*Silence)(nil)).Where("member_id = ?", who.Member).Count(ctx)
		if err != nil {
			return err
		}
		if count >= mostSilenced {
			return fault.TooMany
		}
		known, err := tx.Select((*Member)(nil)).Where("id = ?", other).Exists(ctx)
		if err != nil {
			return err
		}
		if !known {
			return fault.NotFound
		}
		now := s.Clock.Now()
		row := &Silence{ID: id.New(now), MemberID: who.Member, BlockedID: other, At: now}
		_, err = tx.Insert(row).On("CONFLICT (tenant_id, member_id, blocked_id) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("silence somebody: %w", err)
	}
	return nil
}

// Silenced lists of whom a member wants to hear nothing.
func (s *Service) Silenced(ctx context.Context, tenant, member id.ID) ([]id.ID, error) {
	if member == 0 {
		return nil, nil
	}
	var rows []Silence
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Column("blocked_id").Where("member_id = ?", member).Order("blocked_id").Limit(mostSilenced).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list the silenced: %w", err)
	}
	others := make([]id.ID, 0, len(rows))
	for _, row := range rows {
		others = append(others, row.BlockedID)
	}
	return others, nil
}

// Hears tells whether a member wants to hear of another: letters ask before
// they tell what somebody did.
func (s *Service) Hears(ctx context.Context, tenant, member, other id.ID) (bool, error) {
	silencing, err := s.Silencing(ctx, tenant, []id.ID{member}, other)
	return err == nil && !silencing[member], err
}

// Silencing tells which of some members want to hear nothing of another.
func (s *Service) Silencing(ctx context.Context, tenant id.ID, members []id.ID, other id.ID) (map[id.ID]bool, error) {
	silencing := map[id.ID]bool{}
	if other == 0 || len(members) == 0 {
		return silencing, nil
	}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var silences []Silence
		err := tx.Select(&silences).Column("member_id").Where("blocked_id = ?", other).Where("member_id IN (?)", bun.List(members)).Scan(ctx)
		for _, silence := range silences {
			silencing[silence.MemberID] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look who silences a member: %w", err)
	}
	return silencing, nil
}
