package moderation_test

import (
	"testing"
	"time"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/moderation"
)

func TestEveryChoiceHasItsWords(t *testing.T) {
	for _, language := range words.Languages {
		w := words.For(language, "tu", time.UTC)
		var keys []string
		for _, category := range moderation.Categories {
			keys = append(keys, "moderation.category."+category.Name)
			for _, ground := range category.Grounds {
				if _, known := moderation.GroundNamed(ground); !known {
					t.Errorf("category %s names the unknown ground %s", category.Name, ground)
				}
			}
			if category.Offered {
				keys = append(keys, "moderation.category."+category.Name+".hint")
			}
		}
		for _, ground := range moderation.Grounds {
			keys = append(keys, "moderation.ground."+ground.Name, "moderation.why."+ground.Name)
		}
		for _, rule := range []string{"private_address", "newcomer_link", "too_fast"} {
			keys = append(keys, "moderation.rule."+rule, "moderation.letter.held."+rule)
		}
		for _, kind := range []string{"post", "comment", "group", "profile", "member", "listing", "deal", "image"} {
			keys = append(keys, "moderation.kind."+kind, "moderation.desk.kicker."+kind)
		}
		for _, key := range keys {
			if !w.Knows(key) {
				t.Errorf("%s lacks %s", language, key)
			}
		}
	}
}
