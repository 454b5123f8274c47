package walk_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kumun/kumun/e2e/walk"
)

var (
	location    = regexp.MustCompile(`<loc>https?://[^/]*(/[^<]*)</loc>`)
	titleOf     = regexp.MustCompile(`<title>([^<]*)</title>`)
	describedBy = regexp.MustCompile(`<meta name="description" content="([^"]*)"`)
	canonicalOf = regexp.MustCompile(`<link rel="canonical" href="https?://[^/]*(/[^"]*)"`)
	pictureOf   = regexp.MustCompile(`<meta property="og:image" content="https?://[^/]*(/[^"]*)"`)
)

// Every address that search engines are given is a page of its own, which
// says in a title and a description what it is.
func TestEveryPublicPageNamesItself(t *testing.T) {
	for _, community := range []string{product.Cornouaille, product.Villeray} {
		visitor := walk.Visit(t, community)
		near := clicks(t, visitor, 3)
		titles := map[string]string{}
		for _, part := range location.FindAllStringSubmatch(visitor.Get("/sitemap.xml").Page, -1) {
			for _, address := range location.FindAllStringSubmatch(visitor.Get(part[1]).Page, -1) {
				path := address[1]
				page := visitor.Get(path)
				if strings.Contains(page.Page, `content="noindex"`) && !strings.Contains(walk.Visit(t, community).Get(part[1]).Page, path) {
					continue // its time has come meanwhile
				}
				title, description, canonical := first(titleOf, page.Page), first(describedBy, page.Page), first(canonicalOf, page.Page)
				if page.Status != http.StatusOK || canonical != path || strings.Contains(page.Page, `content="noindex"`) {
					t.Errorf("%s%s answers %d, names %q, or asks not to be listed", community, path, page.Status, canonical)
				}
				if utf8.RuneCountInString(title) > 65 || description == "" || utf8.RuneCountInString(description) > 160 {
					t.Errorf("%s%s: %q, %q", community, path, title, description)
				}
				if other, taken := titles[title]; taken {
					t.Errorf("%s and %s are both called %q", other, path, title)
				}
				if first(pictureOf, page.Page) == "" {
					t.Errorf("%s%s has no picture", community, path)
				}
				if strings.Count(path, "/") > 1 && !strings.HasPrefix(path, "/en/") && !near[path] {
					t.Errorf("%s%s is more than three clicks from the home page", community, path)
				}
				titles[title] = path
			}
		}
		if len(titles) < 30 {
			t.Errorf("%s lists %d pages", community, len(titles))
		}
	}
}

var linkTo = regexp.MustCompile(`<a [^>]*href="(?:https?://(?:localhost|127\.0\.0\.1):\d+)?(/[^"#]*)`)

// clicks are the addresses that a visitor reaches from the home page in at most
// so many clicks; each link on the way leads somewhere.
func clicks(t *testing.T, visitor *walk.Person, most int) map[string]bool {
	t.Helper()
	near := map[string]bool{"/": true}
	edge := []string{"/"}
	for range most {
		var next []string
		for _, path := range edge {
			page := visitor.Get(path)
			if page.Status >= http.StatusBadRequest {
				t.Errorf("a link leads to %s, which answers %d", path, page.Status)
			}
			for _, found := range linkTo.FindAllStringSubmatch(page.Page, -1) {
				if to := html.UnescapeString(found[1]); !near[to] {
					near[to] = true
					next = append(next, to)
				}
			}
		}
		edge = next
	}
	return near
}

// The doors are one click away, remembered by the address or the profile, and
// none of them opens on more than a thumb's reach: 12 cards, 7 entries.
func TestEachDoorLeadsSomewhereOfItsOwnAndIsRemembered(t *testing.T) {
	visitor := walk.Visit(t, product.Cornouaille)
	doors := map[string]string{"habiter": "Cette semaine", "venir": "Pour te décider", "activite": "On te cherche déjà", "participer": "sait"}
	for address, title := range doors {
		page := visitor.Get("/").Sees(`?entree=`).Get("/?entree="+address).Sees("<h2>", title).Page
		if cards := strings.Count(page, "<article"); cards == 0 || cards > 12 {
			t.Errorf("%s shows %d cards", address, cards)
		}
		menu := page[strings.Index(page, `<nav class="menu"`):]
		if entries := strings.Count(menu[:strings.Index(menu, "</nav>")], "<a"); entries > 7 {
			t.Errorf("the menu has %d entries", entries)
		}
	}
	if visitor.Cookies() != 0 {
		t.Error("a visitor's door is remembered by a cookie")
	}

	member := signIn(t, product.Cornouaille, "samuel@example.org")
	member.Post("/entree", "entree", "participer")
	member.Get("/").Sees("On cherche un coup de main")
}

func first(pattern *regexp.Regexp, page string) string {
	found := pattern.FindStringSubmatch(page)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}
