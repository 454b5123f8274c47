package letters

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/words"
)

// Paragraph is running text; lines break where it breaks.
type Paragraph string

// Soft is a quieter paragraph.
type Soft string

// Heading opens a part.
type Heading string

// Code is what the reader types elsewhere.
type Code string

// Button is the letter's one action.
type Button struct{ Label, URL string }

// Details are facts by name, for instance the reasons of a decision.
type Details []Detail

// Detail is one of them.
type Detail struct{ Name, Text, URL string }

// Quote repeats what somebody wrote.
type Quote string

// Find is a piece as a digest shows it.
type Find struct {
	Kicker, Title, Line string
	URL                 string
}

// Lead is the first find, large, with the letter's button.
type Lead struct {
	Find
	Action string
}

// Finds are the others.
type Finds []Find

// Sponsored is what somebody paid for, always labelled.
type Sponsored struct {
	Find
	Label string
}

// longestText keeps a letter below 100 KB, where mail programs cut it off: what
// somebody pastes can be longer than any letter, and stands whole on the site.
const longestText = 6000

// Bounded is the letter with its texts cut to what a letter holds.
func (l Letter) Bounded() Letter {
	l.Subject, l.Preview = words.Shorten(l.Subject, 200), words.Shorten(l.Preview, 200)
	l.Blocks = slices.Clone(l.Blocks)
	for n, block := range l.Blocks {
		switch block := block.(type) {
		case Paragraph:
			l.Blocks[n] = Paragraph(words.Shorten(string(block), longestText))
		case Soft:
			l.Blocks[n] = Soft(words.Shorten(string(block), longestText))
		case Quote:
			l.Blocks[n] = Quote(words.Shorten(string(block), longestText))
		case Details:
			cut := slices.Clone(block)
			for n := range cut {
				cut[n].Text = words.Shorten(cut[n].Text, longestText)
			}
			l.Blocks[n] = cut
		}
	}
	return l
}

func (b Paragraph) html(p paint) templ.Component { return paragraph(p, lines(string(b))) }
func (b Soft) html(p paint) templ.Component      { return soft(p, lines(string(b))) }
func (b Heading) html(p paint) templ.Component   { return heading(p, string(b)) }
func (b Code) html(p paint) templ.Component      { return code(p, string(b)) }
func (b Button) html(p paint) templ.Component    { return button(p, b) }
func (b Details) html(p paint) templ.Component   { return details(p, b) }
func (b Quote) html(p paint) templ.Component     { return quote(p, lines(string(b))) }
func (b Lead) html(p paint) templ.Component      { return lead(p, b) }
func (b Finds) html(p paint) templ.Component     { return finds(p, b) }
func (b Questions) html(p paint) templ.Component { return questions(p, b) }
func (b Sponsored) html(p paint) templ.Component { return sponsored(p, b) }

func (b Paragraph) text(out *strings.Builder) { out.WriteString(string(b) + "\n") }
func (b Soft) text(out *strings.Builder)      { out.WriteString(string(b) + "\n") }
func (b Heading) text(out *strings.Builder)   { out.WriteString(string(b) + "\n") }
func (b Code) text(out *strings.Builder)      { out.WriteString("    " + string(b) + "\n") }
func (b Button) text(out *strings.Builder)    { out.WriteString(b.Label + " : " + b.URL + "\n") }

func (b Details) text(out *strings.Builder) {
	for _, detail := range b {
		out.WriteString(detail.Name + " : " + detail.Text)
		if detail.URL != "" {
			out.WriteString(" (" + detail.URL + ")")
		}
		out.WriteByte('\n')
	}
}

func (b Quote) text(out *strings.Builder) {
	for _, line := range lines(string(b)) {
		out.WriteString("> " + line + "\n")
	}
}

func (f Find) text(out *strings.Builder) {
	for _, line := range []string{f.Kicker, f.Title, f.Line, f.URL} {
		if line != "" {
			out.WriteString(line + "\n")
		}
	}
}

func (b Lead) text(out *strings.Builder) {
	find := b.Find
	find.URL = ""
	find.text(out)
	Button{b.Action, b.URL}.text(out)
}

func (b Finds) text(out *strings.Builder) {
	for n, find := range b {
		if n > 0 {
			out.WriteByte('\n')
		}
		find.text(out)
	}
}

func (b Questions) text(out *strings.Builder) {
	for n, question := range b {
		if n > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(question.Title + "\n" + question.Line + "\n" + question.URL + "\n")
		question.Yes.text(out)
		question.No.text(out)
	}
}

func (b Sponsored) text(out *strings.Builder) {
	out.WriteString("[" + b.Label + "]\n")
	b.Find.text(out)
}

func lines(text string) []string { return strings.Split(text, "\n") }
