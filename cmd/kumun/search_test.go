package main_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	kumun "github.com/kumun/kumun/cmd/kumun"
	"github.com/kumun/kumun/world"
)

// TestPeopleFindWhatTheySeek asks what people would of the demonstration: with
// accents missing, plurals, a typo, elisions and other words for the same.
// Three queries may fail; the file was written before search was made to
// find it, and is not to be bent to what is found.
func TestPeopleFindWhatTheySeek(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../community/testdata/queries.json")
	if err != nil {
		t.Fatal(err)
	}
	var queries []struct {
		Query, Tries string
		Wants        []string
	}
	if err := json.Unmarshal(text, &queries); err != nil {
		t.Fatal(err)
	}
	demo := kumun.Demonstrate(t, world.Open(t), "cornouaille")

	var lost []string
	for _, one := range queries {
		found, err := demo.Search.Find(t.Context(), demo.Tenant, one.Query, "", 1)
		if err != nil {
			t.Fatalf("%q: %v", one.Query, err)
		}
		var first []string
		for _, hit := range found.Hits[:min(3, len(found.Hits))] {
			first = append(first, demo.Keys[hit.PieceID])
		}
		if !slices.ContainsFunc(first, func(key string) bool { return slices.Contains(one.Wants, key) }) {
			lost = append(lost, one.Query)
			t.Logf("%s: %q wants %v, found %v of %d, understood %q, loose %v", one.Tries, one.Query, one.Wants, first, found.Total, found.Understood, found.Loose)
		}
	}
	if len(queries) != 60 || len(lost) > 3 {
		t.Errorf("%d of %d queries do not find their piece among the first three: %q", len(lost), len(queries), lost)
	}
}
