package asking_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/asking"
	"github.com/kumun/kumun/world"
)

const host = "cornouaille.kumun.test"

type site struct {
	*world.World
	asking *notifications.Asking
	routes *kit.Routes
	who    actor.Actor
}

func open(t *testing.T) *site {
	w := world.New(t)
	s := &site{World: w, who: w.Visitor()}
	letters := &notifications.Letters{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Tenants: w.Tenants,
		Home: func(tenant *tenants.Tenant) string { return "http://" + tenant.Slug + ".kumun.test" }}
	s.asking = &notifications.Asking{Letters: letters, Members: w.Members(), Groups: w.Groups(), Posts: w.Posts(t)}
	house := &kit.House{Clock: w.Clock, Policy: w.Posts(t).Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10), SignInPath: "/connexion",
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return s.who, nil }}
	s.routes = kit.NewRoutes(house)
	asking.Mount(s.routes, s.asking)
	return s
}

func (s *site) send(t *testing.T, method, path string, form url.Values, status int, wants ...string) {
	t.Helper()
	request := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, kit.WithTenant(request, s.Tenant))
	if answer.Code != status || strings.Contains(answer.Body.String(), "[asking.") {
		t.Fatalf("%s %s: %d, not %d", method, path, answer.Code, status)
	}
	for _, want := range wants {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s %s lacks %q", method, path, want)
		}
	}
}

func (s *site) askable(t *testing.T, who actor.Actor) *membership.Askable {
	t.Helper()
	found, err := s.asking.Members.Askable(t.Context(), who.Tenant, who.Member)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAMemberAgreesToBeAskedAndChangesTheirMind(t *testing.T) {
	s := open(t)
	s.send(t, http.MethodGet, asking.Path, nil, http.StatusSeeOther)
	s.who = s.Member(t, "ben")
	s.send(t, http.MethodGet, asking.Path, nil, http.StatusOK, "On peut te demander")
	s.send(t, http.MethodPost, asking.Path, url.Values{"agreed": {"yes"}, "places": {" , "}}, http.StatusUnprocessableEntity, "au moins un sujet")
	s.send(t, http.MethodPost, asking.Path, url.Values{"agreed": {"yes"}, "topics": {"mer"}, "places": {"Tréboul, treboul,  Plogoff"}}, http.StatusSeeOther)
	if got := s.askable(t, s.who); !got.Agreed || len(got.Topics) != 1 || len(got.Places) != 2 {
		t.Errorf("%+v", got)
	}
	s.send(t, http.MethodGet, asking.Path, nil, http.StatusOK, `value="Tréboul, Plogoff"`)
	s.send(t, http.MethodPost, asking.Path, url.Values{"topics": {"mer"}}, http.StatusSeeOther)
	if got := s.askable(t, s.who); got.Agreed || len(got.Topics) != 0 {
		t.Errorf("%+v", got)
	}
	var given []bool
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &given, `SELECT given FROM consents WHERE tenant_id = ?tenant AND kind = 'asked' AND member_id = ?0 ORDER BY id`, s.who.Member)
	}); err != nil || len(given) != 2 {
		t.Errorf("consents are not noted: %v, %v", given, err)
	}
}

func TestOneClickSaysNotMe(t *testing.T) {
	s := open(t)
	anna, ben := s.Member(t, "anna", actor.Ambassador), s.Member(t, "ben")
	if err := s.asking.Members.SaveAskable(t.Context(), ben, true, []string{"mer"}, nil); err != nil {
		t.Fatal(err)
	}
	question := s.Question(t, anna, "Où nager quand la mer est grosse ?")
	if err := s.asking.Published(t.Context(), s.Tenant.ID, []byte(`{"id":"`+question.ID.String()+`","kind":"question"}`)); err != nil {
		t.Fatal(err)
	}
	var asked []id.ID
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &asked, `SELECT id FROM asked WHERE tenant_id = ?tenant AND passed_at IS NULL`)
	}); err != nil || len(asked) != 1 {
		t.Fatalf("%v, %v", asked, err)
	}
	link := notifications.PassPath(s.Tenant, host, asked[0])

	s.send(t, http.MethodGet, link, nil, http.StatusOK, "Où nager quand", `method="post"`)
	s.send(t, http.MethodPost, link+"x", nil, http.StatusNotFound)
	for range 2 {
		s.send(t, http.MethodPost, link, nil, http.StatusOK, "on demande ailleurs")
	}
	if !s.askable(t, ben).Agreed {
		t.Error("not me, once, is not never")
	}
	s.send(t, http.MethodPost, link, url.Values{"encore": {"non"}}, http.StatusOK, "entendu")
	if s.askable(t, ben).Agreed {
		t.Error("never is asked again")
	}
	if err := s.Posts(t).Delete(t.Context(), anna, question.ID); err != nil {
		t.Fatal(err)
	}
	s.send(t, http.MethodGet, link, nil, http.StatusOK, "on demande ailleurs")
}
