package community_test

import (
	"errors"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func TestAPieceIsKeptOnceInTheListThatOpensByItself(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna := w.Member(t, "anna", actor.Ambassador)
	tip := community.PieceRef{Kind: "post", ID: w.Tip(t, anna, "Le bain de sept heures").ID}
	for range 2 {
		if err := posts.Keep(ctx, anna, tip, "Mes expériences"); err != nil {
			t.Fatal(err)
		}
	}

	lists, err := posts.KeptIn(ctx, anna, tip)
	if err != nil || len(lists) != 1 || lists[0].Count != 1 || !lists[0].Holds || lists[0].Visibility != community.Private {
		t.Fatalf("%+v, %v", lists, err)
	}
	other, err := posts.MakeList(ctx, anna, "Avec les cousins", community.ByLink)
	if err != nil {
		t.Fatal(err)
	}
	if err := posts.KeepIn(ctx, anna, tip, []id.ID{other.ID}); err != nil {
		t.Fatal(err)
	}
	if lists, err = posts.KeptIn(ctx, anna, tip); err != nil || lists[0].Holds || !lists[1].Holds {
		t.Errorf("it did not move: %+v, %v", lists, err)
	}
}

func TestAListOpensForWhomItsMemberWants(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben, visitor := w.Member(t, "anna"), w.Member(t, "ben", actor.Admin), w.Visitor()
	list, err := posts.MakeList(ctx, anna, "Un dimanche de pluie", community.Private)
	if err != nil {
		t.Fatal(err)
	}
	opens := func(who actor.Actor, tail string, want bool) {
		t.Helper()
		_, err := posts.OpenList(ctx, who, list.ID, tail)
		if want != (err == nil) || !want && !errors.Is(err, fault.NotFound) {
			t.Errorf("opened by %s with %q: %v", who.Name, tail, err)
		}
	}

	opens(anna, "", true)
	opens(ben, "un-dimanche-de-pluie", false)
	opens(visitor, list.Secret, false)
	if list, err = posts.SaveList(ctx, anna, list.ID, list.Title, community.ByLink); err != nil {
		t.Fatal(err)
	}
	old := list.Secret
	opens(visitor, old, true)
	opens(visitor, "un-dimanche-de-pluie", false)
	if list, err = posts.SaveList(ctx, anna, list.ID, list.Title, community.Public); err != nil {
		t.Fatal(err)
	}
	opens(visitor, "", true)
	if list, err = posts.SaveList(ctx, anna, list.ID, list.Title, community.ByLink); err != nil {
		t.Fatal(err)
	}
	opens(visitor, old, false)
	w.Decide(t, posts, w.Tenant.ID, "list", list.ID, community.Hidden)
	opens(visitor, list.Secret, false)
	opens(anna, "", true)
}

func TestAListIsItsMembersToChange(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben := w.Member(t, "anna"), w.Member(t, "ben", actor.Admin)
	tip := community.PieceRef{Kind: "post", ID: 7}
	list, err := posts.MakeList(ctx, anna, "À faire un lundi", community.Public)
	if err != nil {
		t.Fatal(err)
	}
	_, saved := posts.SaveList(ctx, ben, list.ID, "À moi", community.Public)
	for what, err := range map[string]error{"save": saved, "keep": posts.KeepIn(ctx, ben, tip, []id.ID{list.ID}),
		"drop": posts.Drop(ctx, ben, list.ID, tip), "delete": posts.DeleteList(ctx, ben, list.ID)} {
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s by another: %v", what, err)
		}
	}
	for _, title := range []string{"", "  \u200b ", "a"} {
		var invalid *fault.Invalid
		if _, err := posts.MakeList(ctx, anna, title, community.Private); !errors.As(err, &invalid) {
			t.Errorf("a list called %q: %v", title, err)
		}
	}

	if err := posts.ForgetMember(ctx, w.Tenant.ID, anna.Member); err != nil {
		t.Fatal(err)
	}
	if _, err := posts.OpenList(ctx, anna, list.ID, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("the list of somebody who left: %v", err)
	}
}
