package letter_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/letter"
	"github.com/kumun/kumun/world"
)

const host = "cornouaille.kumun.test"

// site is the pages as somebody meets them who has not signed in.
type site struct {
	*world.World
	routes  *kit.Routes
	members *membership.Service
	anna    actor.Actor
	link    string
}

func open(t *testing.T) *site {
	w := world.New(t)
	s := &site{World: w, members: w.Members(), anna: w.Member(t, "anna")}
	house := &kit.House{Clock: w.Clock, Policy: world.Policy{}, Scheme: "http", Cache: kit.NewCache(w.Clock, 10),
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return w.Visitor(), nil }}
	s.routes = kit.NewRoutes(house)
	letter.Mount(s.routes, &notifications.Digest{Letters: &notifications.Letters{DB: w.DB, Clock: w.Clock}, Members: s.members})
	s.link = notifications.StopPath(w.Tenant, host, s.anna.Member)
	return s
}

func (s *site) send(tenant *tenants.Tenant, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(request, tenant))
	return answer
}

func (s *site) digest(t *testing.T) string {
	t.Helper()
	member, err := s.members.ByID(t.Context(), s.Tenant.ID, s.anna.Member)
	if err != nil {
		t.Fatal(err)
	}
	return member.Digest
}

func TestOpeningTheLinkChangesNothing(t *testing.T) {
	s := open(t)

	answer := s.send(s.Tenant, http.MethodGet, s.link, "")

	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `method="post"`) {
		t.Errorf("%d: %s", answer.Code, answer.Body)
	}
	if strings.Contains(answer.Body.String(), "anna@example.org") {
		t.Error("whoever was forwarded the letter learns the address")
	}
	if s.digest(t) != membership.Weekly {
		t.Error("a mail scanner stopped the digest")
	}
}

func TestOneClickOfTheMailProgramStopsTheDigest(t *testing.T) {
	s := open(t)

	for range 2 {
		if answer := s.send(s.Tenant, http.MethodPost, s.link, "List-Unsubscribe=One-Click"); answer.Code != http.StatusOK {
			t.Errorf("%d: %s", answer.Code, answer.Body)
		}
	}

	if s.digest(t) != membership.Never {
		t.Error("the digest goes on")
	}
}

func TestOneStopsAndTakesTheDigestUpAgain(t *testing.T) {
	s := open(t)

	stopped := s.send(s.Tenant, http.MethodPost, s.link, "arreter=1")
	if s.digest(t) != membership.Never || !strings.Contains(stopped.Body.String(), "/lettre/reprendre?") {
		t.Fatalf("%d: %s", stopped.Code, stopped.Body)
	}
	_, query, _ := strings.Cut(s.link, "?")
	resumed := s.send(s.Tenant, http.MethodPost, "/lettre/reprendre?"+query, "oui=1")

	if resumed.Code != http.StatusOK || s.digest(t) != membership.Weekly {
		t.Errorf("%d: %s", resumed.Code, resumed.Body)
	}
}

func TestALinkThatWasNotSignedHereIsNotFound(t *testing.T) {
	s := open(t)
	other := s.Member(t, "bob")
	forged, _ := url.Parse(s.link)
	query := forged.Query()
	query.Set("m", other.Member.String())
	forged.RawQuery = query.Encode()

	for name, answer := range map[string]*httptest.ResponseRecorder{
		"another member":    s.send(s.Tenant, http.MethodPost, forged.String(), "List-Unsubscribe=One-Click"),
		"another community": s.send(s.Neighbour, http.MethodPost, s.link, "List-Unsubscribe=One-Click"),
		"no signature":      s.send(s.Tenant, http.MethodGet, "/lettre/arreter", ""),
	} {
		if answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if s.digest(t) != membership.Weekly {
		t.Error("a forged link stopped the digest")
	}
}
