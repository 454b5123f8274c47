package media

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// Previews draws the pictures that stand beside links, each once: a drawing
// costs a tenth of a second, and a crawler asks for all of them.
type Previews struct {
	Posts   *community.Service
	Groups  *membership.Groups
	Billing *billing.Service
	Blobs   *blob.Store

	// turn lets one be drawn at a time, so that pages keep a processor.
	turn chan struct{}
}

// Mount adds the pictures to the route table.
func (p Previews) Mount(routes *kit.Routes) {
	p.turn = make(chan struct{}, 1)
	routes.Get("/apercus/:tail", kit.Anyone, p.show)
}

// show answers at KIND-PIECE-VERSION.png. An address of before leads to
// today's, so that a piece has one picture however it is asked for.
func (p Previews) show(r *kit.Request) error {
	key, version, sheet, err := p.find(r)
	if err != nil {
		return err
	}
	if version != sheet.Version() {
		r.Gin.Redirect(http.StatusFound, "/apercus/"+key+"-"+sheet.Version()+".png")
		return nil
	}
	picture, err := p.drawn(r, r.Tenant.ID.String()+"/apercus/"+key, sheet)
	if err != nil {
		return err
	}
	return send(r, "image/png", forEver, picture)
}

// find reads what the address names, as a visitor would see it.
func (p Previews) find(r *kit.Request) (key, version string, sheet covers.Preview, err error) {
	name, isPNG := strings.CutSuffix(r.Param("tail"), ".png")
	if !isPNG {
		return "", "", sheet, fault.NotFound
	}
	kind, tail, _ := strings.Cut(name, "-")
	if kind == cards.Home {
		return kind, tail, cards.HomeSheet(r.Tenant), nil
	}
	number, version, _ := strings.Cut(tail, "-")
	piece, err := id.Parse(number)
	if err != nil {
		return "", "", sheet, fault.NotFound
	}
	sheet, err = p.sheet(r, kind, piece)
	return kind + "-" + piece.String(), version, sheet, err
}

func (p Previews) sheet(r *kit.Request, kind string, piece id.ID) (covers.Preview, error) {
	visitor := actor.VisitorOf(r.Tenant.ID)
	switch kind {
	case "group":
		group, err := p.Groups.See(r.Context(), visitor, piece)
		if err != nil {
			return covers.Preview{}, err
		}
		return cards.GroupSheet(r.Tenant, group), nil
	case "listing":
		listing, err := p.Billing.Public(r.Context(), r.Tenant.ID, piece)
		if err != nil {
			return covers.Preview{}, err
		}
		return cards.ListingSheet(r.Tenant, listing), nil
	}
	post, err := p.Posts.Find(r.Context(), visitor, piece)
	if err != nil {
		return covers.Preview{}, err
	}
	if string(post.Kind) != kind {
		return covers.Preview{}, fault.NotFound
	}
	return cards.PostSheet(r.Tenant, post), nil
}

// drawn is the picture as it was kept, headed by its version; else it is drawn
// and takes the place of the last one.
func (p Previews) drawn(r *kit.Request, key string, sheet covers.Preview) ([]byte, error) {
	heading := []byte(sheet.Version() + "\n")
	kept := func() ([]byte, bool) {
		content, err := p.Blobs.Get(key)
		picture, current := bytes.CutPrefix(content, heading)
		return picture, err == nil && current
	}
	if picture, current := kept(); current {
		return picture, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-r.Context().Done():
		return nil, errors.Join(fault.Unavailable, r.Context().Err())
	}
	if picture, current := kept(); current {
		return picture, nil // drawn while this request waited
	}
	picture, err := sheet.PNG()
	if err != nil {
		return nil, err
	}
	return picture, p.Blobs.Put(key, append(heading, picture...))
}
