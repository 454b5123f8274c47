package community_test

import (
	"testing"
	"time"

	"github.com/kumun/kumun/community"
)

func TestAnEventComesBackAtItsHourAndOnItsDay(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, one := range []struct {
		name         string
		starts, last string
		hours        int
		repeat       community.Repeat
		weekdays     []int
		from, to     string
		want         []string
	}{
		{name: "once", starts: "2026-11-28 08:30", hours: 4, from: "2026-11-24 00:00", to: "2026-12-24 00:00", want: []string{"2026-11-28 08:30"}},
		{name: "once, over", starts: "2026-11-20 08:30", hours: 4, from: "2026-11-24 00:00", to: "2026-12-24 00:00"},
		{name: "running now", starts: "2026-11-23 20:00", hours: 6, from: "2026-11-24 01:00", to: "2026-11-25 00:00", want: []string{"2026-11-23 20:00"}},
		{name: "weekly, through the change of clocks", starts: "2026-10-10 08:30", hours: 4, repeat: community.Weekly,
			from: "2026-10-18 00:00", to: "2026-11-02 00:00", want: []string{"2026-10-24 08:30", "2026-10-31 08:30"}},
		{name: "weekly, years later", starts: "2024-01-06 08:30", hours: 4, repeat: community.Weekly,
			from: "2026-11-24 00:00", to: "2026-12-01 00:00", want: []string{"2026-11-28 08:30"}},
		{name: "weekly, to the last", starts: "2026-11-03 19:30", last: "2026-11-17 23:59", hours: 2, repeat: community.Weekly,
			from: "2026-11-10 00:00", to: "2026-12-24 00:00", want: []string{"2026-11-10 19:30", "2026-11-17 19:30"}},
		{name: "on several weekdays", starts: "2026-11-20 16:00", hours: 1, repeat: community.Weekly, weekdays: []int{1, 5},
			from: "2026-11-21 00:00", to: "2026-12-01 00:00", want: []string{"2026-11-23 16:00", "2026-11-27 16:00", "2026-11-30 16:00"}},
		{name: "fortnightly", starts: "2026-11-07 14:00", hours: 3, repeat: community.Fortnightly,
			from: "2026-11-08 00:00", to: "2026-12-10 00:00", want: []string{"2026-11-21 14:00", "2026-12-05 14:00"}},
		{name: "the second Tuesday", starts: "2026-09-08 19:00", hours: 2, repeat: community.Monthly,
			from: "2026-10-01 00:00", to: "2027-01-01 00:00", want: []string{"2026-10-13 19:00", "2026-11-10 19:00", "2026-12-08 19:00"}},
		{name: "the fifth Thursday, where there is one", starts: "2026-10-29 18:00", hours: 1, repeat: community.Monthly,
			from: "2026-11-01 00:00", to: "2027-02-01 00:00", want: []string{"2026-12-31 18:00"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			date := &community.Date{Starts: at(one.starts).UTC(), Zone: "Europe/Paris", Repeat: one.repeat, Weekdays: one.weekdays}
			date.Ends = date.Starts.Add(time.Duration(one.hours) * time.Hour)
			if one.last != "" {
				date.Last = at(one.last)
			}
			var got []string
			for _, occurrence := range date.Between(at(one.from), at(one.to)) {
				got = append(got, occurrence.Starts.In(paris).Format("2006-01-02 15:04"))
				if lasts := occurrence.Ends.Sub(occurrence.Starts); lasts != time.Duration(one.hours)*time.Hour {
					t.Errorf("on %s it lasts %s", got[len(got)-1], lasts)
				}
			}
			if len(got) != len(one.want) {
				t.Fatalf("got %v, want %v", got, one.want)
			}
			for n := range got {
				if got[n] != one.want[n] {
					t.Errorf("got %v, want %v", got, one.want)
				}
			}
			next, ahead := date.Next(at(one.from))
			if ahead != (len(one.want) > 0) || ahead && next.Starts.In(paris).Format("2006-01-02 15:04") != one.want[0] {
				t.Errorf("next is %v, %t", next, ahead)
			}
		})
	}
}
