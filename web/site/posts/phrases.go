package posts

import (
	"slices"
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/web/kit"
)

// action is the address of something to do with a post.
func action(post *community.Post, verb string) string {
	return "/publications/" + post.ID.String() + "/" + verb
}

// prose renders a post's text, set the way its language is printed.
func prose(language, text string) string {
	return words.TypesetHTML(language, community.HTML(text))
}

// season says when a post holds: "Le samedi et le dimanche, de novembre à
// février".
func season(r *kit.Request, post *community.Post) string {
	parts := []string{weekdays(r.Words, post.Weekdays), months(r.Words, post.Months)}
	if post.LowTide {
		parts = append(parts, r.Words.T("community.low_tide"))
	}
	if back := post.BackIn(r.Now.In(r.Tenant.Location()).Month()); back != 0 {
		parts = append(parts, r.Words.T("community.season.back", "Month", r.Words.Month(int(back))))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return capital(strings.Join(parts, ", "))
}

func weekdays(w *words.Words, days []int) string {
	if len(days) == 0 || len(days) == 7 {
		return ""
	}
	if first, last, run := stretchOf(days, 7); run && len(days) > 2 {
		return w.T("community.weekdays.run", "First", w.Weekday(first), "Last", w.Weekday(last))
	}
	names := make([]string, 0, len(days))
	for _, day := range days {
		names = append(names, w.T("community.weekdays.one", "Day", w.Weekday(day)))
	}
	return join(w, names)
}

func months(w *words.Words, months []int) string {
	if len(months) == 0 || len(months) == 12 {
		return ""
	}
	if first, last, run := stretchOf(months, 12); run && len(months) > 2 {
		return w.T("community.months.run", "First", w.Month(first), "Last", w.Month(last))
	}
	names := make([]string, 0, len(months))
	for _, month := range months {
		names = append(names, w.Month(month))
	}
	return w.T("community.months.some", "Months", join(w, names))
}

// stretchOf tells whether sorted numbers follow one another, round the year's
// or the week's end too.
func stretchOf(numbers []int, round int) (first, last int, run bool) {
	for _, start := range numbers {
		length := 1
		for slices.Contains(numbers, (start-1+length)%round+1) && length < len(numbers) {
			length++
		}
		if length == len(numbers) {
			return start, (start-2+length)%round + 1, true
		}
	}
	return 0, 0, false
}

func join(w *words.Words, names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + w.T("community.and") + " " + names[len(names)-1]
}
