package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/migrations"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/tenants"
)

const (
	policyMembers     = 1_000_000
	policyCommunities = 1_000
	policyBudget      = 2 * time.Microsecond
)

// measurePolicy asks for a million members of a thousand communities, of which
// one has changed its policy.
func measurePolicy(ctx context.Context, folder string, report *report) error {
	step("policy decisions")
	db, err := database.Open(ctx, "sqlite:"+filepath.Join(folder, "policy.db"), "")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := migrations.Apply(ctx, db); err != nil {
		return err
	}
	policy, err := moderation.NewPolicy(ctx, db, clock.System())
	if err != nil {
		return err
	}
	communities := &tenants.Service{DB: db, Clock: clock.System(), Base: "localhost"}
	changing, err := communities.Create(ctx, "banc", "Banc", tenants.Settings{})
	if err != nil {
		return err
	}
	roles := [][]actor.Role{nil, {actor.Member}, {actor.Member, actor.Partner}, {actor.Member, actor.Moderator}}
	actors := make([]actor.Actor, policyMembers)
	for n := range actors {
		actors[n] = actor.Actor{Tenant: changing.ID + id.ID(n%policyCommunities), Member: id.ID(n + 1), Roles: roles[n%len(roles)]}
	}
	administrator := actor.Actor{Tenant: changing.ID, Member: 1, Roles: []actor.Role{actor.Admin}}
	right := moderation.Right{Role: actor.Member, Kind: "group", Action: "create"}
	if err := policy.Override(ctx, administrator, right, moderation.Deny, "measured"); err != nil {
		return err
	}
	// A prime stride, so that the processor's cache does not know who is next.
	const stride = 7919
	ordinary := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n = (n + stride) % policyMembers {
			policy.Allows(actors[n], "case", "decide")
		}
	})
	changed := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			policy.Allows(administrator, "group", "create")
		}
	})
	for _, one := range []struct {
		name string
		testing.BenchmarkResult
	}{{"Policy: a decision, 1 million members", ordinary}, {"Policy: a decision where the community changed its policy", changed}} {
		report.add(row{figure: one.name, target: "under 2 µs", engine: anyEngine,
			value: fmt.Sprintf("%d ns, %d allocations", one.NsPerOp(), one.AllocsPerOp()),
			met:   verdict(time.Duration(one.NsPerOp()) < policyBudget)})
	}
	return nil
}
