package words_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/words"
)

func TestFrenchTypography(t *testing.T) {
	for plain, want := range map[string]string{
		"Presque ! Deux choses à revoir.": "Presque\u202f! Deux choses à revoir.",
		"On a compris « crêperie ».":      "On a compris «\u202fcrêperie\u202f».",
		"L'eau : 13 degrés":               "L’eau\u00a0: 13 degrés",
		"à 17 h 40, 4 €":                  "à 17\u202fh\u202f40, 4\u202f€",
		"1 200 membres":                   "1\u202f200 membres",
		"https://example.org/?a=b":        "https://example.org/?a=b",
		"rien à changer":                  "rien à changer",
	} {
		if got := words.French(plain); got != want {
			t.Errorf("French(%q) = %q, want %q", plain, got, want)
		}
		if twice := words.French(words.French(plain)); twice != want {
			t.Errorf("French twice (%q) = %q, want %q", plain, twice, want)
		}
	}
}

func TestEachLanguageIsSetAsItIsPrinted(t *testing.T) {
	for _, one := range []struct{ language, plain, want string }{
		{"en", `He said "yes" ("it's 'fine'").`, "He said “yes” (“it’s ‘fine’”)."},
		{"en", "Really? Yes: 5 km!", "Really? Yes: 5 km!"},
		{"fr", "Vraiment ?", "Vraiment\u202f?"},
		{"br", "Gwir c'hoazh ?", "Gwir c’hoazh\u202f?"},
		{"de", `"Ach" !`, `"Ach" !`},
	} {
		if got := words.Typeset(one.language, one.plain); got != one.want {
			t.Errorf("%s: %q is set as %q, want %q", one.language, one.plain, got, one.want)
		}
	}
	if got, want := words.TypesetHTML("en", `<p>"<em>Yes</em>", he said. <a href="/x?a='b'">it's</a></p>`), `<p>“<em>Yes</em>”, he said. <a href="/x?a='b'">it’s</a></p>`; got != want {
		t.Errorf("set as %s, want %s", got, want)
	}
}

func TestEnglishDatesAndMoney(t *testing.T) {
	w := words.For("en", "tu", time.UTC)
	day := time.Date(2026, 11, 24, 14, 5, 0, 0, time.UTC)
	for got, want := range map[string]string{w.Day(day, day): "Tuesday 24 November", w.Date(day): "24 November 2026", w.Clock(day): "14:05",
		w.Money(1900, "EUR"): "€19", w.Money(1950, "EUR"): "€19.50", w.Number(1200): "1,200", w.Ago(day, day.Add(-25*time.Hour)): "yesterday",
		w.N("community.replies", 1): "1 reply", w.N("community.replies", 0): "0 replies"} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDatesAreToldAsPeopleTellThem(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	w := words.For("fr", "tu", paris)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, paris)
	for want, then := range map[string]time.Time{
		"à l’instant":         now.Add(-10 * time.Second),
		"il y a 5\u202fmin":   now.Add(-5 * time.Minute),
		"il y a 2\u202fh":     now.Add(-2 * time.Hour),
		"hier":                now.Add(-20 * time.Hour),
		"dimanche":            now.AddDate(0, 0, -2),
		"le 3 novembre":       time.Date(2026, 11, 3, 9, 0, 0, 0, paris),
		"le 1er novembre":     time.Date(2026, 11, 1, 9, 0, 0, 0, paris),
		"le 24 décembre 2025": time.Date(2025, 12, 24, 9, 0, 0, 0, paris),
	} {
		if got := w.Ago(now, then); got != want {
			t.Errorf("Ago(%s) = %q, want %q", then, got, want)
		}
	}
	first := time.Date(2026, 12, 1, 9, 0, 0, 0, paris)
	for got, want := range map[string]string{w.Day(now, first): "mardi 1er décembre", w.Date(first): "1er décembre 2026",
		w.Week(first, first.AddDate(0, 0, 6)): "du 1er au 7 décembre", w.Week(first.AddDate(0, 0, -6), first): "du 25 novembre au 1er décembre"} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := w.Money(1900, "EUR"); got != "19 €" && got != "19\u00a0€" && got != "19\u202f€" {
		t.Errorf("Money = %q", got)
	}
}

func TestEveryKeyIsSaidInEveryLanguage(t *testing.T) {
	french := words.Keys("fr")
	for _, language := range words.Languages {
		keys := words.Keys(language)
		for _, key := range french {
			if !slices.Contains(keys, key) {
				t.Errorf("%s does not say %s", language, key)
			}
		}
		for _, key := range keys {
			if !slices.Contains(french, key) {
				t.Errorf("French does not say %s, %s does", key, language)
			}
		}
	}
}

// In French nothing takes the form of one.
func TestNoneIsNotSaidToBeOne(t *testing.T) {
	french := words.For("fr", "tu", nil)
	for _, key := range words.Keys("fr") {
		if said := french.N(key, 0); strings.Contains(said, "1") && said == french.N(key, 1) && said != french.N(key, 2) {
			t.Errorf("%s says of none: %s", key, said)
		}
	}
}

// informal finds a reader addressed as "tu": by its pronouns, or by one of our
// imperatives where a sentence or a clause begins.
var informal = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:(?:tu|te|toi|ton|ta|tes|tien|tiens|tienne|tiennes)(?:$|[^\pL])|t['’]\pL)` +
	`|(?i:^|[.?!:;,…]\s+|\bet |\bpuis )(?:ajoute|appelle|change|choisis|coche|commence|corrige|déconnecte|décris|demande|dis|donne|écris|` +
	`emporte|essaie|fais|ferme|garde|joue|laisse|modifie|passe|présente|profite|raconte|recharge|recopie|récris|redis|regarde|` +
	`rejoins|relis|renvoie|réessaie|reviens|signale|souffle|suis|supprime|trouve|vérifie)(?:$|[^\pL])`)

// bareHost tells the keys said only where no community speaks: to visitors of
// the bare host and to the operator's staff, who always read "tu".
func bareHost(key string) bool {
	return strings.HasPrefix(key, "operator.") || strings.HasPrefix(key, "letters.staff.") || key == "error.colour"
}

func TestVousIsSaidWhereverTuIs(t *testing.T) {
	informally, formally := messages(t, "fr"), messages(t, "fr-vous")

	for key, forms := range informally {
		said := strings.Join(slices.Collect(maps.Values(forms)), "\n")
		if word := informal.FindString(said); word != "" && formally[key] == nil && !bareHost(key) {
			t.Errorf("%s says %q and has no words for who says vous", key, word)
		}
	}
	for key, forms := range formally {
		if bareHost(key) {
			t.Errorf("%s is never read as vous", key)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(forms)), slices.Sorted(maps.Keys(informally[key]))) {
			t.Errorf("%s has other forms than in fr", key)
		}
		for form, text := range forms {
			if word := informal.FindString(text); word != "" {
				t.Errorf("%s (%s) says %q: %s", key, form, word, text)
			}
			if text == informally[key][form] {
				t.Errorf("%s (%s) repeats fr", key, form)
			}
			if got, want := arguments(text), arguments(informally[key][form]); !slices.Equal(got, want) {
				t.Errorf("%s (%s) takes %v, fr takes %v", key, form, got, want)
			}
		}
	}
}

func TestACommunityReadsItsOwnAddress(t *testing.T) {
	for address, want := range map[string]string{"tu": "Tes données", "vous": "Vos données", "": "Tes données"} {
		if got := words.For("fr", address, nil).T("kit.footer.data"); got != want {
			t.Errorf("%q reads %q, want %q", address, got, want)
		}
	}
	vous := words.For("fr", "vous", nil)
	if got := vous.N("billing.partner.count", 3); got != "Vos 3 fiches sont ici." {
		t.Errorf("plural: %q", got)
	}
	if got := vous.T("kit.skip"); got != "Aller au contenu" {
		t.Errorf("without address: %q", got)
	}
	if got, want := words.For("en", "vous", nil).T("kit.footer.data"), words.For("en", "tu", nil).T("kit.footer.data"); got != want {
		t.Errorf("English knows no vous: %q, want %q", got, want)
	}
}

// messages reads a catalogue as it is written: by key, then by plural form.
func messages(t *testing.T, catalogue string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("catalogue/" + catalogue + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue %s: %v", catalogue, err)
	}
	all := map[string]map[string]string{}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(content, &raw); err != nil {
			t.Fatal(name, err)
		}
		for key, message := range raw {
			var plain string
			if json.Unmarshal(message, &plain) == nil {
				all[key] = map[string]string{"other": plain}
				continue
			}
			forms := map[string]string{}
			if err := json.Unmarshal(message, &forms); err != nil {
				t.Fatal(name, key, err)
			}
			all[key] = forms
		}
	}
	return all
}

// A neighbour speaks, not an office.
func TestTheHouseSpeaksPlainly(t *testing.T) {
	office := regexp.MustCompile(`(?i)\b(usagers?|dispositifs?|mettre en œuvre|mise en œuvre|administrés?|bénéficiaires?|modalités?|dans le cadre d|il convient|susvisée?|ledit|ladite|afin de|veuillez|acteurs? du territoire)`)
	for _, catalogue := range []string{"fr", "fr-vous"} {
		for key, forms := range messages(t, catalogue) {
			for _, said := range forms {
				if found := office.FindString(said); found != "" {
					t.Errorf("%s %s says %q", catalogue, key, found)
				}
			}
		}
	}
}

var (
	argument   = regexp.MustCompile(`{{[^}]*}}`)
	wellFormed = regexp.MustCompile(`^{{\.\w+}}$`)
)

func arguments(text string) []string {
	found := argument.FindAllString(text, -1)
	for _, one := range found {
		if !wellFormed.MatchString(one) {
			panic("the catalogues know names alone, not " + one)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
