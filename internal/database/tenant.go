package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Owned is embedded in every row that belongs to a tenant.
type Owned struct {
	TenantID id.ID `bun:"tenant_id,pk"`
}

func (o *Owned) own(tenant id.ID) { o.TenantID = tenant }

// Tx is a transaction bound to one tenant. Its builders add the tenant; raw
// statements must name `?tenant` or are refused.
type Tx struct {
	Engine Engine
	Tenant id.ID

	connection bun.IDB
	after      *[]func()
}

// Select starts a query on the model's rows of this tenant. Further tables are
// for Query.
func (tx Tx) Select(model any) *bun.SelectQuery {
	return tx.connection.NewSelect().Model(model).Where("?TableAlias.tenant_id = ?", tx.Tenant)
}

// Insert starts an insertion of one row or a slice of rows, which it makes the
// tenant's own.
func (tx Tx) Insert(model any) *bun.InsertQuery {
	own(reflect.ValueOf(model), tx.Tenant)
	return tx.connection.NewInsert().Model(model)
}

// Update starts a change of the model's rows of this tenant.
func (tx Tx) Update(model any) *bun.UpdateQuery {
	return tx.connection.NewUpdate().Model(model).Where("?TableAlias.tenant_id = ?", tx.Tenant)
}

// Delete starts a deletion of the model's rows of this tenant.
func (tx Tx) Delete(model any) *bun.DeleteQuery {
	return tx.connection.NewDelete().Model(model).Where("?TableAlias.tenant_id = ?", tx.Tenant)
}

// Query runs a statement that should be read as SQL and scans its rows into
// dest: a pointer to a struct, a slice, a map or values.
func (tx Tx) Query(ctx context.Context, dest any, statement string, args ...any) error {
	if err := boundToTenant(statement); err != nil {
		return err
	}
	return tx.connection.NewRaw(statement, args...).Scan(ctx, dest)
}

// Exec runs a statement that should be read as SQL and tells how many rows it
// changed.
func (tx Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	if err := boundToTenant(statement); err != nil {
		return 0, err
	}
	result, err := tx.connection.NewRaw(statement, args...).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// AfterCommit runs a function once the transaction is safe in the store.
func (tx Tx) AfterCommit(do func()) { *tx.after = append(*tx.after, do) }

func boundToTenant(statement string) error {
	if !strings.Contains(statement, "?tenant") {
		return fmt.Errorf("statement without ?tenant: %.80s", statement)
	}
	return nil
}

func own(value reflect.Value, tenant id.ID) {
	switch value.Kind() {
	case reflect.Pointer:
		if row, ok := value.Interface().(interface{ own(id.ID) }); ok {
			row.own(tenant)
			return
		}
		own(value.Elem(), tenant)
	case reflect.Slice:
		for n := range value.Len() {
			element := value.Index(n)
			if element.Kind() != reflect.Pointer {
				element = element.Addr()
			}
			own(element, tenant)
		}
	default:
		panic(fmt.Sprintf("insert %s: rows embed database.Owned and are passed by pointer", value.Type()))
	}
}

type txKey struct{}

// open is a transaction that calls further down join.
type open struct {
	tx       Tx
	writable bool
}

// Read runs do in the tenant's view of the store. Inside another transaction
// of the same tenant it joins that one.
func (db *DB) Read(ctx context.Context, tenant id.ID, do func(context.Context, Tx) error) error {
	if current, ok := ctx.Value(txKey{}).(open); ok {
		if current.tx.Tenant != tenant {
			return fmt.Errorf("read tenant %d inside a transaction of tenant %d", tenant, current.tx.Tenant)
		}
		return kind(do(ctx, current.tx))
	}
	if shared, ok := ctx.Value(sharedKey{}).(*shared); ok {
		return shared.read(ctx, db, tenant, do)
	}
	return db.transaction(ctx, tenant, false, do)
}

// Write runs do in one transaction of the tenant: all of it is kept, or
// nothing. Inside another transaction of the same tenant it joins that one.
func (db *DB) Write(ctx context.Context, tenant id.ID, do func(context.Context, Tx) error) error {
	if current, ok := ctx.Value(txKey{}).(open); ok {
		if current.tx.Tenant != tenant || !current.writable {
			return fmt.Errorf("write tenant %d inside a transaction that is not its own", tenant)
		}
		return kind(do(ctx, current.tx))
	}
	return db.transaction(ctx, tenant, true, do)
}

func (db *DB) transaction(ctx context.Context, tenant id.ID, writable bool, do func(context.Context, Tx) error) (err error) {
	tx, end, err := db.begin(ctx, tenant, writable)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			_ = end(ctx, false)
		}
	}()
	if err := do(context.WithValue(ctx, txKey{}, open{tx, writable}), tx); err != nil {
		return kind(err)
	}
	kept = true
	if err := end(ctx, true); err != nil {
		return kind(fmt.Errorf("commit: %w", err))
	}
	if writable {
		for _, do := range *tx.after {
			do()
		}
		for _, listen := range db.committed {
			listen(int64(tenant))
		}
	}
	return nil
}

// begin opens a transaction with its tenant in one message.
func (db *DB) begin(ctx context.Context, tenant id.ID, writable bool) (Tx, func(context.Context, bool) error, error) {
	pool, statement := db.reader, "BEGIN"
	if writable {
		pool = db.writer
	}
	switch {
	case db.Engine == PostgreSQL:
		statement = fmt.Sprintf("BEGIN; SET LOCAL kumun.tenant = '%d'", tenant)
	case writable:
		statement = "BEGIN IMMEDIATE"
	}
	connection, err := pool.WithNamedArg("tenant", tenant).Conn(ctx)
	if err != nil {
		return Tx{}, nil, fmt.Errorf("%w: connect to the store: %w", fault.Unavailable, err)
	}
	if _, err := connection.Conn.ExecContext(ctx, statement); err != nil {
		discard(connection)
		return Tx{}, nil, fmt.Errorf("%w: begin: %w", fault.Unavailable, err)
	}
	end := func(ctx context.Context, keep bool) error {
		last := "ROLLBACK"
		if keep {
			last = "COMMIT"
		}
		if _, err := connection.Conn.ExecContext(context.WithoutCancel(ctx), last); err != nil {
			discard(connection)
			return err
		}
		return connection.Close()
	}
	return Tx{Engine: db.Engine, Tenant: tenant, connection: connection, after: new([]func())}, end, nil
}

// discard closes a connection whose state is unknown instead of returning it.
func discard(connection bun.Conn) {
	_ = connection.Raw(func(any) error { return driver.ErrBadConn })
	_ = connection.Close()
}

type sharedKey struct{}

// shared is the one reading transaction of a request, opened at its first read.
type shared struct {
	mu  sync.Mutex
	tx  Tx
	end func(context.Context, bool) error
}

// Share lets all reads under the returned context use one transaction, until
// done is called.
func Share(ctx context.Context) (_ context.Context, done func()) {
	one := &shared{}
	return context.WithValue(ctx, sharedKey{}, one), func() {
		one.mu.Lock()
		defer one.mu.Unlock()
		if one.end != nil {
			_ = one.end(ctx, false)
			one.end = nil
		}
	}
}

func (s *shared) read(ctx context.Context, db *DB, tenant id.ID, do func(context.Context, Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		tx, end, err := db.begin(ctx, tenant, false)
		if err != nil {
			return err
		}
		s.tx, s.end = tx, end
	}
	if s.tx.Tenant != tenant {
		return fmt.Errorf("read tenant %d in a request of tenant %d", tenant, s.tx.Tenant)
	}
	err := do(context.WithValue(ctx, txKey{}, open{s.tx, false}), s.tx)
	if err != nil && db.Engine == PostgreSQL {
		// PostgreSQL has aborted the transaction: the next read needs another.
		_ = s.end(ctx, false)
		s.end = nil
	}
	return kind(err)
}

// System runs do across tenants, for the operator and for the relay. The
// reason names who asks; it is logged.
func (db *DB) System(ctx context.Context, reason string, do func(context.Context, bun.IDB) error) error {
	if _, ok := ctx.Value(txKey{}).(open); ok {
		return fmt.Errorf("%s: cross-tenant work inside a tenant's transaction", reason)
	}
	slog.DebugContext(ctx, "cross-tenant access", "reason", reason)
	err := db.owner.RunInTx(ctx, &sql.TxOptions{}, func(ctx context.Context, tx bun.Tx) error { return do(ctx, tx) })
	if err != nil {
		return kind(fmt.Errorf("%s: %w", reason, err))
	}
	return nil
}

// Survey runs a reading do across tenants.
func (db *DB) Survey(ctx context.Context, reason string, do func(context.Context, bun.IDB) error) error {
	slog.DebugContext(ctx, "cross-tenant reading", "reason", reason)
	pool := db.owner
	if db.Engine == SQLite {
		pool = db.reader
	}
	if err := do(ctx, pool); err != nil {
		return kind(fmt.Errorf("%s: %w", reason, err))
	}
	return nil
}

// kind gives a driver's error the kind that faces know.
func kind(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows) && !errors.Is(err, fault.NotFound):
		return fmt.Errorf("%w: %w", fault.NotFound, err)
	case isUniqueViolation(err) && !errors.Is(err, fault.Conflict):
		return fmt.Errorf("%w: %w", fault.Conflict, err)
	}
	return err
}
