package main_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	kumun "github.com/kumun/kumun/cmd/kumun"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/web/site/signin"
	"github.com/kumun/kumun/world"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func TestTheAudienceIsCountedWithoutFollowingAnybody(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	w.Tenants.Base = bareHost
	rooms, err := kumun.Furnish(t.Context(), kumun.StoreSettings{Data: t.TempDir(), BaseURL: "https://" + bareHost}, w.DB, w.Till(t).Standin)
	if err != nil {
		t.Fatal(err)
	}
	door, _ := kumun.Door(rooms, kumun.Settings{}, nil)
	handler := door.Handler()
	host := w.Tenant.Slug + "." + bareHost
	ask := func(path string, headers ...string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+path, nil)
		request.Header.Set("User-Agent", firefox)
		for n := 0; n < len(headers); n += 2 {
			request.Header.Set(headers[n], headers[n+1])
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	tip := w.Tip(t, w.Member(t, "nolwenn", actor.Ambassador), "Le bain de sept heures")

	for range 3 { // the first is made, the others come from memory
		if answer := ask(tip.Path(), "Referer", "https://www.ouest.example/page?who=anna"); answer.Header().Get("Set-Cookie") != "" {
			t.Error("a visitor got a cookie")
		}
	}
	ask("/?entree=venir", "Referer", "https://"+host+tip.Path())
	ask(tip.Path(), "User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")
	ask(tip.Path(), "User-Agent", "curl/8")
	ask("/bons-plans/perdu")
	if err := kumun.KeepFigures(rooms, t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := kumun.KeepFigures(rooms, t.Context()); err != nil {
		t.Fatal(err)
	}

	editor := w.Member(t, "maelle", actor.Editor)
	page := ask("/redaction/audience", "Cookie", signin.SessionCookie(true)+"="+w.SignIn(t, editor)).Body.String()
	cells := strings.NewReplacer("\n", "", "\t", "").Replace(page)
	for _, want := range []string{"4 pages vues", `>Le bain de sept heures</a></td><td class="r">3<`, `<td>ouest.example</td><td class="r">3<`, `<td>Venir</td><td class="r">1<`} {
		if !strings.Contains(cells, want) {
			t.Errorf("no %q in %s", want, cells)
		}
	}
	if strings.Contains(page, "who=anna") || strings.Contains(page, host+"</td>") {
		t.Error("more than a foreign host is told")
	}
	if got := ask("/redaction/audience", "Cookie", signin.SessionCookie(true)+"="+w.SignIn(t, w.Member(t, "samuel"))).Code; got != http.StatusNotFound {
		t.Errorf("a member is answered with %d", got)
	}
}
