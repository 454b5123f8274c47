package moderation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	fileadapter "github.com/casbin/casbin/v2/persist/file-adapter"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/world"
)

func newPolicy(t testing.TB, w *world.World) *moderation.Policy {
	t.Helper()
	policy, err := moderation.NewPolicy(t.Context(), w.DB, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func in(tenant id.ID, member id.ID, roles ...actor.Role) actor.Actor {
	return actor.Actor{Tenant: tenant, Member: member, Roles: roles}
}

func TestTheTableSaysWhatCasbinSays(t *testing.T) {
	w := world.New(t)
	policy := newPolicy(t, w)
	rules, err := model.NewModelFromFile("model.conf")
	if err != nil {
		t.Fatal(err)
	}
	enforcer, err := casbin.NewEnforcer(rules, fileadapter.NewAdapter("policy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	admin := in(w.Tenant.ID, 1, actor.Admin)
	changes := map[moderation.Right]moderation.Effect{
		{Role: actor.Member, Kind: "post", Action: "create"}:       moderation.Deny,
		{Role: actor.Ambassador, Kind: "post", Action: "edit_any"}: moderation.Allow,
	}
	for right, effect := range changes {
		if err := policy.Override(t.Context(), admin, right, effect, "pour voir"); err != nil {
			t.Fatal(err)
		}
		if _, err := enforcer.AddPolicy(string(right.Role), right.Kind, right.Action, string(effect)); err != nil {
			t.Fatal(err)
		}
	}

	kinds, actions := map[string]bool{"unknown": true}, map[string]bool{"unknown": true}
	lines, err := enforcer.GetPolicy()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		kinds[line[1]], actions[line[2]] = true, true
	}
	for _, role := range actor.Roles {
		for kind := range kinds {
			for action := range actions {
				// A visitor's and a member's lines serve the other roles too.
				want := false
				for _, held := range []actor.Role{actor.Visitor, actor.Member, role} {
					if held == actor.Member && role == actor.Visitor {
						continue
					}
					yes, err := enforcer.Enforce(string(held), kind, action)
					if err != nil {
						t.Fatal(err)
					}
					want = want || yes
				}
				who := in(w.Tenant.ID, 7, role)
				if role == actor.Visitor {
					who = in(w.Tenant.ID, 0)
				}
				if got := policy.Allows(who, kind, action); got != want {
					t.Errorf("%s may %s %s: table says %t, Casbin %t", role, action, kind, got, want)
				}
			}
		}
	}
}

func TestAWithdrawnRightIsRefusedAtOnceAndOnlyHere(t *testing.T) {
	w := world.New(t)
	policy := newPolicy(t, w)
	writer, neighbour := in(w.Tenant.ID, 7), in(w.Neighbour.ID, 7)
	right := moderation.Right{Role: actor.Member, Kind: "post", Action: "create"}
	if !policy.Allows(writer, "post", "create") {
		t.Fatal("a member may not post by default")
	}

	if err := policy.Override(t.Context(), in(w.Tenant.ID, 1, actor.Admin), right, moderation.Deny, "trop de bruit"); err != nil {
		t.Fatal(err)
	}

	if policy.Allows(writer, "post", "create") {
		t.Error("a withdrawn right is still allowed")
	}
	if !policy.Allows(neighbour, "post", "create") {
		t.Error("the neighbour community lost a right that it kept")
	}
	if err := policy.Override(t.Context(), in(w.Tenant.ID, 1, actor.Admin), right, moderation.Default, "c'est calmé"); err != nil {
		t.Fatal(err)
	}
	if !policy.Allows(writer, "post", "create") {
		t.Error("a right given back is refused")
	}
}

func TestAnotherProcessLearnsOfAWithdrawnRight(t *testing.T) {
	w := world.New(t)
	here, there := newPolicy(t, w), newPolicy(t, w)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); there.Watch(ctx) }()
	defer func() { stop(); <-done }()
	writer := in(w.Tenant.ID, 7)
	if !there.Allows(writer, "post", "create") {
		t.Fatal("a member may not post by default")
	}

	right := moderation.Right{Role: actor.Member, Kind: "post", Action: "create"}
	if err := here.Override(t.Context(), in(w.Tenant.ID, 1, actor.Admin), right, moderation.Deny, "trop de bruit"); err != nil {
		t.Fatal(err)
	}

	waitFor(t, func() bool { return !there.Allows(writer, "post", "create") })
}

func TestOnlyWhoManagesThePolicyChangesItWithAReason(t *testing.T) {
	w := world.New(t)
	policy := newPolicy(t, w)
	right := moderation.Right{Role: actor.Member, Kind: "case", Action: "decide"}

	err := policy.Override(t.Context(), in(w.Tenant.ID, 7, actor.Moderator), right, moderation.Allow, "parce que")
	if !errors.Is(err, fault.NotFound) {
		t.Errorf("a moderator changes the policy: %v", err)
	}
	admin := in(w.Tenant.ID, 1, actor.Admin)
	var invalid *fault.Invalid
	if err := policy.Override(t.Context(), admin, right, moderation.Allow, " "); !errors.As(err, &invalid) {
		t.Errorf("a change without a reason: %v", err)
	}
	right.Action = "unheard_of"
	if err := policy.Override(t.Context(), admin, right, moderation.Allow, "parce que"); !errors.As(err, &invalid) {
		t.Errorf("a right that does not exist: %v", err)
	}
	own := moderation.Right{Role: actor.Admin, Kind: "policy", Action: "manage"}
	if err := policy.Override(t.Context(), admin, own, moderation.Deny, "parce que"); !errors.As(err, &invalid) {
		t.Errorf("admins locked themselves out: %v", err)
	}
}

func BenchmarkPolicyDecision(b *testing.B) {
	w := world.New(b)
	policy := newPolicy(b, w)
	right := moderation.Right{Role: actor.Member, Kind: "post", Action: "create"}
	if err := policy.Override(b.Context(), in(w.Tenant.ID, 1, actor.Admin), right, moderation.Deny, "mesure"); err != nil {
		b.Fatal(err)
	}
	who := in(w.Tenant.ID, 7, actor.Moderator)
	b.ReportAllocs()
	for b.Loop() {
		policy.Allows(who, "case", "decide")
	}
}

func BenchmarkPolicyTable(b *testing.B) {
	w := world.New(b)
	for b.Loop() {
		newPolicy(b, w)
	}
}

// waitFor waits on a condition, for a bounded time.
func waitFor(t testing.TB, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !condition() {
		if clock.Wait(ctx, 10*time.Millisecond) != nil {
			t.Fatal("the condition did not come about")
		}
	}
}
