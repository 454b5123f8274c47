package billing

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Hours are the times of opening by weekday, 1 (Monday) to 7; a day without
// any is closed.
type Hours map[int][]Span

// Span is a time of opening, as "12:00" and "14:00".
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Closing is a yearly closing, as "12-24" and "01-03", month first.
type Closing struct {
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why,omitempty"`
}

// Opening is what a passer-by finds at a moment.
type Opening struct {
	Open bool
	// Until is when an open business closes.
	Until time.Time
	// From is when a closed one opens next, zero when not within two weeks.
	From time.Time
	// Holiday is the yearly closing that holds.
	Holiday *Closing
}

// Opening tells whether the business is open; now is in the community's zone.
func (l *Listing) Opening(now time.Time) Opening {
	holiday := l.closing(now)
	for _, span := range l.spans(now) {
		from, to := span.on(now)
		if !now.Before(from) && now.Before(to) {
			return Opening{Open: true, Until: to}
		}
	}
	for days := range 15 {
		day := now.AddDate(0, 0, days)
		for _, span := range l.spans(day) {
			if from, _ := span.on(day); from.After(now) {
				return Opening{From: from, Holiday: holiday}
			}
		}
	}
	return Opening{Holiday: holiday}
}

// HasHours tells whether any hours are known.
func (l *Listing) HasHours() bool {
	for _, spans := range l.Hours {
		if len(spans) > 0 {
			return true
		}
	}
	return false
}

func (l *Listing) spans(day time.Time) []Span {
	if l.closing(day) != nil {
		return nil
	}
	return l.Hours[isoWeekday(day)]
}

func (l *Listing) closing(day time.Time) *Closing {
	date := day.Format("01-02")
	for n := range l.Closed {
		closing := &l.Closed[n]
		within := closing.From <= date && date <= closing.To
		if closing.From > closing.To {
			within = date >= closing.From || date <= closing.To
		}
		if within {
			return closing
		}
	}
	return nil
}

func isoWeekday(day time.Time) int { return (int(day.Weekday())+6)%7 + 1 }

func (s Span) on(day time.Time) (from, to time.Time) { return clockOn(day, s.From), clockOn(day, s.To) }

func clockOn(day time.Time, clock string) time.Time {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, day.Location())
}

var (
	spanPattern    = regexp.MustCompile(`(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?\s*(?:-|–|à|to)\s*(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?`)
	betweenPattern = regexp.MustCompile(`^[\s,;]*(?:et|and|puis)?[\s,;]*$`)
)

// ParseSpans reads what people write: "12 h - 14 h, 19 h à 21 h 30". Nothing
// is closed.
func ParseSpans(text string) ([]Span, error) {
	var spans []Span
	rest := 0
	for _, found := range spanPattern.FindAllStringSubmatchIndex(text, -1) {
		if !betweenPattern.MatchString(text[rest:found[0]]) {
			return nil, fmt.Errorf("hours %q: not understood", text)
		}
		part := func(n int) string {
			if found[2*n] < 0 {
				return "0"
			}
			return text[found[2*n]:found[2*n+1]]
		}
		span := Span{clockOf(part(1), part(2)), clockOf(part(3), part(4))}
		if span.From == "" || span.To == "" || span.From >= span.To ||
			len(spans) > 0 && span.From < spans[len(spans)-1].To {
			return nil, fmt.Errorf("hours %q: not a time after the one before", text)
		}
		spans = append(spans, span)
		rest = found[1]
	}
	if !betweenPattern.MatchString(text[rest:]) {
		return nil, fmt.Errorf("hours %q: not understood", text)
	}
	return spans, nil
}

func clockOf(hour, minute string) string {
	// The pattern lets digits only through.
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	if h > 24 || m > 59 || h == 24 && m > 0 {
		return ""
	}
	if h == 24 {
		return "23:59"
	}
	return fmt.Sprintf("%02d:%02d", h, m)
}
