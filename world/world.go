// Package world builds the worlds that tests act in: a community, its people
// and a neighbour community that must see nothing of it.
package world

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/migrations"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
)

// Today is the day on which every world begins: a Tuesday in November.
var Today = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// World is a store with two communities.
type World struct {
	DB        *database.DB
	Clock     *clock.Moved
	Outbox    *outbox.Outbox
	Tenants   *tenants.Service
	Tenant    *tenants.Tenant
	Neighbour *tenants.Tenant
}

// New opens a world of its own for the test.
func New(t testing.TB) *World {
	t.Helper()
	now := clock.At(Today)
	db := Open(t)
	w := &World{DB: db, Clock: now, Outbox: &outbox.Outbox{Clock: now},
		Tenants: &tenants.Service{DB: db, Clock: now, Base: "kumun.test"}}
	w.Tenant = w.Community(t, "cornouaille", "Cornouaille", look.Cornouaille)
	w.Neighbour = w.Community(t, "villeray", "Villeray", look.Villeray)
	return w
}

// Community opens one more.
func (w *World) Community(t testing.TB, slug, name string, seeds look.Seeds) *tenants.Tenant {
	t.Helper()
	tenant, err := w.Tenants.Create(t.Context(), slug, name, tenants.Settings{Look: seeds, Indexed: true})
	if err != nil {
		t.Fatalf("open %s: %v", slug, err)
	}
	return tenant
}

// Open returns an empty, migrated store on the engine that
// KUMUN_TEST_ENGINE names: sqlite (the default) or postgres.
func Open(t testing.TB) *database.DB {
	t.Helper()
	if os.Getenv("KUMUN_TEST_ENGINE") == "postgres" {
		return lend(t)
	}
	path := filepath.Join(t.TempDir(), "kumun.db")
	copyTemplate(t, path)
	db, err := database.Open(t.Context(), "sqlite:"+path, "")
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.AddQueryHook(sieve{t})
	return db
}

// store is a database of PostgreSQL with its connections, which one test after
// the other uses: to open connections takes longer than most tests.
type store struct {
	ownerURL string
	db       *database.DB
}

var idle struct {
	sync.Mutex
	stores []store
}

func lend(t testing.TB) *database.DB {
	t.Helper()
	idle.Lock()
	var s store
	if last := len(idle.stores) - 1; last >= 0 {
		s, idle.stores = idle.stores[last], idle.stores[:last]
	}
	idle.Unlock()
	if s.db == nil {
		// It stays until the server ends.
		var appURL string
		s.ownerURL, appURL = services.PostgreSQLFrom(&services.Program{}, "migrated", migrate)
		var err error
		if s.db, err = database.Open(context.Background(), appURL, s.ownerURL); err != nil {
			t.Fatalf("open the store: %v", err)
		}
	}
	t.Cleanup(func() {
		services.Renew(t, s.ownerURL)
		idle.Lock()
		defer idle.Unlock()
		idle.stores = append(idle.stores, s)
	})
	// Hooks and listeners are each test's own.
	lent := *s.db
	lent.AddQueryHook(sieve{t})
	return &lent
}

func migrate(url string) error {
	db, err := database.Open(context.Background(), url, "")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = migrations.Apply(context.Background(), db)
	return err
}

var template struct {
	sync.Once
	path string
	err  error
}

// copyTemplate saves each SQLite test the road of migrations: it is walked
// once a process.
func copyTemplate(t testing.TB, path string) {
	t.Helper()
	template.Do(func() {
		folder, err := os.MkdirTemp("", "kumun-world")
		if err != nil {
			template.err = err
			return
		}
		template.path = filepath.Join(folder, "template.db")
		db, err := database.Open(t.Context(), "sqlite:"+template.path, "")
		if err != nil {
			template.err = err
			return
		}
		_, template.err = migrations.Apply(t.Context(), db)
		_ = db.Close()
	})
	if template.err != nil {
		t.Fatalf("template store: %v", template.err)
	}
	source, err := os.Open(template.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(target, source); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
}
