package notifications_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
)

// Each kind goes out when its reader wants it, by the clock on the wall: the
// zone's own hours, also on the nights on which they change.
func TestMailGoesWhenItsReaderWants(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		when, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, one := range []struct {
		often     notifications.Often
		from, to  int
		now, want string
	}{
		{notifications.AtOnce, 21, 8, "2026-11-24 20:59", "2026-11-24 20:59"},
		{notifications.AtOnce, 21, 8, "2026-11-24 21:00", "2026-11-25 08:00"},
		{notifications.AtOnce, 21, 8, "2026-11-25 07:59", "2026-11-25 08:00"},
		{notifications.AtOnce, 21, 8, "2026-11-25 08:00", "2026-11-25 08:00"},
		{notifications.AtOnce, 12, 14, "2026-11-25 12:30", "2026-11-25 14:00"},
		{notifications.AtOnce, 12, 14, "2026-11-25 23:30", "2026-11-25 23:30"},
		{notifications.AtOnce, 0, 0, "2026-11-25 03:00", "2026-11-25 03:00"},
		// The night in which the clock goes back has 25 hours, the other 23.
		{notifications.AtOnce, 21, 8, "2026-10-24 23:00", "2026-10-25 08:00"},
		{notifications.AtOnce, 21, 8, "2026-03-28 23:00", "2026-03-29 08:00"},
		{notifications.Daily, 21, 8, "2026-11-24 17:59", "2026-11-24 18:00"},
		{notifications.Daily, 21, 8, "2026-11-24 18:00", "2026-11-25 18:00"},
		{notifications.Daily, 21, 8, "2026-10-24 19:00", "2026-10-25 18:00"},
		{notifications.Daily, 17, 7, "2026-11-24 09:00", "2026-11-25 07:00"},
		{notifications.Weekly, 21, 8, "2026-11-24 09:00", "2026-11-30 18:00"},
		{notifications.Weekly, 21, 8, "2026-11-30 09:00", "2026-11-30 18:00"},
		{notifications.Weekly, 21, 8, "2026-11-30 18:00", "2026-12-07 18:00"},
		{notifications.Weekly, 21, 8, "2026-11-29 23:00", "2026-11-30 18:00"},
		{notifications.Monthly, 21, 8, "2026-11-24 09:00", "2026-12-01 18:00"},
		{notifications.Monthly, 21, 8, "2026-12-01 09:00", "2026-12-01 18:00"},
		{notifications.Monthly, 21, 8, "2026-12-31 19:00", "2027-01-01 18:00"},
		{notifications.Monthly, 21, 8, "2026-01-31 19:00", "2026-02-01 18:00"},
	} {
		wants := notifications.Preferences{Often: map[notifications.Happening]notifications.Often{notifications.Replied: one.often},
			QuietFrom: one.from * 60, QuietTo: one.to * 60}
		if got := wants.MailAt(notifications.Replied, at(one.now).UTC(), paris); !got.Equal(at(one.want)) {
			t.Errorf("%s, quiet from %d to %d, at %s: %s, want %s", one.often, one.from, one.to, one.now, got.In(paris), one.want)
		}
	}
	never := notifications.Preferences{Often: map[notifications.Happening]notifications.Often{notifications.Replied: notifications.Never}}
	if got := never.MailAt(notifications.Replied, at("2026-11-24 09:00"), paris); !got.IsZero() {
		t.Errorf("never is %s", got)
	}
}

// wants says how often a member wants a kind of news.
func (h *house) wants(t *testing.T, who actor.Actor, kind notifications.Happening, often notifications.Often) {
	t.Helper()
	wanted, err := h.telling.Preferences(t.Context(), who.Tenant, who.Member)
	if err != nil {
		t.Fatal(err)
	}
	wanted.Often[kind] = often
	h.must(t, h.telling.Prefer(t.Context(), who.Tenant, wanted))
}

// later moves the clock and does what the schedule would.
func (h *house) later(t *testing.T, by time.Duration) {
	t.Helper()
	h.Clock.Forward(by)
	h.must(t, h.telling.Gather(t.Context(), h.Tenant.ID))
}

// mailed are the letters that a member got, by subject.
func (h *house) mailed(t *testing.T, who string, want ...string) {
	t.Helper()
	arrived := h.to(who + "@example.org")
	if len(arrived) != len(want) {
		t.Fatalf("%s got %d letters, want %d", who, len(arrived), len(want))
	}
	for n, subject := range want {
		if !strings.Contains(arrived[n].Subject(), subject) {
			t.Errorf("letter %d is %q, want %q", n, arrived[n].Subject(), subject)
		}
	}
}

func (h *house) pair(t *testing.T) (anna, bob actor.Actor, tip *community.Post) {
	t.Helper()
	people := h.neighbours(t, "anna", "bob")
	return people[0], people[1], h.tip(t, people[0], "Le bain de sept heures", 0)
}

func TestAReplyIsMailedAtOnceAndSaysWhatItSays(t *testing.T) {
	h := newHouse(t)
	_, bob, tip := h.pair(t)

	h.reply(t, bob, tip, "J'y serai demain, avec un thermos.")
	h.later(t, time.Hour)

	h.mailed(t, "anna", "Bob t’a répondu")
	h.mailed(t, "bob")
	letter := h.to("anna@example.org")[0]
	for _, part := range []string{letter.Text, letter.HTML} {
		for _, want := range []string{"Le bain de sept heures", "avec un thermos", tip.Path() + "#c-", "/courrier?", "/courrier/arreter?", "/courrier/silence?"} {
			if !strings.Contains(part, want) {
				t.Errorf("the letter lacks %q:\n%s", want, part)
			}
		}
	}
	if stop := letter.Header.Get("List-Unsubscribe"); !strings.HasPrefix(stop, "<https://cornouaille.kumun.test/courrier/arreter?") || letter.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("no one-click: %s", stop)
	}
}

func TestALivelyDiscussionIsNotAsManyLetters(t *testing.T) {
	h := newHouse(t)
	_, bob, tip := h.pair(t)

	for range 5 {
		h.reply(t, bob, tip, "J'y serai demain.")
	}
	h.mailed(t, "anna", "Bob t’a répondu")
	h.later(t, 10*time.Minute)
	h.mailed(t, "anna", "Bob t’a répondu", "4 nouvelles pour toi")
	h.later(t, 10*time.Minute)
	h.mailed(t, "anna", "Bob", "4 nouvelles")
}

func TestTheNightIsQuiet(t *testing.T) {
	h := newHouse(t)
	_, bob, tip := h.pair(t)
	h.Clock.Forward(13 * time.Hour) // 22:00

	h.reply(t, bob, tip, "Tu dors ?")
	h.reply(t, bob, tip, "Moi non.")
	h.later(t, 9*time.Hour+50*time.Minute)
	h.mailed(t, "anna")

	h.later(t, 10*time.Minute)
	h.mailed(t, "anna", "2 nouvelles pour toi")
}

func TestAWorkerThatIsLateKeepsTheNightQuiet(t *testing.T) {
	h := newHouse(t)
	anna, bob, tip := h.pair(t)
	h.wants(t, anna, notifications.Replied, notifications.Daily)
	h.reply(t, bob, tip, "J'y serai demain.")

	h.later(t, 14*time.Hour) // 23:00, five hours late
	h.mailed(t, "anna")
	h.later(t, 9*time.Hour)
	h.mailed(t, "anna", "Bob t’a répondu")
}

func TestWhatIsGatheredIsOneLetterAndNothingTwice(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	tip := h.tip(t, anna, "Le bain de sept heures", 0)
	h.wants(t, anna, notifications.Replied, notifications.Daily)
	h.wants(t, anna, notifications.Thanked, notifications.Daily)
	h.wants(t, anna, notifications.InGroup, notifications.Daily)
	for _, name := range []string{"nage", "tricot", "algues"} {
		group := h.Group(t, name, bob, anna)
		h.Tip(t, bob, "Du nouveau pour "+name, func(draft *community.Draft) { draft.Group = group.ID })
	}
	h.reply(t, zoe, tip, "J'y serai demain.")
	h.must(t, h.posts.Thank(t.Context(), bob, tip.ID))
	h.must(t, h.posts.Thank(t.Context(), zoe, tip.ID))
	h.mailed(t, "anna")

	h.later(t, 9*time.Hour) // 18:00
	h.mailed(t, "anna", "5 nouvelles pour toi")
	text := h.to("anna@example.org")[0].Text
	for _, want := range []string{"Zoe et une autre personne te disent merci", "Zoe t’a répondu", "Du nouveau pour tricot"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, text)
		}
	}
	for range 3 {
		h.later(t, 24*time.Hour)
	}
	h.mailed(t, "anna", "5 nouvelles")
}

func TestWhatWasSeenIsNotGathered(t *testing.T) {
	h := newHouse(t)
	anna, bob, tip := h.pair(t)
	other := h.tip(t, anna, "La cale à marée basse", 0)
	h.wants(t, anna, notifications.Replied, notifications.Weekly)
	h.reply(t, bob, tip, "J'y serai demain.")
	hidden := h.reply(t, bob, other, "Des mots de trop.")

	h.must(t, h.telling.Saw(t.Context(), anna, tip.ID))
	h.Decide(t, h.posts, h.Tenant.ID, "comment", hidden.ID, community.Hidden)
	for range 8 {
		h.later(t, 24*time.Hour)
	}

	h.mailed(t, "anna")
}

func TestMailFollowsPreferencesThatChange(t *testing.T) {
	h := newHouse(t)
	anna, bob, tip := h.pair(t)
	h.wants(t, anna, notifications.Replied, notifications.Never)
	h.reply(t, bob, tip, "Celle-ci n'est pas à envoyer.")
	h.wants(t, anna, notifications.Replied, notifications.Monthly)
	h.reply(t, bob, tip, "J'y serai demain.")

	h.wants(t, anna, notifications.Replied, notifications.Daily)
	h.later(t, 9*time.Hour)
	h.mailed(t, "anna", "Bob t’a répondu")

	h.reply(t, bob, tip, "Finalement non.")
	h.must(t, h.telling.Stop(t.Context(), h.Tenant.ID, anna.Member, []notifications.Happening{notifications.Replied}))
	h.later(t, 40*24*time.Hour)
	h.mailed(t, "anna", "Bob")
}

func TestPreferencesThatAreNoneAreRefused(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	for _, wrong := range []notifications.Preferences{
		{MemberID: anna.Member, Often: map[notifications.Happening]notifications.Often{"gossip": notifications.Daily}},
		{MemberID: anna.Member, Often: map[notifications.Happening]notifications.Often{notifications.Replied: "hourly"}},
		{MemberID: anna.Member, QuietFrom: 24 * 60},
		{MemberID: anna.Member, QuietTo: -1},
	} {
		if err := h.telling.Prefer(t.Context(), h.Tenant.ID, wrong); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	for _, one := range []struct {
		kind   string
		target id.ID
	}{{notifications.MutedPerson, anna.Member}, {notifications.MutedThread, 7}, {"weather", anna.Member}} {
		if err := h.telling.Mute(t.Context(), anna, one.kind, one.target, false); err == nil {
			t.Errorf("%s %s is muted", one.kind, one.target)
		}
	}
}

// Two workers that have the same member to write to write once.
func TestTwoWorkersWriteOnce(t *testing.T) {
	h := newHouse(t)
	anna, bob, tip := h.pair(t)
	h.wants(t, anna, notifications.Replied, notifications.Daily)
	h.reply(t, bob, tip, "J'y serai demain.")
	h.Clock.Forward(9 * time.Hour)

	payload := []byte(`{"members":["` + anna.Member.String() + `"]}`)
	failed := make(chan error, 4)
	for range 4 {
		go func() { failed <- h.telling.Mail(t.Context(), h.Tenant.ID, payload) }()
	}
	for range 4 {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	h.mustFollow(t)

	h.mailed(t, "anna", "Bob t’a répondu")
}

func TestTheLetterOfTheWeekLeavesOutAMutedGroup(t *testing.T) {
	h := newHouse(t)
	people := h.neighbours(t, "anna", "bob", "zoe")
	anna, bob, zoe := people[0], people[1], people[2]
	group := h.Group(t, "nage", anna, bob, zoe)
	h.tip(t, anna, "Le bain de sept heures", group.ID)
	h.must(t, h.telling.Mute(t.Context(), bob, notifications.MutedGroup, group.ID, false))
	h.must(t, h.telling.Mute(t.Context(), zoe, notifications.MutedGroup, group.ID, true))

	h.must(t, h.digest.Begin(t.Context(), h.Tenant.ID))

	h.mailed(t, "bob")
	h.mailed(t, "zoe", "Le bain de sept heures")
}
