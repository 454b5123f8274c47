package web_test

import (
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
	"github.com/kumun/kumun/web/site/going"
	"github.com/kumun/kumun/web/site/posts"
)

type goingSite struct {
	*site
	anna  actor.Actor
	event *community.Post
}

func openGoing(t *testing.T, places int) *goingSite {
	s := &goingSite{site: open(t)}
	s.anna = s.Member(t, "anna le goff", actor.Ambassador)
	s.event = s.Event(t, s.anna, "Premier bain, il y a du thé", func(draft *community.Draft) { draft.Event.Places = places })
	members := s.Members()
	going.Mount(s.routes, &notifications.Going{Letters: s.letters(), Members: members, Posts: s.Posts(t)})
	posts.Mount(s.routes, s.Posts(t), members, s.Groups())
	return s
}

func (s *goingSite) page() *httptest.ResponseRecorder {
	return s.get(s.event.Path())
}

func (s *goingSite) say(values url.Values) *httptest.ResponseRecorder {
	return s.post("/publications/"+s.event.ID.String()+"/jy-vais", values)
}

// link is the one that the letter for the last address holds.
func (s *goingSite) link(t *testing.T, act notifications.GoingAct) string {
	t.Helper()
	facts := s.Facts(t, s.Tenant.ID, string(community.PlaceAsked))
	var fact community.GoingFact
	if err := json.Unmarshal([]byte(facts[len(facts)-1]), &fact); err != nil {
		t.Fatal(err)
	}
	return notifications.GoingPath(s.Tenant, host, act, fact.ID)
}

func TestAVisitorGoesWithoutAnAccount(t *testing.T) {
	s := openGoing(t, 1)
	has(t, s.page(), http.StatusOK, "Qui y va", `name="email"`)

	has(t, s.say(url.Values{"email": {"gwen"}}), http.StatusUnprocessableEntity, `value="gwen"`, "<details class=\"more\" open")
	has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	ask := s.link(t, notifications.ConfirmPlace)
	has(t, s.get(ask), http.StatusOK, `method="post"`, "Premier bain")
	has(t, s.page(), http.StatusOK, "Qui y va", "Une place.")

	for range 2 {
		has(t, s.post(ask, nil), http.StatusOK, "tu y vas", "calendrier.ics")
	}
	has(t, s.page(), http.StatusOK, "Une personne y va", "C’est complet", "Attendre une place")

	back := s.link(t, notifications.GiveBack)
	has(t, s.get(back), http.StatusOK, "Rendre ta place")
	has(t, s.page(), http.StatusOK, "Une personne y va")
	for range 2 {
		has(t, s.post(back, nil), http.StatusOK, "tu n’y vas plus")
	}
	has(t, s.page(), http.StatusOK, "Qui y va")
	has(t, s.post(ask, nil), http.StatusNotFound, "a servi")
}

func TestALinkThatIsOldOrForgedTakesNoPlace(t *testing.T) {
	s := openGoing(t, 0)
	has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	ask := s.link(t, notifications.ConfirmPlace)
	for name, path := range map[string]string{
		"another act":  strings.Replace(ask, "/jy-vais?", "/jy-vais/rendre?", 1),
		"no signature": ask[:strings.Index(ask, "&s=")],
		"forged":       ask + "x",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code := s.send(s.Tenant, request(method, path, nil)).Code; code != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, method, code)
			}
		}
	}
	if code := s.send(s.Neighbour, request(http.MethodPost, ask, nil)).Code; code != http.StatusNotFound {
		t.Errorf("at the neighbours': %d", code)
	}
	s.Clock.Forward(49 * time.Hour)
	has(t, s.post(ask, nil), http.StatusNotFound, "a servi")
}

func TestAskingTellsNobodyWhoIsAMember(t *testing.T) {
	s := openGoing(t, 0)
	ben := s.Member(t, "ben")
	if _, err := s.Posts(t).Go(t.Context(), ben, s.event.ID); err != nil {
		t.Fatal(err)
	}
	member, stranger := s.say(url.Values{"email": {"ben@example.org"}}), s.say(url.Values{"email": {"gwen@example.net"}})
	if member.Code != stranger.Code || member.Header().Get("Location") != stranger.Header().Get("Location") {
		t.Errorf("%d %s, %d %s", member.Code, member.Header().Get("Location"), stranger.Code, stranger.Header().Get("Location"))
	}
	for range 4 {
		has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusSeeOther)
	}
	has(t, s.say(url.Values{"email": {"gwen@example.net"}}), http.StatusTooManyRequests, `value="gwen@example.net"`)
}

func TestAMemberGoesInOneClickAndIsNamedIfTheyAgreed(t *testing.T) {
	s := openGoing(t, 0)
	ben := s.Member(t, "ben riou")
	s.who = ben
	has(t, s.say(nil), http.StatusSeeOther)
	has(t, s.page(), http.StatusOK, "Tu y vas", "Finalement non", "Une personne y va")
	s.who = s.Visitor()
	has(t, s.page(), http.StatusOK, "/voisins/"+ben.Member.String())
	s.who = s.anna
	has(t, s.page(), http.StatusOK, "Parmi les voisins inscrits\u00a0: Ben.")

	if err := s.Members().SetState(t.Context(), s.Tenant.ID, ben.Member, "hidden"); err != nil {
		t.Fatal(err)
	}
	s.who = s.Visitor()
	if strings.Contains(s.page().Body.String(), ben.Member.String()) {
		t.Error("somebody is named who is not shown")
	}
	s.who = ben
	has(t, s.say(url.Values{"place": {"rendre"}}), http.StatusSeeOther)
	has(t, s.page(), http.StatusOK, "Qui y va")
}
