package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/breton"
)

func TestTheBretonPageIsADraftThatSaysSo(t *testing.T) {
	s := open(t)
	breton.Mount(s.routes, s.Posts(t))
	if got := s.get(kit.BretonPath).Code; got != http.StatusNotFound {
		t.Errorf("a community without Breton answers with %d", got)
	}
	s.Event(t, s.Member(t, "nolwenn", actor.Ambassador), "Kafe brezhoneg, une heure")
	s.Tenant.Settings.Languages = tenants.Languages

	answer := s.get(kit.BretonPath)
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
		`<h3 lang="fr">`, `<link rel="alternate" hreflang="br" href="http://cornouaille.kumun.test/br">`, `<link rel="canonical" href="http://cornouaille.kumun.test/br">`} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s in the page", want)
		}
	}
}
