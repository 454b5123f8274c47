package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/web/dev/mailbox"
)

func TestACommunitySeesItsOwnMailAlone(t *testing.T) {
	s := open(t)
	post := s.letters()
	if err := s.DB.Write(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return post.Write(ctx, tx, notifications.Reader{Email: "anna@example.org", Language: "fr"}, func(sender letters.Sender) letters.Letter {
			return letters.Welcome(sender, "<script>alert(1)</script>")
		})
	}); err != nil {
		t.Fatal(err)
	}
	mailbox.Mount(s.routes, post, &notifications.Digest{Letters: post})

	var box struct {
		Messages []struct {
			ID, To, Subject, Text, HTML string
			Links                       []string
			Headers                     map[string]string
		}
	}
	if err := json.Unmarshal(s.get("/dev/mail.json").Body.Bytes(), &box); err != nil || len(box.Messages) != 1 {
		t.Fatalf("%v, %d messages", err, len(box.Messages))
	}
	message := box.Messages[0]
	if message.To != "anna@example.org" || message.Headers["Message-ID"] == "" || len(message.Links) != 3 || message.Links[0] != "http://cornouaille.kumun.test/groupes" {
		t.Errorf("%+v", message)
	}
	if page := s.get("/dev/mail").Body.String(); !strings.Contains(page, "/dev/mail/"+message.ID) {
		t.Errorf("the list lacks the letter:\n%s", page)
	}
	for _, path := range []string{"/dev/mail/" + message.ID, "/dev/mail/" + message.ID + "/html"} {
		own, foreign := s.get(path), s.send(s.Neighbour, request(http.MethodGet, path, nil))
		if own.Code != http.StatusOK || strings.Contains(own.Body.String(), "<script>alert") {
			t.Errorf("%s: %d", path, own.Code)
		}
		if foreign.Code != http.StatusNotFound {
			t.Errorf("%s: the neighbour gets %d", path, foreign.Code)
		}
	}
	if policy := s.get("/dev/mail/" + message.ID + "/html").Header().Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script") {
		t.Errorf("policy of a letter: %s", policy)
	}
}
