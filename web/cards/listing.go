package cards

import (
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// Business is a listing ready to be shown.
type Business struct {
	billing.Listing
	Picture Picture
}

// Businesses prepares the listings of a list: no motif stands beside itself.
func Businesses(r *kit.Request, listings []billing.Listing) []Business {
	businesses := make([]Business, 0, len(listings))
	var beside []covers.Choice
	for _, listing := range listings {
		src, choice := ListingCover(r.Tenant, &listing, beside...)
		beside = append(beside[max(0, len(beside)-3):], choice)
		businesses = append(businesses, Business{listing, Picture{Src: src, Width: 480, Height: 360}})
	}
	return businesses
}

// ListingCover is the address of a listing's drawing; avoid names those beside
// it.
func ListingCover(tenant *tenants.Tenant, listing *billing.Listing, avoid ...covers.Choice) (string, covers.Choice) {
	piece := covers.Piece{Tenant: tenant.Slug, ID: listing.ID.String(), Kind: "listing", Motif: listing.Motif}
	choice := covers.Choose(tenant.Settings.Look, piece, avoid...)
	return CoverPath("listing", listing.ID, choice), choice
}

// OpeningWords says whether a business is open, and what changes next.
func OpeningWords(r *kit.Request, listing *billing.Listing) string {
	now := r.Now.In(r.Tenant.Location())
	opening := listing.Opening(now)
	sameDay := opening.From.YearDay() == now.YearDay() && opening.From.Year() == now.Year()
	switch {
	case !listing.HasHours():
		return ""
	case opening.Open:
		return r.Words.T("billing.open_until", "Clock", r.Words.Clock(opening.Until))
	case opening.Holiday != nil && opening.From.IsZero():
		return r.Words.T("billing.closed_holiday")
	case opening.From.IsZero():
		return r.Words.T("billing.closed")
	case sameDay:
		return r.Words.T("billing.opens_at", "Clock", r.Words.Clock(opening.From))
	}
	return r.Words.T("billing.opens_on", "Day", r.Words.Day(now, opening.From), "Clock", r.Words.Clock(opening.From))
}
