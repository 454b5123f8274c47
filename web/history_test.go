package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
)

var hiddenVersion = regexp.MustCompile(`name="version" value="([^"]*)"`)

func (s *site) version(t *testing.T, path string) string {
	t.Helper()
	found := hiddenVersion.FindStringSubmatch(s.get(path).Body.String())
	if found == nil {
		t.Fatalf("%s carries no version", path)
	}
	return found[1]
}

func TestTheSecondOfTwoEditorsSeesBothVersionsAndChooses(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna, maelle := s.Member(t, "anna", actor.Ambassador), s.Member(t, "maelle", actor.Editor)
	tip := s.Tip(t, anna, "Le bain de sept heures")
	edit := "/publications/" + tip.ID.String() + "/modifier"
	s.who = anna
	begun := s.version(t, edit)

	s.who = maelle
	has(t, s.get(tip.Path()), http.StatusOK, edit)
	theirs := url.Values{"place": {"Plage du Ris"}, "version": {s.version(t, edit)}, "title": {"Le bain de huit heures"}, "text": {"Tous les matins, on descend la cale. Prends une serviette chaude."}}
	if answer := s.post(edit, theirs); answer.Code != http.StatusSeeOther {
		t.Fatalf("the first: %d %.400s", answer.Code, answer.Body)
	}
	s.who = anna
	mine := url.Values{"version": {begun}, "title": {"Le bain de neuf heures"}, "text": {"Tous les midis, on descend la cale. Prends une serviette et un bonnet."}}
	both := s.post(edit, mine)
	has(t, both, http.StatusConflict, "Deux versions en même temps", `value="Le bain de neuf heures"`, "Tous les midis, on descend la cale",
		"<mark>neuf</mark>", "<mark>huit</mark>", "Garder ma version", "Prendre celle de", `form="writing"`, "rien")
	s.who = s.Visitor()
	has(t, s.get(tip.Path()), http.StatusOK, "Le bain de huit heures")

	s.who = anna
	mine.Set("version", hiddenVersion.FindStringSubmatch(both.Body.String())[1])
	if answer := s.post(edit, mine); answer.Code != http.StatusSeeOther {
		t.Errorf("keeping mine: %d", answer.Code)
	}
	s.who = s.Visitor()
	has(t, s.get(tip.Path()), http.StatusOK, "Le bain de neuf heures")
	s.who = maelle
	has(t, s.get("/publications/"+tip.ID.String()+"/historique"), http.StatusOK, "huit", "neuf")
}

func TestHistorySaysWhoChangedWhatAndGoesBack(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna, maelle := s.Member(t, "anna", actor.Ambassador), s.Member(t, "maelle", actor.Editor)
	tip := s.Tip(t, anna, "Le bain de sept heures")
	post := "/publications/" + tip.ID.String()
	s.Clock.Forward(time.Hour)
	s.who = maelle
	s.post(post+"/modifier", url.Values{"version": {"0"}, "title": {"Le bain de huit heures"}, "text": {tip.Text}, "place": {"Plage des Dames"}, "months": {"6", "7", "8"}})

	s.who = anna
	page := s.get(post + "/historique")
	has(t, page, http.StatusOK, "Maelle a modifié", "Anna a publié", `</span>sept</del>`, `</span>huit</ins>`, "Plage", "de juin à août")
	if missing := regexp.MustCompile(`\[history\.[a-z_.]*`).FindString(page.Body.String()); missing != "" {
		t.Errorf("a key without words: %s", missing)
	}
	revision := regexp.MustCompile(`name="version" value="([^"]*)"`).FindStringSubmatch(page.Body.String())[1]
	for _, who := range []actor.Actor{s.Member(t, "ben", actor.Ambassador), s.Member(t, "judge", actor.Moderator)} {
		s.who = who
		has(t, s.post(post+"/historique", url.Values{"version": {revision}}), http.StatusNotFound)
	}
	if page := s.get(post + "/historique"); page.Code != http.StatusOK || hiddenVersion.MatchString(page.Body.String()) {
		t.Errorf("a moderator reads, no more: %d", page.Code)
	}
	s.who = anna
	if answer := s.post(post+"/historique", url.Values{"version": {revision}}); answer.Code != http.StatusSeeOther {
		t.Errorf("restore: %d", answer.Code)
	}
	s.who = s.Visitor()
	has(t, s.get(tip.Path()), http.StatusOK, "Le bain de sept heures", "Cale de Tréboul")
	has(t, s.get(post+"/historique"), http.StatusSeeOther)
}

func TestAVersionThatHoldsNoLongerIsMendedInTheForm(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna := s.Member(t, "anna", actor.Ambassador)
	event := s.Event(t, anna, "Premier bain, il y a du thé")
	post := "/publications/" + event.ID.String()
	s.who = anna
	later := event.Event.Starts.AddDate(0, 0, 30).In(s.Tenant.Location())
	answer := s.post(post+"/modifier", url.Values{"version": {"0"}, "title": {"Premier bain, il y a du café"}, "text": {event.Text},
		"starts": {later.Format("2006-01-02T15:04")}, "ends": {later.Add(time.Hour).Format("2006-01-02T15:04")}})
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("moved: %d", answer.Code)
	}

	s.Clock.Forward(10 * 24 * time.Hour)
	revision := hiddenVersion.FindStringSubmatch(s.get(post + "/historique").Body.String())[1]
	has(t, s.post(post+"/historique", url.Values{"version": {revision}}), http.StatusUnprocessableEntity,
		`id="starts-oops"`, "Premier bain, il y a du thé", `action="`+post+`/modifier"`, `name="version" value="1"`)
}
