package breton_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/breton"
	"github.com/kumun/kumun/world"
)

func TestTheBretonPageIsADraftThatSaysSo(t *testing.T) {
	w := world.New(t)
	posts := w.Posts(t)
	routes := kit.NewRoutes(&kit.House{Clock: w.Clock, Policy: posts.Policy, Scheme: "http", Cache: kit.NewCache(w.Clock, 10),
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return w.Visitor(), nil }})
	breton.Mount(routes, posts)
	get := func() *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		routes.ServeHTTP(answer, kit.WithTenant(httptest.NewRequest(http.MethodGet, kit.BretonPath, nil), w.Tenant))
		return answer
	}
	if got := get().Code; got != http.StatusNotFound {
		t.Errorf("a community without Breton answers with %d", got)
	}
	w.Event(t, w.Member(t, "nolwenn", actor.Ambassador), "Kafe brezhoneg, une heure")
	w.Tenant.Settings.Languages = tenants.Languages

	answer := get()
	if got := answer.Header().Get("Content-Language"); got != "fr, br" {
		t.Errorf("Content-Language is %q", got)
	}
	said := words.For(words.Breton, "", nil)
	for _, key := range words.Keys(words.Breton) {
		if !strings.Contains(answer.Body.String(), strings.ReplaceAll(said.T(key), "'", "&#39;")) {
			t.Errorf("the page does not say %s, %q", key, said.T(key))
		}
	}
	for _, want := range []string{`lang="br"`, `<h1>Brezhoneg</h1>`, "da adlenn", `<p class="notice sun section-s" lang="fr">`, "attendent d’être relus",
		`<h3 lang="fr">`, `<link rel="alternate" hreflang="br" href="http://example.com/br">`, `<link rel="canonical" href="http://example.com/br">`} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s in the page", want)
		}
	}
}
