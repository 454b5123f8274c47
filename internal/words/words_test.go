package words_test

import (
	"slices"
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
		"le 24 décembre 2025": time.Date(2025, 12, 24, 9, 0, 0, 0, paris),
	} {
		if got := w.Ago(now, then); got != want {
			t.Errorf("Ago(%s) = %q, want %q", then, got, want)
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
