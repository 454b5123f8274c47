package moderation_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/world"
)

// The sixteen categories of the Commission's transparency database.
var statementCategories = strings.Fields(`ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN
	DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH INTELLECTUAL_PROPERTY_INFRINGEMENTS
	NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS
	RISK_FOR_PUBLIC_SECURITY SCAMS_AND_FRAUD SELF_HARM UNSAFE_AND_PROHIBITED_PRODUCTS VIOLENCE`)

func TestEveryGroundMakesAStatementThatTheDatabaseTakes(t *testing.T) {
	puid := regexp.MustCompile(`^[a-zA-Z0-9-_]+$`)
	file := &moderation.File{Case: moderation.Case{Kind: "comment", Category: "privacy", OpenedAt: world.Today},
		Notices: []moderation.Notice{{Name: "Anna", Email: "anna@example.org", Explanation: "C'est chez Josette."}}, Rules: []string{"private_address"}}
	for _, ground := range moderation.Grounds {
		for _, action := range []moderation.Action{moderation.Hide, moderation.Remove} {
			verdict := moderation.Verdict{Action: action, Ground: ground.Name, Explanation: "Voici pourquoi.", Law: "Code de la route, article L211-1"}
			statement := moderation.Draft(file, verdict, world.Today.Add(time.Hour), french).Statement

			if !slices.Contains(statementCategories, strings.TrimPrefix(statement.Category, "STATEMENT_CATEGORY_")) {
				t.Errorf("%s: category %s", ground.Name, statement.Category)
			}
			illegal := statement.IllegalContentLegalGround != "" && statement.IllegalContentExplanation != ""
			incompatible := statement.IncompatibleContentGround != "" && statement.IncompatibleContentExplanation != ""
			if illegal == incompatible || illegal != (statement.DecisionGround == "DECISION_GROUND_ILLEGAL_CONTENT") {
				t.Errorf("%s: the ground is half said: %+v", ground.Name, statement)
			}
			if len(statement.DecisionVisibility) != 1 || statement.SourceType != "SOURCE_ARTICLE_16" || statement.AutomatedDetection != "Yes" ||
				statement.AutomatedDecision != "AUTOMATED_DECISION_NOT_AUTOMATED" || !puid.MatchString(statement.Puid) ||
				statement.ContentDate != "2026-11-24" || statement.ApplicationDate != "2026-11-24" {
				t.Errorf("%s: %+v", ground.Name, statement)
			}
			for _, secret := range []string{"Anna", "anna@", "Josette"} {
				encoded, err := json.Marshal(statement)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(encoded), secret) {
					t.Errorf("%s: the statement holds %q", ground.Name, secret)
				}
			}
		}
	}
}
