package community

import (
	"slices"
	"time"
)

// BackIn is the month in which a post holds again; it is 0 while it does.
func (p *Post) BackIn(month time.Month) time.Month {
	if p.InSeason(month) {
		return 0
	}
	for ahead := range 12 {
		next := (int(month)-1+ahead)%12 + 1
		if slices.Contains(p.Months, next) {
			return time.Month(next)
		}
	}
	return 0
}

// dayThisWeek is the next of the post's weekdays before the week is over: what
// is on Thursday is news from Monday to Thursday, then again on Monday.
func (p *Post) dayThisWeek(now time.Time) (time.Time, bool) {
	const everyDay = 6
	if len(p.Weekdays) >= everyDay {
		return time.Time{}, false
	}
	for ahead := range 8 - weekday(now) {
		day := now.AddDate(0, 0, ahead)
		if slices.Contains(p.Weekdays, weekday(day)) {
			return day, true
		}
	}
	return time.Time{}, false
}

// bySeason parts what holds in a month from what does not, each in its order.
func bySeason(pool []*Post, month time.Month) (now, later []*Post) {
	for _, post := range pool {
		if post.InSeason(month) {
			now = append(now, post)
			continue
		}
		later = append(later, post)
	}
	return now, later
}
