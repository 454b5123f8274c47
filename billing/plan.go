package billing

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
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

// defaultPlans is what a community sells until it decides.
func defaultPlans(currency string) []Plan {
	return []Plan{
		{Key: "adresse", Name: "Adresse", PriceCents: 1900, Currency: currency,
			Pitch: []string{
				"Ta page, tes horaires, ton téléphone, et les voisins qui passent le mot.",
				"Le prix d'un panier de crabes par mois, et tu arrêtes quand tu veux.",
			},
			Limits: Limits{Listings: 1, Pictures: 3, People: 1}},
		{Key: "adresse-offre", Name: "Adresse en vue", PriceCents: 4900, Currency: currency, Position: 1,
			Pitch: []string{
				"La page, et ton tour en tête de liste et sur l'accueil.",
				"Le mot « Sponsorisé » y est écrit, toujours.",
			},
			Limits: Limits{Listings: 1, Pictures: 8, LiveDeals: 2, SponsoredDaysPerMonth: 4, People: 2}},
		{Key: "grand-large", Name: "Grand large", PriceCents: 9900, Currency: currency, Position: 2,
			Pitch: []string{
				"Pour qui veut être vu souvent, ou tient plusieurs portes.",
				"Le mot « Sponsorisé » y est écrit, toujours.",
			},
			Limits: Limits{Listings: 3, Pictures: 20, LiveDeals: 6, SponsoredDaysPerMonth: 12, People: 5}},
	}
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
	return defaultPlans(community.Settings.Currency), nil
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
