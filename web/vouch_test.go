package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
)

func TestANeighbourSaysTheyWereThere(t *testing.T) {
	s := openPosts(t)
	anna, ben, cleo := s.Member(t, "anna", actor.Ambassador), s.Member(t, "ben"), s.Member(t, "cleo", actor.Ambassador)
	tip := s.Tip(t, anna, "Le bain de sept heures")
	there := "/publications/" + tip.ID.String() + "/jy-etais"
	s.who = ben
	has(t, s.get(tip.Path()), http.StatusOK, "y étais", `action="`+there)
	has(t, s.post(there, url.Values{"month": {"2024-01"}, "vouch": {"L'eau était froide"}}), http.StatusUnprocessableEntity, "deux dernières années", "était froide")
	s.post(there, url.Values{"month": {"2026-11"}, "vouch": {"Il y a <b>du thé</b>"}})
	s.who = cleo
	s.post(there, url.Values{"month": {"2025-10"}})

	s.who = s.Visitor()
	page := s.get(tip.Path())
	has(t, page, http.StatusOK, "Ben", "y était en novembre", "du thé&lt;/b&gt;", "y était en octobre 2025", "il y a plus d")
	if body := page.Body.String(); strings.Index(body, "octobre 2025") > strings.Index(body, "y était en novembre") {
		t.Error("the ambassador does not come first")
	}
	has(t, s.get("/bons-plans"), http.StatusOK, "2 voisins y étaient")

	s.who = anna
	hasNot(t, s.get(tip.Path()), "y étais")
	has(t, s.post(there, url.Values{"month": {"2026-11"}}), http.StatusForbidden)
	s.who = ben
	s.post(there, url.Values{"retirer": {ben.Member.String()}})
	hasNot(t, s.get(tip.Path()), "y était en novembre")
	has(t, s.post(there, url.Values{"retirer": {cleo.Member.String()}}), http.StatusNotFound)
}

func TestATipSaysWhenItHolds(t *testing.T) {
	s := openPosts(t)
	anna := s.Member(t, "anna", actor.Ambassador)
	tip := s.Tip(t, anna, "Les coques derrière la jetée", func(draft *community.Draft) { draft.Months, draft.LowTide = []int{4, 5, 6}, true })
	has(t, s.get(tip.Path()), http.StatusOK, "à marée basse", "revient en avril")
	has(t, s.get("/bons-plans"), http.StatusOK, "revient en avril")
	s.who = anna
	has(t, s.get("/publications/"+tip.ID.String()+"/modifier"), http.StatusOK, `name="low_tide" value="yes" checked`)
}
