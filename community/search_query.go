package community

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
)

// wanted is a word of a query and what may stand for it.
type wanted struct {
	word
	folded string
	others []string
}

// understand turns a query into the words to look for; one that no document
// has, nor any of its synonyms, is replaced by its neighbour.
func (s *Search) understand(ctx context.Context, tx database.Tx, found *Found, query string, own synonyms) ([]wanted, error) {
	asked := meant(query, own)
	if len(asked) == 0 {
		return nil, nil
	}
	neighbours, err := neighboursOf(ctx, tx, asked)
	if err != nil {
		return nil, err
	}
	var all []wanted
	var said strings.Builder
	at := 0
	for _, one := range asked {
		if mended, known := mend(one, neighbours); !known && mended.Term != "" {
			one.term, one.others = mended.Term, alternatives(mended.Term, own)
			said.WriteString(query[at:one.start] + mended.Shown)
			at = one.end
		} else if len(neighbours) < neighboursRead {
			// What nobody here has said need not be looked for.
			one.others = slices.DeleteFunc(one.others, func(other string) bool { return !isKnown(neighbours, other) })
		}
		if !slices.ContainsFunc(all, func(other wanted) bool { return other.term == one.term }) {
			all = append(all, one)
		}
	}
	if at > 0 {
		found.Understood = said.String() + query[at:]
	}
	return all, nil
}

// meant are the words of a query that say what is sought.
func meant(query string, own synonyms) []wanted {
	var strong, weak []wanted
	for _, word := range analyse(query) {
		folded := fold(query[word.start:word.end])
		one := wanted{word, folded, alternatives(word.term, own)}
		if weakWords[folded] {
			weak = append(weak, one)
		} else {
			strong = append(strong, one)
		}
	}
	if len(strong) == 0 {
		strong = weak
	}
	return strong[:min(len(strong), maxQueryTerms)]
}

// Word is a word of the community's, under one of its deletions.
type Word struct {
	bun.BaseModel `bun:"table:search_words,alias:word"`
	database.Owned
	Del   string `bun:",pk"`
	Term  string `bun:",pk"`
	Shown string
}

const neighboursRead = 500

// neighboursOf reads the known words that may be a typo away from those asked
// for, and those words themselves.
func neighboursOf(ctx context.Context, tx database.Tx, asked []wanted) ([]Word, error) {
	var keys []string
	for _, word := range asked {
		keys = append(keys, deletions(word.term)...)
		keys = append(keys, deletions(word.folded)...)
		keys = append(keys, word.others...)
	}
	var words []Word
	err := tx.Select(&words).Distinct().Column("term", "shown").Where("del IN (?)", bun.List(keys)).Order("term").Limit(neighboursRead).Scan(ctx)
	return words, err
}

func isKnown(words []Word, term string) bool {
	return slices.ContainsFunc(words, func(word Word) bool { return word.Term == term })
}

// mend finds the known word nearest to one asked for: one that begins alike,
// then the first of the alphabet. known tells that it needs no mending.
func mend(asked wanted, words []Word) (mended Word, known bool) {
	for _, word := range words {
		if word.Term == asked.term || slices.Contains(asked.others, word.Term) {
			return word, true
		}
	}
	if len([]rune(asked.term)) < minTypo {
		return Word{}, false
	}
	for _, word := range words {
		// The wrong letter may be one that was taken for a plural.
		near := oneTypoApart(asked.term, word.Term) || oneTypoApart(asked.folded, word.Term)
		if !near || len([]rune(word.Term)) < minTypo-1 {
			continue
		}
		if mended.Term == "" || mended.Term[0] != asked.term[0] && word.Term[0] == asked.term[0] {
			mended = word
		}
	}
	return mended, false
}
