package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
)

// Purpose is what somebody agrees to get; each is agreed to apart (CPCE L34-5).
type Purpose string

// The purposes: the editors' own letter, and partners' offers.
const (
	ForNews   Purpose = "news"
	ForOffers Purpose = "offers"
)

// Purposes lists them.
var Purposes = []Purpose{ForNews, ForOffers}

// The kinds of the letters that go out for them; suppressions know these.
const (
	NewsletterKind = "newsletter"
	OffersKind     = "offers"
)

// Kind is the kind of a purpose's letters.
func (p Purpose) Kind() string {
	if p == ForOffers {
		return OffersKind
	}
	return NewsletterKind
}

// purposeOf is what a kind of letter is for; false when it is none of these.
func purposeOf(kind string) (Purpose, bool) {
	for _, purpose := range Purposes {
		if purpose.Kind() == kind {
			return purpose, true
		}
	}
	return "", false
}

// Further ways of agreeing and refusing, beside ByPage, ByOneClick, ByMail and
// ByComplaint.
const (
	ByConfirmed   = "confirmed" // the click in the one letter that asks
	ByPreferences = "preferences"
	ByImport      = "import"
	// ByBounce is nobody's choice: there is no such mailbox.
	ByBounce = "bounce"
)

// SubscriptionWording is the version of the words that people agree to, as the
// catalogue has them under "subscription.consent".
const SubscriptionWording = "2026-11"

const (
	// ConfirmLasts is how long the link of the one letter can be used; the
	// address is forgotten when it was not.
	ConfirmLasts = 7 * 24 * time.Hour
	// endedKept is how long somebody who left can come back with the same link.
	endedKept = 30 * 24 * time.Hour
	// proofKept is how long the proof of an erased address is kept.
	proofKept = 3 * 365 * 24 * time.Hour
	// erasedAtOnce bounds what is held in memory.
	erasedAtOnce = 500
)

// Subscription is an address that the editors may write to, once it is
// confirmed, for what is agreed.
type Subscription struct {
	bun.BaseModel `bun:"table:letter_subscriptions,alias:subscription"`
	database.Owned
	ID id.ID `bun:",pk"`
	// MemberID is zero for somebody without an account.
	MemberID id.ID `bun:",nullzero"`
	Email    string
	Language string
	// Entrance is the front page's door through which they came.
	Entrance membership.Entrance
	// News and Offers are what was asked for, until ConfirmedAt says that the
	// address is whose it is said to be.
	News, Offers bool
	CreatedAt    time.Time
	ConfirmedAt  time.Time `bun:",nullzero"`
}

// Wants tells whether it gets letters of a purpose.
func (s *Subscription) Wants(purpose Purpose) bool {
	return !s.ConfirmedAt.IsZero() && s.asks(purpose)
}

func (s *Subscription) asks(purpose Purpose) bool {
	if purpose == ForOffers {
		return s.Offers
	}
	return s.News
}

func (s *Subscription) set(purpose Purpose, wanted bool) {
	if purpose == ForOffers {
		s.Offers = wanted
	} else {
		s.News = wanted
	}
}

// Consent is the proof that somebody agreed, or no longer does.
type Consent struct {
	bun.BaseModel `bun:"table:letter_consents,alias:consent"`
	database.Owned
	ID             id.ID `bun:",pk"`
	SubscriptionID id.ID
	Purpose        Purpose
	Given          bool
	Way            string
	Wording        string
	IP             string `bun:"ip"`
	ImportID       id.ID  `bun:",nullzero"`
	Source         string
	At             time.Time
}

// Proof is how something was chosen, and from which address on the network.
type Proof struct{ Way, IP string }

// Subscriptions keeps who is written to by the editors, and what proves it.
type Subscriptions struct {
	Letters *Letters
	Members *membership.Service
	Policy  actor.Policy
	// Addresses and Origins bound how often the form is sent, per address and
	// per place on the network.
	Addresses, Origins *limit.Limit
}

// NewSubscriptions returns the service with the limits that sign-in has.
func NewSubscriptions(letters *Letters, members *membership.Service, policy actor.Policy) *Subscriptions {
	now := letters.Clock
	return &Subscriptions{Letters: letters, Members: members, Policy: policy,
		Addresses: limit.New(now, 5, time.Hour), Origins: limit.New(now, 30, time.Hour)}
}

// SubscriptionAsked is the fact that somebody sent the form.
const SubscriptionAsked outbox.Fact = "letters.asked"

type subscriptionFact struct {
	Subscription id.ID `json:"subscription"`
}

// Ask is what somebody without an account types to get the letters.
type Ask struct {
	Email        string
	News, Offers bool
	Entrance     membership.Entrance
	// Origin is the address on the network from which it is asked.
	Origin string
}

// Subscribe notes an address that asks for the letters and mails it the one
// link that confirms. Neither the answer nor the time that it takes tells
// whether the address is known here.
func (s *Subscriptions) Subscribe(ctx context.Context, who actor.Actor, ask Ask) error {
	invalid := &fault.Invalid{}
	email, problem := deliverable(ask.Email)
	if problem != "" {
		invalid.Add("email", problem)
	}
	if !ask.News && !ask.Offers {
		invalid.Add("news", "error.subscription.nothing")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	if !s.Origins.Allow(ask.Origin) || !s.Addresses.Allow(who.Tenant.String()+" "+email) {
		return fmt.Errorf("subscribe: %w", fault.TooMany)
	}
	err := s.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := byAddress(ctx, tx, email)
		if err != nil {
			return err
		}
		now := s.Letters.Clock.Now()
		switch {
		case row == nil:
			row = &Subscription{ID: id.New(now), Email: email, Language: who.Language, Entrance: ask.Entrance, News: ask.News, Offers: ask.Offers, CreatedAt: now}
			added, err := tx.Insert(row).On("CONFLICT (tenant_id, email) DO NOTHING").Exec(ctx)
			if err != nil {
				return err
			}
			if rows, _ := added.RowsAffected(); rows == 0 {
				return nil // asked twice at the same moment
			}
			if err := s.prove(ctx, tx, row, Proof{ByPage, ask.Origin}); err != nil {
				return err
			}
		case s.over(row) || !row.ConfirmedAt.IsZero() && !row.News && !row.Offers:
			// Whoever left is asked again: nobody else can bring them back.
			row.Language, row.Entrance, row.News, row.Offers = who.Language, ask.Entrance, ask.News, ask.Offers
			row.CreatedAt, row.ConfirmedAt = now, time.Time{}
			if _, err := tx.Update(row).Column("language", "entrance", "news", "offers", "created_at", "confirmed_at").WherePK().Exec(ctx); err != nil {
				return err
			}
			if err := s.prove(ctx, tx, row, Proof{ByPage, ask.Origin}); err != nil {
				return err
			}
		}
		return s.Letters.Outbox.Add(ctx, tx, SubscriptionAsked, subscriptionFact{row.ID})
	})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// over tells that the one link is too old.
func (s *Subscriptions) over(row *Subscription) bool {
	return row.ConfirmedAt.IsZero() && !s.Letters.Clock.Now().Before(row.CreatedAt.Add(ConfirmLasts))
}

// prove adds a row for each purpose that is agreed to.
func (s *Subscriptions) prove(ctx context.Context, tx database.Tx, row *Subscription, proof Proof) error {
	for _, purpose := range Purposes {
		if !row.asks(purpose) {
			continue
		}
		if err := s.Letters.noteConsent(ctx, tx, row.ID, purpose, true, proof); err != nil {
			return err
		}
	}
	return nil
}

func (l *Letters) noteConsent(ctx context.Context, tx database.Tx, subscription id.ID, purpose Purpose, given bool, proof Proof) error {
	now := l.Clock.Now()
	row := &Consent{ID: id.New(now), SubscriptionID: subscription, Purpose: purpose, Given: given, Way: proof.Way, Wording: SubscriptionWording, IP: proof.IP, At: now}
	if _, err := tx.Insert(row).Exec(ctx); err != nil {
		return fmt.Errorf("note a consent: %w", err)
	}
	return nil
}

// Asked follows SubscriptionAsked: an address that waits gets one letter, one
// that is subscribed already the link to what it chose, once a week at most.
func (s *Subscriptions) Asked(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[subscriptionFact](payload)
	if err != nil {
		return err
	}
	return s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := byID(ctx, tx, fact.Subscription)
		if err != nil || row == nil || s.over(row) {
			return err
		}
		if row.ConfirmedAt.IsZero() {
			return s.write(ctx, tx, row, letters.SubscriptionAskedKind, row.CreatedAt, func(w letters.Sender) letters.Letter {
				return letters.SubscriptionAsked(w, letters.Subscribed{News: row.News, Offers: row.Offers}, w.Home+ConfirmSubscriptionPath(w.Tenant, hostOf(w.Home), row))
			})
		}
		return s.writeChoices(ctx, tx, row, s.Letters.Clock.Now().Add(-ConfirmLasts))
	})
}

// askedAgain is how often somebody is mailed what they ask for with a button.
const askedAgain = 24 * time.Hour

// SendLink mails a fresh link to what somebody chose, once a day at most.
func (s *Subscriptions) SendLink(ctx context.Context, tenant, subscription id.ID) error {
	return s.changing(ctx, tenant, subscription, func(ctx context.Context, tx database.Tx, row *Subscription) error {
		return s.writeChoices(ctx, tx, row, s.Letters.Clock.Now().Add(-askedAgain))
	})
}

// SendHeld mails all that is known of an address to the address itself, once a
// day at most.
func (s *Subscriptions) SendHeld(ctx context.Context, tenant, subscription id.ID) error {
	return s.changing(ctx, tenant, subscription, func(ctx context.Context, tx database.Tx, row *Subscription) error {
		now := s.Letters.Clock.Now()
		proofs, err := consentsOf(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		return s.write(ctx, tx, row, letters.SubscriptionHeldKind, now.Add(-askedAgain), func(w letters.Sender) letters.Letter {
			held := letters.Held{Email: row.Email, Language: row.Language, Entrance: row.Entrance.Address(), Member: row.MemberID != 0, Asked: row.CreatedAt, Confirmed: row.ConfirmedAt}
			for _, one := range proofs {
				held.Consents = append(held.Consents, letters.HeldConsent{Purpose: string(one.Purpose), Way: one.Way, Wording: one.Wording, Source: one.Source, IP: one.IP, Given: one.Given, At: one.At})
			}
			return letters.SubscriptionHeld(w, held, w.Home+SubscriptionPath(w.Tenant, hostOf(w.Home), row.ID, now))
		})
	})
}

// consentsOf are the proofs of some subscriptions, the oldest first. Those of an
// import carry its words.
func consentsOf(ctx context.Context, tx database.Tx, subscriptions ...id.ID) (all []Consent, err error) {
	err = tx.Select(&all).Where("subscription_id IN (?)", bun.List(subscriptions)).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	lists := map[id.ID]string{}
	for n := range all {
		if all[n].ImportID == 0 {
			continue
		}
		if _, known := lists[all[n].ImportID]; !known {
			list := &SubscriptionList{}
			if err := tx.Select(list).Where("id = ?", all[n].ImportID).Scan(ctx); err != nil {
				return nil, fmt.Errorf("read an import: %w", err)
			}
			lists[list.ID] = list.Wording
		}
		all[n].Wording = lists[all[n].ImportID]
	}
	return all, nil
}

// writeChoices mails the link to what one chose, unless it was since.
func (s *Subscriptions) writeChoices(ctx context.Context, tx database.Tx, row *Subscription, since time.Time) error {
	return s.write(ctx, tx, row, letters.SubscriptionKnownKind, since, func(w letters.Sender) letters.Letter {
		return letters.SubscriptionKnown(w, w.Home+SubscriptionPath(w.Tenant, hostOf(w.Home), row.ID, s.Letters.Clock.Now()))
	})
}

// write queues a letter about a subscription, unless one of its kind was since.
func (s *Subscriptions) write(ctx context.Context, tx database.Tx, row *Subscription, kind string, since time.Time, write func(letters.Sender) letters.Letter) error {
	written, err := tx.Select((*Letter)(nil)).Where("subscription_id = ?", row.ID).Where("kind = ?", kind).Where("created_at >= ?", since).Exists(ctx)
	if err != nil || written {
		return err
	}
	return s.Letters.Write(ctx, tx, Reader{Member: row.MemberID, Subscription: row.ID, Email: row.Email, Language: row.Language}, write)
}

// Confirm is what the link of the one letter asks for: from then on letters
// come. Twice is once.
func (s *Subscriptions) Confirm(ctx context.Context, tenant, subscription id.ID, ip string) (row *Subscription, err error) {
	err = s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err = byID(ctx, tx, subscription)
		if err != nil {
			return err
		}
		if row == nil || s.over(row) {
			return fault.NotFound
		}
		if !row.ConfirmedAt.IsZero() {
			return nil
		}
		member, err := s.Members.ByEmail(ctx, tenant, row.Email)
		if err == nil {
			row.MemberID = member.ID
		} else if !isNoRow(err) {
			return err
		}
		return s.confirm(ctx, tx, row, Proof{ByConfirmed, ip})
	})
	if err != nil {
		return nil, fmt.Errorf("confirm a subscription: %w", err)
	}
	// The link came: the mailbox works.
	if err := s.Letters.Senders.Clear(ctx, tenant, row.Email); err != nil {
		return nil, err
	}
	return row, nil
}

// confirm makes a row count; whoever asks themselves comes off the lists of
// those who do not want it.
func (s *Subscriptions) confirm(ctx context.Context, tx database.Tx, row *Subscription, proof Proof) error {
	row.ConfirmedAt = s.Letters.Clock.Now()
	if _, err := tx.Update(row).Column("member_id", "confirmed_at").WherePK().Exec(ctx); err != nil {
		return err
	}
	for _, purpose := range Purposes {
		if !row.asks(purpose) {
			continue
		}
		if err := s.Letters.Senders.Lift(ctx, tx.Tenant, row.Email, purpose.Kind()); err != nil {
			return err
		}
	}
	return s.prove(ctx, tx, row, proof)
}

// Wish is what somebody whose address is proven wants; an empty Language
// stays as it is.
type Wish struct {
	News, Offers bool
	Language     string
}

func (w Wish) wants(purpose Purpose) bool {
	if purpose == ForOffers {
		return w.Offers
	}
	return w.News
}

// Choose keeps what the owner of a confirmed address wants; each switch that
// moves is proven.
func (s *Subscriptions) Choose(ctx context.Context, tenant, subscription id.ID, wish Wish, proof Proof) error {
	home, err := s.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	if wish.Language != "" && !slices.Contains(home.Reads(), wish.Language) {
		return fault.InvalidField("language", "error.choice")
	}
	return s.changing(ctx, tenant, subscription, func(ctx context.Context, tx database.Tx, row *Subscription) error {
		return s.choose(ctx, tx, row, wish, proof)
	})
}

// ChooseAs keeps what a member wants, whose address signing in has proven.
func (s *Subscriptions) ChooseAs(ctx context.Context, tenant id.ID, member *membership.Member, wish Wish, proof Proof) error {
	if member.Email == "" {
		return nil
	}
	err := s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := ofMember(ctx, tx, member)
		if err != nil {
			return err
		}
		now := s.Letters.Clock.Now()
		if row == nil {
			if !wish.News && !wish.Offers {
				return nil
			}
			row = &Subscription{ID: id.New(now), MemberID: member.ID, Email: mail.Normal(member.Email), Language: member.Language,
				Entrance: member.Entrance, CreatedAt: now, ConfirmedAt: now}
			if _, err := tx.Insert(row).Exec(ctx); err != nil {
				return err
			}
		}
		if row.ConfirmedAt.IsZero() {
			// What somebody typed into the form counts for nothing.
			if err := dropUnproven(ctx, tx, row); err != nil {
				return err
			}
			row.News, row.Offers, row.ConfirmedAt = false, false, now
		}
		row.MemberID = member.ID
		return s.choose(ctx, tx, row, wish, proof)
	})
	if err != nil {
		return fmt.Errorf("choose letters: %w", err)
	}
	return nil
}

// Of is a member's subscription; its zero value says that there is none.
func (s *Subscriptions) Of(ctx context.Context, tenant id.ID, member *membership.Member) (found Subscription, err error) {
	err = s.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := ofMember(ctx, tx, member)
		if row != nil {
			found = *row
		}
		return err
	})
	if err != nil {
		return found, fmt.Errorf("read a member's subscription: %w", err)
	}
	return found, nil
}

func (s *Subscriptions) choose(ctx context.Context, tx database.Tx, row *Subscription, wish Wish, proof Proof) error {
	for _, purpose := range Purposes {
		wanted := wish.wants(purpose)
		switch {
		case row.asks(purpose) == wanted:
		case wanted:
			row.set(purpose, true)
			if err := s.Letters.Senders.Lift(ctx, tx.Tenant, row.Email, purpose.Kind()); err != nil {
				return err
			}
			if err := s.Letters.noteConsent(ctx, tx, row.ID, purpose, true, proof); err != nil {
				return err
			}
		default:
			if err := s.Letters.end(ctx, tx, row, purpose, proof); err != nil {
				return err
			}
		}
	}
	if wish.Language != "" {
		row.Language = wish.Language
	}
	_, err := tx.Update(row).Column("member_id", "language", "news", "offers", "confirmed_at").WherePK().Exec(ctx)
	return err
}

// End ends a purpose; twice is once.
func (s *Subscriptions) End(ctx context.Context, tenant, subscription id.ID, purpose Purpose, proof Proof) error {
	return s.changing(ctx, tenant, subscription, func(ctx context.Context, tx database.Tx, row *Subscription) error {
		return s.Letters.end(ctx, tx, row, purpose, proof)
	})
}

// end keeps an address from what it no longer wants, imports included.
func (l *Letters) end(ctx context.Context, tx database.Tx, row *Subscription, purpose Purpose, proof Proof) error {
	if !row.asks(purpose) {
		return nil
	}
	row.set(purpose, false)
	if _, err := tx.Update(row).Column("news", "offers").WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := l.noteConsent(ctx, tx, row.ID, purpose, false, proof); err != nil {
		return err
	}
	if proof.Way == ByBounce {
		return nil // kept away already, and by nobody's choice
	}
	return l.Senders.suppress(ctx, tx, row.Email, purpose.Kind(), OptOut)
}

// endFor ends purposes of whoever has the address, where somebody has: what
// comes back of letters knows no more.
func (l *Letters) endFor(ctx context.Context, tx database.Tx, address, way string, purposes ...Purpose) error {
	row, err := byAddress(ctx, tx, mail.Normal(address))
	if err != nil || row == nil {
		return err
	}
	for _, purpose := range purposes {
		if err := l.end(ctx, tx, row, purpose, Proof{Way: way}); err != nil {
			return err
		}
	}
	return nil
}

// Erase forgets an address at its owner's wish. What stays is the hash that
// keeps further letters away and the proof, which does not say of whom.
func (s *Subscriptions) Erase(ctx context.Context, tenant, subscription id.ID) error {
	return s.changing(ctx, tenant, subscription, s.eraseFor)
}

func (s *Subscriptions) eraseFor(ctx context.Context, tx database.Tx, row *Subscription) error {
	for _, purpose := range Purposes {
		if err := s.Letters.end(ctx, tx, row, purpose, Proof{Way: ByPreferences}); err != nil {
			return err
		}
		if err := s.Letters.Senders.suppress(ctx, tx, row.Email, purpose.Kind(), OptOut); err != nil {
			return err
		}
	}
	return s.forget(ctx, tx, row)
}

// forget drops a row and what was written to it. An address that never
// answered agreed to nothing: no proof stays.
func (s *Subscriptions) forget(ctx context.Context, tx database.Tx, row *Subscription) error {
	if row.ConfirmedAt.IsZero() {
		if err := dropUnproven(ctx, tx, row); err != nil {
			return err
		}
	}
	if _, err := tx.Update((*Consent)(nil)).Set("ip = ''").Where("subscription_id = ?", row.ID).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Delete((*Letter)(nil)).Where("subscription_id = ?", row.ID).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.Delete(row).WherePK().Exec(ctx)
	return err
}

// dropUnproven takes back what was noted of an asking that nobody confirmed.
func dropUnproven(ctx context.Context, tx database.Tx, row *Subscription) error {
	_, err := tx.Delete((*Consent)(nil)).Where("subscription_id = ?", row.ID).Where("at >= ?", row.CreatedAt).Exec(ctx)
	return err
}

// changing finds a subscription that is confirmed and changes it.
func (s *Subscriptions) changing(ctx context.Context, tenant, subscription id.ID, change func(context.Context, database.Tx, *Subscription) error) error {
	err := s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row, err := byID(ctx, tx, subscription)
		if err == nil && (row == nil || row.ConfirmedAt.IsZero()) {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		return change(ctx, tx, row)
	})
	if err != nil {
		return fmt.Errorf("change a subscription: %w", err)
	}
	return nil
}

// MemberJoined follows "member.joined": an address that gets the letters is the
// new member's.
func (s *Subscriptions) MemberJoined(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	member, err := s.Members.ByID(ctx, tenant, fact.ID)
	if err != nil || member.Email == "" {
		return err
	}
	return s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Subscription)(nil)).Set("member_id = ?", member.ID).Where("email = ?", mail.Normal(member.Email)).
			Where("confirmed_at IS NOT NULL").Exec(ctx)
		return err
	})
}

// MemberLeft follows "member.left": what a member got ends with the account.
func (s *Subscriptions) MemberLeft(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[struct {
		ID id.ID `json:"id"`
	}](payload)
	if err != nil {
		return err
	}
	return s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var rows []Subscription
		if err := tx.Select(&rows).Where("member_id = ?", fact.ID).Scan(ctx); err != nil {
			return err
		}
		for n := range rows {
			if err := s.eraseFor(ctx, tx, &rows[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetProofs counts from the last that is known of a subscription: its end.
const forgetProofs = `DELETE FROM letter_consents WHERE tenant_id = ?tenant AND at < ?0
  AND NOT EXISTS (SELECT 1 FROM letter_subscriptions s WHERE s.tenant_id = ?tenant AND s.id = letter_consents.subscription_id)
  AND NOT EXISTS (SELECT 1 FROM letter_consents c WHERE c.tenant_id = ?tenant AND c.subscription_id = letter_consents.subscription_id AND c.at >= ?0)`

const endedLongAgo = `confirmed_at IS NOT NULL AND NOT news AND NOT offers AND NOT EXISTS (SELECT 1 FROM letter_consents c
  WHERE c.tenant_id = subscription.tenant_id AND c.subscription_id = subscription.id AND c.at > ?)`

// forgetAll forgets those of whom a condition holds, some at a time.
func (s *Subscriptions) forgetAll(ctx context.Context, tx database.Tx, where string, since time.Time) error {
	for {
		var rows []Subscription
		err := tx.Select(&rows).Where(where, since).Limit(erasedAtOnce).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for n := range rows {
			if err := s.forget(ctx, tx, &rows[n]); err != nil {
				return err
			}
		}
	}
}

// Housekeep forgets who never confirmed, who left some time ago, and proofs
// that have served.
func (s *Subscriptions) Housekeep(ctx context.Context, tenant id.ID) error {
	now := s.Letters.Clock.Now()
	err := s.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := s.forgetAll(ctx, tx, "confirmed_at IS NULL AND created_at <= ?", now.Add(-ConfirmLasts))
		if err != nil {
			return err
		}
		if err := s.forgetAll(ctx, tx, endedLongAgo, now.Add(-endedKept)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, forgetProofs, now.Add(-proofKept))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget subscriptions: %w", err)
	}
	return nil
}

// deliverable is an address as it is kept, or the key of what is wrong with it.
func deliverable(text string) (email, problem string) {
	email, valid := membership.Address(text)
	if !valid {
		return "", "error.email"
	}
	wired, err := mail.Wired(email)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case err != nil && strings.ContainsFunc(local, func(sign rune) bool { return sign >= utf8.RuneSelf }):
		return "", "error.email.signs"
	case err != nil:
		return "", "error.email"
	}
	return wired, ""
}

func byAddress(ctx context.Context, tx database.Tx, email string) (*Subscription, error) {
	return firstSubscription(ctx, tx.Select((*Subscription)(nil)).Where("email = ?", email))
}

func byID(ctx context.Context, tx database.Tx, wanted id.ID) (*Subscription, error) {
	return firstSubscription(ctx, tx.Select((*Subscription)(nil)).Where("id = ?", wanted))
}

// ofMember is what a member is linked to, or the row of the member's address.
func ofMember(ctx context.Context, tx database.Tx, member *membership.Member) (*Subscription, error) {
	row, err := firstSubscription(ctx, tx.Select((*Subscription)(nil)).Where("member_id = ?", member.ID).Order("id"))
	if err != nil || row != nil {
		return row, err
	}
	return byAddress(ctx, tx, mail.Normal(member.Email))
}

// firstSubscription is nil when there is none.
func firstSubscription(ctx context.Context, query *bun.SelectQuery) (*Subscription, error) {
	var rows []Subscription
	if err := query.Limit(1).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("find a subscription: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}
