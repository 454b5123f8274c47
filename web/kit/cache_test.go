package kit_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web/kit"
)

// stand is a house with one page.
type stand struct {
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
			return actor.Actor{Tenant: s.tenant.ID, Roles: []actor.Role{actor.Visitor}}, nil
		}})
	s.routes.Get("/", kit.Anyone, func(r *kit.Request) error {
		return r.Page(kit.Page{Title: "Une page", Body: templ.Raw("<p>Bonjour</p>")})
	})
	return s
}

type everything struct{}

func (everything) Allows(actor.Actor, string, string) bool { return true }

func (s *stand) request() *http.Request {
	return s.cache.Stamped(httptest.NewRequest(http.MethodGet, "http://banc.test/", nil), s.tenant.ID)
}

// visit makes the page.
func (s *stand) visit() {
	s.routes.ServeHTTP(httptest.NewRecorder(), kit.WithTenant(s.request(), s.tenant))
}

// kept tells whether a visitor is served from memory.
func (s *stand) kept() bool { return s.cache.Serve(httptest.NewRecorder(), s.request(), s.tenant.ID) }

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

	s.routes.ServeHTTP(httptest.NewRecorder(), kit.WithTenant(request, s.tenant))

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
