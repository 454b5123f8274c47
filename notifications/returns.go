package notifications

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/membership"
)

// The kinds of what comes back of a letter.
const (
	hard      = "hard"
	soft      = "soft"
	complaint = "complaint"
)

// After softBounces within softWithin nothing more is sent (RFC 3463, 4.x.x).
const (
	softBounces = 5
	softWithin  = 7 * 24 * time.Hour
)

// bounced is what came back of a letter, each kind once.
type bounced struct {
	bun.BaseModel `bun:"table:bounces,alias:bounce"`
	database.Owned
	LetterID id.ID  `bun:",pk"`
	Kind     string `bun:",pk"`
	Hash     string
	Status   string
	At       time.Time
}

// returned counts what comes back, by what was made of it.
var returned = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "kumun_mail_returned_messages_total", Help: "Messages that came back to return paths, by outcome."}, []string{"outcome"})

func init() { prometheus.MustRegister(returned) }

// Outcome is what was made of a message that came back.
type Outcome string

// The outcomes. Unknown and Unread messages are dropped: to try them again
// would never end.
const (
	Suppressed Outcome = "suppressed"
	Counted    Outcome = "counted" // a temporary failure, or a report that says nothing bad
	Complained Outcome = "complained"
	OptedOut   Outcome = "opted_out"
	Unknown    Outcome = "unknown"
	Unread     Outcome = "unread"
)

// Returns handles what comes back of letters: bounces, complaints, and mails
// that unsubscribe.
type Returns struct {
	Letters *Letters
	Digest  *Digest
}

// feedbackName is where mailbox providers send complaints, at the return domain.
const feedbackName = "plaintes"

// Admits tells whether an address at the return domain is one of ours.
func (r *Returns) Admits(to string) bool {
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	if domain != r.Letters.Senders.Operator.Return {
		return false
	}
	_, _, _, err := r.Letters.Senders.readStamp(local)
	return err == nil || local == feedbackName
}

// Take handles a message; it errs only when the store does.
func (r *Returns) Take(ctx context.Context, to string, raw []byte) error {
	outcome, err := r.take(ctx, to, raw)
	if err != nil {
		return fmt.Errorf("take what came back: %w", err)
	}
	returned.WithLabelValues(string(outcome)).Inc()
	slog.InfoContext(ctx, "mail came back", "outcome", outcome)
	return nil
}

func (r *Returns) take(ctx context.Context, to string, raw []byte) (Outcome, error) {
	stream, tenant, letter, unstamped := r.Letters.Senders.readStamp(to)
	if unstamped == nil && stream == "u" {
		return r.about(ctx, tenant, letter, r.optOut)
	}
	report, err := mail.ParseReport(raw)
	if err != nil {
		return Unread, nil
	}
	if report.Feedback != "" {
		// What the report quotes tells which letter, wherever it was sent to.
		for _, trace := range report.Traces {
			if _, tenant, letter, err := r.Letters.Senders.readStamp(trace); err == nil {
				return r.about(ctx, tenant, letter, func(ctx context.Context, tx database.Tx, about *Letter) (Outcome, error) {
					return r.complained(ctx, tx, about, report.Feedback)
				})
			}
		}
		return Unknown, nil
	}
	if unstamped != nil {
		return Unknown, nil
	}
	return r.bounce(ctx, tenant, letter, report.Recipients)
}

// about finds the letter; it may be gone with its reader.
func (r *Returns) about(ctx context.Context, tenant, letter id.ID, handle func(context.Context, database.Tx, *Letter) (Outcome, error)) (outcome Outcome, err error) {
	outcome = Unknown
	err = r.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Letter{}
		err := tx.Select(found).Where("id = ?", letter).Scan(ctx)
		if isNoRow(err) {
			return nil
		}
		if err == nil {
			outcome, err = handle(ctx, tx, found)
		}
		return err
	})
	return outcome, err
}

// bounce handles what each recipient of a letter, there is one, came to.
func (r *Returns) bounce(ctx context.Context, tenant, letter id.ID, recipients []mail.Recipient) (Outcome, error) {
	outcome := Counted
	for _, recipient := range recipients {
		if recipient.Action != "failed" && recipient.Action != "delayed" {
			continue
		}
		got, err := r.Letters.bounce(ctx, tenant, letter, recipient.Status)
		if err != nil {
			return got, err
		}
		if got != Counted {
			outcome = got
		}
	}
	return outcome, nil
}

// bounce notes what a server said of a letter's address. A permanent failure
// keeps further letters away at once: everywhere when it says that the mailbox
// is at fault (5.1 and 5.2 of RFC 3463), else, since it may be this sender's
// fault, in this community.
func (l *Letters) bounce(ctx context.Context, tenant, letter id.ID, status string) (outcome Outcome, err error) {
	outcome = Unknown
	address := ""
	err = l.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Letter{}
		err := tx.Select(found).Where("id = ?", letter).Scan(ctx)
		if isNoRow(err) {
			return nil
		}
		if err != nil {
			return err
		}
		outcome, address = Counted, found.Address
		kind := soft
		if strings.HasPrefix(status, "5.") {
			kind = hard
		}
		row := &bounced{LetterID: letter, Kind: kind, Hash: l.Senders.hashed(tenant, address), Status: status, At: l.Clock.Now()}
		if _, err := tx.Insert(row).On("CONFLICT (tenant_id, letter_id, kind) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		if kind == soft {
			count, err := tx.Select((*bounced)(nil)).Where("hash = ?", row.Hash).Where("at > ?", row.At.Add(-softWithin)).Where("kind = ?", soft).Count(ctx)
			if err != nil || count < softBounces {
				return err
			}
		}
		outcome = Suppressed
		if mailboxAtFault(status) {
			if err := l.endFor(ctx, tx, address, ByBounce, Purposes...); err != nil {
				return err
			}
		}
		return l.Senders.suppress(ctx, tx, address, allBulk, Bounce)
	})
	if err != nil || outcome != Suppressed || !mailboxAtFault(status) {
		return outcome, err
	}
	return outcome, l.DB.Write(ctx, 0, func(ctx context.Context, tx database.Tx) error {
		return l.Senders.suppress(ctx, tx, address, allBulk, Bounce)
	})
}

func mailboxAtFault(status string) bool {
	return strings.HasPrefix(status, "5.1.") || strings.HasPrefix(status, "5.2.")
}

// complained keeps all bulk of a community from somebody who called it spam.
func (r *Returns) complained(ctx context.Context, tx database.Tx, letter *Letter, feedback string) (Outcome, error) {
	if feedback == "not-spam" || strings.HasPrefix(feedback, "auth-failure") {
		return Counted, nil
	}
	senders := r.Letters.Senders
	row := &bounced{LetterID: letter.ID, Kind: complaint, Hash: senders.hashed(tx.Tenant, letter.Address), Status: feedback, At: r.Letters.Clock.Now()}
	result, err := tx.Insert(row).On("CONFLICT (tenant_id, letter_id, kind) DO NOTHING").Exec(ctx)
	if err != nil {
		return "", err
	}
	if added, _ := result.RowsAffected(); added == 0 {
		return Complained, nil
	}
	if err := senders.suppress(ctx, tx, letter.Address, allBulk, Complaint); err != nil {
		return "", err
	}
	if err := r.Letters.endFor(ctx, tx, letter.Address, ByComplaint, Purposes...); err != nil {
		return "", err
	}
	if letter.MemberID != 0 {
		if err := r.stopDigest(ctx, letter, ByComplaint); err != nil {
			return "", err
		}
	}
	if letter.Bulk {
		err = r.Letters.countComplaint(ctx, tx)
	}
	return Complained, err
}

// optOut is what a mail to a letter's own address asks for (RFC 2369).
func (r *Returns) optOut(ctx context.Context, tx database.Tx, letter *Letter) (Outcome, error) {
	if letter.MemberID != 0 && letter.Kind == digestKind {
		return OptedOut, r.stopDigest(ctx, letter, ByMail)
	}
	if purpose, known := purposeOf(letter.Kind); known {
		if err := r.Letters.endFor(ctx, tx, letter.Address, ByMail, purpose); err != nil {
			return "", err
		}
	}
	return OptedOut, r.Letters.Senders.suppress(ctx, tx, letter.Address, letter.Kind, OptOut)
}

func (r *Returns) stopDigest(ctx context.Context, letter *Letter, way string) error {
	member, err := r.Digest.Members.ByID(ctx, letter.TenantID, letter.MemberID)
	if isNoRow(err) {
		return nil
	}
	if err != nil || member.Digest == membership.Never {
		return err
	}
	return r.Digest.Stop(ctx, letter.TenantID, member, way)
}
