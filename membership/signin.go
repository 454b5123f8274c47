package membership

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// SignInLasts is how long a mailed link and code can be used.
	SignInLasts = 15 * time.Minute
	// mostTries is how many codes may be typed for one mail.
	mostTries = 5
)

// SignIn is a mailed link and code that wait to be used.
type SignIn struct {
	bun.BaseModel `bun:"table:sign_ins,alias:sign_in"`
	database.Owned
	ID    id.ID `bun:",pk"`
	Email string
	// Name is empty unless somebody new wants to join.
	Name        string
	TokenHash   string
	CodeHash    string
	BrowserHash string
	Language    string
	Next        string
	Tries       int
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      time.Time `bun:",nullzero"`
}

// SignInRequested is the payload of "sign_in.requested": all that the letter
// needs. Where nobody is known and nobody joins, it carries no token.
type SignInRequested struct {
	ID       id.ID  `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name,omitempty"`
	Known    bool   `json:"known"`
	Joining  bool   `json:"joining"`
	Token    string `json:"token,omitempty"`
	Code     string `json:"code,omitempty"`
	Path     string `json:"path"`
	Language string `json:"language"`
}

// Ask is what somebody types to sign in or to join.
type Ask struct {
	Email string
	// Joining, with Name, OfAge and Terms, for somebody new.
	Joining      bool
	Name         string
	OfAge, Terms bool
	// Origin is the address on the network from which it is asked.
	Origin string
	// Next is the local path to return to; the face has checked it.
	Next string
}

// RequestSignIn mails a link and a code, and returns the secret by which the
// asking browser is known on the code's page. Whether the address is a
// member's shows neither in the answer nor in the time that it takes.
func (s *Service) RequestSignIn(ctx context.Context, who actor.Actor, ask Ask) (browser string, err error) {
	invalid := &fault.Invalid{}
	email, name := cleanEmail(invalid, ask.Email), ""
	if ask.Joining {
		name = cleanName(invalid, ask.Name)
		if !ask.OfAge {
			invalid.Add("of_age", "error.of_age")
		}
		if !ask.Terms {
			invalid.Add("terms", "error.terms")
		}
	}
	if err := invalid.OrNil(); err != nil {
		return "", err
	}
	if !s.Origins.Allow(ask.Origin) || !s.Addresses.Allow(who.Tenant.String()+" "+email) {
		return "", fmt.Errorf("ask for a sign-in: %w", fault.TooMany)
	}
	tenant, err := s.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return "", err
	}
	browser = id.Secret()
	err = s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.forgetExpired(ctx, tx); err != nil {
			return err
		}
		member, err := findByEmail(ctx, tx, email)
		known := err == nil
		if err != nil && !isNoRows(err) {
			return err
		}
		waiting := SignInRequested{Email: email, Name: name, Known: known, Joining: ask.Joining, Language: who.Language,
			Token: id.Secret(), Code: id.Digits(6)}
		if known {
			waiting.Name, waiting.Language = member.Name, member.Language
			name = ""
		}
		waiting.ID, err = s.wait(ctx, tx, tenant.Secret, waiting, name, browser, ask.Next)
		if err != nil {
			return err
		}
		waiting.Path = linkPath(waiting.Token)
		if !known && !ask.Joining {
			waiting.Token, waiting.Code, waiting.Path = "", "", "/inscription"
		}
		return s.Outbox.Add(ctx, tx, "sign_in.requested", waiting)
	})
	if err != nil {
		return "", fmt.Errorf("ask for a sign-in: %w", err)
	}
	return browser, nil
}

// OneTimeLink makes a link by which a member signs in, for the operator to
// hand over.
func (s *Service) OneTimeLink(ctx context.Context, tenant id.ID, email string) (path string, err error) {
	community, err := s.Tenants.ByID(ctx, tenant)
	if err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		member, err := findByEmail(ctx, tx, normaliseEmail(email))
		if err != nil {
			return err
		}
		waiting := SignInRequested{Email: member.Email, Language: member.Language, Token: id.Secret(), Code: id.Digits(6)}
		path = linkPath(waiting.Token)
		_, err = s.wait(ctx, tx, community.Secret, waiting, "", id.Secret(), "/")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make a one-time link: %w", err)
	}
	return path, nil
}

func linkPath(token string) string { return "/connexion/lien/" + token }

func (s *Service) wait(ctx context.Context, tx database.Tx, secret string, waiting SignInRequested, name, browser, next string) (id.ID, error) {
	now := s.Clock.Now()
	row := &SignIn{ID: id.New(now), Email: waiting.Email, Name: name, TokenHash: hash(waiting.Token),
		BrowserHash: hash(browser), Language: waiting.Language, Next: next, CreatedAt: now, ExpiresAt: now.Add(SignInLasts)}
	row.CodeHash = hashCode(secret, row.ID, waiting.Code)
	_, err := tx.Insert(row).Exec(ctx)
	return row.ID, err
}

// hashCode needs a key, since a million codes are soon tried.
func hashCode(secret string, signIn id.ID, code string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "sign-in code %d %s", signIn, code)
	return hex.EncodeToString(mac.Sum(nil))
}

// forgetExpired keeps the table small and addresses no longer than needed.
func (s *Service) forgetExpired(ctx context.Context, tx database.Tx) error {
	_, err := tx.Delete((*SignIn)(nil)).Where("expires_at < ?", s.Clock.Now().Add(-SignInLasts)).Exec(ctx)
	return err
}

// AskedHere finds what the asking browser waits for.
func (s *Service) AskedHere(ctx context.Context, tenant id.ID, browser string) (*SignIn, error) {
	return s.waiting(ctx, tenant, "browser_hash = ? AND tries < ?", hash(browser), mostTries)
}

// Linked finds what a mailed link stands for; looking uses nothing up.
func (s *Service) Linked(ctx context.Context, tenant id.ID, token string) (*SignIn, error) {
	return s.waiting(ctx, tenant, "token_hash = ?", hash(token))
}

func (s *Service) waiting(ctx context.Context, tenant id.ID, where string, args ...any) (*SignIn, error) {
	found := &SignIn{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where(where, args...).Where("used_at IS NULL AND expires_at > ?", s.Clock.Now()).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find sign-in: %w", err)
	}
	return found, nil
}

// SignedIn is a browser that has just been signed in.
type SignedIn struct {
	Token string
	Next  string
	Name  string
	// Joined tells that the member is new.
	Joined bool
}

// SignInByLink uses a mailed link up.
func (s *Service) SignInByLink(ctx context.Context, tenant id.ID, token, device string) (*SignedIn, error) {
	found, err := s.Linked(ctx, tenant, token)
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, tenant, found, device)
}

// SignInByCode uses a mailed code up, in the browser that asked for it.
func (s *Service) SignInByCode(ctx context.Context, tenant id.ID, browser, code, device string) (*SignedIn, error) {
	community, err := s.Tenants.ByID(ctx, tenant)
	if err != nil {
		return nil, err
	}
	found, err := s.tryCode(ctx, tenant, browser)
	if err != nil {
		return nil, err
	}
	typed := hashCode(community.Secret, found.ID, strings.Join(strings.Fields(code), ""))
	if subtle.ConstantTimeCompare([]byte(typed), []byte(found.CodeHash)) == 1 {
		return s.finish(ctx, tenant, found, device)
	}
	if found.Tries >= mostTries {
		return nil, fmt.Errorf("sign in by code: no tries left: %w", fault.NotFound)
	}
	return nil, fault.InvalidField("code", "error.code", "left", mostTries-found.Tries)
}

// tryCode counts a try in a transaction of its own, before the code is looked
// at: tries made at once are all counted.
func (s *Service) tryCode(ctx context.Context, tenant id.ID, browser string) (*SignIn, error) {
	found := &SignIn{}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Update(found).Set("tries = tries + 1").
			Where("browser_hash = ? AND tries < ?", hash(browser), mostTries).
			Where("used_at IS NULL AND expires_at > ?", s.Clock.Now()).
			Returning("*").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("sign in by code: %w", err)
	}
	return found, nil
}

func (s *Service) finish(ctx context.Context, tenant id.ID, found *SignIn, device string) (*SignedIn, error) {
	done := &SignedIn{Next: found.Next}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.useUp(ctx, tx, found); err != nil {
			return err
		}
		member, err := findByEmail(ctx, tx, found.Email)
		if isNoRows(err) && found.Name != "" {
			done.Joined = true
			member, err = s.welcome(ctx, tx, found)
		}
		if err != nil {
			return err
		}
		done.Name = member.Name
		done.Token, err = s.openSession(ctx, tx, member.ID, device)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return done, nil
}

func (s *Service) useUp(ctx context.Context, tx database.Tx, found *SignIn) error {
	result, err := tx.Update((*SignIn)(nil)).Set("used_at = ?", s.Clock.Now()).Where("id = ? AND used_at IS NULL", found.ID).Exec(ctx)
	if err != nil {
		return err
	}
	if used, _ := result.RowsAffected(); used == 0 {
		return fault.NotFound
	}
	return nil
}

func (s *Service) welcome(ctx context.Context, tx database.Tx, found *SignIn) (*Member, error) {
	member, err := s.admit(ctx, tx, &Member{Email: found.Email, Name: found.Name, Language: found.Language})
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{ConsentTerms, ConsentAge} {
		if err := s.noteConsent(ctx, tx, member.ID, kind, true); err != nil {
			return nil, err
		}
	}
	// Whoever joins with the address confirmed asks for the digest, whatever an
	// earlier account had chosen.
	return member, s.Outbox.Add(ctx, tx, DigestChosen, map[string]id.ID{"id": member.ID})
}

// isNoRows is for errors that have not left their transaction yet.
func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
