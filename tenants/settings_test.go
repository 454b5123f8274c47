package tenants_test

import (
	"testing"

	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/world"
)

func TestTwoWhoChangeDifferentSettingsLoseNeither(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	ctx := t.Context()
	// Another process, which has read the settings already.
	other := &tenants.Service{DB: w.DB, Clock: w.Clock, Base: w.Tenants.Base}
	if _, err := other.ByID(ctx, w.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	hours := tenants.Hours{First: 2, Last: 6, From: "10:00", To: "17:00"}
	if err := w.Tenants.SetAnswers(ctx, w.Tenant.ID, hours); err != nil {
		t.Fatal(err)
	}
	if err := other.SetLanguages(ctx, w.Tenant.ID, "fr", []string{"fr", "en"}); err != nil {
		t.Fatal(err)
	}
	found, err := other.ByID(ctx, w.Tenant.ID)
	if err != nil || found.Answers() != hours || !found.Speaks("en") {
		t.Errorf("%+v, %v", found, err)
	}
}
