package kit

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/kumun/kumun/internal/words"
)

// Preview is the picture that others show beside a link to a page.
type Preview struct {
	Path          string // local
	Width, Height int
}

// Facts are true things about a page, in the words of schema.org.
type Facts map[string]any

// What results of a search show of a page.
const (
	longestTitle       = 65
	longestDescription = 160
)

// documentTitle adds the community's name where there is room for it.
func (r *Request) documentTitle(p Page) string {
	if p.Title == "" || p.Title == r.Tenant.Name {
		return r.Tenant.Name
	}
	whole := p.Title + " · " + r.Tenant.Name
	if utf8.RuneCountInString(whole) > longestTitle {
		return p.Title
	}
	return whole
}

func (p Page) description() string { return words.Shorten(p.Description, longestDescription) }

// hidden tells whether search engines should leave the page out.
func (r *Request) hidden(p Page) bool {
	return p.NoIndex || p.Status != http.StatusOK || !r.Tenant.Settings.Indexed
}

// canonical is the one address of what the page shows.
func (r *Request) canonical(p Page) string {
	if p.Canonical == "" && !p.NoIndex && p.Status == http.StatusOK {
		return r.Gin.Request.URL.Path
	}
	return p.Canonical
}

// canonicalLink is absolute, in the language that the page is written in.
func (r *Request) canonicalLink(p Page) string {
	return r.LinkIn(cmp.Or(p.Language, r.Words.Language), r.canonical(p))
}

// preview is the page's own, else the community's.
func (r *Request) preview(p Page) Preview {
	if p.Preview.Path == "" && r.house.Preview != nil {
		return r.house.Preview(r.Tenant)
	}
	return p.Preview
}

// facts are the page's own and the way to it.
func (r *Request) facts(p Page) []Facts {
	if len(p.Trail) == 0 || r.hidden(p) {
		return p.Facts
	}
	return append(slices.Clip(p.Facts), r.trail(p))
}

// trail is the way from the home page to this one.
func (r *Request) trail(p Page) Facts {
	steps := make([]Facts, 0, len(p.Trail)+2)
	step := func(label, href string) {
		steps = append(steps, Facts{"@type": "ListItem", "position": len(steps) + 1, "name": label, "item": r.LinkIn(r.Words.Language, href)})
	}
	step(r.Tenant.Name, "/")
	for _, link := range p.Trail {
		step(link.Label, link.Href)
	}
	step(p.Title, r.canonical(p))
	return Facts{"@type": "BreadcrumbList", "itemListElement": steps}
}

// script is a block of data, which browsers do not run. Marshal writes < and
// & so that no text can end it.
func (f Facts) script() (string, error) {
	whole := Facts{"@context": "https://schema.org"}
	maps.Copy(whole, f)
	content, err := json.Marshal(whole)
	return `<script type="application/ld+json">` + string(content) + `</script>`, err
}
