package stilltrue_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/web/site/stilltrue"
	"github.com/kumun/kumun/world"
)

const (
	host = "cornouaille.kumun.test"
	day  = 24 * time.Hour
)

// site is the pages as somebody meets them who has not signed in.
type site struct {
	*world.World
	posts  *community.Service
	routes *kit.Routes
	anna   actor.Actor
	tip    *community.Post
}

func open(t *testing.T) *site {
	w := world.New(t)
	s := &site{World: w, posts: w.Posts(t), anna: w.Member(t, "anna", actor.Ambassador)}
	s.tip = w.Tip(t, s.anna, "Le bain de sept heures")
	members := w.Members()
	house := &kit.House{Clock: w.Clock, Policy: s.posts.Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10),
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return w.Visitor(), nil }}
	s.routes = kit.NewRoutes(house)
	stilltrue.Mount(s.routes, &notifications.Freshness{Letters: &notifications.Letters{DB: w.DB, Clock: w.Clock}, Members: members, Posts: s.posts})
	posts.Mount(s.routes, s.posts, members, w.Groups())
	return s
}

func (s *site) send(tenant *tenants.Tenant, method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(httptest.NewRequest(method, "http://"+host+path, nil), tenant))
	return answer
}

// has checks a page of Cornouaille's.
func (s *site) has(t *testing.T, method, path string, wants ...string) {
	t.Helper()
	page := s.send(s.Tenant, method, path)
	if page.Code != http.StatusOK || strings.Contains(page.Body.String(), "[freshness.") {
		t.Fatalf("%s %s: %d", method, path, page.Code)
	}
	for _, want := range wants {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("%s %s lacks %q", method, path, want)
		}
	}
}

func (s *site) link(answer notifications.Answer) string {
	return notifications.AnswerPath(s.Tenant, host, s.tip, answer)
}

func TestOneSignedClickBringsAPieceBackEverywhere(t *testing.T) {
	s := open(t)
	freshen := func(days int) {
		s.Clock.Forward(time.Duration(days) * day)
		if err := s.posts.Freshen(t.Context(), s.Tenant.ID); err != nil {
			t.Fatal(err)
		}
	}
	listed := func() bool {
		return strings.Contains(s.send(s.Tenant, http.MethodGet, "/bons-plans").Body.String(), s.tip.Title)
	}

	freshen(91)
	s.has(t, http.MethodGet, s.tip.Path(), "À confirmer", "/plus-vrai")
	s.has(t, http.MethodGet, "/bons-plans", s.tip.Title, "à confirmer")
	freshen(29)
	if listed() {
		t.Fatal("it is listed after 120 days")
	}
	s.has(t, http.MethodGet, s.tip.Path(), "cette page a quitté les listes")

	s.has(t, http.MethodGet, s.link(notifications.StillTrue), "Toujours vrai", `method="post"`, s.tip.Title)
	if listed() {
		t.Fatal("opening the link is enough: a mail scanner answers")
	}
	s.has(t, http.MethodPost, s.link(notifications.StillTrue), "Merci", s.tip.Path())
	if !listed() {
		t.Fatal("the click has not brought it back")
	}
	s.has(t, http.MethodGet, s.tip.Path(), "Vérifié")
}

func TestAnAnswerCanBeTakenBack(t *testing.T) {
	s := open(t)

	s.has(t, http.MethodPost, s.link(notifications.NoLongerTrue), "a quitté les listes", `method="post"`)
	s.has(t, http.MethodGet, s.tip.Path(), "on garde la page pour mémoire")
	s.has(t, http.MethodPost, s.link(notifications.StillTrue), "Merci")
	s.has(t, http.MethodGet, "/bons-plans", s.tip.Title)
}

func TestALinkThatWasNotSignedHereIsLost(t *testing.T) {
	s := open(t)
	good := s.link(notifications.StillTrue)
	for name, path := range map[string]string{
		"another answer":  strings.Replace(good, "r=yes", "r=no", 1),
		"no answer":       strings.Replace(good, "r=yes", "r=", 1),
		"no signature":    good[:strings.Index(good, "&s=")],
		"another purpose": strings.Replace(notifications.NudgeStopPath(s.Tenant, host, s.tip.ID), "/relances/arreter?m=", "/encore-vrai?r=yes&p=", 1),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code := s.send(s.Tenant, method, path).Code; code != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, method, code)
			}
		}
	}
	if code := s.send(s.Neighbour, http.MethodPost, good).Code; code != http.StatusNotFound {
		t.Errorf("at the neighbours': %d", code)
	}
}

func TestSomebodyIsLeftAloneAtAClick(t *testing.T) {
	s := open(t)
	link := notifications.NudgeStopPath(s.Tenant, host, s.anna.Member)

	s.has(t, http.MethodGet, link, "a…@example.org", `method="post"`)
	for range 2 {
		s.has(t, http.MethodPost, link, "C’est entendu")
	}
	if code := s.send(s.Tenant, http.MethodGet, link+"x").Code; code != http.StatusNotFound {
		t.Errorf("a forged link answers %d", code)
	}
}

func TestAVisitorSaysThatAPieceIsNoLongerTrueAFewTimesAnHour(t *testing.T) {
	s := open(t)
	path := func(post *community.Post) string { return "/publications/" + post.ID.String() + "/plus-vrai" }

	for n := range 5 {
		if got := s.send(s.Tenant, http.MethodPost, path(s.tip)); got.Code != http.StatusSeeOther {
			t.Fatalf("time %d: %d", n+1, got.Code)
		}
	}
	if got := s.send(s.Tenant, http.MethodPost, path(s.tip)); got.Code != http.StatusTooManyRequests {
		t.Errorf("the sixth time: %d", got.Code)
	}
	if facts := s.Facts(t, s.Tenant.ID, "post.doubted"); len(facts) != 1 {
		t.Errorf("one visitor counts %d times", len(facts))
	}
}
