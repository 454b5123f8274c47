package feeds

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// addressesAPart keeps a part far below the 50,000 addresses and 50 MB that
// search engines take, and quick to make.
const addressesAPart = 5000

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// index names the parts of a sitemap (sitemaps.org).
type index struct {
	XMLName xml.Name  `xml:"sitemapindex"`
	Space   string    `xml:"xmlns,attr"`
	Parts   []address `xml:"sitemap"`
}

// list is a part.
type list struct {
	XMLName   xml.Name  `xml:"urlset"`
	Space     string    `xml:"xmlns,attr"`
	Linked    string    `xml:"xmlns:xhtml,attr"`
	Addresses []address `xml:"url"`
}

type address struct {
	Location string `xml:"loc"`
	Changed  string `xml:"lastmod,omitempty"`
	// Alternates are the page in each of its languages, this one among them.
	Alternates []alternate `xml:"xhtml:link"`
}

type alternate struct {
	Rel      string `xml:"rel,attr"`
	Language string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

// sitemap is empty where search engines are not let in.
func (p pages) sitemap(r *kit.Request) error {
	all := index{Space: sitemapSpace}
	if r.Tenant.Settings.Indexed {
		firsts, err := p.posts.Parts(r.Context(), r.Tenant.ID, addressesAPart)
		if err != nil {
			return err
		}
		for _, name := range []string{"pages", "groupes", "adresses", "lettres"} {
			all.Parts = append(all.Parts, address{Location: r.Link("/sitemap/" + name + ".xml")})
		}
		for _, first := range firsts {
			all.Parts = append(all.Parts, address{Location: r.Link("/sitemap/" + first.String() + ".xml")})
		}
	}
	return send(r, "application/xml", time.Time{}, all)
}

func (p pages) part(r *kit.Request) error {
	name, isXML := strings.CutSuffix(r.Param("part"), ".xml")
	if !isXML {
		return fault.NotFound
	}
	found := p.ofPosts
	switch name {
	case "pages":
		found = fixed
	case "groupes":
		found = p.ofGroups
	case "adresses":
		found = p.ofListings
	case "lettres":
		found = p.ofLetters
	}
	all := list{Space: sitemapSpace, Linked: "http://www.w3.org/1999/xhtml"}
	if r.Tenant.Settings.Indexed {
		var err error
		if all.Addresses, err = found(r, name); err != nil {
			return err
		}
	}
	return send(r, "application/xml", time.Time{}, all)
}

// fixed are the pages that every community has.
func fixed(r *kit.Request, _ string) ([]address, error) {
	paths := []string{"/"}
	for _, kind := range community.Kinds {
		paths = append(paths, kind.Path())
	}
	paths = append(paths, "/groupes", "/adresses", "/lettres", "/ecrire", "/partenaires", "/mentions-legales", "/regles", "/donnees", "/accessibilite", "/contact")
	var all []address
	for _, path := range paths {
		in := r.Everywhere(path)
		if path == "/" && r.Tenant.Speaks(words.Breton) {
			in[words.Breton] = kit.BretonPath
		}
		all = append(all, inLanguages(r, in, time.Time{})...)
	}
	return all, nil
}

func (p pages) ofPosts(r *kit.Request, name string) ([]address, error) {
	first, err := id.Parse(name)
	if err != nil {
		return nil, fault.NotFound
	}
	posts, err := p.posts.Part(r.Context(), r.Tenant.ID, first, addressesAPart)
	if err != nil {
		return nil, err
	}
	said := map[id.ID][]*community.Translation{}
	if len(r.Tenant.Reads()) > 1 {
		if said, err = p.posts.TranslationsFrom(r.Context(), r.Tenant.ID, first, addressesAPart); err != nil {
			return nil, err
		}
	}
	all := make([]address, 0, len(posts))
	for _, post := range posts {
		in := map[string]string{post.Language: post.Path()}
		for _, one := range said[post.ID] {
			if slices.Contains(r.Tenant.Reads(), one.Language) {
				in[one.Language] = post.PathOf(one.Title)
			}
		}
		all = append(all, inLanguages(r, in, post.Changed())...)
	}
	return all, nil
}

// inLanguages is a page at its address in each language.
func inLanguages(r *kit.Request, paths map[string]string, at time.Time) []address {
	var others []alternate
	for _, one := range kit.Alternates(paths, r.Tenant.Settings.Language, r.LinkIn) {
		others = append(others, alternate{"alternate", one.Language, one.Href})
	}
	var all []address
	for _, language := range slices.Sorted(maps.Keys(paths)) {
		one := address{Location: r.LinkIn(language, paths[language]), Alternates: others}
		if !at.IsZero() {
			one.Changed = at.UTC().Format(time.RFC3339)
		}
		all = append(all, one)
	}
	return all
}

// ofGroups lists those that anybody may join.
func (p pages) ofGroups(r *kit.Request, _ string) ([]address, error) {
	var all []address
	for after := id.ID(0); len(all) < addressesAPart; {
		groups, next, err := p.groups.List(r.Context(), r.Tenant.ID, after)
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			if group.Kind == membership.Open {
				all = append(all, changed(r, group.Path(), group.CreatedAt))
			}
		}
		if next == 0 {
			break
		}
		after = next
	}
	return all, nil
}

func (p pages) ofListings(r *kit.Request, _ string) ([]address, error) {
	var all []address
	for filter := (billing.Filter{}); len(all) < addressesAPart; {
		listings, next, err := p.billing.Directory(r.Context(), r.Tenant.ID, filter)
		if err != nil {
			return nil, err
		}
		for _, listing := range listings {
			all = append(all, changed(r, listing.Path(), listing.UpdatedAt))
		}
		if next == nil {
			break
		}
		filter.Before = next
	}
	return all, nil
}

func changed(r *kit.Request, path string, at time.Time) address {
	return address{Location: r.Link(path), Changed: at.UTC().Format(time.RFC3339)}
}

// ofLetters lists the editors' letters that everybody may read.
func (p pages) ofLetters(r *kit.Request, _ string) ([]address, error) {
	letters, _, err := p.letters.Archive(r.Context(), r.Tenant.ID, 0, addressesAPart)
	if err != nil {
		return nil, err
	}
	all := make([]address, 0, len(letters))
	for _, one := range letters {
		all = append(all, inLanguages(r, map[string]string{one.Language: notifications.NewsletterPath(one.Number)}, one.BegunAt)...)
	}
	return all, nil
}
