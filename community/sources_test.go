package community_test

import (
	"encoding/json"
	"testing"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/world"
)

func TestSearchFollowsGroupsAndListings(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna := w.Member(t, "anna")
	group := w.Group(t, "nager en hiver", anna)
	partners := &billing.Service{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Policy: world.Policy{}, Tenants: w.Tenants}
	listing := &billing.Listing{OwnerID: anna.Member, OwnerName: "La Billig Bleue", Name: "La Billig Bleue", Trade: "crêperie", Text: "Du sarrasin d'ici.",
		Commune: "Quimper", State: billing.Live, Plan: "adresse", CreatedAt: w.Clock.Now()}
	if err := partners.Adopt(t.Context(), w.Tenant.ID, listing); err != nil {
		t.Fatal(err)
	}
	search := &community.Search{DB: w.DB, Clock: w.Clock, Groups: community.GroupDocuments(w.Groups()), Listings: community.ListingDocuments(partners)}
	fact := func(piece id.ID) json.RawMessage {
		payload, err := json.Marshal(map[string]id.ID{"id": piece})
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	follow := func() {
		t.Helper()
		for range 2 { // a fact may come twice
			if err := search.IndexGroup(t.Context(), w.Tenant.ID, fact(group.ID)); err != nil {
				t.Fatal(err)
			}
			if err := search.IndexListing(t.Context(), w.Tenant.ID, fact(listing.ID)); err != nil {
				t.Fatal(err)
			}
		}
	}
	find := func(query string) []community.Hit {
		t.Helper()
		found, err := search.Find(t.Context(), w.Tenant.ID, query, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		return found.Hits
	}

	follow()
	if hits := find("nager"); len(hits) != 1 || hits[0].Kind != community.GroupKind || hits[0].Path != group.Path() {
		t.Errorf("group: %+v", hits)
	}
	if hits := find("creperie"); len(hits) != 1 || hits[0].Sponsor != "La Billig Bleue" {
		t.Errorf("listing: %+v", hits)
	}

	if err := w.Groups().SetState(t.Context(), w.Tenant.ID, group.ID, membership.Hidden); err != nil {
		t.Fatal(err)
	}
	listing.Moderation = moderation.Hidden
	if err := partners.Adopt(t.Context(), w.Tenant.ID, listing); err != nil {
		t.Fatal(err)
	}
	follow()
	if hits := append(find("nager"), find("creperie")...); len(hits) != 0 {
		t.Errorf("hidden, but found: %+v", hits)
	}
}
