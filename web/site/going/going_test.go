package going_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/going"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/world"
)

const host = "cornouaille.kumun.test"

// site is the pages as somebody meets them; who acts is set by the test.
type site struct {
	*world.World
	posts  *community.Service
	routes *kit.Routes
	who    actor.Actor
	anna   actor.Actor
	event  *community.Post
}

func open(t *testing.T, places int) *site {
	w := world.New(t)
	s := &site{World: w, posts: w.Posts(t), who: w.Visitor(), anna: w.Member(t, "anna le goff", actor.Ambassador)}
	s.event = w.Event(t, s.anna, "Premier bain, il y a du thé", func(draft *community.Draft) { draft.Event.Places = places })
	members := w.Members()
	house := &kit.House{Clock: w.Clock, Policy: s.posts.Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10), SignInPath: "/connexion",
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return s.who, nil }}
	s.routes = kit.NewRoutes(house)
	going.Mount(s.routes, &notifications.Going{Letters: &notifications.Letters{DB: w.DB, Clock: w.Clock}, Members: members, Posts: s.posts})
	posts.Mount(s.routes, s.posts, members, w.Groups())
	return s
}

func (s *site) send(tenant *tenants.Tenant, method, path string, form url.Values) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(request, tenant))
	return answer
}

func (s *site) has(t *testing.T, answer *httptest.ResponseRecorder, status int, wants ...string) {
	t.Helper()
	if answer.Code != status || strings.Contains(answer.Body.String(), "[going.") {
		t.Fatalf("%d, not %d", answer.Code, status)
	}
	for _, want := range wants {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func (s *site) page() *httptest.ResponseRecorder {
	return s.send(s.Tenant, http.MethodGet, s.event.Path(), nil)
}

func (s *site) say(values url.Values) *httptest.ResponseRecorder {
	return s.send(s.Tenant, http.MethodPost, "/publications/"+s.event.ID.String()+"/jy-vais", values)
}

// link is the one that the letter for the last address holds.
func (s *site) link(t *testing.T, act notifications.GoingAct) string {
	t.Helper()
	facts := s.Facts(t, s.Tenant.ID, string(community.PlaceAsked))
	var fact community.GoingFact
	if err := json.Unmarshal([]byte(facts[len(facts)-1]), &fact); err != nil {
		t.Fatal(err)
	}
	return notifications.GoingPath(s.Tenant, host, act, fact.ID)
}

func TestAVisitorGoesWithoutAnAccount(t *testing.T) {
	s := open(t, 1)
	s.has(t, s.page(), http.StatusOK, "Qui y va", `name="email"`)

	s.has(t, s.say(url.Values{"email": {"gwen"}}), http.StatusUnprocessableEntity, `value="gwen"`, "<details class=\"more\" open")
	s.has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	ask := s.link(t, notifications.ConfirmPlace)
	s.has(t, s.send(s.Tenant, http.MethodGet, ask, nil), http.StatusOK, `method="post"`, "Premier bain")
	s.has(t, s.page(), http.StatusOK, "Qui y va", "Une place.")

	for range 2 {
		s.has(t, s.send(s.Tenant, http.MethodPost, ask, nil), http.StatusOK, "tu y vas", "calendrier.ics")
	}
	s.has(t, s.page(), http.StatusOK, "Une personne y va", "C’est complet", "Attendre une place")

	back := s.link(t, notifications.GiveBack)
	s.has(t, s.send(s.Tenant, http.MethodGet, back, nil), http.StatusOK, "Rendre ta place")
	s.has(t, s.page(), http.StatusOK, "Une personne y va")
	for range 2 {
		s.has(t, s.send(s.Tenant, http.MethodPost, back, nil), http.StatusOK, "tu n’y vas plus")
	}
	s.has(t, s.page(), http.StatusOK, "Qui y va")
	s.has(t, s.send(s.Tenant, http.MethodPost, ask, nil), http.StatusNotFound, "a servi")
}

func TestALinkThatIsOldOrForgedTakesNoPlace(t *testing.T) {
	s := open(t, 0)
	s.has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	ask := s.link(t, notifications.ConfirmPlace)
	for name, path := range map[string]string{
		"another act":  strings.Replace(ask, "/jy-vais?", "/jy-vais/rendre?", 1),
		"no signature": ask[:strings.Index(ask, "&s=")],
		"forged":       ask + "x",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code := s.send(s.Tenant, method, path, nil).Code; code != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, method, code)
			}
		}
	}
	if code := s.send(s.Neighbour, http.MethodPost, ask, nil).Code; code != http.StatusNotFound {
		t.Errorf("at the neighbours': %d", code)
	}
	s.Clock.Forward(49 * time.Hour)
	s.has(t, s.send(s.Tenant, http.MethodPost, ask, nil), http.StatusNotFound, "a servi")
}

func TestAskingTellsNobodyWhoIsAMember(t *testing.T) {
	s := open(t, 0)
	ben := s.Member(t, "ben")
	if _, err := s.posts.Go(t.Context(), ben, s.event.ID); err != nil {
		t.Fatal(err)
	}
	member, stranger := s.say(url.Values{"email": {"ben@example.org"}}), s.say(url.Values{"email": {"gwen@example.net"}})
	if member.Code != stranger.Code || member.Header().Get("Location") != stranger.Header().Get("Location") {
		t.Errorf("%d %s, %d %s", member.Code, member.Header().Get("Location"), stranger.Code, stranger.Header().Get("Location"))
	}
	for range 4 {
		s.has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	}
	s.has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusTooManyRequests, `value="gwen@example.net"`)
}

func TestAMemberGoesInOneClickAndIsNamedIfTheyAgreed(t *testing.T) {
	s := open(t, 0)
	ben := s.Member(t, "ben riou")
	s.who = ben
	s.has(t, s.say(nil), http.StatusSeeOther)
	s.has(t, s.page(), http.StatusOK, "Tu y vas", "Finalement non", "Une personne y va")
	s.who = s.Visitor()
	s.has(t, s.page(), http.StatusOK, "/voisins/"+ben.Member.String())
	s.who = s.anna
	s.has(t, s.page(), http.StatusOK, "Parmi les voisins inscrits\u00a0: Ben.")

	if err := s.Members().SetState(t.Context(), s.Tenant.ID, ben.Member, "hidden"); err != nil {
		t.Fatal(err)
	}
	s.who = s.Visitor()
	if strings.Contains(s.page().Body.String(), ben.Member.String()) {
		t.Error("somebody is named who is not shown")
	}
	s.who = ben
	s.has(t, s.say(url.Values{"place": {"rendre"}}), http.StatusSeeOther)
	s.has(t, s.page(), http.StatusOK, "Qui y va")
}
