package main

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/work"
	"github.com/kumun/kumun/notifications"
)

func (r *rooms) workshop() *work.Workshop { return &work.Workshop{DB: r.db, Outbox: r.outbox} }

type jobsStuckCommand struct{ storeSettings }

// Run lists what is no longer tried again by itself.
func (c jobsStuckCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		all, err := r.workshop().DeadFacts(ctx)
		if err != nil {
			return err
		}
		letters, err := r.letters.Undelivered(ctx)
		if err != nil {
			return err
		}
		communities, err := r.tenants.List(ctx)
		if err != nil {
			return err
		}
		slugs := map[id.ID]string{0: "-"} // the operator's own
		for _, one := range communities {
			slugs[one.ID] = one.Slug
		}
		for _, one := range append(all, letters...) {
			fmt.Printf("%-20s %-7s %-25s %s %s %s\n", slugs[one.TenantID], one.What, one.Kind, one.ID, one.At.UTC().Format(time.RFC3339), notifications.HintedIn(one.Problem))
		}
		return nil
	})
}

type jobsAgainCommand struct {
	storeSettings
	Tenant string `help:"Short name of the community; the operator's own when empty."`
	What   string `enum:"fact,letter" required:"" help:"fact or letter."`
	Kind   string `required:"" help:"Which kind of it, as kumun jobs stuck says."`
	ID     string `name:"id" help:"One alone; all of the kind when empty."`
}

// Run lets what failed be tried again.
func (c jobsAgainCommand) Run(ctx context.Context) error {
	return withRooms(ctx, c.storeSettings, func(r *rooms) error {
		of := work.Of{Kind: c.Kind}
		if c.Tenant != "" {
			tenant, err := r.tenants.BySlug(ctx, c.Tenant)
			if err != nil {
				return fmt.Errorf("community %s: %w", c.Tenant, err)
			}
			of.Tenant = tenant.ID
		}
		if c.ID != "" {
			row, err := id.Parse(c.ID)
			if err != nil {
				return err
			}
			of.Row = row
		}
		again := r.workshop().FactsAgain
		if c.What == work.ALetter {
			again = r.letters.SendAgain
		}
		// Nobody of the operator's people signed in here.
		count, err := again(ctx, 0, of)
		if err != nil {
			return err
		}
		fmt.Printf("%d tried again\n", count)
		return nil
	})
}
