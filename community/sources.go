package community

import (
	"context"
	"fmt"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
)

// GroupDocuments reads groups as search should know them.
func GroupDocuments(groups *membership.Groups) Source {
	return func(ctx context.Context, tenant, piece id.ID) (*Document, error) {
		found, err := groups.ByIDs(ctx, tenant, []id.ID{piece})
		if err != nil {
			return nil, err
		}
		group, known := found[piece]
		if !known || group.State != membership.Published || group.Archived() {
			return nil, fmt.Errorf("group to search for: %w", fault.NotFound)
		}
		return &Document{Title: group.Name, Place: group.Place, Text: Plain(group.Purpose), Path: group.Path(), GroupID: group.ID,
			PostedAt: group.CreatedAt}, nil
	}
}

// ListingDocuments reads the listings that show as search should know them,
// each with the name of who pays for it.
func ListingDocuments(listings *billing.Service) Source {
	return func(ctx context.Context, tenant, piece id.ID) (*Document, error) {
		found, err := listings.ByIDs(ctx, tenant, []id.ID{piece})
		if err != nil {
			return nil, err
		}
		listing, known := found[piece]
		if !known {
			return nil, fmt.Errorf("listing to search for: %w", fault.NotFound)
		}
		place := (&Post{Place: listing.Place, Commune: listing.Commune}).Where()
		return &Document{Title: listing.Name, Place: place, Text: listing.Trade + ". " + Plain(listing.Text), Path: listing.Path(),
			Sponsor: listing.OwnerName, Motif: listing.Motif, Commune: listing.Commune, PostedAt: listing.PublishedAt}, nil
	}
}
