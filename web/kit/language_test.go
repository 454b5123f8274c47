package kit_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/web/kit"
)

// bilingual has a page with links to what is the same in every language and to
// what is not.
func bilingual() *stand {
	s := open()
	s.tenant.Settings.Languages, s.tenant.Settings.Indexed = []string{"fr", "en", "br"}, true
	s.routes.Get("/page", kit.Anyone, func(r *kit.Request) error {
		s.made++
		return r.Page(kit.Page{Title: r.Words.T("kit.search"), Body: templ.Raw(`<a href="/autre">` + r.Words.T("kit.search") + `</a>` +
			`<img src="/images/1"/><a href="/images/1">i</a><a href="//ailleurs">x</a><form method="post" action="/form"></form>`)})
	})
	s.routes.Post("/form", kit.Anyone, func(r *kit.Request) error { return r.SeeOther("/page", "") })
	return s
}

func (s *stand) ask(method, path string) *httptest.ResponseRecorder {
	request, moved := kit.Spoken(httptest.NewRequest(method, "http://banc.test"+path, nil), s.tenant)
	answer := httptest.NewRecorder()
	if moved != "" {
		http.Redirect(answer, request, moved, http.StatusMovedPermanently)
		return answer
	}
	if _, known := s.cache.Serve(answer, request, s.tenant.ID); known {
		return answer
	}
	s.routes.ServeHTTP(answer, kit.WithTenant(s.cache.Stamped(request, s.tenant.ID), s.tenant))
	return answer
}

func TestTheAddressSaysTheLanguage(t *testing.T) {
	s := bilingual()
	english := s.ask(http.MethodGet, "/en/page")
	for _, want := range []string{`<html lang="en">`, `<a href="/en/autre">Search</a>`, `<a href="/images/1">`, `href="//ailleurs"`, `action="/en/form"`,
		`<link rel="alternate" hreflang="en" href="http://banc.test/en/page">`, `<link rel="alternate" hreflang="fr" href="http://banc.test/page">`,
		`<link rel="alternate" hreflang="x-default" href="http://banc.test/page">`, `<link rel="canonical" href="http://banc.test/en/page">`,
		`<a href="http://banc.test/page" lang="fr" hreflang="fr">Français</a>`} {
		if !strings.Contains(english.Body.String(), want) {
			t.Errorf("no %s in %s", want, english.Body)
		}
	}
	if got := english.Header().Get("Content-Language"); got != "en" {
		t.Errorf("Content-Language is %q", got)
	}
	if got := s.ask(http.MethodPost, "/en/form").Header().Get("Location"); got != "/en/page" {
		t.Errorf("a form leads to %q", got)
	}
	if got := s.ask(http.MethodGet, "/fr/page?a=1").Header().Get("Location"); got != "/page?a=1" {
		t.Errorf("the community's own language leads to %q", got)
	}
	for _, path := range []string{"/de/page", "/br/page", "/en/fr/page"} {
		if got := s.ask(http.MethodGet, path).Code; got != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, got)
		}
	}
}

func TestAKeptPageIsOfOneLanguage(t *testing.T) {
	s := bilingual()
	for range 2 {
		for path, want := range map[string]string{"/page": ">Chercher</a>", "/en/page": ">Search</a>"} {
			if page := s.ask(http.MethodGet, path).Body.String(); !strings.Contains(page, want) {
				t.Errorf("%s lacks %s: %s", path, want, page)
			}
		}
	}
	if s.made != 2 {
		t.Errorf("made %d times for two languages", s.made)
	}
}

func TestAMembersProfileSpeaksWhereTheAddressDoesNot(t *testing.T) {
	s := bilingual()
	s.signIn("Anna", "en")
	for path, want := range map[string]string{"/page": `<html lang="en">`, "/en/page": `<html lang="en">`} {
		if page := s.ask(http.MethodGet, path).Body.String(); !strings.Contains(page, want) || !strings.Contains(page, `<button type="submit" name="langue" value="fr" lang="fr">`) {
			t.Errorf("%s lacks %s: %s", path, want, page)
		}
	}
	s.signIn("Anna", "fr")
	if page := s.ask(http.MethodGet, "/en/page").Body.String(); !strings.Contains(page, `<html lang="en">`) {
		t.Error("the address gives way to the profile")
	}
}

func TestACommunityOfOneLanguageHasNoSwitch(t *testing.T) {
	s := bilingual()
	s.tenant.Settings.Languages = []string{"fr"}
	if page := s.ask(http.MethodGet, "/page").Body.String(); strings.Contains(page, "hreflang") || strings.Contains(page, "tongues") {
		t.Errorf("a switch without a choice: %s", page)
	}
	if got := s.ask(http.MethodGet, "/en/page").Code; got != http.StatusNotFound {
		t.Errorf("a language that is not spoken is answered with %d", got)
	}
}
