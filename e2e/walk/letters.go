package walk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/services"
)

// Letter is one that the demonstration's mailbox holds.
type Letter struct {
	ID, To, Kind, Subject, Text, HTML, State string

	Headers map[string]string
	Links   []string
}

// Letters are those to an address that have left, the newest first.
func Letters(t services.TB, community, address string) []Letter {
	t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	var found []Letter
	for next := "/dev/mail.json?a=" + address; next != ""; {
		answer, err := client.Get(community + next)
		if err != nil {
			t.Fatalf("read the mailbox: %v", err)
		}
		var box struct {
			Messages []Letter
			Next     string
		}
		err = json.NewDecoder(answer.Body).Decode(&box)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatalf("read the mailbox: %v", err)
		}
		for _, one := range box.Messages {
			if one.State == "sent" {
				found = append(found, one)
			}
		}
		if next = box.Next; next != "" {
			next += "&a=" + address
		}
	}
	return found
}

// Link is the first of the letter's links that has the words.
func (l Letter) Link(t services.TB, words string) string {
	t.Helper()
	for _, one := range l.Links {
		if strings.Contains(one, words) {
			return one
		}
	}
	t.Fatalf("%q has no link to %s, only %q", l.Subject, words, l.Links)
	return ""
}

// LetterTo waits until somebody has a letter of that kind that says the words.
func LetterTo(t services.TB, community, address, kind string, words ...string) Letter {
	t.Helper()
	var letter Letter
	Eventually(t, kind+" to "+address, func() bool {
	letters:
		for _, one := range Letters(t, community, address) {
			if !strings.HasPrefix(one.Kind, kind) {
				continue
			}
			for _, word := range words {
				if !strings.Contains(Plain(one.Subject+" "+one.Text), Plain(word)) {
					continue letters
				}
			}
			letter = one
			return true
		}
		return false
	})
	return letter
}

var code = regexp.MustCompile(`\b(\d{3})\D(\d{3})\b`)

// Code waits for a sign-in code that is newer than the one before.
func Code(t services.TB, community, address, before string) string {
	t.Helper()
	digits := ""
	Eventually(t, "a code for "+address, func() bool {
		digits = NewestCode(t, community, address)
		return digits != "" && digits != before
	})
	return digits
}

// NewestCode is the last code that was mailed to an address, "" when none was.
func NewestCode(t services.TB, community, address string) string {
	t.Helper()
	for _, one := range Letters(t, community, address) {
		if found := code.FindStringSubmatch(one.Text); found != nil && strings.HasPrefix(one.Kind, "sign_in") {
			return found[1] + found[2]
		}
	}
	return ""
}

// Plain spells as one types: catalogues set narrow spaces and curly quotes.
func Plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "’", "'")), " ")
}

// Post sends a form to an address of the product, as a program that knows no
// cookie, and returns the status.
func Post(p *Product, address string, values url.Values) (int, error) {
	target, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequest(http.MethodPost, p.Bare+target.RequestURI(), strings.NewReader(values.Encode()))
	if err != nil {
		return 0, err
	}
	request.Host = target.Host
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
