package community

import (
	"slices"
	"strings"
)

// Segment is a stretch of text, marked where it matched.
type Segment struct {
	Text   string
	Marked bool
}

// snippetSigns is about four lines on a phone.
const snippetSigns = 120

// snippet cuts the text around its first match and marks the words that match.
func snippet(text string, wanted []wanted) []Segment {
	words := analyse(text)
	matches := func(word word) bool {
		for _, one := range wanted {
			if one.term == word.term || slices.Contains(one.others, word.term) {
				return true
			}
		}
		return false
	}
	start := 0
	if first := slices.IndexFunc(words, matches); first >= 0 && words[first].start > snippetSigns/2 {
		start = words[max(0, first-4)].start
	}
	end := len(text)
	if cut := []rune(text[start:]); len(cut) > snippetSigns {
		end = start + len(string(cut[:snippetSigns]))
		if space := strings.LastIndexByte(text[start:end], ' '); space > 0 {
			end = start + space
		}
	}
	var segments []Segment
	if start > 0 {
		segments = append(segments, Segment{Text: "… "})
	}
	at := start
	for _, word := range words {
		if word.start < at || word.end > end || !matches(word) {
			continue
		}
		segments = append(segments, Segment{Text: text[at:word.start]}, Segment{Text: text[word.start:word.end], Marked: true})
		at = word.end
	}
	segments = append(segments, Segment{Text: text[at:end]})
	if end < len(text) {
		segments = append(segments, Segment{Text: " …"})
	}
	return segments
}
