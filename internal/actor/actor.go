// Package actor tells who acts. Every service takes an Actor after its context.
package actor

import (
	"slices"

	"github.com/kumun/kumun/internal/id"
)

// Role is what a member is in a tenant.
type Role string

// The roles. Everyone is a Visitor; a signed-in person is a Member as well.
const (
	Visitor    Role = "visitor"
	Member     Role = "member"
	Ambassador Role = "ambassador"
	Partner    Role = "partner"
	Editor     Role = "editor"
	Moderator  Role = "moderator"
	Treasurer  Role = "treasurer"
	Admin      Role = "admin"
)

// Roles lists all roles, the weakest first.
var Roles = []Role{Visitor, Member, Ambassador, Partner, Editor, Moderator, Treasurer, Admin}

// Actor is somebody in a tenant: a visitor when Member is zero.
type Actor struct {
	Tenant   id.ID
	Member   id.ID
	Name     string
	Roles    []Role
	Language string
	// Session lets sign-out name what it ends.
	Session id.ID
}

// VisitorOf is whoever looks at a tenant without having signed in.
func VisitorOf(tenant id.ID) Actor { return Actor{Tenant: tenant, Roles: []Role{Visitor}} }

// MemberOf is a member with the further roles that they were given.
func MemberOf(tenant, member id.ID, roles ...Role) Actor {
	return Actor{Tenant: tenant, Member: member, Roles: append([]Role{Visitor, Member}, roles...)}
}

// IsMember tells whether the actor has signed in.
func (a Actor) IsMember() bool { return a.Member != 0 }

// Has tells whether the actor has the role.
func (a Actor) Has(role Role) bool { return slices.Contains(a.Roles, role) }

// Policy decides by role, kind of thing and action, never by person.
type Policy interface {
	// Allows tells whether one of the actor's roles may do the action to
	// things of the kind. The signed-in author's own things are the
	// service's matter.
	Allows(actor Actor, kind, action string) bool
}
