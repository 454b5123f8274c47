package notifications

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

const (
	// toldAtOnce bounds how many of those who go are written to in a transaction.
	toldAtOnce = 100
	// heldAgain is how soon it is looked again whether an event was read.
	heldAgain = time.Hour
)

// Going writes to those who go to events, with an account or without.
type Going struct {
	Letters *Letters
	Members *membership.Service
	Posts   *community.Service
}

// Asked follows community.PlaceAsked: an address is to say that it is its own.
func (g *Going) Asked(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return g.aboutPlace(ctx, tenant, payload, func(s letters.Sender, event letters.Event, place *community.Going) letters.Letter {
		return letters.GoingAsked(s, event, s.Home+GoingPath(s.Tenant, hostOf(s.Home), ConfirmPlace, place.ID))
	})
}

// Freed follows community.PlaceFreed: somebody moved up from the waiting list.
func (g *Going) Freed(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return g.aboutPlace(ctx, tenant, payload, func(s letters.Sender, event letters.Event, _ *community.Going) letters.Letter {
		return letters.PlaceFreed(s, event)
	})
}

func (g *Going) aboutPlace(ctx context.Context, tenant id.ID, payload json.RawMessage, write func(letters.Sender, letters.Event, *community.Going) letters.Letter) error {
	fact, err := read[community.GoingFact](payload)
	if err != nil {
		return err
	}
	place, event, err := g.Posts.Place(ctx, tenant, fact.ID)
	if isNoRow(err) || err == nil && !event.Stands() {
		return nil // given back meanwhile, or gone with its event
	}
	if err != nil {
		return err
	}
	return g.tell(ctx, tenant, event, []community.Going{*place}, write)
}

// Moved follows community.EventMoved, some of those who go at a time.
func (g *Going) Moved(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.EventFact](payload)
	if err != nil {
		return err
	}
	event, goers, err := g.Posts.GoersToTell(ctx, tenant, fact, toldAtOnce)
	if isNoRow(err) || err == nil && len(goers) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if event.State == community.Held {
		// Nobody gets by letter what a moderator has yet to read.
		return g.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			return g.Letters.Outbox.AddAt(ctx, tx, community.EventMoved, fact, g.Letters.Clock.Now().Add(heldAgain))
		})
	}
	err = g.tell(ctx, tenant, event, goers, func(s letters.Sender, event letters.Event, _ *community.Going) letters.Letter {
		return letters.EventMoved(s, event)
	})
	fact.After = goers[len(goers)-1].ID
	return g.goOn(ctx, tenant, err, len(goers), community.EventMoved, fact)
}

// Cancelled follows community.EventCancelled: who would have gone is told, and
// forgotten.
func (g *Going) Cancelled(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.EventFact](payload)
	if err != nil {
		return err
	}
	event, goers, err := g.Posts.TakeGoers(ctx, tenant, fact.ID, toldAtOnce)
	if isNoRow(err) || err == nil && len(goers) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	err = g.tell(ctx, tenant, event, goers, func(s letters.Sender, event letters.Event, _ *community.Going) letters.Letter {
		event.CalendarURL, event.BackURL = "", ""
		return letters.EventCancelled(s, event)
	})
	return g.goOn(ctx, tenant, err, len(goers), community.EventCancelled, fact)
}

// goOn leaves those whom this transaction did not reach to another one.
func (g *Going) goOn(ctx context.Context, tenant id.ID, err error, told int, fact outbox.Fact, payload community.EventFact) error {
	if err != nil || told < toldAtOnce {
		return err
	}
	return g.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return g.Letters.Outbox.Add(ctx, tx, fact, payload)
	})
}

func (g *Going) tell(ctx context.Context, tenant id.ID, event *community.Post, goers []community.Going, write func(letters.Sender, letters.Event, *community.Going) letters.Letter) error {
	return g.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for n := range goers {
			goer := &goers[n]
			to := Reader{Email: goer.Email, Language: goer.Language}
			if goer.MemberID != 0 {
				member, err := g.Members.ByID(ctx, tenant, goer.MemberID)
				if err != nil {
					return err
				}
				to = reader(member)
			}
			err := g.Letters.Write(ctx, tx, to, func(s letters.Sender) letters.Letter { return write(s, g.event(s, event, goer), goer) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (g *Going) event(s letters.Sender, event *community.Post, goer *community.Going) letters.Event {
	date := event.Event.When(goer.StartsAt)
	return letters.Event{Title: event.Title, When: s.Words.Span(g.Letters.Clock.Now(), date.Starts, date.Ends), Where: event.Where(),
		URL: s.At(event.Path()), CalendarURL: s.At(event.Kind.Path() + "/" + event.ID.String() + "/calendrier.ics"),
		BackURL: s.Home + GoingPath(s.Tenant, hostOf(s.Home), GiveBack, goer.ID)}
}

// GoingAct is what a mailed link about a place does; it is the link's address.
type GoingAct string

// What such links do.
const (
	ConfirmPlace GoingAct = "/jy-vais"
	GiveBack     GoingAct = "/jy-vais/rendre"
)

// GoingPath is a link about a place that needs no account. Its signature holds
// for this place, this act and this host alone.
func GoingPath(tenant *tenants.Tenant, host string, act GoingAct, place id.ID) string {
	return string(act) + "?" + url.Values{"p": {place.String()}, "s": {seal(tenant, host, "going"+string(act), place.String())}}.Encode()
}

// Link reads such a link: one that was not signed here finds nothing. The place
// and its event are nil when the place was given back or forgotten.
func (g *Going) Link(ctx context.Context, tenant *tenants.Tenant, host string, act GoingAct, place, signature string) (id.ID, *community.Going, *community.Post, error) {
	wanted, err := id.Parse(place)
	if err != nil || !hmac.Equal([]byte(signature), []byte(seal(tenant, host, "going"+string(act), wanted.String()))) {
		return 0, nil, nil, fmt.Errorf("link about a place: %w", fault.NotFound)
	}
	going, event, err := g.Posts.Place(ctx, tenant.ID, wanted)
	if errors.Is(err, fault.NotFound) {
		return wanted, nil, nil, nil
	}
	return wanted, going, event, err
}

// Confirm takes the place that a link speaks of: for the member whose address
// it is, else for the address.
func (g *Going) Confirm(ctx context.Context, tenant id.ID, asked *community.Going) (*community.Going, error) {
	member, err := g.Members.ByEmail(ctx, tenant, asked.Email)
	if isNoRow(err) {
		return g.Posts.ConfirmPlace(ctx, tenant, asked.ID, 0)
	}
	if err != nil {
		return nil, err
	}
	return g.Posts.ConfirmPlace(ctx, tenant, asked.ID, member.ID)
}
