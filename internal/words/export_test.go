package words

// PassedOver numbers the first French rule that is not tried on a text and would
// change it, or is -1.
func PassedOver(text string) int {
	for n, rule := range rules {
		if !rule.may(text) && rule.pattern.ReplaceAllString(text, rule.into) != text {
			return n
		}
	}
	return -1
}
