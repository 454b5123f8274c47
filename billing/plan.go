package billing

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
)

// Plan is what a partner can subscribe to, by the month. Prices include tax.
type Plan struct {
	bun.BaseModel `bun:"table:plans,alias:plan"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Key        string
	Name       string
	PriceCents int64
	Currency   string
	Pitch      []string `bun:"type:json"`
	Limits     Limits   `bun:"type:json"`
	Position   int
}

// Limits is what a plan allows.
type Limits struct {
	Listings int `json:"listings"`
	Pictures int `json:"pictures"`
	// LiveDeals and People bound what comes with deals and shared accounts.
	LiveDeals             int `json:"live_deals"`
	SponsoredDaysPerMonth int `json:"sponsored_days_per_month"`
	People                int `json:"people"`
}

// defaultPlans is what a community sells until it decides, in its language.
func defaultPlans(settings tenants.Settings) []Plan {
	names, pitches := []string{"Adresse", "Adresse en vue", "Grand large"}, []string{
		"Une page, des horaires justes, un téléphone, et les voisins qui passent le mot.",
		"La page, et son tour en tête de liste et sur l'accueil.",
		"Pour qui veut être vu souvent, ou tient plusieurs portes.",
	}
	if settings.Language == "en" {
		names, pitches = []string{"Address", "Address in view", "Open sea"}, []string{
			"A page, the right hours, a telephone, and neighbours who pass the word on.",
			"The page, and its turn at the top of the list and on the home page.",
			"For whoever wants to be seen often, or has several doors.",
		}
	}
	limits := []Limits{
		{Listings: 1, Pictures: 3, People: 1},
		{Listings: 1, Pictures: 8, LiveDeals: 2, SponsoredDaysPerMonth: 4, People: 2},
		{Listings: 3, Pictures: 20, LiveDeals: 6, SponsoredDaysPerMonth: 12, People: 5},
	}
	prices := []int64{1900, 4900, 9900}
	plans := make([]Plan, len(names))
	for n, key := range []string{"adresse", "adresse-offre", "grand-large"} {
		plans[n] = Plan{Key: key, Name: names[n], PriceCents: prices[n], Currency: settings.Currency,
			Pitch: []string{pitches[n]}, Limits: limits[n], Position: n}
	}
	return plans
}

// Plans lists what a community sells, the cheapest first.
func (s *Service) Plans(ctx context.Context, tenant id.ID) ([]Plan, error) {
	var plans []Plan
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&plans).Order("plan.position", "plan.price_cents").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	if len(plans) > 0 {
		return plans, nil
	}
	community, err := s.Tenants.ByID(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return defaultPlans(community.Settings), nil
}

// SavePlans replaces what a community sells. Subscriptions that run keep the
// price they were bought at.
func (s *Service) SavePlans(ctx context.Context, tenant id.ID, plans []Plan) error {
	if len(plans) == 0 {
		return nil
	}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Delete((*Plan)(nil)).Exec(ctx); err != nil {
			return err
		}
		for n := range plans {
			plans[n].ID, plans[n].Position = id.New(s.Clock.Now()), n
		}
		_, err := tx.Insert(&plans).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("save plans: %w", err)
	}
	return nil
}

func (s *Service) plan(ctx context.Context, tenant id.ID, key string) (Plan, error) {
	plans, err := s.Plans(ctx, tenant)
	if err != nil {
		return Plan{}, err
	}
	found := slices.IndexFunc(plans, func(plan Plan) bool { return plan.Key == key })
	if found < 0 {
		return Plan{}, fault.InvalidField("plan", "error.billing.plan")
	}
	return plans[found], nil
}
