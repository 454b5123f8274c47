package mail_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/services"
)

func keys(t testing.TB) []mail.Key {
	t.Helper()
	made, err := mail.NewKeys("kumun.test", "k1")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func letter(to string, keys ...mail.Key) mail.Letter {
	return mail.Letter{MessageID: "1@kumun.test", FromName: "Cornouaille à l'ouest", From: "bonjour@kumun.test", To: to,
		Subject: "Prête pour jeudi ?", Text: "La grande marée est à 7 h.\n", HTML: "<p>La grande marée est à 7&nbsp;h.</p>",
		Date: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Keys: keys,
		Headers: map[string]string{"List-Unsubscribe": "<https://kumun.test/lettre/arreter?m=1&s=2>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"Reply-To": "asso@cornouaille.test"}}
}

func dial(t testing.TB, sink *services.Sink, options string) *mail.Sender {
	t.Helper()
	sender, err := mail.Dial(sink.URL() + options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

// published answers for the keys' records, as a DNS would.
func published(keys []mail.Key) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		for _, key := range keys {
			if at, value := key.Record(); at == name {
				return []string{value}, nil
			}
		}
		return nil, fmt.Errorf("no such host %s", name)
	}
}

func TestEachKeySignsTheLetterAsItArrives(t *testing.T) {
	sink, signing := services.SMTP(t), keys(t)
	if err := dial(t, sink, "").Send(t.Context(), letter("anna@example.org", signing...)); err != nil {
		t.Fatal(err)
	}
	raw := sink.Messages()[0].Raw

	verified, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: published(signing)})
	if err != nil || len(verified) != 2 {
		t.Fatalf("%d signatures, %v", len(verified), err)
	}
	for _, signature := range verified {
		if signature.Err != nil || signature.Domain != "kumun.test" {
			t.Errorf("%s: %v", signature.Domain, signature.Err)
		}
		for _, name := range []string{"from", "to", "subject", "date", "message-id", "reply-to", "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type"} {
			if !slices.ContainsFunc(signature.HeaderKeys, func(key string) bool { return strings.EqualFold(key, name) }) {
				t.Errorf("%s is outside the signature: %v", name, signature.HeaderKeys)
			}
		}
	}

	for name, changed := range map[string]string{
		"another button": strings.Replace(string(raw), "arreter?m=1", "arreter?m=2", 1),
		"no button":      strings.Replace(string(raw), "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "", 1),
		"another body":   strings.Replace(string(raw), "grande", "petite", 1),
		"another reply":  strings.Replace(string(raw), "asso@", "eve@", 1),
	} {
		if changed == string(raw) {
			t.Fatalf("%s: nothing changed in\n%s", name, raw)
		}
		verified, err := dkim.VerifyWithOptions(strings.NewReader(changed), &dkim.VerifyOptions{LookupTXT: published(signing)})
		if err != nil || len(verified) != 2 || verified[0].Err == nil || verified[1].Err == nil {
			t.Errorf("%s passes: %v", name, err)
		}
	}
}

func TestAKeyIsTheSameAfterItWasStored(t *testing.T) {
	for _, key := range keys(t) {
		encoded, err := key.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := mail.ParseKey(key.Domain, key.Selector, encoded)
		if err != nil {
			t.Fatal(err)
		}
		if name, value := again.Record(); func() bool { n, v := key.Record(); return n != name || v != value }() {
			t.Errorf("%s became %s", name, value)
		}
	}
	if _, err := mail.ParseKey("kumun.test", "k1r", "AAAA"); err == nil {
		t.Error("three zeros pass for a key")
	}
}

func TestAddressesAsServersTakeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"anna@example.org":                       "anna@example.org",
		" anna@example.org ":                     "anna@example.org",
		"anna@crêperie.example":                  "anna@xn--crperie-kya.example",
		"anna+marée@example.org":                 "",
		"zoé@example.org":                        "",
		"anna":                                   "",
		"anna@":                                  "",
		"@example.org":                           "",
		"a b@example.org":                        "",
		"anna@exa mple.org":                      "",
		"Anna <anna@example.org>":                "",
		"anna@example.org\nBcc: x":               "",
		"anna@example.org>,<b@c.fr":              "",
		"a@b.fr, c@d.fr":                         "",
		"anna@-example-.org":                     "",
		"":                                       "",
		strings.Repeat("a", 65) + "@example.org": "",
		"a@" + strings.Repeat("bbbbbbbbb.", 26) + "example": "",
	} {
		wired, err := mail.Wired(typed)
		if wired != want || (want == "") != errors.Is(err, mail.ErrRefused) {
			t.Errorf("%q became %q, %v", typed, wired, err)
		}
	}
	if mail.Normal(" ANNA@Crêperie.Example") != mail.Normal("anna@XN--CRPERIE-KYA.example") {
		t.Error("one address is written in two ways")
	}
}

func TestARefusedRecipientCostsNoConnection(t *testing.T) {
	sink := services.SMTP(t)
	sink.Reject("gone@example.org", 550, [3]int{5, 1, 1})
	sender := dial(t, sink, "")

	err := sender.Send(t.Context(), letter("gone@example.org"))

	var refusal *mail.Refusal
	if !errors.Is(err, mail.ErrRefused) || !errors.As(err, &refusal) || refusal.Status != "5.1.1" || refusal.Code != 550 {
		t.Errorf("%v", err)
	}
	if err := sender.Send(t.Context(), letter("anna@example.org")); err != nil || len(sink.Messages()) != 1 {
		t.Errorf("%d letters, %v", len(sink.Messages()), err)
	}
}

func TestAServerThatDoesNotAnswerIsGivenUpInTime(t *testing.T) {
	sink := services.SMTP(t)
	sink.Stall()
	sender := dial(t, sink, "?timeout=200ms")

	err := sender.Send(t.Context(), letter("anna@example.org"))

	if err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("%v", err)
	}
	sink.Resume()
	if err := sender.Send(t.Context(), letter("bob@example.org")); err != nil {
		t.Errorf("the next letter: %v", err)
	}
}

func TestAServerThatHangsUpMidMessageHasNotRefused(t *testing.T) {
	sink := services.SMTP(t)
	sender := dial(t, sink, "")
	for _, arrived := range []bool{false, true} {
		sink.DropNext(1, arrived)
		if err := sender.Send(t.Context(), letter("anna@example.org")); err == nil || errors.Is(err, mail.ErrRefused) {
			t.Errorf("%v", err)
		}
	}
	if err := sender.Send(t.Context(), letter("anna@example.org")); err != nil {
		t.Error(err)
	}
	if arrived := sink.Messages(); len(arrived) != 2 || arrived[0].Header.Get("Message-Id") != arrived[1].Header.Get("Message-Id") {
		t.Errorf("%d letters", len(arrived))
	}
}

func TestTheReturnPathIsTheEnvelopesAlone(t *testing.T) {
	sink, wanted := services.SMTP(t), letter("anna@example.org")
	wanted.ReturnPath = "b-1-2-3@rebonds.kumun.test"

	if err := dial(t, sink, "").Send(t.Context(), wanted); err != nil {
		t.Fatal(err)
	}

	if message := sink.Messages()[0]; message.From != wanted.ReturnPath || !strings.Contains(message.Header.Get("From"), "<bonjour@kumun.test>") {
		t.Errorf("from %s, %s", message.From, message.Header.Get("From"))
	}
}

func BenchmarkSend(b *testing.B) {
	both := keys(b)
	for _, run := range []struct {
		name string
		keys []mail.Key
	}{{"unsigned", nil}, {"RSA", both[:1]}, {"Ed25519", both[1:]}, {"both", both}} {
		b.Run(run.name, func(b *testing.B) {
			one := letter("anna@example.org", run.keys...)
			one.HTML = strings.Repeat("<p>La grande marée est à 7&nbsp;h.</p>\n", 700) // a digest's 30 KB
			for b.Loop() {
				if err := mail.Compose(one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
