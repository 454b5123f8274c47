package letters

import (
	"time"

	"github.com/kumun/kumun/internal/words"
)

// Digest is an issue for one reader.
type Digest struct {
	Name           string
	Number         int
	Monday, Sunday time.Time
	// Finds are at least one; the first is the best.
	Finds     []Find
	Sponsored *Find
	// StopURL stops the digest, without signing in.
	StopURL string
	// MyURL is where one chooses what one gets.
	MyURL string
	Since time.Time
}

// Weekly is the digest: it ends.
func Weekly(s Sender, issue Digest) Letter {
	w := s.Words
	best := issue.Finds[0]
	letter := Letter{
		Kind:      "digest",
		Subject:   w.T("letters.digest.subject", "Title", best.Title, "Number", issue.Number),
		Strapline: w.T("letters.digest.issue", "Number", issue.Number, "Week", w.Week(issue.Monday, issue.Sunday)),
		Blocks:    []Block{Paragraph(w.T("letters.digest.hello", "Name", called(issue.Name)) + "\n" + s.hello(len(issue.Finds)))},
		Closing: []Line{
			{w.T("letters.digest.why", "Day", w.Date(issue.Since)), w.T("letters.digest.choose"), issue.MyURL},
			{"", w.T("letters.digest.stop"), issue.StopURL},
			s.signature(),
		},
		Headers: oneClick(issue.StopURL),
	}
	letter.Headers["List-Id"] = s.Tenant.Name + " <lettre." + s.Tenant.Slug + ">"
	if from := s.Tenant.Wording(s.Words.Language).Digest.From; from != "" {
		letter.Blocks = append(letter.Blocks, Soft(s.Typeset(from)))
	}
	letter.Blocks = append(letter.Blocks, Lead{best, w.T("letters.digest.read")})
	if others := issue.Finds[1:]; len(others) > 0 {
		letter.Blocks = append(letter.Blocks, Finds(others))
		letter.Preview = others[0].Title
	}
	if issue.Sponsored != nil {
		letter.Blocks = append(letter.Blocks, Sponsored{*issue.Sponsored, w.T("letters.digest.sponsored")})
	}
	return letter
}

// hello is the community's own opening, else how much there is to read.
func (s Sender) hello(finds int) string {
	if own := s.Tenant.Wording(s.Words.Language).Digest.Hello; own != "" {
		return s.Typeset(own)
	}
	return s.Words.N("letters.digest.found", finds)
}

// Typeset sets what people wrote the way the letter's language is printed.
func (s Sender) Typeset(text string) string { return words.Typeset(s.Words.Language, text) }
