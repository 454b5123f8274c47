package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/transfer"
	"github.com/kumun/kumun/web/operator"
)

// recalled is since when people of the demonstration find news of what others
// said of their pieces.
const recalled = 14 * 24 * time.Hour

type demoCommand struct {
	Listen      string `help:"Address to answer at; 127.0.0.1:8080 or the next free port."`
	Data        string `help:"Keep the demonstration in this folder; a new one each time when empty."`
	Reset       bool   `help:"Begin anew in the folder."`
	SMTPURL     string `name:"smtp-url" env:"SMTP_URL" help:"Send mail for real; else it lands at /dev/mail."`
	RedisURL    string `name:"redis-url" env:"REDIS_URL" help:"redis://…; one in the process when empty."`
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" help:"postgres://…; SQLite in the folder when empty."`
	OwnerURL    string `name:"database-owner-url" env:"DATABASE_OWNER_URL" help:"PostgreSQL: the role that owns the tables."`
	ResendAfter string `name:"resend-after" env:"KUMUN_RESEND_AFTER" default:"60s" help:"How long handed work may take before it is handed again."`
}

// Run opens the demonstration.
func (c demoCommand) Run(ctx context.Context) error {
	folder, clean := c.Data, func() {}
	if folder == "" {
		var err error
		if folder, clean, err = temporaryFolder(); err != nil {
			return err
		}
	} else if c.Reset {
		for _, name := range []string{"kumun.db", "kumun.db-wal", "kumun.db-shm"} {
			if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		if err := os.RemoveAll(filepath.Join(folder, "pictures")); err != nil {
			return err
		}
	}
	defer clean()
	listeners, err := c.listen(1 + len(transfer.Demos))
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(listeners[0].Addr().String())
	if err != nil {
		return err
	}
	s, err := c.settings(folder, "http://localhost:"+port)
	if err != nil {
		return err
	}
	return serve(ctx, s, listeners, true, true, func(ctx context.Context, r *rooms) (*operator.Demo, error) {
		return c.furnish(ctx, r, listeners)
	})
}

// listen takes the address that was asked for, else 8080 or the next free
// one; and for each community a port of its own, since *.localhost does not
// resolve everywhere.
func (c demoCommand) listen(count int) ([]net.Listener, error) {
	var listeners []net.Listener
	port := 8080
	if c.Listen != "" {
		first, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return nil, fmt.Errorf("--listen: %w", err)
		}
		listeners = append(listeners, first)
		port = first.Addr().(*net.TCPAddr).Port + 1
	}
	for ; len(listeners) < count; port++ {
		if port > 65000 {
			return nil, errors.New("no free port on 127.0.0.1")
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// furnish loads the communities and tells where they are.
func (c demoCommand) furnish(ctx context.Context, r *rooms, listeners []net.Listener) (*operator.Demo, error) {
	demo := &operator.Demo{Mailbox: r.mailbox}
	fmt.Printf("\n  Kumun    http://%s/   (choose who you are, one button each)\n", r.tenants.Base)
	for n, name := range transfer.Demos {
		tenant, people, err := c.load(ctx, r, name)
		if err != nil {
			return nil, err
		}
		own := listeners[n+1].Addr().String()
		if err := r.tenants.AddDomain(ctx, tenant.ID, own); err != nil {
			return nil, err
		}
		fmt.Printf("  %-12s %s/   or   http://%s/\n", tenant.Name, r.address(tenant), own)
		demo.People = append(demo.People, people...)
	}
	fmt.Println("\n  To sign in by mail, use the address of one of its people (KEY@example.org,")
	fmt.Println("  such as nolwenn@example.org) and read the letter at /dev/mail.")
	fmt.Println("  Stop with Ctrl-C.")
	demo.Enter = func(ctx context.Context, persona operator.Persona) (string, error) {
		return r.members.OneTimeLink(ctx, persona.Tenant.ID, persona.Email)
	}
	demo.StaffPath = func(ctx context.Context) (string, error) {
		token, err := r.operators.Link(ctx, "operator@example.org")
		return "/operator/connexion/" + token, err
	}
	return demo, nil
}

func (c demoCommand) load(ctx context.Context, r *rooms, name string) (*tenants.Tenant, []operator.Persona, error) {
	file, _, err := transfer.Parse(bytes.NewReader(transfer.Demo(name)), r.clock.Now())
	if err != nil {
		return nil, nil, fmt.Errorf("demonstration %s: %w", name, err)
	}
	tenant, err := r.tenants.BySlug(ctx, file.Tenant.Slug)
	if errors.Is(err, fault.NotFound) {
		file.Tenant.Settings.Demonstration = true
		if tenant, err = r.tenants.Create(ctx, file.Tenant.Slug, file.Tenant.Name, file.Tenant.Settings); err == nil {
			_, err = r.importer.Import(ctx, tenant, file)
		}
		if err == nil {
			err = r.telling.Recall(ctx, tenant.ID, r.clock.Now().Add(-recalled))
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("demonstration %s: %w", name, err)
	}
	return tenant, personas(tenant, file), nil
}

// personas picks one of each role, the strongest first, and a plain resident.
func personas(tenant *tenants.Tenant, file *transfer.File) []operator.Persona {
	wanted := []actor.Role{actor.Moderator, actor.Editor, actor.Ambassador, actor.Partner, actor.Admin}
	var people []operator.Persona
	taken := map[string]bool{}
	add := func(member transfer.Member, role actor.Role) {
		taken[member.Key] = true
		people = append(people, operator.Persona{Tenant: tenant, Email: member.Email, Name: member.Name, Role: string(role)})
	}
	for _, member := range file.Members {
		if len(member.Roles) == 0 || (len(member.Roles) == 1 && member.Roles[0] == actor.Member) {
			add(member, actor.Member)
			break
		}
	}
	for _, role := range wanted {
		for _, member := range file.Members {
			if !taken[member.Key] && slices.Contains(member.Roles, role) {
				add(member, role)
				break
			}
		}
	}
	return people
}

func (c demoCommand) settings(folder, base string) (settings, error) {
	resend, err := time.ParseDuration(c.ResendAfter)
	if err != nil {
		return settings{}, fmt.Errorf("KUMUN_RESEND_AFTER: %w", err)
	}
	return settings{storeSettings: storeSettings{Data: folder, DatabaseURL: c.DatabaseURL, DatabaseOwnerURL: c.OwnerURL, BaseURL: base},
		RedisURL: c.RedisURL, mailSettings: mailSettings{SMTPURL: c.SMTPURL}, ResendAfter: resend}, nil
}
