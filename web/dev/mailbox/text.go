package mailbox

import (
	"slices"
	"strings"

	"github.com/kumun/kumun/notifications"
)

// part is a stretch of a line; with a URL it is a link.
type part struct{ Text, URL string }

// linked cuts a text into paragraphs whose links can be followed.
func linked(text string) (paragraphs [][]part) {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var parts []part
		end := 0
		for _, at := range linkPattern.FindAllStringIndex(line, -1) {
			parts = append(parts, part{Text: line[end:at[0]]}, part{line[at[0]:at[1]], line[at[0]:at[1]]})
			end = at[1]
		}
		paragraphs = append(paragraphs, append(parts, part{Text: line[end:]}))
	}
	return paragraphs
}

type header struct{ Name, Value string }

func headersOf(letter *notifications.Letter) []header {
	headers := []header{{"Message-ID", "<" + letter.MessageID + ">"}}
	for name, value := range letter.Headers {
		headers = append(headers, header{name, value})
	}
	slices.SortFunc(headers, func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}
