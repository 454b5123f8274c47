package membership

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kumun/kumun/internal/fault"
)

// cleanName keeps names that can be read aloud and cannot turn a line of text
// around: controls, directions and invisible joiners are refused.
func cleanName(invalid *fault.Invalid, name string) string {
	name = collapse(name)
	length := utf8.RuneCountInString(name)
	switch {
	case !printable(name) || !strings.ContainsFunc(name, unicode.IsLetter):
		invalid.Add("name", "error.name")
	case length < 2 || length > 40:
		invalid.Add("name", "error.length", "min", 2, "max", 40)
	}
	return name
}

func cleanLine(invalid *fault.Invalid, field, text string, most int) string {
	text = collapse(text)
	switch {
	case !printable(text):
		invalid.Add(field, "error.signs")
	case utf8.RuneCountInString(text) > most:
		invalid.Add(field, "error.too_long", "max", most)
	}
	return text
}

func cleanText(invalid *fault.Invalid, field, text string, most int) string {
	text = strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(text, "\r\n", "\n")))
	switch {
	case !printable(strings.ReplaceAll(text, "\n", " ")):
		invalid.Add(field, "error.signs")
	case utf8.RuneCountInString(text) > most:
		invalid.Add(field, "error.too_long", "max", most)
	}
	return text
}

func cleanEmail(invalid *fault.Invalid, email string) string {
	email = normaliseEmail(email)
	parsed, err := mail.ParseAddress(email)
	_, domain, _ := strings.Cut(email, "@")
	if err != nil || parsed.Address != email || len(email) > 254 || !strings.Contains(domain, ".") {
		invalid.Add("email", "error.email")
	}
	return email
}

// Address is a mail address as it is stored, and whether it can be one.
func Address(text string) (email string, valid bool) {
	invalid := &fault.Invalid{}
	email = cleanEmail(invalid, text)
	return email, len(invalid.Fields) == 0
}

func normaliseEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFC.String(email)))
}

func collapse(text string) string { return strings.Join(strings.Fields(norm.NFC.String(text)), " ") }

// printable refuses controls, formatting signs (which include the ones that
// turn text around) and what is not text at all.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(sign rune) bool {
		return unicode.Is(unicode.C, sign) || sign == utf8.RuneError
	})
}

func withoutMarks(text string) string {
	return strings.Map(func(sign rune) rune {
		if unicode.Is(unicode.Mn, sign) {
			return -1
		}
		return sign
	}, norm.NFD.String(text))
}
