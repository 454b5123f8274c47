package mailbox

import (
	"slices"
	"strings"

	"github.com/kumun/kumun/notifications"
)

// part is a stretch of a line; with a URL it is a link.
type part struct{ Text, URL string }

// linked cuts a text into paragraphs of lines whose links can be followed.
func linked(text string) (paragraphs [][][]part) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		var lines [][]part
		for line := range strings.SplitSeq(strings.TrimSpace(paragraph), "\n") {
			lines = append(lines, parts(line))
		}
		paragraphs = append(paragraphs, lines)
	}
	return paragraphs
}

func parts(line string) (all []part) {
	end := 0
	for _, at := range linkPattern.FindAllStringIndex(line, -1) {
		all = append(all, part{Text: line[end:at[0]]}, part{line[at[0]:at[1]], line[at[0]:at[1]]})
		end = at[1]
	}
	return append(all, part{Text: line[end:]})
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
