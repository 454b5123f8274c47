// Package notifications is what reaches people: letters about what concerns
// them, and the weekly digest.
package notifications

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
)

// State is how far a letter has come.
type State string

// The states.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	// Failed letters will not be tried again.
	Failed State = "failed"
	// Held letters wait until bulk is no longer paused.
	Held State = "held"
	// Withheld letters are not sent on purpose: their address wants or takes
	// none, or nobody waits for them any more.
	Withheld State = "withheld"
)

// over tells that a letter is not to be looked at again.
func (s State) over() bool { return s == Sent || s == Failed || s == Withheld }

// LetterQueued is the fact that a letter waits which somebody waits for,
// BulkQueued that one does from which one can unsubscribe.
const (
	LetterQueued outbox.Fact = "letter.queued"
	BulkQueued   outbox.Fact = "letter.bulk"
)

// Letter is a mail on its way, or that was sent.
type Letter struct {
	bun.BaseModel `bun:"table:letters,alias:letter"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID `bun:",nullzero"`
	// SubscriptionID is by which subscription it comes, to a member or not.
	SubscriptionID id.ID `bun:",nullzero"`
	Address        string
	Kind           string
	Subject        string
	Text           string
	HTML           string            `bun:"html"`
	Headers        map[string]string `bun:"type:json"`
	MessageID      string
	Secret         bool
	// Bulk is what one can unsubscribe from: a stream of its own, counted and
	// paused apart from what people wait for.
	Bulk        bool
	State       State
	Attempts    int
	CreatedAt   time.Time
	AttemptedAt time.Time `bun:",nullzero"`
	SentAt      time.Time `bun:",nullzero"`
	Problem     string
}

// Reader is to whom a letter goes; Member is zero for somebody who is none,
// Subscription is zero for a letter that comes by none.
type Reader struct {
	Member, Subscription  id.ID
	Name, Email, Language string
}

// Letters queues letters and sends them.
type Letters struct {
	DB      *database.DB
	Clock   clock.Clock
	Outbox  *outbox.Outbox
	Tenants *tenants.Service
	// Mail is nil in a demonstration: the table is the mailbox.
	Mail *mail.Sender
	// Senders say who writes, and to whom nothing goes.
	Senders *Senders
	// Pace is nil where bulk letters may go as fast as they can.
	Pace *Pace
	// Home is a community's address, such as https://cornouaille.example.
	Home func(*tenants.Tenant) string
	// Console is the operator's address.
	Console string
	// InFlight is how long another attempt may still be at work on a letter,
	// thirty seconds unless said. It is to be less than what the outbox waits
	// before it sends again.
	InFlight time.Duration
}

const defaultInFlight = 30 * time.Second

func (l *Letters) inFlight() time.Duration { return cmp.Or(l.InFlight, defaultInFlight) }

// maxAttempts is how often a server may put a letter off.
const maxAttempts = 12

// Write lays a letter out for its reader, in the reader's language.
func (l *Letters) Write(ctx context.Context, tx database.Tx, to Reader, write func(letters.Sender) letters.Letter) error {
	sender, err := l.sender(ctx, tx.Tenant, to.Language)
	if err != nil {
		return err
	}
	_, err = l.queue(ctx, tx, sender, to, write(sender))
	return err
}

const operatorName = "Kumun"

// sender is the community that writes; zero is the operator.
func (l *Letters) sender(ctx context.Context, tenant id.ID, language string) (letters.Sender, error) {
	if tenant == 0 {
		operator := &tenants.Tenant{Name: operatorName, Settings: tenants.Settings{Look: look.Kumun, Language: "fr", Address: "tu"}}
		operator.Settings.Legal.Publisher = operator.Name
		return letters.For(operator, language, l.Console), nil
	}
	community, err := l.Tenants.ByID(ctx, tenant)
	if err != nil {
		return letters.Sender{}, err
	}
	return letters.For(community, language, l.Home(community)), nil
}

// queue notes the letter and the fact that it waits, in the caller's
// transaction. Nobody is written to who has no address.
func (l *Letters) queue(ctx context.Context, tx database.Tx, sender letters.Sender, to Reader, letter letters.Letter) (id.ID, error) {
	if to.Email == "" {
		return 0, nil
	}
	row := l.newLetter(tx.Tenant, sender.Home, letter.Kind, to)
	row.Secret = letter.Secret
	if err := l.fill(row, sender, letter); err != nil {
		return 0, err
	}
	if _, err := tx.Insert(row).Exec(ctx); err != nil {
		return 0, fmt.Errorf("queue letter %s: %w", letter.Kind, err)
	}
	fact := LetterQueued
	if row.Bulk {
		fact = BulkQueued
	}
	return row.ID, l.Outbox.Add(ctx, tx, fact, queued{row.ID})
}

func (l *Letters) newLetter(tenant id.ID, home, kind string, to Reader) *Letter {
	now := l.Clock.Now()
	row := &Letter{Owned: database.Owned{TenantID: tenant}, ID: id.New(now), MemberID: to.Member, SubscriptionID: to.Subscription, Address: to.Email, Kind: kind,
		Headers: map[string]string{}, State: Queued, CreatedAt: now}
	// Sealed, so that a complaint which quotes it can be believed.
	row.MessageID = l.Senders.stamp("m", row) + "@" + hostname(home)
	return row
}

// fill writes the words of a letter.
func (l *Letters) fill(row *Letter, sender letters.Sender, letter letters.Letter) (err error) {
	if letter.Subject == "" || len(letter.Blocks) == 0 {
		return fmt.Errorf("letter %s says nothing", letter.Kind)
	}
	letter = letter.Bounded().Imprinted(sender)
	row.Subject, row.Text, row.Headers = letter.Subject, sender.Text(letter), l.headers(sender.Tenant, letter)
	row.Bulk = row.Headers["List-Unsubscribe"] != ""
	row.HTML, err = sender.HTML(letter)
	return err
}

// queued is the payload of LetterQueued and BulkQueued.
type queued struct {
	Letter id.ID `json:"letter"`
}

func (l *Letters) headers(tenant *tenants.Tenant, letter letters.Letter) map[string]string {
	headers := map[string]string{"Auto-Submitted": "auto-generated"}
	if tenant.Settings.Legal.Email != "" {
		headers["Reply-To"] = tenant.Settings.Legal.Email
	}
	for name, value := range letter.Headers {
		headers[name] = value
	}
	return headers
}

// Send follows LetterQueued. The attempt is noted before the
// server hears of the letter and its success after it, so that a crash in
// between leads to the same letter again under the same Message-ID.
func (l *Letters) Send(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error {
	fact, err := read[queued](payload)
	if err != nil {
		return err
	}
	letter, err := l.attempt(ctx, tenant, fact.Letter, done)
	if err != nil || letter == nil {
		return err
	}
	problem := l.hand(ctx, letter)
	// What the server took must be noted even when time is up.
	return l.note(context.WithoutCancel(ctx), letter, problem, done)
}

// attempt returns nil when there is nothing to send: it is sent, gone with its
// reader, or in another worker's hand.
func (l *Letters) attempt(ctx context.Context, tenant, wanted id.ID, done func(context.Context, database.Tx) error) (letter *Letter, err error) {
	now := l.Clock.Now()
	err = l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		letter = &Letter{}
		query := tx.Select(letter).Where("id = ?", wanted)
		if tx.Engine == database.PostgreSQL {
			query.For("UPDATE")
		}
		err := query.Scan(ctx)
		if isNoRow(err) || err == nil && (letter.State.over()) {
			letter = nil
			return done(ctx, tx)
		}
		if err != nil {
			return fmt.Errorf("find letter: %w", err)
		}
		if letter.State == Sending && now.Sub(letter.AttemptedAt) < l.inFlight() {
			letter = nil
			return nil
		}
		if gone, err := l.keepBack(ctx, tx, letter, done); err != nil || gone {
			letter = nil
			return err
		}
		letter.State, letter.Attempts, letter.AttemptedAt = Sending, letter.Attempts+1, now
		_, err = tx.Update(letter).Column("state", "attempts", "attempted_at").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return letter, nil
}

// keepBack is asked before every attempt, whoever queued the letter: it tells
// whether the letter stays, for good, for a while or until tomorrow.
func (l *Letters) keepBack(ctx context.Context, tx database.Tx, letter *Letter, done func(context.Context, database.Tx) error) (bool, error) {
	reason, err := l.kept(ctx, tx, letter)
	if err != nil {
		return false, err
	}
	if reason != "" {
		letter.State, letter.Problem = Withheld, string(reason)
	} else if letter.Bulk {
		held, later, err := l.flow(ctx, tx, letter)
		if err != nil {
			return false, err
		}
		if held {
			letter.State = Held
		}
		if !later.IsZero() {
			if err := l.Outbox.AddAt(ctx, tx, DigestWritten, queued{letter.ID}, later); err != nil {
				return false, err
			}
			return true, done(ctx, tx)
		}
	}
	if letter.State != Withheld && letter.State != Held {
		return false, nil
	}
	if _, err := tx.Update(letter).Column("state", "problem").WherePK().Exec(ctx); err != nil {
		return false, err
	}
	return true, done(ctx, tx)
}

func (l *Letters) hand(ctx context.Context, letter *Letter) error {
	if l.Mail == nil {
		return nil
	}
	voice, err := l.voice(ctx, letter.TenantID)
	if err != nil {
		return err
	}
	return l.handAs(ctx, voice, letter)
}

// voice is a community's, or the operator's for zero.
func (l *Letters) voice(ctx context.Context, tenant id.ID) (*voice, error) {
	voice, err := l.Senders.voice(ctx, tenant)
	if err != nil {
		return nil, err
	}
	voice.name, voice.home = operatorName, l.Console
	if tenant != 0 {
		community, err := l.Tenants.ByID(ctx, tenant)
		if err != nil {
			return nil, err
		}
		voice.name, voice.home = community.Name, l.Home(community)
	}
	return voice, nil
}

func (l *Letters) handAs(ctx context.Context, voice *voice, letter *Letter) error {
	out := mail.Letter{MessageID: letter.MessageID, FromName: voice.name, To: letter.Address,
		Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML, Headers: maps.Clone(letter.Headers), Date: letter.CreatedAt, Bulk: letter.Bulk}
	own, err := l.Senders.address(voice, letter, &out)
	if err != nil {
		return err
	}
	return cmp.Or(own, l.Mail).Send(ctx, out)
}

// Trial sends the operator's test letter at once, and tells what the server
// answered. It is kept nowhere.
func (l *Letters) Trial(ctx context.Context, address string) (answer string, err error) {
	sender, err := l.sender(ctx, 0, "")
	if err != nil {
		return "", err
	}
	trial := letters.Trial(sender)
	html, err := sender.HTML(trial)
	if err != nil {
		return "", err
	}
	now := l.Clock.Now()
	letter := &Letter{ID: id.New(now), Address: address, Kind: trial.Kind, Headers: l.headers(sender.Tenant, trial), CreatedAt: now}
	out := mail.Letter{MessageID: l.Senders.stamp("m", letter) + "@" + hostname(sender.Home), FromName: sender.Tenant.Name, To: address,
		Subject: trial.Subject, Text: sender.Text(trial), HTML: html, Headers: letter.Headers, Date: now}
	voice, err := l.voice(ctx, 0)
	if err != nil {
		return "", err
	}
	if _, err := l.Senders.address(voice, letter, &out); err != nil {
		return "", err
	}
	return l.Mail.Deliver(ctx, out)
}

// note keeps what became of the attempt. A letter that can still arrive stays
// queued, and its fact open.
func (l *Letters) note(ctx context.Context, letter *Letter, problem error, done func(context.Context, database.Tx) error) error {
	columns := []string{"state", "problem"}
	switch {
	case problem == nil:
		letter.State, letter.SentAt, letter.Problem = Sent, l.Clock.Now(), ""
		columns = append(columns, "sent_at")
		if letter.Secret && l.Mail != nil {
			letter.Text, letter.HTML = "", ""
			columns = append(columns, "text", "html")
		}
	case errors.Is(problem, mail.ErrRefused) || letter.Attempts >= maxAttempts:
		letter.State, letter.Problem = Failed, problem.Error()
	default:
		letter.State, letter.Problem = Queued, problem.Error()
	}
	err := l.DB.Write(ctx, letter.TenantID, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Update(letter).Column(columns...).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("note what became of a letter: %w", err)
		}
		if letter.State == Queued {
			return nil
		}
		return done(ctx, tx)
	})
	if err == nil && letter.State == Queued {
		return problem // the outbox decides when to try again
	}
	// Only a server that says that the mailbox is at fault is believed here:
	// one that refuses all may be set up wrongly.
	var refusal *mail.Refusal
	if err == nil && errors.As(problem, &refusal) && mailboxAtFault(refusal.Status) {
		_, err = l.bounce(ctx, letter.TenantID, letter.ID, refusal.Status)
	}
	return err
}

// LettersAPage is how many letters a page of the mailbox lists.
const LettersAPage = 50

// Mailbox lists the letters of a demonstration, the newest first; before is
// the last of the page before, or zero.
func (l *Letters) Mailbox(ctx context.Context, tenant, before id.ID) (page []Letter, older id.ID, err error) {
	err = l.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&page).Order("id DESC").Limit(LettersAPage + 1)
		if before != 0 {
			query.Where("id < ?", before)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read mailbox: %w", err)
	}
	if len(page) > LettersAPage {
		page = page[:LettersAPage]
		older = page[LettersAPage-1].ID
	}
	return page, older, nil
}

// InMailbox finds one letter of a demonstration.
func (l *Letters) InMailbox(ctx context.Context, tenant, letter id.ID) (*Letter, error) {
	row := &Letter{}
	err := l.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("id = ?", letter).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find letter: %w", err)
	}
	return row, nil
}

// keptFor is how long letters can be looked up when somebody asks what was
// sent: the time in which a decision is usually disputed.
const keptFor = 90 * 24 * time.Hour

// goingKept is how long letters about going to events can be: their readers may
// have no account to close.
const goingKept = 30 * 24 * time.Hour

// Housekeep forgets letters that have served.
func (l *Letters) Housekeep(ctx context.Context, tenant id.ID) error {
	return l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		now := l.Clock.Now()
		_, err := tx.Delete((*Letter)(nil)).Where("created_at < ?", now.Add(-keptFor)).Exec(ctx)
		if err == nil {
			_, err = tx.Delete((*Letter)(nil)).Where("created_at < ?", now.Add(-goingKept)).Where("kind LIKE 'going_%'").Exec(ctx)
		}
		if err == nil {
			_, err = tx.Delete((*bounced)(nil)).Where("at < ?", now.Add(-keptFor)).Exec(ctx)
		}
		if err == nil {
			_, err = tx.Delete((*mailDay)(nil)).Where("day < ?", now.Add(-keptFor).Format(dayFormat)).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("forget old letters: %w", err)
		}
		return nil
	})
}

func hostname(home string) string {
	parsed, err := url.Parse(home)
	if err != nil || parsed.Hostname() == "" {
		return "localhost"
	}
	return parsed.Hostname()
}

// wrote tells whether a member got such a letter lately.
func (l *Letters) wrote(ctx context.Context, tx database.Tx, member id.ID, kind string, within time.Duration) (bool, error) {
	return tx.Select((*Letter)(nil)).Where("member_id = ?", member).Where("kind = ?", kind).
		Where("created_at > ?", l.Clock.Now().Add(-within)).Exists(ctx)
}
