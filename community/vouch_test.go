package community_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func month(year int, month time.Month) time.Time {
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// The world begins in November 2026.
func TestAVouchPalesAfterAYearAndIsGoneAfterTwo(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	tip := w.Tip(t, w.Member(t, "anna", actor.Ambassador), "Le bain de sept heures")
	ben := w.Member(t, "ben")
	if err := posts.Vouch(ctx, ben, tip.ID, month(2026, time.October), "L'eau était claire."); err != nil {
		t.Fatal(err)
	}

	for _, later := range []struct {
		months     int
		pale, gone bool
	}{{0, false, false}, {11, false, false}, {12, true, false}, {22, true, false}, {23, false, true}} {
		w.Clock.Forward(world.Today.AddDate(0, later.months, 0).Sub(w.Clock.Now()))
		if err := posts.FadeVouches(ctx, w.Tenant.ID); err != nil {
			t.Fatal(err)
		}
		vouches, err := posts.Vouches(ctx, w.Tenant.ID, tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		found, err := posts.Find(ctx, ben, tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case later.gone:
			if len(vouches) != 0 || found.Vouches != 0 {
				t.Errorf("after %d months it is still there: %v, counted %d", later.months, vouches, found.Vouches)
			}
		case len(vouches) != 1 || vouches[0].Pale(w.Clock.Now()) != later.pale || found.Vouches != 1:
			t.Errorf("after %d months: %+v, counted %d", later.months, vouches, found.Vouches)
		}
	}
}

func TestOneVouchesOnceAndMayRenewAndTakeBack(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben, judge := w.Member(t, "anna", actor.Ambassador), w.Member(t, "ben"), w.Member(t, "judge", actor.Moderator)
	tip := w.Tip(t, anna, "Le bain de sept heures")
	count := func() int {
		found, err := posts.Find(ctx, ben, tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found.Vouches
	}
	for _, m := range []time.Month{time.August, time.November} {
		if err := posts.Vouch(ctx, ben, tip.ID, month(2026, m), ""); err != nil {
			t.Fatal(err)
		}
	}
	vouches, err := posts.Vouches(ctx, w.Tenant.ID, tip.ID)
	if err != nil || len(vouches) != 1 || vouches[0].Month.Month() != time.November || count() != 1 {
		t.Errorf("renewed: %v, %v, counted %d", vouches, err, count())
	}
	if err := posts.Unvouch(ctx, anna, tip.ID, ben.Member); !errors.Is(err, fault.NotFound) {
		t.Errorf("taken back by the author: %v", err)
	}
	if err := posts.Unvouch(ctx, judge, tip.ID, ben.Member); err != nil || count() != 0 {
		t.Errorf("taken away by a moderator: %v, counted %d", err, count())
	}

	if err := posts.Vouch(ctx, ben, tip.ID, month(2026, time.May), ""); err != nil {
		t.Fatal(err)
	}
	if err := posts.ForgetMember(ctx, w.Tenant.ID, ben.Member); err != nil || count() != 0 {
		t.Errorf("after ben left: %v, counted %d", err, count())
	}
}

func TestWhatCannotBeVouchedFor(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben := w.Member(t, "anna", actor.Ambassador), w.Member(t, "ben")
	tip, offer, event := w.Tip(t, anna, "Le bain de sept heures"), w.Offer(t, anna, "Une billig à prêter"), w.Event(t, anna, "Premier bain, il y a du thé")
	october := month(2026, time.October)

	for what, test := range map[string]struct {
		who  actor.Actor
		post id.ID
		want error
	}{"one's own": {anna, tip.ID, fault.Forbidden}, "an offer": {ben, offer.ID, fault.NotFound}, "an event to come": {ben, event.ID, fault.NotFound},
		"nothing": {ben, 7, fault.NotFound}, "as a visitor": {w.Visitor(), tip.ID, fault.SignIn}} {
		if err := posts.Vouch(ctx, test.who, test.post, october, ""); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, when := range map[string]time.Time{"a month to come": month(2026, time.December), "two years ago": month(2024, time.November), "no month": {}} {
		var invalid *fault.Invalid
		if err := posts.Vouch(ctx, ben, tip.ID, when, ""); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	var invalid *fault.Invalid
	if err := posts.Vouch(ctx, ben, tip.ID, october, strings.Repeat("é", community.MaxVouch+1)); !errors.As(err, &invalid) {
		t.Errorf("too many words: %v", err)
	}
	w.Clock.Forward(3 * 24 * time.Hour)
	if err := posts.Vouch(ctx, ben, event.ID, month(2026, time.November), ""); err != nil {
		t.Errorf("an event that is over: %v", err)
	}
}
