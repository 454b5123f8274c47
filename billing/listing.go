package billing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// State is where a listing stands between its author and the payment. It
// follows from the subscriptions: see settle.
type State string

// The states.
const (
	Draft           State = "draft"
	AwaitingPayment State = "awaiting_payment"
	Live            State = "live"
	Paused          State = "paused"
	Closed          State = "closed"
)

// Listing is the page of a partner's business. It shows when it is live and
// moderation lets it.
type Listing struct {
	bun.BaseModel `bun:"table:listings,alias:listing"`
	database.Owned
	ID        id.ID `bun:",pk"`
	OwnerID   id.ID
	OwnerName string // on whose behalf it is shown
	Name      string
	Trade     string
	Text      string
	Note      string // a notice that the law asks for
	Place     string
	Commune   string
	Hours     Hours     `bun:"type:json"`
	Closed    []Closing `bun:"type:json"`
	Languages []string  `bun:"type:json"`
	Topics    []string  `bun:"type:json"`
	Prices    []Price   `bun:"type:json"`
	Phone     string
	Mail      string
	Website   string
	Motif     string // of the cover; empty is drawn by lot
	Seller    Seller `bun:"type:json"`
	Plan      string

	State       State
	Moderation  moderation.State
	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time `bun:",nullzero"`
	ClosedAt    time.Time `bun:",nullzero"`
}

// Price is one line of a listing's price list.
type Price struct {
	What  string `json:"what"`
	Cents int64  `json:"cents"`
}

// Seller is who answers for the business (DSA art. 30, C. consom. L111-7).
type Seller struct {
	LegalName    string `json:"legal_name,omitempty"`
	Registration string `json:"registration,omitempty"` // SIREN, or RNA of an association
	Address      string `json:"address,omitempty"`
}

// ListingChanged is the fact that a listing shows, no longer shows or reads
// otherwise.
const ListingChanged = "listing.changed"

// ListingWritten is the fact that a listing was created or edited, for the
// rules to read.
const ListingWritten = "listing.written"

// Changed names the listing of a fact.
type Changed struct {
	ID id.ID `json:"id"`
}

// Shown tells whether anyone may see the listing.
func (l *Listing) Shown() bool { return l.State == Live && l.Moderation == moderation.Published }

// Path is the listing's address on its community's site.
func (l *Listing) Path() string { return "/adresses/" + l.ID.String() + "-" + slug(l.Name) }

// slug is the readable tail of an address.
func slug(text string) string {
	var out strings.Builder
	for _, sign := range strings.ToLower(unaccented(text)) {
		switch {
		case sign >= 'a' && sign <= 'z' || sign >= '0' && sign <= '9':
			out.WriteRune(sign)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.Trim(out.String(), "-")
}

// Create drafts a listing. Its author becomes a partner.
func (s *Service) Create(ctx context.Context, who actor.Actor, draft Draftsheet) (*Listing, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	if !s.Policy.Allows(who, "listing", "create") {
		return nil, fault.NotFound
	}
	if err := draft.check(); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	listing := &Listing{ID: id.New(now), OwnerID: who.Member, State: Draft, CreatedAt: now, UpdatedAt: now}
	draft.fill(listing)
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.Members.Grant(ctx, who.Tenant, who.Member, actor.Partner); err != nil {
			return err
		}
		if err := s.screen(ctx, tx, who, listing); err != nil {
			return err
		}
		if _, err := tx.Insert(listing).Exec(ctx); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, ListingWritten, Changed{listing.ID})
	})
	if err != nil {
		return nil, fmt.Errorf("create listing: %w", err)
	}
	return listing, nil
}

// Edit changes what a listing says.
func (s *Service) Edit(ctx context.Context, who actor.Actor, listing id.ID, draft Draftsheet) error {
	if err := draft.check(); err != nil {
		return err
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := lock(ctx, tx, listing)
		if err != nil {
			return err
		}
		if !row.isOf(who) {
			return fault.NotFound
		}
		draft.fill(row)
		row.UpdatedAt = s.Clock.Now()
		if row.Moderation == moderation.Published {
			if err := s.screen(ctx, tx, who, row); err != nil {
				return err
			}
		}
		if _, err := tx.Update(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.Outbox.Add(ctx, tx, ListingWritten, Changed{row.ID}); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, ListingChanged, Changed{row.ID})
	})
	if err != nil {
		return fmt.Errorf("edit listing: %w", err)
	}
	return nil
}

// Own lists the actor's listings, the newest first.
func (s *Service) Own(ctx context.Context, who actor.Actor) ([]Listing, error) {
	var listings []Listing
	if !who.IsMember() {
		return nil, nil
	}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&listings).Where("listing.owner_id = ?", who.Member).
			Order("listing.id DESC").Limit(maxOwn).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list own listings: %w", err)
	}
	return listings, nil
}

// maxOwn bounds how many listings one partner drafts: far above any plan.
const maxOwn = 50

// OwnByID finds one of the actor's listings; another's is not found.
func (s *Service) OwnByID(ctx context.Context, who actor.Actor, listing id.ID) (*Listing, error) {
	var row *Listing
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		row, err = own(ctx, tx, who, listing)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("own listing: %w", err)
	}
	return row, nil
}

func own(ctx context.Context, tx database.Tx, who actor.Actor, listing id.ID) (*Listing, error) {
	row, err := find(ctx, tx, listing)
	if err != nil {
		return nil, err
	}
	if !row.isOf(who) {
		return nil, fault.NotFound
	}
	return row, nil
}

func (l *Listing) isOf(who actor.Actor) bool { return who.IsMember() && l.OwnerID == who.Member }

func find(ctx context.Context, tx database.Tx, listing id.ID) (*Listing, error) {
	row := &Listing{}
	return row, tx.Select(row).Where("listing.id = ?", listing).Scan(ctx)
}

// lock finds a listing that is about to be written whole: on PostgreSQL others
// wait, on SQLite there is one writer anyway.
func lock(ctx context.Context, tx database.Tx, listing id.ID) (*Listing, error) {
	row := &Listing{}
	query := tx.Select(row).Where("listing.id = ?", listing)
	if tx.Engine == database.PostgreSQL {
		query.For("UPDATE")
	}
	return row, query.Scan(ctx)
}

// Public finds a listing that shows.
func (s *Service) Public(ctx context.Context, tenant, listing id.ID) (*Listing, error) {
	found, err := s.ByIDs(ctx, tenant, []id.ID{listing})
	if err != nil {
		return nil, err
	}
	row, ok := found[listing]
	if !ok {
		return nil, fmt.Errorf("listing: %w", fault.NotFound)
	}
	return &row, nil
}

// ByIDs finds those of the listings that show.
func (s *Service) ByIDs(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]Listing, error) {
	found := map[id.ID]Listing{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Listing
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return shown(tx.Select(&rows)).Where("listing.id IN (?)", bun.List(ids)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find listings: %w", err)
	}
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

func shown(query *bun.SelectQuery) *bun.SelectQuery {
	return query.Where("listing.state = ? AND listing.moderation = ?", Live, moderation.Published)
}

// Screen is moderation's first look at a piece.
type Screen func(ctx context.Context, tx database.Tx, author actor.Actor, kind string, id id.ID, piece moderation.Piece) (moderation.State, error)

// screen asks moderation. The author counts as the partner that they are about
// to become.
func (s *Service) screen(ctx context.Context, tx database.Tx, who actor.Actor, listing *Listing) error {
	if !who.Has(actor.Partner) {
		who.Roles = append(slices.Clone(who.Roles), actor.Partner)
	}
	state, err := s.Screen(ctx, tx, who, "listing", listing.ID, listing.piece())
	if err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	listing.Moderation = state
	return nil
}

func (l *Listing) piece() moderation.Piece {
	return moderation.Piece{AuthorID: l.OwnerID, Title: l.Name, Text: l.Text, URL: l.Path(),
		PostedAt: l.CreatedAt, State: l.Moderation}
}

// Reviewable lets moderation read and decide listings.
func (s *Service) Reviewable() moderation.Kind {
	return moderation.Kind{
		Name: "listing",
		Load: func(ctx context.Context, tx database.Tx, listing id.ID) (moderation.Piece, error) {
			row, err := find(ctx, tx, listing)
			if err != nil {
				return moderation.Piece{}, err
			}
			return row.piece(), nil
		},
		SetState: func(ctx context.Context, tx database.Tx, listing id.ID, state moderation.State) error {
			_, err := tx.Update((*Listing)(nil)).Set("moderation = ?", state).Where("listing.id = ?", listing).Exec(ctx)
			if err != nil {
				return fmt.Errorf("set state of listing: %w", err)
			}
			return s.Outbox.Add(ctx, tx, ListingChanged, Changed{listing})
		},
	}
}
