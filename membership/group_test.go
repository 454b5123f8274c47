package membership_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/world"
)

func TestANeighbourJoinsAndLeaves(t *testing.T) {
	w := world.New(t)
	groups := w.Groups()
	owner, anna := w.Member(t, "owner", actor.Admin), w.Member(t, "anna")
	surf := w.Group(t, "surf", owner)

	for range 2 {
		if err := groups.Join(t.Context(), anna, surf.ID); err != nil {
			t.Fatal(err)
		}
	}
	found, err := groups.See(t.Context(), w.Visitor(), surf.ID)
	if err != nil || found.Members != 2 {
		t.Errorf("got %+v, %v", found, err)
	}
	of, err := groups.Of(t.Context(), w.Tenant.ID, anna.Member)
	if err != nil || len(of) != 1 || of[0] != surf.ID {
		t.Errorf("her groups: %v, %v", of, err)
	}

	if err := groups.Leave(t.Context(), anna, surf.ID); err != nil {
		t.Fatal(err)
	}
	if belongs, err := groups.Has(t.Context(), w.Tenant.ID, surf.ID, anna.Member); belongs || err != nil {
		t.Errorf("still belongs: %v", err)
	}
	if err := groups.Leave(t.Context(), owner, surf.ID); !errors.Is(err, fault.Conflict) {
		t.Errorf("the owner left: %v", err)
	}
}

func TestAGroupIsUnknownNextDoor(t *testing.T) {
	w := world.New(t)
	surf := w.Group(t, "surf")
	stranger := w.MemberOf(t, w.Neighbour, "stranger", actor.Admin)

	if err := w.Groups().Join(t.Context(), stranger, surf.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("join: got %v", err)
	}
	if err := w.Groups().Edit(t.Context(), stranger, surf.ID, membership.Draft{Name: "Mine", Purpose: "All of it is mine."}); !errors.Is(err, fault.NotFound) {
		t.Errorf("edit: got %v", err)
	}
}

func TestOnlyThoseWhoAgreedAreShown(t *testing.T) {
	w := world.New(t)
	anna, shy := w.Member(t, "anna"), w.Member(t, "shy")
	surf := w.Group(t, "surf", anna, shy)
	if err := w.Members().SaveProfile(t.Context(), shy, membership.Profile{Name: "Shy", Language: "fr", Digest: membership.Weekly}); err != nil {
		t.Fatal(err)
	}

	faces, err := w.Groups().Faces(t.Context(), w.Tenant.ID, surf.ID, 10)

	if err != nil || len(faces) != 1 || faces[0].Name != "Anna" {
		t.Errorf("got %v, %v", faces, err)
	}
}

func TestOnlyEditorsOpenGroups(t *testing.T) {
	w := world.New(t)
	draft := membership.Draft{Name: "Surf", Purpose: "Prendre une vague ensemble."}

	if _, err := w.Groups().Found(t.Context(), w.Member(t, "anna"), draft); !errors.Is(err, fault.Forbidden) {
		t.Errorf("a member: got %v", err)
	}
	first, err := w.Groups().Found(t.Context(), w.Member(t, "editor", actor.Editor), draft)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Groups().Found(t.Context(), w.Member(t, "editor", actor.Editor), draft)
	if err != nil || first.Slug != "surf" || second.Slug != "surf-2" {
		t.Errorf("got %v, %v, %v", first.Slug, second.Slug, err)
	}
}

func TestAHiddenGroupIsSeenByModeratorsAlone(t *testing.T) {
	w := world.New(t)
	surf := w.Group(t, "surf")
	if err := w.Groups().SetState(t.Context(), w.Tenant.ID, surf.ID, membership.Hidden); err != nil {
		t.Fatal(err)
	}

	if _, err := w.Groups().See(t.Context(), w.Member(t, "anna"), surf.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("a member: got %v", err)
	}
	if _, err := w.Groups().See(t.Context(), w.Member(t, "admin", actor.Admin), surf.ID); err != nil {
		t.Errorf("an admin: got %v", err)
	}
}

func TestGroupsPageByName(t *testing.T) {
	w := world.New(t)
	owner := w.Member(t, "owner", actor.Admin)
	for n := range 30 {
		w.Group(t, fmt.Sprintf("marche %02d", 29-n), owner)
	}

	seen := 0
	for after := id.ID(0); ; {
		page, next, err := w.Groups().List(t.Context(), w.Tenant.ID, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range page {
			if want := fmt.Sprintf("Marche %02d", seen); group.Name != want || group.Members != 1 {
				t.Fatalf("got %s with %d members, want %s", group.Name, group.Members, want)
			}
			seen++
		}
		if next == 0 {
			break
		}
		after = next
	}
	if seen != 30 {
		t.Errorf("saw %d groups", seen)
	}
}
