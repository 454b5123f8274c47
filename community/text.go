package community

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow a letter: enough for
// Vietnamese or Hebrew, too few to climb out of the line.
const maxMarks = 3

// Clean makes what somebody wrote safe to store and to show: composed, without
// control signs, direction overrides and invisible letters.
func Clean(written string) string {
	written = strings.ToValidUTF8(written, "")
	written = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(written)
	written = strings.Map(func(sign rune) rune {
		if unwanted(sign) {
			return -1
		}
		return sign
	}, written)
	var clean strings.Builder
	marks := 0
	for _, sign := range norm.NFC.String(written) {
		if !unicode.Is(unicode.Mn, sign) && !unicode.Is(unicode.Me, sign) {
			marks = 0
		} else if marks++; marks > maxMarks {
			continue
		}
		clean.WriteRune(sign)
	}
	return strings.TrimSpace(clean.String())
}

// Line is Clean for what holds on one line.
func Line(written string) string { return strings.Join(strings.Fields(Clean(written)), " ") }

func unwanted(sign rune) bool {
	switch {
	case sign == '\n' || sign == '\t':
		return false
	case sign == '\u200d' || sign == '\u200c': // joiners that emoji and Persian need
		return false
	case unicode.IsControl(sign) || unicode.Is(unicode.Cf, sign):
		return true
	case sign == '\u2028' || sign == '\u2029' || sign == '\u115f' || sign == '\u1160' || sign == '\u3164' || sign == '\uffa0':
		return true // separators and letters that nobody sees
	}
	return unicode.Is(unicode.Co, sign) || unicode.Is(unicode.Cs, sign)
}

// linkRel keeps links that people write from lending them the site's standing.
const linkRel = "nofollow ugc noopener"

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewLinkify(), extension.Strikethrough),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{}, 900))),
)

// tame gives links their rel and keeps headings below the page's own.
type tame struct{}

func (tame) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Heading:
			node.Level = min(max(node.Level, 2), 3)
		case *ast.Link:
			node.SetAttributeString("rel", []byte(linkRel))
		case *ast.AutoLink:
			node.SetAttributeString("rel", []byte(linkRel))
		}
		return ast.WalkContinue, nil
	})
}

var allowed = func() *bluemonday.Policy {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "em", "strong", "del", "h2", "h3", "ul", "ol", "li", "blockquote", "code", "pre")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowAttrs("rel").Matching(regexp.MustCompile("^" + linkRel + "$")).OnElements("a")
	policy.AllowURLSchemes("http", "https", "mailto")
	policy.AllowRelativeURLs(true)
	policy.RequireParseableURLs(true)
	return policy
}()

var bare = bluemonday.StrictPolicy()

// HTML renders Markdown that somebody wrote; the result is safe to show.
func HTML(written string) string {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(written), &out); err != nil {
		return bare.Sanitize(written)
	}
	return allowed.Sanitize(out.String())
}

// Plain is what Markdown says without its signs, on one line.
func Plain(written string) string {
	source := []byte(written)
	var out strings.Builder
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if node.Type() == ast.TypeBlock {
				out.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Text:
			out.Write(node.Segment.Value(source))
			if node.SoftLineBreak() || node.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.AutoLink:
			out.Write(node.Label(source))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			lines := node.Lines()
			out.Write(lines.Value(source))
		case *ast.HTMLBlock:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(out.String()), " ")
}
