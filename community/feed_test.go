package community_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/world"
)

// However the pages are cut, each post is met once, the newest first.
func TestPagesOfAFeedMeetEachPostOnce(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	lot := rand.New(rand.NewPCG(1, 2))
	anna := w.Member(t, "anna", actor.Ambassador)
	const all = 60
	for n := range all {
		post := &community.Post{Kind: community.Tip, Title: fmt.Sprintf("Le bain numéro %d", n), Text: "Tous les matins, on descend la cale ensemble.",
			AuthorID: anna.Member, State: community.Published,
			// Many share their moment: the identifier decides between them.
			PostedAt: world.Today.Add(-time.Duration(lot.IntN(8)) * time.Hour)}
		if err := posts.Adopt(t.Context(), w.Tenant.ID, post, nil, nil); err != nil {
			t.Fatal(err)
		}
	}

	for range 12 {
		filter := community.Filter{Limit: 1 + lot.IntN(25)}
		seen := map[string]bool{}
		last := world.Today.Add(time.Hour)
		cursor := community.Cursor{}
		for {
			page, next, err := posts.Feed(t.Context(), w.Tenant.ID, filter, cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, post := range page {
				if seen[post.Title] || post.PostedAt.After(last) {
					t.Fatalf("%q comes twice or too late, in pages of %d", post.Title, filter.Limit)
				}
				seen[post.Title], last = true, post.PostedAt
			}
			if next.IsZero() {
				break
			}
			if cursor = community.ParseCursor(next.String()); cursor.ID != next.ID || !cursor.At.Equal(next.At) {
				t.Fatalf("cursor %v reads back as %v", next, cursor)
			}
		}
		if len(seen) != all {
			t.Errorf("pages of %d show %d posts", filter.Limit, len(seen))
		}
	}
}

func TestACursorThatIsNoneIsTheBeginning(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ".", "x", "1.", ".1", "zzzzzzzzzzzzzzzz.1", "-1.1", "1.!", "\x00.\x00"} {
		if cursor := community.ParseCursor(text); !cursor.IsZero() {
			t.Errorf("%q is %v", text, cursor)
		}
	}
}

func TestTheFrontPageShowsWhatHoldsNowAndVaries(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	loic := w.Member(t, "loic", actor.Ambassador)
	anna := w.Member(t, "anna", actor.Ambassador)
	in := func(commune string, months, weekdays []int) func(*community.Draft) {
		return func(d *community.Draft) { d.Commune, d.Months, d.Weekdays = commune, months, weekdays }
	}
	for n := range 5 {
		w.Tip(t, loic, fmt.Sprintf("Encore Quimper, numéro %d", n), in("Quimper", nil, nil))
	}
	w.Tip(t, anna, "Le marché du jeudi à Douarnenez", in("Douarnenez", nil, []int{4}))
	w.Tip(t, anna, "Les fraises de Plougastel en mai", in("Plougastel", []int{5, 6}, nil))
	w.Tip(t, anna, "Un concert dans la chapelle", in("Locronan", nil, nil))
	w.Tip(t, anna, "Le bain de novembre au grand jour", in("Tréboul", []int{11}, nil))

	front, err := w.Posts(t).Front(t.Context(), w.Tenant.ID, w.Clock.Now())

	if err != nil {
		t.Fatal(err)
	}
	if front.Big.Title != "Le bain de novembre au grand jour" {
		t.Errorf("opens with %q", front.Big.Title)
	}
	if len(front.Week) != 1 || front.Week[0].Day.Weekday() != time.Thursday {
		t.Errorf("the week is %v", front.Week)
	}
	if len(front.Cards) != 4 || front.Cards[0].AuthorID == front.Cards[1].AuthorID {
		t.Errorf("%d cards, the first two by one author", len(front.Cards))
	}
	for _, post := range front.Cards {
		if post.Title == "Les fraises de Plougastel en mai" {
			t.Error("May's strawberries in November")
		}
	}
}
