package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"
)

const postgresVariable = "KUMUN_TEST_POSTGRES"

// The roles of docs/running.md. The owner migrates, and its policies let it
// reach across tenants; the web role may do only what kumun_app may.
const roles = `
CREATE ROLE kumun_app NOLOGIN NOBYPASSRLS;
CREATE ROLE kumun_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB CREATEROLE IN ROLE kumun_app;
CREATE ROLE kumun_web LOGIN NOBYPASSRLS IN ROLE kumun_app;`

// PostgreSQL gives the test an empty database of its own, seen by its owner
// and by the role that the application runs as.
func PostgreSQL(t TB) (ownerURL, appURL string) {
	t.Helper()
	return createDatabase(t, "template1")
}

// PostgreSQLFrom gives the test its own copy of a database that prepare fills
// once for all test processes: migrations run once, not once a test. It must
// leave no connection open.
func PostgreSQLFrom(t TB, name string, prepare func(ownerURL string) error) (ownerURL, appURL string) {
	t.Helper()
	if err := prepareTemplate(postgresServer(t), "kumun_"+name, prepare); err != nil {
		t.Fatalf("prepare database %q: %v", name, err)
	}
	return createDatabase(t, "kumun_"+name)
}

func createDatabase(t TB, template string) (ownerURL, appURL string) {
	t.Helper()
	server := postgresServer(t)
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	err := execute(server, "CREATE DATABASE "+name+" OWNER kumun_owner TEMPLATE "+template+" STRATEGY file_copy")
	if err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Fatalf("drop database: %v", err)
		}
	})
	return databaseURL(server, "kumun_owner", name), databaseURL(server, "kumun_web", name)
}

var databases atomic.Int64

// prepareTemplate holds a lock, since test processes run side by side; a
// database shows under its name only once it is whole.
func prepareTemplate(server, name string, prepare func(ownerURL string) error) error {
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return err
	}
	var ready bool
	err = connection.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&ready)
	if err != nil || ready {
		return err
	}
	draft := name + "_draft"
	if err := execute(server, "DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)", "CREATE DATABASE "+draft+" OWNER kumun_owner"); err != nil {
		return err
	}
	if err := prepare(databaseURL(server, "kumun_owner", draft)); err != nil {
		return err
	}
	if err := execute(databaseURL(server, "postgres", draft), keep); err != nil {
		return err
	}
	return execute(server, "ALTER DATABASE "+draft+" RENAME TO "+name)
}

// What a prepared database holds is kept beside it, for Renew.
const (
	keep = `CREATE SCHEMA kept;
DO $$ DECLARE name text; filled bool; BEGIN
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
		IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END IF;
	END LOOP;
END $$`
	renew = `SET session_replication_role = replica; SET lock_timeout = '10s';
DO $$ DECLARE name text; BEGIN
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
		EXECUTE format('DELETE FROM public.%I', name);
	END LOOP;
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
		EXECUTE format('INSERT INTO public.%I TABLE kept.%I', name, name);
	END LOOP;
END $$`
)

// Renew gives a copy of a prepared database the rows that it began with, and
// no others. To make another copy, and to warm it up, takes several times as
// long.
func Renew(t TB, ownerURL string) {
	t.Helper()
	copied, err := url.Parse(ownerURL)
	if err == nil {
		copied.User = url.User("postgres")
		err = execute(copied.String(), renew)
	}
	if err != nil {
		t.Fatalf("renew a database: %v", err)
	}
}

func execute(server string, statements ...string) error {
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func databaseURL(server, role, database string) string {
	parsed, _ := url.Parse(server)
	parsed.User = url.User(role)
	parsed.Path = "/" + database
	return parsed.String()
}

func postgresServer(t TB) string {
	t.Helper()
	server, err := sharedOr(postgresVariable, startPostgres)
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return server
}

var startPostgres = sync.OnceValues(func() (string, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return "", err
	}
	account, err := unprivileged("postgres")
	if err != nil {
		return "", err
	}
	folder, err := newFolder(account)
	if err != nil {
		return "", err
	}
	data := filepath.Join(folder, "data")
	initialise := exec.Command(filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "postgres",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initialise.Dir = folder
	initialise.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	if output, err := initialise.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("initdb: %w\n%s", err, output), os.RemoveAll(folder))
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(address)
	started, err := startServer(folder, account, "QUIT", filepath.Join(programs, "postgres"), "-D", data,
		"-c", "listen_addresses=127.0.0.1", "-c", "port="+port, "-c", "unix_socket_directories=",
		"-c", "max_connections=400", "-c", "fsync=off", "-c", "synchronous_commit=off",
		"-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "jit=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0")
	if err != nil {
		return "", err
	}
	server := "postgres://postgres@" + address + "/postgres?sslmode=disable"
	err = started.await(func(ctx context.Context) error {
		connection, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		return connection.Close(ctx)
	})
	if err != nil {
		started.stop()
		return "", err
	}
	return server, execute(server, roles)
})

// postgresPrograms is the folder of initdb and postgres, which Debian and
// Homebrew keep out of the PATH.
func postgresPrograms() (string, error) {
	if initdb, found := findProgram("initdb"); found {
		return filepath.Dir(initdb), nil
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/initdb",
		"/opt/homebrew/opt/postgresql*/bin/initdb",
		"/usr/local/opt/postgresql*/bin/initdb",
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[len(found)-1]), nil
		}
	}
	return "", missing("PostgreSQL's server", "postgresql", "postgresql@15")
}
