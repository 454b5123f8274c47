package community

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What search looks at: longer words are cut, and a hostile query is bounded.
const (
	maxTerm       = 40
	maxQueryTerms = 8
	// maxAlternatives bounds what one word of a query may stand for.
	maxAlternatives = 12
	minTypo         = 4 // shorter words are not mended: too many are neighbours
)

// word is a word of a text: where it stands and what search knows it as.
type word struct {
	start, end int
	term       string
}

// analyse finds the words of a text that search knows. Both engines are given
// the same terms, so that they find the same.
func analyse(text string) []word {
	var words []word
	start := -1
	end := func(at int) {
		if start < 0 {
			return
		}
		if term := termOf(text[start:at]); term != "" {
			words = append(words, word{start, at, term})
		}
		start = -1
	}
	for at, sign := range text {
		if unicode.IsLetter(sign) || unicode.IsDigit(sign) || unicode.Is(unicode.Mn, sign) && start >= 0 {
			if start < 0 {
				start = at
			}
			continue
		}
		if isApostrophe(sign) && start >= 0 && elided[fold(text[start:at])] {
			start = -1
			continue
		}
		end(at)
	}
	end(len(text))
	return words
}

// terms are the distinct terms of a text, in its order.
func terms(text string) []string {
	var found []string
	seen := map[string]bool{}
	for _, word := range analyse(text) {
		if !seen[word.term] {
			seen[word.term] = true
			found = append(found, word.term)
		}
	}
	return found
}

func termOf(word string) string {
	folded := fold(word)
	if stopWords[folded] || folded == "" {
		return ""
	}
	return singular(folded)
}

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l", "đ", "d")

// fold writes a word in small letters without marks.
func fold(word string) string {
	var folded strings.Builder
	count := 0
	for _, sign := range norm.NFKD.String(strings.ToLower(word)) {
		if unicode.IsLetter(sign) || unicode.IsDigit(sign) {
			folded.WriteRune(sign)
			if count++; count == maxTerm {
				break
			}
		}
	}
	return ligatures.Replace(folded.String())
}

// singular takes a French plural away, and the mute e, so that "crêperies" and
// "crepri" are a letter apart.
func singular(word string) string {
	length := utf8.RuneCountInString(word)
	switch {
	case length <= 3:
		return word
	case strings.HasSuffix(word, "eaux"):
		return strings.TrimSuffix(word, "x")
	case length > 4 && strings.HasSuffix(word, "aux"):
		return strings.TrimSuffix(word, "ux") + "l"
	case strings.HasSuffix(word, "s") || strings.HasSuffix(word, "x"):
		word = word[:len(word)-1]
	}
	if utf8.RuneCountInString(word) > 4 {
		word = strings.TrimSuffix(word, "e")
	}
	return word
}

func isApostrophe(sign rune) bool { return sign == '\'' || sign == '’' || sign == 'ʼ' }

var elided = set("l d j m t s c n qu jusqu lorsqu puisqu quoiqu")

var stopWords = set(`a ai au aux avec ce ces cet cette c d dans de des du elle elles en es est et eu il ils j je l la le les leur
	leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou par pas pour qu que qui s sa sans se ses si son sont sur t ta te
	tes toi ton tu un une vos votre vous y the of and to in is it for an at`)

// weakWords ask without saying for what; they count where nothing else is said.
var weakWords = set(`quand comment quoi quel quelle quels quelles faire fait fais cherche chercher trouver peut peux peuvent besoin
	avoir quelque quelqu where what how find`)

func set(words string) map[string]bool {
	known := map[string]bool{}
	for _, word := range strings.Fields(words) {
		known[word] = true
	}
	return known
}

// deletions are the word and the word less each one of its letters.
func deletions(term string) []string {
	signs := []rune(term)
	all := []string{term}
	if len(signs) < minTypo {
		return all
	}
	for n := range signs {
		if n > 0 && signs[n] == signs[n-1] {
			continue
		}
		all = append(all, string(signs[:n])+string(signs[n+1:]))
	}
	return all
}

// oneTypoApart tells whether one letter too many, missing, wrong or swapped
// with its neighbour makes one word of the other.
func oneTypoApart(a, b string) bool {
	left, right := []rune(a), []rune(b)
	if len(left) > len(right) {
		left, right = right, left
	}
	if len(right)-len(left) > 1 {
		return false
	}
	first := 0
	for first < len(left) && left[first] == right[first] {
		first++
	}
	last := 0
	for last < len(left)-first && left[len(left)-1-last] == right[len(right)-1-last] {
		last++
	}
	middleLeft, middleRight := left[first:len(left)-last], right[first:len(right)-last]
	switch {
	case len(middleRight) <= 1:
		return true
	case len(middleLeft) == 2 && len(middleRight) == 2:
		return middleLeft[0] == middleRight[1] && middleLeft[1] == middleRight[0]
	}
	return false
}
