package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
)

const (
	// MaxPlaces is the largest number of places that an event may have.
	MaxPlaces = 10_000
	// askLasts is how long a mailed link to say "I'll be there" can be used.
	askLasts = 2 * days
	// goingKept is how long it is known who was at an event.
	goingKept = 30 * days
	// goersRead bounds how many of those who go are named on a page.
	goersRead = 60
)

// Facts about who goes. Each names a Going, or the event.
const (
	PlaceAsked     outbox.Fact = "place.asked"
	PlaceFreed     outbox.Fact = "place.freed"
	EventMoved     outbox.Fact = "event.moved"
	EventCancelled outbox.Fact = "event.cancelled"
)

// Going is somebody's place at an event, on one of its dates.
type Going struct {
	bun.BaseModel `bun:"table:goings,alias:going"`
	database.Owned
	ID       id.ID `bun:",pk"`
	PostID   id.ID
	StartsAt time.Time
	// MemberID is zero for somebody without an account, who has Email instead.
	MemberID id.ID  `bun:",nullzero"`
	Email    string `bun:",nullzero"`
	Language string
	At       time.Time
	// ConfirmedAt is zero while an address has not answered.
	ConfirmedAt time.Time `bun:",nullzero"`
	Waiting     bool
}

// GoingFact is what the outbox tells of a place.
type GoingFact struct {
	ID id.ID `json:"id"`
}

// EventFact is what the outbox tells of an event to those who go: it moved to
// another date or place, or no longer takes place.
type EventFact struct {
	ID     id.ID     `json:"id"`
	Starts time.Time `json:"starts,omitzero"`
	// At is when it was changed: who came later knows. After is the last of
	// those who were told already.
	At    time.Time `json:"at,omitzero"`
	After id.ID     `json:"after,omitempty"`
}

// Goers is who goes to the next date of an event.
type Goers struct {
	Occurrence
	Count, Waiting int
	// Members are the first of those who have an account, in the order of coming.
	Members []id.ID
	// Mine is the actor's own, or nil.
	Mine *Going
	Full bool
}

// Goers tells who goes next; it is nil when there is no date to go to.
func (s *Service) Goers(ctx context.Context, who actor.Actor, post *Post) (*Goers, error) {
	next, open := post.goable(s.Clock.Now())
	if !open {
		return nil, nil
	}
	goers := &Goers{Occurrence: next}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		var counted []struct {
			Waiting bool
			Count   int
		}
		err := tx.Query(ctx, &counted, `SELECT waiting, count(*) AS count FROM goings
  WHERE tenant_id = ?tenant AND post_id = ?0 AND starts_at = ?1 AND confirmed_at IS NOT NULL GROUP BY waiting`, post.ID, next.Starts)
		if err != nil {
			return err
		}
		for _, part := range counted {
			if part.Waiting {
				goers.Waiting = part.Count
			} else {
				goers.Count = part.Count
			}
		}
		var named []Going
		if goers.Count > 0 {
			err := tx.Select(&named).Where("post_id = ?", post.ID).Where("starts_at = ?", next.Starts).Where("member_id IS NOT NULL").
				Where("NOT waiting").Order("confirmed_at", "id").Limit(goersRead).Scan(ctx)
			if err != nil {
				return err
			}
		}
		for _, one := range named {
			goers.Members = append(goers.Members, one.MemberID)
		}
		if who.IsMember() && goers.Count+goers.Waiting > 0 {
			goers.Mine, err = placeOf(ctx, tx, post.ID, next.Starts, who.Member)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who goes: %w", err)
	}
	goers.Full = post.Event.Places > 0 && goers.Count >= post.Event.Places
	return goers, nil
}

// goable is the next date of an event that one may go to.
func (p *Post) goable(now time.Time) (Occurrence, bool) {
	if p.Event == nil || !p.Stands() {
		return Occurrence{}, false
	}
	return p.Event.Next(now)
}

// placeOf is a member's place on a date, or nil.
func placeOf(ctx context.Context, tx database.Tx, post id.ID, starts time.Time, member id.ID) (*Going, error) {
	found := []Going{}
	err := tx.Select(&found).Where("post_id = ?", post).Where("starts_at = ?", starts).Where("member_id = ?", member).Scan(ctx)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// lockEvent reads an event so that nobody else takes or frees a place of it
// before the transaction ends.
func lockEvent(ctx context.Context, tx database.Tx, post id.ID) (*Post, error) {
	found := &Post{}
	query := tx.Select(found).Where("id = ?", post)
	if tx.Engine == database.PostgreSQL {
		query.For("UPDATE")
	}
	if err := query.Scan(ctx); err != nil {
		return nil, err
	}
	if found.Event == nil {
		return nil, fault.NotFound
	}
	return found, nil
}

// Go takes a place at the next date for a member, or one on the waiting list;
// twice is once.
func (s *Service) Go(ctx context.Context, who actor.Actor, post id.ID) (going *Going, err error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	err = s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		event, err := lockEvent(ctx, tx, post)
		if err != nil {
			return err
		}
		if err := s.refuseUnmet(ctx, who, event); err != nil {
			return err
		}
		now := s.Clock.Now()
		next, open := event.goable(now)
		if !open {
			return fault.NotFound
		}
		if going, err = placeOf(ctx, tx, post, next.Starts, who.Member); err != nil || going != nil {
			return err
		}
		going = &Going{ID: id.New(now), PostID: post, StartsAt: next.Starts, MemberID: who.Member, At: now, ConfirmedAt: now}
		if going.Waiting, err = full(ctx, tx, event, next.Starts); err != nil {
			return err
		}
		_, err = tx.Insert(going).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("go to an event: %w", err)
	}
	return going, nil
}

// Withdraw gives a member's place back; twice is once.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, post id.ID) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		event, err := lockEvent(ctx, tx, post)
		if err != nil {
			return err
		}
		next, open := event.goable(s.Clock.Now())
		if !open {
			return fault.NotFound
		}
		mine, err := placeOf(ctx, tx, post, next.Starts, who.Member)
		if err != nil || mine == nil {
			return err
		}
		return s.freePlace(ctx, tx, event, mine)
	})
	if err != nil {
		return fmt.Errorf("give a place back: %w", err)
	}
	return nil
}

// AskPlace mails a link to somebody without an account; nothing is taken before
// it is followed. Whether the address is known here changes nothing.
func (s *Service) AskPlace(ctx context.Context, who actor.Actor, post id.ID, address string) error {
	email, valid := membership.Address(address)
	if !valid {
		return fault.InvalidField("email", "error.email")
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		event, err := lockEvent(ctx, tx, post)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		next, open := event.goable(now)
		if !open || event.State != Published {
			return fault.NotFound
		}
		going := &Going{ID: id.New(now), PostID: post, StartsAt: next.Starts, Email: email, Language: who.Language, At: now}
		err = tx.Insert(going).On("CONFLICT (tenant_id, post_id, starts_at, email) DO UPDATE").
			Set("at = EXCLUDED.at, language = EXCLUDED.language").Returning("id").Scan(ctx)
		if err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, PlaceAsked, GoingFact{going.ID})
	})
	if err != nil {
		return fmt.Errorf("ask for a place: %w", err)
	}
	return nil
}

// ConfirmPlace is what a mailed link asks for: from then on the place counts.
// The address may be a member's, who then goes as one. Twice is once.
func (s *Service) ConfirmPlace(ctx context.Context, tenant, place, member id.ID) (going *Going, err error) {
	err = s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		asked, event, err := s.lockPlace(ctx, tx, place)
		if err != nil {
			return err
		}
		if going = asked; !asked.ConfirmedAt.IsZero() {
			return nil
		}
		now := s.Clock.Now()
		if !s.confirmable(event, asked) {
			return fault.NotFound
		}
		if member != 0 {
			mine, err := placeOf(ctx, tx, event.ID, asked.StartsAt, member)
			if err != nil {
				return err
			}
			if mine != nil {
				going = mine
				_, err := tx.Delete(asked).WherePK().Exec(ctx)
				return err
			}
			asked.MemberID, asked.Email = member, ""
		}
		if asked.Waiting, err = full(ctx, tx, event, asked.StartsAt); err != nil {
			return err
		}
		asked.ConfirmedAt = now
		_, err = tx.Update(asked).Column("member_id", "email", "waiting", "confirmed_at").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("confirm a place: %w", err)
	}
	return going, nil
}

// confirmable tells that the link is young enough and its date still to come.
func (s *Service) confirmable(event *Post, asked *Going) bool {
	now := s.Clock.Now()
	return event.State == Published && asked.At.After(now.Add(-askLasts)) && event.Event.ahead(asked.StartsAt, now)
}

// GiveBack frees a place, for whoever holds its mailed link; twice is once.
func (s *Service) GiveBack(ctx context.Context, tenant, place id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		going, event, err := s.lockPlace(ctx, tx, place)
		if err != nil {
			return err
		}
		return s.freePlace(ctx, tx, event, going)
	})
	if err != nil && !errors.Is(err, fault.NotFound) {
		return fmt.Errorf("give a place back: %w", err)
	}
	return nil
}

// Place reads a place with its event, for the letters and pages about it.
func (s *Service) Place(ctx context.Context, tenant, place id.ID) (going *Going, event *Post, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		going, event = &Going{}, nil
		if err := tx.Select(going).Where("id = ?", place).Scan(ctx); err != nil {
			return err
		}
		event, err = findPost(ctx, tx, going.PostID)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read a place: %w", err)
	}
	return going, event, nil
}

// Open tells whether a place that was asked for can still be confirmed.
func (s *Service) Open(going *Going, event *Post) bool {
	return !going.ConfirmedAt.IsZero() || s.confirmable(event, going)
}

// lockPlace reads a place as it is while nobody else changes its event's.
func (s *Service) lockPlace(ctx context.Context, tx database.Tx, place id.ID) (*Going, *Post, error) {
	going := &Going{}
	if err := tx.Select(going).Where("id = ?", place).Scan(ctx); err != nil {
		return nil, nil, err
	}
	event, err := lockEvent(ctx, tx, going.PostID)
	if err != nil {
		return nil, nil, err
	}
	return going, event, tx.Select(going).Where("id = ?", place).Scan(ctx)
}

// ahead tells whether one of the dates starts then and has not ended.
func (d *Date) ahead(starts, now time.Time) bool {
	for one := range d.from(starts) {
		return one.Starts.Equal(starts) && one.Ends.After(now)
	}
	return false
}

// When is the occurrence that starts at a moment.
func (d *Date) When(starts time.Time) Occurrence {
	return Occurrence{starts, starts.Add(d.Ends.Sub(d.Starts))}
}

// full tells whether the next to come has to wait. Somebody who waits already
// goes before them.
func full(ctx context.Context, tx database.Tx, event *Post, starts time.Time) (bool, error) {
	if event.Event.Places == 0 {
		return false, nil
	}
	taken, err := taken(ctx, tx, event.ID, starts)
	return taken >= event.Event.Places, err
}

func taken(ctx context.Context, tx database.Tx, post id.ID, starts time.Time) (int, error) {
	count, err := tx.Select((*Going)(nil)).Where("post_id = ?", post).Where("starts_at = ?", starts).
		Where("confirmed_at IS NOT NULL").Where("NOT waiting").Count(ctx)
	return int(count), err
}

// freePlace forgets a place and lets the next one move up.
func (s *Service) freePlace(ctx context.Context, tx database.Tx, event *Post, going *Going) error {
	if _, err := tx.Delete(going).WherePK().Exec(ctx); err != nil {
		return err
	}
	return s.moveUp(ctx, tx, event, going.StartsAt)
}

// moveUp gives free places to those who wait, the first come first.
func (s *Service) moveUp(ctx context.Context, tx database.Tx, event *Post, starts time.Time) error {
	if !event.Stands() || !starts.After(s.Clock.Now()) {
		return nil
	}
	free := MaxPlaces
	if places := event.Event.Places; places > 0 {
		taken, err := taken(ctx, tx, event.ID, starts)
		if err != nil {
			return err
		}
		free = places - taken
	}
	if free <= 0 {
		return nil
	}
	var next []Going
	err := tx.Select(&next).Where("post_id = ?", event.ID).Where("starts_at = ?", starts).Where("waiting").
		Order("confirmed_at", "id").Limit(int64(free)).Scan(ctx)
	if err != nil {
		return err
	}
	for n := range next {
		next[n].Waiting = false
		if _, err := tx.Update(&next[n]).Column("waiting").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.Outbox.Add(ctx, tx, PlaceFreed, GoingFact{next[n].ID}); err != nil {
			return err
		}
	}
	return nil
}

// followEvent brings those who go along when an event was edited: to its new
// date when theirs is gone, and up the waiting list when there is more room.
func (s *Service) followEvent(ctx context.Context, tx database.Tx, before, after *Post) error {
	if after.Event == nil || before.Event == nil {
		return nil
	}
	if _, err := lockEvent(ctx, tx, after.ID); err != nil {
		return err
	}
	now := s.Clock.Now()
	next, ahead := after.Event.Next(now)
	if !ahead {
		return nil
	}
	var dates []time.Time
	err := tx.Query(ctx, &dates, `SELECT DISTINCT starts_at FROM goings WHERE tenant_id = ?tenant AND post_id = ?0 AND starts_at > ?1`,
		after.ID, now.Add(before.Event.Starts.Sub(before.Event.Ends)))
	if err != nil {
		return err
	}
	for _, starts := range dates {
		moved := !after.Event.ahead(starts, now)
		if moved {
			if err := carry(ctx, tx, after.ID, starts, next.Starts); err != nil {
				return err
			}
			starts = next.Starts
		}
		taken, err := taken(ctx, tx, after.ID, starts)
		if err != nil {
			return err
		}
		if places := after.Event.Places; places > 0 && taken > places {
			return fault.InvalidField("places", "error.community.places_taken", "Min", taken)
		}
		if err := s.moveUp(ctx, tx, after, starts); err != nil {
			return err
		}
		if moved || before.Where() != after.Where() {
			if err := s.Outbox.Add(ctx, tx, EventMoved, EventFact{ID: after.ID, Starts: starts, At: now}); err != nil {
				return err
			}
		}
	}
	return nil
}

// carry moves all who go on one date to another; who goes there already does so
// once.
func carry(ctx context.Context, tx database.Tx, post id.ID, from, to time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM goings WHERE tenant_id = ?tenant AND post_id = ?0 AND starts_at = ?1 AND EXISTS (
  SELECT 1 FROM goings g WHERE g.tenant_id = ?tenant AND g.post_id = ?0 AND g.starts_at = ?2
  AND (g.member_id = goings.member_id OR g.email = goings.email))`, post, from, to)
	if err != nil {
		return err
	}
	_, err = tx.Update((*Going)(nil)).Set("starts_at = ?", to).Where("post_id = ?", post).Where("starts_at = ?", from).Exec(ctx)
	return err
}

// eventGone lets those who go hear that an event no longer takes place.
func (s *Service) eventGone(ctx context.Context, tx database.Tx, post *Post) error {
	if post.Event == nil {
		return nil
	}
	return s.Outbox.Add(ctx, tx, EventCancelled, EventFact{ID: post.ID})
}

// GoersToTell lists some of those whom a moved event concerns, with the event.
func (s *Service) GoersToTell(ctx context.Context, tenant id.ID, fact EventFact, limit int) (event *Post, goers []Going, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if event, err = findPost(ctx, tx, fact.ID); err != nil {
			return err
		}
		return tx.Select(&goers).Where("post_id = ?", fact.ID).Where("starts_at = ?", fact.Starts).Where("confirmed_at <= ?", fact.At).
			Where("id > ?", fact.After).Order("id").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read who goes: %w", err)
	}
	return event, goers, nil
}

// TakeGoers forgets some of those who would have gone to an event that is gone,
// and hands them over to be told.
func (s *Service) TakeGoers(ctx context.Context, tenant, post id.ID, limit int) (event *Post, goers []Going, err error) {
	err = s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if event, err = lockEvent(ctx, tx, post); err != nil || event.Stands() {
			return err
		}
		now := s.Clock.Now()
		err := tx.Select(&goers).Where("post_id = ?", post).Where("starts_at > ?", now.Add(event.Event.Starts.Sub(event.Event.Ends))).
			Where("confirmed_at IS NOT NULL").Order("id").Limit(int64(limit)).Scan(ctx)
		if err != nil || len(goers) == 0 {
			return err
		}
		return forgetGoings(ctx, tx, goers)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read who would have gone: %w", err)
	}
	return event, goers, nil
}

func forgetGoings(ctx context.Context, tx database.Tx, goings []Going) error {
	ids := make([]id.ID, 0, len(goings))
	for _, one := range goings {
		ids = append(ids, one.ID)
	}
	_, err := tx.Delete((*Going)(nil)).Where("id IN (?)", list(ids)).Exec(ctx)
	return err
}

// ForgetGoings forgets who was at events long past, and addresses that did not
// answer.
func (s *Service) ForgetGoings(ctx context.Context, tenant id.ID) error {
	now := s.Clock.Now()
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Delete((*Going)(nil)).Where("starts_at < ?", now.Add(-goingKept)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.Delete((*Going)(nil)).Where("confirmed_at IS NULL").Where("at < ?", now.Add(-askLasts)).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget who went: %w", err)
	}
	return nil
}

// freeSeats gives back all places of somebody who closed the account.
func (s *Service) freeSeats(ctx context.Context, tx database.Tx, member id.ID) error {
	var held []Going
	if err := tx.Select(&held).Where("member_id = ?", member).Order("post_id", "id").Scan(ctx); err != nil {
		return err
	}
	for n := range held {
		event, err := lockEvent(ctx, tx, held[n].PostID)
		if err != nil {
			return err
		}
		if err := s.freePlace(ctx, tx, event, &held[n]); err != nil {
			return err
		}
	}
	return nil
}
