package mailbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/dev/mailbox"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/world"
)

func get(t *testing.T, routes *kit.Routes, tenant *tenants.Tenant, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, kit.WithTenant(httptest.NewRequest(http.MethodGet, path, nil), tenant))
	return answer
}

func TestACommunitySeesItsOwnMailAlone(t *testing.T) {
	w := world.New(t)
	post := &notifications.Letters{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Tenants: w.Tenants,
		Home: func(tenant *tenants.Tenant) string { return "http://" + tenant.Slug + ".kumun.test" }}
	if err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return post.Write(ctx, tx, notifications.Reader{Email: "anna@example.org", Language: "fr"}, func(s letters.Sender) letters.Letter {
			return letters.Welcome(s, "<script>alert(1)</script>")
		})
	}); err != nil {
		t.Fatal(err)
	}
	routes := kit.NewRoutes(&kit.House{Clock: w.Clock, Policy: world.Policy{}, Scheme: "http", Cache: kit.NewCache(w.Clock, 10),
		Identify: func(context.Context, *tenants.Tenant, *http.Request) (actor.Actor, error) { return w.Visitor(), nil }})
	mailbox.Mount(routes, post, &notifications.Digest{Letters: post})

	var box struct {
		Messages []struct {
			ID, To, Subject, Text, HTML string
			Links                       []string
			Headers                     map[string]string
		}
	}
	if err := json.Unmarshal(get(t, routes, w.Tenant, "/dev/mail.json").Body.Bytes(), &box); err != nil || len(box.Messages) != 1 {
		t.Fatalf("%v, %d messages", err, len(box.Messages))
	}
	message := box.Messages[0]
	if message.To != "anna@example.org" || message.Headers["Message-ID"] == "" || len(message.Links) != 3 || message.Links[0] != "http://cornouaille.kumun.test/groupes" {
		t.Errorf("%+v", message)
	}
	if page := get(t, routes, w.Tenant, "/dev/mail").Body.String(); !strings.Contains(page, "/dev/mail/"+message.ID) {
		t.Errorf("the list lacks the letter:\n%s", page)
	}
	for _, path := range []string{"/dev/mail/" + message.ID, "/dev/mail/" + message.ID + "/html"} {
		own, foreign := get(t, routes, w.Tenant, path), get(t, routes, w.Neighbour, path)
		if own.Code != http.StatusOK || strings.Contains(own.Body.String(), "<script>alert") {
			t.Errorf("%s: %d", path, own.Code)
		}
		if foreign.Code != http.StatusNotFound {
			t.Errorf("%s: the neighbour gets %d", path, foreign.Code)
		}
	}
	if policy := get(t, routes, w.Tenant, "/dev/mail/"+message.ID+"/html").Header().Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script") {
		t.Errorf("policy of a letter: %s", policy)
	}
}
