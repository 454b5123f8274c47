package community_test

import (
	"slices"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/world"
)

// The world begins on a Tuesday.
func TestThursdaysMarketShowsFromMondayToThursday(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	market := w.Tip(t, anna, "Le marché du jeudi, panier à droite", func(draft *community.Draft) { draft.Weekdays = []int{4} })
	w.Tip(t, anna, "Le bain de sept heures")

	monday := world.Today.AddDate(0, 0, 6)
	for ahead, shown := range []bool{true, true, true, true, false, false, false, true} {
		now := monday.AddDate(0, 0, ahead)
		front, err := posts.Front(t.Context(), w.Tenant.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(front.Week, func(line community.Dated) bool { return line.ID == market.ID })
		if (at >= 0) != shown {
			t.Errorf("on %s the market shows: %t", now.Weekday(), at >= 0)
		}
		if at >= 0 && front.Week[at].Day.Weekday() != time.Thursday {
			t.Errorf("on %s it is said to be on %s", now.Weekday(), front.Week[at].Day.Weekday())
		}
	}
}

func TestWhatDoesNotHoldNowComesAfterWhatDoes(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	for _, title := range []string{"Le bain de sept heures", "Le café qui ouvre tôt"} {
		w.Tip(t, anna, title)
	}
	spring := w.Tip(t, anna, "Les jonquilles du bord de l'Odet", func(draft *community.Draft) { draft.Months = []int{3, 4} })

	if back := spring.BackIn(time.November); back != time.March {
		t.Errorf("back in %s", back)
	}
	if back := spring.BackIn(time.April); back != 0 {
		t.Errorf("in season, and back in %s", back)
	}
	front, err := posts.Front(t.Context(), w.Tenant.ID, world.Today)
	if err != nil {
		t.Fatal(err)
	}
	if front.Big.ID == spring.ID || len(front.Cards) != 2 || front.Cards[1].ID != spring.ID {
		t.Errorf("in November the flowers stand at %v", front.Cards)
	}
	if front, err = posts.Front(t.Context(), w.Tenant.ID, world.Today.AddDate(0, 5, 0)); err != nil || front.Big.ID != spring.ID {
		t.Errorf("in April they are not first: %v", err)
	}
}
