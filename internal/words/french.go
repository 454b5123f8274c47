package words

import (
	"regexp"
	"slices"
	"strings"
)

const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
)

// rules are tried in this order where one may hold: an expression costs more
// than all else about a short text.
var rules = []struct {
	may     func(text string) bool
	pattern *regexp.Regexp
	into    string
}{
	{has("'"), regexp.MustCompile(`(\pL)'`), "$1’"},
	{follow(";!?»", " ", noBreak, " "+narrowNoBreak, noBreak+narrowNoBreak, narrowNoBreak+narrowNoBreak),
		regexp.MustCompile(`[ \x{00a0}\x{202f}]+([;!?»])`), narrowNoBreak + "$1"},
	{follow(":", " ", narrowNoBreak), regexp.MustCompile(`[ \x{00a0}\x{202f}]:`), noBreak + ":"},
	{has("«"), regexp.MustCompile(`«[ \x{00a0}\x{202f}]*`), "«" + narrowNoBreak},
	{has("»"), regexp.MustCompile(`([^\s` + narrowNoBreak + `])»`), "$1" + narrowNoBreak + "»"},
	{digitBefore("€$%hkmc°"), regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](€|\$|%|h|km|min|cm|kg|°)`), "$1" + narrowNoBreak + "$2"},
	{has(narrowNoBreak + "h"), regexp.MustCompile(`(\d)(` + narrowNoBreak + `h)[ \x{00a0}\x{202f}](\d\d)\b`), "$1$2" + narrowNoBreak + "$3"},
	{digitBefore("0123456789"), regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](\d{3})\b`), "$1" + narrowNoBreak + "$2"},
}

func has(sign string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, sign) }
}

// follow tells that one of the signs stands right after one of the others.
func follow(signs string, others ...string) func(string) bool {
	return func(text string) bool {
		for at := 0; ; at++ {
			next := strings.IndexAny(text[at:], signs)
			if next < 0 {
				return false
			}
			at += next
			if slices.ContainsFunc(others, func(other string) bool { return strings.HasSuffix(text[:at], other) }) {
				return true
			}
		}
	}
}

// digitBefore tells that a digit and a space stand before one of the signs.
func digitBefore(signs string) func(string) bool {
	return func(text string) bool {
		digit, spaced := false, false
		for _, sign := range text {
			if spaced && strings.ContainsRune(signs, sign) {
				return true
			}
			spaced = digit && (sign == ' ' || sign == '\u00a0' || sign == '\u202f')
			digit = '0' <= sign && sign <= '9'
		}
		return false
	}
}

// French sets the spaces that French wants: a narrow one that does not break
// before ; ! ? and inside « », a wide one before the colon, and typographic
// apostrophes. It changes nothing else and may be applied twice.
func French(text string) string {
	for _, rule := range rules {
		if rule.may(text) {
			text = rule.pattern.ReplaceAllString(text, rule.into)
		}
	}
	return text
}
