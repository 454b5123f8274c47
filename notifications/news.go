package notifications

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// Happening is a kind of news.
type Happening string

// What members are told of.
const (
	Replied   Happening = "reply"   // to one's piece, or where one took part
	Mentioned Happening = "mention" // one's name stands in a text
	Thanked   Happening = "thanks"
	Followed  Happening = "follow" // a new piece of what one follows
	InGroup   Happening = "group"  // a new piece in one's group
	Welcomed  Happening = "welcome"
)

// Happenings lists those that can come by mail; the welcome is a letter of its own.
var Happenings = []Happening{Replied, Mentioned, Thanked, Followed, InGroup}

const (
	// newsKept is how long news can be looked up.
	newsKept = 90 * 24 * time.Hour
	// newsAPage is how many a page shows.
	newsAPage = 40
	// mostUnseen is up to where what is unseen is counted.
	mostUnseen = 10
)

// News is something that a member is told.
type News struct {
	bun.BaseModel `bun:"table:news,alias:news"`
	database.Owned
	MemberID  id.ID `bun:",pk"`
	ID        id.ID `bun:",pk"`
	Kind      Happening
	Event     string
	PostID    id.ID `bun:",nullzero"`
	CommentID id.ID `bun:",nullzero"`
	ByID      id.ID `bun:",nullzero"`
	At        time.Time
	SeenAt    time.Time `bun:",nullzero"`
	MailAt    time.Time `bun:",nullzero"`
	MailedAt  time.Time `bun:",nullzero"`
	Withdrawn bool
}

// Telling tells members what concerns them, on the site and by mail.
type Telling struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service

	counts unseenCounts
}

// event is what happened, before it is known who is told.
type event struct {
	kind              Happening
	name              string
	post, comment, by id.ID
	// group is whose members' choices about it count; zero for what is said to
	// somebody. Those who want its pieces in the letter of the week alone are
	// told when they came by another way.
	group  id.ID
	joined bool
	// at is when it happened, where that is long ago: then no mail goes.
	at time.Time
}

// tell notes an event for some members, once each: not for who did it, nor for
// who may not see it or wants to hear nothing of it.
func (t *Telling) tell(ctx context.Context, tx database.Tx, happened event, members []id.ID) error {
	members, err := t.listening(ctx, tx, happened, members)
	if err != nil || len(members) == 0 {
		return err
	}
	home, err := t.Letters.Tenants.ByID(ctx, tx.Tenant)
	if err != nil {
		return err
	}
	preferences, err := preferencesOf(ctx, tx, members)
	if err != nil {
		return err
	}
	now := t.Letters.Clock.Now()
	var seen time.Time
	if happened.kind == Welcomed {
		seen = now // there is no piece to look at
	}
	rows := make([]News, 0, len(members))
	for _, member := range members {
		row := News{MemberID: member, ID: id.New(now), Kind: happened.kind, Event: happened.name, PostID: happened.post,
			CommentID: happened.comment, ByID: happened.by, At: now, SeenAt: seen}
		if happened.at.IsZero() {
			row.MailAt = preferences[member].MailAt(happened.kind, now, home.Location())
		} else {
			row.ID, row.At = id.New(happened.at), happened.at
		}
		rows = append(rows, row)
	}
	var told []id.ID
	_, err = tx.Insert(&rows).On("CONFLICT (tenant_id, member_id, event) DO NOTHING").Returning("member_id").Exec(ctx, &told)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", happened.name, err)
	}
	tx.AfterCommit(func() { t.counts.forget(tx.Tenant, told...) })
	var atOnce []id.ID
	for _, row := range rows {
		if row.MailAt.Equal(now) && slices.Contains(told, row.MemberID) {
			atOnce = append(atOnce, row.MemberID)
		}
	}
	return t.mail(ctx, tx, atOnce)
}

// listening leaves out those who are not to be told.
func (t *Telling) listening(ctx context.Context, tx database.Tx, happened event, members []id.ID) ([]id.ID, error) {
	members = slices.DeleteFunc(slices.Clone(members), func(member id.ID) bool { return member == happened.by })
	if len(members) == 0 {
		return nil, nil
	}
	muted, err := mutedBy(ctx, tx, happened, members)
	if err != nil {
		return nil, err
	}
	silent, err := t.Members.Silencing(ctx, tx.Tenant, members, happened.by)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(members, func(member id.ID) bool { return muted[member] || silent[member] })
	if happened.post == 0 {
		return members, nil
	}
	return t.Posts.ReadBy(ctx, tx.Tenant, happened.post, members)
}

// Heard is news as its reader gets it: mercis for one piece on one day are one.
type Heard struct {
	News
	Post    *community.Post
	Comment *community.Comment
	By      membership.Person
	// Others is how many said thanks beside By.
	Others int
	// people are those whom Others counts, and By.
	people map[id.ID]bool
}

// Path is where it happened.
func (h *Heard) Path() string {
	switch {
	case h.Comment != nil:
		return h.Comment.PathOn(h.Post)
	case h.Kind == Thanked:
		return h.Post.Path() + "#merci"
	case h.Post != nil:
		return h.Post.Path()
	}
	return "/groupes"
}

// Latest lists a page of what a member was told and may still see, the newest
// first, and where the next page begins: the order is that of time alone.
func (t *Telling) Latest(ctx context.Context, who actor.Actor, before id.ID) (page []Heard, older id.ID, err error) {
	var rows []News
	err = t.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&rows).Where("member_id = ?", who.Member).Where("withdrawn = ?", false).OrderExpr("id DESC").Limit(newsAPage + 1)
		if before != 0 {
			query.Where("id < ?", before)
		}
		if err := query.Scan(ctx); err != nil {
			return err
		}
		if len(rows) > newsAPage {
			rows = rows[:newsAPage]
			older = rows[newsAPage-1].ID
		}
		page, err = t.heard(ctx, who, rows)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read news: %w", err)
	}
	return page, older, nil
}

// heard finds what news speaks of and leaves out what its reader may not see.
func (t *Telling) heard(ctx context.Context, reader actor.Actor, rows []News) ([]Heard, error) {
	home, err := t.Letters.Tenants.ByID(ctx, reader.Tenant)
	if err != nil {
		return nil, err
	}
	var wanted, replies, people []id.ID
	for _, row := range rows {
		if row.PostID != 0 {
			wanted = append(wanted, row.PostID)
		}
		if row.CommentID != 0 {
			replies = append(replies, row.CommentID)
		}
		people = append(people, row.ByID)
	}
	posts, err := t.Posts.Visible(ctx, reader, wanted)
	if err != nil {
		return nil, err
	}
	comments, err := t.Posts.CommentsByIDs(ctx, reader.Tenant, replies)
	if err != nil {
		return nil, err
	}
	names, err := t.Members.People(ctx, reader.Tenant, people)
	if err != nil {
		return nil, err
	}
	var all []Heard
	for _, row := range rows {
		one := Heard{News: row, Post: posts[row.PostID], Comment: comments[row.CommentID], By: names[row.ByID], people: map[id.ID]bool{row.ByID: true}}
		if row.PostID != 0 && one.Post == nil || row.CommentID != 0 && one.Comment == nil {
			continue
		}
		same := slices.IndexFunc(all, func(other Heard) bool {
			return row.Kind == Thanked && other.Kind == Thanked && together(home, &other.News, &row)
		})
		if same < 0 {
			all = append(all, one)
			continue
		}
		all[same].people[row.ByID] = true
		all[same].Others = len(all[same].people) - 1
		if row.SeenAt.IsZero() {
			all[same].SeenAt = time.Time{}
		}
	}
	return all, nil
}

func together(home *tenants.Tenant, one, other *News) bool {
	return one.PostID == other.PostID && one.At.In(home.Location()).Format(time.DateOnly) == other.At.In(home.Location()).Format(time.DateOnly)
}

// countUnseen looks no further than to where it is counted.
func countUnseen(ctx context.Context, tx database.Tx, member id.ID) (int, error) {
	var first []id.ID
	err := tx.Select((*News)(nil)).Column("id").Where("member_id = ?", member).Where("seen_at IS NULL").Where("withdrawn = ?", false).
		Limit(mostUnseen).Scan(ctx, &first)
	return len(first), err
}

// Unseen counts what a member has not seen, up to ten.
func (t *Telling) Unseen(ctx context.Context, who actor.Actor) (count int, err error) {
	if count, known := t.counts.find(who, t.Letters.Clock.Now()); known {
		return count, nil
	}
	err = t.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		count, err = countUnseen(ctx, tx, who.Member)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count news: %w", err)
	}
	t.counts.keep(who, count, t.Letters.Clock.Now())
	return count, nil
}

// Saw notes that a member looked at a post; zero is all there is.
func (t *Telling) Saw(ctx context.Context, who actor.Actor, post id.ID) error {
	if !who.IsMember() {
		return nil
	}
	if count, err := t.Unseen(ctx, who); err != nil || count == 0 {
		return err
	}
	err := t.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Update((*News)(nil)).Set("seen_at = ?", t.Letters.Clock.Now()).Where("member_id = ?", who.Member).Where("seen_at IS NULL")
		if post != 0 {
			query.Where("post_id = ?", post)
		}
		if _, err := query.Exec(ctx); err != nil {
			return err
		}
		// The request's other reads may go on seeing the store as it was.
		left, err := countUnseen(ctx, tx, who.Member)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { t.counts.keep(who, left, t.Letters.Clock.Now()) })
		return nil
	})
	if err != nil {
		return fmt.Errorf("note what was seen: %w", err)
	}
	return nil
}

// Housekeep forgets old news.
func (t *Telling) Housekeep(ctx context.Context, tenant id.ID) error {
	return t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Delete((*News)(nil)).Where("at < ?", t.Letters.Clock.Now().Add(-newsKept)).Exec(ctx); err != nil {
			return fmt.Errorf("forget old news: %w", err)
		}
		return nil
	})
}
