package kit

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"

	"github.com/kumun/kumun/internal/actor"
)

// Link leads somewhere.
type Link struct {
	Href, Label string
	// Section is compared with the page's to mark where one is.
	Section string
}

// Page is what a handler shows.
type Page struct {
	// Status is 200 unless said otherwise.
	Status int
	// Title is a sentence; the browser's tab adds the community's name.
	Title, Description string
	// Section marks the menu's entry.
	Section string
	Body    templ.Component
	// Hero pages bring their own header inside a coloured opening.
	Hero bool
	// Slim pages have a small footer: desk, partners, operator.
	Slim bool
	// Menu and Subtitle replace the site's own in such faces.
	Menu     []Link
	Subtitle string
	// NoIndex keeps search engines out of this page.
	NoIndex bool
	// Private says that the page is for a few: it is not counted either.
	Private bool
	// Canonical is the local path of the page that this one is or belongs to,
	// Feed that of its Atom feed.
	Canonical, Feed string
	// Language is what the page is written in where that is not the language of
	// its menus. In is its path in each language that it exists in; nil is the
	// same path in all.
	Language string
	In       map[string]string
	Preview  Preview
	// Piece says that the page is one of the things that people publish.
	Piece bool
	// Trail leads from the home page to this one, both left out.
	Trail []Link
	Facts []Facts
	// Scripts make the page quicker; it is whole without them.
	Scripts []string
	// Shared says that the body is the same for every member: it must not look
	// at the actor. It is then made once for all of them.
	Shared bool
}

var (
	buffers = sync.Pool{New: func() any { return &bytes.Buffer{} }}
	writers = sync.Pool{New: func() any {
		// A twelfth larger than at level 5, in half the time: what a member
		// sees is made for each request.
		writer, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
		return writer
	}}
)

// Page shows a page in the shell.
func (r *Request) Page(p Page) error {
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	defer buffers.Put(buffer)
	if p.Shared && r.Actor.IsMember() {
		if err := p.Body.Render(r.ctx, buffer); err != nil {
			return fmt.Errorf("render %s: %w", r.Gin.FullPath(), err)
		}
		p.Body, p.Shared = templ.Raw(buffer.String()), false
		r.house.Cache.keepBody(r, p)
		buffer.Reset()
	}
	if err := shell(r, p).Render(r.ctx, buffer); err != nil {
		return fmt.Errorf("render %s: %w", r.Gin.FullPath(), err)
	}
	visitor := !r.Actor.IsMember()
	kept := newCached(r.localised(buffer.Bytes()), p.Status)
	kept.language = []string{r.Words.Language}
	if p.Language != "" && p.Language != r.Words.Language {
		kept.language[0] += ", " + p.Language
	}
	kept.view = r.view(p)
	r.house.Count(r.Tenant, kept.view, r.Gin.Request)
	header := r.Gin.Writer.Header()
	if visitor && p.Status == http.StatusOK && r.Query("dit") == "" && len(header["Set-Cookie"]) == 0 {
		r.house.Cache.keep(r.Tenant.ID, r.Gin.Request, kept)
	}
	if r.Actor.IsMember() {
		header.Set("Cache-Control", "private, no-cache")
	}
	kept.write(r.Gin.Writer, r.Gin.Request)
	return nil
}

// cached is a page ready to be sent.
type cached struct {
	status            int
	body, zipped      []byte
	etag              string
	length, zipLength []string
	language          []string
	view              View
}

func newCached(body []byte, status int) *cached {
	zipped := &bytes.Buffer{}
	writer := writers.Get().(*gzip.Writer)
	defer writers.Put(writer)
	writer.Reset(zipped)
	_, _ = writer.Write(body)
	_ = writer.Close()
	sum := fnv.New64a()
	_, _ = sum.Write(zipped.Bytes()) // as unlike as the bodies, and shorter
	c := &cached{status: status, body: slices.Clone(body), zipped: zipped.Bytes(), etag: `W/"` + strconv.FormatUint(sum.Sum64(), 36) + `"`}
	c.length = []string{strconv.Itoa(len(c.body))}
	c.zipLength = []string{strconv.Itoa(len(c.zipped))}
	return c
}

var (
	typeHTML     = []string{"text/html; charset=utf-8"}
	noCache      = []string{"no-cache"}
	varyEncoding = []string{"Accept-Encoding, Cookie"}
	encodedGzip  = []string{"gzip"}
)

func (c *cached) write(w http.ResponseWriter, request *http.Request) {
	header := w.Header()
	header["Content-Type"] = typeHTML
	header["Vary"] = varyEncoding
	header["Content-Language"] = c.language
	if header["Cache-Control"] == nil {
		header["Cache-Control"] = noCache
	}
	if c.status == http.StatusOK {
		header["Etag"] = []string{c.etag}
		if request.Header.Get("If-None-Match") == c.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := c.body
	header["Content-Length"] = c.length
	if strings.Contains(request.Header.Get("Accept-Encoding"), "gzip") {
		body = c.zipped
		header["Content-Encoding"] = encodedGzip
		header["Content-Length"] = c.zipLength
	}
	w.WriteHeader(c.status)
	if request.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// menu is the site's own, seven entries at most. Members write by the pencil
// beside it, which leaves room for their part; editors find the moderators' desk
// in theirs.
func (r *Request) menu() []Link {
	links := []Link{
		{"/bons-plans", r.Words.T("kit.menu.tips"), "tips"},
		{"/agenda", r.Words.T("kit.menu.agenda"), "agenda"},
		{"/annonces", r.Words.T("kit.menu.offers"), "offers"},
		{"/groupes", r.Words.T("kit.menu.groups"), "groups"},
		{"/guides", r.Words.T("kit.menu.guides"), "guides"},
		{"/adresses", r.Words.T("kit.menu.listings"), "listings"},
	}
	switch {
	case !r.Actor.IsMember():
		return append(links, Link{"/ecrire", r.Words.T("kit.menu.write"), "write"})
	case r.Allows("post", "feature"):
		return append(links, Link{"/redaction", r.Words.T("kit.menu.newsroom"), "newsroom"})
	case r.Allows("case", "read"):
		return append(links, Link{"/moderation", r.Words.T("kit.menu.desk"), "desk"})
	case r.Actor.Has(actor.Partner):
		return append(links, Link{"/partenaires", r.Words.T("kit.menu.partner"), "partner"})
	}
	return links
}

// notice is the message that a form left for this page; the answer to the next
// form, at the same address, does not repeat it.
func (r *Request) notice() string {
	key := "notice." + r.Query("dit")
	if r.Query("dit") == "" || !r.Words.Knows(key) || r.Gin.Request.Method == http.MethodPost {
		return ""
	}
	return r.Words.T(key)
}

// issue is the number of the week: "N° 47, du 23 au 29 novembre".
func (r *Request) issue() string {
	number, monday, sunday := r.Tenant.Issue(r.Now)
	return r.Words.T("kit.issue", "Number", number, "Week", r.Words.Week(monday, sunday))
}

// IsOperator tells that the page belongs to no community.
func (r *Request) IsOperator() bool { return r.Tenant.ID == 0 }

// Initial is the sign in the circle that stands for a person.
func Initial(name string) string {
	for _, sign := range name {
		return strings.ToUpper(string(sign))
	}
	return "?"
}

// menuOf is the page's own menu, else the site's.
func (r *Request) menuOf(p Page) []Link {
	if p.Menu != nil || r.IsOperator() {
		return p.Menu
	}
	return r.menu()
}

func (r *Request) homePath(p Page) string {
	if r.IsOperator() && p.Menu != nil {
		return p.Menu[0].Href
	}
	return "/"
}

// SignInHref leads to sign-in and back to this page.
func (r *Request) SignInHref() string {
	uri := r.Gin.Request.URL.RequestURI()
	if r.Gin.Request.Method != http.MethodGet || strings.HasPrefix(uri, r.house.SignInPath) {
		return r.house.SignInPath
	}
	return r.house.SignInPath + "?suite=" + url.QueryEscape(uri)
}
