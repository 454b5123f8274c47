package community_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/world"
)

func TestACommunityHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)
	query := community.Query{Text: "bistouille"}

	without, err := posts.Search.Answer(t.Context(), w.Tenant.ID, query)
	if err != nil {
		t.Fatal(err)
	}
	query.Synonyms = []string{"bistouille, café"}
	with, err := posts.Search.Answer(t.Context(), w.Tenant.ID, query)
	if err != nil {
		t.Fatal(err)
	}

	if without.Total != 0 || with.Total != 1 || with.Hits[0].Title != "Le bain de sept heures, même en novembre" {
		t.Errorf("without %v, with %v", titles(without), titles(with))
	}
	marked := slices.ContainsFunc(with.Hits[0].Snippet, func(s community.Segment) bool { return s.Marked && s.Text == "café" })
	if !marked {
		t.Errorf("the synonym is not marked: %v", with.Hits[0].Snippet)
	}
}

func TestAnswersAreNarrowedByPlaceTimeAndGroupTogether(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	nolwenn := w.Member(t, "nolwenn", actor.Ambassador)
	group := w.Group(t, "nage", nolwenn)
	in := func(commune string) func(*community.Draft) {
		return func(draft *community.Draft) { draft.Place, draft.Commune = "", commune }
	}
	w.Tip(t, nolwenn, "Un bain de mer en été", in("Douarnenez"))
	w.Clock.Forward(40 * 24 * time.Hour)
	w.Tip(t, nolwenn, "Un bain de mer en hiver", in("Douarnenez"))
	w.Tip(t, nolwenn, "Un bain de pieds très chaud", in("Quimper"), func(draft *community.Draft) { draft.Group = group.ID })
	w.Event(t, nolwenn, "Un bain ensemble, tout doux", in("Quimper"))

	for name, one := range map[string]struct {
		query community.Query
		want  int
	}{
		"all":              {community.Query{}, 4},
		"place":            {community.Query{Commune: "Douarnenez"}, 2},
		"this week":        {community.Query{Period: community.ThisWeek}, 2},
		"this month":       {community.Query{Period: community.ThisMonth}, 3},
		"place and week":   {community.Query{Commune: "Douarnenez", Period: community.ThisWeek}, 1},
		"group":            {community.Query{Group: group.ID}, 1},
		"group elsewhere":  {community.Query{Group: group.ID, Commune: "Douarnenez"}, 0},
		"kind and place":   {community.Query{Kind: community.Tip, Commune: "Quimper"}, 1},
		"another's group":  {community.Query{Group: 77}, 0},
		"a place unheard":  {community.Query{Commune: "Atlantis"}, 0},
		"kind, place week": {community.Query{Kind: community.Event, Commune: "Quimper", Period: community.ThisMonth}, 1},
	} {
		one.query.Text, one.query.Zone = "bain", time.UTC
		found, err := posts.Search.Answer(t.Context(), w.Tenant.ID, one.query)
		if err != nil {
			t.Fatal(err)
		}
		if found.Total != one.want || len(found.Hits) != one.want {
			t.Errorf("%s: %d answers, want %d: %v", name, found.Total, one.want, titles(found))
		}
	}

	found, err := posts.Search.Answer(t.Context(), w.Tenant.ID, community.Query{Text: "bain", Commune: "Quimper"})
	if err != nil {
		t.Fatal(err)
	}
	if found.Counts[community.Tip] != 1 || found.Counts[community.Event] != 1 || found.Groups[group.ID] != 1 {
		t.Errorf("in Quimper: %v, groups %v", found.Counts, found.Groups)
	}
	if want := []community.Place{{"Douarnenez", 2}, {"Quimper", 2}}; !slices.Equal(found.Communes, want) {
		t.Errorf("beside Quimper: %v", found.Communes)
	}
}

func TestTheBoxProposesWhatAWordBegins(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)
	yann := w.Member(t, "yann", actor.Ambassador)
	w.Tip(t, yann, "Le marché de Quimper en hiver", func(draft *community.Draft) { draft.Commune = "Quimper" })
	deleted := w.Tip(t, yann, "Une galère sans nom ni fin", func(draft *community.Draft) { draft.Commune = "Galarneau" })
	if err := posts.Delete(t.Context(), yann, deleted.ID); err != nil {
		t.Fatal(err)
	}

	for text, want := range map[string]string{
		"gal":             "La galette du mardi, derrière les halles",
		"randonnées d'un": "Huit randonnées d'une heure avec des enfants",
		"œuf":             "Les œufs du samedi, sortis du poulailler",
		"pecher a pie":    "Pêcher à pied sous le phare d'Eckmühl",
		"mardi gal":       "La galette du mardi, derrière les halles",
		"quim":            "Quimper",
		"q":               "",
		"":                "",
		"zzz":             "",
		"%":               "",
	} {
		hints, err := posts.Search.Hints(t.Context(), w.Tenant.ID, text)
		if err != nil {
			t.Fatal(err)
		}
		if len(hints) > 8 || want == "" && len(hints) > 0 || want != "" && (len(hints) == 0 || hints[0].Label != want) {
			t.Errorf("%q proposes %+v, want %q first", text, hints, want)
		}
		if elsewhere, err := posts.Search.Hints(t.Context(), w.Neighbour.ID, text); err != nil || len(elsewhere) > 0 {
			t.Errorf("%q in the neighbour's community: %v, %v", text, elsewhere, err)
		}
	}
	for _, gone := range []string{"galere", "galarneau"} {
		if hints, err := posts.Search.Hints(t.Context(), w.Tenant.ID, gone); err != nil || len(hints) > 0 {
			t.Errorf("%q still leads to %v, %v", gone, hints, err)
		}
	}
}

func TestWhatIsAskedIsCountedWithoutAnybodysName(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)
	ask := func(text string, found bool) {
		t.Helper()
		if err := posts.Search.Note(t.Context(), w.Tenant.ID, text, found, time.UTC); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"Sage-femme", " sage-femme", "SAGE-FEMME"} {
		ask(text, false)
	}
	for range 4 {
		ask("anna@example.org", false)
		ask("06 12 34 56 78", false)
	}
	ask("une fois", false)
	ask("une fois", false)
	for range 3 {
		ask("galette", true)
		w.Clock.Forward(24 * time.Hour)
	}

	missing, err := posts.Search.Sought(t.Context(), w.Tenant.ID, false, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) != 1 || missing[0].Query != "sage-femme" || missing[0].Times != 3 {
		t.Errorf("not found: %+v", missing)
	}
	hints, err := posts.Search.Hints(t.Context(), w.Tenant.ID, "gale")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(hints, func(one community.Hint) bool { return one.Kind == community.QueryHint && one.Label == "galette" }) {
		t.Errorf("what is asked on three days is not proposed: %+v", hints)
	}
	if elsewhere, err := posts.Search.Sought(t.Context(), w.Neighbour.ID, false, 10); err != nil || len(elsewhere) != 0 {
		t.Errorf("the neighbours see %v, %v", elsewhere, err)
	}

	w.Clock.Forward(100 * 24 * time.Hour)
	if err := posts.Search.ForgetAsked(t.Context(), w.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if left, err := posts.Search.Sought(t.Context(), w.Tenant.ID, true, 10); err != nil || len(left) != 0 {
		t.Errorf("after a hundred days: %v, %v", left, err)
	}
}

func TestASearchIsFollowedOnceAndByMembersAlone(t *testing.T) {
	t.Parallel()
	w, posts, nolwenn := searchable(t)
	query := community.Query{Text: " un vélo ", Commune: "Quimper"}

	if err := posts.Search.Follow(t.Context(), w.Visitor(), query); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor: %v", err)
	}
	var invalid *fault.Invalid
	if err := posts.Search.Follow(t.Context(), nolwenn, community.Query{Text: "de la"}); !errors.As(err, &invalid) {
		t.Errorf("no word: %v", err)
	}
	for range 2 {
		if err := posts.Search.Follow(t.Context(), nolwenn, query); err != nil {
			t.Fatal(err)
		}
	}
	mine, err := posts.Search.Following(t.Context(), w.Tenant.ID, nolwenn.Member)
	if err != nil || len(mine) != 1 || mine[0].Sought().Path() != "/chercher?lieu=Quimper&q=un+v%C3%A9lo" {
		t.Fatalf("followed %+v, %v", mine, err)
	}
	other := w.Member(t, "yann", actor.Member)
	if err := posts.Search.StopFollowing(t.Context(), w.Tenant.ID, other.Member, mine[0].ID, "page"); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	for n := range community.MostFollowed {
		err = posts.Search.Follow(t.Context(), nolwenn, community.Query{Text: fmt.Sprintf("chose %d", n)})
	}
	if !errors.As(err, &invalid) {
		t.Errorf("one too many: %v", err)
	}
	if err := posts.Search.StopFollowing(t.Context(), w.Tenant.ID, nolwenn.Member, 0, "one-click"); err != nil {
		t.Fatal(err)
	}
	if mine, err = posts.Search.Following(t.Context(), w.Tenant.ID, nolwenn.Member); err != nil || len(mine) != 0 {
		t.Errorf("after the end of all: %v, %v", mine, err)
	}
}

func TestAWordThatManyPiecesHaveIsLookedForAmongTheLast(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	posts.Search.Most = 4
	write := func(n int, title, commune string) {
		// Nobody writes so many in a day.
		author := w.Member(t, fmt.Sprintf("voisin%d", n), actor.Ambassador)
		w.Tip(t, author, title, func(draft *community.Draft) {
			draft.Commune, draft.Text = commune, "On voit le phare de loin, surtout à la tombée du jour."
		})
	}
	write(0, "Monter au phare avant tout le monde", "Penmarc'h")
	write(1, "Un banc pour le soir", "Douarnenez")
	for n := range 8 {
		write(2+n, fmt.Sprintf("Un sentier numéro %d", n), "Quimper")
	}
	answer := func(query community.Query) *community.Found {
		query.Text = "phare"
		found, err := posts.Search.Answer(t.Context(), w.Tenant.ID, query)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}

	if found := answer(community.Query{}); found.MoreThan != 4 || !found.Partly || found.Hits[0].Commune != "Penmarc'h" || len(found.Hits) != found.Total {
		t.Errorf("a common word: %+v", found)
	}
	// A filter is of all, also of those that were not looked at.
	if found := answer(community.Query{Commune: "Douarnenez"}); found.Total != 1 || found.MoreThan != 0 || found.Hits[0].Title != "Un banc pour le soir" {
		t.Errorf("narrowed to one: %+v", found)
	}
	if found := answer(community.Query{Commune: "Quimper"}); found.MoreThan != 4 || found.Counts[community.Tip] == 0 {
		t.Errorf("narrowed to many: %+v", found)
	}
	posts.Search.Most = 10
	if found := answer(community.Query{}); found.Total != 10 || found.MoreThan != 0 || found.Partly || found.Counts[community.Tip] != 10 {
		t.Errorf("as many as are looked at: %+v", found)
	}
}
