package community

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Repeat is how an event comes back.
type Repeat string

// The repetitions. Monthly is on the same weekday of the month: the third
// Thursday; a month without a fifth one is left out.
const (
	Once        Repeat = ""
	Weekly      Repeat = "week"
	Fortnightly Repeat = "fortnight"
	Monthly     Repeat = "month"
)

// Repeats lists them.
var Repeats = []Repeat{Once, Weekly, Fortnightly, Monthly}

// How far ahead an event may be written, and how long it may last.
const (
	farthestEvent = 2 * 366 * 24 * time.Hour
	longestEvent  = 31 * 24 * time.Hour
)

// Date is when an event takes place, the first time and again.
type Date struct {
	Starts time.Time `json:"starts"`
	Ends   time.Time `json:"ends"`
	// Zone is where its hours hold, so that a market at eight stays at eight
	// when the clocks change.
	Zone   string `json:"zone"`
	Repeat Repeat `json:"repeat,omitempty"`
	// Weekdays are those of a weekly event that comes on several; 1 is Monday.
	Weekdays []int `json:"weekdays,omitempty"`
	// Last is the end of the day after which it does not come back.
	Last time.Time `json:"last,omitzero"`
	// Price is in words: "entrée libre, sortie chargée".
	Price string `json:"price,omitempty"`
	// Places is how many may come; zero is as many as like.
	Places int `json:"places,omitempty"`
}

// Occurrence is one time that an event takes place.
type Occurrence struct{ Starts, Ends time.Time }

// Next is the first occurrence that has not ended at the moment.
func (d *Date) Next(now time.Time) (Occurrence, bool) {
	for one := range d.from(now) {
		return one, true
	}
	return Occurrence{}, false
}

// Between lists the occurrences that touch a span of time.
func (d *Date) Between(from, to time.Time) []Occurrence {
	var all []Occurrence
	for one := range d.from(from) {
		if !one.Starts.Before(to) {
			break
		}
		all = append(all, one)
	}
	return all
}

// from goes through the occurrences that end after a moment.
func (d *Date) from(moment time.Time) func(yield func(Occurrence) bool) {
	return func(yield func(Occurrence) bool) {
		first, lasts := d.Starts.In(clock.Zone(d.Zone)), d.Ends.Sub(d.Starts)
		for n := d.skipped(first, moment); ; n++ {
			starts, exists := d.nth(first, n)
			if n > 0 && (d.Repeat == Once || !d.Last.IsZero() && starts.After(d.Last) || starts.Sub(first) > 10*farthestEvent) {
				return
			}
			one := Occurrence{starts.UTC(), starts.Add(lasts).UTC()}
			if exists && one.Ends.After(moment) && !yield(one) {
				return
			}
		}
	}
}

// skipped is a number of occurrences that are surely over.
func (d *Date) skipped(first, moment time.Time) int {
	days := int(moment.Sub(first).Hours()/24) - int(d.Ends.Sub(d.Starts).Hours()/24) - 1
	switch {
	case d.Repeat == Once:
		return 0
	case d.Repeat == Fortnightly:
		days /= 14
	case d.Repeat == Monthly:
		days /= 31
	case len(d.Weekdays) == 0:
		days /= 7
	}
	return max(0, days-1)
}

// nth is the start of an occurrence, at the first one's hour of the day; a
// month may not have it.
func (d *Date) nth(first time.Time, n int) (time.Time, bool) {
	switch d.Repeat {
	case Weekly:
		if len(d.Weekdays) == 0 {
			return first.AddDate(0, 0, 7*n), true
		}
		day := first.AddDate(0, 0, n)
		return day, n == 0 || slices.Contains(d.Weekdays, weekday(day))
	case Fortnightly:
		return first.AddDate(0, 0, 14*n), true
	case Monthly:
		week := (first.Day() - 1) / 7
		month := time.Date(first.Year(), first.Month()+time.Month(n), 1, first.Hour(), first.Minute(), 0, 0, first.Location())
		ahead := (int(first.Weekday()) - int(month.Weekday()) + 7) % 7
		day := month.AddDate(0, 0, ahead+7*week)
		return day, day.Month() == month.Month()
	}
	return first, true
}

// weekday counts from Monday, which is 1.
func weekday(day time.Time) int { return (int(day.Weekday())+6)%7 + 1 }

var eventRules = rules{path: "/agenda", policy: "post",
	clean: func(d *Draft) {
		date := d.Event
		d.plain()
		if date == nil {
			return
		}
		kept := *date
		kept.Price = Line(kept.Price)
		if kept.Repeat == Once {
			kept.Last = time.Time{}
		}
		if kept.Repeat != Weekly {
			kept.Weekdays = nil
		}
		d.Event = &kept
		d.Months, d.Weekdays = nil, nil
	},
	check: func(d *Draft, now time.Time, invalid *fault.Invalid) {
		if d.Event == nil || d.Event.Starts.IsZero() {
			invalid.Add("starts", "error.community.starts")
			return
		}
		d.Event.check(now, invalid)
	},
	lay: func(post *Post, draft *Draft, now time.Time) {
		asDrafted(post, draft, now)
		post.toNext(now)
	},
	roll: func(post *Post, now time.Time) {
		if !post.toNext(now) {
			post.State = Expired
		}
	},
}

func (d *Date) check(now time.Time, invalid *fault.Invalid) {
	switch {
	case !d.Ends.After(d.Starts):
		invalid.Add("ends", "error.community.ends")
	case d.Ends.Sub(d.Starts) > longestEvent:
		invalid.Add("ends", "error.community.ends_long")
	case d.Starts.After(now.Add(farthestEvent)):
		invalid.Add("starts", "error.community.starts_far")
	}
	checkLength(invalid, "price", d.Price, 0, MaxPlace)
	if d.Places < 0 || d.Places > MaxPlaces {
		invalid.Add("places", "error.community.places", "Max", MaxPlaces)
	}
	if !slices.Contains(Repeats, d.Repeat) {
		invalid.Add("repeat", "error.community.repeat")
		return
	}
	if !within(d.Weekdays, 1, 7) {
		invalid.Add("weekdays", "error.community.weekdays")
	}
	if d.Repeat != Once {
		if d.Last.IsZero() || d.Last.Before(d.Starts) || d.Last.After(d.Starts.Add(farthestEvent)) {
			invalid.Add("last", "error.community.last")
			return
		}
	}
	if _, ahead := d.Next(now); !ahead && len(invalid.Fields) == 0 {
		invalid.Add("starts", "error.community.starts_past")
	}
}

// toNext puts the post at its next occurrence; it is false when there is none.
func (p *Post) toNext(now time.Time) bool {
	next, ahead := p.Event.Next(now)
	if ahead {
		p.StartsAt, p.EndsAt = next.Starts, next.Ends
	}
	return ahead
}

// Happening is an event on one of its dates.
type Happening struct {
	*Post
	Occurrence
}

// agendaPool bounds how many events a page of the agenda is made from.
const agendaPool = 300

// Agenda lists what takes place between two moments, in order of time, each
// event as often as it comes back.
func (s *Service) Agenda(ctx context.Context, tenant id.ID, filter Filter, from, to time.Time) ([]Happening, error) {
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := filter.narrow(tx.Select(&posts).ColumnExpr(feedColumns).Where("state = 'published'")).
			Where("ends_at IS NOT NULL").Where("ends_at > ?", s.Clock.Now()).Where("starts_at < ?", to)
		if err := query.OrderExpr("ends_at, id").Limit(agendaPool).Scan(ctx); err != nil {
			return err
		}
		return dressed(ctx, tx, posts...)
	})
	if err != nil {
		return nil, fmt.Errorf("read agenda: %w", err)
	}
	return happenings(posts, from, to), nil
}

// happenings are the dates of events between two moments, in order of time.
func happenings(posts []*Post, from, to time.Time) []Happening {
	var all []Happening
	for _, post := range posts {
		for _, one := range post.Event.Between(from, to) {
			all = append(all, Happening{post, one})
		}
	}
	slices.SortStableFunc(all, func(a, b Happening) int { return a.Starts.Compare(b.Starts) })
	return all
}
