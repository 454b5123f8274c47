package desk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/desk"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/report"
	"github.com/kumun/kumun/world"
)

// house is the desk and the report form as a browser meets them; who acts is
// set by the test.
type house struct {
	*world.World
	desk   *world.Desk
	routes *kit.Routes
	who    actor.Actor
}

func open(t *testing.T) *house {
	w := world.New(t)
	h := &house{World: w, desk: w.Desk(t), who: w.Visitor()}
	h.routes = kit.NewRoutes(&kit.House{Clock: w.Clock, Policy: h.desk.Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10), SignInPath: "/connexion",
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return h.who, nil }})
	desk.Mount(h.routes, h.desk.Service, w.Members())
	report.Mount(h.routes, h.desk.Service)
	return h
}

func (h *house) get(path string) *httptest.ResponseRecorder {
	return h.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (h *house) post(path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Set(pairs[n], pairs[n+1])
	}
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.send(request)
}

func (h *house) send(request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.routes.ServeHTTP(answer, kit.WithTenant(request, h.Tenant))
	return answer
}

func has(t *testing.T, page *httptest.ResponseRecorder, status int, wants ...string) {
	t.Helper()
	if page.Code != status {
		t.Fatalf("status %d, want %d:\n%.2000s", page.Code, status, page.Body)
	}
	if strings.Contains(page.Body.String(), "[moderation.") {
		t.Errorf("the page shows a key without words:\n%s", page.Body)
	}
	for _, want := range wants {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, page.Body)
		}
	}
}

func hasNot(t *testing.T, page *httptest.ResponseRecorder, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(page.Body.String(), text) {
			t.Errorf("the page has %q", text)
		}
	}
}

func (h *house) reported(t *testing.T) (answer, file id.ID) {
	t.Helper()
	answer, _ = h.desk.Answer(t, h.Member(t, "loïc"), "Appelez-la, elle ne dort jamais.")
	notice, err := h.desk.Report(t.Context(), h.Visitor(), moderation.Report{Kind: "comment", Piece: answer, Category: "danger",
		Explanation: "C'est son adresse, elle n'a rien demandé.", Name: "Josette", Email: "josette@example.org", GoodFaith: true, Address: "192.0.2.1", Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	return answer, notice.CaseID
}

func TestAVisitorReportsOnOnePage(t *testing.T) {
	h := open(t)
	answer, _ := h.desk.Answer(t, h.Member(t, "loïc"), "Appelez-la, elle ne dort jamais.")
	about := "comment:" + answer.String()

	has(t, h.get("/signaler?sur="+about), http.StatusOK, `name="sur" value="`+about, "http://example.com/bons-plans/", `name="email"`, "Danger pour quelqu’un")
	typed := []string{"sur", about, "category", "danger", "explanation", "Trop", "name", "Anna", "email", "anna@example.org", "good_faith", "yes"}
	page := h.post("/signaler", typed...)
	has(t, page, http.StatusUnprocessableEntity, "au moins 10 signes", `id="explanation-oops"`, `value="anna@example.org"`, ">Trop</textarea>")
	hasNot(t, page, `id="email-oops"`)
	typed[5] = "C'est son adresse, elle n'a rien demandé."
	sent := h.post("/signaler", typed...)
	has(t, sent, http.StatusSeeOther)
	thanks := sent.Header().Get("Location")
	has(t, h.get(thanks), http.StatusOK, "Merci, c’est arrivé.", "Ta référence", "confirmation par mail")
	has(t, h.get(thanks[:len(thanks)-1]+"x"), http.StatusNotFound)
	has(t, h.get("/signaler?sur=comment:7"), http.StatusNotFound)
	has(t, h.get("/signaler"), http.StatusNotFound)
}

func TestAMemberTypesNoAddress(t *testing.T) {
	h := open(t)
	answer, _ := h.desk.Answer(t, h.Member(t, "loïc"), "Appelez-la, elle ne dort jamais.")
	h.who = h.Member(t, "bleuenn")

	page := h.get("/signaler?sur=comment:" + answer.String())
	has(t, page, http.StatusOK, "Bleuenn")
	hasNot(t, page, `name="email"`)
	has(t, h.post("/signaler", "sur", "comment:"+answer.String(), "category", "insult", "explanation", "Elle est blessante pour elle.", "good_faith", "yes"), http.StatusSeeOther)
}

func TestAModeratorSeesTheLetterThenSendsIt(t *testing.T) {
	h := open(t)
	answer, file := h.reported(t)
	h.who = h.Member(t, "yann", actor.Moderator)
	path := "/moderation/cas/" + file.String()

	page := h.get("/moderation")
	has(t, page, http.StatusOK, "<h1>Une chose à décider</h1>", "Danger pour quelqu’un", "elle ne dort jamais", "Je m’en occupe", "internet-signalement.gouv.fr", "signalée 1 fois")
	hasNot(t, page, "Josette", "josette@example.org", `name="action"`)
	has(t, h.post(path+"/garde"), http.StatusSeeOther)
	page = h.get(path)
	has(t, page, http.StatusOK, `name="seen" value="hide:endangering"`, "Ce que Loïc recevra", "223-1-1", "Décider et envoyer")

	page = h.post(path+"/decision", "step", "decide", "seen", "hide:endangering", "action", "remove", "ground", "rule_2", "explanation", "Une phrase à moi, gardée.")
	has(t, page, http.StatusUnprocessableEntity, "relis la lettre", "On a retiré", "Une phrase à moi, gardée.", `name="seen" value="remove:rule_2"`)
	page = h.post(path+"/decision", "step", "preview", "seen", "remove:rule_2", "action", "hide", "ground", "private_data", "explanation", "On ne parle pas pour les autres : ni leur adresse, ni leur visage, ni leur vie.")
	has(t, page, http.StatusOK, "sans son accord", "RGPD")
	has(t, h.post(path+"/decision", "step", "decide", "seen", "hide:private_data", "action", "hide", "ground", "private_data", "explanation", "non"), http.StatusUnprocessableEntity, `id="explanation-oops"`)
	has(t, h.post(path+"/decision", "step", "decide", "seen", "hide:private_data", "action", "hide", "ground", "private_data", "explanation", "On ne publie pas l'adresse de quelqu'un."), http.StatusSeeOther)

	if state := h.desk.State(answer); state != moderation.Hidden {
		t.Errorf("the answer is %s", state)
	}
	has(t, h.get("/moderation?dit=case_decided"), http.StatusOK, "Rien ce matin. Profite.", "les lettres partent")
	has(t, h.get("/moderation/journal"), http.StatusOK, "Masqué", "par Yann", path)
	has(t, h.get(path), http.StatusOK, "Masqué", "On ne publie pas l’adresse")
	has(t, h.post(path+"/decision", "step", "decide", "seen", "keep", "action", "keep", "explanation", "Finalement, ça reste en ligne."), http.StatusConflict)
}

func TestAColleagueIsToldWhoLooks(t *testing.T) {
	h := open(t)
	_, file := h.reported(t)
	path := "/moderation/cas/" + file.String()
	h.who = h.Member(t, "yann", actor.Moderator)
	has(t, h.post(path+"/garde"), http.StatusSeeOther)

	h.who = h.Member(t, "soazig", actor.Moderator)
	page := h.get("/moderation")
	has(t, page, http.StatusOK, "Yann regarde")
	hasNot(t, page, path)
	page = h.get(path)
	has(t, page, http.StatusOK, "Yann regarde déjà")
	hasNot(t, page, `name="action"`)
	has(t, h.post(path+"/garde"), http.StatusConflict)
	has(t, h.post(path+"/rendu"), http.StatusConflict)
}

func TestTheDeskIsNotThereForOthers(t *testing.T) {
	h := open(t)
	_, file := h.reported(t)
	pages := []string{"/moderation", "/moderation/journal", "/moderation/cas/" + file.String()}
	actions := []string{"/garde", "/rendu", "/decision"}

	h.who = h.Member(t, "erwan", actor.Editor)
	for _, page := range pages {
		has(t, h.get(page), http.StatusNotFound)
	}
	for _, action := range actions {
		has(t, h.post(pages[2]+action), http.StatusNotFound)
	}
	h.who = h.Visitor()
	for _, page := range pages {
		has(t, h.get(page), http.StatusSeeOther)
	}
	h.who = h.MemberOf(t, h.Neighbour, "stranger", actor.Moderator)
	h.Tenant = h.Neighbour
	has(t, h.get(pages[2]), http.StatusNotFound)
	for _, action := range actions {
		has(t, h.post(pages[2]+action, "step", "decide", "seen", "keep", "action", "keep", "explanation", "Ça reste en ligne."), http.StatusNotFound)
	}
}
