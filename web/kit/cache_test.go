package kit_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web/kit"
)

// stand is a house with one page, seen by whoever who is, and a count of how
// often its body was made.
type stand struct {
	who    actor.Actor
	made   int
	clock  *clock.Moved
	cache  *kit.Cache
	routes *kit.Routes
	tenant *tenants.Tenant
}

func open() *stand {
	s := &stand{clock: clock.At(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))}
	s.tenant = &tenants.Tenant{ID: 1, Name: "Banc", Settings: tenants.Settings{Language: "fr", Address: "tu", Zone: "Europe/Paris", Look: look.Kumun}}
	s.cache = kit.NewCache(s.clock, 10)
	s.routes = kit.NewRoutes(&kit.House{Clock: s.clock, Policy: everything{}, Scheme: "http", Cache: s.cache,
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) {
			return s.who, nil
		}})
	s.routes.Get("/", kit.Anyone, func(r *kit.Request) error {
		s.made++
		return r.Page(kit.Page{Title: "Une page", Shared: true, Body: templ.Raw("<p>Bonjour</p>")})
	})
	return s
}

type everything struct{}

func (everything) Allows(actor.Actor, string, string) bool { return true }

func (s *stand) request() *http.Request {
	return s.cache.Stamped(httptest.NewRequest(http.MethodGet, "http://banc.test/", nil), s.tenant.ID)
}

// visit opens the page.
func (s *stand) visit() string { return s.open(s.request()) }

func (s *stand) open(request *http.Request) string {
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(request, s.tenant))
	return answer.Body.String()
}

func (s *stand) signIn(name, language string) {
	s.who = actor.Actor{Tenant: s.tenant.ID, Member: id.ID(len(name)), Name: name, Language: language}
}

// kept tells whether a visitor is served from memory.
func (s *stand) kept() bool {
	_, kept := s.cache.Serve(httptest.NewRecorder(), s.request(), s.tenant.ID)
	return kept
}

func TestAPageIsKeptUntilSomethingChanges(t *testing.T) {
	s := open()
	s.visit()

	if !s.kept() {
		t.Error("the page was not kept")
	}
	s.cache.Changed(int64(s.tenant.ID))
	if s.kept() {
		t.Error("the page hides a change")
	}
}

func TestAChangeWhileAPageIsMadeIsNotHidden(t *testing.T) {
	s := open()
	request := s.request()
	s.cache.Changed(int64(s.tenant.ID))

	s.open(request)

	if s.kept() {
		t.Error("the page may be older than the change")
	}
}

func TestOneRequestMakesAnOldPageAnewWhileOthersGetIt(t *testing.T) {
	s := open()
	s.visit()

	s.clock.Forward(3 * time.Second)

	if s.kept() {
		t.Error("nobody makes the old page anew")
	}
	if !s.kept() {
		t.Error("a second request makes the page at the same time")
	}
	s.clock.Forward(2 * time.Second)
	if s.kept() {
		t.Error("the page is sent for ever, since nobody finished making it")
	}
	s.visit()
	if !s.kept() {
		t.Error("the new page was not kept")
	}
}

func TestMembersShareTheBodyAndKeepTheirOwnFace(t *testing.T) {
	s := open()
	s.signIn("Anna", "fr")
	s.visit()

	s.signIn("Zoltan", "fr")
	page := s.visit()

	if s.made != 1 {
		t.Errorf("the body was made %d times for two members", s.made)
	}
	if !strings.Contains(page, "<p>Bonjour</p>") || !strings.Contains(page, ">Z</a>") || strings.Contains(page, ">A</a>") {
		t.Errorf("not the page of the second member: %s", page)
	}
	if s.kept() {
		t.Error("a visitor gets a member's page")
	}
}

func TestASharedBodyIsMadeAnewForAnotherLanguageAfterAChangeAndInTime(t *testing.T) {
	s := open()
	s.signIn("Anna", "fr")
	s.visit()

	for _, change := range []func(){
		func() { s.signIn("Anna", "en") },
		func() { s.cache.Changed(int64(s.tenant.ID)) },
		func() { s.clock.Forward(3 * time.Second) },
	} {
		made := s.made
		change()
		s.visit()
		if s.made != made+1 {
			t.Errorf("made %d times after %d", s.made, made)
		}
	}
}

func TestWhoComesFromAFormSeesTheStoreAsItIs(t *testing.T) {
	s := open()
	s.signIn("Anna", "fr")
	fromForm := func() {
		s.open(s.cache.Stamped(httptest.NewRequest(http.MethodGet, "http://banc.test/?dit=published", nil), s.tenant.ID))
	}

	fromForm()
	fromForm()

	if s.made != 2 {
		t.Errorf("made %d times", s.made)
	}
}
