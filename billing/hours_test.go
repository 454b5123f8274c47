package billing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
)

func TestHoursAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "[]",
		"12:00-14:00":                 "[{12:00 14:00}]",
		"12 h - 14 h, 19 h à 21 h 30": "[{12:00 14:00} {19:00 21:30}]",
		"8h30–12h et 14h–18h":         "[{08:30 12:00} {14:00 18:00}]",
		"9 - 24":                      "[{09:00 23:59}]",
		"vers midi":                   "refused",
		"14 h - 12 h":                 "refused",
		"12 h - 14 h, 13 h - 15 h":    "refused",
		"12 h - 25 h":                 "refused",
		"12 h - 14 h sauf s'il pleut": "refused",
		"lundi 12 h - 14 h":           "refused",
	} {
		spans, err := billing.ParseSpans(text)
		got := fmt.Sprint(spans)
		if err != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q reads as %s, want %s", text, got, want)
		}
	}
}

func FuzzHoursWrittenByAnyone(f *testing.F) {
	f.Add("12 h - 14 h, 19 h à 21 h 30")
	f.Fuzz(func(t *testing.T, text string) {
		spans, err := billing.ParseSpans(text)
		last := ""
		for _, span := range spans {
			if err != nil || span.From >= span.To || span.From < last || len(span.From) != 5 || len(span.To) != 5 {
				t.Fatalf("%q reads as %v, %v", text, spans, err)
			}
			last = span.To
		}
	})
}

func TestABusinessIsOpenByItsOwnClock(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	listing := &billing.Listing{Hours: billing.Hours{2: {{From: "12:00", To: "14:00"}, {From: "19:00", To: "21:30"}}, 5: {{From: "09:00", To: "12:00"}}},
		Closed: []billing.Closing{{From: "12-24", To: "01-03"}}}
	tuesday := time.Date(2026, 11, 24, 0, 0, 0, 0, paris)
	at := func(day time.Time, hour, minute int) billing.Opening {
		return listing.Opening(time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, paris))
	}

	if got := at(tuesday, 12, 0); !got.Open || got.Until.Hour() != 14 {
		t.Errorf("at noon: %+v", got)
	}
	if got := at(tuesday, 14, 0); got.Open || got.From.Hour() != 19 || got.From.Day() != 24 {
		t.Errorf("at two: %+v", got)
	}
	if got := at(tuesday, 22, 0); got.Open || got.From.Weekday() != time.Friday {
		t.Errorf("at ten: %+v", got)
	}
	christmas := time.Date(2026, 12, 25, 0, 0, 0, 0, paris)
	if got := at(christmas, 10, 0); got.Open || got.Holiday == nil || got.From.Format("01-02") != "01-05" {
		t.Errorf("on a Friday of holidays: %+v", got)
	}
}
