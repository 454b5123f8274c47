package moderation

// Category is what is wrong with a piece, in everyday words.
type Category struct {
	Name string
	// Harm goes from 1, to be checked, to 5, a crime against a child.
	Harm int
	// Grounds are those that usually fit, the likeliest first.
	Grounds []string
	// Offered tells that the report form shows it.
	Offered bool
}

// Anonymous is the category for which a notice needs no name (DSA art. 16(2)(c)).
const Anonymous = "child_abuse"

// Categories lists all, as the report form shows them.
var Categories = []Category{
	{"privacy", 4, []string{"private_data", "rule_2"}, true},
	{"danger", 4, []string{"endangering", "rule_2"}, true},
	{"illegal", 3, []string{"other_law", "rule_4"}, true},
	{"scam", 3, []string{"scam", "rule_4"}, true},
	{"insult", 2, []string{"rule_5", "hate"}, true},
	{"hidden_ad", 2, []string{"rule_3", "rule_8"}, true},
	{"misleading", 2, []string{"rule_1", "rule_9"}, true},
	{Anonymous, 5, []string{"child_abuse"}, true},
	{"other", 1, []string{"rule_5", "rule_1"}, true},
	{"child", 3, []string{"image", "rule_2"}, false},
	{"accusation", 3, []string{"defamation", "rule_6"}, false},
	{"copied", 2, []string{"copyright", "rule_7"}, false},
	{"spam", 1, []string{"rule_8", "rule_3"}, false},
	{"outdated", 1, []string{"rule_9"}, false},
	{"first_post", 1, []string{"rule_1", "rule_8"}, false},
}

// CategoryNamed finds a category; an unknown one is "other".
func CategoryNamed(name string) Category {
	var other Category
	for _, category := range Categories {
		if category.Name == name {
			return category
		}
		if category.Name == "other" {
			other = category
		}
	}
	return other
}
