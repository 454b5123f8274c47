package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/weblink"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
)

const (
	// A pass takes about so many links and no longer than this: hand-over counts
	// on work being done within a minute.
	linksAtOnce, passLasts = 24, 45 * time.Second
	// piecesAtOnce bounds a pass over pieces without links.
	piecesAtOnce = 100
	untoldAtOnce = 200
)

// Links looks whether the links in what people publish still lead somewhere, each
// about once a week, and tells owners and editors, never visitors.
type Links struct {
	Letters *Letters
	Members *membership.Service
	Posts   *community.Service
	Billing *billing.Service
	Web     *weblink.Asker
}

// linkToAsk is a link of a piece that is to be asked.
type linkToAsk struct {
	piece community.Linked
	url   string
}

// pass is what one run looks at: first what did not answer lately, then where
// the rounds had come to.
type pass struct {
	links  []linkToAsk
	mended []community.DeadLink
	rounds []reached
}

type reached struct {
	round community.LinkRound
	last  id.ID
}

// Due follows "links.due". No transaction is open while the web is asked.
func (l *Links) Due(ctx context.Context, tenant id.ID, _ json.RawMessage, done func(context.Context, database.Tx) error) error {
	home, err := l.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	var p pass
	if err := l.again(ctx, tenant, &p); err != nil {
		return err
	}
	for _, kind := range []string{"post", "listing"} {
		if err := l.goOn(ctx, tenant, kind, &p); err != nil {
			return err
		}
	}
	addresses := make([]string, 0, len(p.links))
	for _, one := range p.links {
		if !slices.Contains(addresses, one.url) {
			addresses = append(addresses, one.url)
		}
	}
	bounded, cancel := context.WithTimeout(ctx, passLasts)
	defer cancel()
	outcomes := l.Web.AskAll(bounded, l.Letters.Home(home)+"/", addresses)
	return l.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := l.note(ctx, tx, p, outcomes); err != nil {
			return err
		}
		if err := l.tellOwners(ctx, tx); err != nil {
			return err
		}
		return done(ctx, tx)
	})
}

// again takes links that did not answer, unless they were mended since.
func (l *Links) again(ctx context.Context, tenant id.ID, p *pass) error {
	dead, err := l.Posts.LinksToAskAgain(ctx, tenant, linksAtOnce/2)
	if err != nil {
		return err
	}
	for _, link := range dead {
		piece, err := l.piece(ctx, tenant, link.Piece())
		if err != nil {
			return err
		}
		if !slices.Contains(piece.URLs, link.URL) {
			p.mended = append(p.mended, link)
			continue
		}
		p.links = append(p.links, linkToAsk{piece, link.URL})
	}
	return nil
}

// goOn takes the next pieces of a round.
func (l *Links) goOn(ctx context.Context, tenant id.ID, kind string, p *pass) error {
	round, due, err := l.Posts.LinkRound(ctx, tenant, kind)
	if err != nil || !due || len(p.links) >= linksAtOnce {
		return err
	}
	next := l.Posts.LinkedPosts
	if kind == "listing" {
		next = l.listings
	}
	pieces, err := next(ctx, tenant, round.AfterID, piecesAtOnce)
	if err != nil {
		return err
	}
	last := id.ID(0)
	for _, piece := range pieces {
		if len(p.links) >= linksAtOnce {
			break
		}
		last = piece.ID
		for _, address := range piece.URLs {
			p.links = append(p.links, linkToAsk{piece, address})
		}
	}
	if len(pieces) < piecesAtOnce && (len(pieces) == 0 || last == pieces[len(pieces)-1].ID) {
		last = 0 // the end
	}
	p.rounds = append(p.rounds, reached{round, last})
	return nil
}

func (l *Links) piece(ctx context.Context, tenant id.ID, ref community.PieceRef) (community.Linked, error) {
	if ref.Kind == "post" {
		return l.Posts.LinkedPost(ctx, tenant, ref.ID)
	}
	found, err := l.Billing.ByIDs(ctx, tenant, []id.ID{ref.ID})
	if err != nil || len(found) == 0 {
		return community.Linked{}, err
	}
	return ofListing(found[ref.ID]), nil
}

func (l *Links) listings(ctx context.Context, tenant, after id.ID, limit int) ([]community.Linked, error) {
	rows, err := l.Billing.ShownAfter(ctx, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	all := make([]community.Linked, 0, len(rows))
	for _, row := range rows {
		all = append(all, ofListing(row))
	}
	return all, nil
}

func ofListing(listing billing.Listing) community.Linked {
	linked := community.Linked{PieceRef: community.PieceRef{Kind: "listing", ID: listing.ID}, Owner: listing.OwnerID, Title: listing.Name, Path: listing.Path()}
	// Its text shows addresses as words.
	if listing.Website != "" {
		linked.URLs = []string{listing.Website}
	}
	return linked
}

func (l *Links) note(ctx context.Context, tx database.Tx, p pass, outcomes map[string]weblink.Outcome) error {
	for _, link := range p.mended {
		if err := l.Posts.NoteLink(ctx, tx, community.Linked{PieceRef: link.Piece()}, link.URL, true); err != nil {
			return err
		}
	}
	for _, one := range p.links {
		if outcomes[one.url] == weblink.Unknown {
			continue
		}
		if err := l.Posts.NoteLink(ctx, tx, one.piece, one.url, outcomes[one.url] == weblink.Alive); err != nil {
			return err
		}
	}
	for _, one := range p.rounds {
		if err := l.Posts.NoteRound(ctx, tx, one.round, one.last); err != nil {
			return err
		}
	}
	return nil
}

// tellOwners writes to the owners of pieces with dead links, once a week at most,
// about all of theirs in one letter.
func (l *Links) tellOwners(ctx context.Context, tx database.Tx) error {
	untold, err := l.Posts.UntoldDeadLinks(ctx, tx.Tenant, untoldAtOnce)
	if err != nil {
		return err
	}
	for len(untold) > 0 {
		n := 1
		for n < len(untold) && untold[n].OwnerID == untold[0].OwnerID {
			n++
		}
		if err := l.tell(ctx, tx, untold[:n]); err != nil {
			return fmt.Errorf("tell of dead links: %w", err)
		}
		untold = untold[n:]
	}
	return nil
}

func (l *Links) tell(ctx context.Context, tx database.Tx, dead []community.DeadLink) error {
	ids := make([]id.ID, 0, len(dead))
	for _, link := range dead {
		ids = append(ids, link.ID)
	}
	owner, err := l.Members.ByID(ctx, tx.Tenant, dead[0].OwnerID)
	if isNoRow(err) || err == nil && !owner.LeftAt.IsZero() {
		// The editors see it.
		return l.Posts.NoteLinksTold(ctx, tx, ids)
	}
	if err != nil {
		return err
	}
	recently, err := l.Letters.wrote(ctx, tx, owner.ID, "dead_links", week)
	if err != nil || recently {
		return err
	}
	err = l.Letters.Write(ctx, tx, reader(owner), func(s letters.Sender) letters.Letter {
		var all []letters.DeadLink
		for n := range dead {
			all = append(all, letters.DeadLink{Title: s.Typeset(dead[n].Title), URL: dead[n].URL, Since: s.Words.Date(dead[n].Since), EditURL: s.At(dead[n].EditPath())})
		}
		return letters.DeadLinks(s, owner.Name, all)
	})
	if err != nil {
		return err
	}
	return l.Posts.NoteLinksTold(ctx, tx, ids)
}
