package membership_test

import (
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/world"
)

func signedIn(t *testing.T, w *world.World, members *membership.Service, tenant id.ID, token string) actor.Actor {
	t.Helper()
	who, err := members.Actor(t.Context(), tenant, token)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func TestASessionLastsWhileItIsUsed(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	anna := w.Member(t, "anna", actor.Editor)
	token := w.SignIn(t, anna)

	for range 3 {
		w.Clock.Forward(29 * 24 * time.Hour)
		if who := signedIn(t, w, members, w.Tenant.ID, token); who.Member != anna.Member || !who.Has(actor.Editor) {
			t.Fatalf("got %+v", who)
		}
	}
	w.Clock.Forward(4 * 24 * time.Hour)
	if who := signedIn(t, w, members, w.Tenant.ID, token); who.IsMember() {
		t.Error("a session outlived ninety days")
	}
}

func TestASessionThatNobodyUsesEnds(t *testing.T) {
	w := world.New(t)
	token := w.SignIn(t, w.Member(t, "anna"))

	w.Clock.Forward(30 * 24 * time.Hour)

	if who := signedIn(t, w, w.Members(), w.Tenant.ID, token); who.IsMember() {
		t.Error("still signed in")
	}
}

func TestASessionIsWorthNothingNextDoor(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	token := w.SignIn(t, w.Member(t, "anna"))
	signedIn(t, w, members, w.Tenant.ID, token)

	if who := signedIn(t, w, members, w.Neighbour.ID, token); who.IsMember() {
		t.Errorf("got %+v", who)
	}
	if who := signedIn(t, w, members, w.Tenant.ID, "forged"); who.IsMember() {
		t.Errorf("got %+v", who)
	}
}

func TestSigningOutEverywhereEndsAllSessionsAtOnce(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	anna := w.Member(t, "anna")
	phone, laptop := w.SignIn(t, anna), w.SignIn(t, anna)
	other := w.SignIn(t, w.Member(t, "brieuc"))
	who := signedIn(t, w, members, w.Tenant.ID, phone)
	signedIn(t, w, members, w.Tenant.ID, laptop)

	if err := members.SignOut(t.Context(), who, who.Session); err != nil {
		t.Fatal(err)
	}
	if signedIn(t, w, members, w.Tenant.ID, phone).IsMember() {
		t.Error("still signed in on the phone")
	}
	if !signedIn(t, w, members, w.Tenant.ID, laptop).IsMember() {
		t.Error("signed out on the laptop too")
	}
	if err := members.SignOutEverywhere(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	if signedIn(t, w, members, w.Tenant.ID, laptop).IsMember() {
		t.Error("still signed in on the laptop")
	}
	if !signedIn(t, w, members, w.Tenant.ID, other).IsMember() {
		t.Error("signed a neighbour out")
	}
}

func TestARevokedRoleIsGoneAtTheNextPage(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	admin := w.Member(t, "admin", actor.Admin)
	anna := w.Member(t, "anna")
	token := w.SignIn(t, anna)

	if err := members.Grant(t.Context(), admin, anna.Member, actor.Moderator, "she knows everybody"); err != nil {
		t.Fatal(err)
	}
	if !signedIn(t, w, members, w.Tenant.ID, token).Has(actor.Moderator) {
		t.Error("the role was not given")
	}
	found, err := members.WithRole(t.Context(), w.Tenant.ID, actor.Moderator)
	if err != nil || len(found) != 1 || found[0].ID != anna.Member {
		t.Errorf("moderators: %v, %v", found, err)
	}
	if err := members.Revoke(t.Context(), admin, anna.Member, actor.Moderator, "she moved away"); err != nil {
		t.Fatal(err)
	}
	if signedIn(t, w, members, w.Tenant.ID, token).Has(actor.Moderator) {
		t.Error("the role stayed")
	}
	if found, _ := members.WithRole(t.Context(), w.Tenant.ID, actor.Moderator); len(found) != 0 {
		t.Errorf("moderators: %v", found)
	}
	if err := members.Grant(t.Context(), anna, anna.Member, actor.Admin, "please"); err == nil {
		t.Error("a member made herself an admin")
	}
}
