package words_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/words"
)

func TestNoFrenchRuleIsPassedOver(t *testing.T) {
	t.Parallel()
	signs := []string{" ", " ", "\u00a0", "\u202f", "a", "é", "'", "’", ";", "!", "?", "«", "»", ":", "1", "7", "250", "h", "€", "%", "km", "\n"}
	lot := rand.New(rand.NewPCG(29, 2))
	for range 20_000 {
		var text strings.Builder
		for range lot.IntN(9) {
			text.WriteString(signs[lot.IntN(len(signs))])
		}
		if rule := words.PassedOver(text.String()); rule >= 0 {
			t.Fatalf("rule %d would have changed %q", rule, text.String())
		}
	}
}
