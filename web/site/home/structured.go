package home

import "github.com/kumun/kumun/web/kit"

// structured tells search engines the site's name, and how to search in it.
func structured(r *kit.Request) []kit.Facts {
	search := kit.Facts{"@type": "SearchAction", "target": r.LinkIn(r.Words.Language, "/chercher?q={q}"), "query-input": "required name=q"}
	return []kit.Facts{{"@type": "WebSite", "name": r.Tenant.Name, "url": r.LinkIn(r.Words.Language, "/"), "inLanguage": r.Words.Language,
		"potentialAction": search}}
}
