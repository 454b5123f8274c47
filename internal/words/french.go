package words

import (
	"regexp"
	"strings"
)

const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
	digits        = "0123456789"
)

// rules are tried where one of their signs stands, in this order.
var rules = []struct {
	signs   string
	pattern *regexp.Regexp
	into    string
}{
	{"'", regexp.MustCompile(`(\pL)'`), "$1’"},
	{";!?»", regexp.MustCompile(`[ \x{00a0}\x{202f}]+([;!?»])`), narrowNoBreak + "$1"},
	{":", regexp.MustCompile(`[ \x{00a0}\x{202f}]:`), noBreak + ":"},
	{"«", regexp.MustCompile(`«[ \x{00a0}\x{202f}]*`), "«" + narrowNoBreak},
	{"»", regexp.MustCompile(`([^\s` + narrowNoBreak + `])»`), "$1" + narrowNoBreak + "»"},
	{digits, regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](€|\$|%|h|km|min|cm|kg|°)`), "$1" + narrowNoBreak + "$2"},
	{digits, regexp.MustCompile(`(\d)(` + narrowNoBreak + `h)[ \x{00a0}\x{202f}](\d\d)\b`), "$1$2" + narrowNoBreak + "$3"},
	{digits, regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](\d{3})\b`), "$1" + narrowNoBreak + "$2"},
}

// French sets the spaces that French wants: a narrow one that does not break
// before ; ! ? and inside « », a wide one before the colon, and typographic
// apostrophes. It changes nothing else and may be applied twice.
func French(text string) string {
	for _, rule := range rules {
		if strings.ContainsAny(text, rule.signs) {
			text = rule.pattern.ReplaceAllString(text, rule.into)
		}
	}
	return text
}
