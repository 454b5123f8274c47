package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
)

// Rates are how many bulk letters may go to a provider of mailboxes in a
// minute, by the first of its domains; anyDomain is for those without a line.
type Rates map[string]int

const anyDomain = "*"

// usualRates are cautious guesses for a sender that is known: providers publish
// no figures. KUMUN_MAIL_RATE says what their answers turn out to allow.
var usualRates = Rates{anyDomain: 120, "gmail.com": 1200, "outlook.com": 600, "yahoo.com": 600, "icloud.com": 300,
	"orange.fr": 200, "free.fr": 200, "sfr.fr": 200, "laposte.net": 200, "bbox.fr": 200}

// sameProvider are further domains of a provider: it counts them together.
var sameProvider = map[string]string{
	"googlemail.com": "gmail.com",
	"outlook.fr":     "outlook.com", "hotmail.com": "outlook.com", "hotmail.fr": "outlook.com", "live.com": "outlook.com", "live.fr": "outlook.com", "msn.com": "outlook.com",
	"yahoo.fr": "yahoo.com", "ymail.com": "yahoo.com", "aol.com": "yahoo.com", "rocketmail.com": "yahoo.com",
	"me.com": "icloud.com", "mac.com": "icloud.com",
	"wanadoo.fr":   "orange.fr",
	"aliceadsl.fr": "free.fr", "libertysurf.fr": "free.fr",
	"neuf.fr": "sfr.fr", "club-internet.fr": "sfr.fr", "cegetel.net": "sfr.fr", "numericable.fr": "sfr.fr",
}

func providerOf(address string) string {
	domain := mail.DomainOf(address)
	if provider := sameProvider[domain]; provider != "" {
		return provider
	}
	return domain
}

// ParseRates reads "gmail.com=2000,*=300": letters a minute, beside the usual
// ones for what it does not name. "off" is nil: nothing is bounded.
func ParseRates(text string) (Rates, error) {
	if text == "off" {
		return nil, nil
	}
	rates := maps.Clone(usualRates)
	for _, part := range strings.FieldsFunc(text, func(sign rune) bool { return sign == ',' || sign == ' ' }) {
		domain, number, _ := strings.Cut(part, "=")
		perMinute, err := strconv.Atoi(number)
		if domain == "" || err != nil || perMinute < 1 || perMinute > 1_000_000 {
			return nil, fmt.Errorf("%q: want off, or DOMAIN=LETTERS a minute, such as gmail.com=2000,*=300", part)
		}
		rates[providerOf("@"+strings.ToLower(domain))] = perMinute
	}
	return rates, nil
}

func (r Rates) of(provider string) int {
	if rate, known := r[provider]; known {
		return rate
	}
	return r[anyDomain]
}

// Pace keeps bulk letters from coming to a provider faster than it takes them.
// What people wait for is not asked.
type Pace struct {
	Limit *limit.Shared
	Rates Rates
}

// turn is which letters of a batch go now, and when the others may.
type turn struct {
	now   []id.ID
	to    map[id.ID]string // their providers
	rests map[string]bool
	later time.Time
}

// turn asks for room for the letters of a batch, once for each provider. A
// letter that waits for its turn has not been attempted.
func (l *Letters) turn(ctx context.Context, tenant id.ID, wanted []id.ID) (*turn, error) {
	if l.Pace == nil || l.Mail == nil || len(wanted) == 0 {
		return &turn{now: wanted}, nil
	}
	var open []Letter
	err := l.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&open).Column("id", "address").Where("id IN (?)", bun.List(wanted)).
			Where("state NOT IN (?, ?, ?, ?)", Sent, Failed, Withheld, Held).Order("id").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find where letters go: %w", err)
	}
	t := &turn{to: map[id.ID]string{}, rests: map[string]bool{}}
	byProvider := map[string][]id.ID{}
	for _, letter := range open {
		provider := providerOf(letter.Address)
		t.to[letter.ID] = provider
		byProvider[provider] = append(byProvider[provider], letter.ID)
	}
	for _, provider := range slices.Sorted(maps.Keys(byProvider)) {
		letters := byProvider[provider]
		granted, wait, err := l.Pace.Limit.Take(ctx, paceKey(provider), l.Pace.Rates.of(provider), len(letters))
		if err != nil {
			// Without Redis nobody bounds; better too fast than not at all.
			slog.WarnContext(ctx, "pace of letters", "tenant", tenant, "error", err)
			granted = len(letters)
		}
		t.now = append(t.now, letters[:granted]...)
		if granted < len(letters) {
			t.wait(l.Clock.Now().Add(wait))
		}
	}
	slices.Sort(t.now)
	return t, nil
}

// SendBulk follows BulkQueued: it is Send, at its provider's pace.
func (l *Letters) SendBulk(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error {
	fact, err := read[queued](payload)
	if err != nil {
		return err
	}
	turn, err := l.turn(ctx, tenant, []id.ID{fact.Letter})
	if err != nil {
		return err
	}
	if later := turn.over(); later != nil {
		return later
	}
	err = l.Send(ctx, tenant, payload, done)
	var refusal *mail.Refusal
	if errors.As(err, &refusal) && isOvertaxed(refusal) {
		l.slow(ctx, turn, fact.Letter)
	}
	return err
}

func paceKey(provider string) string { return "mail:" + provider }

func (t *turn) wait(until time.Time) {
	if until.After(t.later) {
		t.later = until
	}
}

// isOvertaxed tells an answer that asks to come more slowly, or later, from one
// that says what is wrong with a letter: it concerns all that go there. RFC 3463
// keeps x.7 for policy, under which servers file greylists and rates.
func isOvertaxed(refusal *mail.Refusal) bool {
	return refusal.Step != "MAIL" && refusal.Code < 500 && (refusal.Code == 421 || strings.HasPrefix(refusal.Status, "4.7."))
}

// slow lets a letter's provider rest, and the other letters that go there. It
// does nothing where letters are not paced.
func (l *Letters) slow(ctx context.Context, t *turn, letter id.ID) bool {
	provider := t.to[letter]
	if provider == "" {
		return false
	}
	rest, err := l.Pace.Limit.Rest(ctx, paceKey(provider))
	if err != nil {
		slog.WarnContext(ctx, "pace of letters", "error", err)
		return false
	}
	slog.InfoContext(ctx, "letters go more slowly", "domain", provider, "rests", rest)
	t.rests[provider] = true
	t.wait(l.Clock.Now().Add(rest))
	return true
}

// rest tells whether a letter is to wait with its provider.
func (t *turn) rest(letter *Letter) bool { return t.rests[t.to[letter.ID]] }

// over is nil once all letters of the batch had their turn.
func (t *turn) over() error {
	if t.later.IsZero() {
		return nil
	}
	return &outbox.Later{At: t.later}
}
