package notifications_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/notifications"
)

const ownHost = "cornouaille.kumun.test"

// event adopts one that takes place the day after tomorrow.
func (h *house) event(t *testing.T, author actor.Actor, places int) *community.Post {
	t.Helper()
	starts := h.Clock.Now().Add(48 * time.Hour)
	post := &community.Post{Kind: community.Event, Title: "Premier bain, il y a du thé", Place: "Tréboul",
		Text: "On se retrouve en haut de la cale. Prends une serviette et un bonnet.", AuthorID: author.Member,
		State: community.Published, PostedAt: h.Clock.Now(),
		Event: &community.Date{Starts: starts, Ends: starts.Add(2 * time.Hour), Zone: "Europe/Paris", Places: places}}
	if err := h.posts.Adopt(t.Context(), author.Tenant, post, nil, nil); err != nil {
		t.Fatal(err)
	}
	return post
}

var goingLinks = regexp.MustCompile(`https://cornouaille\.kumun\.test(/jy-vais(?:/rendre)?)\?(\S+)`)

// goingLink is what the link of a letter for an act says.
func goingLink(t *testing.T, letter services.Message, act notifications.GoingAct) url.Values {
	t.Helper()
	for _, found := range goingLinks.FindAllStringSubmatch(letter.Text, -1) {
		if found[1] != string(act) {
			continue
		}
		values, err := url.ParseQuery(found[2])
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	t.Fatalf("no link to %s in %q", act, letter.Subject())
	return nil
}

// guest asks for a place by mail and follows the letter's link.
func (h *house) guest(t *testing.T, event *community.Post, email string) (*community.Going, services.Message) {
	t.Helper()
	h.Clock.Forward(time.Minute)
	if err := h.posts.AskPlace(t.Context(), h.Visitor(), event.ID, email); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	letters := h.to(email)
	letter := letters[len(letters)-1]
	link := goingLink(t, letter, notifications.ConfirmPlace)
	_, place, _, err := h.going.Link(t.Context(), h.Tenant, ownHost, notifications.ConfirmPlace, link.Get("p"), link.Get("s"))
	if err != nil {
		t.Fatal(err)
	}
	if place, err = h.going.Confirm(t.Context(), h.Tenant.ID, place); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	return place, letter
}

func (h *house) count(t *testing.T, event *community.Post) (going, waiting int) {
	t.Helper()
	found, err := h.posts.Find(t.Context(), h.Visitor(), event.ID)
	if err != nil {
		t.Fatal(err)
	}
	goers, err := h.posts.Goers(t.Context(), h.Visitor(), found)
	if err != nil {
		t.Fatal(err)
	}
	return goers.Count, goers.Waiting
}

func TestSomebodyWithoutAnAccountGoesByLetterAndGivesThePlaceBack(t *testing.T) {
	h := newHouse(t)
	event := h.event(t, h.Member(t, "anna"), 1)
	h.forget(t)

	place, letter := h.guest(t, event, "gwen@example.net")
	if place.Waiting {
		t.Error("the only place is taken by nobody")
	}
	for _, want := range []string{event.Title, "/agenda/" + event.ID.String() + "/calendrier.ics", "Tréboul"} {
		if !strings.Contains(letter.Text, want) {
			t.Errorf("the letter lacks %q", want)
		}
	}
	waits, _ := h.guest(t, event, "malo@example.net")
	if going, waiting := h.count(t, event); !waits.Waiting || going != 1 || waiting != 1 {
		t.Errorf("%d go, %d wait", going, waiting)
	}

	link := goingLink(t, letter, notifications.GiveBack)
	id, _, _, err := h.going.Link(t.Context(), h.Tenant, ownHost, notifications.GiveBack, link.Get("p"), link.Get("s"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.posts.GiveBack(t.Context(), h.Tenant.ID, id); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}
	letters := h.to("malo@example.net")
	if going, waiting := h.count(t, event); going != 1 || waiting != 0 {
		t.Errorf("%d go, %d wait", going, waiting)
	}
	if len(letters) != 2 || !strings.Contains(letters[1].Subject(), "une place pour toi") {
		t.Errorf("%d letters", len(letters))
	}
}

func TestALinkAboutAPlaceHoldsForOneActAndHost(t *testing.T) {
	h := newHouse(t)
	event := h.event(t, h.Member(t, "anna"), 0)
	h.forget(t)
	place, letter := h.guest(t, event, "gwen@example.net")
	link := goingLink(t, letter, notifications.ConfirmPlace)

	for name, wrong := range map[string]struct {
		host, place, seal string
		act               notifications.GoingAct
	}{
		"another act":   {ownHost, link.Get("p"), link.Get("s"), notifications.GiveBack},
		"another place": {ownHost, (place.ID + 1).String(), link.Get("s"), notifications.ConfirmPlace},
		"another host":  {"villeray.kumun.test", link.Get("p"), link.Get("s"), notifications.ConfirmPlace},
		"no signature":  {ownHost, link.Get("p"), "", notifications.ConfirmPlace},
		"no place":      {ownHost, "", link.Get("s"), notifications.ConfirmPlace},
	} {
		_, _, _, err := h.going.Link(t.Context(), h.Tenant, wrong.host, wrong.act, wrong.place, wrong.seal)
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMembersAddressGoesAsTheMember(t *testing.T) {
	h := newHouse(t)
	event := h.event(t, h.Member(t, "anna"), 0)
	ben := h.Member(t, "ben")
	h.forget(t)

	place, _ := h.guest(t, event, "ben@example.org")
	if place.MemberID != ben.Member || place.Email != "" {
		t.Errorf("%+v", place)
	}
	h.guest(t, event, "ben@example.org")
	if going, _ := h.count(t, event); going != 1 {
		t.Errorf("one person counts %d times", going)
	}
}

func TestThoseWhoGoHearOfAMoveAndOfTheEndOnce(t *testing.T) {
	h := newHouse(t)
	anna, ben := h.Member(t, "anna", actor.Ambassador), h.Member(t, "ben")
	event := h.event(t, anna, 0)
	if _, err := h.posts.Go(t.Context(), ben, event.ID); err != nil {
		t.Fatal(err)
	}
	h.forget(t)
	h.guest(t, event, "gwen@example.net")

	date := *event.Event
	date.Starts, date.Ends = date.Starts.Add(24*time.Hour), date.Ends.Add(24*time.Hour)
	draft := community.Draft{Title: event.Title, Text: event.Text, Place: event.Place, Event: &date}
	for range 2 { // the second time changes nothing
		edited, err := h.posts.Edit(t.Context(), anna, event.ID, draft)
		if err != nil {
			t.Fatal(err)
		}
		draft.Version = edited.Version
		h.mustFollow(t)
	}
	told := func(want int, words string) {
		t.Helper()
		for _, address := range []string{"ben@example.org", "gwen@example.net"} {
			count := 0
			for _, letter := range h.to(address) {
				if strings.Contains(letter.Subject(), words) {
					count++
				}
			}
			if count != want {
				t.Errorf("%s got %d letters with %q, not %d", address, count, words, want)
			}
		}
	}
	told(1, "Ça change")
	// An import that moves it tells them as well.
	again := *event
	another := date
	another.Starts, another.Ends = date.Starts.Add(24*time.Hour), date.Ends.Add(24*time.Hour)
	again.Event = &another
	if err := h.posts.Adopt(t.Context(), h.Tenant.ID, &again, nil, nil); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	told(2, "Ça change")
	if len(h.to("anna@example.org")) != 0 {
		t.Error("the author is told")
	}

	if err := h.posts.Delete(t.Context(), anna, event.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	h.Decide(t, h.posts, h.Tenant.ID, "post", event.ID, community.Removed)
	h.mustFollow(t)
	told(1, "plus lieu")
	for _, letter := range h.to("gwen@example.net")[3:] {
		if strings.Contains(letter.Text, "/jy-vais/rendre") {
			t.Error("a place that is no more can be given back")
		}
	}
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		count, err := tx.Select((*community.Going)(nil)).Count(ctx)
		if count != 0 {
			t.Errorf("%d are kept", count)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAPlaceRemovedByModeratorsIsToldToo(t *testing.T) {
	h := newHouse(t)
	event := h.event(t, h.Member(t, "anna"), 0)
	h.forget(t)
	h.guest(t, event, "gwen@example.net")

	h.Decide(t, h.posts, h.Tenant.ID, "post", event.ID, community.Removed)
	h.mustFollow(t)
	if letters := h.to("gwen@example.net"); len(letters) != 2 || !strings.Contains(letters[1].Subject(), "plus lieu") {
		t.Errorf("%d letters", len(letters))
	}
	// A month later, the letters are gone as well.
	h.Clock.Forward(31 * day)
	if err := h.letters.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if kept := h.kept(t); len(kept) != 0 {
		t.Errorf("%d letters are kept", len(kept))
	}
}

func TestAMoveIsToldOnceAModeratorHasReadIt(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	event := h.event(t, anna, 0)
	h.forget(t)
	h.guest(t, event, "gwen@example.net")
	told := func() int { return len(h.to("gwen@example.net")) }
	before := told()

	date := *event.Event
	date.Starts, date.Ends = date.Starts.Add(24*time.Hour), date.Ends.Add(24*time.Hour)
	draft := community.Draft{Title: event.Title, Text: event.Text, Place: event.Place, Event: &date}
	if _, err := h.posts.Edit(t.Context(), anna, event.ID, draft); err != nil {
		t.Fatal(err)
	}
	h.Decide(t, h.posts, h.Tenant.ID, "post", event.ID, community.Held)
	h.mustFollow(t)
	h.Clock.Forward(2 * time.Hour)
	h.mustFollow(t)
	if told() != before {
		t.Error("they hear of what nobody has read")
	}
	h.Decide(t, h.posts, h.Tenant.ID, "post", event.ID, community.Published)
	h.Clock.Forward(2 * time.Hour)
	h.mustFollow(t)
	if told() != before+1 {
		t.Errorf("%d letters of the move", told()-before)
	}
}
