package tenants

import (
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/tenants/look"
)

// Settings is what a community decides for itself.
type Settings struct {
	Tagline string `json:"tagline,omitempty"`
	Intro   string `json:"intro,omitempty"`

	Language  string   `json:"language,omitempty"`
	Languages []string `json:"languages,omitempty"`
	// Address is "tu" or "vous".
	Address string `json:"address,omitempty"`
	// Zone is an IANA name; Currency an ISO 4217 code.
	Zone     string `json:"zone,omitempty"`
	Currency string `json:"currency,omitempty"`

	Look look.Seeds `json:"look"`
	Hero Hero       `json:"hero"`
	// Doors are the four entrances by profile.
	Doors []Door `json:"doors,omitempty"`
	// In is what the community says of itself in other languages than its own.
	In map[string]Wording `json:"in,omitempty"`

	// Synonyms are words that stand for each other here when people search, a
	// group each: "crêpe, galette, bolée".
	Synonyms []string `json:"synonyms,omitempty"`

	// Answers are when questions are answered; nil are UsualHours.
	Answers *Hours `json:"answers,omitempty"`

	// FirstIssue is the day from which weeks are numbered.
	FirstIssue time.Time `json:"first_issue,omitempty"`
	Digest     Digest    `json:"digest"`
	// Appears is when the letter of the week comes out; nil is UsualAppearance.
	Appears *Appearance `json:"appears,omitempty"`
	// Signature is the footer's line.
	Signature string `json:"signature,omitempty"`
	Legal     Legal  `json:"legal"`
	// Indexed lets search engines in; a new community stays out.
	Indexed bool `json:"indexed,omitempty"`
	// Demonstration marks invented people and businesses as such.
	Demonstration bool `json:"demonstration,omitempty"`
	// StripeAccount is the connected account that sells; empty means the
	// platform's own.
	StripeAccount string `json:"stripe_account,omitempty"`
}

// Hero is the opening of the home page.
type Hero struct {
	// Question has its loud words between asterisks.
	Question    string   `json:"question,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"`
	Tries       []string `json:"tries,omitempty"`
}

// Door is an entrance by profile.
type Door struct {
	Title string `json:"title"`
	Line  string `json:"line,omitempty"`
}

// Digest is how the weekly mail greets and who signs it.
type Digest struct {
	Hello string `json:"hello,omitempty"`
	From  string `json:"from,omitempty"`
}

// Legal is what French law asks a site to say of its publisher and host
// (LCEN art. 1-1, DSA art. 11 and 12).
type Legal struct {
	Publisher    string `json:"publisher,omitempty"`
	Form         string `json:"form,omitempty"`
	Registration string `json:"registration,omitempty"`
	Office       string `json:"office,omitempty"`
	Phone        string `json:"phone,omitempty"`
	Email        string `json:"email,omitempty"`
	Director     string `json:"director,omitempty"`
	Host         string `json:"host,omitempty"`
	HostAddress  string `json:"host_address,omitempty"`
	HostPhone    string `json:"host_phone,omitempty"`
}

// complete fills what a new community has not decided.
func (s *Settings) complete(name string) {
	if s.Language == "" {
		s.Language = "fr"
	}
	if len(s.Languages) == 0 {
		s.Languages = []string{s.Language}
	}
	if s.Address == "" {
		s.Address = "tu"
	}
	if s.Zone == "" {
		s.Zone = "Europe/Paris"
	}
	if s.Currency == "" {
		s.Currency = "EUR"
	}
	if s.Look == (look.Seeds{}) {
		s.Look = look.Kumun
	}
	if s.Legal.Publisher == "" {
		s.Legal.Publisher = name
	}
}

// Location is the community's time zone, UTC where the name is unknown.
func (t *Tenant) Location() *time.Location { return clock.Zone(t.Settings.Zone) }

// Issue is the number of the week and its first and last day.
func (t *Tenant) Issue(now time.Time) (number int, monday, sunday time.Time) {
	monday = weekOf(now.In(t.Location()))
	first := t.Settings.FirstIssue
	if first.IsZero() {
		first = t.CreatedAt
	}
	days := monday.Sub(weekOf(first.In(t.Location()))).Hours() / 24
	return int(days+0.5)/7 + 1, monday, monday.AddDate(0, 0, 6)
}

func weekOf(day time.Time) time.Time {
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}
