package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/site/posts"
)

// openMorning opens the editors' page, to an editor.
func openMorning(t *testing.T) *site {
	h := open(t)
	h.who = h.Member(t, "soazig", actor.Editor)
	redaction.Mount(h.routes, h.Posts(t), h.Members(), &notifications.Freshness{Letters: h.letters(), Members: h.Members(), Posts: h.Posts(t)}, h.subscriptions(t),
		&moderation.Service{DB: h.DB, Clock: h.Clock, Policy: h.Posts(t).Policy, Members: h.Members()})
	posts.Mount(h.routes, h.Posts(t), h.Members(), h.Groups())
	return h
}

// leads checks that a form sends one back to the morning with a message.
func leads(t *testing.T, page *httptest.ResponseRecorder, notice string) {
	t.Helper()
	if page.Code != http.StatusSeeOther || page.Header().Get("Location") != "/redaction?dit="+notice {
		t.Errorf("%d to %s, not %s", page.Code, page.Header().Get("Location"), notice)
	}
}

func TestTheMorningSaysWhatToDoAndHasAButtonForEach(t *testing.T) {
	h := openMorning(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	bath := h.Tip(t, anna, "Le bain de sept heures")
	soup := h.Tip(t, anna, "La soupe du lundi", func(d *community.Draft) { d.Weekdays = []int{1, 2, 3, 5, 6, 7} })
	coffee := h.Tip(t, anna, "Le café d'après")
	has(t, h.get("/redaction"), http.StatusOK, "Tout est vérifié, jeudi est vide.", "Tout le monde donne encore des nouvelles", "Rien de neuf depuis sept jours")

	h.Clock.Forward(91 * day)
	if err := h.Posts(t).Freshen(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	has(t, h.get("/redaction"), http.StatusOK, "Trois pages à vérifier, jeudi est vide.", bath.Title, "Anna", "3 pages en six mois",
		"Ce que Anna recevra", "quoi de neuf par chez toi", "L’envoyer à Anna", "Rien n’attend une relecture")

	does := func(post *community.Post, what string) *httptest.ResponseRecorder {
		return h.post("/redaction/publications/"+post.ID.String()+"/"+what, nil)
	}
	leads(t, does(bath, "demander"), "fresh_asked")
	leads(t, does(coffee, "demander"), "fresh_asked_already")
	leads(t, does(bath, "confirmer"), "fresh_confirmed")
	leads(t, does(coffee, "retirer"), "fresh_retired")
	page := h.get("/redaction")
	has(t, page, http.StatusOK, "Une page à vérifier", soup.Title)
	if strings.Contains(page.Body.String(), bath.Title) || strings.Contains(page.Body.String(), coffee.Title) {
		t.Error("what was answered is still there")
	}
}

func TestAWordGoesOutOnceAMonth(t *testing.T) {
	h := openMorning(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	h.Tip(t, anna, "Le bain de sept heures")
	h.Tip(t, anna, "Le café d'après")
	h.Clock.Forward(46 * day)

	leads(t, h.post("/redaction/relances", form("membre", anna.Member.String())), "nudge_sent")
	has(t, h.get("/redaction"), http.StatusOK, "Personne à qui écrire ce matin")
	if code := h.post("/redaction/relances", form("membre", anna.Member.String())).Code; code != http.StatusConflict {
		t.Errorf("twice: %d", code)
	}
}

func TestTheQuestionOfTheWeekShowsWherePeopleWrite(t *testing.T) {
	h := openMorning(t)

	page := h.post("/redaction/question", form("prompt", strings.Repeat("é", community.MaxPrompt+1)))
	if page.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Body.String(), `id="prompt-oops"`) {
		t.Errorf("too long: %d", page.Code)
	}
	leads(t, h.post("/redaction/question", form("prompt", "Où vas-tu quand il pleut ?")), "prompt_saved")
	for _, path := range []string{"/ecrire", "/ecrire/bon-plan", "/redaction"} {
		has(t, h.get(path), http.StatusOK, "Où vas-tu quand il pleut")
	}
	h.Clock.Forward(7 * day)
	if page := h.get("/ecrire"); strings.Contains(page.Body.String(), "quand il pleut") {
		t.Error("it outlives its week")
	}
}

func TestAnEditorSaysWhenQuestionsAreAnswered(t *testing.T) {
	h := openMorning(t)
	has(t, h.get("/redaction/horaires"), http.StatusOK, `value="09:00"`)
	page := h.post("/redaction/horaires", form("first", "1", "last", "6", "from", "14:00", "to", "10:00"))
	if page.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Body.String(), `id="to-oops"`) || !strings.Contains(page.Body.String(), `value="14:00"`) {
		t.Errorf("an end before its beginning: %d", page.Code)
	}
	if page := h.post("/redaction/horaires", form("first", "1", "last", "6", "from", "10:00", "to", "14:00")); page.Code != http.StatusSeeOther {
		t.Errorf("%d", page.Code)
	}
	changed, err := h.Tenants.ByID(t.Context(), h.Tenant.ID)
	if err != nil || changed.Answers() != (tenants.Hours{First: 1, Last: 6, From: "10:00", To: "14:00"}) {
		t.Errorf("%v, %v", changed, err)
	}
	h.who = h.Member(t, "ben")
	if code := h.get("/redaction/horaires").Code; code != http.StatusNotFound {
		t.Errorf("a member: %d", code)
	}
}

func TestTheMorningIsForEditors(t *testing.T) {
	h := openMorning(t)
	for _, role := range []actor.Role{actor.Ambassador, actor.Moderator} {
		h.who = h.Member(t, string(role), role)
		if code := h.get("/redaction").Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", role, code)
		}
	}
}

func TestAnEditorSeesHowManyFirstPiecesWait(t *testing.T) {
	h := openMorning(t)
	draft := community.Draft{Kind: community.Tip, Title: "Ma première soupe", Text: "Elle est bonne, elle est chaude, elle est à midi."}
	if _, err := h.Posts(t).Publish(t.Context(), h.Member(t, "denez"), draft); err != nil {
		t.Fatal(err)
	}

	has(t, h.get("/redaction"), http.StatusOK, "Une première publication attend d’être relue", "La modération s’en occupe")
	h.who = h.Member(t, "yann", actor.Admin)
	has(t, h.get("/redaction"), http.StatusOK, `href="/moderation"`)
}

func TestAnEditorSeesWhatIsScheduledAndCanWithdrawIt(t *testing.T) {
	h := openMorning(t)
	soazig := h.who
	has(t, h.get("/redaction"), http.StatusOK, "Rien n’est programmé")
	draft := community.Draft{Kind: community.Tip, Title: "La soupe de samedi", Text: "Elle est bonne, elle est chaude, elle est à midi."}
	kept, err := h.Posts(t).Schedule(t.Context(), h.Member(t, "maelle", actor.Editor), 0, draft, h.Clock.Now().Add(2*day))
	if err != nil {
		t.Fatal(err)
	}

	for _, path := range []string{"/redaction", "/redaction/a-paraitre"} {
		has(t, h.get(path), http.StatusOK, "La soupe de samedi", "Maelle", "/brouillons/"+kept.ID.String(), "Bon plan")
	}
	if body := h.get("/redaction/a-paraitre").Body.String(); strings.Count(body, "Rien ne paraît") != 6 || strings.Contains(body, "/moi/brouillons/"+kept.ID.String()) {
		t.Error("six days of the week are empty, and the draft is another editor's")
	}
	withdraw := "/redaction/a-paraitre/" + kept.ID.String() + "/retirer"
	h.who = h.Member(t, "anna", actor.Ambassador)
	if code := h.post(withdraw, nil).Code; code != http.StatusNotFound {
		t.Errorf("by an ambassador: %d", code)
	}
	h.who = soazig
	if page := h.post(withdraw, nil); page.Code != http.StatusSeeOther {
		t.Errorf("withdrawn: %d", page.Code)
	}
	has(t, h.get("/redaction"), http.StatusOK, "Rien n’est programmé")
}

func TestDeadLinksShowToEditorsAndToNobodyElse(t *testing.T) {
	h := openMorning(t)
	tip := h.Tip(t, h.who, "Le bain de sept heures", func(d *community.Draft) { d.Text += " Voir https://exemple.bzh/marees" })
	piece := community.Linked{PieceRef: community.PieceRef{Kind: "post", ID: tip.ID}, Owner: tip.AuthorID, Title: tip.Title, Path: tip.Path()}
	for range 2 {
		if strings.Contains(h.get("/redaction").Body.String(), "Liens morts") {
			t.Error("after one day")
		}
		if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return h.Posts(t).NoteLink(ctx, tx, piece, "https://exemple.bzh/marees", false)
		}); err != nil {
			t.Fatal(err)
		}
		h.Clock.Forward(day)
	}

	has(t, h.get("/redaction"), http.StatusOK, "Liens morts", tip.Title, "exemple.bzh")
	h.who = h.Visitor()
	if body := h.get(tip.Path()).Body.String(); strings.Contains(body, "mort") {
		t.Error("a visitor is told")
	}
}

func TestAnEditorArrangesTheFrontPageForAWhile(t *testing.T) {
	t.Parallel()
	h := openMorning(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	own := h.Tip(t, anna, "Les huîtres du vendredi soir")
	for n := range 6 {
		h.Tip(t, h.Member(t, "voisin"+string(rune('a'+n)), actor.Ambassador), "Le sentier numéro "+string(rune('1'+n)))
	}
	today := h.Clock.Now().In(h.Tenant.Location())
	front := func() []string {
		t.Helper()
		shown, err := h.Posts(t).Front(t.Context(), h.Tenant.ID, h.Clock.Now().In(h.Tenant.Location()))
		if err != nil {
			t.Fatal(err)
		}
		titles := []string{shown.Big.Title}
		for _, post := range shown.Cards {
			titles = append(titles, post.Title)
		}
		return titles
	}
	choose := func(place string, from, to int) *httptest.ResponseRecorder {
		return h.post("/redaction/une", form("piece", own.ID.String(), "place", place,
			"starts", today.AddDate(0, 0, from).Format(time.DateOnly), "ends", today.AddDate(0, 0, to).Format(time.DateOnly)))
	}

	if slices.Contains(front(), own.Title) {
		t.Fatalf("the oldest shows by itself: %v", front())
	}
	for name, refused := range map[string]*httptest.ResponseRecorder{
		"ends before it starts": choose("0", 2, 1), "in the past": choose("0", -3, -1), "for ever": choose("0", 0, 40), "no such place": choose("7", 0, 1),
		"no such piece": h.post("/redaction/une", form("piece", "1", "place", "0", "starts", today.Format(time.DateOnly), "ends", today.Format(time.DateOnly))),
		"no day":        h.post("/redaction/une", form("piece", own.ID.String(), "place", "0")),
	} {
		if refused.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, refused.Code)
		}
	}

	if answer := choose("2", 1, 2); answer.Code != http.StatusSeeOther {
		t.Fatalf("choose: %d %s", answer.Code, answer.Body)
	}
	if slices.Contains(front(), own.Title) {
		t.Error("it shows before its day")
	}
	h.Clock.Forward(day)
	if got := front(); len(got) != 5 || got[2] != own.Title {
		t.Errorf("on its day: %v", got)
	}
	if answer := choose("0", 1, 1); answer.Code != http.StatusSeeOther {
		t.Fatalf("choose: %d", answer.Code)
	}
	if got := front(); got[0] != own.Title || slices.Contains(got[1:], own.Title) {
		t.Errorf("the later choice: %v", got)
	}
	has(t, h.get("/redaction/une"), http.StatusOK, "La grande", "choisi, jusqu’au", "Les huîtres du vendredi soir")
	h.Clock.Forward(2 * day)
	if slices.Contains(front(), own.Title) {
		t.Error("it shows after its last day")
	}

	if choose("0", 3, 4); front()[0] != own.Title {
		t.Fatalf("chosen again: %v", front())
	}
	plan, err := h.Posts(t).FrontChoices(t.Context(), h.Tenant.ID)
	if err != nil || len(plan) != 1 {
		t.Fatalf("plan: %v, %v", plan, err)
	}
	h.post("/redaction/une/"+plan[0].ID.String()+"/retirer", nil)
	if slices.Contains(front(), own.Title) {
		t.Error("it shows although it was taken off")
	}
}

func TestTheMorningShowsTranslationsThatWereLeftBehind(t *testing.T) {
	h := openMorning(t)
	nolwenn := h.Member(t, "nolwenn", actor.Ambassador)
	tip := h.Tip(t, nolwenn, "Le bain de sept heures")
	said := community.Rewording{Language: "en", Rendering: community.Translated, Title: "The seven o'clock swim", Text: "We walk down the slip every morning."}
	if err := h.Posts(t).Translate(t.Context(), nolwenn, tip.ID, said); err != nil {
		t.Fatal(err)
	}
	draft := community.Draft{Kind: community.Tip, Title: "Le bain de huit heures", Text: "On descend la cale à huit heures, maintenant."}
	if _, err := h.Posts(t).Edit(t.Context(), nolwenn, tip.ID, draft); err != nil {
		t.Fatal(err)
	}

	has(t, h.get("/redaction"), http.StatusOK, "Traductions à reprendre", `href="/publications/`+tip.ID.String()+`/traduire/en" lang="en"`)
}
