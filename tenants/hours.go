package tenants

import (
	"context"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Hours are when questions are usually answered: from a weekday to another, 1
// being Monday, and from an hour to another, as "09:00".
type Hours struct {
	First int    `json:"first"`
	Last  int    `json:"last"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// UsualHours are those of a community that has not said its own.
var UsualHours = Hours{1, 5, "09:00", "18:00"}

// Answers are the hours in which questions are answered here.
func (t *Tenant) Answers() Hours {
	if t.Settings.Answers == nil {
		return UsualHours
	}
	return *t.Settings.Answers
}

// Check says what is wrong with the hours.
func (h Hours) Check() error {
	invalid := &fault.Invalid{}
	if h.First < 1 || h.First > 7 {
		invalid.Add("first", "error.choice")
	}
	if h.Last < 1 || h.Last > 7 || h.Last < h.First {
		invalid.Add("last", "error.hours.days")
	}
	from, err := time.Parse(hour, h.From)
	if err != nil {
		invalid.Add("from", "error.hours.hour")
	}
	to, problem := time.Parse(hour, h.To)
	if problem != nil || err == nil && !to.After(from) {
		invalid.Add("to", "error.hours.to")
	}
	return invalid.OrNil()
}

// hour is how hours are written.
const hour = "15:04"

// SetAnswers changes the hours in which questions are answered.
func (s *Service) SetAnswers(ctx context.Context, tenant id.ID, hours Hours) error {
	if err := hours.Check(); err != nil {
		return err
	}
	return s.ChangeSettings(ctx, tenant, func(settings *Settings) error {
		settings.Answers = &hours
		return nil
	})
}
