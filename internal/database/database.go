// Package database opens the store on SQLite or PostgreSQL and hands out
// handles that are bound to one tenant.
//
// Nothing outside this package holds a *bun.DB: a statement gets its tenant by
// construction, and on PostgreSQL row-level security stands behind that.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the "sqlite" driver
)

// Engine is one of the two engines.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// AppRole is the PostgreSQL role under which tenants' statements run. It owns
// nothing and cannot bypass row-level security.
const AppRole = "kumun_app"

// DB is the store.
type DB struct {
	Engine Engine

	writer *bun.DB
	reader *bun.DB
	owner  *bun.DB
	pools  []*pgxpool.Pool
	// Listeners that learn which tenant changed after each commit,
	// so that caches forget what they knew. They must return at once.
	committed []func(tenant int64)
}

// Open connects to `sqlite:PATH` or `postgres://…`. ownerURL is for PostgreSQL
// only: the role that owns the tables and serves the operator's cross-tenant
// work. When it is empty the one URL serves both, and tenants' connections
// take on AppRole.
func Open(ctx context.Context, appURL, ownerURL string) (*DB, error) {
	if path, ok := strings.CutPrefix(appURL, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(appURL, "postgres://") || strings.HasPrefix(appURL, "postgresql://") {
		return openPostgreSQL(ctx, appURL, ownerURL)
	}
	return nil, errors.New("DATABASE_URL: want sqlite:PATH or postgres://…")
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	open := func(connections int) (*bun.DB, error) {
		options := url.Values{"_pragma": {
			"journal_mode(wal)", "busy_timeout(5000)", "synchronous(normal)", "foreign_keys(1)", "cache_size(-4000)",
		}, "_txlock": {"immediate"}}
		pool, err := sql.Open("sqlite", "file:"+path+"?"+options.Encode())
		if err != nil {
			return nil, fmt.Errorf("DATABASE_URL: %w", err)
		}
		pool.SetMaxOpenConns(connections)
		pool.SetMaxIdleConns(connections)
		if err := pool.PingContext(ctx); err != nil {
			return nil, fmt.Errorf("DATABASE_URL: open %s: %w", path, err)
		}
		return bun.NewDB(pool, sqlitedialect.New()), nil
	}
	writer, err := open(1)
	if err != nil {
		return nil, err
	}
	reader, err := open(4)
	if err != nil {
		return nil, err
	}
	return &DB{Engine: SQLite, writer: writer, reader: reader, owner: writer}, nil
}

func openPostgreSQL(ctx context.Context, appURL, ownerURL string) (*DB, error) {
	db := &DB{Engine: PostgreSQL}
	open := func(setting, address string, onConnect string, connections int32) (*bun.DB, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, fmt.Errorf("%s is not a PostgreSQL address: %w", setting, err)
		}
		// Bun inlines values, so every text differs: preparing each one
		// costs a third, and prepared statements do not pass PgBouncer.
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
		config.ConnConfig.RuntimeParams["timezone"] = "UTC"
		config.MaxConns = connections
		if onConnect != "" {
			config.AfterConnect = func(ctx context.Context, connection *pgx.Conn) error {
				_, err := connection.Exec(ctx, onConnect)
				return err
			}
		}
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", setting, err)
		}
		db.pools = append(db.pools, pool)
		if err := pool.Ping(ctx); err != nil {
			return nil, fmt.Errorf("%s: PostgreSQL does not answer: %w", setting, err)
		}
		standard := stdlib.OpenDBFromPool(pool)
		standard.SetMaxIdleConns(0)
		return bun.NewDB(standard, pgdialect.New()), nil
	}
	takeRole := ""
	setting := "DATABASE_OWNER_URL"
	if ownerURL == "" {
		ownerURL, setting = appURL, "DATABASE_URL"
	}
	var err error
	if db.owner, err = open(setting, ownerURL, "", 6); err != nil {
		return nil, err
	}
	if ownerURL == appURL {
		if err := createAppRole(ctx, db.owner); err != nil {
			return nil, err
		}
		takeRole = "SET ROLE " + AppRole
	}
	if db.writer, err = open("DATABASE_URL", appURL, takeRole, 16); err != nil {
		return nil, err
	}
	db.reader = db.writer
	return db, db.proveAppRole(ctx)
}

func createAppRole(ctx context.Context, owner *bun.DB) error {
	var found, member bool
	err := owner.NewRaw(`SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ?)`, AppRole).Scan(ctx, &found)
	if err == nil && !found {
		_, err = owner.ExecContext(ctx, `CREATE ROLE `+AppRole+` NOLOGIN NOSUPERUSER NOBYPASSRLS`)
	}
	if err == nil {
		err = owner.NewRaw(`SELECT pg_has_role(current_user, ?, 'MEMBER')`, AppRole).Scan(ctx, &member)
	}
	if err == nil && !member {
		_, err = owner.ExecContext(ctx, `GRANT `+AppRole+` TO CURRENT_USER`)
	}
	if err != nil {
		return fmt.Errorf("DATABASE_URL: create the role %s: %w", AppRole, err)
	}
	return nil
}

// proveAppRole refuses to serve tenants under a role that row-level security
// would not bind.
func (db *DB) proveAppRole(ctx context.Context) error {
	var bypasses bool
	err := db.writer.NewRaw(`SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(ctx, &bypasses)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: read the role: %w", err)
	}
	if bypasses {
		return errors.New("DATABASE_URL: this role bypasses row-level security; use one that is only a member of " + AppRole)
	}
	return nil
}

// Owner is the handle of migrations; nothing else may use it.
func (db *DB) Owner() *bun.DB { return db.owner }

// OnCommit adds a listener that learns which tenant changed (0: several).
func (db *DB) OnCommit(listen func(tenant int64)) { db.committed = append(db.committed, listen) }

// AddQueryHook lets tests watch every statement.
func (db *DB) AddQueryHook(hook bun.QueryHook) {
	db.writer = db.writer.WithQueryHook(hook)
	if db.Engine == SQLite {
		db.owner = db.writer
		db.reader = db.reader.WithQueryHook(hook)
		return
	}
	db.reader = db.writer
	db.owner = db.owner.WithQueryHook(hook)
}

// Ping tells whether the store answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.reader.PingContext(ctx); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	return nil
}

// Close ends all connections.
func (db *DB) Close() error {
	err := errors.Join(db.writer.Close(), db.reader.Close(), db.owner.Close())
	for _, pool := range db.pools {
		pool.Close()
	}
	return err
}
