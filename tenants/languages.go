package tenants

import (
	"context"
	"slices"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// Languages lists those that a community can have, the order in which forms
// offer them.
var Languages = append(slices.Clone(words.Languages), words.Breton)

// Wording is what a community says of itself in one language.
type Wording struct {
	Tagline   string `json:"tagline,omitempty"`
	Intro     string `json:"intro,omitempty"`
	Hero      Hero   `json:"hero"`
	Doors     []Door `json:"doors,omitempty"`
	Digest    Digest `json:"digest"`
	Signature string `json:"signature,omitempty"`
}

// Wording is what the community says of itself in a language; what it has not
// said in it is empty, for the product's own words to stand there.
func (t *Tenant) Wording(language string) Wording {
	own := t.Settings
	if language == own.Language {
		return Wording{own.Tagline, own.Intro, own.Hero, own.Doors, own.Digest, own.Signature}
	}
	return own.In[language]
}

// Reads lists the languages that the site's menus can be read in, the
// community's own first. Breton is not one of them: it has a page.
func (t *Tenant) Reads() []string {
	all := []string{t.Settings.Language}
	for _, language := range t.Settings.Languages {
		if language != t.Settings.Language && slices.Contains(words.Languages, language) {
			all = append(all, language)
		}
	}
	return all
}

// Speaks tells whether pieces may be written in the language here.
func (t *Tenant) Speaks(language string) bool {
	return language == t.Settings.Language || slices.Contains(t.Settings.Languages, language)
}

// SetLanguages says which languages a community has, and which of them is its
// own: the one without a prefix in its addresses.
func (s *Service) SetLanguages(ctx context.Context, tenant id.ID, own string, languages []string) error {
	return s.ChangeSettings(ctx, tenant, func(settings *Settings) error {
		settings.Language, settings.Languages = own, inOrder(languages)
		return settings.checkLanguages()
	})
}

// inOrder is the list without repetition.
func inOrder(languages []string) []string {
	var all []string
	for _, language := range languages {
		if !slices.Contains(all, language) {
			all = append(all, language)
		}
	}
	return all
}

func (s *Settings) checkLanguages() error {
	invalid := &fault.Invalid{}
	if !slices.Contains(words.Languages, s.Language) {
		invalid.Add("language", "error.choice")
	}
	for _, language := range s.Languages {
		if !slices.Contains(Languages, language) {
			invalid.Add("languages", "error.choice")
		}
	}
	if !slices.Contains(s.Languages, s.Language) {
		invalid.Add("languages", "error.language.own")
	}
	return invalid.OrNil()
}
