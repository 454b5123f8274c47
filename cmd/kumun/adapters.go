package main

import (
	"context"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// partners makes the author of a listing a partner.
type partners struct{ members *membership.Service }

func (p partners) Grant(ctx context.Context, tenant, member id.ID, role actor.Role) error {
	return p.members.Appoint(ctx, tenant, membership.RoleChange{MemberID: member, Role: role, Granted: true, Reason: "created a listing"})
}

func (r *rooms) groupKind() moderation.Kind {
	return moderation.Kind{Name: "group",
		Load: func(ctx context.Context, tx database.Tx, piece id.ID) (moderation.Piece, error) {
			group, err := r.groups.ByID(ctx, tx.Tenant, piece)
			if err != nil {
				return moderation.Piece{}, err
			}
			return moderation.Piece{AuthorID: group.OwnerID, Title: group.Name, Text: group.Purpose, URL: group.Path(),
				PostedAt: group.CreatedAt, State: moderation.State(group.State)}, nil
		},
		SetState: func(ctx context.Context, tx database.Tx, piece id.ID, state moderation.State) error {
			return r.groups.SetState(ctx, tx.Tenant, piece, string(state))
		}}
}

func (r *rooms) memberKind() moderation.Kind {
	return moderation.Kind{Name: "member",
		Load: func(ctx context.Context, tx database.Tx, piece id.ID) (moderation.Piece, error) {
			member, err := r.members.ByID(ctx, tx.Tenant, piece)
			if err != nil {
				return moderation.Piece{}, err
			}
			return moderation.Piece{AuthorID: member.ID, Title: member.Name, Text: member.About, URL: "/voisins/" + member.ID.String(),
				PostedAt: member.JoinedAt, State: moderation.State(member.State)}, nil
		},
		SetState: func(ctx context.Context, tx database.Tx, piece id.ID, state moderation.State) error {
			return r.members.SetState(ctx, tx.Tenant, piece, string(state))
		}}
}

// address is where a community answers: its own domain, else SLUG.BASE.
func (r *rooms) address(tenant *tenants.Tenant) string {
	return r.scheme + "://" + tenant.Slug + "." + r.tenants.Base
}

// count notes what somebody looked at.
func (r *rooms) count(tenant *tenants.Tenant, view kit.View, request *http.Request) {
	r.audience.Count(analytics.Visit{Tenant: tenant.ID, Zone: tenant.Location(), Route: view.Route, Piece: view.Piece}, request)
}

// keepFigures brings what was counted to the store.
func (r *rooms) keepFigures(ctx context.Context) error { return r.audience.Flush(ctx) }

// figures counts across communities for the operator.
type figures struct{ *rooms }

func (f figures) count(ctx context.Context, statement string) (map[id.ID]int, error) {
	var rows []struct {
		TenantID id.ID
		Count    int
	}
	err := f.db.Survey(ctx, "operator's figures", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(statement).Scan(ctx, &rows)
	})
	counts := map[id.ID]int{}
	for _, row := range rows {
		counts[row.TenantID] = row.Count
	}
	return counts, err
}

func (f figures) Members(ctx context.Context) (map[id.ID]int, error) {
	return f.count(ctx, `SELECT tenant_id, count(*) AS count FROM members WHERE left_at IS NULL GROUP BY tenant_id`)
}

func (f figures) Pieces(ctx context.Context) (map[id.ID]int, error) {
	return f.count(ctx, `SELECT tenant_id, count(*) AS count FROM posts WHERE state = 'published' GROUP BY tenant_id`)
}

func (f figures) Views(ctx context.Context, days int) (map[id.ID]int, error) {
	return f.audience.Totals(ctx, days)
}

func (f figures) Waiting(ctx context.Context) (map[id.ID]int, error) {
	return f.count(ctx, `SELECT tenant_id, count(*) AS count FROM cases WHERE closed_at IS NULL GROUP BY tenant_id`)
}
