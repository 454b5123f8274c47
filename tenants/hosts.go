package tenants

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// freshFor is how long another process may take to learn of a new community
// or a suspension.
const freshFor = 2 * time.Second

// registry is what is known of all tenants at one moment, never changed.
type registry struct {
	byHost map[string]*Tenant
	byID   map[id.ID]*Tenant
	read   time.Time
}

// NormaliseHost writes a host as the store keeps it: lower case, no default
// port, no trailing dot.
func NormaliseHost(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return strings.TrimSuffix(host, ".")
	}
	name = strings.TrimSuffix(name, ".")
	if port == "80" || port == "443" {
		return name
	}
	return net.JoinHostPort(name, port)
}

// ByHost finds the community that answers at a host. The bare base host is
// nobody's: the operator's.
func (s *Service) ByHost(ctx context.Context, host string) (*Tenant, error) {
	known, err := s.known(ctx)
	if err != nil {
		return nil, err
	}
	host = NormaliseHost(host)
	if found := known.byHost[host]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("host: %w", fault.NotFound)
}

// IsBase tells whether the host is the operator's.
func (s *Service) IsBase(host string) bool { return NormaliseHost(host) == s.Base }

// Forget makes the next look-up read the store.
func (s *Service) Forget() { s.registry.Store(nil) }

func (s *Service) known(ctx context.Context) (*registry, error) {
	now := s.Clock.Now()
	if known := s.registry.Load(); known != nil && now.Sub(known.read) < freshFor {
		return known, nil
	}
	var all []Tenant
	var domains []Domain
	err := s.DB.Survey(ctx, "find tenant by host", func(ctx context.Context, db bun.IDB) error {
		if err := db.NewSelect().Model(&all).Scan(ctx); err != nil {
			return err
		}
		return db.NewSelect().Model(&domains).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	known := &registry{byHost: map[string]*Tenant{}, byID: map[id.ID]*Tenant{}, read: now}
	for n := range all {
		known.byID[all[n].ID] = &all[n]
		known.byHost[all[n].Slug+"."+s.Base] = &all[n]
	}
	for _, domain := range domains {
		known.byHost[domain.Host] = known.byID[domain.TenantID]
	}
	s.registry.Store(known)
	return known, nil
}
