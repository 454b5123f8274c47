package billing_test

import (
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/world"
)

func TestAPlanIsPutForwardOnItsDaysAndNoOther(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, ronan := w.Till(t), w.Member(t, "ronan", actor.Partner)
	for _, plan := range []string{"adresse", "adresse-offre", "grand-large"} {
		listing := &billing.Listing{OwnerID: ronan.Member, OwnerName: "Ronan U.", Name: plan, Trade: "restaurant",
			Text: "On mange à midi.", Commune: "Plozévet", Plan: plan, State: billing.Live}
		if err := till.Adopt(t.Context(), ronan.Tenant, listing); err != nil {
			t.Fatal(err)
		}
	}
	first := world.Today.AddDate(0, 0, 1-world.Today.Day())

	days := map[string]int{}
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		chosen, err := till.Sponsored(t.Context(), ronan.Tenant, billing.Setting{}, day, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, listing := range chosen {
			days[listing.Name]++
		}
	}

	if days["adresse"] != 0 || days["adresse-offre"] != 4 || days["grand-large"] != 12 {
		t.Errorf("days put forward: %v", days)
	}
}

func TestPlaceAndTopicsChooseWhoIsPutForward(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	till, ronan := w.Till(t), w.Member(t, "ronan", actor.Partner)
	always := []billing.Plan{{Key: "toujours", Name: "Toujours", PriceCents: 100, Currency: "EUR", Pitch: []string{}, Limits: billing.Limits{SponsoredDaysPerMonth: 31}}}
	if err := till.SavePlans(t.Context(), ronan.Tenant, always); err != nil {
		t.Fatal(err)
	}
	for _, commune := range []string{"Quimper", "Plozévet", "Bénodet"} {
		listing := &billing.Listing{OwnerID: ronan.Member, OwnerName: "Ronan U.", Name: commune, Trade: "restaurant",
			Text: "On mange à midi.", Commune: commune, Plan: "toujours", State: billing.Live}
		if err := till.Adopt(t.Context(), ronan.Tenant, listing); err != nil {
			t.Fatal(err)
		}
	}

	for _, commune := range []string{"Quimper", "Plozévet", "Bénodet"} {
		chosen, err := till.Sponsored(t.Context(), ronan.Tenant, billing.Setting{Commune: commune}, world.Today, 1)
		if err != nil || len(chosen) != 1 || chosen[0].Commune != commune {
			t.Errorf("in %s: %v, %v", commune, chosen, err)
		}
	}
	if chosen, err := till.Sponsored(t.Context(), w.Neighbour.ID, billing.Setting{}, world.Today, 5); err != nil || len(chosen) != 0 {
		t.Errorf("the neighbour is shown %v, %v", chosen, err)
	}
}
