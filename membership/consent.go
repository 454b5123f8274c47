package membership

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Terms is the version of the rules that newcomers accept.
const Terms = "2026-11"

// What one agrees to.
const (
	ConsentTerms = "terms"
	ConsentAge   = "age"
	ConsentShown = "shown"
	ConsentAsked = "asked"
)

// Consent is what a member agreed to or withdrew, and when: the proof that
// GDPR art. 7 asks for.
type Consent struct {
	bun.BaseModel `bun:"table:consents,alias:consent"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	Kind     string
	Version  string
	Given    bool
	At       time.Time
}

func (s *Service) noteConsent(ctx context.Context, tx database.Tx, member id.ID, kind string, given bool) error {
	now := s.Clock.Now()
	row := &Consent{ID: id.New(now), MemberID: member, Kind: kind, Version: Terms, Given: given, At: now}
	_, err := tx.Insert(row).Exec(ctx)
	return err
}
