package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

const (
	// mostFinds is how many finds an issue has: it ends.
	mostFinds = 6
	// mostByAuthor keeps one voice from filling the letter.
	mostByAuthor = 2
	// mostPicked is how many of them are the editors' own.
	mostPicked = 2
	// readersAtOnce is how many digests one transaction writes.
	readersAtOnce = 100
	// poolSize bounds what an issue chooses from.
	poolSize = 400
	week     = 7 * 24 * time.Hour
)

// Facts of an issue: some readers' finds are to be chosen, and their letters to
// be sent.
const (
	DigestBatch   outbox.Fact = "digest.batch"
	DigestWritten outbox.Fact = "digest.written"
)

// Digest writes the letter of the week: the editors' finds, what is new where
// the reader follows and in the community; at most six finds, never the same
// twice, never one's own, never what one has seen. A week with nothing new
// sends nothing.
type Digest struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service
	// Sponsored chooses the one labelled listing; nil shows none.
	Sponsored func(ctx context.Context, tenant id.ID, setting billing.Setting, day time.Time, limit int) ([]billing.Listing, error)

	// Batches of one issue follow each other: what their readers share is read
	// once.
	mu     sync.Mutex
	shared *edition
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

// sentItem says that a member was sent a piece, and why.
type sentItem struct {
	bun.BaseModel `bun:"table:digest_items,alias:item"`
	database.Owned
	MemberID id.ID  `bun:",pk"`
	Kind     string `bun:",pk"`
	PieceID  id.ID  `bun:",pk"`
	Issue    int
	Why      Why
	Place    int
}

// batch is the payload of DigestBatch.
type batch struct {
	Issue   int       `json:"issue"`
	Since   time.Time `json:"since"`
	Members []id.ID   `json:"members"`
}

// Due follows "digest.due": from the morning of the community's choice on, each
// issue begins once. A worker that was away begins it when it is back, within the
// week.
func (d *Digest) Due(ctx context.Context, tenant id.ID, _ json.RawMessage) error {
	community, err := d.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	now := d.Letters.Clock.Now()
	if now.Before(community.AppearsIn(now)) {
		return nil
	}
	// What is scheduled for this hour belongs to this issue: the next looks no
	// further back.
	if err := d.Posts.PublishDue(ctx, tenant); err != nil {
		return err
	}
	return d.Begin(ctx, tenant)
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
	since := community.AppearsIn(now)
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
		return d.divide(ctx, tx, community, row)
	})
	if err != nil {
		return fmt.Errorf("begin issue %d: %w", number, err)
	}
	return nil
}

// divide notes who reads weekly and, with the first issue that appears in a
// month, who reads monthly.
func (d *Digest) divide(ctx context.Context, tx database.Tx, tenant *tenants.Tenant, row *issue) error {
	appeared := row.Since.Add(week).In(tenant.Location())
	parts := map[string]*batch{membership.Weekly: {Issue: row.Number, Since: row.Since}}
	if appeared.Day() <= 7 {
		parts[membership.Monthly] = &batch{Issue: row.Number, Since: appeared.AddDate(0, -1, 0).UTC()}
	}
	add := func(part *batch) error {
		if len(part.Members) == 0 {
			return nil
		}
		err := d.Letters.Outbox.Add(ctx, tx, DigestBatch, *part)
		part.Members = nil
		return err
	}
	err := d.Members.Each(ctx, tx.Tenant, func(member membership.Member) error {
		part := parts[member.Digest]
		if part == nil {
			return nil
		}
		part.Members = append(part.Members, member.ID)
		if len(part.Members) < readersAtOnce {
			return nil
		}
		return add(part)
	})
	for _, part := range parts {
		err = errors.Join(err, add(part))
	}
	return err
}

// WriteBatch follows DigestBatch: the finds of all readers of the batch are
// noted, or of none. The letters themselves are written when they are sent.
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
		edition, err := d.edition(ctx, community, part)
		if err != nil || len(edition.pool) == 0 {
			return err
		}
		readers, err := d.readers(ctx, tx, edition, part)
		if err != nil {
			return err
		}
		return d.note(ctx, tx, edition, readers)
	})
	if err != nil {
		return fmt.Errorf("write issue %d: %w", part.Issue, err)
	}
	return nil
}

// noteItems says once what is the same of all: reading hundreds of rows takes
// PostgreSQL longer than keeping them.
const noteItems = `INSERT INTO digest_items (tenant_id, member_id, kind, piece_id, issue, why, place)
  SELECT ?tenant, column1, 'post', column2, ?, column3, column4 FROM (VALUES `

// note keeps what was chosen for each, and the fact that letters wait.
func (d *Digest) note(ctx context.Context, tx database.Tx, e *edition, readers []addressee) error {
	home := d.Letters.Home(e.tenant)
	var waiting []*Letter
	var issues []sentIssue
	items := []any{e.number}
	mailing := mailing{Issue: e.number}
	for _, reader := range readers {
		finds := choose(e, reader)
		if len(finds) == 0 {
			continue
		}
		letter := d.Letters.newLetter(tx.Tenant, home, digestKind, Reader{Member: reader.ID, Email: reader.Email})
		letter.Bulk = true
		waiting = append(waiting, letter)
		issues = append(issues, sentIssue{MemberID: reader.ID, Issue: e.number, LetterID: letter.ID})
		for place, find := range finds {
			items = append(items, reader.ID, find.post.ID, find.why, place)
		}
		mailing.Letters = append(mailing.Letters, letter.ID)
	}
	if len(waiting) == 0 {
		return nil
	}
	for _, rows := range []any{&waiting, &issues} {
		if _, err := tx.Insert(rows).Exec(ctx); err != nil {
			return err
		}
	}
	rows := strings.Repeat("(?, ?, ?, ?), ", len(items)/4-1) + "(?, ?, ?, ?)"
	if _, err := tx.Exec(ctx, noteItems+rows+") AS item", items...); err != nil {
		return fmt.Errorf("note what is sent: %w", err)
	}
	return d.Letters.Outbox.Add(ctx, tx, DigestWritten, mailing)
}
