package world

import (
	"context"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// Policy lets the roles do what the word says, for tests below moderation:
// editors and admins everything, others reading.
type Policy struct{}

// Allows tells whether one of the roles may.
func (Policy) Allows(who actor.Actor, _, action string) bool {
	return action == "read" || who.Has(actor.Editor) || who.Has(actor.Admin)
}

// Members returns the service of the world's members; each call is a process
// of its own, with a memory of its own.
func (w *World) Members() *membership.Service {
	return membership.New(w.DB, w.Clock, w.Outbox, Policy{}, w.Tenants)
}

// Groups returns the service of the world's groups.
func (w *World) Groups() *membership.Groups {
	return &membership.Groups{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Policy: Policy{}}
}

// Member makes "anna" a member of the world's community, as anna@example.org,
// and returns her as an actor.
func (w *World) Member(t testing.TB, name string, roles ...actor.Role) actor.Actor {
	t.Helper()
	return w.MemberOf(t, w.Tenant, name, roles...)
}

// MemberOf makes somebody a member of a community.
func (w *World) MemberOf(t testing.TB, tenant *tenants.Tenant, name string, roles ...actor.Role) actor.Actor {
	t.Helper()
	member, err := w.Members().Admit(t.Context(), tenant.ID, membership.Newcomer{
		Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.org", Name: strings.ToUpper(name[:1]) + name[1:], Place: "Plonéour", Roles: roles, Shown: true})
	if err != nil {
		t.Fatalf("admit %s: %v", name, err)
	}
	return actor.Actor{Tenant: tenant.ID, Member: member.ID, Name: member.Name, Language: member.Language,
		Roles: append([]actor.Role{actor.Visitor, actor.Member}, roles...)}
}

// Visitor is somebody who has not signed in.
func (w *World) Visitor() actor.Actor {
	return actor.Actor{Tenant: w.Tenant.ID, Roles: []actor.Role{actor.Visitor}, Language: "fr"}
}

// Group opens a group; its first member looks after it, or an admin who is
// made for it.
func (w *World) Group(t testing.TB, name string, members ...actor.Actor) *membership.Group {
	t.Helper()
	if len(members) == 0 {
		members = []actor.Actor{w.Member(t, "owner of "+name, actor.Admin)}
	}
	founder := actor.Actor{Tenant: members[0].Tenant, Member: members[0].Member, Roles: []actor.Role{actor.Admin}}
	group, err := w.Groups().Found(t.Context(), founder, membership.Draft{Name: strings.ToUpper(name[:1]) + name[1:],
		Purpose: "On se retrouve pour " + name + ".", Place: "La Torche"})
	if err != nil {
		t.Fatalf("open the group %s: %v", name, err)
	}
	for _, member := range members[1:] {
		if err := w.Groups().Bring(t.Context(), member.Tenant, group.ID, member.Member); err != nil {
			t.Fatalf("bring a member: %v", err)
		}
	}
	return group
}

// SignIn opens a session for a member and returns the token that a browser's
// cookie would hold.
func (w *World) SignIn(t testing.TB, who actor.Actor) string {
	t.Helper()
	token, err := w.Members().OpenSession(t.Context(), who.Tenant, who.Member, "a test's browser")
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return token
}

// Age makes a member one who joined long ago.
func (w *World) Age(t testing.TB, who actor.Actor, days int) {
	t.Helper()
	err := w.DB.Write(t.Context(), who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*membership.Member)(nil)).Set("joined_at = ?", w.Clock.Now().AddDate(0, 0, -days)).
			Where("id = ?", who.Member).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("age a member: %v", err)
	}
}
