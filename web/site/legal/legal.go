// Package legal shows the pages that the law asks of a site, filled from the
// community's settings, and what machines ask: robots.txt, security.txt.
package legal

import (
	"net/http"
	"strings"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes) {
	for path, name := range map[string]string{
		"/mentions-legales": "notice", "/regles": "terms", "/donnees": "data", "/accessibilite": "accessibility", "/contact": "contact",
	} {
		routes.Get(path, kit.Anyone, func(r *kit.Request) error { return show(r, path, name) })
	}
	routes.Get("/robots.txt", kit.Anyone, robots)
	routes.Get("/.well-known/security.txt", kit.Anyone, security)
}

func show(r *kit.Request, path, name string) error {
	legal := r.Tenant.Settings.Legal
	known := func(value string) string {
		if value == "" {
			return r.Words.T("legal.missing")
		}
		return value
	}
	text := r.Words.T("legal."+name+".text",
		"Name", r.Tenant.Name, "Publisher", known(legal.Publisher), "Form", known(legal.Form), "Registration", known(legal.Registration),
		"Office", known(legal.Office), "Phone", known(legal.Phone), "Email", known(legal.Email), "Director", known(legal.Director),
		"Host", known(legal.Host), "HostAddress", known(legal.HostAddress), "HostPhone", known(legal.HostPhone),
		"Terms", membership.Terms, "Site", r.Gin.Request.Host)
	title := r.Words.T("legal." + name + ".title")
	return r.Page(kit.Page{Title: title, Description: r.Words.T("legal."+name+".description", "Name", r.Tenant.Name),
		Canonical: path, Body: page(title, community.HTML(text))})
}

func robots(r *kit.Request) error {
	text := "User-agent: *\nDisallow: /\n"
	if r.Tenant.Settings.Indexed {
		text = "User-agent: *\nDisallow: /moi\nDisallow: /moderation\nDisallow: /connexion\nDisallow: /signaler\nDisallow: /dev/\n" +
			"\nSitemap: " + r.Link("/sitemap.xml") + "\n"
	}
	r.Gin.String(http.StatusOK, text)
	return nil
}

// security is RFC 9116's file.
func security(r *kit.Request) error {
	email := r.Tenant.Settings.Legal.Email
	if email == "" {
		email = "securite@" + strings.Split(r.Gin.Request.Host, ":")[0]
	}
	r.Gin.String(http.StatusOK, "Contact: mailto:%s\nExpires: %s\nPreferred-Languages: fr, en\nCanonical: %s\n",
		email, r.Now.AddDate(0, 6, 0).Format(time.RFC3339), r.Link("/.well-known/security.txt"))
	return nil
}
