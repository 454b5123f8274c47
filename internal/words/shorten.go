package words

import "strings"

// Shorten cuts a text at a word, for descriptions and cards.
func Shorten(text string, limit int) string {
	signs := []rune(text)
	if len(signs) <= limit {
		return text
	}
	cut := limit - 1
	for cut > limit/2 && signs[cut] != ' ' {
		cut--
	}
	return strings.TrimRight(string(signs[:cut]), " ,;:.") + "…"
}
