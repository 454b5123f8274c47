package home

import "github.com/kumun/kumun/web/kit"

// structured tells search engines the site's name, and how to search in it.
func structured(r *kit.Request) []kit.Facts {
	search := kit.Facts{"@type": "SearchAction", "target": r.Link("/chercher?q={q}"), "query-input": "required name=q"}
	return []kit.Facts{{"@type": "WebSite", "name": r.Tenant.Name, "url": r.Link("/"), "inLanguage": r.Tenant.Settings.Language,
		"potentialAction": search}}
}
