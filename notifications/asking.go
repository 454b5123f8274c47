package notifications

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

const (
	// askedAQuestion is how many people a question goes to, editorsAfter how long
	// it may wait before the editors hear of it.
	askedAQuestion = 3
	editorsAfter   = 48 * time.Hour
	// questionSigns is how much of a question a letter repeats.
	questionSigns = 400
)

// QuestionWaiting is noted with a question, for when its time to be answered is
// over.
const QuestionWaiting outbox.Fact = "question.waiting"

// Asking brings questions to people who know and agreed to be asked.
//
// Who knows: whoever named one of the question's topics, then one of its
// places, then whoever is in its group; a question's title and text count as
// naming what stands in them. Among equals, whoever was not asked for longest.
// Nobody is asked twice in a week, nor the author.
type Asking struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service
}

// asked is a question that went to somebody.
type asked struct {
	bun.BaseModel `bun:"table:asked,alias:asked"`
	database.Owned
	ID       id.ID `bun:",pk"`
	PostID   id.ID
	MemberID id.ID
	At       time.Time
	PassedAt time.Time `bun:",nullzero"`
}

// routed is a question that has been taken care of.
type routed struct {
	bun.BaseModel `bun:"table:routed_questions,alias:routed"`
	database.Owned
	PostID id.ID `bun:",pk"`
	At     time.Time
}

// Published follows "post.published": a question sets out, once.
func (a *Asking) Published(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.PostFact](payload)
	if err != nil || fact.Kind != community.Question {
		return err
	}
	return a.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post, open, err := a.open(ctx, tenant, fact.ID)
		if err != nil || !open {
			return err
		}
		now := a.Letters.Clock.Now()
		result, err := tx.Insert(&routed{PostID: post.ID, At: now}).On("CONFLICT (tenant_id, post_id) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if added, err := result.RowsAffected(); err != nil || added == 0 {
			return err
		}
		if err := a.Letters.Outbox.AddAt(ctx, tx, QuestionWaiting, fact, now.Add(editorsAfter)); err != nil {
			return err
		}
		return a.ask(ctx, tx, post, askedAQuestion)
	})
}

// open tells whether a question stands and waits for an answer.
func (a *Asking) open(ctx context.Context, tenant, question id.ID) (*community.Post, bool, error) {
	post, err := a.Posts.Find(ctx, actor.VisitorOf(tenant), question)
	if isNoRow(err) || err == nil && post.State != community.Published {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	answered, err := a.Posts.Answered(ctx, tenant, post)
	return post, !answered, err
}

// ask writes to those who know best, as many as are wanted and may be asked.
func (a *Asking) ask(ctx context.Context, tx database.Tx, post *community.Post, wanted int) error {
	candidates, err := a.candidates(ctx, tx, post)
	if err != nil {
		return err
	}
	for _, candidate := range candidates {
		if wanted == 0 {
			return nil
		}
		member, err := a.Members.ByID(ctx, tx.Tenant, candidate)
		if err != nil {
			return err
		}
		if !member.LeftAt.IsZero() || member.State != membership.Published {
			continue
		}
		claimed, err := a.Members.ClaimToAsk(ctx, tx.Tenant, candidate)
		if err != nil {
			return err
		}
		if !claimed {
			continue
		}
		now := a.Letters.Clock.Now()
		row := &asked{ID: id.New(now), PostID: post.ID, MemberID: candidate, At: now}
		if _, err := tx.Insert(row).Exec(ctx); err != nil {
			return err
		}
		err = a.Letters.Write(ctx, tx, reader(member), func(s letters.Sender) letters.Letter {
			about := letterOf(s, member.Name, post)
			about.PassURL = s.Home + PassPath(s.Tenant, hostOf(s.Home), row.ID)
			return letters.QuestionFor(s, about)
		})
		if err != nil {
			return err
		}
		wanted--
	}
	return nil
}

// candidates are those who know something of it and were not asked, those who
// know best first.
func (a *Asking) candidates(ctx context.Context, tx database.Tx, post *community.Post) ([]id.ID, error) {
	all, err := a.Members.ToAsk(ctx, tx.Tenant)
	if err != nil {
		return nil, err
	}
	var before []asked
	if err := tx.Select(&before).Where("post_id = ?", post.ID).Scan(ctx); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(one membership.Askable) bool {
		return one.MemberID == post.AuthorID || slices.ContainsFunc(before, func(row asked) bool { return row.MemberID == one.MemberID })
	})
	ids := make([]id.ID, 0, len(all))
	for _, one := range all {
		ids = append(ids, one.MemberID)
	}
	group, err := a.Groups.Among(ctx, tx.Tenant, post.GroupID, ids)
	if err != nil {
		return nil, err
	}
	said := membership.Slug(strings.Join(append([]string{post.Title, post.Text, post.Where()}, post.Topics...), " . "))
	rank := map[id.ID]int{}
	for _, one := range all {
		if membership.Named(one.Topics, said) {
			rank[one.MemberID] += 4
		}
		if membership.Named(one.Places, said) {
			rank[one.MemberID] += 2
		}
		if group[one.MemberID] {
			rank[one.MemberID]++
		}
	}
	ids = slices.DeleteFunc(ids, func(one id.ID) bool { return rank[one] == 0 })
	slices.SortStableFunc(ids, func(one, other id.ID) int { return rank[other] - rank[one] })
	return ids, nil
}

func letterOf(s letters.Sender, name string, post *community.Post) letters.Asked {
	return letters.Asked{Name: name, Title: post.Title, URL: s.At(post.Path()), Text: words.Shorten(community.Plain(post.Text), questionSigns)}
}

// Waiting follows QuestionWaiting: the editors hear of a question that nobody
// has answered.
func (a *Asking) Waiting(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.PostFact](payload)
	if err != nil {
		return err
	}
	return a.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		post, open, err := a.open(ctx, tenant, fact.ID)
		if err != nil || !open {
			return err
		}
		editors, err := a.Members.WithRole(ctx, tenant, actor.Editor)
		if err == nil && len(editors) == 0 {
			editors, err = a.Members.WithRole(ctx, tenant, actor.Admin)
		}
		if err != nil {
			return err
		}
		for n := range editors {
			editor := &editors[n]
			err := a.Letters.Write(ctx, tx, reader(editor), func(s letters.Sender) letters.Letter {
				return letters.QuestionWaits(s, letterOf(s, editor.Name, post))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PassPath is the link by which somebody who was asked says "not me".
func PassPath(tenant *tenants.Tenant, host string, question id.ID) string {
	return "/pas-moi?" + url.Values{"q": {question.String()}, "s": {seal(tenant, host, "asked", question.String())}}.Encode()
}

// PassLink tells who was asked, and what; one that was not signed here finds
// nothing. The question is nil when it is gone.
func (a *Asking) PassLink(ctx context.Context, tenant *tenants.Tenant, host, asking, signature string) (one id.ID, who actor.Actor, question *community.Post, err error) {
	wanted, err := id.Parse(asking)
	if err != nil || !hmac.Equal([]byte(signature), []byte(seal(tenant, host, "asked", wanted.String()))) {
		return 0, who, nil, fmt.Errorf("link that passes a question on: %w", fault.NotFound)
	}
	row := &asked{}
	err = a.Letters.DB.Read(ctx, tenant.ID, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Select(row).Where("id = ?", wanted).Scan(ctx); err != nil {
			return err
		}
		found, err := a.Posts.Find(ctx, actor.VisitorOf(tenant.ID), row.PostID)
		if isNoRow(err) {
			return nil
		}
		question = found
		return err
	})
	return wanted, actor.MemberOf(tenant.ID, row.MemberID), question, err
}

// Pass brings a question to somebody else; twice is once.
func (a *Asking) Pass(ctx context.Context, tenant, asking id.ID) error {
	err := a.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row := &asked{}
		err := tx.Update(row).Set("passed_at = ?", a.Letters.Clock.Now()).Where("id = ?", asking).Where("passed_at IS NULL").Returning("*").Scan(ctx)
		if isNoRow(err) {
			return nil
		}
		if err != nil {
			return err
		}
		post, open, err := a.open(ctx, tenant, row.PostID)
		if err != nil || !open {
			return err
		}
		return a.ask(ctx, tx, post, 1)
	})
	if err != nil {
		return fmt.Errorf("pass a question on: %w", err)
	}
	return nil
}

// Stop withdraws the consent to be asked.
func (a *Asking) Stop(ctx context.Context, who actor.Actor) error {
	return a.Members.SaveAskable(ctx, who, false, nil, nil)
}
