package cards

import (
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// previewWidth is that of the photographs that stand beside links.
const previewWidth = 960

// PostPreview stands beside a link to a post: its photograph, or what is drawn
// for it.
func PostPreview(tenant *tenants.Tenant, post *community.Post) kit.Preview {
	if picture := post.Picture; picture != nil {
		width := min(previewWidth, picture.Width)
		return kit.Preview{Path: picture.Path(previewWidth), Width: width, Height: picture.Height * width / max(picture.Width, 1)}
	}
	return previewOf(string(post.Kind), post.ID, PostSheet(tenant, post))
}

// GroupPreview stands beside a link to a group.
func GroupPreview(tenant *tenants.Tenant, group *membership.Group) kit.Preview {
	return previewOf("group", group.ID, GroupSheet(tenant, group))
}

// ListingPreview stands beside a link to a listing.
func ListingPreview(tenant *tenants.Tenant, listing *billing.Listing) kit.Preview {
	return previewOf("listing", listing.ID, ListingSheet(tenant, listing))
}

// Home names the picture that is about no piece.
const Home = "accueil"

// HomePreview stands beside a link to any other page of the community.
func HomePreview(tenant *tenants.Tenant) kit.Preview {
	return kit.Preview{Path: "/apercus/" + Home + "-" + HomeSheet(tenant).Version() + ".png",
		Width: covers.PreviewWidth, Height: covers.PreviewHeight}
}

func previewOf(kind string, piece id.ID, sheet covers.Preview) kit.Preview {
	return kit.Preview{Path: "/apercus/" + kind + "-" + piece.String() + "-" + sheet.Version() + ".png",
		Width: covers.PreviewWidth, Height: covers.PreviewHeight}
}

// PostSheet is what is drawn for a post without a photograph.
func PostSheet(tenant *tenants.Tenant, post *community.Post) covers.Preview {
	piece := covers.Piece{Tenant: tenant.Slug, ID: post.ID.String(), Kind: string(post.Kind), Motif: post.Motif, Salt: post.Salt}
	return sheet(tenant, piece, KindWord(post, own(tenant)), post.Title)
}

// GroupSheet is what is drawn for a group.
func GroupSheet(tenant *tenants.Tenant, group *membership.Group) covers.Preview {
	piece := covers.Piece{Tenant: tenant.Slug, ID: group.ID.String(), Kind: "group"}
	return sheet(tenant, piece, own(tenant).T("community.kind.group"), group.Name)
}

// ListingSheet is what is drawn for a listing.
func ListingSheet(tenant *tenants.Tenant, listing *billing.Listing) covers.Preview {
	piece := covers.Piece{Tenant: tenant.Slug, ID: listing.ID.String(), Kind: "listing", Motif: listing.Motif}
	return sheet(tenant, piece, words.French(listing.Trade), listing.Name)
}

// HomeSheet is what is drawn for the community.
func HomeSheet(tenant *tenants.Tenant) covers.Preview {
	title := tenant.Settings.Tagline
	if title == "" {
		title = tenant.Name
	}
	return sheet(tenant, covers.Piece{Tenant: tenant.Slug, ID: Home}, "", title)
}

func sheet(tenant *tenants.Tenant, piece covers.Piece, kind, title string) covers.Preview {
	look := tenant.Settings.Look
	return covers.Preview{Seeds: look, Community: tenant.Name, Kind: kind, Title: words.French(title), Piece: piece, Choice: covers.Choose(look, piece)}
}

// own are the community's words: a picture is the same for every reader.
func own(tenant *tenants.Tenant) *words.Words {
	return words.For(tenant.Settings.Language, tenant.Settings.Address, tenant.Location())
}
