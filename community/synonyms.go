package community

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed synonyms.txt
var commonSynonyms string

// synonyms are the terms that stand for each term.
type synonyms map[string][]string

// common holds for every community.
var common = readSynonyms(strings.Split(commonSynonyms, "\n"))

// MaxSynonyms is how many groups a community may have of its own.
const MaxSynonyms = 200

// readSynonyms reads groups of words, a line each: "crêpe, galette".
func readSynonyms(lines []string) synonyms {
	known := synonyms{}
	for _, line := range lines {
		if strings.HasPrefix(line, "#") {
			continue
		}
		group := terms(line)
		for _, term := range group {
			for _, other := range group {
				if other != term && !slices.Contains(known[term], other) {
					known[term] = append(known[term], other)
				}
			}
		}
	}
	return known
}

// alternatives are the other terms by which a piece may speak of the same:
// other forms of the word, then what its community and everybody say instead.
func alternatives(term string, own synonyms) []string {
	var all []string
	for _, other := range slices.Concat(forms(term), own[term], common[term]) {
		if other != term && !slices.Contains(all, other) {
			all = append(all, other)
		}
	}
	return all[:min(len(all), maxAlternatives)]
}

// forms lead from a verb's infinitive to "il mange", and back.
func forms(term string) []string {
	stem, infinitive := strings.CutSuffix(term, "er")
	switch {
	case infinitive && len(term) >= 5:
		return []string{stem, stem + "e"}
	case len(term) >= 4:
		return []string{strings.TrimSuffix(term, "e") + "er"}
	}
	return nil
}
