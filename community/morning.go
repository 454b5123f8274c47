package community

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

const (
	// datedPool bounds how many dated tips a week is looked for in.
	datedPool = 500
	// Somebody who wrote regularPosts times in rhythm, and nothing in silence, has
	// gone quiet.
	regularPosts    = 2
	rhythm, silence = 182 * days, 45 * days
	// MaxPrompt is how long a prompt may be.
	MaxPrompt = 140
)

// Week is what the coming seven days and the last seven lack.
type Week struct {
	// Empty are the days without an event or a tip of their own.
	Empty []time.Time
	// Missing are the kinds of which nothing new came.
	Missing []Kind
}

// WeekGaps looks at the week from a moment in the community's time zone on.
func (s *Service) WeekGaps(ctx context.Context, tenant id.ID, now time.Time) (Week, error) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	agenda, err := s.Agenda(ctx, tenant, Filter{}, today, today.AddDate(0, 0, 7))
	if err != nil {
		return Week{}, err
	}
	var tips []*Post
	var came []Kind
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := tx.Select(&tips).Column("months", "weekdays").Where("state = 'published'").Where("kind = ?", Tip).
			Where("weekdays <> '[]'").OrderExpr("posted_at DESC").Limit(datedPool).Scan(ctx)
		if err != nil {
			return err
		}
		return tx.Query(ctx, &came, `SELECT DISTINCT kind FROM posts
			WHERE tenant_id = ?tenant AND state = 'published' AND posted_at > ?0`, now.Add(-7*days))
	})
	if err != nil {
		return Week{}, fmt.Errorf("look at the week: %w", err)
	}
	week := Week{Missing: slices.DeleteFunc(slices.Clone(Kinds), func(kind Kind) bool { return slices.Contains(came, kind) })}
	for ahead := range 7 {
		day := today.AddDate(0, 0, ahead)
		happens := slices.ContainsFunc(agenda, func(one Happening) bool {
			return one.Starts.Before(day.AddDate(0, 0, 1)) && one.Ends.After(day)
		})
		told := slices.ContainsFunc(tips, func(tip *Post) bool {
			return tip.InSeason(day.Month()) && slices.Contains(tip.Weekdays, weekday(day))
		})
		if !happens && !told {
			week.Empty = append(week.Empty, day)
		}
	}
	return week, nil
}

// Quiet is somebody who wrote and no longer does.
type Quiet struct {
	AuthorID id.ID
	Posts    int
	LastAt   time.Time
}

const goneQuiet = `SELECT author_id, count(*) AS posts, max(posted_at) AS last_at FROM posts
  WHERE tenant_id = ?tenant AND posted_at > ?0 AND state <> 'deleted'
  GROUP BY author_id HAVING count(*) >= ?1 AND max(posted_at) < ?2
  ORDER BY max(posted_at) DESC, author_id LIMIT ?3`

// GoneQuiet lists who wrote more than once in half a year and nothing for weeks,
// those who stopped last first.
func (s *Service) GoneQuiet(ctx context.Context, tenant id.ID, limit int) ([]Quiet, error) {
	now := s.Clock.Now()
	var quiet []Quiet
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &quiet, goneQuiet, now.Add(-rhythm), regularPosts, now.Add(-silence), limit)
	})
	if err != nil {
		return nil, fmt.Errorf("list who went quiet: %w", err)
	}
	return quiet, nil
}

// Prompt is what the editors ask the neighbours to tell in a week.
type Prompt struct {
	bun.BaseModel `bun:"table:prompts,alias:prompt"`
	database.Owned
	ID     id.ID `bun:",pk"`
	Monday string
	Text   string
	ByID   id.ID
	At     time.Time
}

// Prompt reads what is asked in the week that begins on a Monday; "" is nothing.
func (s *Service) Prompt(ctx context.Context, tenant id.ID, monday time.Time) (string, error) {
	var found []Prompt
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("monday = ?", monday.Format(time.DateOnly)).Limit(1).Scan(ctx)
	})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Text, nil
}

// Ask sets the prompt of a week; an empty one takes it away.
func (s *Service) Ask(ctx context.Context, editor actor.Actor, monday time.Time, text string) error {
	if err := s.may(editor, "post", "feature"); err != nil {
		return err
	}
	invalid := &fault.Invalid{}
	text = Line(text)
	checkLength(invalid, "prompt", text, 0, MaxPrompt)
	if err := invalid.OrNil(); err != nil {
		return err
	}
	now := s.Clock.Now()
	row := &Prompt{ID: id.New(now), Monday: monday.Format(time.DateOnly), Text: text, ByID: editor.Member, At: now}
	err := s.DB.Write(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(row).On("CONFLICT (tenant_id, monday) DO UPDATE").Set("text = EXCLUDED.text, by_id = EXCLUDED.by_id, at = EXCLUDED.at").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask the neighbours: %w", err)
	}
	return nil
}
