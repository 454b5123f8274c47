package community_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/world"
)

// library is what the searches below look through.
var library = []struct{ title, place, text string }{
	{"La galette du mardi, derrière les halles", "Quimper", "Quatre euros la complète. Et le lundi, va plutôt à la crêperie d'en face, celle au rideau rouge."},
	{"Le bain de sept heures, même en novembre", "Tréboul", "L'eau est à treize degrés. On descend la cale, on nage entre les bouées, on boit un café."},
	{"Huit randonnées d'une heure avec des enfants", "Locronan", "Des chemins creux, un étang, des châtaignes, et de quoi goûter à l'abri."},
	{"Les œufs du samedi, sortis du poulailler", "Plomelin", "Une douzaine, coquilles bleues comprises. Il faut venir avant dix heures."},
	{"Pêcher à pied sous le phare d'Eckmühl", "Penmarc'h", "À marée basse, coefficient quatre-vingt-dix, des bigorneaux gros comme le pouce."},
	{"Apprendre à danser au fest-noz des débutants", "Pont-l'Abbé", "On t'apprend l'an-dro et la gavotte. Des chaussures plates, et c'est parti."},
	{"Réparer son vélo avant la pluie", "Locmaria", "Un atelier, des outils, trois bénévoles qui savent et un radiateur."},
	{"Où acheter un ciré qui dure vingt ans", "Concarneau", "Les marins disent tous la même adresse, près de la criée."},
	{"La bibliothèque ouverte le dimanche", "Fouesnant", "Des journaux, un fauteuil rouge, et des bateaux en bouteille."},
	{"Les chevaux de trait du Porzay au travail", "Plonévez", "Le matin, on débarde. L'après-midi, ils mangent et tu regardes."},
}

func searchable(t *testing.T) (*world.World, *community.Service, actor.Actor) {
	w := world.New(t)
	nolwenn := w.Member(t, "nolwenn", actor.Ambassador)
	for _, piece := range library {
		w.Tip(t, nolwenn, piece.title, func(draft *community.Draft) {
			draft.Place, draft.Commune, draft.Text = "", piece.place, piece.text
		})
	}
	return w, w.Posts(t), nolwenn
}

func TestSearchForgivesAccentsPluralsElisionsAndOneTypo(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)

	for query, want := range map[string]string{
		"crêperie":           "La galette du mardi",
		"creperie":           "La galette du mardi",
		"crêperies":          "La galette du mardi",
		"crepprie":           "La galette du mardi",
		"crepri lundi":       "La galette du mardi",
		"qimper":             "La galette du mardi",
		"quinper":            "La galette du mardi",
		"randonnee":          "Huit randonnées",
		"randonées":          "Huit randonnées",
		"oeufs":              "Les œufs du samedi",
		"œuf":                "Les œufs du samedi",
		"l'œuf":              "Les œufs du samedi",
		"phare d’Eckmuhl":    "Pêcher à pied",
		"peche a pied":       "Pêcher à pied",
		"bigorneau":          "Pêcher à pied",
		"fest noz":           "Apprendre à danser",
		"velos":              "Réparer son vélo",
		"vléo":               "Réparer son vélo",
		"bibliotheque":       "La bibliothèque ouverte",
		"bateau":             "La bibliothèque ouverte",
		"journal":            "La bibliothèque ouverte",
		"cheval":             "Les chevaux de trait",
		"CIRÉS":              "Où acheter un ciré",
		"Tréboul bain":       "Le bain de sept heures",
		"qu'est-ce que nage": "Le bain de sept heures",
	} {
		found, err := posts.Search.Find(t.Context(), w.Tenant.ID, query, "", 1)
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		if len(found.Hits) == 0 || !strings.HasPrefix(found.Hits[0].Title, want) {
			t.Errorf("%q found %v, want %q first", query, titles(found), want)
		}
		elsewhere, err := posts.Search.Find(t.Context(), w.Neighbour.ID, query, "", 1)
		if err != nil || elsewhere.Total != 0 || elsewhere.Understood != "" {
			t.Errorf("%q in the neighbour's community: %v, understood %q, %v", query, titles(elsewhere), elsewhere.Understood, err)
		}
	}
}

func titles(found *community.Found) []string {
	var titles []string
	for _, hit := range found.Hits {
		titles = append(titles, hit.Title)
	}
	return titles
}

func TestSearchSaysWhatItUnderstoodAndMarksWhatMatched(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)

	found, err := posts.Search.Find(t.Context(), w.Tenant.ID, "une crepri le lundi", "", 1)

	if err != nil {
		t.Fatal(err)
	}
	if found.Understood != "une crêperie le lundi" {
		t.Errorf("understood %q", found.Understood)
	}
	var marked []string
	for _, segment := range found.Hits[0].Snippet {
		if segment.Marked {
			marked = append(marked, segment.Text)
		}
	}
	if got := strings.Join(marked, "|"); got != "lundi|crêperie" {
		t.Errorf("marked %q", got)
	}
}

func TestSearchRanksTitlesAbovePlacesAboveTexts(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	nolwenn := w.Member(t, "nolwenn", actor.Ambassador)
	with := func(place, text string) func(*community.Draft) {
		return func(draft *community.Draft) { draft.Place, draft.Commune, draft.Text = "", place, text }
	}
	w.Tip(t, nolwenn, "La plage aux oiseaux du matin", with("Plovan", "Une heure de marche dans les dunes, sans un bruit."))
	w.Tip(t, nolwenn, "Manger des frites en regardant", with("Plage du Ris", "Le camion vient du jeudi au dimanche, dès midi."))
	w.Tip(t, nolwenn, "Apprendre le surf sans tomber trop", with("La Torche", "La plage est grande, les vagues sont petites."))

	found, err := w.Posts(t).Search.Find(t.Context(), w.Tenant.ID, "plages", "", 1)

	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(titles(found), "|")
	if got != "La plage aux oiseaux du matin|Manger des frites en regardant|Apprendre le surf sans tomber trop" {
		t.Errorf("order %s", got)
	}
}

func TestSearchFindsNoneOfWhatIsHiddenOrDeleted(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	nolwenn := w.Member(t, "nolwenn", actor.Ambassador)
	hidden := w.Tip(t, nolwenn, "Le chapeau de paille égaré")
	deleted := w.Tip(t, nolwenn, "Le chapeau de feutre perdu")

	w.Decide(t, posts, w.Tenant.ID, "post", hidden.ID, community.Hidden)
	if err := posts.Delete(t.Context(), nolwenn, deleted.ID); err != nil {
		t.Fatal(err)
	}
	found, err := posts.Search.Find(t.Context(), w.Tenant.ID, "chapeau", "", 1)

	if err != nil || found.Total != 0 {
		t.Errorf("found %v, %v", titles(found), err)
	}
	w.Decide(t, posts, w.Tenant.ID, "post", hidden.ID, community.Published)
	if found, err = posts.Search.Find(t.Context(), w.Tenant.ID, "chapeau", "", 1); err != nil || found.Total != 1 {
		t.Errorf("after it was shown again: %v, %v", titles(found), err)
	}
}

func TestSearchCountsByKindAndPagesExplicitly(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	for n := range 2 {
		author := w.Member(t, fmt.Sprintf("voisin%d", n), actor.Ambassador)
		for k := range 9 {
			w.Tip(t, author, fmt.Sprintf("Un sentier numéro %d de %d", k, n))
		}
		w.Offer(t, author, fmt.Sprintf("Un sentier à donner, série %d", n))
	}

	first, err := posts.Search.Find(t.Context(), w.Tenant.ID, "sentiers", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	second, err := posts.Search.Find(t.Context(), w.Tenant.ID, "sentiers", "", 2)
	if err != nil {
		t.Fatal(err)
	}
	offers, err := posts.Search.Find(t.Context(), w.Tenant.ID, "sentiers", community.Offer, 99)
	if err != nil {
		t.Fatal(err)
	}

	if first.Total != 20 || first.Pages != 2 || first.Counts[community.Tip] != 18 || first.Counts[community.Offer] != 2 {
		t.Errorf("%d in %d pages, %v", first.Total, first.Pages, first.Counts)
	}
	seen := map[string]bool{}
	for _, title := range append(titles(first), titles(second)...) {
		seen[title] = true
	}
	if len(seen) != 20 {
		t.Errorf("the two pages show %d pieces", len(seen))
	}
	if len(offers.Hits) != 2 || offers.Page != 1 {
		t.Errorf("%d offers on page %d", len(offers.Hits), offers.Page)
	}
}

func TestNoQueryIsAnError(t *testing.T) {
	t.Parallel()
	w, posts, _ := searchable(t)

	for _, query := range []string{
		"", " ", "'", `"`, `" OR "1"="1`, "a AND b", "NEAR(a b)", "l'", "a-b", "* ^ :", "'; DROP TABLE posts; --", "\\", "%", "_%_",
		"title:plage", "plage & !bain | (", "?tenant", "?0 ?1", "\x00\x01", "\xff\xfe", "\u202eabc", "🙂🙂", "日本語 テスト",
		strings.Repeat("crêperie ", 400), strings.Repeat("a", 5000), strings.Repeat("e\u0301", 500), "de la du", "<script>",
	} {
		if _, err := posts.Search.Find(t.Context(), w.Tenant.ID, query, "", -3); err != nil {
			t.Errorf("%.40q: %v", query, err)
		}
	}
}
