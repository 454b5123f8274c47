package notifications_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
)

// closed is Anna's group: on request, and for its members alone.
func (h *house) closed(t *testing.T, anna actor.Actor, change func(*membership.Draft)) *membership.Group {
	t.Helper()
	group := h.Group(t, "chorale", anna)
	draft := membership.Draft{Name: group.Name, Purpose: group.Purpose, Kind: membership.OnRequest, Readers: membership.InGroup}
	if change != nil {
		change(&draft)
	}
	if err := h.groups.Edit(t.Context(), anna, group.ID, draft); err != nil {
		t.Fatal(err)
	}
	return group
}

func TestComingToAGroupIsToldByLetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	anna, gwen, yann := h.Member(t, "anna"), h.Member(t, "gwen"), h.Member(t, "yann")
	group := h.closed(t, anna, func(draft *membership.Draft) { draft.Welcome = "Apporte ta voix." })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}
	heard := func(who string, words ...string) {
		t.Helper()
		said := ""
		for _, letter := range h.sink.Messages() {
			if slices.ContainsFunc(letter.To, func(to string) bool { return strings.Contains(to, who) }) {
				said += letter.Subject() + "\n" + letter.Text + "\n"
			}
		}
		for _, word := range words {
			if !strings.Contains(said, word) {
				t.Errorf("%s was not told %q in %q", who, word, said)
			}
		}
	}
	decide := func(accepted bool, reason string) {
		t.Helper()
		waiting, err := h.groups.Requests(t.Context(), anna, group.ID)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d wait (%v)", len(waiting), err)
		}
		must(h.groups.Decide(t.Context(), anna, group.ID, waiting[0].ID, accepted, reason))
	}

	must(h.groups.Ask(t.Context(), gwen, group.ID, nil))
	heard("anna", "Gwen aimerait entrer", group.KeepersPath())
	decide(true, "À mardi.")
	heard("gwen", "tu fais maintenant partie", "À mardi.", "Apporte ta voix.")
	must(h.groups.Ask(t.Context(), yann, group.ID, nil))
	decide(false, "On est complets.")
	heard("yann", "pas t’accueillir", "On est complets.")

	must(h.groups.Invite(t.Context(), anna, group.ID, "paul@example.com"))
	heard("paul", "Anna t’invite", "/invitation/")

	must(h.posts.Greet(t.Context(), gwen, group.ID, "Alto, le mardi."))
	heard("anna", "Gwen vient d’arriver", "Alto, le mardi.")
	hellos, err := h.posts.Hellos(t.Context(), anna, group.ID)
	if err != nil || len(hellos) != 1 {
		t.Fatalf("%d hellos (%v)", len(hellos), err)
	}
	_, err = h.posts.SayWelcome(t.Context(), anna, hellos[0].ID)
	must(err)
	heard("gwen", "Anna te souhaite la bienvenue")

	must(h.groups.Offer(t.Context(), anna, group.ID, gwen.Member))
	heard("gwen", "Tu reprends")
	must(h.groups.Block(t.Context(), anna, group.ID, gwen.Member, "Elle chante trop fort."))
	heard("gwen", "Elle chante trop fort.", "/contact")
}

func TestWhoLeavesAGroupLeavesNoTrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	anna, gwen := h.Member(t, "anna"), h.Member(t, "gwen")
	group := h.closed(t, anna, nil)
	if err := h.groups.Bring(t.Context(), gwen.Tenant, group.ID, gwen.Member); err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{
		func() error { return h.groups.Entrust(t.Context(), anna, group.ID, gwen.Member, true) },
		func() error { return h.groups.Link(t.Context(), gwen, group.ID, 5, 5) },
		func() error { return h.groups.Offer(t.Context(), anna, group.ID, gwen.Member) },
		func() error { return h.posts.Greet(t.Context(), gwen, group.ID, "Alto, le mardi.") },
		func() error {
			return h.posts.Follow(t.Context(), gwen, community.Target{Kind: community.FollowGroup, Name: group.ID.String()})
		},
		func() error { return h.groups.Leave(t.Context(), gwen, group.ID) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	h.mustFollow(t)

	hellos, err := h.posts.Hellos(t.Context(), anna, group.ID)
	if err != nil || len(hellos) > 0 {
		t.Errorf("%d hellos stay (%v)", len(hellos), err)
	}
	if follows, err := h.posts.Follows(t.Context(), gwen); err != nil || len(follows) > 0 {
		t.Errorf("she still follows %v (%v)", follows, err)
	}
	found, err := h.groups.ByID(t.Context(), gwen.Tenant, group.ID)
	if err != nil || found.HeirID != 0 || found.Members != 1 {
		t.Errorf("the group keeps her: %+v (%v)", found, err)
	}
	links, err := h.groups.Invitations(t.Context(), anna, group.ID)
	if err != nil || len(links) != 1 || links[0].RevokedAt.IsZero() {
		t.Errorf("her link still opens: %+v (%v)", links, err)
	}
	// Coming again, she is a member as any other.
	if err := h.groups.Bring(t.Context(), gwen.Tenant, group.ID, gwen.Member); err != nil {
		t.Fatal(err)
	}
	if keeps, err := h.groups.Keeps(t.Context(), gwen, group.ID); err != nil || keeps {
		t.Errorf("who comes back keeps the group: %v (%v)", keeps, err)
	}
}
