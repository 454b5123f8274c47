package membership

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// RoleChange tells who gave or took a role, when and why.
type RoleChange struct {
	bun.BaseModel `bun:"table:role_changes,alias:role_change"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	Role     actor.Role
	Granted  bool
	// ByID is zero when the operator did it.
	ByID   id.ID `bun:",nullzero"`
	Reason string
	At     time.Time
}

// Grant gives a member a role.
func (s *Service) Grant(ctx context.Context, by actor.Actor, member id.ID, role actor.Role, reason string) error {
	return s.changeRole(ctx, by, RoleChange{MemberID: member, Role: role, Granted: true, Reason: reason})
}

// Revoke takes a role from a member.
func (s *Service) Revoke(ctx context.Context, by actor.Actor, member id.ID, role actor.Role, reason string) error {
	return s.changeRole(ctx, by, RoleChange{MemberID: member, Role: role, Reason: reason})
}

func (s *Service) changeRole(ctx context.Context, by actor.Actor, change RoleChange) error {
	if !s.Policy.Allows(by, "member", "manage") {
		return fault.Forbidden
	}
	change.ByID = by.Member
	return s.Appoint(ctx, by.Tenant, change)
}

// Appoint changes a role on the operator's behalf: no policy is asked.
func (s *Service) Appoint(ctx context.Context, tenant id.ID, change RoleChange) error {
	if !slices.Contains(actor.Roles[2:], change.Role) {
		return fault.InvalidField("role", "error.choice")
	}
	if utf8.RuneCountInString(change.Reason) < 3 {
		return fault.InvalidField("reason", "error.reason")
	}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		member := &Member{}
		if err := tx.Select(member).Where("id = ? AND left_at IS NULL", change.MemberID).Scan(ctx); err != nil {
			return err
		}
		if slices.Contains(member.Roles, change.Role) == change.Granted {
			return nil
		}
		if err := s.noteRole(ctx, tx, change); err != nil {
			return err
		}
		member.Roles = slices.DeleteFunc(member.Roles, func(role actor.Role) bool { return role == change.Role })
		if change.Granted {
			member.Roles = append(member.Roles, change.Role)
		}
		tx.AfterCommit(func() { s.sessions.forget(tenant, member.ID) })
		_, err := tx.Update(member).Column("roles").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("change role: %w", err)
	}
	return nil
}

func (s *Service) noteRole(ctx context.Context, tx database.Tx, change RoleChange) error {
	change.At = s.Clock.Now()
	change.ID = id.New(change.At)
	_, err := tx.Insert(&change).Exec(ctx)
	return err
}

// WithRole finds the members who hold a role, for instance those to whom a
// reminder goes.
func (s *Service) WithRole(ctx context.Context, tenant id.ID, role actor.Role) ([]Member, error) {
	var found []Member
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &found, withRole, role)
	})
	if err != nil {
		return nil, fmt.Errorf("find members by role: %w", err)
	}
	return found, nil
}

// Roles are few and changed rarely: their changes lead to who holds them
// faster than all members do.
const withRole = `SELECT m.* FROM members m WHERE m.tenant_id = ?tenant AND m.left_at IS NULL
  AND m.id IN (SELECT c.member_id FROM role_changes c WHERE c.tenant_id = ?tenant AND c.role = ?0
    AND c.granted AND NOT EXISTS (SELECT 1 FROM role_changes l WHERE l.tenant_id = c.tenant_id
      AND l.member_id = c.member_id AND l.role = c.role AND l.id > c.id))
  ORDER BY m.id`
