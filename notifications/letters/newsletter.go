package letters

import (
	"time"
)

// Newsletter is what the editors wrote, the same for all readers.
type Newsletter struct {
	// Offers says that partners' offers are what it is about: it says so before
	// anything else, and gives the conditions (C. consom. L122-8, L122-9).
	Offers bool
	// Number is zero before it goes out.
	Number                       int
	On                           time.Time
	Subject, Preview, Conditions string
	Blocks                       []Block
}

// OfEditors is the letter without what is the reader's own: see ClosedBy.
func OfEditors(s Sender, written Newsletter) Letter {
	w := s.Words
	letter := Letter{Kind: "newsletter", Subject: written.Subject, Preview: written.Preview, Strapline: s.letterDay(written)}
	if written.Offers {
		letter.Kind, letter.Subject = "offers", w.T("letters.offers.subject", "Subject", written.Subject)
		letter.Blocks = append(letter.Blocks, Soft(w.T("letters.offers.first", "Community", s.Tenant.Name)))
	}
	letter.Blocks = append(letter.Blocks, written.Blocks...)
	if written.Conditions != "" {
		letter.Blocks = append(letter.Blocks, Details{{Name: w.T("letters.offers.conditions"), Text: written.Conditions}})
	}
	return letter
}

// letterDay is "La lettre n° 3, 28 novembre 2026".
func (s Sender) letterDay(written Newsletter) string {
	day := s.Words.Date(written.On)
	if written.Number == 0 {
		return s.Words.T("letters.newsletter.day", "Day", day)
	}
	return s.Words.T("letters.newsletter.issue", "Number", written.Number, "Day", day)
}

// NewsletterClosing is the reader's own part of a newsletter.
type NewsletterClosing struct {
	// Purpose is what they agreed to: news or offers.
	Purpose            string
	ChooseURL, StopURL string
	// OnlineURL is where everybody may read it, or "".
	OnlineURL string
}

// ClosedBy is the letter with its end, in the reader's language: why it came, how
// to get less and how to stop, and who answers for it, with a postal address
// where the community has given one (CPCE L34-5).
func (l Letter) ClosedBy(s Sender, closing NewsletterClosing) Letter {
	w := s.Words
	l.ClosingLanguage = w.Language
	l.Closing = []Line{
		{w.T("letters.newsletter.why."+closing.Purpose, "Community", s.Tenant.Name), w.T("letters.newsletter.choose"), closing.ChooseURL},
		{"", w.T("letters.newsletter.stop." + closing.Purpose), closing.StopURL},
	}
	if closing.OnlineURL != "" {
		l.Closing = append(l.Closing, Line{"", w.T("letters.newsletter.online"), closing.OnlineURL})
	}
	l.Closing = append(l.Closing, s.signature())
	l.Headers = oneClick(closing.StopURL)
	l.Headers["List-Id"] = s.Tenant.Name + " <nouvelles." + s.Tenant.Slug + ">"
	return l.Imprinted(s)
}

// Tried is a newsletter that an editor sends to themselves: nothing to
// unsubscribe from.
func (l Letter) Tried(s Sender) Letter {
	l.Kind = "newsletter_trial"
	l.Subject = s.Words.T("letters.newsletter.trial", "Subject", l.Subject)
	l.Headers = nil
	return l
}
