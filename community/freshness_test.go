package community_test

import (
	"slices"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

const day = 24 * time.Hour

// shown tells where a post shows: in lists, on the home page, in search.
func shown(t *testing.T, w *world.World, post *community.Post) (list, home, search bool) {
	t.Helper()
	posts := w.Posts(t)
	feed, _, err := posts.Feed(t.Context(), w.Tenant.ID, community.Filter{}, community.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	front, err := posts.Front(t.Context(), w.Tenant.ID, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	found, err := posts.Search.Find(t.Context(), w.Tenant.ID, post.Title, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	list = slices.ContainsFunc(feed, func(one *community.Post) bool { return one.ID == post.ID })
	return list, front.Big != nil && front.Big.ID == post.ID, found.Total == 1
}

func freshen(t *testing.T, w *world.World) {
	t.Helper()
	if err := w.Posts(t).Freshen(t.Context(), w.Tenant.ID); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, w *world.World, post id.ID) *community.Post {
	t.Helper()
	found, err := w.Posts(t).Find(t.Context(), w.Visitor(), post)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestATipThatNobodyConfirmsLeavesTheListsAndComesBack(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	tip := w.Tip(t, anna, "Le bain de sept heures")

	w.Clock.Forward(89 * day)
	freshen(t, w)
	if find(t, w, tip.ID).Doubtful() {
		t.Error("it is in doubt before its time")
	}
	w.Clock.Forward(2 * day) // +91
	freshen(t, w)
	if list, home, search := shown(t, w, tip); !find(t, w, tip.ID).Doubtful() || !list || !home || !search {
		t.Errorf("after 91 days: in doubt %v, list %v, home %v, search %v", find(t, w, tip.ID).Doubtful(), list, home, search)
	}
	w.Clock.Forward(29 * day) // +120
	freshen(t, w)
	if list, home, search := shown(t, w, tip); list || home || search {
		t.Errorf("after 120 days: list %v, home %v, search %v", list, home, search)
	}
	if state := find(t, w, tip.ID).State; state != community.Stale {
		t.Errorf("its address says %s", state)
	}

	if err := w.Posts(t).Confirm(t.Context(), anna, tip.ID); err != nil {
		t.Fatal(err)
	}
	freshen(t, w)
	again := find(t, w, tip.ID)
	if list, home, search := shown(t, w, tip); !list || !home || !search || again.Doubtful() || !again.CheckedAt.Equal(w.Clock.Now()) {
		t.Errorf("confirmed: list %v, home %v, search %v, %+v", list, home, search, again)
	}
}

func TestAPieceThatWasLeftAloneIsAskedAboutBeforeItLeaves(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	tip := w.Tip(t, w.Member(t, "anna", actor.Ambassador), "Le bain de sept heures")

	w.Clock.Forward(400 * day)
	freshen(t, w)
	freshen(t, w)

	if list, _, _ := shown(t, w, tip); !list {
		t.Error("it left the day on which it was marked")
	}
}

func TestWhatEndsByItselfIsNeverAskedAbout(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna := w.Member(t, "anna", actor.Ambassador, actor.Editor)
	offer, event := w.Offer(t, anna, "Une billig à prêter"), w.Event(t, anna, "Premier bain, il y a du thé")
	question, guide := w.Question(t, anna, "Où trouver un thermos ?"), w.Guide(t, anna, "L'hiver se passe dehors")

	w.Clock.Forward(179 * day)
	freshen(t, w)
	for _, post := range []*community.Post{offer, event, question, guide} {
		if find(t, w, post.ID).Doubtful() {
			t.Errorf("%s is in doubt after 179 days", post.Kind)
		}
	}
	w.Clock.Forward(2 * day)
	freshen(t, w)
	for _, post := range []*community.Post{offer, event, question, guide} {
		if got := find(t, w, post.ID).Doubtful(); got != post.Ages() {
			t.Errorf("%s after 181 days: in doubt %v", post.Kind, got)
		}
	}
}

func TestTwoReadersPutAPieceInDoubt(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna, bob := w.Member(t, "anna", actor.Ambassador), w.Member(t, "bob")
	tip := w.Tip(t, anna, "Le bain de sept heures")
	doubt := func(who actor.Actor, seal string) error { return w.Posts(t).Doubt(t.Context(), who, tip.ID, seal) }

	for range 2 {
		if err := doubt(bob, "bob"); err != nil {
			t.Fatal(err)
		}
	}
	if find(t, w, tip.ID).Doubtful() {
		t.Error("one reader is enough")
	}
	if facts := w.Facts(t, w.Tenant.ID, "post.doubted"); len(facts) != 1 {
		t.Errorf("its owner is told %d times", len(facts))
	}
	if err := doubt(anna, "anna"); err == nil {
		t.Error("anna doubts her own piece")
	}
	if err := doubt(w.Visitor(), "visitor"); err != nil {
		t.Fatal(err)
	}
	if !find(t, w, tip.ID).Doubtful() {
		t.Error("two readers are not enough")
	}

	if err := w.Posts(t).Confirm(t.Context(), bob, tip.ID); err == nil {
		t.Error("bob confirms what is not his")
	}
	if err := w.Posts(t).Confirm(t.Context(), anna, tip.ID); err != nil {
		t.Fatal(err)
	}
	if err := doubt(bob, "bob"); err != nil || find(t, w, tip.ID).Doubtful() {
		t.Errorf("an old doubt counts after the answer: %v", err)
	}
}

func TestWhatIsNoLongerTrueStaysReadable(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	tip := w.Tip(t, anna, "Le bain de sept heures")

	if err := w.Posts(t).Retire(t.Context(), anna, tip.ID); err != nil {
		t.Fatal(err)
	}
	if list, _, search := shown(t, w, tip); list || search || find(t, w, tip.ID).State != community.Expired {
		t.Errorf("list %v, search %v, %s", list, search, find(t, w, tip.ID).State)
	}
	if err := w.Posts(t).Confirm(t.Context(), anna, tip.ID); err != nil {
		t.Fatal(err)
	}
	if list, _, _ := shown(t, w, tip); !list {
		t.Error("its owner cannot change their mind")
	}
}

func TestTheMorningSeesEmptyDaysAndWhoWentQuiet(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna, bob := w.Member(t, "anna", actor.Ambassador), w.Member(t, "bob", actor.Ambassador)
	posts := w.Posts(t)
	w.Tip(t, bob, "La soupe du lundi")
	w.Tip(t, bob, "La soupe du mardi")
	w.Clock.Forward(46 * day) // a Saturday
	w.Tip(t, anna, "Le marché du samedi", func(d *community.Draft) { d.Weekdays = []int{6} })
	w.Event(t, anna, "Premier bain, il y a du thé") // on Sunday

	week, err := posts.WeekGaps(t.Context(), w.Tenant.ID, w.Clock.Now().In(w.Tenant.Location()))
	if err != nil {
		t.Fatal(err)
	}
	if len(week.Empty) != 5 || week.Empty[0].Weekday() != time.Monday || !slices.Equal(week.Missing, []community.Kind{community.Offer, community.Question, community.Guide}) {
		t.Errorf("%v", week)
	}
	quiet, err := posts.GoneQuiet(t.Context(), w.Tenant.ID, 10)
	if err != nil || len(quiet) != 1 || quiet[0].AuthorID != bob.Member || quiet[0].Posts != 2 {
		t.Errorf("%v, %v", quiet, err)
	}
}

func TestThePromptBelongsToItsWeek(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	editor := w.Member(t, "soazig", actor.Editor)
	posts := w.Posts(t)
	_, monday, _ := w.Tenant.Issue(w.Clock.Now())

	for _, text := range []string{"Ton bain préféré ?", "Où vas-tu quand il pleut ?"} {
		if err := posts.Ask(t.Context(), editor, monday, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := posts.Ask(t.Context(), w.Member(t, "anna"), monday, "Non"); err == nil {
		t.Error("a member asks")
	}
	now, err := posts.Prompt(t.Context(), w.Tenant.ID, monday)
	if err != nil || now != "Où vas-tu quand il pleut ?" {
		t.Errorf("%q, %v", now, err)
	}
	if next, err := posts.Prompt(t.Context(), w.Tenant.ID, monday.AddDate(0, 0, 7)); err != nil || next != "" {
		t.Errorf("%q, %v", next, err)
	}
}
