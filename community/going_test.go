package community_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func withPlaces(places int) func(*community.Draft) {
	return func(draft *community.Draft) { draft.Event.Places = places }
}

func weekly(draft *community.Draft) {
	draft.Event.Repeat, draft.Event.Last = community.Weekly, draft.Event.Starts.AddDate(0, 2, 0)
}

// again is the draft of a post as it stands.
func again(post *community.Post) community.Draft {
	date := *post.Event
	return community.Draft{Kind: post.Kind, Title: post.Title, Text: post.Text, Place: post.Place, Commune: post.Commune, Event: &date, Version: post.Version}
}

func goers(t *testing.T, posts *community.Service, who actor.Actor, post *community.Post) *community.Goers {
	t.Helper()
	found, err := posts.Find(t.Context(), who, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	all, err := posts.Goers(t.Context(), who, found)
	if err != nil || all == nil {
		t.Fatalf("who goes: %v, %v", all, err)
	}
	return all
}

func mustGo(t *testing.T, posts *community.Service, who actor.Actor, post *community.Post) *community.Going {
	t.Helper()
	place, err := posts.Go(t.Context(), who, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// asked is the place that an address asked for.
func asked(t *testing.T, w *world.World, event *community.Post, email string) id.ID {
	t.Helper()
	w.Clock.Forward(time.Second) // facts are in the order of time
	if err := w.Posts(t).AskPlace(t.Context(), w.Visitor(), event.ID, email); err != nil {
		t.Fatal(err)
	}
	facts := w.Facts(t, w.Tenant.ID, string(community.PlaceAsked))
	var fact community.GoingFact
	if err := json.Unmarshal([]byte(facts[len(facts)-1]), &fact); err != nil {
		t.Fatal(err)
	}
	return fact.ID
}

func TestOnePersonGetsTheLastPlace(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	event := w.Event(t, w.Member(t, "anna", actor.Ambassador), "Premier bain, il y a du thé", withPlaces(1))
	racers := []actor.Actor{w.Member(t, "ben"), w.Member(t, "chloé"), w.Member(t, "dan"), w.Member(t, "enora")}

	var racing sync.WaitGroup
	places := make([]*community.Going, len(racers))
	errs := make([]error, len(racers))
	for n, racer := range racers {
		racing.Go(func() { places[n], errs[n] = posts.Go(t.Context(), racer, event.ID) })
	}
	racing.Wait()

	got := 0
	for n := range racers {
		if errs[n] != nil {
			t.Fatal(errs[n])
		}
		if !places[n].Waiting {
			got++
		}
	}
	if all := goers(t, posts, w.Visitor(), event); got != 1 || all.Count != 1 || all.Waiting != 3 || !all.Full {
		t.Errorf("%d got the last place: %+v", got, all)
	}
}

func TestAGuestAndAMemberRaceForTheLastPlace(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	event := w.Event(t, w.Member(t, "anna", actor.Ambassador), "Premier bain, il y a du thé", withPlaces(1))
	ben, guest := w.Member(t, "ben"), asked(t, w, event, "gwen@example.net")

	var racing sync.WaitGroup
	errs := make([]error, 3)
	racing.Go(func() { _, errs[0] = posts.Go(t.Context(), ben, event.ID) })
	for n := range 2 { // a link that is followed twice at once
		racing.Go(func() { _, errs[n+1] = posts.ConfirmPlace(t.Context(), w.Tenant.ID, guest, 0) })
	}
	racing.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if all := goers(t, posts, ben, event); all.Count != 1 || all.Waiting != 1 {
		t.Errorf("%+v", all)
	}
	// Whoever has the place gives it back while a third comes.
	chloe := w.Member(t, "chloé")
	racing.Go(func() { errs[0] = posts.Withdraw(t.Context(), ben, event.ID) })
	racing.Go(func() { errs[1] = posts.GiveBack(t.Context(), w.Tenant.ID, guest) })
	racing.Go(func() { _, errs[2] = posts.Go(t.Context(), chloe, event.ID) })
	racing.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if all := goers(t, posts, chloe, event); all.Count != 1 || all.Waiting != 0 || all.Mine == nil || all.Mine.Waiting {
		t.Errorf("a place stays empty: %+v", all)
	}
}

func TestAMemberGoesAndChangesTheirMind(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	event := w.Event(t, w.Member(t, "anna", actor.Ambassador), "Premier bain, il y a du thé")
	ben := w.Member(t, "ben")

	for range 2 {
		mustGo(t, posts, ben, event)
	}
	if all := goers(t, posts, ben, event); all.Count != 1 || all.Mine == nil || all.Members[0] != ben.Member {
		t.Errorf("%+v", all)
	}
	for range 2 {
		if err := posts.Withdraw(t.Context(), ben, event.ID); err != nil {
			t.Fatal(err)
		}
	}
	if all := goers(t, posts, ben, event); all.Count != 0 || all.Mine != nil {
		t.Errorf("%+v", all)
	}
	tip := w.Tip(t, ben, "Le bain de sept heures")
	for name, post := range map[string]id.ID{"a tip": tip.ID, "nothing": 7} {
		if _, err := posts.Go(t.Context(), ben, post); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := posts.Go(t.Context(), w.Visitor(), event.ID); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor: %v", err)
	}
	w.Clock.Forward(48 * time.Hour)
	if _, err := posts.Go(t.Context(), ben, event.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("when it is over: %v", err)
	}
}

func TestTheWaitingListMovesUpByItself(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna := w.Member(t, "anna", actor.Ambassador)
	event := w.Event(t, anna, "Premier bain, il y a du thé", withPlaces(1))
	ben, chloe, dan, enora := w.Member(t, "ben"), w.Member(t, "chloé"), w.Member(t, "dan"), w.Member(t, "enora")
	for _, who := range []actor.Actor{ben, chloe, dan, enora} {
		mustGo(t, posts, who, event)
		w.Clock.Forward(time.Minute)
	}
	goes := func(who actor.Actor) bool {
		mine := goers(t, posts, who, event).Mine
		return mine != nil && !mine.Waiting
	}

	if err := posts.Withdraw(ctx, ben, event.ID); err != nil {
		t.Fatal(err)
	}
	if !goes(chloe) || goes(dan) {
		t.Error("the first who waited did not move up")
	}
	// Somebody who leaves frees a place as well.
	if err := posts.ForgetMember(ctx, w.Tenant.ID, chloe.Member); err != nil {
		t.Fatal(err)
	}
	if !goes(dan) || goes(enora) {
		t.Error("a former member keeps the place")
	}
	more := again(event)
	more.Event.Places = 2
	edited, err := posts.Edit(ctx, anna, event.ID, more)
	if err != nil {
		t.Fatal(err)
	}
	if !goes(enora) {
		t.Error("more places, and nobody moved up")
	}
	if facts := w.Facts(t, w.Tenant.ID, string(community.PlaceFreed)); len(facts) != 3 {
		t.Errorf("%d of 3 hear that they moved up", len(facts))
	}

	var invalid *fault.Invalid
	for _, places := range []int{1, -1, community.MaxPlaces + 1} {
		fewer := again(edited)
		fewer.Event.Places = places
		if _, err := posts.Edit(ctx, anna, event.ID, fewer); !errors.As(err, &invalid) || invalid.Fields[0].Name != "places" {
			t.Errorf("%d places: %v", places, err)
		}
	}
	if all := goers(t, posts, anna, event); all.Count != 2 || !all.Full {
		t.Errorf("what was refused left a trace: %+v", all)
	}
}

func TestOneGoesToTheNextDateAndAlongWhenItMoves(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben := w.Member(t, "anna", actor.Ambassador), w.Member(t, "ben")
	event := w.Event(t, anna, "Le bain du mercredi", weekly)
	mustGo(t, posts, ben, event)
	moved := func() int { return len(w.Facts(t, w.Tenant.ID, string(community.EventMoved))) }

	longer := again(event)
	longer.Event.Last = longer.Event.Last.AddDate(0, 1, 0)
	edited, err := posts.Edit(ctx, anna, event.ID, longer)
	if err != nil {
		t.Fatal(err)
	}
	if moved() != 0 {
		t.Error("the date still stands, and those who go hear of a move")
	}
	later := again(edited)
	later.Event.Starts, later.Event.Ends = later.Event.Starts.Add(time.Hour), later.Event.Ends.Add(time.Hour)
	if edited, err = posts.Edit(ctx, anna, event.ID, later); err != nil {
		t.Fatal(err)
	}
	if all := goers(t, posts, ben, event); moved() != 1 || all.Mine == nil || !all.Mine.StartsAt.Equal(later.Event.Starts) {
		t.Errorf("%d facts, %+v", moved(), all)
	}
	elsewhere := later
	elsewhere.Version = edited.Version
	elsewhere.Place = "Plage des Dames"
	if _, err := posts.Edit(ctx, anna, event.ID, elsewhere); err != nil {
		t.Fatal(err)
	}
	if moved() != 2 {
		t.Error("nobody hears of the new place")
	}

	w.Clock.Forward(48 * time.Hour)
	if all := goers(t, posts, ben, event); all.Count != 0 {
		t.Errorf("the week after: %+v", all)
	}
	mustGo(t, posts, ben, event)
}

func TestWhoWentIsForgottenAfterAMonth(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	event := w.Event(t, w.Member(t, "anna", actor.Ambassador), "Premier bain, il y a du thé")
	came, silent := asked(t, w, event, "gwen@example.org"), asked(t, w, event, "silent@example.org")
	if _, err := posts.ConfirmPlace(ctx, w.Tenant.ID, came, 0); err != nil {
		t.Fatal(err)
	}
	known := func(place id.ID) bool {
		t.Helper()
		if err := posts.ForgetGoings(ctx, w.Tenant.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err := posts.Place(ctx, w.Tenant.ID, place)
		if err != nil && !errors.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		return err == nil
	}

	w.Clock.Forward(49 * time.Hour)
	if known(silent) || !known(came) {
		t.Error("an address that did not answer is kept, or one that did is not")
	}
	w.Clock.Forward(28 * 24 * time.Hour)
	if !known(came) {
		t.Error("forgotten too early")
	}
	w.Clock.Forward(2 * 24 * time.Hour)
	if known(came) {
		t.Error("a guest is known a month after")
	}
}

func TestAnAddressIsCheckedAndCountsOnceItAnswered(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	event := w.Event(t, w.Member(t, "anna", actor.Ambassador), "Premier bain, il y a du thé")
	ben := w.Member(t, "ben")
	var invalid *fault.Invalid
	for _, wrong := range []string{"", "gwen", "gwen@example", "gwen@example.org\nBcc: all@example.org"} {
		if err := posts.AskPlace(ctx, w.Visitor(), event.ID, wrong); !errors.As(err, &invalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	asked := asked(t, w, event, "Ben@example.org")
	if all := goers(t, posts, ben, event); all.Count != 0 || all.Mine != nil {
		t.Errorf("counted before it answered: %+v", all)
	}
	// The address is a member's, who says it on the page meanwhile.
	mustGo(t, posts, ben, event)
	for range 2 {
		if _, err := posts.ConfirmPlace(ctx, w.Tenant.ID, asked, ben.Member); err != nil && !errors.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	}
	if all := goers(t, posts, ben, event); all.Count != 1 || all.Mine == nil {
		t.Errorf("one person counts %d times", all.Count)
	}
	if _, err := posts.ConfirmPlace(ctx, w.Neighbour.ID, asked, 0); !errors.Is(err, fault.NotFound) {
		t.Errorf("at the neighbours': %v", err)
	}
}
