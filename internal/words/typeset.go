package words

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Typeset sets what somebody wrote the way its language is printed; one that
// has no rules here is left as it is.
func Typeset(language, text string) string {
	switch language {
	case "fr", "br":
		return French(text)
	case "en":
		return english(text, ' ')
	}
	return text
}

var tag = regexp.MustCompile(`<[^>]*>`)

// TypesetHTML is Typeset for rendered text: what stands inside tags stays.
func TypesetHTML(language, rendered string) string {
	var out strings.Builder
	before := ' '
	text := func(part string) {
		part = html.UnescapeString(part)
		if language == "en" {
			part = english(part, before)
		} else {
			part = Typeset(language, part)
		}
		if part != "" {
			before, _ = utf8.DecodeLastRuneInString(part)
		}
		out.WriteString(html.EscapeString(part))
	}
	at := 0
	for _, found := range tag.FindAllStringIndex(rendered, -1) {
		text(rendered[at:found[0]])
		out.WriteString(rendered[found[0]:found[1]])
		at = found[1]
	}
	text(rendered[at:])
	return out.String()
}

// english curls quotes; before is the sign that comes ahead of the text.
func english(text string, before rune) string {
	if !strings.ContainsAny(text, `"'`) {
		return text
	}
	var out strings.Builder
	for _, sign := range text {
		opens := unicode.IsSpace(before) || strings.ContainsRune("([{—–‘“", before)
		switch {
		case sign == '"' && opens:
			sign = '“'
		case sign == '"':
			sign = '”'
		case sign == '\'' && opens:
			sign = '‘'
		case sign == '\'':
			sign = '’'
		}
		out.WriteRune(sign)
		before = sign
	}
	return out.String()
}
