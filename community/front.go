package community

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// How much of the newest the front page is composed from, and what it shows.
const (
	frontPool  = 80
	frontWeek  = 5
	frontCards = 4
)

// Front is the home page's choice: it composes itself from what is new and
// what holds now, and never counts clicks.
type Front struct {
	Big   *Post
	Week  []Dated
	Cards []*Post
}

// Dated is a post on the day for which it is shown.
type Dated struct {
	*Post
	Day time.Time
}

// Front composes the home page for a moment in the community's time zone.
func (s *Service) Front(ctx context.Context, tenant id.ID, now time.Time) (Front, error) {
	pool, _, err := s.Feed(ctx, tenant, Filter{Limit: frontPool}, Cursor{})
	if err != nil {
		return Front{}, fmt.Errorf("compose front page: %w", err)
	}
	chosen, err := s.chosen(ctx, tenant, now)
	if err != nil {
		return Front{}, err
	}
	pool = slices.DeleteFunc(pool, func(post *Post) bool {
		return slices.ContainsFunc(chosen[:], func(other *Post) bool { return other != nil && other.ID == post.ID })
	})
	pool, later := bySeason(pool, now.Month())
	readable(ctx, pool)
	front := Front{Big: chosen[0]}
	if at := slices.IndexFunc(pool, func(post *Post) bool { return post.Kind == Tip }); at >= 0 && front.Big == nil {
		front.Big = pool[at]
		pool = slices.Delete(pool, at, at+1)
	}
	front.Week, pool = thisWeek(pool, now)
	front.Cards = varied(pool, frontCards)
	front.Cards = append(front.Cards, varied(later, frontCards-len(front.Cards))...)
	for n, post := range chosen[1:] {
		if post != nil {
			front.Cards = slices.Insert(front.Cards, min(n, len(front.Cards)), post)
		}
	}
	front.Cards = front.Cards[:min(len(front.Cards), frontCards)]
	return front, nil
}

// readable puts what is in the reader's language first: there is enough of it
// or not, and the rest follows.
func readable(ctx context.Context, pool []*Post) {
	language := words.LanguageOf(ctx)
	slices.SortStableFunc(pool, func(a, b *Post) int {
		switch foreign := a.Spoken() != language; {
		case language == "" || foreign == (b.Spoken() != language):
			return 0
		case foreign:
			return 1
		}
		return -1
	})
}

// thisWeek picks what has a day within the next seven: a tip's weekday, an
// offer's last day. It returns the rest of the pool.
func thisWeek(pool []*Post, now time.Time) ([]Dated, []*Post) {
	var week []Dated
	var rest []*Post
	for _, post := range pool {
		day, dated := post.nextDay(now)
		// A day has one line: the week is not a list of all that is on.
		if !dated || len(week) >= frontWeek || slices.ContainsFunc(week, func(other Dated) bool { return sameDay(other.Day, day) }) {
			rest = append(rest, post)
			continue
		}
		week = append(week, Dated{post, day})
	}
	slices.SortFunc(week, func(a, b Dated) int { return a.Day.Compare(b.Day) })
	return week, rest
}

// nextDay is the day of the coming seven on which the post matters.
func (p *Post) nextDay(now time.Time) (time.Time, bool) {
	if !p.StartsAt.IsZero() {
		return p.StartsAt.In(now.Location()), p.StartsAt.Before(now.AddDate(0, 0, 7))
	}
	if !p.Until.IsZero() && p.Until.Before(now.AddDate(0, 0, 7)) {
		return p.Until.In(now.Location()), true
	}
	return p.dayThisWeek(now)
}

func sameDay(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }

// varied takes the newest, but no author, no place and no kind of offer twice
// as long as there are others.
func varied(pool []*Post, limit int) []*Post {
	var chosen, left []*Post
	for _, post := range pool {
		alike := func(other *Post) bool {
			return other.AuthorID == post.AuthorID || post.Commune != "" && other.Commune == post.Commune || post.Kind == Offer && other.Offer == post.Offer
		}
		if len(chosen) == limit {
			break
		}
		if slices.ContainsFunc(chosen, alike) {
			left = append(left, post)
			continue
		}
		chosen = append(chosen, post)
	}
	for _, post := range left {
		if len(chosen) == limit {
			break
		}
		chosen = append(chosen, post)
	}
	return chosen
}
