package notifications_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
)

const day = 24 * time.Hour

// days lets days pass, each with its daily task.
func (h *house) days(t *testing.T, count int) {
	t.Helper()
	for range count {
		h.Clock.Forward(day)
		if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return h.Outbox.Add(ctx, tx, "freshness.due", struct{}{})
		}); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}
}

var answerLinks = regexp.MustCompile(`https://cornouaille\.kumun\.test/encore-vrai\?(\S+)`)

// answers are what the links of a letter say.
func answers(t *testing.T, letter services.Message) []url.Values {
	t.Helper()
	var all []url.Values
	for _, found := range answerLinks.FindAllStringSubmatch(letter.Text, -1) {
		values, err := url.ParseQuery(found[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	return all
}

func (h *house) lists(t *testing.T, post *community.Post) bool {
	t.Helper()
	feed, _, err := h.posts.Feed(t.Context(), h.Tenant.ID, community.Filter{}, community.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(feed, func(one *community.Post) bool { return one.ID == post.ID })
}

func TestAnOwnerIsAskedInOneLetterAWeekAndAnswersByLink(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	first := h.tip(t, anna, "Le bain de sept heures", 0)
	h.tip(t, anna, "Le café d'après", 0)
	h.forget(t)
	h.days(t, 2)
	later := h.tip(t, anna, "La soupe du lundi", 0)

	h.days(t, 89) // +91 for the first two, +89 for the third
	letters := h.to("anna@example.org")
	if len(letters) != 1 || len(answers(t, letters[0])) != 4 {
		t.Fatalf("%d letters after 91 days", len(letters))
	}
	h.days(t, 4)
	if count := len(h.to("anna@example.org")); count != 1 {
		t.Fatalf("%d letters within the week", count)
	}
	h.days(t, 4)
	letters = h.to("anna@example.org")
	if len(letters) != 2 || !strings.Contains(letters[1].Text, later.Title) {
		t.Fatalf("%d letters after the week", len(letters))
	}

	h.days(t, 21) // +120 for the first
	if h.lists(t, first) {
		t.Error("it is in the lists after 120 days")
	}
	link := answers(t, letters[0])[0]
	host := "cornouaille.kumun.test"
	for name, wrong := range map[string][4]string{
		"another answer": {host, link.Get("p"), "no", link.Get("s")},
		"another piece":  {host, later.ID.String(), "yes", link.Get("s")},
		"another host":   {"villeray.kumun.test", link.Get("p"), "yes", link.Get("s")},
		"no signature":   {host, link.Get("p"), "yes", ""},
	} {
		_, _, err := h.freshness.AnswerLink(t.Context(), h.Tenant, wrong[0], wrong[1], notifications.Answer(wrong[2]), wrong[3])
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := h.freshness.AnswerLink(t.Context(), h.Neighbour, host, link.Get("p"), notifications.StillTrue, link.Get("s")); !errors.Is(err, fault.NotFound) {
		t.Errorf("the neighbours: %v", err)
	}
	post, owner, err := h.freshness.AnswerLink(t.Context(), h.Tenant, host, link.Get("p"), notifications.StillTrue, link.Get("s"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.freshness.Answer(t.Context(), owner, post.ID, notifications.StillTrue); err != nil {
			t.Fatal(err)
		}
	}
	if !h.lists(t, first) {
		t.Error("the click has not brought it back")
	}
}

func TestADigestHoldsNothingStale(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.Member(t, "bob")
	tip := h.tip(t, anna, "Le bain de sept heures", 0)
	h.forget(t)
	h.days(t, 120)
	h.tip(t, anna, "La soupe du lundi", 0)
	// As if it were new: only its state keeps it out.
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*community.Post)(nil)).Set("posted_at = ?", h.Clock.Now()).Where("id = ?", tip.ID).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	if letters := h.to("bob@example.org"); len(letters) != 1 || strings.Contains(letters[0].Text, tip.Title) {
		t.Fatalf("%d letters", len(letters))
	}

	if err := h.posts.Confirm(t.Context(), anna, tip.ID); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(7 * day)
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*community.Post)(nil)).Set("posted_at = ?", h.Clock.Now()).Where("id = ?", tip.ID).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	if letters := h.to("bob@example.org"); len(letters) != 2 || !strings.Contains(letters[1].Text, tip.Title) {
		t.Errorf("confirmed, and not in the digest: %d letters", len(letters))
	}
}

func TestAnOwnerHearsOfTheFirstDoubt(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	tip := h.tip(t, anna, "Le bain de sept heures", 0)
	h.forget(t)

	for _, seal := range []string{"a", "b", "c"} {
		if err := h.posts.Doubt(t.Context(), h.Visitor(), tip.ID, seal); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}

	letters := h.to("anna@example.org")
	if len(letters) != 1 || !strings.Contains(letters[0].Subject(), "n’est plus vrai") || len(answers(t, letters[0])) != 2 {
		t.Errorf("%d letters", len(letters))
	}
}

func TestSomebodyQuietGetsOneWordAMonthUnlessTheyPreferNone(t *testing.T) {
	h := newHouse(t)
	anna, editor := h.Member(t, "anna"), h.Member(t, "soazig", actor.Editor)
	h.tip(t, anna, "Le bain de sept heures", 0)
	h.tip(t, anna, "Le café d'après", 0)
	h.Clock.Forward(46 * day)
	h.forget(t)
	_, monday, _ := h.Tenant.Issue(h.Clock.Now())
	if err := h.posts.Ask(t.Context(), editor, monday, "Où vas-tu quand il pleut ?"); err != nil {
		t.Fatal(err)
	}
	nudge := func() error {
		err := h.freshness.Nudge(t.Context(), editor, anna.Member)
		h.mustFollow(t)
		return err
	}

	if err := h.freshness.Nudge(t.Context(), anna, anna.Member); !errors.Is(err, fault.Forbidden) {
		t.Errorf("a member nudges: %v", err)
	}
	if err := h.freshness.Nudge(t.Context(), editor, editor.Member); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody who is not quiet: %v", err)
	}
	if err := nudge(); err != nil {
		t.Fatal(err)
	}
	if letters := h.to("anna@example.org"); len(letters) != 1 || !strings.Contains(letters[0].Text, "Où vas-tu quand il pleut") {
		t.Fatalf("%d letters", len(letters))
	}
	h.Clock.Forward(29 * day)
	if err := nudge(); !errors.Is(err, fault.Conflict) {
		t.Errorf("twice in a month: %v", err)
	}
	h.Clock.Forward(2 * day)
	if err := nudge(); err != nil {
		t.Errorf("after a month: %v", err)
	}
	h.Clock.Forward(31 * day)
	if err := h.freshness.StopNudges(t.Context(), h.Tenant.ID, anna.Member); err != nil {
		t.Fatal(err)
	}
	if err := nudge(); !errors.Is(err, fault.Conflict) {
		t.Errorf("after she asked for none: %v", err)
	}
}

func TestWhoWantsNoLetterIsNotNudged(t *testing.T) {
	h := newHouse(t)
	anna, editor := h.Member(t, "anna"), h.Member(t, "soazig", actor.Editor)
	h.tip(t, anna, "Le bain de sept heures", 0)
	h.tip(t, anna, "Le café d'après", 0)
	h.Clock.Forward(46 * day)
	if err := h.members.StopDigest(t.Context(), h.Tenant.ID, anna.Member); err != nil {
		t.Fatal(err)
	}

	if err := h.freshness.Nudge(t.Context(), editor, anna.Member); !errors.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
	member, err := h.members.ByID(t.Context(), h.Tenant.ID, anna.Member)
	if err != nil || member.Digest != membership.Never {
		t.Errorf("%v, %v", member, err)
	}
}
