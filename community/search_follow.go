package community

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// MostFollowed is how many searches a member may follow.
	MostFollowed = 20
	longestQuery = 200
	// NewsAtOnce is how many pieces a letter names of each search.
	NewsAtOnce   = 10
	followedRead = 200
)

// Followed is a search whose news a member gets by mail.
type Followed struct {
	bun.BaseModel `bun:"table:followed_searches,alias:followed"`
	database.Owned
	ID        id.ID `bun:",pk"`
	MemberID  id.ID
	Query     string
	Kind      Kind
	Commune   string
	GroupID   id.ID `bun:",nullzero"`
	CreatedAt time.Time
	SeenAt    time.Time
	MailedAt  time.Time `bun:",nullzero"`
	StoppedAt time.Time `bun:",nullzero"`
	StoppedBy string
}

// Sought is the search itself.
func (f *Followed) Sought() Query {
	return Query{Text: f.Query, Kind: f.Kind, Commune: f.Commune, Group: f.GroupID}
}

// Path is the address of a query's answers.
func (q Query) Path() string {
	address := url.Values{"q": {q.Text}}
	set := func(name, value string) {
		if value != "" {
			address.Set(name, value)
		}
	}
	set("genre", string(q.Kind))
	set("lieu", q.Commune)
	if q.Group != 0 {
		set("groupe", q.Group.String())
	}
	set("quand", periodNames[q.Period])
	if q.Page > 1 {
		set("page", strconv.Itoa(q.Page))
	}
	return "/chercher?" + address.Encode()
}

// QuestionPath is the form for a question, its title begun by the query.
func (q Query) QuestionPath() string {
	signs := []rune(q.Text)
	return "/ecrire/question?" + url.Values{"titre": {string(signs[:min(len(signs), MaxTitle)])}}.Encode()
}

// periodNames are the periods in addresses.
var periodNames = map[Period]string{ThisWeek: "semaine", ThisMonth: "mois"}

// PeriodNamed reads one of them; anything else is any time.
func PeriodNamed(name string) Period {
	for period, known := range periodNames {
		if known == name {
			return period
		}
	}
	return AnyTime
}

// Follow mails a member what is new of a search. Twice is once.
func (s *Search) Follow(ctx context.Context, who actor.Actor, query Query) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	text := Line(query.Text)
	if len(meant(text, nil)) == 0 || utf8.RuneCountInString(text) > longestQuery {
		return fmt.Errorf("follow a search: %w", fault.InvalidField("q", "error.choice"))
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		mine, err := following(ctx, tx, who.Member)
		if err != nil {
			return err
		}
		for _, one := range mine {
			if one.Query == text && one.Kind == query.Kind && one.Commune == query.Commune && one.GroupID == query.Group {
				return nil
			}
		}
		if len(mine) >= MostFollowed {
			return fault.InvalidField("q", "error.choice")
		}
		now := s.Clock.Now()
		row := &Followed{ID: id.New(now), MemberID: who.Member, Query: text, Kind: query.Kind, Commune: query.Commune, GroupID: query.Group,
			CreatedAt: now, SeenAt: now}
		_, err = tx.Insert(row).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("follow a search: %w", err)
	}
	return nil
}

func following(ctx context.Context, tx database.Tx, member id.ID) (mine []Followed, err error) {
	err = tx.Select(&mine).Where("member_id = ?", member).Where("stopped_at IS NULL").Order("id").Limit(MostFollowed).Scan(ctx)
	return mine, err
}

// Following lists the searches that a member follows.
func (s *Search) Following(ctx context.Context, tenant, member id.ID) (mine []Followed, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		mine, err = following(ctx, tx, member)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read followed searches: %w", err)
	}
	return mine, nil
}

// StopFollowing ends one of a member's searches, or all when it is zero, and
// notes how it was asked for. Twice is once.
func (s *Search) StopFollowing(ctx context.Context, tenant, member, search id.ID, way string) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		change := tx.Update((*Followed)(nil)).Set("stopped_at = ?", s.Clock.Now()).Set("stopped_by = ?", way).
			Where("member_id = ?", member).Where("stopped_at IS NULL")
		if search != 0 {
			its, err := tx.Select((*Followed)(nil)).Where("member_id = ?", member).Where("id = ?", search).Exists(ctx)
			if err != nil {
				return err
			}
			if !its {
				return fault.NotFound
			}
			change.Where("id = ?", search)
		}
		_, err := change.Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop following a search: %w", err)
	}
	return nil
}

// Unseen lists searches whose news nobody looked for since a moment, a member's
// together.
func (s *Search) Unseen(ctx context.Context, tenant id.ID, since time.Time) (due []Followed, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		var first []Followed
		err := tx.Select(&first).Where("stopped_at IS NULL").Where("seen_at < ?", since).Order("seen_at", "id").Limit(followedRead).Scan(ctx)
		if err != nil || len(first) == 0 {
			return err
		}
		var members []id.ID
		for _, one := range first {
			members = append(members, one.MemberID)
		}
		return tx.Select(&due).Where("stopped_at IS NULL").Where("seen_at < ?", since).Where("member_id IN (?)", bun.List(members)).
			Order("member_id", "id").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read followed searches: %w", err)
	}
	return due, nil
}

// Newest lists what has all words of a query and was posted since, the newest
// first.
func (s *Search) Newest(ctx context.Context, tenant id.ID, query Query, since time.Time, limit int) (newest []Document, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		words, err := s.understand(ctx, tx, &Found{}, Line(query.Text), readSynonyms(query.Synonyms))
		if err != nil || len(words) == 0 {
			return err
		}
		match := matching(tx, words, false, MostLookedAt)
		rows := s.spans(query.Zone).narrow(tx.Select(&newest).Where(match.sql, match.args...), query)
		if err := rows.Where("posted_at > ?", since).OrderExpr("posted_at DESC, id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
			return err
		}
		// A piece is news once, whatever languages it is found in.
		seen := map[id.ID]bool{}
		newest = slices.DeleteFunc(newest, func(one Document) bool {
			again := seen[one.PieceID]
			seen[one.PieceID] = true
			return again
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for the newest of a search: %w", err)
	}
	return newest, nil
}

// Seen notes that the news of searches were looked for, and whether a letter
// tells of them.
func (s *Search) Seen(ctx context.Context, tx database.Tx, mailed bool, searches ...id.ID) error {
	now := s.Clock.Now()
	change := tx.Update((*Followed)(nil)).Set("seen_at = ?", now).Where("id IN (?)", bun.List(searches))
	if mailed {
		change.Set("mailed_at = ?", now)
	}
	_, err := change.Exec(ctx)
	return err
}
