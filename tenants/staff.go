package tenants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Staff is one of the operator's people; no default account exists.
type Staff struct {
	bun.BaseModel `bun:"table:staff,alias:staff"`
	ID            id.ID `bun:",pk"`
	Email         string
	CreatedAt     time.Time
}

type staffLink struct {
	bun.BaseModel `bun:"table:staff_links,alias:staff_link"`
	TokenHash     string `bun:",pk"`
	StaffID       id.ID
	ExpiresAt     time.Time
	UsedAt        time.Time `bun:",nullzero"`
}

type staffSession struct {
	bun.BaseModel `bun:"table:staff_sessions,alias:staff_session"`
	TokenHash     string `bun:",pk"`
	StaffID       id.ID
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

const (
	staffLinkLasts    = 15 * time.Minute
	staffSessionLasts = 12 * time.Hour
)

// StaffSignInRequested tells that somebody of the operator asked for a link;
// its tenant is 0.
const StaffSignInRequested outbox.Fact = "staff.sign_in_requested"

// StaffSignIn is what the letter with the link needs.
type StaffSignIn struct {
	Email string `json:"email"`
	Token string `json:"token"`
}

// Operators signs the operator's people in.
type Operators struct {
	DB     *database.DB
	Clock  clock.Clock
	Outbox *outbox.Outbox
}

// Link makes a one-time sign-in token for an address, which it admits to the
// staff. Only the command line may call it.
func (o *Operators) Link(ctx context.Context, email string) (string, error) {
	email, err := staffAddress(email)
	if err != nil {
		return "", err
	}
	now := o.Clock.Now()
	token := id.Secret()
	err = o.DB.System(ctx, "staff link", func(ctx context.Context, tx bun.IDB) error {
		person := &Staff{ID: id.New(now), Email: email, CreatedAt: now}
		if _, err := tx.NewInsert().Model(person).On("CONFLICT (email) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(person).Where("email = ?", email).Scan(ctx); err != nil {
			return err
		}
		return insertLink(ctx, tx, person.ID, token, now)
	})
	return token, err
}

// People are the operator's, the first first.
func (o *Operators) People(ctx context.Context) ([]Staff, error) {
	var all []Staff
	err := o.DB.Survey(ctx, "the operator's people", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&all).Order("id").Scan(ctx)
	})
	return all, err
}

// Request mails a link to an address of the staff. Whether the address is one
// does not show.
func (o *Operators) Request(ctx context.Context, email string) error {
	email, err := staffAddress(email)
	if err != nil {
		return err
	}
	now := o.Clock.Now()
	token := id.Secret()
	known := true
	err = o.DB.System(ctx, "staff sign-in", func(ctx context.Context, tx bun.IDB) error {
		person := &Staff{}
		if err := tx.NewSelect().Model(person).Where("email = ?", email).Scan(ctx); err != nil {
			known = false
			return err
		}
		return insertLink(ctx, tx, person.ID, token, now)
	})
	if !known && errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.DB.Write(ctx, 0, func(ctx context.Context, tx database.Tx) error {
		return o.Outbox.Add(ctx, tx, StaffSignInRequested, StaffSignIn{Email: email, Token: token})
	})
}

func insertLink(ctx context.Context, tx bun.IDB, staff id.ID, token string, now time.Time) error {
	link := &staffLink{TokenHash: hashed(token), StaffID: staff, ExpiresAt: now.Add(staffLinkLasts)}
	_, err := tx.NewInsert().Model(link).Exec(ctx)
	return err
}

// SignIn uses a link up and opens a session; its token goes into the cookie.
func (o *Operators) SignIn(ctx context.Context, token string) (session string, err error) {
	now := o.Clock.Now()
	session = id.Secret()
	err = o.DB.System(ctx, "staff sign-in", func(ctx context.Context, tx bun.IDB) error {
		link := &staffLink{}
		result, err := tx.NewUpdate().Model(link).Set("used_at = ?", now).
			Where("token_hash = ?", hashed(token)).Where("used_at IS NULL").Where("expires_at > ?", now).Exec(ctx)
		if err != nil {
			return err
		}
		if used, _ := result.RowsAffected(); used == 0 {
			return fmt.Errorf("staff link: %w", fault.NotFound)
		}
		if err := tx.NewSelect().Model(link).Where("token_hash = ?", hashed(token)).Scan(ctx); err != nil {
			return err
		}
		row := &staffSession{TokenHash: hashed(session), StaffID: link.StaffID, CreatedAt: now, ExpiresAt: now.Add(staffSessionLasts)}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	return session, err
}

// Who finds the person behind a session's token.
func (o *Operators) Who(ctx context.Context, session string) (*Staff, error) {
	person := &Staff{}
	err := o.DB.Survey(ctx, "staff session", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(person).
			Join("JOIN staff_sessions AS s ON s.staff_id = staff.id").
			Where("s.token_hash = ?", hashed(session)).Where("s.expires_at > ?", o.Clock.Now()).Scan(ctx)
	})
	return person, err
}

// SignOut ends all sessions of a person.
func (o *Operators) SignOut(ctx context.Context, staff id.ID) error {
	return o.DB.System(ctx, "staff sign-out", func(ctx context.Context, tx bun.IDB) error {
		_, err := tx.NewDelete().Model((*staffSession)(nil)).Where("staff_id = ?", staff).Exec(ctx)
		return err
	})
}

// History tells who suspended or resumed a community, the last first.
func (s *Service) History(ctx context.Context, tenant id.ID) ([]Suspension, error) {
	var rows []Suspension
	err := s.DB.Survey(ctx, "suspensions", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).Order("id DESC").Limit(20).Scan(ctx)
	})
	return rows, err
}

func staffAddress(email string) (string, error) {
	parsed, err := mail.ParseAddress(strings.TrimSpace(email))
	if err != nil || len(parsed.Address) > 254 {
		return "", fault.InvalidField("email", "error.email")
	}
	return strings.ToLower(parsed.Address), nil
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
