package membership

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// newcomerDays is how long the first steps are shown to who has just come.
const newcomerDays = 30

// Block is whom a group keeps out, who said so and why.
type Block struct {
	bun.BaseModel `bun:"table:group_blocks,alias:group_block"`
	database.Owned
	ID       id.ID `bun:",pk"`
	GroupID  id.ID
	MemberID id.ID
	ByID     id.ID
	Reason   string
	At       time.Time
}

// Place is what a group and a member are to each other.
type Place struct {
	// Joining is nil for who does not belong, Request for who has not asked.
	Joining *Joining
	Request *Request
	Owner   bool
	Blocked bool
}

// Belongs tells that the member is in the group.
func (p Place) Belongs() bool { return p.Joining != nil }

// Keeps tells that the member lets people in, pins and hides.
func (p Place) Keeps() bool { return p.Owner || p.Joining != nil && p.Joining.Role == Keeper }

// New tells that the member came a short while ago.
func (p Place) New(now time.Time) bool {
	return p.Joining != nil && !p.Owner && now.Before(p.Joining.JoinedAt.AddDate(0, 0, newcomerDays))
}

// Place tells what a group is to the actor.
func (g *Groups) Place(ctx context.Context, who actor.Actor, group *Group) (found Place, err error) {
	if !who.IsMember() {
		return Place{}, nil
	}
	err = g.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err = place(ctx, tx, group, who.Member)
		return err
	})
	if err != nil {
		return Place{}, fmt.Errorf("look at one's place in a group: %w", err)
	}
	return found, nil
}

func place(ctx context.Context, tx database.Tx, group *Group, member id.ID) (Place, error) {
	found := Place{Owner: group.OwnerID == member}
	var joined []Joining
	if err := tx.Select(&joined).Where("group_id = ?", group.ID).Where("member_id = ?", member).Scan(ctx); err != nil {
		return Place{}, err
	}
	if len(joined) > 0 {
		found.Joining = &joined[0]
		return found, nil
	}
	var asked []Request
	err := tx.Select(&asked).Where("group_id = ?", group.ID).Where("member_id = ?", member).Where("decided_at IS NULL").Scan(ctx)
	if err != nil {
		return Place{}, err
	}
	if len(asked) > 0 {
		found.Request = &asked[0]
	}
	found.Blocked, err = tx.Select((*Block)(nil)).Where("group_id = ?", group.ID).Where("member_id = ?", member).Exists(ctx)
	return found, err
}

// kept finds a group that the actor keeps; others are not found.
func kept(ctx context.Context, tx database.Tx, by actor.Actor, group id.ID) (*Group, error) {
	found := &Group{}
	if err := tx.Select(found).Where("id = ?", group).Scan(ctx); err != nil {
		return nil, err
	}
	if !by.IsMember() {
		return nil, fault.NotFound
	}
	place, err := place(ctx, tx, found, by.Member)
	if err == nil && !place.Keeps() {
		err = fault.NotFound
	}
	return found, err
}

// owned finds a group that the actor looks after; others are not found.
func owned(ctx context.Context, tx database.Tx, by actor.Actor, group id.ID) (*Group, error) {
	found := &Group{}
	if err := tx.Select(found).Where("id = ?", group).Scan(ctx); err != nil {
		return nil, err
	}
	if !by.IsMember() || found.OwnerID != by.Member {
		return nil, fault.NotFound
	}
	return found, nil
}

// Kept finds a group that the actor keeps, with its number of members; others
// are not found.
func (g *Groups) Kept(ctx context.Context, by actor.Actor, group id.ID) (*Group, error) {
	err := g.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := kept(ctx, tx, by, group)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep a group: %w", err)
	}
	return g.ByID(ctx, by.Tenant, group)
}

// Keeps tells whether a member keeps a group, for rooms above.
func (g *Groups) Keeps(ctx context.Context, by actor.Actor, group id.ID) (keeps bool, err error) {
	found, err := g.ByIDs(ctx, by.Tenant, []id.ID{group})
	if err != nil {
		return false, err
	}
	one, known := found[group]
	if !known {
		return false, nil
	}
	place, err := g.Place(ctx, by, &one)
	return place.Keeps(), err
}

// membersOnAPage is how many members the keepers' page lists.
const membersOnAPage = 50

// Members lists a page of who belongs, for the group's keepers: keepers first,
// then in the order of joining, after a joining.
func (g *Groups) Members(ctx context.Context, by actor.Actor, group, after id.ID) (page []Joining, next id.ID, err error) {
	err = g.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		return tx.Select(&page).Where("group_id = ?", group).Where("id > ?", after).Order("id").Limit(membersOnAPage + 1).Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list members of a group: %w", err)
	}
	if len(page) > membersOnAPage {
		page = page[:membersOnAPage]
		next = page[membersOnAPage-1].ID
	}
	return page, next, nil
}

// Keepers names who keeps a group, its owner first.
func (g *Groups) Keepers(ctx context.Context, tenant id.ID, group *Group) ([]id.ID, error) {
	var rows []Joining
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Column("member_id").Where("group_id = ?", group.ID).Where("role <> ''").Order("id").Limit(membersOnAPage).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list keepers of a group: %w", err)
	}
	keepers := []id.ID{group.OwnerID}
	for _, row := range rows {
		if row.MemberID != group.OwnerID {
			keepers = append(keepers, row.MemberID)
		}
	}
	return keepers, nil
}

// Entrust makes a member a keeper of the owner's group, or a plain member again.
func (g *Groups) Entrust(ctx context.Context, by actor.Actor, group, member id.ID, keeps bool) error {
	role := ""
	if keeps {
		role = Keeper
	}
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := owned(ctx, tx, by, group); err != nil {
			return err
		}
		return belonging(ctx, tx, group, member, func(row *Joining) error {
			row.Role = role
			_, err := tx.Update(row).Column("role").WherePK().Exec(ctx)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("entrust a group: %w", err)
	}
	return nil
}

// belonging does something with a member's place; who does not belong is not
// found.
func belonging(ctx context.Context, tx database.Tx, group, member id.ID, do func(*Joining) error) error {
	row := &Joining{}
	if err := tx.Select(row).Where("group_id = ?", group).Where("member_id = ?", member).Scan(ctx); err != nil {
		return err
	}
	return do(row)
}

// Offer asks a member to look after the group from now on; zero takes the
// question back.
func (g *Groups) Offer(ctx context.Context, by actor.Actor, group, heir id.ID) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := owned(ctx, tx, by, group)
		if err != nil {
			return err
		}
		found.HeirID = heir
		set := func(*Joining) error {
			_, err := tx.Update(found).Column("heir_id").WherePK().Exec(ctx)
			return err
		}
		if heir == 0 {
			return set(nil)
		}
		if heir == by.Member {
			return fault.InvalidField("heir", "error.choice")
		}
		if err := belonging(ctx, tx, group, heir, set); err != nil {
			return err
		}
		return g.Outbox.Add(ctx, tx, "group.offered", Belonging{group, heir})
	})
	if err != nil {
		return fmt.Errorf("hand a group over: %w", err)
	}
	return nil
}

// TakeOver answers the owner's question: with yes the actor looks after the
// group, and who did stays a keeper.
func (g *Groups) TakeOver(ctx context.Context, who actor.Actor, group id.ID, yes bool) error {
	err := g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Group{}
		if err := tx.Select(found).Where("id = ?", group).Scan(ctx); err != nil {
			return err
		}
		if !who.IsMember() || found.HeirID != who.Member {
			return fault.NotFound
		}
		before := found.OwnerID
		found.HeirID = 0
		if yes {
			found.OwnerID = who.Member
		}
		if _, err := tx.Update(found).Column("owner_id", "heir_id").WherePK().Exec(ctx); err != nil || !yes {
			return err
		}
		_, err := tx.Update((*Joining)(nil)).Set("role = ?", Keeper).Where("group_id = ?", group).Where("member_id = ?", before).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Update((*Joining)(nil)).Set("role = ''").Where("group_id = ?", group).Where("member_id = ?", who.Member).Exec(ctx)
		if err != nil {
			return err
		}
		return g.Outbox.Add(ctx, tx, "group.handed", Belonging{group, who.Member})
	})
	if err != nil {
		return fmt.Errorf("take a group over: %w", err)
	}
	return nil
}

// Archive ends the writing in a group, or lets it begin again: for its owner,
// and whom the policy lets.
func (g *Groups) Archive(ctx context.Context, by actor.Actor, group id.ID, archived bool) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Group{}
		if err := tx.Select(found).Where("id = ?", group).Scan(ctx); err != nil {
			return err
		}
		if !g.MayEdit(by, found) {
			return fault.NotFound
		}
		found.ArchivedAt = time.Time{}
		if archived {
			found.ArchivedAt = g.Clock.Now()
		}
		if _, err := tx.Update(found).Column("archived_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		return g.changed(ctx, tx, group)
	})
	if err != nil {
		return fmt.Errorf("archive a group: %w", err)
	}
	return nil
}

// Blocked is what the outbox tells of whom a group keeps out.
type Blocked struct {
	ID id.ID `json:"id"`
}

// Block takes a member out of the group, or keeps one from coming, with the
// reason that the member is told. The owner cannot be kept out.
func (g *Groups) Block(ctx context.Context, by actor.Actor, group, member id.ID, reason string) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := kept(ctx, tx, by, group)
		if err != nil {
			return err
		}
		theirs, err := place(ctx, tx, found, member)
		if err != nil {
			return err
		}
		// Keepers are the owner's to choose.
		if member == by.Member || theirs.Owner || theirs.Keeps() && found.OwnerID != by.Member || !theirs.Belongs() && theirs.Request == nil {
			return fault.NotFound
		}
		invalid := &fault.Invalid{}
		now := g.Clock.Now()
		row := &Block{ID: id.New(now), GroupID: group, MemberID: member, ByID: by.Member, At: now, Reason: cleanText(invalid, "reason", reason, MaxAnswer)}
		if utf8.RuneCountInString(row.Reason) < 3 {
			invalid.Add("reason", "error.reason")
		}
		if err := invalid.OrNil(); err != nil {
			return err
		}
		if err := g.forget(ctx, tx, group, member); err != nil {
			return err
		}
		if _, err := tx.Insert(row).Exec(ctx); err != nil {
			return err
		}
		return g.Outbox.Add(ctx, tx, "group.blocked", Blocked{row.ID})
	})
	if err != nil {
		return fmt.Errorf("keep somebody out of a group: %w", err)
	}
	return nil
}

// Unblock lets somebody come again; twice is once.
func (g *Groups) Unblock(ctx context.Context, by actor.Actor, group, member id.ID) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		_, err := tx.Delete((*Block)(nil)).Where("group_id = ?", group).Where("member_id = ?", member).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("let somebody come again: %w", err)
	}
	return nil
}

// Blocks lists whom the group keeps out, for its keepers.
func (g *Groups) Blocks(ctx context.Context, by actor.Actor, group id.ID) (all []Block, err error) {
	err = g.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		return tx.Select(&all).Where("group_id = ?", group).Order("member_id").Limit(membersOnAPage).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list whom a group keeps out: %w", err)
	}
	return all, nil
}

// BlockByID reads why somebody is kept out, for the letter that says so.
func (g *Groups) BlockByID(ctx context.Context, tenant, block id.ID) (*Block, error) {
	found := &Block{}
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", block).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read why somebody is kept out: %w", err)
	}
	return found, nil
}

// ChoseMail ticks a newcomer's step off; twice is once.
func (g *Groups) ChoseMail(ctx context.Context, who actor.Actor, group id.ID) error {
	err := g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return belonging(ctx, tx, group, who.Member, func(row *Joining) error {
			row.MailAt = g.Clock.Now()
			_, err := tx.Update(row).Column("mail_at").WherePK().Exec(ctx)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("tick a first step off: %w", err)
	}
	return nil
}
