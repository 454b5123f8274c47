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

// Joining is a member's place in a group.
type Joining struct {
	bun.BaseModel `bun:"table:joinings,alias:joining"`
	database.Owned
	ID       id.ID `bun:",pk"`
	GroupID  id.ID
	MemberID id.ID
	// Role is empty or Keeper.
	Role     string
	JoinedAt time.Time
	// MailAt is when a newcomer looked at what mail they want.
	MailAt time.Time `bun:",nullzero"`
}

// Keeper is the role of whoever keeps a group together with its owner: lets
// people in, pins, hides.
const Keeper = "moderator"

// Belonging is what the outbox tells of who came or went.
type Belonging struct {
	Group  id.ID `json:"group"`
	Member id.ID `json:"member"`
}

// Join makes the actor belong to an open group; twice is once.
func (g *Groups) Join(ctx context.Context, who actor.Actor, group id.ID) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	found, err := g.See(ctx, who, group)
	if err != nil {
		return err
	}
	err = g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if found.Kind != Open {
			return fault.Forbidden
		}
		return g.enter(ctx, tx, found, who.Member)
	})
	if err != nil {
		return fmt.Errorf("join group: %w", err)
	}
	return nil
}

// enter lets a member in whom nothing keeps out, and tells of it.
func (g *Groups) enter(ctx context.Context, tx database.Tx, group *Group, member id.ID) error {
	if group.Archived() {
		return fault.Conflict
	}
	blocked, err := tx.Select((*Block)(nil)).Where("group_id = ?", group.ID).Where("member_id = ?", member).Exists(ctx)
	if err != nil {
		return err
	}
	if blocked {
		return fault.Forbidden
	}
	belongs, err := tx.Select((*Joining)(nil)).Where("group_id = ?", group.ID).Where("member_id = ?", member).Exists(ctx)
	if err != nil || belongs {
		return err
	}
	if err := g.join(ctx, tx, group.ID, member); err != nil {
		return err
	}
	return g.Outbox.Add(ctx, tx, "group.joined", Belonging{group.ID, member})
}

// Bring makes a member belong to a group, for imports and tests' worlds.
func (g *Groups) Bring(ctx context.Context, tenant, group, member id.ID) error {
	err := g.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return g.join(ctx, tx, group, member)
	})
	if err != nil {
		return fmt.Errorf("join group: %w", err)
	}
	return nil
}

func (g *Groups) join(ctx context.Context, tx database.Tx, group, member id.ID) error {
	now := g.Clock.Now()
	row := &Joining{ID: id.New(now), GroupID: group, MemberID: member, JoinedAt: now}
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, group_id, member_id) DO NOTHING").Exec(ctx)
	return err
}

// Leave ends the actor's belonging and whatever came with it. What they wrote
// stays theirs. The owner stays: somebody must look after the group.
func (g *Groups) Leave(ctx context.Context, who actor.Actor, group id.ID) error {
	found, err := g.ByID(ctx, who.Tenant, group)
	if err != nil {
		return err
	}
	if found.OwnerID == who.Member {
		return fmt.Errorf("leave one's own group: %w", fault.Conflict)
	}
	err = g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return g.forget(ctx, tx, group, who.Member)
	})
	if err != nil {
		return fmt.Errorf("leave group: %w", err)
	}
	return nil
}

// forget takes every trace of a member out of a group.
func (g *Groups) forget(ctx context.Context, tx database.Tx, group, member id.ID) error {
	for _, row := range []any{(*Joining)(nil), (*Request)(nil)} {
		if _, err := tx.Delete(row).Where("group_id = ?", group).Where("member_id = ?", member).Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := tx.Update((*Group)(nil)).Set("heir_id = NULL").Where("id = ?", group).Where("heir_id = ?", member).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Update((*Invitation)(nil)).Set("revoked_at = ?", g.Clock.Now()).Where("group_id = ?", group).Where("by_id = ?", member).
		Where("revoked_at IS NULL").Exec(ctx); err != nil {
		return err
	}
	return g.Outbox.Add(ctx, tx, "group.left", Belonging{group, member})
}

// Has tells whether a member belongs to a group.
func (g *Groups) Has(ctx context.Context, tenant, group, member id.ID) (belongs bool, err error) {
	if member == 0 {
		return false, nil
	}
	err = g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		belongs, err = tx.Select((*Joining)(nil)).Where("group_id = ? AND member_id = ?", group, member).Exists(ctx)
		return err
	})
	return belongs, err
}

// Among tells which of some members belong to a group.
func (g *Groups) Among(ctx context.Context, tenant, group id.ID, members []id.ID) (map[id.ID]bool, error) {
	if group == 0 || len(members) == 0 {
		return nil, nil
	}
	var found []Joining
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("group_id = ?", group).Where("member_id IN (?)", bun.List(members)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("look who is in a group: %w", err)
	}
	among := map[id.ID]bool{}
	for _, one := range found {
		among[one.MemberID] = true
	}
	return among, nil
}

// Belonging lists some of a group's members, by identifier, after one of them.
func (g *Groups) Belonging(ctx context.Context, tenant, group, after id.ID, limit int) (members []id.ID, err error) {
	err = g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select((*Joining)(nil)).Column("member_id").Where("group_id = ?", group).Where("member_id > ?", after).
			Order("member_id").Limit(int64(limit)).Scan(ctx, &members)
	})
	if err != nil {
		return nil, fmt.Errorf("list who belongs to a group: %w", err)
	}
	return members, nil
}

// mostGroups bounds the groups of one member that are read at once.
const mostGroups = 200

// Of names the groups to which a member belongs, the first joined first.
func (g *Groups) Of(ctx context.Context, tenant, member id.ID) ([]id.ID, error) {
	var joined []Joining
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&joined).Column("group_id").Where("member_id = ?", member).Order("id").Limit(mostGroups).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("groups of a member: %w", err)
	}
	ids := make([]id.ID, 0, len(joined))
	for _, joining := range joined {
		ids = append(ids, joining.GroupID)
	}
	return ids, nil
}

// OfEach names the groups of some members at once.
func (g *Groups) OfEach(ctx context.Context, tenant id.ID, members []id.ID) (map[id.ID][]id.ID, error) {
	of := map[id.ID][]id.ID{}
	if len(members) == 0 {
		return of, nil
	}
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var joined []Joining
		if err := tx.Select(&joined).Column("member_id", "group_id").Where("member_id IN (?)", bun.List(members)).Scan(ctx); err != nil {
			return err
		}
		for _, joining := range joined {
			of[joining.MemberID] = append(of[joining.MemberID], joining.GroupID)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("groups of members: %w", err)
	}
	return of, nil
}

// Joined are a member's groups that stand, the first joined first.
func (g *Groups) Joined(ctx context.Context, tenant, member id.ID) (groups []Group, err error) {
	ids, err := g.Of(ctx, tenant, member)
	if err != nil {
		return nil, err
	}
	found, err := g.ByIDs(ctx, tenant, ids)
	if err != nil {
		return nil, err
	}
	for _, one := range ids {
		if group := found[one]; group.State == Published {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

const faces = `SELECT m.id, m.name, m.place, m.roles FROM joinings j
  JOIN members m ON m.tenant_id = j.tenant_id AND m.id = j.member_id
  WHERE j.tenant_id = ?tenant AND j.group_id = ?0 AND m.shown AND m.state = 'published' AND m.left_at IS NULL
  ORDER BY j.id LIMIT ?1`

// Faces are the group's members who agreed to be shown, the first joined
// first.
func (g *Groups) Faces(ctx context.Context, tenant, group id.ID, most int) ([]Person, error) {
	var found []Member
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &found, faces, group, most)
	})
	if err != nil {
		return nil, fmt.Errorf("faces of a group: %w", err)
	}
	people := make([]Person, 0, len(found))
	for n := range found {
		people = append(people, found[n].Person())
	}
	return people, nil
}
