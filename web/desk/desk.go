// Package desk is where moderators read what needs a decision, the gravest
// first, and decide with reasons.
package desk

import (
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

type pages struct {
	desk    *moderation.Service
	members *membership.Service
}

// Mount adds the desk's pages.
func Mount(routes *kit.Routes, desk *moderation.Service, members *membership.Service) {
	p := pages{desk, members}
	read, claim, decide := kit.May("case", "read"), kit.May("case", "claim"), kit.May("case", "decide")
	routes.Get("/moderation", read, p.queue)
	routes.Get("/moderation/cas/:id", read, p.file)
	routes.Post("/moderation/cas/:id/garde", claim, p.claim)
	routes.Post("/moderation/cas/:id/rendu", claim, p.handBack)
	routes.Post("/moderation/cas/:id/decision", decide, p.decide)
	routes.Get("/moderation/journal", read, p.journal)
}

// page is a page of the desk, under its own menu.
func page(r *kit.Request, section string, p kit.Page) error {
	p.Section, p.Slim, p.NoIndex, p.Subtitle = section, true, true, r.Words.T("moderation.desk.subtitle")
	p.Menu = []kit.Link{
		{Href: "/moderation", Label: r.Words.T("moderation.desk.menu.queue"), Section: "queue"},
		{Href: "/moderation/journal", Label: r.Words.T("moderation.desk.menu.journal"), Section: "journal"},
	}
	if r.Allows("post", "feature") {
		p.Menu = append(p.Menu, kit.Link{Href: "/redaction", Label: r.Words.T("kit.menu.newsroom")})
	}
	p.Menu = append(p.Menu, kit.Link{Href: "/", Label: r.Words.T("moderation.desk.menu.site")})
	return r.Page(p)
}
