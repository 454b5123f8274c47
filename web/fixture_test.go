// Package web_test holds the tests of every room with pages, named after the
// room: one program to link, one fixture to read.
package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/world"
)

const (
	host = "cornouaille.kumun.test"
	base = "http://" + host
	day  = 24 * time.Hour
)

// site is a community's pages as a browser meets them: those that the test
// mounts. Who acts is set by the test, a visitor at first.
type site struct {
	*world.World
	routes *kit.Routes
	who    actor.Actor
}

func open(t *testing.T) *site {
	t.Helper()
	w := world.New(t)
	s := &site{World: w, who: w.Visitor()}
	s.routes = kit.NewRoutes(s.house(t))
	return s
}

func (s *site) house(t *testing.T) *kit.House {
	t.Helper()
	return &kit.House{Clock: s.Clock, Policy: s.Posts(t).Policy, Scheme: "http", Cache: kit.NewCache(s.Clock, 10), SignInPath: "/connexion",
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return s.who, nil }}
}

func (s *site) letters() *notifications.Letters {
	return &notifications.Letters{DB: s.DB, Clock: s.Clock, Outbox: s.Outbox, Tenants: s.Tenants, Senders: s.Senders(),
		Home: func(tenant *tenants.Tenant) string { return "http://" + tenant.Slug + ".kumun.test" }}
}

func (s *site) telling(t *testing.T) *notifications.Telling {
	t.Helper()
	return &notifications.Telling{Letters: s.letters(), Members: s.Members(), Groups: s.Groups(), Posts: s.Posts(t)}
}

func (s *site) newsletters(t *testing.T) *notifications.Newsletters {
	t.Helper()
	digest := &notifications.Digest{Letters: s.letters(), Members: s.Members(), Groups: s.Groups(), Posts: s.Posts(t)}
	return notifications.NewNewsletters(digest, s.Till(t).Service, digest.Posts.Policy)
}

func (s *site) subscriptions(t *testing.T) *notifications.Subscriptions {
	t.Helper()
	return notifications.NewSubscriptions(s.letters(), s.Members(), s.Posts(t).Policy)
}

func (s *site) get(path string) *httptest.ResponseRecorder {
	return s.send(s.Tenant, request(http.MethodGet, path, nil))
}

func (s *site) post(path string, values url.Values) *httptest.ResponseRecorder {
	return s.send(s.Tenant, request(http.MethodPost, path, values))
}

// send sends a request to a community's pages: its own, or the neighbour's.
func (s *site) send(tenant *tenants.Tenant, request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(request, tenant))
	return answer
}

func request(method, path string, values url.Values) *http.Request {
	request := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	request.Host = host
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request
}

// form is what a browser sends: pairs of name and value.
func form(pairs ...string) url.Values {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Add(pairs[n], pairs[n+1])
	}
	return values
}

// wordless is a key that no catalogue knows.
var wordless = regexp.MustCompile(`\[[a-z_]+\.[a-z][a-z_.0-9]*`)

func has(t *testing.T, answer *httptest.ResponseRecorder, status int, wanted ...string) {
	t.Helper()
	page := answer.Body.String()
	if answer.Code != status {
		t.Fatalf("status %d, want %d:\n%.2000s", answer.Code, status, page)
	}
	if key := wordless.FindString(page); key != "" {
		t.Errorf("the page shows a key without words: %s", key)
	}
	expect(t, page, wanted...)
}

func hasNot(t *testing.T, answer *httptest.ResponseRecorder, unwanted ...string) {
	t.Helper()
	refuse(t, answer.Body.String(), unwanted...)
}

func expect(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %.2000s", want, page)
		}
	}
}

func refuse(t *testing.T, page string, unwanted ...string) {
	t.Helper()
	for _, one := range unwanted {
		if strings.Contains(page, one) {
			t.Errorf("%q stands in %.2000s", one, page)
		}
	}
}
