// Package cards draws how a piece, a person or a group looks wherever it shows.
package cards

import (
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/covers"
)

// CoverPath is the address of the drawing for a piece without a picture:
// kind, identifier and choice, so that it can be drawn again from the address.
func CoverPath(kind string, piece id.ID, choice covers.Choice) string {
	return "/couvertures/" + kind + "-" + piece.String() + "-" + choice.String() + ".svg"
}

// GroupCover is the address of a group's drawing.
func GroupCover(tenant *tenants.Tenant, group id.ID, avoid ...covers.Choice) (string, covers.Choice) {
	choice := covers.Choose(tenant.Settings.Look, covers.Piece{Tenant: tenant.Slug, ID: group.String(), Kind: "group"}, avoid...)
	return CoverPath("group", group, choice), choice
}
