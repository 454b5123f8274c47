package cards

import (
	"time"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
)

// Answers says when questions are answered: "On répond du lundi au vendredi,
// de 9 h à 18 h."
func Answers(tenant *tenants.Tenant, w *words.Words) string {
	hours := tenant.Answers()
	days := w.T("asking.hours.days", "First", w.Weekday(hours.First), "Last", w.Weekday(hours.Last))
	switch {
	case hours.First == 1 && hours.Last == 7:
		days = w.T("asking.hours.daily")
	case hours.First == hours.Last:
		days = w.T("asking.hours.day", "Day", w.Weekday(hours.First))
	}
	return w.T("asking.hours", "Days", days, "From", clockOf(w, hours.From), "To", clockOf(w, hours.To))
}

func clockOf(w *words.Words, text string) string {
	at, err := time.ParseInLocation("15:04", text, w.Zone)
	if err != nil {
		return text
	}
	return w.Clock(at)
}
