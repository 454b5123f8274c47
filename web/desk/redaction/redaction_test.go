package redaction_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/world"
)

const day = 24 * time.Hour

// house is the editors' page; who acts is set by the test.
type house struct {
	*world.World
	posts  *community.Service
	routes *kit.Routes
	who    actor.Actor
}

func open(t *testing.T) *house {
	w := world.New(t)
	h := &house{World: w, posts: w.Posts(t), who: w.Member(t, "soazig", actor.Editor)}
	h.routes = kit.NewRoutes(&kit.House{Clock: w.Clock, Policy: h.posts.Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10), SignInPath: "/connexion",
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return h.who, nil }})
	letters := &notifications.Letters{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Tenants: w.Tenants,
		Home: func(*tenants.Tenant) string { return "http://cornouaille.kumun.test" }}
	redaction.Mount(h.routes, h.posts, w.Members(), &notifications.Freshness{Letters: letters, Members: w.Members(), Posts: h.posts},
		&moderation.Service{DB: w.DB, Clock: w.Clock, Policy: h.posts.Policy, Members: w.Members()})
	posts.Mount(h.routes, h.posts, w.Members(), w.Groups())
	return h
}

func (h *house) send(method, path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Set(pairs[n], pairs[n+1])
	}
	request := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	h.routes.ServeHTTP(answer, kit.WithTenant(request, h.Tenant))
	return answer
}

func (h *house) has(t *testing.T, page *httptest.ResponseRecorder, wants ...string) {
	t.Helper()
	if page.Code != http.StatusOK {
		t.Fatalf("status %d", page.Code)
	}
	body := page.Body.String()
	if found := regexp.MustCompile(`\[(redaction|freshness|letters)\.[a-z_.0-9]*`).FindString(body); found != "" {
		t.Errorf("the page shows a key without words: %s", found)
	}
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// leads checks that a form sends one back to the morning with a message.
func (h *house) leads(t *testing.T, page *httptest.ResponseRecorder, notice string) {
	t.Helper()
	if page.Code != http.StatusSeeOther || page.Header().Get("Location") != "/redaction?dit="+notice {
		t.Errorf("%d to %s, not %s", page.Code, page.Header().Get("Location"), notice)
	}
}

func TestTheMorningSaysWhatToDoAndHasAButtonForEach(t *testing.T) {
	h := open(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	bath := h.Tip(t, anna, "Le bain de sept heures")
	soup := h.Tip(t, anna, "La soupe du lundi", func(d *community.Draft) { d.Weekdays = []int{1, 2, 3, 5, 6, 7} })
	coffee := h.Tip(t, anna, "Le café d'après")
	h.has(t, h.send(http.MethodGet, "/redaction"), "Tout est vérifié, jeudi est vide.", "Tout le monde donne encore des nouvelles", "Rien de neuf depuis sept jours")

	h.Clock.Forward(91 * day)
	if err := h.posts.Freshen(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	h.has(t, h.send(http.MethodGet, "/redaction"), "Trois pages à vérifier, jeudi est vide.", bath.Title, "Anna", "3 pages en six mois",
		"Ce que Anna recevra", "quoi de neuf par chez toi", "L’envoyer à Anna", "Rien n’attend une relecture")

	does := func(post *community.Post, what string) *httptest.ResponseRecorder {
		return h.send(http.MethodPost, "/redaction/publications/"+post.ID.String()+"/"+what)
	}
	h.leads(t, does(bath, "demander"), "fresh_asked")
	h.leads(t, does(coffee, "demander"), "fresh_asked_already")
	h.leads(t, does(bath, "confirmer"), "fresh_confirmed")
	h.leads(t, does(coffee, "retirer"), "fresh_retired")
	page := h.send(http.MethodGet, "/redaction")
	h.has(t, page, "Une page à vérifier", soup.Title)
	if strings.Contains(page.Body.String(), bath.Title) || strings.Contains(page.Body.String(), coffee.Title) {
		t.Error("what was answered is still there")
	}
}

func TestAWordGoesOutOnceAMonth(t *testing.T) {
	h := open(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	h.Tip(t, anna, "Le bain de sept heures")
	h.Tip(t, anna, "Le café d'après")
	h.Clock.Forward(46 * day)

	h.leads(t, h.send(http.MethodPost, "/redaction/relances", "membre", anna.Member.String()), "nudge_sent")
	h.has(t, h.send(http.MethodGet, "/redaction"), "Personne à qui écrire ce matin")
	if code := h.send(http.MethodPost, "/redaction/relances", "membre", anna.Member.String()).Code; code != http.StatusConflict {
		t.Errorf("twice: %d", code)
	}
}

func TestTheQuestionOfTheWeekShowsWherePeopleWrite(t *testing.T) {
	h := open(t)

	page := h.send(http.MethodPost, "/redaction/question", "prompt", strings.Repeat("é", community.MaxPrompt+1))
	if page.Code != http.StatusUnprocessableEntity || !strings.Contains(page.Body.String(), `id="prompt-oops"`) {
		t.Errorf("too long: %d", page.Code)
	}
	h.leads(t, h.send(http.MethodPost, "/redaction/question", "prompt", "Où vas-tu quand il pleut ?"), "prompt_saved")
	for _, path := range []string{"/ecrire", "/ecrire/bon-plan", "/redaction"} {
		h.has(t, h.send(http.MethodGet, path), "Où vas-tu quand il pleut")
	}
	h.Clock.Forward(7 * day)
	if page := h.send(http.MethodGet, "/ecrire"); strings.Contains(page.Body.String(), "quand il pleut") {
		t.Error("it outlives its week")
	}
}

func TestTheMorningIsForEditors(t *testing.T) {
	h := open(t)
	for _, role := range []actor.Role{actor.Ambassador, actor.Moderator} {
		h.who = h.Member(t, string(role), role)
		if code := h.send(http.MethodGet, "/redaction").Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", role, code)
		}
	}
}

func TestAnEditorSeesHowManyFirstPiecesWait(t *testing.T) {
	h := open(t)
	draft := community.Draft{Kind: community.Tip, Title: "Ma première soupe", Text: "Elle est bonne, elle est chaude, elle est à midi."}
	if _, err := h.posts.Publish(t.Context(), h.Member(t, "denez"), draft); err != nil {
		t.Fatal(err)
	}

	h.has(t, h.send(http.MethodGet, "/redaction"), "Une première publication attend d’être relue", "La modération s’en occupe")
	h.who = h.Member(t, "yann", actor.Admin)
	h.has(t, h.send(http.MethodGet, "/redaction"), `href="/moderation"`)
}

func TestAnEditorArrangesTheFrontPageForAWhile(t *testing.T) {
	t.Parallel()
	h := open(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	own := h.Tip(t, anna, "Les huîtres du vendredi soir")
	for n := range 6 {
		h.Tip(t, h.Member(t, "voisin"+string(rune('a'+n)), actor.Ambassador), "Le sentier numéro "+string(rune('1'+n)))
	}
	today := h.Clock.Now().In(h.Tenant.Location())
	front := func() []string {
		t.Helper()
		shown, err := h.posts.Front(t.Context(), h.Tenant.ID, h.Clock.Now().In(h.Tenant.Location()))
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
		return h.send("POST", "/redaction/une", "piece", own.ID.String(), "place", place,
			"starts", today.AddDate(0, 0, from).Format(time.DateOnly), "ends", today.AddDate(0, 0, to).Format(time.DateOnly))
	}

	if slices.Contains(front(), own.Title) {
		t.Fatalf("the oldest shows by itself: %v", front())
	}
	for name, refused := range map[string]*httptest.ResponseRecorder{
		"ends before it starts": choose("0", 2, 1), "in the past": choose("0", -3, -1), "for ever": choose("0", 0, 40), "no such place": choose("7", 0, 1),
		"no such piece": h.send("POST", "/redaction/une", "piece", "1", "place", "0", "starts", today.Format(time.DateOnly), "ends", today.Format(time.DateOnly)),
		"no day":        h.send("POST", "/redaction/une", "piece", own.ID.String(), "place", "0"),
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
	h.has(t, h.send("GET", "/redaction/une"), "La grande", "choisi, jusqu’au", "Les huîtres du vendredi soir")
	h.Clock.Forward(2 * day)
	if slices.Contains(front(), own.Title) {
		t.Error("it shows after its last day")
	}

	if choose("0", 3, 4); front()[0] != own.Title {
		t.Fatalf("chosen again: %v", front())
	}
	plan, err := h.posts.FrontChoices(t.Context(), h.Tenant.ID)
	if err != nil || len(plan) != 1 {
		t.Fatalf("plan: %v, %v", plan, err)
	}
	h.send("POST", "/redaction/une/"+plan[0].ID.String()+"/retirer")
	if slices.Contains(front(), own.Title) {
		t.Error("it shows although it was taken off")
	}
}
