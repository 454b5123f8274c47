package walk

import (
	"encoding/json"
	"net/http"
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
				if !strings.Contains(one.Subject+"\n"+one.Text, word) {
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

// Code waits for the newest sign-in code that was not used before.
func Code(t services.TB, community, address, used string) string {
	t.Helper()
	digits := ""
	Eventually(t, "a code for "+address, func() bool {
		for _, one := range Letters(t, community, address) {
			if found := code.FindStringSubmatch(one.Text); strings.HasPrefix(one.Kind, "sign_in") && found != nil {
				digits = found[1] + found[2]
				return digits != used
			}
		}
		return false
	})
	return digits
}
