package words

import (
	"regexp"
	"strings"
)

const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
)

var (
	beforeHigh  = regexp.MustCompile(`[ \x{00a0}\x{202f}]+([;!?»])`)
	afterOpen   = regexp.MustCompile(`«[ \x{00a0}\x{202f}]*`)
	beforeColon = regexp.MustCompile(`[ \x{00a0}\x{202f}]:`)
	beforeUnit  = regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](€|\$|%|h|km|min|cm|kg|°)`)
	afterHour   = regexp.MustCompile(`(\d)(` + narrowNoBreak + `h)[ \x{00a0}\x{202f}](\d\d)\b`)
	thousands   = regexp.MustCompile(`(\d)[ \x{00a0}\x{202f}](\d{3})\b`)
	beforeClose = regexp.MustCompile(`([^\s` + narrowNoBreak + `])»`)
	apostrophe  = regexp.MustCompile(`(\pL)'`)
)

// French sets the spaces that French wants: a narrow one that does not break
// before ; ! ? and inside « », a wide one before the colon, and typographic
// apostrophes. It changes nothing else and may be applied twice.
func French(text string) string {
	if !strings.ContainsAny(text, "';!?:«»€$%°0123456789") {
		return text
	}
	text = apostrophe.ReplaceAllString(text, "$1’")
	text = beforeHigh.ReplaceAllString(text, narrowNoBreak+"$1")
	text = beforeColon.ReplaceAllString(text, noBreak+":")
	text = afterOpen.ReplaceAllString(text, "«"+narrowNoBreak)
	text = beforeClose.ReplaceAllString(text, "$1"+narrowNoBreak+"»")
	text = beforeUnit.ReplaceAllString(text, "$1"+narrowNoBreak+"$2")
	text = afterHour.ReplaceAllString(text, "$1$2"+narrowNoBreak+"$3")
	return thousands.ReplaceAllString(text, "$1"+narrowNoBreak+"$2")
}
