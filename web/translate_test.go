package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// speak gives the community its languages.
func (s *site) speak(t *testing.T) {
	t.Helper()
	if err := s.Tenants.SetLanguages(t.Context(), s.Tenant.ID, "fr", tenants.Languages); err != nil {
		t.Fatal(err)
	}
	s.Tenant.Settings.Languages = tenants.Languages
}

// at opens an address as the front door does, language and all.
func (s *site) at(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	request, moved := kit.Spoken(request(http.MethodGet, path, nil), s.Tenant)
	if moved != "" {
		t.Fatalf("%s moved to %s", path, moved)
	}
	return s.send(s.Tenant, request)
}

var swim = url.Values{"title": {"The seven o'clock swim"}, "text": {"We walk down the slip every morning, \"as usual\"."}, "rendering": {"translated"}}

func TestAPieceOnlyInFrenchSaysSo(t *testing.T) {
	s := openPosts(t)
	s.speak(t)
	tip := s.Tip(t, s.Member(t, "nolwenn", actor.Ambassador), "Le bain de sept heures")

	page := s.at(t, "/en"+tip.Path())
	has(t, page, http.StatusOK, `<html lang="en">`, `<h1 lang="fr">Le bain de sept heures</h1>`, "Written in French", `<div class="prose" lang="fr">`,
		`<link rel="canonical" href="http://cornouaille.kumun.test`+tip.Path()+`"`)
	hasNot(t, page, "hreflang=\"x-default\"")
	has(t, s.at(t, "/en/bons-plans"), http.StatusOK, `<h3 lang="fr"><a href="/en`+tip.Path()+`">`, "· in French")
	hasNot(t, s.at(t, tip.Path()), `<h1 lang=`)
}

func TestAnEditorTranslatesBesideTheOriginal(t *testing.T) {
	s := openPosts(t)
	s.speak(t)
	tip := s.Tip(t, s.Member(t, "nolwenn", actor.Ambassador), "Le bain de sept heures")
	maelle := s.Member(t, "maelle", actor.Editor)
	s.who = maelle
	form := "/publications/" + tip.ID.String() + "/traduire/en"

	has(t, s.get(tip.Path()), http.StatusOK, form)
	has(t, s.get(form), http.StatusOK, `value="Le bain de sept heures"`, `<h3 class="title-s">Le bain de sept heures</h3>`)
	answer := s.post(form, url.Values{"title": {"The swim of seven"}, "text": {"Short"}, "rendering": {"translated"}})
	if answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("a short text is answered with %d", answer.Code)
	}
	has(t, answer, http.StatusUnprocessableEntity, `value="The swim of seven"`, "text-oops")
	if answer = s.post(form, swim); answer.Code != http.StatusSeeOther {
		t.Fatalf("answered with %d: %s", answer.Code, answer.Body)
	}
	s.who = s.Visitor()

	english := "/bons-plans/" + tip.ID.String() + "-the-seven-o-clock-swim"
	page := s.at(t, "/en"+english)
	has(t, page, http.StatusOK, "<h1>The seven o’clock swim</h1>", "“as usual”", "Translated from French by Maelle", english+"?version=fr",
		`<link rel="canonical" href="http://cornouaille.kumun.test/en`+english+`"`,
		`<link rel="alternate" hreflang="fr" href="http://cornouaille.kumun.test`+tip.Path()+`"`,
		`<link rel="alternate" hreflang="x-default" href="http://cornouaille.kumun.test`+tip.Path()+`"`)
	has(t, s.at(t, "/en"+english+"?version=fr"), http.StatusOK, `<h1 lang="fr">Le bain de sept heures</h1>`, "Written in French", "read the translation")
	hasNot(t, s.at(t, "/bons-plans"), "seven")
	has(t, s.at(t, "/en/bons-plans"), http.StatusOK, "<h3><a href=\"/en"+english+`">The seven o’clock swim</a></h3>`)
}

func TestATranslationSaysThatItsOriginalHasChanged(t *testing.T) {
	s := openPosts(t)
	s.speak(t)
	nolwenn := s.Member(t, "nolwenn", actor.Ambassador)
	tip := s.Tip(t, nolwenn, "Le bain de sept heures")
	s.who = nolwenn
	edit := "/publications/" + tip.ID.String()
	s.post(edit+"/traduire/en", swim)
	s.post(edit+"/modifier", url.Values{"title": {"Le bain de huit heures"}, "text": {"Tous les matins, on descend la cale à huit heures."}, "language": {"fr"}})

	has(t, s.at(t, "/en"+tip.Path()), http.StatusOK, "The original has changed since.", "/en"+edit+"/traduire/en")
	s.who = s.Visitor()
	page := s.at(t, "/en"+tip.Path())
	has(t, page, http.StatusOK, "The original has changed since.")
	hasNot(t, page, "/traduire/")
}

func TestATranslationWithoutAnOriginalIsRefusedAndNothingIsLost(t *testing.T) {
	s := openPosts(t)
	s.speak(t)
	nolwenn := s.Member(t, "nolwenn", actor.Ambassador)
	tip := s.Tip(t, nolwenn, "Le bain de sept heures")
	s.who = nolwenn
	if err := s.Posts(t).Delete(t.Context(), nolwenn, tip.ID); err != nil {
		t.Fatal(err)
	}

	answer := s.post("/publications/"+tip.ID.String()+"/traduire/en", swim)
	if answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("answered with %d", answer.Code)
	}
	has(t, answer, http.StatusUnprocessableEntity, "L’original n’est plus là", "We walk down the slip every morning")
	for _, path := range []string{"/publications/" + tip.ID.String() + "/traduire/de", "/publications/zzz/traduire/en"} {
		if answer := s.post(path, swim); answer.Code != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, answer.Code)
		}
	}
}

func TestAPieceIsWrittenInTheLanguageThatItsAuthorChose(t *testing.T) {
	s := openPosts(t)
	s.speak(t)
	s.who = s.Member(t, "claire", actor.Ambassador)
	has(t, s.at(t, "/en/ecrire/bon-plan"), http.StatusOK, `<option value="en" selected`)
	answer := s.post("/ecrire/bon-plan", url.Values{"title": {"A bench in the sun"}, "text": {"Every day at noon, on the quay, out of the wind."}, "language": {"en"}, "synthesis": {"yes"}})
	path, _, _ := strings.Cut(answer.Header().Get("Location"), "?")
	s.who = s.Visitor()

	has(t, s.at(t, path), http.StatusOK, `<h1 lang="en">A bench in the sun</h1>`, "Synthèse en anglais", `<link rel="canonical" href="http://cornouaille.kumun.test/en`+path)
	has(t, s.at(t, "/en"+path), http.StatusOK, "<h1>A bench in the sun</h1>", "A summary in English")
	s.who = s.Member(t, "samuel", actor.Ambassador)
	if answer := s.post("/ecrire/bon-plan", url.Values{"title": {"Eine Bank in der Sonne"}, "text": {"Jeden Tag am Mittag auf dem Kai, ohne Wind."}, "language": {"de"}}); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("a language that is not spoken here is answered with %d", answer.Code)
	}
}
