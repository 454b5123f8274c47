package tenants

import (
	"context"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Appearance is when the letter of the week comes out, in the community's zone:
// a weekday, 1 being Monday, and an hour.
type Appearance struct {
	Day  int `json:"day"`
	Hour int `json:"hour"`
}

// UsualAppearance is that of a community that has not said its own.
var UsualAppearance = Appearance{5, 8}

// Appears is when the letter of the week comes out here.
func (t *Tenant) Appears() Appearance {
	if t.Settings.Appears == nil {
		return UsualAppearance
	}
	return *t.Settings.Appears
}

// AppearsIn is the moment in the week of a given one. Where the clock leaps over
// the hour, it is the one after.
func (t *Tenant) AppearsIn(week time.Time) time.Time {
	monday := weekOf(week.In(t.Location()))
	at := t.Appears()
	return time.Date(monday.Year(), monday.Month(), monday.Day()+at.Day-1, at.Hour, 0, 0, 0, t.Location())
}

// SetAppears changes when the letter comes out.
func (s *Service) SetAppears(ctx context.Context, tenant id.ID, at Appearance) error {
	invalid := &fault.Invalid{}
	if at.Day < 1 || at.Day > 7 {
		invalid.Add("day", "error.choice")
	}
	if at.Hour < 0 || at.Hour > 23 {
		invalid.Add("hour", "error.choice")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	return s.ChangeSettings(ctx, tenant, func(settings *Settings) error {
		settings.Appears = &at
		return nil
	})
}
