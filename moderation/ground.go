package moderation

// Ground is why a piece may be restricted: a law, or a rule of the house.
// Its words are in the catalogues under "moderation.ground.NAME" and
// "moderation.why.NAME".
type Ground struct {
	Name string
	// Law is the text that is broken; empty for a rule of the house.
	Law string
	// Category and Keyword are the DSA transparency database's.
	Category string
	Keyword  string
}

// OtherLaw is the ground whose law the moderator names.
const OtherLaw = "other_law"

// Grounds lists all, laws first.
var Grounds = []Ground{
	{"private_data", "RGPD, articles 5 et 6", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ""},
	{"endangering", "Code pénal, article 223-1-1", "VIOLENCE", ""},
	{"image", "Code civil, article 9", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ""},
	{"scam", "Code pénal, article 313-1", "SCAMS_AND_FRAUD", ""},
	{"hate", "Loi du 29 juillet 1881, articles 24 et 33", "ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_HATE_SPEECH"},
	{"defamation", "Loi du 29 juillet 1881, article 29", "ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_DEFAMATION"},
	{"copyright", "Code de la propriété intellectuelle, article L122-4", "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "KEYWORD_COPYRIGHT"},
	{"child_abuse", "Code pénal, article 227-23", "PROTECTION_OF_MINORS", ""},
	{OtherLaw, "", "UNSAFE_AND_PROHIBITED_PRODUCTS", ""},
	{"rule_1", "", "OTHER_VIOLATION_TC", ""},
	{"rule_2", "", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ""},
	{"rule_3", "", "CONSUMER_INFORMATION", "KEYWORD_HIDDEN_ADVERTISEMENT"},
	{"rule_4", "", "SCAMS_AND_FRAUD", ""},
	{"rule_5", "", "ILLEGAL_OR_HARMFUL_SPEECH", ""},
	{"rule_6", "", "OTHER_VIOLATION_TC", ""},
	{"rule_7", "", "OTHER_VIOLATION_TC", ""},
	{"rule_8", "", "OTHER_VIOLATION_TC", ""},
	{"rule_9", "", "OTHER_VIOLATION_TC", ""},
}

// Illegal tells a law from a rule of the house.
func (g Ground) Illegal() bool { return g.Law != "" || g.Name == OtherLaw }

// GroundNamed finds a ground.
func GroundNamed(name string) (Ground, bool) {
	for _, ground := range Grounds {
		if ground.Name == name {
			return ground, true
		}
	}
	return Ground{}, false
}
