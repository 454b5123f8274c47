package listings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

func (p pages) show(r *kit.Request) error {
	name, err := r.ID("id")
	if err != nil {
		return err
	}
	listing, err := p.billing.Public(r.Context(), r.Tenant.ID, name)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: listing.Name, Description: words.Shorten(strings.Join(strings.Fields(listing.Text), " "), 160),
		Section: "listings", Canonical: listing.Path(), Preview: cards.ListingPreview(r.Tenant, listing), Piece: true,
		Trail: []kit.Link{{Href: base, Label: r.Words.T("billing.directory")}}, Facts: structured(r, listing), Body: listingPage(r, listing)})
}

// gallery is the listing's own drawing and two others that do not repeat it.
func gallery(r *kit.Request, listing *billing.Listing) []string {
	main, choice := cards.ListingCover(r.Tenant, listing)
	pictures, taken := []string{main}, []covers.Choice{choice}
	for range 2 {
		other := *listing
		other.Motif = ""
		src, choice := cards.ListingCover(r.Tenant, &other, taken...)
		pictures, taken = append(pictures, src), append(taken, choice)
	}
	return pictures
}

func paragraphs(text string) []string {
	var out []string
	for _, one := range strings.Split(text, "\n\n") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, words.French(one))
		}
	}
	return out
}

// dayHours is a line of the hours: some days in a row and their times.
type dayHours struct{ Days, Times string }

// hours puts days that follow each other with the same times on one line.
func hours(w *words.Words, listing *billing.Listing) []dayHours {
	var lines []dayHours
	for day := 1; day <= 7; {
		last := day
		for last < 7 && slices.Equal(listing.Hours[last+1], listing.Hours[day]) {
			last++
		}
		days := w.Weekday(day)
		switch {
		case last == day+1:
			days = w.T("billing.days.two", "First", w.Weekday(day), "Last", w.Weekday(last))
		case last > day:
			days = w.T("billing.days.many", "First", w.Weekday(day), "Last", w.Weekday(last))
		}
		lines = append(lines, dayHours{days, times(w, listing.Hours[day])})
		day = last + 1
	}
	return lines
}

func times(w *words.Words, spans []billing.Span) string {
	if len(spans) == 0 {
		return w.T("billing.day_closed")
	}
	var all []string
	for _, span := range spans {
		all = append(all, w.T("billing.span", "From", clock(w, span.From), "To", clock(w, span.To)))
	}
	return strings.Join(all, ", ")
}

func clock(w *words.Words, text string) string {
	at, err := time.ParseInLocation("15:04", text, time.UTC)
	if err != nil {
		return text
	}
	if w.Language == "fr" {
		return words.French(strings.TrimPrefix(strings.TrimSuffix(at.Format("15 h 04"), " 00"), "0"))
	}
	return text
}

// closing is a yearly closing in words.
func closing(w *words.Words, one billing.Closing) string {
	text := w.T("billing.closing", "From", yearDay(w, one.From), "To", yearDay(w, one.To))
	if one.Why != "" {
		return text + " " + words.French(one.Why)
	}
	return text
}

func yearDay(w *words.Words, text string) string {
	var month, day int
	if _, err := fmt.Sscanf(text, "%02d-%02d", &month, &day); err != nil || month < 1 || month > 12 {
		return text
	}
	return w.YearDay(month, day)
}

func telephone(number string) string {
	return "tel:" + strings.Map(func(sign rune) rune {
		if sign >= '0' && sign <= '9' || sign == '+' {
			return sign
		}
		return -1
	}, number)
}

func language(w *words.Words, code string) string {
	if key := "billing.language." + code; w.Knows(key) {
		return w.T(key)
	}
	return code
}
