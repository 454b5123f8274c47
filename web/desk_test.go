package web_test

import (
	"net/http"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/desk"
	"github.com/kumun/kumun/web/site/report"
	"github.com/kumun/kumun/world"
)

// deskSite is the desk and the report form.
type deskSite struct {
	*site
	desk *world.Desk
}

func openDesk(t *testing.T) *deskSite {
	h := &deskSite{site: open(t)}
	h.desk = h.Desk(t)
	desk.Mount(h.routes, h.desk.Service, h.Members())
	report.Mount(h.routes, h.desk.Service)
	return h
}

func (h *deskSite) reported(t *testing.T) (answer, file id.ID) {
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
	h := openDesk(t)
	answer, _ := h.desk.Answer(t, h.Member(t, "loïc"), "Appelez-la, elle ne dort jamais.")
	about := "comment:" + answer.String()

	has(t, h.get("/signaler?sur="+about), http.StatusOK, `name="sur" value="`+about, "http://cornouaille.kumun.test/bons-plans/", `name="email"`, "Danger pour quelqu’un")
	typed := []string{"sur", about, "category", "danger", "explanation", "Trop", "name", "Anna", "email", "anna@example.org", "good_faith", "yes"}
	page := h.post("/signaler", form(typed...))
	has(t, page, http.StatusUnprocessableEntity, "au moins 10 signes", `id="explanation-oops"`, `value="anna@example.org"`, ">Trop</textarea>")
	hasNot(t, page, `id="email-oops"`)
	typed[5] = "C'est son adresse, elle n'a rien demandé."
	sent := h.post("/signaler", form(typed...))
	has(t, sent, http.StatusSeeOther)
	thanks := sent.Header().Get("Location")
	has(t, h.get(thanks), http.StatusOK, "Merci, c’est arrivé.", "Ta référence", "confirmation par mail")
	has(t, h.get(thanks[:len(thanks)-1]+"x"), http.StatusNotFound)
	has(t, h.get("/signaler?sur=comment:7"), http.StatusNotFound)
	has(t, h.get("/signaler"), http.StatusNotFound)
}

func TestAMemberTypesNoAddress(t *testing.T) {
	h := openDesk(t)
	answer, _ := h.desk.Answer(t, h.Member(t, "loïc"), "Appelez-la, elle ne dort jamais.")
	h.who = h.Member(t, "bleuenn")

	page := h.get("/signaler?sur=comment:" + answer.String())
	has(t, page, http.StatusOK, "Bleuenn")
	hasNot(t, page, `name="email"`)
	has(t, h.post("/signaler", form("sur", "comment:"+answer.String(), "category", "insult", "explanation", "Elle est blessante pour elle.", "good_faith", "yes")), http.StatusSeeOther)
}

func TestAModeratorSeesTheLetterThenSendsIt(t *testing.T) {
	h := openDesk(t)
	answer, file := h.reported(t)
	h.who = h.Member(t, "yann", actor.Moderator)
	path := "/moderation/cas/" + file.String()

	page := h.get("/moderation")
	has(t, page, http.StatusOK, "<h1>Une chose à décider</h1>", "Danger pour quelqu’un", "elle ne dort jamais", "Je m’en occupe", "internet-signalement.gouv.fr", "signalée 1 fois")
	hasNot(t, page, "Josette", "josette@example.org", `name="action"`)
	has(t, h.post(path+"/garde", nil), http.StatusSeeOther)
	page = h.get(path)
	has(t, page, http.StatusOK, `name="seen" value="hide:endangering"`, "Ce que Loïc recevra", "223-1-1", "Décider et envoyer")

	page = h.post(path+"/decision", form("step", "decide", "seen", "hide:endangering", "action", "remove", "ground", "rule_2", "explanation", "Une phrase à moi, gardée."))
	has(t, page, http.StatusUnprocessableEntity, "relis la lettre", "On a retiré", "Une phrase à moi, gardée.", `name="seen" value="remove:rule_2"`)
	page = h.post(path+"/decision", form("step", "preview", "seen", "remove:rule_2", "action", "hide", "ground", "private_data", "explanation", "On ne parle pas pour les autres : ni leur adresse, ni leur visage, ni leur vie."))
	has(t, page, http.StatusOK, "sans son accord", "RGPD")
	has(t, h.post(path+"/decision", form("step", "decide", "seen", "hide:private_data", "action", "hide", "ground", "private_data", "explanation", "non")), http.StatusUnprocessableEntity, `id="explanation-oops"`)
	has(t, h.post(path+"/decision", form("step", "decide", "seen", "hide:private_data", "action", "hide", "ground", "private_data", "explanation", "On ne publie pas l'adresse de quelqu'un.")), http.StatusSeeOther)

	if state := h.desk.State(answer); state != moderation.Hidden {
		t.Errorf("the answer is %s", state)
	}
	has(t, h.get("/moderation?dit=case_decided"), http.StatusOK, "Rien ce matin. Profite.", "les lettres partent")
	has(t, h.get("/moderation/journal"), http.StatusOK, "Masqué", "par Yann", path)
	has(t, h.get(path), http.StatusOK, "Masqué", "On ne publie pas l’adresse")
	has(t, h.post(path+"/decision", form("step", "decide", "seen", "keep", "action", "keep", "explanation", "Finalement, ça reste en ligne.")), http.StatusConflict)
}

func TestAColleagueIsToldWhoLooks(t *testing.T) {
	h := openDesk(t)
	_, file := h.reported(t)
	path := "/moderation/cas/" + file.String()
	h.who = h.Member(t, "yann", actor.Moderator)
	has(t, h.post(path+"/garde", nil), http.StatusSeeOther)

	h.who = h.Member(t, "soazig", actor.Moderator)
	page := h.get("/moderation")
	has(t, page, http.StatusOK, "Yann regarde")
	hasNot(t, page, path)
	page = h.get(path)
	has(t, page, http.StatusOK, "Yann regarde déjà")
	hasNot(t, page, `name="action"`)
	has(t, h.post(path+"/garde", nil), http.StatusConflict)
	has(t, h.post(path+"/rendu", nil), http.StatusConflict)
}

func TestTheDeskIsNotThereForOthers(t *testing.T) {
	h := openDesk(t)
	_, file := h.reported(t)
	pages := []string{"/moderation", "/moderation/journal", "/moderation/cas/" + file.String()}
	actions := []string{"/garde", "/rendu", "/decision"}

	h.who = h.Member(t, "erwan", actor.Editor)
	for _, page := range pages {
		has(t, h.get(page), http.StatusNotFound)
	}
	for _, action := range actions {
		has(t, h.post(pages[2]+action, nil), http.StatusNotFound)
	}
	h.who = h.Visitor()
	for _, page := range pages {
		has(t, h.get(page), http.StatusSeeOther)
	}
	h.who = h.MemberOf(t, h.Neighbour, "stranger", actor.Moderator)
	h.Tenant = h.Neighbour
	has(t, h.get(pages[2]), http.StatusNotFound)
	for _, action := range actions {
		has(t, h.post(pages[2]+action, form("step", "decide", "seen", "keep", "action", "keep", "explanation", "Ça reste en ligne.")), http.StatusNotFound)
	}
}
