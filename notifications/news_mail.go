package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// NewsDue is the fact that news of some members is to be mailed.
const NewsDue outbox.Fact = "news.due"

const (
	// newsKind is the letters' kind.
	newsKind = "news"
	// newsApart keeps a lively discussion from becoming as many letters.
	newsApart = 10 * time.Minute
	// newsALetter is how much one letter tells; it says how much more there is.
	newsALetter = 12
	// saidSigns is how much of a reply a letter repeats.
	saidSigns = 280
)

// due is the payload of NewsDue.
type due struct {
	Members []id.ID `json:"members"`
}

// mail notes that some members are to be written to, a few in each transaction.
func (t *Telling) mail(ctx context.Context, tx database.Tx, members []id.ID) error {
	for some := range slices.Chunk(members, readersAtOnce) {
		if err := t.Letters.Outbox.Add(ctx, tx, NewsDue, due{some}); err != nil {
			return err
		}
	}
	return nil
}

const membersDue = `SELECT member_id, mail_at FROM news WHERE tenant_id = ?tenant AND mail_at IS NOT NULL AND mail_at <= ?0
  AND (mail_at, member_id) > (?1, ?2) ORDER BY mail_at, member_id LIMIT ?3`

// Gather follows "news.gather": it notes whose news is to go out by now.
func (t *Telling) Gather(ctx context.Context, tenant id.ID) error {
	now := t.Letters.Clock.Now()
	err := t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for after := (News{}); ; {
			var rows []News
			if err := tx.Query(ctx, &rows, membersDue, now, after.MailAt, after.MemberID, toldOfAPiece); err != nil {
				return err
			}
			var members []id.ID
			for _, row := range rows {
				members = append(members, row.MemberID)
			}
			if err := t.mail(ctx, tx, slices.Compact(members)); err != nil {
				return err
			}
			if len(rows) < toldOfAPiece {
				return nil
			}
			after = rows[len(rows)-1]
		}
	})
	if err != nil {
		return fmt.Errorf("gather news: %w", err)
	}
	return nil
}

// Mail follows NewsDue: one letter to each of some members, with all that waits
// for them.
func (t *Telling) Mail(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[due](payload)
	if err != nil {
		return err
	}
	home, err := t.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	err = t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		// What another worker sends at this moment is to be seen, not sent again.
		if err := t.Members.Hold(ctx, tenant, fact.Members); err != nil {
			return err
		}
		preferences, err := preferencesOf(ctx, tx, fact.Members)
		if err != nil {
			return err
		}
		for _, member := range fact.Members {
			if err := t.mailOne(ctx, tx, home, member, preferences[member]); err != nil {
				return fmt.Errorf("write to %s: %w", member, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("mail news: %w", err)
	}
	return nil
}

func (t *Telling) mailOne(ctx context.Context, tx database.Tx, home *tenants.Tenant, to id.ID, wants Preferences) error {
	now := t.Letters.Clock.Now()
	var rows []News
	err := tx.Select(&rows).Where("member_id = ?", to).Where("mail_at <= ?", now).OrderExpr("id DESC").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	// A worker may be late by hours, into the night.
	if local := now.In(home.Location()); wants.awake(local).After(local) {
		return t.putOff(ctx, tx, rows, wants.awake(local).UTC())
	}
	lately, err := t.Letters.wrote(ctx, tx, to, newsKind, newsApart)
	if err != nil {
		return err
	}
	if lately {
		return t.putOff(ctx, tx, rows, now.Add(newsApart))
	}
	member, err := t.Members.ByID(ctx, home.ID, to)
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(slices.Clone(rows), func(row News) bool {
		return row.Withdrawn || !row.SeenAt.IsZero() && wants.For(row.Kind) != AtOnce
	})
	told, err := t.heard(words.WithLanguage(ctx, member.Language), actor.MemberOf(home.ID, to, member.Roles...), fresh)
	if err != nil {
		return err
	}
	query := tx.Update((*News)(nil)).Set("mail_at = NULL").Where("member_id = ?", to).Where("id IN (?)", newsIDs(rows))
	if len(told) > 0 && member.LeftAt.IsZero() {
		query.Set("mailed_at = ?", now)
		if err := t.Letters.Write(ctx, tx, reader(member), func(s letters.Sender) letters.Letter { return t.letter(s, member, told, now) }); err != nil {
			return err
		}
	}
	_, err = query.Exec(ctx)
	return err
}

func (t *Telling) putOff(ctx context.Context, tx database.Tx, rows []News, when time.Time) error {
	_, err := tx.Update((*News)(nil)).Set("mail_at = ?", when).Where("member_id = ?", rows[0].MemberID).Where("id IN (?)", newsIDs(rows)).Exec(ctx)
	return err
}

func newsIDs(rows []News) any {
	ids := make([]id.ID, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return bun.List(ids)
}

// letter lays out what is told.
func (t *Telling) letter(s letters.Sender, member *membership.Member, told []Heard, now time.Time) letters.Letter {
	host := hostOf(s.Home)
	about := letters.News{Name: member.Name, Count: len(told), AllURL: s.At("/moi/nouvelles"),
		ChooseURL: s.Home + PreferencesPath(s.Tenant, host, member.ID, now)}
	var kinds []Happening
	for n := range told {
		one := &told[n]
		if !slices.Contains(kinds, one.Kind) {
			kinds = append(kinds, one.Kind)
		}
		if n < newsALetter {
			about.Finds = append(about.Finds, letters.Find{Kicker: one.Line(s.Words, member.ID), Title: words.Typeset(one.Post.Spoken(), one.Post.Title),
				Line: one.Said(), URL: s.At(one.Path())})
		}
	}
	about.StopURL = s.Home + StopNewsPath(s.Tenant, host, member.ID, kinds)
	if thread := told[0].PostID; !slices.ContainsFunc(told, func(one Heard) bool { return one.PostID != thread }) {
		about.MuteURL = s.Home + MutePath(s.Tenant, host, member.ID, thread)
	}
	return letters.OfNews(s, about)
}

// Line says who did what: "Yann a répondu à ton bon plan".
func (h *Heard) Line(w *words.Words, reader id.ID) string {
	key := "news.line." + string(h.Kind)
	switch {
	case h.Kind == Welcomed:
		return w.T(key)
	case h.Kind == Thanked && h.Others > 0:
		return w.N(key+".others", h.Others, "Name", h.By.Name)
	case h.Kind == Replied && !slices.Contains(h.Post.Authors(), reader):
		key += ".other"
	case h.Kind == Mentioned && h.Comment == nil:
		key += ".post"
	}
	return w.T(key, "Name", h.By.Name)
}

// Said is what was replied, or what the piece is about.
func (h *Heard) Said() string {
	if h.Comment == nil {
		return words.Typeset(h.Post.Spoken(), h.Post.Standfirst)
	}
	return words.Typeset(h.Post.Language, words.Shorten(community.Plain(h.Comment.Text), saidSigns))
}
