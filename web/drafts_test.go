package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/web/feeds"
	"github.com/kumun/kumun/web/site/profile"
)

var unfinished = url.Values{"faire": {"brouillon"}, "title": {"Les bigorneaux de Tréboul"}, "text": {"À marée basse."}}

// keeps keeps a draft as the actor and tells its address.
func (s *site) keeps(t *testing.T, path string, values url.Values) string {
	t.Helper()
	answer := s.post(path, values)
	at, _, _ := strings.Cut(answer.Header().Get("Location"), "?")
	if answer.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/moi/brouillons/") {
		t.Fatalf("%d to %q: %.300s", answer.Code, at, answer.Body)
	}
	return at
}

func TestADraftIsKeptUnfinishedAndGoneOnWith(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna := s.Member(t, "anna", actor.Ambassador)
	s.who = anna
	has(t, s.get("/ecrire/bon-plan"), http.StatusOK, "Garder en brouillon")
	has(t, s.post("/ecrire/bon-plan", url.Values{"faire": {"brouillon"}}), http.StatusUnprocessableEntity, "rien à garder")

	at := s.keeps(t, "/ecrire/bon-plan", unfinished)
	has(t, s.get(at), http.StatusOK, `value="Les bigorneaux de Tréboul"`, "À marée basse.", "Jeter ce brouillon")
	has(t, s.get("/moi/brouillons"), http.StatusOK, "Les bigorneaux de Tréboul", at)
	has(t, s.post(at, url.Values{"title": {"Les bigorneaux de Tréboul"}, "text": {"Trop court."}}), http.StatusUnprocessableEntity, `id="text-oops"`)
	s.keeps(t, at, url.Values{"faire": {"brouillon"}, "title": {"Les bigorneaux du Ris"}})
	has(t, s.get(at), http.StatusOK, "Les bigorneaux du Ris")

	s.who = s.Member(t, "ben", actor.Admin)
	for _, path := range []string{at, at + "/supprimer"} {
		has(t, s.get(path), http.StatusNotFound)
		has(t, s.post(path, unfinished), http.StatusNotFound)
	}
	s.who = anna
	published := s.post(at, url.Values{"title": {"Les bigorneaux du Ris"}, "text": {"À marée basse, avec une épingle et de la patience."}})
	if published.Code != http.StatusSeeOther || !strings.HasPrefix(published.Header().Get("Location"), "/bons-plans/") {
		t.Errorf("published: %d to %s", published.Code, published.Header().Get("Location"))
	}
	has(t, s.get(at), http.StatusNotFound)
	// The other window still has the draft open: what was typed there is kept.
	has(t, s.post(at, url.Values{"title": {"Les bigorneaux d'ailleurs"}, "version": {"-1"}}), http.StatusConflict, "Deux versions", "bigorneaux d&#39;ailleurs")
}

func TestDraftsOfEveryKindCanBeReadByLink(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	maelle := s.Member(t, "maelle", actor.Editor)
	for path, values := range map[string]url.Values{
		"/ecrire/bon-plan": {}, "/ecrire/annonce": {"offer": {""}}, "/ecrire/question": {}, "/ecrire/guide": {"heading": {"Choisis ton heure"}, "section": {"Le vent."}},
		"/ecrire/rendez-vous": {"starts": {""}, "repeat": {"week"}},
	} {
		s.who = maelle
		values.Set("faire", "brouillon")
		values.Set("title", "Les bigorneaux de Tréboul")
		at := s.keeps(t, path, values)
		preview := s.preview(t, at)
		s.who = s.Visitor()
		shown := s.get(preview)
		has(t, shown, http.StatusOK, "rien n’est publié, et tout", "Les bigorneaux de Tréboul", `<meta name="robots" content="noindex"`)
		if missing := regexp.MustCompile(`\[(community|drafts)\.[a-z_.]*`).FindString(shown.Body.String()); missing != "" {
			t.Errorf("%s shows a key without words: %s", path, missing)
		}
	}
}

// preview is the link that the page of a draft hands out.
func (s *site) preview(t *testing.T, at string) string {
	t.Helper()
	found := regexp.MustCompile(`href="http://[^/"]*(/brouillons/[^"]*)"`).FindStringSubmatch(s.get(at).Body.String())
	if found == nil {
		t.Fatalf("%s hands out no link", at)
	}
	return html.UnescapeString(found[1])
}

func TestThePreviewLinkIsSignedAndEnds(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.who = s.Member(t, "anna", actor.Ambassador)
	at := s.keeps(t, "/ecrire/bon-plan", unfinished)
	other := s.keeps(t, "/ecrire/bon-plan", unfinished)
	link := s.preview(t, at)
	id := strings.TrimPrefix(at, "/moi/brouillons/")

	s.who = s.Visitor()
	has(t, s.get(link), http.StatusOK)
	for _, wrong := range []string{"/brouillons/" + id, strings.Replace(link, "s=", "s=A", 1), strings.Replace(link, "j=2", "j=3", 1),
		strings.Replace(link, id, strings.TrimPrefix(other, "/moi/brouillons/"), 1)} {
		has(t, s.get(wrong), http.StatusNotFound)
	}
	if shown := s.get(link).Body.String(); strings.Contains(shown, "merci") || strings.Contains(shown, "/signaler") {
		t.Error("a draft asks for thanks or reports")
	}
	s.Clock.Forward(28 * 24 * time.Hour)
	has(t, s.get(link), http.StatusOK)
	s.Clock.Forward(3 * 24 * time.Hour)
	has(t, s.get(link), http.StatusNotFound)
}

func TestAPreviewLinkLeadsToThePieceOnceItAppeared(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.who = s.Member(t, "anna", actor.Ambassador)
	at := s.keeps(t, "/ecrire/bon-plan", unfinished)
	link := s.preview(t, at)
	s.post(at, url.Values{"title": {"Les bigorneaux de Tréboul"}, "text": {"À marée basse, avec une épingle et de la patience."}})

	s.who = s.Visitor()
	answer := s.get(link)
	if answer.Code != http.StatusSeeOther || !strings.HasPrefix(answer.Header().Get("Location"), "/bons-plans/") {
		t.Errorf("%d to %s", answer.Code, answer.Header().Get("Location"))
	}
}

func TestDraftsShowNowhereElse(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	shop := &billing.Service{DB: s.DB, Clock: s.Clock, Policy: s.Posts(t).Policy, Tenants: s.Tenants}
	feeds.Mount(s.routes, s.Posts(t), s.Members(), s.Groups(), shop, s.newsletters(t))
	profile.Mount(s.routes, s.Members(), s.Groups(), s.Posts(t), s.telling(t), s.subscriptions(t))
	maelle := s.Member(t, "maelle", actor.Editor)
	s.Tip(t, maelle, "Le bain de sept heures")
	s.who = maelle
	s.keeps(t, "/ecrire/bon-plan", unfinished)
	ready := url.Values{"faire": {"programmer"}, "title": {"Les bigorneaux du Ris"}, "text": {"À marée basse, avec une épingle et de la patience."},
		"commune": {"Bigorneauville"}, "publish_at": {s.Clock.Now().AddDate(0, 0, 3).Format("2006-01-02T15:04")}}
	s.keeps(t, "/ecrire/bon-plan", ready)

	for _, who := range []actor.Actor{s.Visitor(), s.Member(t, "ben"), s.Member(t, "soazig", actor.Moderator, actor.Admin)} {
		s.who = who
		for _, path := range []string{"/", "/bons-plans", "/agenda", "/guides", "/questions", "/annonces", "/chercher?q=bigorneaux", "/chercher/suggestions?q=bigor",
			"/bons-plans.atom", "/flux.atom", "/sitemap.xml", "/voisins/" + maelle.Member.String()} {
			answer := s.get(path)
			body := strings.NewReplacer("q=bigorneaux", "", `value="bigorneaux"`, "", "« bigorneaux »", "", `value="bigor"`, "").Replace(answer.Body.String())
			if strings.Contains(body, "igorneaux du") || strings.Contains(body, "igorneaux de") || strings.Contains(body, "Bigorneauville") {
				t.Errorf("%s (%d) shows a draft", path, answer.Code)
			}
		}
	}
	if _, total, err := s.Posts(t).Unconfirmed(t.Context(), s.Tenant.ID, 10); err != nil || total != 0 {
		t.Errorf("counted among what ages: %d, %v", total, err)
	}
}

func TestEditorsScheduleAndSeeItBack(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.who = s.Member(t, "anna", actor.Ambassador)
	if strings.Contains(s.get("/ecrire/bon-plan").Body.String(), "publish_at") {
		t.Error("ambassadors are offered to schedule")
	}
	ready := url.Values{"faire": {"programmer"}, "title": {"Les bigorneaux du Ris"}, "text": {"À marée basse, avec une épingle et de la patience."}}
	has(t, s.post("/ecrire/bon-plan", ready), http.StatusForbidden)
	s.who = s.Member(t, "maelle", actor.Editor)
	has(t, s.post("/ecrire/bon-plan", ready), http.StatusUnprocessableEntity, `id="publish_at-oops"`, "avec une épingle")

	zone := s.Tenant.Location()
	at := s.Clock.Now().In(zone).AddDate(0, 0, 2)
	ready.Set("publish_at", at.Format("2006-01-02")+"T08:30")
	kept := s.keeps(t, "/ecrire/bon-plan", ready)
	has(t, s.get(kept), http.StatusOK, `value="`+at.Format("2006-01-02")+`T08:30"`, "Paraîtra")
	due := time.Date(at.Year(), at.Month(), at.Day(), 8, 30, 0, 0, zone)
	s.Clock.Forward(due.Sub(s.Clock.Now()) + time.Minute)
	if err := s.Posts(t).PublishDue(t.Context(), s.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	s.who = s.Visitor()
	has(t, s.get("/bons-plans"), http.StatusOK, "Les bigorneaux du Ris")
}
