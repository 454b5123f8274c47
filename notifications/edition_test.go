package notifications_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// whys are the titles of the last letter of somebody, with their reasons, as the
// ledger tells them.
func (h *house) whys(t *testing.T, who actor.Actor) (told []string) {
	t.Helper()
	received, err := h.digest.Ledger(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	if len(received) == 0 {
		return nil
	}
	for _, piece := range received[0].Pieces {
		told = append(told, piece.Title+": "+string(piece.Why))
	}
	return told
}

// in adopts a tip of a place with topics, published now.
func (h *house) in(t *testing.T, author actor.Actor, title, commune string, topics ...string) *community.Post {
	t.Helper()
	post := &community.Post{Kind: community.Tip, Title: title, Standfirst: "Il fait bon.", Commune: commune, Topics: topics,
		Text: "Tous les matins, on descend la cale.", AuthorID: author.Member, State: community.Published, PostedAt: h.Clock.Now()}
	if err := h.posts.Adopt(t.Context(), author.Tenant, post, nil, nil); err != nil {
		t.Fatal(err)
	}
	return post
}

func (h *house) follows(t *testing.T, who actor.Actor, kind, name string) {
	t.Helper()
	if err := h.posts.Follow(t.Context(), who, community.Target{Kind: kind, Name: name}); err != nil {
		t.Fatal(err)
	}
}

// reads sets how often somebody wants the digest.
func (h *house) reads(t *testing.T, who actor.Actor, digest string) {
	t.Helper()
	if err := h.members.SaveProfile(t.Context(), who, membership.Profile{Name: who.Name, Language: "fr", Digest: digest}); err != nil {
		t.Fatal(err)
	}
}

func TestTheDigestBringsTheEditorsFindsThenWhatIsFollowedThenTheRest(t *testing.T) {
	h := newHouse(t)
	anna, erwan, maelle := h.Member(t, "anna"), h.Member(t, "erwan"), h.Member(t, "maelle", actor.Editor)
	bob := h.Member(t, "bob")
	group := h.Group(t, "Les Maillots", anna, bob)
	old := h.tip(t, maelle, "Le guide des cales, toujours bon", 0)
	h.Clock.Forward(30 * 24 * time.Hour)
	next := friday.AddDate(0, 0, 7*5)
	h.at(next.Add(-48 * time.Hour))
	h.in(t, h.Member(t, "paul"), "Un pain de plus", "Quimper")
	h.in(t, h.Member(t, "rose"), "La soupe du vendredi", "Quimper", "manger")
	h.in(t, erwan, "Un vélo réparé", "Quimper")
	h.in(t, h.Member(t, "lise"), "La cale au lever du jour", "Audierne")
	h.tip(t, anna, "Rendez-vous du groupe", group.ID)
	h.follows(t, bob, community.FollowPlace, "Audierne")
	h.follows(t, bob, community.FollowTopic, "manger")
	h.follows(t, bob, community.FollowPerson, erwan.Member.String())
	if err := h.posts.Choose(t.Context(), maelle, community.FrontChoice{Place: 0, PostID: old.ID, StartsAt: h.Clock.Now().Add(-time.Hour), EndsAt: h.Clock.Now().Add(24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	h.forget(t)

	h.at(next)
	h.due(t)

	want := []string{"Le guide des cales, toujours bon: editor", "Rendez-vous du groupe: group",
		"La cale au lever du jour: place", "Un vélo réparé: person", "La soupe du vendredi: topic", "Un pain de plus: new"}
	if told := h.whys(t, bob); !slices.Equal(told, want) {
		t.Errorf("the ledger tells\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	arrived := h.to("bob@example.org")
	if len(arrived) != 1 {
		t.Fatalf("%d letters", len(arrived))
	}
	at := 0
	for _, line := range want {
		title, _, _ := strings.Cut(line, ":")
		found := strings.Index(arrived[0].Text[at:], title)
		if found < 0 {
			t.Fatalf("%q is not where it should be:\n%s", title, arrived[0].Text)
		}
		at += found
	}
	if told := h.whys(t, h.Member(t, "newcomer")); told != nil {
		t.Errorf("who got nothing is told %v", told)
	}
}

func TestWhatOneHasSeenIsNotSent(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna", actor.Ambassador), h.Member(t, "bob")
	thanked := h.tip(t, h.Member(t, "paul"), "Le four refroidit", 0)
	kept := h.tip(t, h.Member(t, "rose"), "La cale du matin", 0)
	h.tip(t, anna, "La cabane à livres", 0)
	if err := h.posts.Thank(t.Context(), bob, thanked.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.posts.Keep(t.Context(), bob, community.PieceRef{Kind: "post", ID: kept.ID}, ""); err != nil {
		t.Fatal(err)
	}
	h.forget(t)

	h.at(friday)
	h.due(t)

	if told := h.whys(t, bob); !slices.Equal(told, []string{"La cabane à livres: new"}) {
		t.Errorf("bob is sent %v", told)
	}
}

func TestAPieceThatIsHiddenBeforeItsLetterLeavesIsNotInIt(t *testing.T) {
	h := newHouse(t)
	h.Member(t, "bob")
	hidden := h.tip(t, h.Member(t, "paul"), "Le four refroidit", 0)
	h.forget(t)
	h.at(friday)
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.followOne(t, h.nextFact(t)); err != nil {
		t.Fatal(err)
	}
	h.Decide(t, h.posts, h.Tenant.ID, "post", hidden.ID, community.Hidden)

	h.mustFollow(t)

	if count := len(h.to("bob@example.org")); count != 0 {
		t.Errorf("%d letters about what nobody may see", count)
	}
}

func TestWhoReadsMonthlyGetsTheFirstIssueOfTheMonth(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna"), h.Member(t, "bob")
	h.reads(t, bob, membership.Monthly)
	h.forget(t)
	var got []int
	for week := range 8 { // from 27 November
		h.tip(t, anna, fmt.Sprintf("Trouvaille de la semaine %d", week), 0)
		h.forget(t)
		h.at(friday.AddDate(0, 0, 7*week))
		before := len(h.to("bob@example.org"))
		h.due(t)
		if len(h.to("bob@example.org")) > before {
			got = append(got, week)
		}
	}

	// 4 December and 1 January.
	if !slices.Equal(got, []int{1, 5}) {
		t.Errorf("letters in the weeks %v", got)
	}
	if told := h.whys(t, bob); len(told) < 2 {
		t.Errorf("a month comes to %v", told)
	}
}

func TestTheIssueAppearsAtTheCommunitysOwnHourAlsoWhenTheClockChanges(t *testing.T) {
	for name, one := range map[string]struct {
		at   tenants.Appearance
		want time.Time
	}{
		"before summer ends":       {tenants.UsualAppearance, time.Date(2027, 10, 29, 6, 0, 0, 0, time.UTC)},
		"after summer ended":       {tenants.UsualAppearance, time.Date(2027, 11, 5, 7, 0, 0, 0, time.UTC)},
		"before summer":            {tenants.UsualAppearance, time.Date(2027, 3, 26, 7, 0, 0, 0, time.UTC)},
		"in summer":                {tenants.UsualAppearance, time.Date(2027, 4, 2, 6, 0, 0, 0, time.UTC)},
		"on Sunday, summer begins": {tenants.Appearance{Day: 7, Hour: 3}, time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC)},
		"in an hour that is not":   {tenants.Appearance{Day: 7, Hour: 2}, time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC)},
		"on Monday at midnight":    {tenants.Appearance{Day: 1, Hour: 0}, time.Date(2027, 1, 10, 23, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			anna := h.Member(t, "anna")
			h.Member(t, "bob")
			if err := h.Tenants.SetAppears(t.Context(), h.Tenant.ID, one.at); err != nil {
				t.Fatal(err)
			}
			h.at(one.want.Add(-time.Hour))
			h.due(t) // what is late from the weeks before
			h.at(one.want.Add(-time.Minute))
			h.tip(t, anna, "Le bain de sept heures", 0)
			h.forget(t)
			h.due(t)
			if count := len(h.sink.Messages()); count != 0 {
				t.Fatalf("%d letters a minute before", count)
			}
			h.at(one.want)
			h.due(t)
			if count := len(h.to("bob@example.org")); count != 1 {
				t.Errorf("%d letters at the hour", count)
			}
		})
	}
}
