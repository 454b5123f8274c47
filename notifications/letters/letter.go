// Package letters writes the mails: each is a handful of blocks, from which
// the HTML and the plain text are made, so that both say the same.
package letters

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
)

// Letter is what one mail says.
type Letter struct {
	Kind    string
	Subject string
	// Preview is what mail programs show beside the subject.
	Preview string
	// Strapline stands under the community's name.
	Strapline string
	Blocks    []Block
	// Closing says why the letter came; its last line is the signature.
	Closing []Line
	// ClosingLanguage is the reader's, where the letter may be in another.
	ClosingLanguage string
	// Secret letters open an account: their text is not kept.
	Secret bool
	// Headers beside the usual ones.
	Headers map[string]string
}

// oneClick is the mail program's own button, one click and no sign-in (RFC
// 8058): the address stops such letters when it is posted to. A letter that has
// it is bulk.
func oneClick(stopURL string) map[string]string {
	return map[string]string{"List-Unsubscribe": "<" + stopURL + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
}

func (l Letter) bulk() bool { return l.Headers["List-Unsubscribe"] != "" }

// Line is a sentence that may end in a link.
type Line struct{ Text, Label, URL string }

// Block is a part of a letter.
type Block interface {
	html(paint) templ.Component
	text(*strings.Builder)
}

// Sender is the community that writes, in the reader's language.
type Sender struct {
	Tenant *tenants.Tenant
	Words  *words.Words
	// Home is the community's address, without a slash at its end.
	Home string

	paint paint
}

// For is a community that writes to somebody who reads the language.
func For(tenant *tenants.Tenant, language, home string) Sender {
	if language == "" {
		language = tenant.Settings.Language
	}
	return Sender{Tenant: tenant, Words: words.For(language, tenant.Settings.Address, tenant.Location()), Home: home, paint: newPaint(tenant.Settings.Look)}
}

// At is a page of the community.
func (s Sender) At(path string) string {
	if path == "" || strings.Contains(path, "://") {
		return path
	}
	return s.Home + path
}

// called leaves out the initial of a family name: "Amine H." is "Amine".
func called(name string) string {
	first, last, found := strings.Cut(name, " ")
	if found && len([]rune(strings.TrimSuffix(last, "."))) == 1 {
		return first
	}
	return name
}

// drawn is about what a letter of some finds takes, in bytes.
const drawn = 12 << 10

// HTML draws the letter in the community's colours.
func (s Sender) HTML(letter Letter) (string, error) {
	var out strings.Builder
	out.Grow(drawn)
	if err := page(s, letter, s.paint).Render(context.Background(), &out); err != nil {
		return "", fmt.Errorf("draw letter %s: %w", letter.Kind, err)
	}
	return out.String(), nil
}

// Text is the letter's plain twin.
func (s Sender) Text(letter Letter) string {
	var out strings.Builder
	out.WriteString(s.Tenant.Name + "\n")
	if letter.Strapline != "" {
		out.WriteString(letter.Strapline + "\n")
	}
	for _, block := range letter.Blocks {
		out.WriteByte('\n')
		block.text(&out)
	}
	out.WriteString("\n--\n")
	for _, line := range letter.Closing {
		out.WriteString(line.plain() + "\n")
	}
	return out.String()
}

func (l Line) plain() string {
	if l.URL == "" {
		return l.Text
	}
	return strings.TrimSpace(l.Text+" "+l.Label) + " : " + l.URL
}

// paint holds the colours and shapes of a letter. Mail programs know no custom
// properties, so each element carries its own.
type paint struct {
	light, dark   map[string]string
	title, prose  string
	weight        int
	corner, small int
	pill          int
}

// Names of fonts stand without quotes, which attributes would need escaped.
const (
	prose = `Figtree,-apple-system,Segoe UI,Roboto,Arial,sans-serif`
	serif = `Young Serif,Georgia,Times New Roman,serif`
)

func newPaint(seeds look.Seeds) paint {
	p := paint{light: map[string]string{}, dark: map[string]string{}, prose: prose,
		title: serif, weight: 400, corner: seeds.Corner, pill: 99}
	if seeds.Titles == "grotesk" {
		p.title, p.weight = prose, 800
	}
	if seeds.Corner <= 0 {
		p.corner, p.pill = 0, 0
	}
	p.small = p.corner * 5 / 7
	for _, token := range seeds.Tokens(false) {
		p.light[token.Name] = token.Hex
	}
	for _, token := range seeds.Tokens(true) {
		p.dark[token.Name] = token.Hex
	}
	return p
}

// css is safe: it is made of our constants and of computed colours.
func css(format string, values ...any) templ.SafeCSS {
	return templ.SafeCSS(fmt.Sprintf(format, values...))
}

func (p paint) heading(size int, colour string) templ.SafeCSS {
	return css("font-family:%s;font-weight:%d;font-size:%dpx;line-height:%dpx;color:%s;text-decoration:none",
		p.title, p.weight, size, size+max(4, size/8), p.light[colour])
}

func (p paint) copy(size int, colour string) templ.SafeCSS {
	return css("font-family:%s;font-size:%dpx;line-height:%dpx;color:%s", p.prose, size, size*8/5, p.light[colour])
}

func (p paint) kicker() templ.SafeCSS {
	return css("font-family:%s;font-size:13px;font-weight:600;color:%s", p.prose, p.light["link"])
}

func (p paint) button() templ.SafeCSS {
	return css("display:inline-block;background:%s;color:%s;font-family:%s;font-weight:700;font-size:16px;padding:13px 22px;border-radius:%dpx;text-decoration:none",
		p.light["brand"], p.light["on-brand"], p.prose, p.pill)
}

func (p paint) badge() templ.SafeCSS {
	return css("font-family:%s;font-size:12px;font-weight:700;background:%s;color:%s;padding:3px 7px;border-radius:5px",
		p.prose, p.light["accent"], p.light["on-accent"])
}

func (p paint) code() templ.SafeCSS {
	return css("display:inline-block;font-family:%s;font-weight:%d;font-size:40px;line-height:48px;letter-spacing:6px;padding:14px 22px;border-radius:%dpx;background:%s;color:%s",
		p.title, p.weight, p.corner, p.light["accent-wash"], p.light["ink"])
}

// sheet makes the letter narrow on phones and dark where the reader wants it.
func (p paint) sheet() string {
	return fmt.Sprintf(`body{margin:0;background:%s}table{border-collapse:collapse}td{padding:0;overflow-wrap:anywhere}`+
		`@media(max-width:620px){.h{font-size:28px!important;line-height:32px!important}.pd{padding-left:20px!important;padding-right:20px!important}.out{padding:0!important}}`+
		`@media(prefers-color-scheme:dark){body,.bg{background:%s!important}.in{background:%s!important}.tx{color:%s!important}.so{color:%s!important}.lk{color:%s!important}.aw{background:%s!important}}`,
		p.light["wash"], p.dark["paper"], p.dark["surface"], p.dark["ink"], p.dark["soft"], p.dark["link"], p.dark["accent-wash"])
}
