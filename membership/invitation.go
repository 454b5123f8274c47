package membership

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// MaxUses and MaxDays bound a link that many may use.
	MaxUses, MaxDays = 100, 90
	// mailedDays is how long a mailed invitation holds.
	mailedDays = 14
	// invitationsADay is how many one person may make.
	invitationsADay = 20
	// codeSigns is how many signs one types where a link cannot be followed.
	codeSigns = 12
	// invitationsRead bounds the list of a group's.
	invitationsRead = 100
)

// Invitation opens a group to whoever holds its code, or to the one address to
// which it was mailed.
type Invitation struct {
	bun.BaseModel `bun:"table:group_invitations,alias:invitation"`
	database.Owned
	ID      id.ID `bun:",pk"`
	GroupID id.ID
	ByID    id.ID
	Code    string
	// Email is empty for a link.
	Email    string `bun:",nullzero"`
	Language string
	// Most is how often it may be used, Used how often it was.
	Most, Used int
	At         time.Time
	ExpiresAt  time.Time
	RevokedAt  time.Time `bun:",nullzero"`
}

// Path is the page that the invitation leads to.
func (i *Invitation) Path() string { return "/invitation/" + i.Code }

// Spelled is the code as people read it aloud.
func (i *Invitation) Spelled() string {
	if len(i.Code) != codeSigns {
		return i.Code
	}
	return i.Code[:4] + "-" + i.Code[4:8] + "-" + i.Code[8:]
}

// Holds tells that the invitation can be used at a moment.
func (i *Invitation) Holds(now time.Time) bool {
	return i.RevokedAt.IsZero() && i.Used < i.Most && now.Before(i.ExpiresAt)
}

// InvitationFact is what the outbox tells of an invitation to be mailed.
type InvitationFact struct {
	ID id.ID `json:"id"`
}

// Invite mails an invitation to one address. Whether the address is known here
// changes nothing.
func (g *Groups) Invite(ctx context.Context, by actor.Actor, group id.ID, address string) error {
	email, valid := Address(address)
	if !valid {
		return fault.InvalidField("email", "error.email")
	}
	return g.invite(ctx, by, &Invitation{GroupID: group, Code: id.Secret(), Email: email, Language: by.Language, Most: 1}, mailedDays)
}

// Link makes a link, and the code for those who cannot follow it, that so many
// people may use within so many days.
func (g *Groups) Link(ctx context.Context, by actor.Actor, group id.ID, uses, days int) error {
	invalid := &fault.Invalid{}
	if uses < 1 || uses > MaxUses {
		invalid.Add("uses", "error.group.uses", "Max", MaxUses)
	}
	if days < 1 || days > MaxDays {
		invalid.Add("days", "error.group.days", "Max", MaxDays)
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	return g.invite(ctx, by, &Invitation{GroupID: group, Code: id.Secret()[:codeSigns], Most: uses}, days)
}

func (g *Groups) invite(ctx context.Context, by actor.Actor, invitation *Invitation, days int) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := kept(ctx, tx, by, invitation.GroupID)
		if err != nil {
			return err
		}
		if found.Archived() {
			return fault.Conflict
		}
		now := g.Clock.Now()
		count, err := tx.Select((*Invitation)(nil)).Where("by_id = ?", by.Member).Where("at > ?", now.Add(-24*time.Hour)).Count(ctx)
		if err != nil {
			return err
		}
		if count >= invitationsADay {
			return fault.TooMany
		}
		invitation.ID, invitation.ByID, invitation.At, invitation.ExpiresAt = id.New(now), by.Member, now, now.AddDate(0, 0, days)
		if _, err := tx.Insert(invitation).Exec(ctx); err != nil {
			return err
		}
		if invitation.Email == "" {
			return nil
		}
		return g.Outbox.Add(ctx, tx, "group.invited", InvitationFact{invitation.ID})
	})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// Revoke ends an invitation; twice is once.
func (g *Groups) Revoke(ctx context.Context, by actor.Actor, group, invitation id.ID) error {
	err := g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		_, err := tx.Update((*Invitation)(nil)).Set("revoked_at = ?", g.Clock.Now()).Where("id = ?", invitation).Where("group_id = ?", group).
			Where("revoked_at IS NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke an invitation: %w", err)
	}
	return nil
}

// Invitations lists those of a group for its keepers, the latest first.
func (g *Groups) Invitations(ctx context.Context, by actor.Actor, group id.ID) (all []Invitation, err error) {
	err = g.DB.Read(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := kept(ctx, tx, by, group); err != nil {
			return err
		}
		return tx.Select(&all).Where("group_id = ?", group).Order("id DESC").Limit(invitationsRead).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return all, nil
}

// Invitation reads an invitation and its group, for the letter about it.
func (g *Groups) Invitation(ctx context.Context, tenant, invitation id.ID) (*Invitation, *Group, error) {
	return g.invitation(ctx, tenant, "id = ?", invitation)
}

// Held reads the invitation of a code that can still be used, and its group;
// others are not found.
func (g *Groups) Held(ctx context.Context, tenant id.ID, code string) (*Invitation, *Group, error) {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	found, group, err := g.invitation(ctx, tenant, "code = ?", code)
	if err == nil && (!found.Holds(g.Clock.Now()) || group.State != Published || group.Archived()) {
		err = fmt.Errorf("use an invitation: %w", fault.NotFound)
	}
	return found, group, err
}

func (g *Groups) invitation(ctx context.Context, tenant id.ID, where string, value any) (*Invitation, *Group, error) {
	found := &Invitation{}
	var group *Group
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(found).Where(where, value).Scan(ctx); err != nil {
			return err
		}
		var err error
		group, err = g.ByID(ctx, tenant, found.GroupID)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read an invitation: %w", err)
	}
	return found, group, nil
}

// Accept lets the actor in by an invitation; who is in already uses none up. A
// mailed one is its address's alone: for others it does not exist.
func (g *Groups) Accept(ctx context.Context, who actor.Actor, code string) (*Group, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	var group *Group
	err := g.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		held, found, err := g.Held(ctx, who.Tenant, code)
		if err != nil {
			return err
		}
		group = found
		place, err := place(ctx, tx, group, who.Member)
		if err != nil || place.Belongs() {
			return err
		}
		if held.Email != "" {
			member := &Member{}
			if err := tx.Select(member).Column("email").Where("id = ?", who.Member).Scan(ctx); err != nil {
				return err
			}
			if member.Email != held.Email {
				return fault.InvalidField("code", "error.group.other_address")
			}
		}
		result, err := tx.Update(held).Set("used = used + 1").WherePK().Where("used < most").Where("revoked_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if used, err := result.RowsAffected(); err != nil || used == 0 {
			return fmt.Errorf("%w: %w", fault.NotFound, err)
		}
		if _, err := tx.Delete((*Request)(nil)).Where("group_id = ?", group.ID).Where("member_id = ?", who.Member).Where("decided_at IS NULL").Exec(ctx); err != nil {
			return err
		}
		return g.enter(ctx, tx, group, who.Member)
	})
	if err != nil {
		return nil, fmt.Errorf("accept an invitation: %w", err)
	}
	return group, nil
}

// ForgetInvitations drops those that ended a month ago: with them go the
// addresses of who never came.
func (g *Groups) ForgetInvitations(ctx context.Context, tenant id.ID) error {
	return g.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*Invitation)(nil)).Where("expires_at < ?", g.Clock.Now().AddDate(0, -1, 0)).Exec(ctx)
		return err
	})
}
