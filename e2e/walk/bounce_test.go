package walk_test

import (
	"context"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// ask posts a form to a community and tells whether anybody answered.
func ask(t *testing.T, address, path string, form url.Values) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "penmarch.kumun.test"
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		t.Fatalf("%s answers %d", path, answer.StatusCode)
	}
	return true
}

func TestABounceThatComesBackIsTakenByTheBuiltProgram(t *testing.T) {
	t.Parallel()
	s, sink := newShell(t), services.SMTP(t)
	s.sees(0, nil, "migrate")
	s.sees(0, nil, "tenant", "create", "penmarch", "--name", "Penmarc'h")
	web, inbox := freeAddress(t), freeAddress(t)
	server := exec.CommandContext(t.Context(), walk.Binary(t), "serve", "--listen", web, "--smtp-url", sink.URL(),
		"--bounce-domain", "rebonds.kumun.test", "--bounce-listen", inbox)
	server.Env = s.environment
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !ask(t, web, "/connexion", url.Values{"email": {"anna@example.org"}}) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal("the server does not answer")
		}
	}
	letter := sink.Wait(ctx, func(message services.Message) bool { return message.To[0] == "anna@example.org" })
	if !strings.HasPrefix(letter.From, "t-") || !strings.HasSuffix(letter.From, "@rebonds.kumun.test") {
		t.Fatalf("it bounces to %s", letter.From)
	}

	bounce := "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; anna@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n"
	if err := smtp.SendMail(inbox, nil, "", []string{letter.From}, []byte(bounce)); err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(inbox, nil, "eve@example.org", []string{"bob@example.org"}, []byte("Subject: x\r\n\r\nx")); err == nil {
		t.Error("it relays")
	}
	ask(t, web, "/connexion", url.Values{"email": {"anna@example.org"}})
	ask(t, web, "/connexion", url.Values{"email": {"bob@example.org"}})
	sink.Wait(ctx, func(message services.Message) bool { return message.To[0] == "bob@example.org" })

	if count := len(sink.Messages()); count != 2 {
		t.Errorf("%d letters: the address that bounced was written to again", count)
	}
}
