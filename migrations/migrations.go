// Package migrations holds the one road of schema changes, a numbered file per
// step, templated where the two engines differ.
package migrations

import (
	"context"
	"embed"
	"fmt"

	"github.com/uptrace/bun/migrate"

	"github.com/kumun/kumun/internal/database"
)

//go:embed *.sql
var files embed.FS

// engine is what the files' templates may ask.
type engine struct {
	PostgreSQL bool
	SQLite     bool
	// Time is the type of a point in time.
	Time string
	// JSON is the type of a document.
	JSON string
}

// Owned closes a table to all tenants but the row's own. It follows the
// CREATE TABLE of every table that has a tenant_id. 0031 says why there are few
// statistics of it.
func (e engine) Owned(table string) string {
	if !e.PostgreSQL {
		return ""
	}
	return fmt.Sprintf(`
ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY;
ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;
ALTER TABLE %[1]s ALTER COLUMN tenant_id SET STATISTICS 1;
CREATE POLICY tenant ON %[1]s TO %[2]s
  USING (tenant_id = (SELECT nullif(current_setting('kumun.tenant', true), '')::bigint))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('kumun.tenant', true), '')::bigint));
CREATE POLICY operator ON %[1]s TO CURRENT_USER USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON %[1]s TO %[2]s;`, table, database.AppRole)
}

// Readable lets tenants' statements read a table that belongs to no tenant.
func (e engine) Readable(table string) string {
	if !e.PostgreSQL {
		return ""
	}
	return fmt.Sprintf(`GRANT SELECT ON %s TO %s;`, table, database.AppRole)
}

func migrator(db *database.DB) (*migrate.Migrator, error) {
	steps := migrate.NewMigrations()
	if err := steps.Discover(files); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	data := engine{SQLite: true, Time: "TIMESTAMP", JSON: "TEXT"}
	if db.Engine == database.PostgreSQL {
		data = engine{PostgreSQL: true, Time: "TIMESTAMPTZ", JSON: "JSONB"}
	}
	return migrate.NewMigrator(db.Owner(), steps,
		migrate.WithMarkAppliedOnSuccess(true), migrate.WithTemplateData(data)), nil
}

// Apply runs the steps that the store has not seen and names them.
func Apply(ctx context.Context, db *database.DB) ([]string, error) {
	road, err := migrator(db)
	if err != nil {
		return nil, err
	}
	if err := road.Init(ctx); err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	if err := road.Lock(ctx); err != nil {
		return nil, fmt.Errorf("another migration runs or has crashed (kumun migrate --unlock): %w", err)
	}
	defer func() { _ = road.Unlock(context.WithoutCancel(ctx)) }()
	group, err := road.Migrate(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var names []string
	for _, step := range group.Migrations {
		names = append(names, step.Name+"_"+step.Comment)
	}
	return names, nil
}

// Pending names the steps that the store has not seen.
func Pending(ctx context.Context, db *database.DB) ([]string, error) {
	road, err := migrator(db)
	if err != nil {
		return nil, err
	}
	all, err := road.MigrationsWithStatus(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var names []string
	for _, step := range all.Unapplied() {
		names = append(names, step.Name)
	}
	return names, nil
}

// Unlock removes the lock that a crashed migration left.
func Unlock(ctx context.Context, db *database.DB) error {
	road, err := migrator(db)
	if err != nil {
		return err
	}
	return road.Unlock(ctx)
}
