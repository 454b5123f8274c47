package community_test

import (
	"slices"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/world"
)

func TestAFeedHoldsWhatOneFollowsInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben, cleo := w.Member(t, "anna", actor.Ambassador), w.Member(t, "ben", actor.Ambassador), w.Member(t, "cleo")
	group := w.Group(t, "nage", anna)
	publish := func(who actor.Actor, title string, change func(*community.Draft)) {
		w.Clock.Forward(time.Minute)
		w.Tip(t, who, title, func(draft *community.Draft) { draft.Commune = "" }, change)
	}
	publish(anna, "Du groupe qui nage", func(draft *community.Draft) { draft.Group = group.ID })
	publish(anna, "De quelqu'un d'autre", func(*community.Draft) {})
	publish(ben, "De Ben lui-même", func(*community.Draft) {})
	publish(anna, "Sur la mer et l'eau", func(draft *community.Draft) { draft.Topics = []string{"mer"} })
	publish(anna, "D'un lieu qu'on aime", func(draft *community.Draft) { draft.Commune = "Pont-l'Abbé" })

	read := func() []string {
		t.Helper()
		feed, _, err := posts.Followed(ctx, cleo, community.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, post := range feed {
			titles = append(titles, post.Title)
		}
		return titles
	}
	if got := read(); len(got) != 0 {
		t.Errorf("before following: %v", got)
	}
	targets := []string{"group:" + group.ID.String(), "person:" + ben.Member.String(), "topic:mer", "place:Pont-l'Abbé"}
	for _, text := range append(targets, targets[0]) {
		target, err := community.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := posts.Follow(ctx, cleo, target); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := read(), []string{"D'un lieu qu'on aime", "Sur la mer et l'eau", "De Ben lui-même", "Du groupe qui nage"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if err := posts.Unfollow(ctx, cleo, community.Target{Kind: community.FollowPlace, Name: "Pont-l'Abbé"}); err != nil {
		t.Fatal(err)
	}
	if got := read(); len(got) != 3 {
		t.Errorf("after one less: %v", got)
	}
	if other, _, err := posts.Followed(ctx, ben, community.Cursor{}); err != nil || len(other) != 0 {
		t.Errorf("ben follows nothing and reads %v, %v", other, err)
	}
	for _, bad := range []string{"", "group:", "group:!", "river:Odet", "topic:   "} {
		if _, err := community.ParseTarget(bad); err == nil {
			t.Errorf("%q can be followed", bad)
		}
	}
}
