package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// Facts of a newsletter: its moment has come, and more of its readers are to be
// written down. Its letters wait by DigestWritten, as all bulk does.
const (
	NewsletterDue   outbox.Fact = "newsletter.due"
	NewsletterBatch outbox.Fact = "newsletter.batch"
)

// newsletterFact names a newsletter: at is the moment that was chosen, after the
// last subscription that was looked at.
type newsletterFact struct {
	Newsletter id.ID     `json:"newsletter"`
	At         time.Time `json:"at"`
	After      id.ID     `json:"after,omitempty"`
}

// newsletterReader says that somebody is to get a newsletter, by which letter.
type newsletterReader struct {
	bun.BaseModel `bun:"table:newsletter_readers,alias:reader"`
	database.Owned
	NewsletterID   id.ID `bun:",pk"`
	SubscriptionID id.ID `bun:",pk"`
	LetterID       id.ID
}

// Try sends a newsletter to its editor alone.
func (n *Newsletters) Try(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	row, err := n.Find(ctx, who, newsletter)
	if err != nil {
		return err
	}
	tenant, err := n.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return err
	}
	laid, err := n.Ready(ctx, tenant, row)
	if err != nil {
		return err
	}
	if !n.Trials.Allow(who.Tenant.String() + " " + who.Member.String()) {
		return fmt.Errorf("try a newsletter: %w", fault.TooMany)
	}
	editor, err := n.Members.ByID(ctx, who.Tenant, who.Member)
	if err != nil {
		return err
	}
	sender := letters.For(tenant, row.Language, n.Letters.Home(tenant))
	letter := n.closedForEditor(tenant, row, laid, editor.Language).Tried(sender)
	return n.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := n.Letters.queue(ctx, tx, sender, reader(editor), letter)
		return err
	})
}

// closed adds what is the reader's own.
func (n *Newsletters) closed(tenant *tenants.Tenant, row *Newsletter, letter letters.Letter, reader letters.Sender, chooseURL, stopURL string) letters.Letter {
	closing := letters.NewsletterClosing{Purpose: string(row.Purpose), ChooseURL: chooseURL, StopURL: stopURL}
	if row.Public() {
		closing.OnlineURL = n.Letters.Home(tenant) + row.ReadPath()
	}
	return letter.ClosedBy(reader, closing)
}

// Schedule chooses when a newsletter goes out; a moment that has come means now.
// The version is the one that was looked at: another one is a conflict.
func (n *Newsletters) Schedule(ctx context.Context, who actor.Actor, newsletter id.ID, version int, at time.Time) error {
	row, err := n.Find(ctx, who, newsletter)
	if err != nil {
		return err
	}
	tenant, err := n.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return err
	}
	if _, err := n.Ready(ctx, tenant, row); err != nil {
		return err
	}
	now := n.Letters.Clock.Now()
	if at.After(now.Add(farthestSending)) {
		return fault.InvalidField("at", "error.newsletter.at")
	}
	if at.Before(now) {
		at = now
	}
	// What a fact tells and what the store keeps are compared.
	at = at.UTC().Truncate(time.Microsecond)
	_, err = n.changing(ctx, who.Tenant, newsletter, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		if !row.Open() || row.Version != version {
			return fault.Conflict
		}
		row.State, row.SendAt, row.Problem = Scheduled, at, ""
		return n.Letters.Outbox.AddAt(ctx, tx, NewsletterDue, newsletterFact{Newsletter: row.ID, At: at}, at)
	})
	if err != nil {
		return fmt.Errorf("schedule a newsletter: %w", err)
	}
	return nil
}

// Unschedule makes it a draft again.
func (n *Newsletters) Unschedule(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	return n.step(ctx, who, newsletter, Scheduled, func(_ context.Context, _ database.Tx, row *Newsletter) error {
		row.State, row.SendAt = Drafted, time.Time{}
		return nil
	})
}

// Pause stops a newsletter on its way: at most the batch that is in hand goes
// out any more.
func (n *Newsletters) Pause(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	return n.step(ctx, who, newsletter, GoingOut, func(_ context.Context, _ database.Tx, row *Newsletter) error {
		row.State = PausedMail
		return nil
	})
}

// Resume goes on where it was paused.
func (n *Newsletters) Resume(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	return n.step(ctx, who, newsletter, PausedMail, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		row.State = GoingOut
		if row.FixedAt.IsZero() {
			if err := n.Letters.Outbox.Add(ctx, tx, NewsletterBatch, newsletterFact{Newsletter: row.ID, After: row.Reached}); err != nil {
				return err
			}
		}
		for after := id.ID(0); ; {
			waiting, err := n.waiting(ctx, tx, row.ID, after)
			if err != nil {
				return err
			}
			if len(waiting) == 0 {
				return n.endIfDone(ctx, tx, row)
			}
			part := mailing{Newsletter: row.ID}
			for _, one := range waiting {
				part.Letters, after = append(part.Letters, one.LetterID), one.SubscriptionID
			}
			if err := n.Letters.Outbox.Add(ctx, tx, DigestWritten, part); err != nil {
				return err
			}
		}
	})
}

// Stop ends a newsletter that is paused for good: who has not got it will not.
func (n *Newsletters) Stop(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	return n.step(ctx, who, newsletter, PausedMail, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		row.State, row.EndedAt = StoppedOut, n.Letters.Clock.Now()
		return withdrawAll(ctx, tx, row)
	})
}

const withdrawn = `UPDATE letters SET state = 'withheld', problem = ?1 WHERE tenant_id = ?tenant AND state IN ('queued', 'held')
AND id IN (SELECT letter_id FROM newsletter_readers WHERE tenant_id = ?tenant AND newsletter_id = ?0)`

// withdrawAll keeps back, on purpose, what has not left.
func withdrawAll(ctx context.Context, tx database.Tx, row *Newsletter) error {
	_, err := tx.Exec(ctx, withdrawn, row.ID, errWithdrawn.Error())
	return err
}

// step takes a newsletter from one state to the next; from another it is a
// conflict.
func (n *Newsletters) step(ctx context.Context, who actor.Actor, newsletter id.ID, from NewsletterState, to func(context.Context, database.Tx, *Newsletter) error) error {
	if err := n.may(who); err != nil {
		return err
	}
	_, err := n.changing(ctx, who.Tenant, newsletter, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		if row.State != from {
			return fault.Conflict
		}
		return to(ctx, tx, row)
	})
	if err != nil {
		return fmt.Errorf("change how a newsletter goes out: %w", err)
	}
	return nil
}

const waitingReaders = `SELECT r.subscription_id, r.letter_id FROM newsletter_readers r JOIN letters l ON l.tenant_id = r.tenant_id AND l.id = r.letter_id
WHERE r.tenant_id = ?tenant AND r.newsletter_id = ?0 AND r.subscription_id > ?1 AND l.state IN ('queued', 'sending')
ORDER BY r.subscription_id LIMIT ?2`

// waiting are those whose letter has not gone, some after another. What the
// operator holds back is released by itself.
func (n *Newsletters) waiting(ctx context.Context, tx database.Tx, newsletter, after id.ID) (some []newsletterReader, err error) {
	if err := tx.Query(ctx, &some, waitingReaders, newsletter, after, readersAtOnce); err != nil {
		return nil, fmt.Errorf("find whose letter waits: %w", err)
	}
	return some, nil
}

// Due follows NewsletterDue: the newsletter takes its number and goes out, unless
// it was rescheduled since. What cannot go out any more is a draft again, which
// says why.
func (n *Newsletters) Due(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[newsletterFact](payload)
	if err != nil {
		return err
	}
	community, err := n.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	_, err = n.changing(ctx, tenant, fact.Newsletter, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		if row.State != Scheduled || !row.SendAt.Equal(fact.At) {
			return nil
		}
		_, err := n.Ready(ctx, community, row)
		var invalid *fault.Invalid
		if errors.As(err, &invalid) {
			row.State, row.SendAt, row.Problem = Drafted, time.Time{}, invalid.Fields[0].Key
			return nil
		}
		if err != nil {
			return err
		}
		last := 0
		if err := tx.Query(ctx, &last, lastNumber); err != nil {
			return err
		}
		row.State, row.BegunAt, row.Number = GoingOut, n.Letters.Clock.Now(), last+1
		return n.Letters.Outbox.Add(ctx, tx, NewsletterBatch, newsletterFact{Newsletter: row.ID})
	})
	if isNoRow(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin a newsletter: %w", err)
	}
	return nil
}

const lastNumber = `SELECT COALESCE(max(number), 0) FROM newsletters WHERE tenant_id = ?tenant AND number > 0`

// Batch follows NewsletterBatch: some more readers are written down, or none,
// and their letters wait. Who agrees later than the newsletter began gets the
// next one.
func (n *Newsletters) Batch(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[newsletterFact](payload)
	if err != nil {
		return err
	}
	community, err := n.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	_, err = n.changing(ctx, tenant, fact.Newsletter, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		if row.State != GoingOut || !row.FixedAt.IsZero() || row.Reached != fact.After {
			return nil
		}
		some, err := n.recipients(ctx, tx, row, row.Reached, readersAtOnce)
		if err != nil {
			return err
		}
		if err := n.writeDown(ctx, tx, community, row, some); err != nil {
			return err
		}
		if len(some) == readersAtOnce {
			return n.Letters.Outbox.Add(ctx, tx, NewsletterBatch, newsletterFact{Newsletter: row.ID, After: row.Reached})
		}
		row.FixedAt = n.Letters.Clock.Now()
		return n.endIfDone(ctx, tx, row)
	})
	if err != nil {
		return fmt.Errorf("write down who gets a newsletter: %w", err)
	}
	return nil
}

func (n *Newsletters) writeDown(ctx context.Context, tx database.Tx, tenant *tenants.Tenant, row *Newsletter, some []recipient) error {
	if len(some) == 0 {
		return nil
	}
	home := n.Letters.Home(tenant)
	var waiting []*Letter
	var readers []newsletterReader
	part := mailing{Newsletter: row.ID}
	for _, one := range some {
		letter := n.Letters.newLetter(tx.Tenant, home, row.Purpose.Kind(), Reader{Member: one.MemberID, Subscription: one.ID, Email: one.Email})
		letter.Bulk = true
		waiting = append(waiting, letter)
		readers = append(readers, newsletterReader{NewsletterID: row.ID, SubscriptionID: one.ID, LetterID: letter.ID})
		part.Letters = append(part.Letters, letter.ID)
	}
	row.Reached, row.Readers = some[len(some)-1].ID, row.Readers+len(some)
	for _, rows := range []any{&waiting, &readers} {
		if _, err := tx.Insert(rows).Exec(ctx); err != nil {
			return err
		}
	}
	return n.Letters.Outbox.Add(ctx, tx, DigestWritten, part)
}

// Send follows DigestWritten: the letters of a batch are written and sent, be
// they of a newsletter or of a digest.
func (n *Newsletters) Send(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error {
	part, err := read[mailing](payload)
	if err != nil {
		return err
	}
	if part.Letter != 0 {
		if part.Newsletter, err = n.newsletterOf(ctx, tenant, part.Letter); err != nil {
			return err
		}
		part.Letters = []id.ID{part.Letter}
	}
	if part.Newsletter == 0 {
		return n.Digest.Send(ctx, tenant, payload, done)
	}
	row, err := n.byID(ctx, tenant, part.Newsletter)
	if err != nil {
		return err
	}
	switch row.State {
	case PausedMail:
		// Whoever resumes it looks for the letters that wait.
		return n.Letters.DB.Write(ctx, tenant, done)
	case StoppedOut:
		return n.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			if err := withdrawAll(ctx, tx, row); err != nil {
				return err
			}
			return done(ctx, tx)
		})
	}
	room, err := n.room(ctx, tenant, row, part.Letters)
	if err != nil {
		return fmt.Errorf("newsletter %d: %w", row.Number, err)
	}
	return n.Letters.sendAll(ctx, tenant, part.Letters, room.write, func(ctx context.Context, tx database.Tx) error {
		if err := done(ctx, tx); err != nil {
			return err
		}
		_, err := n.changing(ctx, tenant, row.ID, n.endIfDone)
		return err
	})
}

func (n *Newsletters) newsletterOf(ctx context.Context, tenant, letter id.ID) (newsletter id.ID, err error) {
	err = n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found := &newsletterReader{}
		err := tx.Select(found).Where("letter_id = ?", letter).Scan(ctx)
		if isNoRow(err) {
			return nil
		}
		newsletter = found.NewsletterID
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find the newsletter of a letter: %w", err)
	}
	return newsletter, nil
}

// lastWaiting looks from the end, where those that wait are.
const lastWaiting = `SELECT r.subscription_id, r.letter_id FROM newsletter_readers r JOIN letters l ON l.tenant_id = r.tenant_id AND l.id = r.letter_id
WHERE r.tenant_id = ?tenant AND r.newsletter_id = ?0 AND l.state IN ('queued', 'sending', 'held')
ORDER BY r.subscription_id DESC LIMIT 1`

// endIfDone notes that nothing of a newsletter is left to send.
func (n *Newsletters) endIfDone(ctx context.Context, tx database.Tx, row *Newsletter) error {
	if row.State != GoingOut || row.FixedAt.IsZero() {
		return nil
	}
	var waiting []newsletterReader
	if err := tx.Query(ctx, &waiting, lastWaiting, row.ID); err != nil || len(waiting) > 0 {
		return err
	}
	row.State, row.EndedAt = SentOut, n.Letters.Clock.Now()
	return nil
}

// End ends newsletters whose last letters were not sent but forgotten, with
// their readers or since they were held back too long.
func (n *Newsletters) End(ctx context.Context, tenant id.ID) error {
	var going []Newsletter
	err := n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&going).Column("id").Where("state = ?", GoingOut).Scan(ctx)
	})
	for _, row := range going {
		if err == nil {
			_, err = n.changing(ctx, tenant, row.ID, n.endIfDone)
		}
	}
	if err != nil {
		return fmt.Errorf("end newsletters: %w", err)
	}
	return nil
}

// room is what the letters of a batch are written from.
type room struct {
	*Newsletters
	tenant  *tenants.Tenant
	row     *Newsletter
	sender  letters.Sender
	letter  letters.Letter
	says    bool
	readers map[id.ID]*Subscription
	senders map[string]letters.Sender
	// spoken are the languages of those readers who are members.
	spoken map[id.ID]string
}

func (n *Newsletters) room(ctx context.Context, tenant id.ID, row *Newsletter, batch []id.ID) (*room, error) {
	community, err := n.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return nil, err
	}
	laid, err := n.Lay(ctx, community, &row.NewsletterDraft)
	if err != nil {
		return nil, err
	}
	m := &room{Newsletters: n, tenant: community, row: row, sender: letters.For(community, row.Language, n.Letters.Home(community)),
		letter: n.letter(community, row, laid), says: laid.Says() || laid.Ad() != nil, readers: map[id.ID]*Subscription{}, senders: map[string]letters.Sender{},
		spoken: map[id.ID]string{}}
	return m, n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var subscriptions, members []id.ID
		if err := tx.Select((*Letter)(nil)).Column("subscription_id").Where("id IN (?)", bun.List(batch)).Scan(ctx, &subscriptions); err != nil || len(subscriptions) == 0 {
			return err
		}
		var found []*Subscription
		if err := tx.Select(&found).Where("id IN (?)", bun.List(subscriptions)).Scan(ctx); err != nil {
			return err
		}
		for _, one := range found {
			m.readers[one.ID] = one
			if one.MemberID != 0 {
				members = append(members, one.MemberID)
			}
		}
		known, err := n.Members.ByIDs(ctx, tenant, members)
		for _, member := range known {
			m.spoken[member.ID] = member.Language
		}
		return err
	})
}

// write lays out one reader's letter, unless they no longer agree.
func (m *room) write(letter *Letter) error {
	to := m.readers[letter.SubscriptionID]
	if to == nil || !to.Wants(m.row.Purpose) || !m.says {
		return errWithdrawn
	}
	language := to.Language
	if spoken := m.spoken[to.MemberID]; spoken != "" {
		language = spoken
	}
	reader, known := m.senders[language]
	if !known {
		reader = letters.For(m.tenant, language, m.sender.Home)
		m.senders[language] = reader
	}
	home, host := m.sender.Home, hostOf(m.sender.Home)
	return m.Letters.fill(letter, m.sender, m.closed(m.tenant, m.row, m.letter, reader,
		home+SubscriptionPath(m.tenant, host, to.ID, m.Letters.Clock.Now()), home+UnsubscribePath(m.tenant, host, to.ID, m.row.Purpose)))
}
