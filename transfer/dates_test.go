package transfer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/transfer"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDatesCountFromNow(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 30, 15, 0, paris(t))

	for text, want := range map[string]string{
		"today":                     "2026-11-24T10:30:15+01:00",
		"today 08:00":               "2026-11-24T08:00:00+01:00",
		"today-3d":                  "2026-11-21T10:30:15+01:00",
		"-3d":                       "2026-11-21T10:30:15+01:00",
		"-3d 07:05":                 "2026-11-21T07:05:00+01:00",
		"+5d 20:30":                 "2026-11-29T20:30:00+01:00",
		"+0d 08:30":                 "2026-11-24T08:30:00+01:00",
		"-46w":                      "2026-01-06T10:30:15+01:00",
		"-2h":                       "2026-11-24T08:30:15+01:00",
		"-50m":                      "2026-11-24T09:40:15+01:00",
		"2019-06-27":                "2019-06-27T00:00:00+02:00",
		"2019-06-27 14:30":          "2019-06-27T14:30:00+02:00",
		"2019-09-30T14:30:00+02:00": "2019-09-30T14:30:00+02:00",
	} {
		got, err := transfer.ParseDate(text, now)

		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if local := got.In(paris(t)).Format(time.RFC3339); local != want || got.Location() != time.UTC {
			t.Errorf("%q is %s, want %s in UTC", text, got, want)
		}
	}
}

func TestDaysKeepTheirHourWhenTheClocksChange(t *testing.T) {
	afterTheChange := time.Date(2026, 10, 26, 9, 0, 0, 0, paris(t))

	got, err := transfer.ParseDate("-2d", afterTheChange)

	if want := time.Date(2026, 10, 24, 9, 0, 0, 0, paris(t)); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestDatesThatMeanNothingAreRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "yesterday", "3d", "-3", "-d", "--3d", "-3d8:00", "-3d 25:00", "-3d 20:60", "-2h 20:30",
		"today-", "today 20", "today-999999d", "-99999w", "2019-13-01", "2019-02-30", "9999-01-01", "-3D", "+1y", "-3d\n",
	} {
		if got, err := transfer.ParseDate(text, time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"today", "today-3d", "-46w", "+5d 20:30", "-2h", "2019-06-27", "2019-09-30T14:30:00+02:00", "-99999w", "²"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := transfer.ParseDate(text, now)
		if err != nil {
			if !got.IsZero() {
				t.Errorf("%q: both a date and an error", text)
			}
			return
		}
		if got.Year() < 1900 || got.Year() > 2200 || got.Location() != time.UTC {
			t.Errorf("%q is %v", text, got)
		}
		if strings.HasPrefix(text, "-") && !got.Before(now.AddDate(0, 0, 1)) {
			t.Errorf("%q lies ahead: %v", text, got)
		}
	})
}
