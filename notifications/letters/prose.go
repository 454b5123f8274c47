package letters

import (
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// Prose is running text with links, emphasis and lists.
type Prose struct{ tokens []html.Token }

// NewProse reads HTML that is safe to show (see community.HTML); link makes the
// addresses in it whole.
func NewProse(source string, link func(string) string) Prose {
	var prose Prose
	for reader := html.NewTokenizer(strings.NewReader(source)); ; {
		if reader.Next() == html.ErrorToken {
			return prose
		}
		token := reader.Token()
		var kept []html.Attribute
		for _, attribute := range token.Attr {
			if attribute.Key == "href" {
				kept = append(kept, html.Attribute{Key: "href", Val: link(attribute.Val)})
			}
		}
		token.Attr = kept
		prose.tokens = append(prose.tokens, token)
	}
}

func (b Prose) html(p paint) templ.Component { return prosed(p, b.drawn(p)) }

// drawn gives each element its own style: mail programs pass few on.
func (b Prose) drawn(p paint) string {
	var out strings.Builder
	for _, token := range b.tokens {
		if token.Type == html.StartTagToken {
			style, class := string(p.prosaic(token.Data)), ""
			switch token.Data {
			case "a":
				class = "lk"
			case "h2", "h3":
				class = "tx"
			}
			if class != "" {
				token.Attr = append(token.Attr, html.Attribute{Key: "class", Val: class})
			}
			if style != "" {
				token.Attr = append(token.Attr, html.Attribute{Key: "style", Val: style})
			}
		}
		out.WriteString(token.String())
	}
	return out.String()
}

func (p paint) prosaic(element string) templ.SafeCSS {
	switch element {
	case "p":
		return css("margin:0 0 14px")
	case "h2":
		return p.heading(28, "ink") + ";margin:8px 0 10px"
	case "h3":
		return p.heading(22, "ink") + ";margin:8px 0 8px"
	case "a":
		return css("color:%s", p.light["link"])
	case "ul", "ol":
		return css("margin:0 0 14px;padding-left:22px")
	case "li":
		return css("margin:0 0 6px")
	case "blockquote":
		return css("margin:0 0 14px;padding:2px 0 2px 16px;border-left:4px solid %s", p.light["accent"])
	}
	return ""
}

func (b Prose) text(out *strings.Builder) {
	text, href, lists := "", "", 0
	// lines ends what was said, by so many ends of lines at least.
	lines := func(count int) {
		text = strings.TrimRight(text, " ")
		for text != "" && !strings.HasSuffix(text, strings.Repeat("\n", count)) {
			text += "\n"
		}
	}
	for _, token := range b.tokens {
		switch element := token.Data; token.Type {
		case html.TextToken:
			said := strings.ReplaceAll(token.Data, "\n", " ")
			if text == "" || strings.HasSuffix(text, "\n") || strings.HasSuffix(text, " ") {
				said = strings.TrimLeft(said, " ")
			}
			text += said
		case html.StartTagToken, html.SelfClosingTagToken:
			switch element {
			case "br":
				lines(1)
			case "li":
				lines(1)
				text += "- "
			case "ul", "ol":
				if lists++; lists == 1 {
					lines(2)
				}
			case "p", "h2", "h3", "blockquote", "pre", "hr":
				if !strings.HasSuffix(text, "- ") {
					lines(2)
				}
			case "a":
				for _, attribute := range token.Attr {
					href = attribute.Val
				}
			}
		case html.EndTagToken:
			switch element {
			case "ul", "ol":
				lists--
			case "a":
				if href != "" && !strings.HasSuffix(text, href) {
					text += " (" + href + ")"
				}
				href = ""
			}
		}
	}
	out.WriteString(strings.TrimSpace(text) + "\n")
}
