package feeds

import (
	"encoding/xml"
	"strings"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
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
	Addresses []address `xml:"url"`
}

type address struct {
	Location string `xml:"loc"`
	Changed  string `xml:"lastmod,omitempty"`
}

// sitemap is empty where search engines are not let in.
func (p pages) sitemap(r *kit.Request) error {
	all := index{Space: sitemapSpace}
	if r.Tenant.Settings.Indexed {
		firsts, err := p.posts.Parts(r.Context(), r.Tenant.ID, addressesAPart)
		if err != nil {
			return err
		}
		for _, name := range []string{"pages", "groupes", "adresses"} {
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
	}
	all := list{Space: sitemapSpace}
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
	paths = append(paths, "/groupes", "/adresses", "/ecrire", "/partenaires", "/mentions-legales", "/regles", "/donnees", "/accessibilite", "/contact")
	all := make([]address, 0, len(paths))
	for _, path := range paths {
		all = append(all, address{Location: r.Link(path)})
	}
	return all, nil
}

func (p pages) ofPosts(r *kit.Request, name string) ([]address, error) {
	first, err := id.Parse(name)
	if err != nil {
		return nil, fault.NotFound
	}
	posts, err := p.posts.Part(r.Context(), r.Tenant.ID, first, addressesAPart)
	all := make([]address, 0, len(posts))
	for _, post := range posts {
		all = append(all, changed(r, post.Path(), post.Changed()))
	}
	return all, err
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
	return address{r.Link(path), at.UTC().Format(time.RFC3339)}
}
