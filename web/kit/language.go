package kit

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
)

// The address says in which language a visitor reads: /en/bons-plans is
// /bons-plans in English, and what has no prefix is in the community's own. So
// a page is the same for whoever asks for its address, and routes know nothing
// of it.

// Spoken takes the language out of a request's path, to its context. moved is
// where an address leads that names the community's own language.
func Spoken(request *http.Request, tenant *tenants.Tenant) (spoken *http.Request, moved string) {
	language, rest, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	if !slices.Contains(tenant.Reads(), language) {
		return request, ""
	}
	address := *request.URL
	address.Path, address.RawPath = "/"+rest, ""
	if language == tenant.Settings.Language {
		return request, LocalPath(address.RequestURI(), "/")
	}
	spoken = request.WithContext(words.WithLanguage(request.Context(), language))
	spoken.URL = &address
	return spoken, ""
}

// speak chooses the words: the address's language, else the member's, else the
// community's own.
func (r *Request) speak(ctx context.Context, members string) {
	asked := words.LanguageOf(r.Gin.Request.Context())
	r.prefix = ""
	if asked != "" {
		r.prefix = "/" + asked
	}
	language := cmp.Or(asked, members, r.Tenant.Settings.Language)
	r.Words = words.For(language, r.Tenant.Settings.Address, r.Tenant.Location())
	r.ctx = words.WithLanguage(ctx, r.Words.Language)
}

// Local keeps a path in the language of this address.
func (r *Request) Local(path string) string {
	if r.prefix == "" || !strings.HasPrefix(path, "/") {
		return path
	}
	return r.prefix + path
}

// LinkIn is the absolute address of a local path in a language.
func (r *Request) LinkIn(language, path string) string {
	if language == r.Tenant.Settings.Language || !slices.Contains(r.Tenant.Reads(), language) {
		return r.Link(path)
	}
	return r.Link("/" + language + path)
}

// In marks a passage whose language is not the page's; "" is unknown.
func (r *Request) In(language string) templ.Attributes {
	if language == "" || language == r.Words.Language {
		return nil
	}
	return templ.Attributes{"lang": language}
}

// Own marks what the community says in its own language alone: the names and
// texts of its groups and businesses.
func (r *Request) Own() templ.Attributes { return r.In(r.Tenant.Settings.Language) }

// Wording is what the community says of itself in the reader's language.
func (r *Request) Wording() tenants.Wording { return r.Tenant.Wording(r.Words.Language) }

// Everywhere is a local path in all the languages of the community's menus.
func (r *Request) Everywhere(path string) map[string]string {
	all := map[string]string{}
	for _, language := range r.Tenant.Reads() {
		all[language] = path
	}
	return all
}

// alternate is the page in one of its languages.
type alternate struct{ Language, Href string }

// alternates are the page in each of its languages, for search engines; none
// where there is but one.
func (r *Request) alternates(p Page) []alternate {
	canonical := r.canonical(p)
	if canonical == "" || r.hidden(p) {
		return nil
	}
	paths := p.In
	if paths == nil {
		paths = r.Everywhere(canonical)
	}
	return Alternates(paths, r.Tenant.Settings.Language, r.LinkIn)
}

// Alternates are the absolute addresses of a page in its languages, and which
// of them is for everybody else.
func Alternates(paths map[string]string, own string, link func(language, path string) string) []alternate {
	if len(paths) < 2 {
		return nil
	}
	var all []alternate
	languages := slices.Sorted(maps.Keys(paths))
	for _, language := range languages {
		all = append(all, alternate{language, link(language, paths[language])})
	}
	if paths[own] == "" {
		own = languages[0]
	}
	return append(all, alternate{"x-default", link(own, paths[own])})
}

// tongue is a way to read this page in another language.
type tongue struct {
	Language, Name, Href string
	Chosen               bool
}

// tongues are the switch in the footer, which keeps the page.
func (r *Request) tongues(p Page) []tongue {
	if len(r.Tenant.Settings.Languages) < 2 || r.IsOperator() {
		return nil
	}
	here := "/"
	if address := r.Gin.Request.URL; r.Gin.Request.Method != http.MethodPost && p.Status == http.StatusOK {
		query := address.Query()
		query.Del("dit")
		here = (&url.URL{Path: address.Path, RawQuery: query.Encode()}).RequestURI()
	}
	var all []tongue
	for _, language := range r.Tenant.Reads() {
		path := here
		if own, known := p.In[language]; known {
			path = own
		}
		all = append(all, tongue{language, words.Names[language], r.LinkIn(language, path), language == r.Words.Language && p.Language != words.Breton})
	}
	return all
}

// BretonPath is the address of the one page in Breton.
const BretonPath = "/br"

// speaksBreton tells that the community has its Breton page.
func (r *Request) speaksBreton() bool {
	return !r.IsOperator() && slices.Contains(r.Tenant.Settings.Languages, words.Breton)
}

// back is where a form of the footer leads again: this page.
func (r *Request) back() string {
	if r.Gin.Request.Method != http.MethodGet {
		return "/"
	}
	return r.Gin.Request.URL.RequestURI()
}

// Here is this page's own address: a form that posts there keeps what a
// signature needs.
func (r *Request) Here() templ.SafeURL { return templ.SafeURL(r.Gin.Request.URL.RequestURI()) }

var (
	localLink = regexp.MustCompile(` (?:href|action|formaction|hx-get|hx-post)="/`)
	// What is the same in every language keeps its one address.
	languageless = []string{"/", "assets/", "theme/", "icone.svg", "images/", "couvertures/", "apercus/"}
)

// localised keeps a page's links in the language of its address, so that no
// page has to think of it.
func (r *Request) localised(page []byte) []byte {
	if r.prefix == "" {
		return page
	}
	var out bytes.Buffer
	at := 0
	for _, found := range localLink.FindAllIndex(page, -1) {
		rest := page[found[1]:]
		if slices.ContainsFunc(languageless, func(start string) bool { return bytes.HasPrefix(rest, []byte(start)) }) {
			continue
		}
		out.Write(page[at : found[1]-1])
		out.WriteString(r.prefix)
		at = found[1] - 1
	}
	out.Write(page[at:])
	return out.Bytes()
}
