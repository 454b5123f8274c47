package membership

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// sessionIdle ends a session that nobody used.
	sessionIdle = 30 * 24 * time.Hour
	// sessionMost ends a session however much it was used.
	sessionMost = 90 * 24 * time.Hour
	// touchEvery spares a write at each page.
	touchEvery = time.Hour
	// knownFor is how long another process may go on believing in a session
	// that was ended here.
	knownFor = 2 * time.Second
)

// Session is a browser in which a member is signed in.
type Session struct {
	bun.BaseModel `bun:"table:sessions,alias:session"`
	database.Owned
	ID        id.ID `bun:",pk"`
	MemberID  id.ID
	TokenHash string
	Device    string
	OpenedAt  time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// hash hides a secret of 128 random bits: no key is needed against guessing.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// OpenSession signs a member in and returns the token for the cookie.
func (s *Service) OpenSession(ctx context.Context, tenant, member id.ID, device string) (token string, err error) {
	err = s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		token, err = s.openSession(ctx, tx, member, device)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

func (s *Service) openSession(ctx context.Context, tx database.Tx, member id.ID, device string) (string, error) {
	now, token := s.Clock.Now(), id.Secret()
	if runes := []rune(device); len(runes) > 200 {
		device = string(runes[:200])
	}
	row := &Session{ID: id.New(now), MemberID: member, TokenHash: hash(token), Device: device,
		OpenedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionIdle)}
	if _, err := tx.Delete((*Session)(nil)).Where("member_id = ? AND expires_at <= ?", member, now).Exec(ctx); err != nil {
		return "", err
	}
	_, err := tx.Insert(row).Exec(ctx)
	return token, err
}

const findActor = `SELECT s.id AS session_id, s.opened_at, s.seen_at, s.expires_at, m.id AS member_id, m.name, m.roles, m.language
  FROM sessions s JOIN members m ON m.tenant_id = s.tenant_id AND m.id = s.member_id
  WHERE s.tenant_id = ?tenant AND s.token_hash = ?0`

type actorRow struct {
	SessionID id.ID
	OpenedAt  time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	MemberID  id.ID
	Name      string
	Roles     []actor.Role `bun:"type:json"`
	Language  string
}

// Actor tells who a browser's token stands for: a visitor where it stands for
// nobody.
func (s *Service) Actor(ctx context.Context, tenant id.ID, token string) (actor.Actor, error) {
	visitor := actor.VisitorOf(tenant)
	if len(token) != 32 {
		return visitor, nil
	}
	now, hashed := s.Clock.Now(), hash(token)
	if known, ok := s.sessions.find(tenant, hashed, now); ok {
		return known, nil
	}
	row := &actorRow{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, row, findActor, hashed)
	})
	if errors.Is(err, fault.NotFound) || err == nil && !now.Before(row.ExpiresAt) {
		return visitor, nil
	}
	if err != nil {
		return visitor, fmt.Errorf("find session: %w", err)
	}
	if now.Sub(row.SeenAt) >= touchEvery {
		if err := s.touch(ctx, tenant, row); err != nil {
			return visitor, fmt.Errorf("keep session: %w", err)
		}
	}
	found := actor.Actor{Tenant: tenant, Member: row.MemberID, Name: row.Name, Language: row.Language, Session: row.SessionID,
		Roles: append([]actor.Role{actor.Visitor, actor.Member}, row.Roles...)}
	s.sessions.keep(hashed, found, min(row.ExpiresAt.Sub(now), knownFor), now)
	return found, nil
}

func (s *Service) touch(ctx context.Context, tenant id.ID, row *actorRow) error {
	now := s.Clock.Now()
	expires := now.Add(sessionIdle)
	if last := row.OpenedAt.Add(sessionMost); last.Before(expires) {
		expires = last
	}
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Session)(nil)).Set("seen_at = ?", now).Set("expires_at = ?", expires).Where("id = ?", row.SessionID).Exec(ctx)
		return err
	})
}

// Sessions lists where the actor is signed in, the latest first.
func (s *Service) Sessions(ctx context.Context, who actor.Actor) ([]Session, error) {
	var open []Session
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&open).Where("member_id = ? AND expires_at > ?", who.Member, s.Clock.Now()).Order("id DESC").Limit(50).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return open, nil
}

// SignOut ends one of the actor's sessions.
func (s *Service) SignOut(ctx context.Context, who actor.Actor, session id.ID) error {
	return s.endSessions(ctx, who.Tenant, who.Member, session)
}

// SignOutEverywhere ends all of the actor's sessions.
func (s *Service) SignOutEverywhere(ctx context.Context, who actor.Actor) error {
	return s.endSessions(ctx, who.Tenant, who.Member, 0)
}

// endSessions ends one session, or all where none is named.
func (s *Service) endSessions(ctx context.Context, tenant, member, session id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Delete((*Session)(nil)).Where("member_id = ?", member)
		if session != 0 {
			query = query.Where("id = ?", session)
		}
		tx.AfterCommit(func() { s.sessions.forget(tenant, member) })
		result, err := query.Exec(ctx)
		if err != nil {
			return err
		}
		if ended, _ := result.RowsAffected(); ended == 0 && session != 0 {
			return fault.NotFound
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// SignedInRecently tells whether the actor proved within the hour who they
// are, as taking out or closing an account asks for.
func (s *Service) SignedInRecently(ctx context.Context, who actor.Actor) (bool, error) {
	session := &Session{}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(session).Where("id = ? AND member_id = ?", who.Session, who.Member).Scan(ctx)
	})
	if err != nil {
		return false, fmt.Errorf("find session: %w", err)
	}
	return s.Clock.Now().Sub(session.OpenedAt) < time.Hour, nil
}

// sessionCache spares a busy member the look-up of the last two seconds.
type sessionCache struct {
	mu    sync.RWMutex
	known map[string]knownActor
}

type knownActor struct {
	actor actor.Actor
	until time.Time
}

func (c *sessionCache) find(tenant id.ID, hashed string, now time.Time) (actor.Actor, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	known, ok := c.known[hashed]
	return known.actor, ok && known.actor.Tenant == tenant && now.Before(known.until)
}

func (c *sessionCache) keep(hashed string, found actor.Actor, lasting time.Duration, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= 10_000 {
		c.known = map[string]knownActor{}
	}
	c.known[hashed] = knownActor{actor: found, until: now.Add(lasting)}
}

func (c *sessionCache) forget(tenant, member id.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for hashed, known := range c.known {
		if known.actor.Tenant == tenant && known.actor.Member == member {
			delete(c.known, hashed)
		}
	}
}
