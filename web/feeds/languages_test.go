package feeds_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
)

func TestTheSitemapNamesAPageInEachOfItsLanguages(t *testing.T) {
	s := open(t)
	tip, other := s.Tip(t, s.nol, "Le bain de sept heures"), s.Tip(t, s.nol, "Le banc au soleil")
	err := s.Posts(t).Translate(t.Context(), s.nol, tip.ID, community.Rewording{Language: "en", Rendering: community.Translated, Title: "The seven o'clock swim",
		Text: "We walk down the slip every morning."})
	if err != nil {
		t.Fatal(err)
	}
	part := "/sitemap/" + tip.ID.String() + ".xml"
	if page := s.get(part).Body.String(); strings.Contains(page, "/en/") {
		t.Errorf("a community of one language names another: %s", page)
	}

	s.tenant.Settings.Languages = tenants.Languages
	english := base + "/en/bons-plans/" + tip.ID.String() + "-the-seven-o-clock-swim"
	page := s.get(part).Body.String()
	for _, want := range []string{"<loc>" + english + "</loc>", `<xhtml:link rel="alternate" hreflang="en" href="` + english + `">`,
		`hreflang="x-default" href="` + base + tip.Path() + `"`, "<loc>" + base + other.Path() + "</loc>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if strings.Contains(page, base+"/en"+other.Path()) {
		t.Error("a piece is named in a language that it is not in")
	}
	fixed := s.get("/sitemap/pages.xml").Body.String()
	for _, want := range []string{"<loc>" + base + "/en/</loc>", "<loc>" + base + "/br</loc>", `hreflang="br"`, "<loc>" + base + "/en/agenda</loc>"} {
		if !strings.Contains(fixed, want) {
			t.Errorf("no %s in %s", want, fixed)
		}
	}
}

func TestAFeedSaysWhichLanguageEachPieceIsIn(t *testing.T) {
	s := open(t)
	s.Tip(t, s.nol, "Le bain de sept heures")
	s.tenant.Settings.Languages = tenants.Languages
	answer := s.get("/bons-plans.atom")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `<entry xml:lang="fr">`) || words.Names["fr"] == "" {
		t.Errorf("the feed reads %s", answer.Body)
	}
}
