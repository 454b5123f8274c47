package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/jobs"
)

// What the route walk needs of the wiring.
var (
	Furnish = furnish
	Door    = (*rooms).door

	KeepFigures = (*rooms).keepFigures
)

// The settings that they take.
type (
	StoreSettings = storeSettings
	Settings      = settings
)

// ShowLetters opens the mailbox of the demonstration.
func (r *rooms) ShowLetters() { r.mailbox = true }

// Demonstration is a demonstration community with all its pieces indexed.
type Demonstration struct {
	Tenant id.ID
	Search *community.Search
	Keys   map[id.ID]string // what the file calls each piece
}

// Demonstrate loads a demonstration community and follows its facts.
func Demonstrate(t *testing.T, db *database.DB, name string) Demonstration {
	t.Helper()
	rooms, err := furnish(t.Context(), storeSettings{Data: t.TempDir(), BaseURL: "https://kumun.test"}, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	tenant, _, err := demoCommand{}.load(t.Context(), rooms, name)
	if err != nil {
		t.Fatal(err)
	}
	demo := Demonstration{tenant.ID, rooms.search, map[id.ID]string{}}
	var facts []struct {
		Fact    string
		Payload json.RawMessage
	}
	var keys []struct {
		Key     string
		PieceID id.ID
	}
	err = db.Read(t.Context(), tenant.ID, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Query(ctx, &keys, "SELECT key, piece_id FROM imported WHERE tenant_id = ?tenant"); err != nil {
			return err
		}
		return tx.Query(ctx, &facts, "SELECT fact, payload FROM outbox WHERE tenant_id = ?tenant ORDER BY id")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range keys {
		demo.Keys[one.PieceID] = one.Key
	}
	follow := map[string]jobs.Handler{"group.changed": rooms.search.IndexGroup, "listing.changed": rooms.search.IndexListing}
	for _, one := range facts {
		if handler := follow[one.Fact]; handler != nil {
			if err := handler(t.Context(), tenant.ID, one.Payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	return demo
}
