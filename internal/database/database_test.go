package database_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/world"
)

func TestAFactIsSeenByItsTenantAlone(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	if err := w.DB.Write(ctx, w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return w.Outbox.Add(ctx, tx, "post.published", map[string]string{"title": "Le bain"})
	}); err != nil {
		t.Fatal(err)
	}

	count := func(tenant *bun.SelectQuery) int64 {
		n, err := tenant.Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, want := range map[string]int64{"own": 1, "neighbour": 0} {
		tenant := w.Tenant.ID
		if name == "neighbour" {
			tenant = w.Neighbour.ID
		}
		if err := w.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			if got := count(tx.Select((*outbox.Row)(nil))); got != want {
				t.Errorf("%s sees %d facts, want %d", name, got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARolledBackWriteLeavesNothing(t *testing.T) {
	w := world.New(t)
	boom := errors.New("boom")
	after := false
	err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		tx.AfterCommit(func() { after = true })
		if err := w.Outbox.Add(ctx, tx, "post.published", 1); err != nil {
			return err
		}
		return boom
	})

	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if after {
		t.Error("the commit's listener ran after a rollback")
	}
	if err := w.DB.Read(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		n, err := tx.Select((*outbox.Row)(nil)).Count(ctx)
		if n != 0 {
			t.Errorf("%d facts stayed", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestARawStatementWithoutItsTenantIsRefused(t *testing.T) {
	w := world.New(t)
	err := w.DB.Read(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		var n int
		return tx.Query(ctx, &n, "SELECT count(*) FROM outbox")
	})
	if err == nil || !strings.Contains(err.Error(), "?tenant") {
		t.Fatalf("got %v", err)
	}
}
