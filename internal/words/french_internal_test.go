package words

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A rule that is not tried must have had nothing to do.
func TestNoFrenchRuleIsPassedOver(t *testing.T) {
	t.Parallel()
	signs := []string{" ", " ", noBreak, narrowNoBreak, "a", "é", "'", "’", ";", "!", "?", "«", "»", ":", "1", "7", "250", "h", "€", "%", "km", "\n"}
	lot := rand.New(rand.NewPCG(29, 2))
	for range 20_000 {
		var text strings.Builder
		for range lot.IntN(9) {
			text.WriteString(signs[lot.IntN(len(signs))])
		}
		for n, rule := range rules {
			if got := rule.pattern.ReplaceAllString(text.String(), rule.into); got != text.String() && !rule.may(text.String()) {
				t.Fatalf("rule %d would have made %q of %q", n, got, text.String())
			}
		}
	}
}
