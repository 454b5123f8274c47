package listings

import (
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// schemaDays are schema.org's names of the days, from Monday.
var schemaDays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// structured says of a business what search engines can show: nothing that the
// page does not say as well.
func structured(r *kit.Request, listing *billing.Listing) []kit.Facts {
	facts := kit.Facts{"@type": "LocalBusiness", "name": listing.Name, "description": listing.Text, "url": r.Link(listing.Path()),
		"image":   r.Link(cards.ListingPreview(r.Tenant, listing).Path),
		"address": kit.Facts{"@type": "PostalAddress", "addressLocality": listing.Commune}}
	if listing.Phone != "" {
		facts["telephone"] = listing.Phone
	}
	if listing.Website != "" {
		facts["sameAs"] = listing.Website
	}
	var hours []kit.Facts
	for day, name := range schemaDays {
		for _, span := range listing.Hours[day+1] {
			hours = append(hours, kit.Facts{"@type": "OpeningHoursSpecification", "dayOfWeek": name, "opens": span.From, "closes": span.To})
		}
	}
	if hours != nil {
		facts["openingHoursSpecification"] = hours
	}
	return []kit.Facts{facts}
}
