// Package listings shows the partners' businesses: a directory and a page each.
package listings

import (
	"net/url"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const base = "/adresses"

type pages struct{ billing *billing.Service }

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, billing *billing.Service) {
	p := pages{billing}
	routes.Get(base, kit.Anyone, p.directory)
	routes.Get(base+"/:id", kit.Anyone, p.show)
}

// view is what an address asks of the directory.
type view struct{ Commune, Trade, After string }

func (v view) path() string {
	query := url.Values{}
	for name, value := range map[string]string{"commune": v.Commune, "metier": v.Trade, "apres": v.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return base
	}
	return base + "?" + query.Encode()
}

// list is what the directory shows.
type list struct {
	view
	Communes, Trades []billing.Choice
	First            []cards.Business // put forward today
	Businesses       []cards.Business
	Older            string
}

func (p pages) directory(r *kit.Request) error {
	shown := list{view: view{r.Query("commune"), r.Query("metier"), r.Query("apres")}}
	filter := billing.Filter{Commune: shown.Commune, Trade: shown.Trade, Before: billing.ParseMark(shown.After)}
	rows, next, err := p.billing.Directory(r.Context(), r.Tenant.ID, filter)
	if err != nil {
		return err
	}
	if shown.Communes, shown.Trades, err = p.billing.Choices(r.Context(), r.Tenant.ID); err != nil {
		return err
	}
	first, err := p.first(r, shown.view)
	if err != nil {
		return err
	}
	businesses := cards.Businesses(r, append(first, without(rows, first)...))
	shown.First, shown.Businesses = businesses[:len(first)], businesses[len(first):]
	if next != nil {
		older := shown.view
		older.After = next.String()
		shown.Older = older.path()
	}
	return r.Page(kit.Page{Title: title(r, shown.view), Description: r.Words.T("billing.directory.lead"), Section: "listings",
		Canonical: base, NoIndex: shown.view != view{}, Body: directoryPage(r, shown)})
}

// first is the one listing that its plan puts forward today, on the first page
// of the whole list.
func (p pages) first(r *kit.Request, v view) ([]billing.Listing, error) {
	if v != (view{}) {
		return nil, nil
	}
	return p.billing.Sponsored(r.Context(), r.Tenant.ID, billing.Setting{}, r.Now.In(r.Tenant.Location()), 1)
}

func without(rows, taken []billing.Listing) []billing.Listing {
	known := map[id.ID]bool{}
	for _, row := range taken {
		known[row.ID] = true
	}
	var rest []billing.Listing
	for _, row := range rows {
		if !known[row.ID] {
			rest = append(rest, row)
		}
	}
	return rest
}

func title(r *kit.Request, v view) string {
	switch {
	case v.Commune != "":
		return r.Words.T("billing.directory.in", "Commune", v.Commune)
	case v.Trade != "":
		return r.Words.T("billing.directory.of", "Trade", v.Trade)
	}
	return r.Words.T("billing.directory")
}

func (l list) with(change func(*view)) string {
	other := l.view
	other.After = ""
	change(&other)
	return other.path()
}
