package notifications_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
)

// hears is what a member was told, the newest first: "reply Bob".
func (h *house) hears(t *testing.T, who actor.Actor) (lines []string) {
	t.Helper()
	page, _, err := h.telling.Latest(t.Context(), who, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range page {
		line := strings.TrimSpace(string(one.Kind) + " " + one.By.Name)
		if one.Others > 0 {
			line += fmt.Sprintf(" +%d", one.Others)
		}
		lines = append(lines, line)
	}
	return lines
}

func (h *house) isTold(t *testing.T, who actor.Actor, want ...string) {
	t.Helper()
	if got := h.hears(t, who); !slices.Equal(got, want) {
		t.Errorf("%s is told %q, want %q", who.Name, got, want)
	}
}

// neighbours are members long known here, whom nobody welcomes.
func (h *house) neighbours(t *testing.T, names ...string) (all []actor.Actor) {
	t.Helper()
	for _, name := range names {
		all = append(all, h.Member(t, name, actor.Ambassador))
	}
	h.forget(t)
	return all
}

func (h *house) reply(t *testing.T, who actor.Actor, post *community.Post, text string) *community.Comment {
	t.Helper()
	comment, err := h.posts.Reply(t.Context(), who, post.ID, text)
	if err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	return comment
}

func (h *house) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
}

func TestAReplyIsToldToThoseWhomItConcernsOnce(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	tip := h.tip(t, anna, "Le bain de sept heures", 0)

	h.reply(t, bob, tip, "J'y serai demain.")
	h.reply(t, zoe, tip, "Moi aussi, avec un thermos.")
	h.reply(t, anna, tip, "À demain, alors.")

	h.isTold(t, anna, "reply Zoe", "reply Bob")
	h.isTold(t, bob, "reply Anna", "reply Zoe")
	h.isTold(t, zoe, "reply Anna")
	h.isTold(t, h.MemberOf(t, h.Neighbour, "anna"))
}

func TestAThanksIsToldOnceHoweverOftenItIsTakenBack(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe", "yann")
	anna, bob := people[0], people[1]
	tip := h.tip(t, anna, "Le bain de sept heures", 0)

	h.must(t, h.posts.Thank(t.Context(), bob, tip.ID))
	h.must(t, h.posts.Unthank(t.Context(), bob, tip.ID))
	h.isTold(t, anna)
	h.must(t, h.posts.Thank(t.Context(), bob, tip.ID))
	h.isTold(t, anna, "thanks Bob")

	h.must(t, h.posts.Thank(t.Context(), people[2], tip.ID))
	h.must(t, h.posts.Thank(t.Context(), people[3], tip.ID))
	h.isTold(t, anna, "thanks Yann +2")
}

func TestANewPieceIsToldOnceByHoweverManyWays(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe", "yann", "lena")
	anna, bob, zoe, yann, lena := people[0], people[1], people[2], people[3], people[4]
	group := h.Group(t, "nage", anna, bob, zoe, lena)
	for _, target := range []community.Target{{Kind: "person", Name: anna.Member.String()}, {Kind: "topic", Name: "mer"}, {Kind: "place", Name: "Douarnenez"}} {
		for _, who := range []actor.Actor{bob, yann, lena} {
			if err := h.posts.Follow(t.Context(), who, target); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.must(t, h.telling.Mute(t.Context(), zoe, notifications.MutedGroup, group.ID, true))
	h.must(t, h.telling.Mute(t.Context(), lena, notifications.MutedGroup, group.ID, false))

	h.Tip(t, anna, "Le bain de sept heures", func(draft *community.Draft) { draft.Group, draft.Topics = group.ID, []string{"mer"} })
	h.mustFollow(t)

	h.isTold(t, bob, "group Anna")
	h.isTold(t, yann, "follow Anna")
	h.isTold(t, zoe)
	h.isTold(t, lena)
	h.isTold(t, anna)
}

func TestWhatIsMutedIsNotTold(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	tip, other := h.tip(t, anna, "Le bain de sept heures", 0), h.tip(t, anna, "La cale à marée basse", 0)

	h.must(t, h.telling.Mute(t.Context(), anna, notifications.MutedThread, tip.ID, false))
	h.must(t, h.telling.Mute(t.Context(), anna, notifications.MutedPerson, zoe.Member, false))
	h.reply(t, bob, tip, "J'y serai demain.")
	h.reply(t, zoe, other, "C'est glissant.")
	h.isTold(t, anna)

	h.must(t, h.telling.Unmute(t.Context(), anna, notifications.MutedThread, tip.ID))
	h.reply(t, bob, tip, "Finalement non.")
	h.reply(t, bob, other, "Prends des bottes.")
	h.isTold(t, anna, "reply Bob", "reply Bob")
}

func TestWhatAReaderMayNotSeeIsNotTold(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob")
	anna, bob := people[0], people[1]
	tip := h.tip(t, anna, "Le bain de sept heures", 0)
	hidden := h.reply(t, bob, tip, "Des mots de trop.")
	h.reply(t, bob, tip, "J'y serai demain.")

	h.Decide(t, h.posts, h.Tenant.ID, "comment", hidden.ID, community.Hidden)
	h.isTold(t, anna, "reply Bob")
	h.must(t, h.posts.Thank(t.Context(), bob, tip.ID))
	h.must(t, h.posts.Delete(t.Context(), anna, tip.ID))
	h.isTold(t, anna)
}

func TestANewcomerIsWelcomedOnTheSite(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.mustFollow(t)

	h.isTold(t, anna, "welcome")
}

// A large group hears of a piece by and by: each step is bounded, and nobody is
// left out or told twice, also when a step is taken again.
func TestALargeGroupIsToldInSteps(t *testing.T) {
	h := newHouse(t)
	anna := h.neighbours(t, "anna")[0]
	group := h.Group(t, "nage", anna)
	const many = 1_100
	h.crowd(t, group.ID, many)
	h.forget(t)

	h.Tip(t, anna, "Le bain de sept heures", func(draft *community.Draft) { draft.Group = group.ID })
	steps := 0
	for row := h.nextFact(t); row != nil; row = h.nextFact(t) {
		if row.Fact == notifications.NewsSpreads {
			steps++
			if err := h.telling.Spread(t.Context(), h.Tenant.ID, row.Payload); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.followOne(t, row); err != nil {
			t.Fatal(err)
		}
	}

	if steps < 3 {
		t.Errorf("%d members are told in %d steps", many, steps)
	}
	if got := h.rows(t, (*notifications.News)(nil)); got != many {
		t.Errorf("%d are told, want %d", got, many)
	}
}

// crowd lets many join a group.
func (h *house) crowd(t *testing.T, group id.ID, many int) {
	t.Helper()
	now := h.Clock.Now()
	err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		var members []membership.Member
		var joined []membership.Joining
		for n := range many {
			member := id.ID(n + 1)
			members = append(members, membership.Member{ID: member, Name: "Voisin", Language: "fr", Digest: membership.Never,
				Roles: []actor.Role{}, State: membership.Published, JoinedAt: now})
			joined = append(joined, membership.Joining{ID: member, GroupID: group, MemberID: member, JoinedAt: now})
		}
		if _, err := tx.Insert(&members).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Insert(&joined).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) rows(t *testing.T, rows any) (count int64) {
	t.Helper()
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) (err error) {
		count, err = tx.Select(rows).Count(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return count
}

func TestLookingAtAPieceSeesItsNews(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob")
	anna, bob := people[0], people[1]
	tip, other := h.tip(t, anna, "Le bain de sept heures", 0), h.tip(t, anna, "La cale à marée basse", 0)
	unseen := func(want int) {
		t.Helper()
		got, err := h.telling.Unseen(t.Context(), anna)
		if err != nil || got != want {
			t.Errorf("%d unseen, want %d: %v", got, want, err)
		}
	}
	unseen(0)
	for range 6 {
		h.reply(t, bob, tip, "J'y serai demain.")
		h.reply(t, bob, other, "C'est glissant.")
	}
	unseen(10)

	h.must(t, h.telling.Saw(t.Context(), anna, tip.ID))
	unseen(6)
	h.must(t, h.telling.Saw(t.Context(), anna, 0))
	unseen(0)
	if lines := h.hears(t, anna); len(lines) != 12 {
		t.Errorf("what is seen is still there: %q", lines)
	}
}

func TestOldNewsIsForgotten(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob")
	tip := h.tip(t, people[0], "Le bain de sept heures", 0)
	h.reply(t, people[1], tip, "J'y serai demain.")

	h.Clock.Forward(89 * 24 * time.Hour)
	h.must(t, h.telling.Housekeep(t.Context(), h.Tenant.ID))
	h.isTold(t, people[0], "reply Bob")
	h.Clock.Forward(2 * 24 * time.Hour)
	h.must(t, h.telling.Housekeep(t.Context(), h.Tenant.ID))
	h.isTold(t, people[0])
}

func TestWhoLeavesIsToldNoMore(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob")
	tip := h.tip(t, people[0], "Le bain de sept heures", 0)
	h.reply(t, people[1], tip, "J'y serai demain.")
	h.must(t, h.telling.Mute(t.Context(), people[0], notifications.MutedPerson, people[1].Member, false))
	h.must(t, h.telling.Mute(t.Context(), people[1], notifications.MutedPerson, people[0].Member, false))
	h.must(t, h.telling.Stop(t.Context(), h.Tenant.ID, people[0].Member, []notifications.Happening{notifications.Thanked}))

	h.must(t, h.members.CloseAccount(t.Context(), people[0]))

	for name, rows := range map[string]any{"news": (*notifications.News)(nil), "mutes": (*notifications.Mute)(nil), "preferences": (*notifications.Preferences)(nil)} {
		if got := h.rows(t, rows); got != 0 {
			t.Errorf("%d %s stay", got, name)
		}
	}
}

func TestWhoIsNamedIsToldSoAndNothingBeside(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	group := h.Group(t, "nage", anna, bob, zoe)
	tip := h.Tip(t, anna, "Le bain de sept heures", func(draft *community.Draft) {
		draft.Group, draft.Text = group.ID, "On y va tous les matins, @Zoe apporte le thermos."
	})
	h.mustFollow(t)
	h.isTold(t, zoe, "mention Anna")
	h.isTold(t, bob, "group Anna")

	h.reply(t, bob, tip, "@Anna, j'y serai. @Zoe aussi ?")
	h.isTold(t, anna, "mention Bob")
	h.isTold(t, zoe, "mention Bob", "mention Anna")
	h.mailed(t, "anna", "Bob te nomme dans une réponse")
}

func TestADemonstrationBeginsWithWhatWasSaidLately(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	now := h.Clock.Now()
	tip := &community.Post{Kind: community.Tip, Title: "Le bain de sept heures", Text: "Tous les matins, on descend la cale. Prends un bonnet.",
		AuthorID: anna.Member, State: community.Published, PostedAt: now.Add(-5 * 24 * time.Hour)}
	replies := []*community.Comment{{AuthorID: bob.Member, Text: "J'y serai.", PostedAt: now.Add(-4 * 24 * time.Hour)},
		{AuthorID: anna.Member, Text: "À demain.", PostedAt: now.Add(-3 * 24 * time.Hour)}}
	if err := h.posts.Adopt(t.Context(), h.Tenant.ID, tip, replies, []id.ID{zoe.Member}); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		h.must(t, h.telling.Recall(t.Context(), h.Tenant.ID, now.Add(-14*24*time.Hour)))
	}
	h.later(t, 24*time.Hour)

	h.isTold(t, anna, "reply Bob", "thanks Zoe")
	h.isTold(t, bob)
	h.mailed(t, "anna")
}

// statements counts what is asked of the store.
type statements struct{ count *atomic.Int64 }

func (s statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (s statements) AfterQuery(context.Context, *bun.QueryEvent)                        { s.count.Add(1) }

// Who posts waits for nobody to be told: the request asks as much of the store
// in a group of a thousand as in a group of one.
func TestPostingCostsTheSameInALargeGroup(t *testing.T) {
	h := newHouse(t)
	anna := h.neighbours(t, "anna")[0]
	small, large := h.Group(t, "tricot", anna), h.Group(t, "nage", anna)
	h.crowd(t, large.ID, 1_000)
	var asked atomic.Int64
	h.DB.AddQueryHook(statements{&asked})
	post := func(group id.ID) int64 {
		t.Helper()
		before := asked.Load()
		_, err := h.posts.Publish(t.Context(), anna, community.Draft{Kind: community.Tip, Title: "Le bain de sept heures", Group: group,
			Text: "Tous les matins, on descend la cale. Prends une serviette et un bonnet."})
		if err != nil {
			t.Fatal(err)
		}
		return asked.Load() - before
	}

	post(small.ID) // an author's first is looked at otherwise
	if few, many := post(small.ID), post(large.ID); few != many || few == 0 {
		t.Errorf("posting asks %d things of the store in a small group, %d in a large one", few, many)
	}
}
