package notifications_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/notifications"
)

// hour does what each hour does for searches.
func (h *house) hour(t *testing.T) {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return h.Outbox.Add(ctx, tx, "searches.due", struct{}{})
	}); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
}

func (h *house) followSearch(t *testing.T, who actor.Actor, text string) {
	t.Helper()
	if err := h.posts.Search.Follow(t.Context(), who, community.Query{Text: text}); err != nil {
		t.Fatal(err)
	}
}

func TestNewsOfASearchComeOnceADayAndNeverTwice(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna"), h.Member(t, "bob")
	h.tip(t, anna, "Un vélo qui attendait déjà hier", 0)
	h.Clock.Forward(time.Minute)
	h.followSearch(t, bob, "vélos")
	h.followSearch(t, bob, "bicyclette rouge")
	h.followSearch(t, anna, "vélo")
	h.forget(t)

	h.Clock.Forward(time.Hour)
	h.tip(t, anna, "Un vélo rouge à réparer ensemble", 0)
	h.at(time.Date(2026, 11, 25, 5, 59, 0, 0, time.UTC)) // 6:59 in Paris
	h.hour(t)
	if count := len(h.sink.Messages()); count != 0 {
		t.Fatalf("%d letters before the hour", count)
	}
	for range 5 {
		h.Clock.Forward(time.Hour)
		h.hour(t)
	}

	letters := h.to("bob@example.org")
	if len(letters) != 1 || len(h.to("anna@example.org")) != 0 {
		t.Fatalf("%d letters to Bob, %d to Anna, whose own it is", len(letters), len(h.to("anna@example.org")))
	}
	if strings.Count(letters[0].Text, "Un vélo rouge à réparer ensemble") != 1 || strings.Contains(letters[0].Text, "déjà hier") {
		t.Errorf("the letter says\n%s", letters[0].Text)
	}
	h.Clock.Forward(24 * time.Hour)
	h.hour(t)
	if again := h.to("bob@example.org"); len(again) != 1 {
		t.Errorf("%d letters after a day without news", len(again))
	}
}

func TestOneSignedClickStopsASearch(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna"), h.Member(t, "bob")
	h.followSearch(t, bob, "vélo")
	h.followSearch(t, bob, "thermos")
	mine, err := h.posts.Search.Following(t.Context(), h.Tenant.ID, bob.Member)
	if err != nil {
		t.Fatal(err)
	}
	const host = "cornouaille.kumun.test"
	signed := func(path string) url.Values {
		_, query, _ := strings.Cut(path, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	link := signed(notifications.SearchStopPath(h.Tenant, host, bob.Member, mine[0].ID))

	for name, one := range map[string][4]string{
		"another host":   {"villeray.kumun.test", link.Get("m"), link.Get("r"), link.Get("s")},
		"another member": {host, anna.Member.String(), link.Get("r"), link.Get("s")},
		"another search": {host, link.Get("m"), mine[1].ID.String(), link.Get("s")},
		"all of them":    {host, link.Get("m"), "0", link.Get("s")},
		"unsigned":       {host, link.Get("m"), link.Get("r"), ""},
	} {
		if _, _, err := h.searches.StopLink(h.Tenant, one[0], one[1], one[2], one[3]); err == nil {
			t.Errorf("%s: the link opens", name)
		}
	}
	member, search, err := h.searches.StopLink(h.Tenant, host, link.Get("m"), link.Get("r"), link.Get("s"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.posts.Search.StopFollowing(t.Context(), h.Tenant.ID, member, search, notifications.ByOneClick); err != nil {
			t.Fatal(err)
		}
	}
	h.forget(t)
	h.Clock.Forward(time.Hour)
	h.tip(t, anna, "Un vélo rouge à réparer ensemble", 0)
	h.Clock.Forward(24 * time.Hour)
	h.hour(t)

	if letters := h.to("bob@example.org"); len(letters) != 0 {
		t.Errorf("stopped, and yet: %s", letters[0].Text)
	}
	if left, err := h.posts.Search.Following(t.Context(), h.Tenant.ID, bob.Member); err != nil || len(left) != 1 || left[0].Query != "thermos" {
		t.Errorf("left: %v, %v", left, err)
	}
}
