// Package tenants knows the communities: their addresses, look and settings.
package tenants

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Tenant is a community as its operator sees it.
type Tenant struct {
	bun.BaseModel `bun:"table:tenants,alias:tenant"`
	ID            id.ID `bun:",pk"`
	Slug          string
	Name          string
	Settings      Settings `bun:"type:json"`
	Secret        string   `json:"-"`
	Suspended     bool
	CreatedAt     time.Time
}

// Seal signs what a link or a count says, for one purpose: nobody can make
// another one, and the parts cannot be read from it.
func (t *Tenant) Seal(purpose string, parts ...string) string {
	mac := hmac.New(sha256.New, []byte(t.Secret))
	_, _ = io.WriteString(mac, strings.Join(append([]string{purpose}, parts...), "\n"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Domain is a host, with its port where it has one, at which a tenant answers.
type Domain struct {
	bun.BaseModel `bun:"table:domains,alias:domain"`
	Host          string `bun:",pk"`
	TenantID      id.ID
	CreatedAt     time.Time
}

// Suspension is the reason for which a community was closed or opened again.
type Suspension struct {
	bun.BaseModel `bun:"table:suspensions,alias:suspension"`
	TenantID      id.ID `bun:",pk"`
	ID            id.ID `bun:",pk"`
	Suspended     bool
	Reason        string
	StaffID       id.ID
	At            time.Time
}

// SuspensionDecided tells that a community was closed or opened again; which of
// both, the community itself says.
const SuspensionDecided outbox.Fact = "suspension.decided"

// Service opens, finds and closes communities.
type Service struct {
	DB    *database.DB
	Clock clock.Clock
	// Base is the operator's bare host; a community answers at SLUG.Base.
	Base string

	registry atomic.Pointer[registry]
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// reservedSlugs would hide the platform's own host names.
var reservedSlugs = map[string]bool{"www": true, "operator": true, "api": true, "mail": true, "admin": true, "localhost": true}

// Create opens a community; domains are its own hosts beside SLUG.BASE.
func (s *Service) Create(ctx context.Context, slug, name string, settings Settings, domains ...string) (*Tenant, error) {
	invalid := &fault.Invalid{}
	if !slugPattern.MatchString(slug) || reservedSlugs[slug] {
		invalid.Add("slug", "error.slug")
	}
	if length := utf8.RuneCountInString(name); length < 2 || length > 60 {
		invalid.Add("name", "error.length", "min", 2, "max", 60)
	}
	if err := invalid.OrNil(); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	settings.complete(name)
	if err := settings.checkLanguages(); err != nil {
		return nil, err
	}
	tenant := &Tenant{ID: id.New(now), Slug: slug, Name: name, Settings: settings, Secret: id.Secret(), CreatedAt: now}
	err := s.DB.System(ctx, "create tenant "+slug, func(ctx context.Context, tx bun.IDB) error {
		if _, err := tx.NewInsert().Model(tenant).Exec(ctx); err != nil {
			return err
		}
		for _, host := range domains {
			row := &Domain{Host: NormaliseHost(host), TenantID: tenant.ID, CreatedAt: now}
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, fault.Conflict) {
		return nil, fault.InvalidField("slug", "error.slug_taken")
	}
	if err != nil {
		return nil, err
	}
	s.Forget()
	return tenant, nil
}

// AddDomain lets the tenant answer at a further host.
func (s *Service) AddDomain(ctx context.Context, tenant id.ID, host string) error {
	row := &Domain{Host: NormaliseHost(host), TenantID: tenant, CreatedAt: s.Clock.Now()}
	err := s.DB.System(ctx, "add domain", func(ctx context.Context, tx bun.IDB) error {
		_, err := tx.NewInsert().Model(row).On("CONFLICT (host) DO UPDATE SET tenant_id = EXCLUDED.tenant_id").Exec(ctx)
		return err
	})
	s.Forget()
	return err
}

// List returns all communities by name.
func (s *Service) List(ctx context.Context) ([]Tenant, error) {
	var all []Tenant
	err := s.DB.Survey(ctx, "list tenants", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&all).Order("name").Scan(ctx)
	})
	return all, err
}

// BySlug finds a community by its short name.
func (s *Service) BySlug(ctx context.Context, slug string) (*Tenant, error) {
	tenant := &Tenant{}
	err := s.DB.Survey(ctx, "find tenant", func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(tenant).Where("slug = ?", slug).Scan(ctx)
	})
	return tenant, err
}

// ByID finds a community, from memory where it is fresh.
func (s *Service) ByID(ctx context.Context, tenant id.ID) (*Tenant, error) {
	known, err := s.known(ctx)
	if err != nil {
		return nil, err
	}
	if found := known.byID[tenant]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("tenant %s: %w", tenant, fault.NotFound)
}

// ChangeSettings changes a community's settings as they are: two who change
// different ones lose neither.
func (s *Service) ChangeSettings(ctx context.Context, tenant id.ID, change func(*Settings) error) error {
	err := s.DB.System(ctx, "change settings", func(ctx context.Context, tx bun.IDB) error {
		found := &Tenant{}
		query := tx.NewSelect().Model(found).Where("id = ?", tenant)
		if s.DB.Engine == database.PostgreSQL {
			query.For("UPDATE")
		}
		if err := query.Scan(ctx); err != nil {
			return err
		}
		if err := change(&found.Settings); err != nil {
			return err
		}
		encoded, err := json.Marshal(found.Settings)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*Tenant)(nil)).Set("settings = ?", string(encoded)).Where("id = ?", tenant).Exec(ctx)
		return err
	})
	s.Forget()
	return err
}

// Suspend closes a community to all but a notice, or opens it again. The
// reason is kept with who and when.
func (s *Service) Suspend(ctx context.Context, tenant, staff id.ID, suspended bool, reason string) error {
	if utf8.RuneCountInString(reason) < 3 {
		return fault.InvalidField("reason", "error.reason")
	}
	now := s.Clock.Now()
	err := s.DB.System(ctx, "suspend or resume", func(ctx context.Context, tx bun.IDB) error {
		row := &Suspension{TenantID: tenant, ID: id.New(now), Suspended: suspended, Reason: reason, StaffID: staff, At: now}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		result, err := tx.NewUpdate().Model((*Tenant)(nil)).Set("suspended = ?", suspended).Where("id = ?", tenant).Exec(ctx)
		if err != nil {
			return err
		}
		if changed, _ := result.RowsAffected(); changed == 0 {
			return fault.NotFound
		}
		_, err = tx.NewInsert().Model(&outbox.Row{Owned: database.Owned{TenantID: tenant}, ID: id.New(now),
			Fact: SuspensionDecided, Payload: []byte("{}"), CreatedAt: now, DueAt: now}).Exec(ctx)
		return err
	})
	s.Forget()
	return err
}
