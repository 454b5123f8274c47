package community_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kumun/kumun/community"
)

func TestHostileTextIsShownHarmless(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `[x](javascript:alert(1))`, `[x](JaVaScRiPt:alert(1))`,
		`[x](data:text/html;base64,PHNjcmlwdD4=)`, `![x](https://tracker.example/p.gif)`, `<a href="javascript:alert(1)">x</a>`,
		`[x](https://example.org "onmouseover=alert(1)")`, `<svg/onload=alert(1)>`, `<iframe src="https://example.org"></iframe>`,
		"<style>*{display:none}</style>", `<p style="position:fixed">x</p>`, `<form action="https://example.org"><input></form>`,
		`<https://example.org/"onclick="alert(1)>`, `<javascript:alert(1)>`, "[x](vbscript:x)", `<base href="https://example.org">`,
		"&lt;script&gt;alert(1)&lt;/script&gt;", strings.Repeat("> ", 2000) + "x", strings.Repeat("[", 3000), strings.Repeat("*a", 3000),
	} {
		shown := strings.ToLower(community.HTML(community.Clean(written)))
		for _, harm := range []string{"<script", "javascript:", "<img", "<svg", "<iframe", "<style", "style=", "<form", "<input", " on", "data:", "vbscript:", "<base"} {
			if strings.Contains(strings.ReplaceAll(shown, "&#34;", ""), harm) && strings.Contains(tagsOf(shown), harm) {
				t.Errorf("%.60q shows %.200q", written, shown)
			}
		}
	}
}

// tagsOf is what stands inside the tags of a page.
func tagsOf(shown string) string {
	var tags strings.Builder
	for _, part := range strings.Split(shown, "<")[1:] {
		tag, _, _ := strings.Cut(part, ">")
		tags.WriteString("<" + tag + ">")
	}
	return tags.String()
}

func TestMarkdownKeepsWhatPeopleNeed(t *testing.T) {
	t.Parallel()
	shown := community.HTML("# Titre\n\nUn *mot*, un **autre**.\n\n- un\n- deux\n\nhttps://example.org/a?b=c et [ici](/groupes).")

	for _, want := range []string{"<h2>Titre</h2>", "<em>mot</em>", "<strong>autre</strong>", "<li>un</li>",
		`<a href="https://example.org/a?b=c" rel="nofollow ugc noopener">`, `<a href="/groupes" rel="nofollow ugc noopener">`} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %s in %s", want, shown)
		}
	}
}

func TestCleanTakesAwayWhatNobodySees(t *testing.T) {
	t.Parallel()
	zalgo := "z" + strings.Repeat("\u0351\u0300\u0489", 40)
	for written, want := range map[string]string{
		"abc\u202egpj.exe":          "abcgpj.exe",
		"a\u200bb\ufeffc\u2066d":    "abcd",
		"a\x00b\x07c":               "abc",
		"e\u0301te\u0301":           "été",
		"un\r\ndeux\rtrois":         "un\ndeux\ntrois",
		"\xff\xfeabc":               "abc",
		"👩‍🌾 à vélo":                "👩‍🌾 à vélo",
		"\u3164\u3164":              "",
		"a\u2028b":                  "ab",
		"\U000e0041\U000e0042texte": "texte",
	} {
		if got := community.Clean(written); got != want {
			t.Errorf("%q became %q, want %q", written, got, want)
		}
	}
	if got := utf8.RuneCountInString(community.Clean(zalgo)); got > 4 {
		t.Errorf("%d signs of a tower of marks stay", got)
	}
	if got := community.Line(" un\n\ttitre  sur\u00a0une ligne "); got != "un titre sur une ligne" {
		t.Errorf("line %q", got)
	}
}

func FuzzWhatPeopleWrite(f *testing.F) {
	f.Add("# Titre\n\n- [x](javascript:alert(1)) <b>gras</b> \u202e")
	f.Fuzz(func(t *testing.T, written string) {
		clean := community.Clean(written)
		if clean != community.Clean(clean) {
			t.Errorf("%q is cleaned twice differently", written)
		}
		if tags := tagsOf(community.HTML(clean)); strings.Contains(tags, "script") && !strings.Contains(tags, "href") || strings.Contains(tags, " on") {
			t.Errorf("%q shows %q", written, tags)
		}
		_ = community.Plain(clean)
	})
}

func TestLinksOfATextAreFoundOnce(t *testing.T) {
	text := "Voir https://exemple.bzh/marees?a=1&b=2, [là](https://exemple.bzh/meteo \"météo\") et www.exemple.bzh. Encore : <https://exemple.bzh/meteo>. Pas `https://code.bzh` ni mailto:anna@example.org."
	want := []string{"https://exemple.bzh/marees?a=1&b=2", "https://exemple.bzh/meteo", "http://www.exemple.bzh"}
	if got := community.Links(text); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
