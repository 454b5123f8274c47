// Package partner is the partners' own side: what it brings and costs, their
// listings, the plan and the payments.
package partner

import (
	"errors"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

const (
	base   = "/partenaires"
	sheets = base + "/fiches"
)

type pages struct {
	billing *billing.Service
	members *membership.Service
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, billing *billing.Service, members *membership.Service) {
	p := pages{billing, members}
	create := kit.May("listing", "create")
	edit := kit.May("listing", "edit")
	pay := kit.May("subscription", "create")
	routes.Get(base, kit.Anyone, p.landing)
	routes.Get(base+"/nouvelle", create, p.blank)
	routes.Post(base+"/nouvelle", create, p.create)
	routes.Get(sheets+"/:id", edit, p.sheet)
	routes.Get(sheets+"/:id/modifier", edit, p.change)
	routes.Post(sheets+"/:id/modifier", edit, p.save)
	routes.Get(sheets+"/:id/formule", pay, p.plans)
	routes.Post(sheets+"/:id/formule", pay, p.order)
	routes.Get(sheets+"/:id/retour", pay, p.back)
	routes.Post(sheets+"/:id/arreter", pay, p.stop)
	routes.Post(sheets+"/:id/reprendre", pay, p.resume)
	routes.Post(sheets+"/:id/moyen-de-paiement", pay, p.portal)
}

func path(listing id.ID, tail string) string { return sheets + "/" + listing.String() + tail }

// page wraps what all pages of this face share.
func (p pages) page(r *kit.Request, page kit.Page) error {
	page.NoIndex, page.Slim = true, true
	page.Subtitle = r.Words.T("billing.partner.side")
	page.Menu = []kit.Link{
		{Href: base, Label: r.Words.T("billing.partner.mine"), Section: "mine"},
		{Href: base + "/nouvelle", Label: r.Words.T("billing.partner.new"), Section: "new"},
		{Href: "/adresses", Label: r.Words.T("kit.menu.listings")},
	}
	return r.Page(page)
}

// landing says what a listing brings and costs, and shows a partner's own.
func (p pages) landing(r *kit.Request) error {
	plans, err := p.billing.Plans(r.Context(), r.Tenant.ID)
	if err != nil {
		return err
	}
	mine, err := p.billing.Own(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	if len(mine) > 0 {
		return p.page(r, kit.Page{Title: r.Words.N("billing.partner.count", len(mine)), Section: "mine", Body: minePage(r, mine)})
	}
	return r.Page(kit.Page{Title: r.Words.T("billing.landing"), Description: r.Words.T("billing.landing.lead"),
		Section: "partner", Canonical: base, Body: landingPage(r, plans)})
}

// own finds the listing that the address names, if it is the actor's.
func (p pages) own(r *kit.Request) (*billing.Listing, error) {
	name, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.billing.OwnByID(r.Context(), r.Actor, name)
}

// account is all that a partner sees of one listing.
type account struct {
	*billing.Listing
	Subscription *billing.Subscription // nil before the first
	Payments     []billing.Payment
}

func (p pages) account(r *kit.Request) (account, error) {
	listing, err := p.own(r)
	if err != nil {
		return account{}, err
	}
	a := account{Listing: listing}
	a.Subscription, err = p.billing.Subscription(r.Context(), r.Actor, listing.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return account{}, err
	}
	a.Payments, err = p.billing.PaymentsOf(r.Context(), r.Actor, listing.ID)
	return a, err
}

func (p pages) sheet(r *kit.Request) error {
	a, err := p.account(r)
	if err != nil {
		return err
	}
	return p.page(r, kit.Page{Title: r.Words.T(a.said()), Section: "mine", Body: sheetPage(r, a)})
}
