package notifications

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

const (
	// mostFinds is how many finds an issue has: it ends.
	mostFinds = 6
	// mostByAuthor keeps one voice from filling the letter.
	mostByAuthor = 2
	// readersAtOnce is how many digests one transaction writes.
	readersAtOnce = 50
	// poolSize bounds what an issue chooses from.
	poolSize = 400
	// appearsOn and appearsAt are when an issue comes out, in the community's
	// zone.
	appearsOn = time.Friday
	appearsAt = 8
	week      = 7 * 24 * time.Hour
)

// DigestBatch is the fact that some readers' digests are to be written.
const DigestBatch outbox.Fact = "digest.batch"

// Digest writes the weekly letter: what is new in the reader's groups and in
// the community, at most six finds, never the same twice, never one's own. A
// week with nothing new sends nothing.
type Digest struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service
	// Sponsored chooses the one labelled listing; nil shows none.
	Sponsored func(ctx context.Context, tenant id.ID, setting billing.Setting, day time.Time, limit int) ([]billing.Listing, error)
	// Picture is the path of a post's picture as PNG, JPEG or WebP; nil shows none.
	Picture func(*tenants.Tenant, *community.Post) string
}

// issue is a mailing that has begun.
type issue struct {
	bun.BaseModel `bun:"table:issues,alias:issue"`
	database.Owned
	Number  int `bun:",pk"`
	BegunAt time.Time
	Since   time.Time
}

// sentIssue says that a member got an issue.
type sentIssue struct {
	bun.BaseModel `bun:"table:digests,alias:digest"`
	database.Owned
	MemberID id.ID `bun:",pk"`
	Issue    int   `bun:",pk"`
	LetterID id.ID
}

// sentItem says that a member was sent a piece.
type sentItem struct {
	bun.BaseModel `bun:"table:digest_items,alias:item"`
	database.Owned
	MemberID id.ID  `bun:",pk"`
	Kind     string `bun:",pk"`
	PieceID  id.ID  `bun:",pk"`
	Issue    int
}

// batch is the payload of DigestBatch.
type batch struct {
	Issue   int       `json:"issue"`
	Since   time.Time `json:"since"`
	Members []id.ID   `json:"members"`
}

// Due follows "digest.due": from Friday morning on, each issue begins once. A
// worker that was away on Friday begins it when it is back, within the week.
func (d *Digest) Due(ctx context.Context, tenant id.ID, _ json.RawMessage) error {
	community, err := d.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	now := d.Letters.Clock.Now()
	if now.Before(appearance(community, now)) {
		return nil
	}
	// What is scheduled for this hour belongs to this issue: the next looks no
	// further back.
	if err := d.Posts.PublishDue(ctx, tenant); err != nil {
		return err
	}
	return d.Begin(ctx, tenant)
}

// appearance is when the issue of this week comes out.
func appearance(tenant *tenants.Tenant, now time.Time) time.Time {
	_, monday, _ := tenant.Issue(now)
	friday := monday.AddDate(0, 0, int(appearsOn-time.Monday))
	return time.Date(friday.Year(), friday.Month(), friday.Day(), appearsAt, 0, 0, 0, tenant.Location())
}

// Begin starts the mailing of this week's issue, unless it has begun: it notes
// whom to write to, in batches that workers take on one by one.
func (d *Digest) Begin(ctx context.Context, tenant id.ID) error {
	community, err := d.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	now := d.Letters.Clock.Now()
	number, _, _ := community.Issue(now)
	// What came after the last issue appeared is new, whenever this one begins.
	since := appearance(community, now)
	if since.After(now) {
		since = now
	}
	row := &issue{Number: number, BegunAt: now, Since: since.Add(-week).UTC()}
	err = d.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Insert(row).On("CONFLICT (tenant_id, number) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if begun, _ := result.RowsAffected(); begun == 0 {
			return nil
		}
		return d.divide(ctx, tx, row)
	})
	if err != nil {
		return fmt.Errorf("begin issue %d: %w", number, err)
	}
	return nil
}

func (d *Digest) divide(ctx context.Context, tx database.Tx, row *issue) error {
	part := batch{Issue: row.Number, Since: row.Since}
	add := func() error {
		if len(part.Members) == 0 {
			return nil
		}
		err := d.Letters.Outbox.Add(ctx, tx, DigestBatch, part)
		part.Members = nil
		return err
	}
	err := d.Members.Each(ctx, tx.Tenant, func(member membership.Member) error {
		if member.Digest != membership.Weekly {
			return nil
		}
		part.Members = append(part.Members, member.ID)
		if len(part.Members) < readersAtOnce {
			return nil
		}
		return add()
	})
	if err != nil {
		return err
	}
	return add()
}

// WriteBatch follows DigestBatch: all digests of the batch, or none.
func (d *Digest) WriteBatch(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	part, err := read[batch](payload)
	if err != nil {
		return err
	}
	community, err := d.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	err = d.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		// What another issue sends at this moment is to be seen, not sent again.
		if err := d.Members.Hold(ctx, tenant, part.Members); err != nil {
			return err
		}
		edition, err := d.edit(ctx, tx, community, part)
		if err != nil || len(edition.pool) == 0 {
			return err
		}
		for _, member := range part.Members {
			if err := d.writeTo(ctx, tx, edition, member); err != nil {
				return fmt.Errorf("write to %s: %w", member, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write issue %d: %w", part.Issue, err)
	}
	return nil
}

// edition is what all readers of a batch share.
type edition struct {
	tenant         *tenants.Tenant
	number         int
	monday, sunday time.Time
	pool           []*community.Post
	authors        map[id.ID]membership.Person
	groups         map[id.ID]membership.Group
	sent           map[id.ID]map[id.ID]bool // by reader, then piece
	unheard        map[id.ID][]id.ID        // groups of which a reader wants nothing
	sponsored      *billing.Listing
}

func (d *Digest) edit(ctx context.Context, tx database.Tx, tenant *tenants.Tenant, part batch) (*edition, error) {
	now := d.Letters.Clock.Now()
	e := &edition{tenant: tenant, number: part.Issue, sent: map[id.ID]map[id.ID]bool{}}
	// A batch may be late by days: the issue's own week is that of its window.
	_, e.monday, e.sunday = tenant.Issue(part.Since.Add(week))
	var err error
	if e.pool, err = d.since(ctx, tenant.ID, part.Since, now.In(tenant.Location()).Month()); err != nil || len(e.pool) == 0 {
		return e, err
	}
	var authors, groups []id.ID
	for _, post := range e.pool {
		authors = append(authors, post.AuthorID)
		if post.GroupID != 0 {
			groups = append(groups, post.GroupID)
		}
	}
	if e.authors, err = d.Members.People(ctx, tenant.ID, authors); err != nil {
		return nil, err
	}
	if e.groups, err = d.Groups.ByIDs(ctx, tenant.ID, groups); err != nil {
		return nil, err
	}
	var items []sentItem
	if err := tx.Select(&items).Where("member_id IN (?)", bun.List(part.Members)).Where("kind = 'post'").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	for _, item := range items {
		if e.sent[item.MemberID] == nil {
			e.sent[item.MemberID] = map[id.ID]bool{}
		}
		e.sent[item.MemberID][item.PieceID] = true
	}
	if e.unheard, err = unheardGroups(ctx, tx, part.Members); err != nil {
		return nil, err
	}
	e.sponsored, err = d.sponsored(ctx, tenant, now)
	return e, err
}

// since reads what was published after a moment and holds this month, the
// newest first.
func (d *Digest) since(ctx context.Context, tenant id.ID, since time.Time, month time.Month) (pool []*community.Post, err error) {
	for after := (community.Cursor{}); ; {
		posts, next, err := d.Posts.Feed(ctx, tenant, community.Filter{Limit: 100}, after)
		if err != nil {
			return nil, err
		}
		for _, post := range posts {
			if !post.PostedAt.After(since) {
				return pool, nil
			}
			if post.InSeason(month) {
				pool = append(pool, post)
			}
		}
		if next.IsZero() || len(pool) >= poolSize {
			return pool, nil
		}
		after = next
	}
}

func (d *Digest) sponsored(ctx context.Context, tenant *tenants.Tenant, now time.Time) (*billing.Listing, error) {
	if d.Sponsored == nil {
		return nil, nil
	}
	chosen, err := d.Sponsored(ctx, tenant.ID, billing.Setting{}, now.In(tenant.Location()), 1)
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	return &chosen[0], nil
}

func (d *Digest) writeTo(ctx context.Context, tx database.Tx, e *edition, reader id.ID) error {
	member, err := d.Members.ByID(ctx, e.tenant.ID, reader)
	if isNoRow(err) || err == nil && (member.Digest != membership.Weekly || !member.LeftAt.IsZero()) {
		return nil // stopped or left since the issue began
	}
	if err != nil {
		return err
	}
	mine, err := d.Groups.Of(ctx, e.tenant.ID, reader)
	if err != nil {
		return err
	}
	mine = slices.DeleteFunc(mine, func(group id.ID) bool { return slices.Contains(e.unheard[reader], group) })
	chosen := choose(e.pool, reader, mine, e.sent[reader])
	if len(chosen) == 0 {
		return nil
	}
	sent, err := tx.Select((*sentIssue)(nil)).Where("member_id = ? AND issue = ?", reader, e.number).Exists(ctx)
	if err != nil || sent {
		return err
	}
	if member.Language != e.tenant.Settings.Language {
		if chosen, err = d.translated(ctx, e.tenant.ID, member.Language, chosen); err != nil {
			return err
		}
	}
	sender := letters.For(e.tenant, member.Language, d.Letters.Home(e.tenant))
	letter, err := d.Letters.queue(ctx, tx, sender, Reader{Member: reader, Name: member.Name, Email: member.Email},
		d.lay(sender, e, member, chosen), DigestWritten)
	if err != nil || letter == 0 {
		return err
	}
	if _, err := tx.Insert(&sentIssue{MemberID: reader, Issue: e.number, LetterID: letter}).Exec(ctx); err != nil {
		return err
	}
	var items []sentItem
	for _, post := range chosen {
		items = append(items, sentItem{MemberID: reader, Kind: "post", PieceID: post.ID, Issue: e.number})
	}
	_, err = tx.Insert(&items).Exec(ctx)
	return err
}

// translated reads the finds again, in another language where they are in it.
func (d *Digest) translated(ctx context.Context, tenant id.ID, language string, chosen []*community.Post) ([]*community.Post, error) {
	ids := make([]id.ID, 0, len(chosen))
	for _, post := range chosen {
		ids = append(ids, post.ID)
	}
	return d.Posts.ByIDs(words.WithLanguage(ctx, language), tenant, ids)
}

// choose picks the finds of one reader. The rule, in this order: my groups
// before the community, tips before offers since they last, the newer first,
// and two at most by the same author. The letter opens with the first tip.
// Nothing counts clicks or thanks.
func choose(pool []*community.Post, reader id.ID, mine []id.ID, sent map[id.ID]bool) []*community.Post {
	var open []*community.Post
	for _, post := range pool {
		foreign := post.GroupID != 0 && !slices.Contains(mine, post.GroupID)
		if !foreign && post.AuthorID != reader && !sent[post.ID] {
			open = append(open, post)
		}
	}
	slices.SortStableFunc(open, func(a, b *community.Post) int {
		return cmp.Or(
			compareTrue(a.GroupID != 0, b.GroupID != 0),
			compareTrue(isTip(a), isTip(b)),
			b.PostedAt.Compare(a.PostedAt))
	})
	by := map[id.ID]int{}
	var chosen []*community.Post
	for _, post := range open {
		if by[post.AuthorID]++; by[post.AuthorID] <= mostByAuthor && len(chosen) < mostFinds {
			chosen = append(chosen, post)
		}
	}
	if tip := slices.IndexFunc(chosen, isTip); tip > 0 {
		chosen = slices.Insert(slices.Delete(slices.Clone(chosen), tip, tip+1), 0, chosen[tip])
	}
	return chosen
}

func isTip(post *community.Post) bool { return post.Kind == community.Tip }

func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (d *Digest) lay(s letters.Sender, e *edition, member *membership.Member, chosen []*community.Post) letters.Letter {
	home := s.Home
	issue := letters.Digest{Name: member.Name, Number: e.number, Monday: e.monday, Sunday: e.sunday,
		StopURL: home + StopPath(e.tenant, hostOf(home), member.ID), MyURL: home + PreferencesPath(e.tenant, hostOf(home), member.ID, d.Letters.Clock.Now()), Since: member.JoinedAt}
	for n, post := range chosen {
		find := letters.Find{Title: words.Typeset(post.Spoken(), post.Title), URL: s.At(post.Path()), Kicker: kicker(s, e, post),
			Line: words.Typeset(post.Spoken(), post.Standfirst)}
		if n > 0 || find.Line == "" {
			find.Line = s.Words.T("letters.digest.by", "Name", e.authors[post.AuthorID].Name)
		}
		if d.Picture != nil {
			find.Picture = s.At(d.Picture(e.tenant, post))
		}
		issue.Finds = append(issue.Finds, find)
	}
	if e.sponsored != nil {
		issue.Sponsored = &letters.Find{Title: s.Typeset(e.sponsored.Name), URL: s.At("/adresses/" + e.sponsored.ID.String()),
			Line: s.Words.T("letters.digest.paid", "Trade", s.Typeset(e.sponsored.Trade), "Place", e.sponsored.Commune, "Owner", e.sponsored.OwnerName)}
	}
	return letters.Weekly(s, issue)
}

// kicker says what and where: "Bon plan, Tréboul", "Ton groupe, Les Maillots".
func kicker(s letters.Sender, e *edition, post *community.Post) string {
	if group, known := e.groups[post.GroupID]; known && post.GroupID != 0 {
		return s.Words.T("letters.digest.group", "Group", s.Typeset(group.Name))
	}
	about := strings.TrimSuffix(kindWord(s.Words, post)+", "+s.Typeset(post.Where()), ", ")
	if post.Spoken() != s.Words.Language {
		about += ", " + s.Words.T("language.in."+post.Spoken())
	}
	return about
}

func kindWord(w *words.Words, post *community.Post) string {
	if post.Kind == community.Offer {
		return w.T("community.offer." + post.Offer)
	}
	return w.T("community.kind." + string(post.Kind))
}
