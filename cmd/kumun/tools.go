package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/kumun/kumun/migrations"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/transfer"
)

// withRooms opens the store for a short command.
func withRooms(ctx context.Context, s storeSettings, do func(*rooms) error) error {
	db, err := openStore(ctx, s, strings.HasPrefix(s.database(), "sqlite:"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	r, err := furnish(ctx, s, db, nil)
	if err != nil {
		return err
	}
	return do(r)
}

type migrateCommand struct {
	storeSettings
	Unlock bool `help:"Remove the lock that a crashed migration left."`
}

// Run walks the road of migrations.
func (c migrateCommand) Run(ctx context.Context) error {
	db, err := openStore(ctx, c.storeSettings, false)
	if err == nil {
		fmt.Println("nothing to do")
		return db.Close()
	}
	if db, err = openBare(ctx, c.storeSettings); err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if c.Unlock {
		if err := migrations.Unlock(ctx, db); err != nil {
			return err
		}
	}
	names, err := migrations.Apply(ctx, db)
	for _, name := range names {
		fmt.Println("applied", name)
	}
	return err
}

type tenantCreateCommand struct {
	storeSettings
	Slug    string   `arg:"" help:"Short name: it answers at SLUG.HOST."`
	Name    string   `required:"" help:"Name as people read it."`
	Domain  []string `help:"Further hosts, with a port where they have one."`
	Address string   `enum:"tu,vous" default:"tu" help:"How it speaks French to people."`

	languageFlags
}

// languageFlags are what a community speaks: its own language, and others.
type languageFlags struct {
	Language string   `enum:"fr,en" default:"fr" help:"Its own language."`
	Also     []string `enum:"fr,en,br" help:"Further languages."`
}

func (f languageFlags) all() []string { return append([]string{f.Language}, f.Also...) }

// Run opens a community.
func (c tenantCreateCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		tenant, err := r.tenants.Create(ctx, c.Slug, c.Name, tenants.Settings{Address: c.Address, Language: c.Language, Languages: c.all()}, c.Domain...)
		if err != nil {
			return err
		}
		fmt.Println(r.address(tenant))
		return nil
	})
}

type tenantLanguagesCommand struct {
	storeSettings
	Slug string `arg:"" help:"Short name of the community."`

	languageFlags
}

// Run says which languages a community has.
func (c tenantLanguagesCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		tenant, err := r.tenants.BySlug(ctx, c.Slug)
		if err != nil {
			return fmt.Errorf("community %s: %w", c.Slug, err)
		}
		return r.tenants.SetLanguages(ctx, tenant.ID, c.Language, c.all())
	})
}

type tenantListCommand struct {
	storeSettings
	JSON bool `name:"json" help:"One JSON document."`
}

// Run lists communities.
func (c tenantListCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		all, err := r.tenants.List(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			encoder := json.NewEncoder(os.Stdout)
			encoder.SetIndent("", "  ")
			return encoder.Encode(all)
		}
		for _, tenant := range all {
			state := "open"
			if tenant.Suspended {
				state = "suspended"
			}
			fmt.Printf("%-20s %-10s %-30s %s\n", tenant.Slug, state, tenant.Name, r.address(&tenant))
		}
		return nil
	})
}

type memberLinkCommand struct {
	storeSettings
	Tenant string `required:"" help:"Short name of the community."`
	Email  string `required:"" help:"Address of the member."`
}

// Run prints a one-time sign-in link.
func (c memberLinkCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		tenant, err := r.tenants.BySlug(ctx, c.Tenant)
		if err != nil {
			return fmt.Errorf("community %s: %w", c.Tenant, err)
		}
		path, err := r.members.OneTimeLink(ctx, tenant.ID, c.Email)
		if err != nil {
			return err
		}
		fmt.Println(r.address(tenant) + path)
		return nil
	})
}

type staffLinkCommand struct {
	storeSettings
	Email string `required:"" help:"Address of somebody of the operator."`
}

// Run prints a one-time link to the console.
func (c staffLinkCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		token, err := r.operators.Link(ctx, c.Email)
		if err != nil {
			return err
		}
		fmt.Println(r.scheme + "://" + r.tenants.Base + "/operator/connexion/" + token)
		return nil
	})
}

type importCommand struct {
	storeSettings
	File   string `arg:"" type:"existingfile" help:"The file."`
	Tenant string `required:"" help:"Short name of the community."`
}

// Run brings a file in, whole or not at all.
func (c importCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		tenant, err := r.tenants.BySlug(ctx, c.Tenant)
		if err != nil {
			return fmt.Errorf("community %s: %w", c.Tenant, err)
		}
		content, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }()
		file, homeless, err := transfer.Parse(content, r.clock.Now().In(tenant.Location()))
		if err != nil {
			return err
		}
		counts, err := r.importer.Import(ctx, tenant, file)
		if err != nil {
			return err
		}
		fmt.Printf("%d members, %d groups, %d posts with %d comments, %d listings, %d reports, %d subscribers, %d letters; %d were here already\n",
			counts.Members, counts.Groups, counts.Posts, counts.Comments, counts.Listings, counts.Reports, counts.Subscribers, counts.Letters, counts.Renewed)
		for _, thing := range homeless {
			fmt.Printf("no home yet: %s (%d) at %s\n", thing.What, thing.Count, thing.Path)
		}
		return nil
	})
}
