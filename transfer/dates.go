package transfer

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var relativeDate = regexp.MustCompile(`^(today)?(?:([+-])([0-9]{1,5})([mhdw]))?(?: ([0-9]{2}:[0-9]{2}))?$`)

// ParseDate reads a moment as import files write it. Days are counted on the
// calendar of now's location and keep now's time of day unless one is given:
//
//	2019-09-30T14:30:00+02:00   RFC 3339
//	2019-06-27, 2019-06-27 14:30
//	today, today-3d, -3d, -46w, +5d 20:30, today 08:00
//	-2h, -50m
func ParseDate(text string, now time.Time) (time.Time, error) {
	moment, err := parseDate(text, now)
	if err != nil {
		return time.Time{}, err
	}
	moment = moment.UTC().Truncate(time.Microsecond)
	if year := moment.Year(); year < 1900 || year > 2200 {
		return time.Time{}, fmt.Errorf("date %q is outside 1900 to 2200", text)
	}
	return moment, nil
}

func parseDate(text string, now time.Time) (time.Time, error) {
	if moment, err := time.Parse(time.RFC3339, text); err == nil {
		return moment, nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04"} {
		if moment, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return moment, nil
		}
	}
	parts := relativeDate.FindStringSubmatch(text)
	if parts == nil || parts[1] == "" && parts[4] == "" {
		return time.Time{}, fmt.Errorf(`date %q is neither relative ("-3d", "today", "+5d 20:30") nor RFC 3339`, text)
	}
	return relative(text, parts[2]+parts[3], parts[4], parts[5], now)
}

func relative(text, count, unit, hour string, now time.Time) (time.Time, error) {
	n, _ := strconv.Atoi(count) // the pattern lets only digits through; "" is today
	switch unit {
	case "m", "h":
		if hour != "" {
			return time.Time{}, fmt.Errorf("date %q: a time of day goes with days or weeks only", text)
		}
		step := time.Minute
		if unit == "h" {
			step = time.Hour
		}
		return now.Add(time.Duration(n) * step), nil
	case "w":
		n *= 7
	}
	day := now.AddDate(0, 0, n)
	if hour == "" {
		return day, nil
	}
	clock, err := time.Parse("15:04", hour)
	if err != nil {
		return time.Time{}, fmt.Errorf("date %q: there is no time %s", text, hour)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location()), nil
}
