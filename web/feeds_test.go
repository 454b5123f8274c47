package web_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/feeds"
	"github.com/kumun/kumun/web/site/legal"
	"github.com/kumun/kumun/web/site/media"
	"github.com/kumun/kumun/web/site/posts"
)

type feedsSite struct {
	*site
	nol actor.Actor
}

func openFeeds(t *testing.T) *feedsSite {
	s := &feedsSite{site: open(t)}
	s.nol = s.Member(t, "nolwenn", actor.Ambassador)
	till, service := s.Till(t), s.Posts(t)
	posts.Mount(s.routes, service, s.Members(), s.Groups())
	legal.Mount(s.routes)
	feeds.Mount(s.routes, service, s.Members(), s.Groups(), till.Service, s.newsletters(t))
	media.Previews{Posts: service, Groups: s.Groups(), Billing: till.Service, Blobs: service.Pictures.Blobs}.Mount(s.routes)
	return s
}

// held is a newcomer's first post, which a moderator reads first.
func (s *feedsSite) held(t *testing.T) *community.Post {
	t.Helper()
	post, err := s.Posts(t).Publish(t.Context(), s.Member(t, "nouvelle"), community.Draft{Kind: community.Tip, Title: "Un premier message attend",
		Text: "Tous les matins, on descend la cale. Prends une serviette et un bonnet.", Commune: "Douarnenez"})
	if err != nil || post.State != community.Held {
		t.Fatalf("the newcomer's post is %v: %v", post, err)
	}
	return post
}

func TestTheSitemapLeadsToWhatIsPublishedAndNothingElse(t *testing.T) {
	t.Parallel()
	s := openFeeds(t)
	tip := s.Tip(t, s.nol, "Le bain de sept heures")
	held := s.held(t)
	group := s.Group(t, "nage", s.nol)

	parts := regexp.MustCompile(`<loc>`+base+`([^<]*)</loc>`).FindAllStringSubmatch(s.get("/sitemap.xml").Body.String(), -1)
	all := ""
	for _, part := range parts {
		answer := s.get(part[1])
		var list struct {
			XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		}
		if err := xml.Unmarshal(answer.Body.Bytes(), &list); err != nil {
			t.Errorf("%s: %v", part[1], err)
		}
		all += answer.Body.String()
	}

	expect(t, all, "<loc>"+base+tip.Path()+"</loc><lastmod>", base+group.Path(), base+"/agenda<", base+"/mentions-legales<")
	refuse(t, all, held.ID.String(), "/voisins/", "/moi")
	expect(t, s.get("/robots.txt").Body.String(), "Sitemap: "+base+"/sitemap.xml")

	s.Tenant.Settings.Indexed = false
	refuse(t, s.get("/sitemap.xml").Body.String()+s.get(parts[0][1]).Body.String(), "<loc>")
	refuse(t, s.get("/robots.txt").Body.String(), "Sitemap")
}

type atom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Author  string `xml:"author>name"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Content string `xml:"content"`
	} `xml:"entry"`
}

func (s *feedsSite) feed(t *testing.T, path string) (atom, string) {
	t.Helper()
	answer := s.get(path)
	if answer.Code != http.StatusOK || !strings.HasPrefix(answer.Header().Get("Content-Type"), "application/atom+xml") {
		t.Fatalf("%s answers %d, %s", path, answer.Code, answer.Header().Get("Content-Type"))
	}
	var feed atom
	if err := xml.Unmarshal(answer.Body.Bytes(), &feed); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if feed.ID == "" || feed.Title == "" {
		t.Errorf("%s has no name", path)
	}
	for _, one := range append(feed.Entries[:0:0], feed.Entries...) {
		if _, err := time.Parse(time.RFC3339, one.Updated); err != nil || !strings.HasPrefix(one.Link.Href, base) || !strings.HasPrefix(one.ID, base) || one.Author == "" {
			t.Errorf("%s: %+v", path, one)
		}
	}
	return feed, answer.Body.String()
}

func TestEachListHasItsFeed(t *testing.T) {
	t.Parallel()
	s := openFeeds(t)
	group := s.Group(t, "nage", s.nol)
	tip := s.Tip(t, s.nol, "Le bain de sept heures", func(draft *community.Draft) { draft.Group = group.ID })
	s.Offer(t, s.nol, "Une billig à prêter")
	s.Event(t, s.nol, "Premier bain, il y a du thé")
	s.Question(t, s.nol, "Où trouver un thermos le dimanche ?")
	s.held(t)

	for path, titles := range map[string]int{"/flux.atom": 4, "/bons-plans.atom": 1, "/annonces.atom": 1, "/agenda.atom": 1, "/questions.atom": 1,
		"/guides.atom": 0, group.Path() + "/flux.atom": 1, "/bons-plans.atom?commune=Douarnenez": 1, "/flux.atom?commune=Brest": 0,
		"/bons-plans.atom?groupe=" + group.ID.String(): 1, "/chercher.atom?q=billig": 1} {
		if feed, _ := s.feed(t, path); len(feed.Entries) != titles {
			t.Errorf("%s tells of %d pieces, not %d", path, len(feed.Entries), titles)
		}
	}
	feed, whole := s.feed(t, "/bons-plans.atom")
	if one := feed.Entries[0]; one.Link.Href != base+tip.Path() || one.ID != base+tip.ShortPath() || !strings.Contains(one.Content, "<p>Tous les matins") {
		t.Errorf("%+v", one)
	}
	refuse(t, whole, "premier message", "@example.org")
	expect(t, s.get("/bons-plans?commune=Douarnenez").Body.String(), `type="application/atom+xml" href="`+base+`/bons-plans.atom?commune=Douarnenez"`)

	first := s.get("/bons-plans.atom").Header()
	for header, value := range map[string]string{"If-None-Match": first.Get("Etag"), "If-Modified-Since": first.Get("Last-Modified")} {
		again := request(http.MethodGet, "/bons-plans.atom", nil)
		again.Header.Set(header, value)
		if got := s.send(s.Tenant, again).Code; got != http.StatusNotModified {
			t.Errorf("%s: %s answers %d", header, value, got)
		}
	}
}

func TestALinkShowsAPictureOfItsPiece(t *testing.T) {
	t.Parallel()
	s := openFeeds(t)
	tip := s.Tip(t, s.nol, "Le bain de sept heures")
	page := s.get(tip.Path()).Body.String()
	found := regexp.MustCompile(`property="og:image" content="` + base + `(/apercus/[^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no picture in %.2000s", page)
	}
	expect(t, page, `og:image:width" content="1200"`, `og:image:height" content="630"`, `summary_large_image`, `og:type" content="article"`,
		`rel="canonical" href="`+base+tip.Path())

	for range 2 { // drawn, then kept
		answer := s.get(found[1])
		picture, err := png.Decode(bytes.NewReader(answer.Body.Bytes()))
		if err != nil || picture.Bounds().Dx() != 1200 || picture.Bounds().Dy() != 630 {
			t.Fatalf("%s: %d %v", found[1], answer.Code, err)
		}
	}
	old := strings.Replace(found[1], ".png", "x.png", 1)
	if answer := s.get(old); answer.Code != http.StatusFound || answer.Header().Get("Location") != found[1] {
		t.Errorf("a former address answers %d to %s", answer.Code, answer.Header().Get("Location"))
	}
	if _, err := s.Posts(t).Edit(t.Context(), s.nol, tip.ID, community.Draft{Kind: community.Tip, Title: "Le bain de huit heures", Text: tip.Text}); err != nil {
		t.Fatal(err)
	}
	if answer := s.get(found[1]); answer.Code != http.StatusFound {
		t.Errorf("after another title the picture answers %d", answer.Code)
	}
	held := s.held(t)
	if answer := s.get("/apercus/tip-" + held.ID.String() + "-x.png"); answer.Code != http.StatusNotFound {
		t.Errorf("the picture of what is held answers %d", answer.Code)
	}
}

func TestPagesTellSearchEnginesFacts(t *testing.T) {
	t.Parallel()
	s := openFeeds(t)
	tip := s.Tip(t, s.nol, "Le bain </script><b> de sept heures")
	event := s.Event(t, s.nol, "Premier bain, il y a du thé")
	question := s.Question(t, s.nol, "Où trouver un thermos le dimanche ?")

	for _, one := range []struct {
		path, kind, fact string
	}{{tip.Path(), "Article", `"headline"`}, {event.Path(), "Event", `"startDate"`}, {question.Path(), "QAPage", `"mainEntity"`}} {
		page := s.get(one.path).Body.String()
		var kinds []string
		for _, block := range regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindAllStringSubmatch(page, -1) {
			var facts map[string]any
			if err := json.Unmarshal([]byte(block[1]), &facts); err != nil {
				t.Errorf("%s: %v", one.path, err)
			}
			kind, _ := facts["@type"].(string)
			kinds = append(kinds, kind)
		}
		if got := strings.Join(kinds, " "); got != one.kind+" BreadcrumbList" {
			t.Errorf("%s says %q", one.path, got)
		}
		expect(t, page, one.fact)
	}
}

func TestAShortAddressLeadsToThePiece(t *testing.T) {
	t.Parallel()
	s := openFeeds(t)
	tip := s.Tip(t, s.nol, "Le bain de sept heures")

	answer := s.get(tip.ShortPath())
	if answer.Code != http.StatusMovedPermanently || answer.Header().Get("Location") != tip.Path() {
		t.Errorf("%d to %s", answer.Code, answer.Header().Get("Location"))
	}
	share := regexp.MustCompile(`href="([^"]*/partager)"`).FindStringSubmatch(s.get(tip.Path()).Body.String())
	if share == nil {
		t.Fatal("nothing to share with")
	}
	expect(t, s.get(share[1]).Body.String(), `value="`+base+tip.ShortPath()+`"`, `href="mailto:?`)
}

func TestTheSitemapNamesAPageInEachOfItsLanguages(t *testing.T) {
	s := openFeeds(t)
	tip, other := s.Tip(t, s.nol, "Le bain de sept heures"), s.Tip(t, s.nol, "Le banc au soleil")
	err := s.Posts(t).Translate(t.Context(), s.nol, tip.ID, community.Rewording{Language: "en", Rendering: community.Translated, Title: "The seven o'clock swim",
		Text: "We walk down the slip every morning."})
	if err != nil {
		t.Fatal(err)
	}
	part := "/sitemap/" + tip.ID.String() + ".xml"
	if page := s.get(part).Body.String(); strings.Contains(page, "/en/") {
		t.Errorf("a community of one language names another: %s", page)
	}

	s.Tenant.Settings.Languages = tenants.Languages
	english := base + "/en/bons-plans/" + tip.ID.String() + "-the-seven-o-clock-swim"
	page := s.get(part).Body.String()
	for _, want := range []string{"<loc>" + english + "</loc>", `<xhtml:link rel="alternate" hreflang="en" href="` + english + `">`,
		`hreflang="x-default" href="` + base + tip.Path() + `"`, "<loc>" + base + other.Path() + "</loc>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if strings.Contains(page, base+"/en"+other.Path()) {
		t.Error("a piece is named in a language that it is not in")
	}
	fixed := s.get("/sitemap/pages.xml").Body.String()
	for _, want := range []string{"<loc>" + base + "/en/</loc>", "<loc>" + base + "/br</loc>", `hreflang="br"`, "<loc>" + base + "/en/agenda</loc>"} {
		if !strings.Contains(fixed, want) {
			t.Errorf("no %s in %s", want, fixed)
		}
	}
}

func TestAFeedSaysWhichLanguageEachPieceIsIn(t *testing.T) {
	s := openFeeds(t)
	s.Tip(t, s.nol, "Le bain de sept heures")
	s.Tenant.Settings.Languages = tenants.Languages
	answer := s.get("/bons-plans.atom")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `<entry xml:lang="fr">`) || words.Names["fr"] == "" {
		t.Errorf("the feed reads %s", answer.Body)
	}
}
