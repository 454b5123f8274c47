package notifications

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/membership"
)

// How much a newsletter holds: mail programs cut off what is heavier than 100 KB.
const (
	MaxSubject    = 120
	MaxPreview    = 150
	MaxParts      = 30
	MaxPartText   = 4000
	MaxAdText     = 400
	MaxConditions = 1000
	maxPartTitle  = 120
	maxAddress    = 300
	// draftsAtOnce bounds how many a community writes on at the same time.
	draftsAtOnce = 100
	// farthestSending is how far ahead one may be scheduled.
	farthestSending = 366 * 24 * time.Hour
)

// NewsletterState is how far a newsletter has come.
type NewsletterState string

// The states. A draft that is scheduled cannot be changed; Paused is resumed or
// stopped for good.
const (
	Drafted    NewsletterState = "draft"
	Scheduled  NewsletterState = "scheduled"
	GoingOut   NewsletterState = "sending"
	PausedMail NewsletterState = "paused"
	SentOut    NewsletterState = "sent"
	StoppedOut NewsletterState = "stopped"
)

// Newsletter is a letter that editors compose for those who agreed to get it.
type Newsletter struct {
	bun.BaseModel `bun:"table:newsletters,alias:newsletter"`
	database.Owned
	ID id.ID `bun:",pk"`
	NewsletterDraft
	State   NewsletterState
	Version int
	// Problem is the key of what kept it from going out.
	Problem string
	// Number is given when it goes out: readers know it by that.
	Number    int `bun:",nullzero"`
	CreatedBy id.ID
	CreatedAt time.Time
	SavedBy   id.ID
	SavedAt   time.Time
	SendAt    time.Time `bun:",nullzero"`
	BegunAt   time.Time `bun:",nullzero"`
	// Reached is the last subscription that was looked at, Readers how many of
	// those before are written to.
	Reached id.ID
	Readers int
	FixedAt time.Time          `bun:",nullzero"`
	EndedAt time.Time          `bun:",nullzero"`
	Figures *NewsletterFigures `bun:"type:json,nullzero"`
}

// NewsletterDraft is what editors write.
type NewsletterDraft struct {
	Purpose  Purpose
	Language string
	Subject  string
	// Preview is what mail programs show beside the subject.
	Preview string
	// Conditions are those of partners' offers.
	Conditions string
	Parts      []Part   `bun:"type:json"`
	Audience   Audience `bun:"type:json"`
}

// PartKind is what a part of a newsletter is.
type PartKind string

// The kinds of parts; a letter has one advertisement at most.
const (
	TextPart    PartKind = "text"
	HeadingPart PartKind = "heading"
	PiecePart   PartKind = "piece"
	AdPart      PartKind = "ad"
)

// Part is a part of a newsletter. Pieces and listings are named here and read
// when the letter is sent.
type Part struct {
	Kind PartKind `json:"kind"`
	// Text is Markdown in a text, the words of an advertisement.
	Text string `json:"text,omitempty"`
	// Title is that of a heading or of an advertisement.
	Title string `json:"title,omitempty"`
	Piece id.ID  `json:"piece,omitempty"`
	// Listing is the partner's page that an advertisement shows; without, it has
	// words of its own, an address and the name of who pays.
	Listing    id.ID  `json:"listing,omitempty"`
	Advertiser string `json:"advertiser,omitempty"`
	URL        string `json:"url,omitempty"`
}

// Path is where editors find it.
func (n *Newsletter) Path() string { return "/redaction/lettres/" + n.ID.String() }

// NewsletterPath is where everybody reads the newsletter of a number.
func NewsletterPath(number int) string { return "/lettres/" + strconv.Itoa(number) }

// ReadPath is where everybody reads it; before it has its number, where that will
// be listed.
func (n *Newsletter) ReadPath() string {
	if n.Number == 0 {
		return "/lettres"
	}
	return NewsletterPath(n.Number)
}

// Public tells that everybody may read it once it went out: it was for all
// subscribers, at most of one language. One that was chosen for some, and
// partners' offers, are for those alone who got them.
func (d *NewsletterDraft) Public() bool {
	return d.Purpose == ForNews && len(d.Audience.Groups) == 0 && len(d.Audience.Entrances) == 0 && d.Audience.Activity == ""
}

// Open tells that editors may still change it.
func (n *Newsletter) Open() bool { return n.State == Drafted }

// Begun tells that it went out, in part at least.
func (n *Newsletter) Begun() bool {
	return n.State == GoingOut || n.State == PausedMail || n.State == SentOut || n.State == StoppedOut
}

// Newsletters composes letters, fixes who gets them and sends them.
type Newsletters struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service
	Billing *billing.Service
	Policy  actor.Policy
	// Digest sends what else waits in the same stream.
	Digest *Digest
	// Trials bounds how often one sends letters to oneself.
	Trials *limit.Limit
}

// NewNewsletters returns the service; an editor tries twenty times an hour.
func NewNewsletters(digest *Digest, billing *billing.Service, policy actor.Policy) *Newsletters {
	return &Newsletters{Letters: digest.Letters, Members: digest.Members, Groups: digest.Groups, Posts: digest.Posts, Billing: billing,
		Policy: policy, Digest: digest, Trials: limit.New(digest.Letters.Clock, 20, time.Hour)}
}

func (n *Newsletters) may(who actor.Actor) error {
	if !n.Policy.Allows(who, "letter", "compose") {
		return fault.NotFound
	}
	return nil
}

// Start opens an empty draft.
func (n *Newsletters) Start(ctx context.Context, who actor.Actor) (*Newsletter, error) {
	if err := n.may(who); err != nil {
		return nil, err
	}
	tenant, err := n.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	now := n.Letters.Clock.Now()
	row := &Newsletter{ID: id.New(now), NewsletterDraft: NewsletterDraft{Purpose: ForNews, Language: tenant.Settings.Language, Parts: []Part{{Kind: TextPart}}},
		State: Drafted, CreatedBy: who.Member, CreatedAt: now, SavedBy: who.Member, SavedAt: now}
	err = n.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		open, err := tx.Select((*Newsletter)(nil)).Where("state = ?", Drafted).Count(ctx)
		if err != nil {
			return err
		}
		if open >= draftsAtOnce {
			return fault.Conflict
		}
		_, err = tx.Insert(row).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start a newsletter: %w", err)
	}
	return row, nil
}

// Adopt takes over a letter from elsewhere: one that went out, or a draft where
// the moment is zero. Nobody is written to.
func (n *Newsletters) Adopt(ctx context.Context, tenant, by id.ID, draft NewsletterDraft, sent time.Time) (id.ID, error) {
	who := actor.Actor{Tenant: tenant, Member: by}
	if err := n.clean(ctx, who, &draft); err != nil {
		return 0, err
	}
	now := n.Letters.Clock.Now()
	row := &Newsletter{ID: id.New(now), NewsletterDraft: draft, State: Drafted, CreatedBy: by, CreatedAt: now, SavedBy: by, SavedAt: now}
	err := n.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if !sent.IsZero() {
			last := 0
			if err := tx.Query(ctx, &last, lastNumber); err != nil {
				return err
			}
			row.State, row.Number, row.BegunAt, row.EndedAt = SentOut, last+1, sent, sent
		}
		_, err := tx.Insert(row).Exec(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("adopt a letter: %w", err)
	}
	return row.ID, nil
}

// Find reads a newsletter for its editors.
func (n *Newsletters) Find(ctx context.Context, who actor.Actor, newsletter id.ID) (*Newsletter, error) {
	if err := n.may(who); err != nil {
		return nil, err
	}
	return n.byID(ctx, who.Tenant, newsletter)
}

func (n *Newsletters) byID(ctx context.Context, tenant, newsletter id.ID) (*Newsletter, error) {
	row := &Newsletter{}
	err := n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("id = ?", newsletter).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find a newsletter: %w", err)
	}
	return row, nil
}

// Save keeps a draft, however unfinished. It is refused with fault.Conflict when
// somebody else saved since the version that was open.
func (n *Newsletters) Save(ctx context.Context, who actor.Actor, newsletter id.ID, version int, draft NewsletterDraft) (*Newsletter, error) {
	if err := n.may(who); err != nil {
		return nil, err
	}
	if err := n.clean(ctx, who, &draft); err != nil {
		return nil, err
	}
	row, err := n.changing(ctx, who.Tenant, newsletter, func(ctx context.Context, tx database.Tx, row *Newsletter) error {
		if !row.Open() || row.Version != version {
			return fault.Conflict
		}
		row.NewsletterDraft, row.Version, row.Problem = draft, row.Version+1, ""
		row.SavedBy, row.SavedAt = who.Member, n.Letters.Clock.Now()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("save a newsletter: %w", err)
	}
	return row, nil
}

// Drop deletes a draft.
func (n *Newsletters) Drop(ctx context.Context, who actor.Actor, newsletter id.ID) error {
	if err := n.may(who); err != nil {
		return err
	}
	err := n.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.Delete((*Newsletter)(nil)).Where("id = ?", newsletter).Where("state = ?", Drafted).Exec(ctx)
		if err != nil {
			return err
		}
		if dropped, _ := result.RowsAffected(); dropped == 0 {
			return fault.NotFound
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop a newsletter: %w", err)
	}
	return nil
}

// changing takes a newsletter in hand, one at a time, and keeps what change
// makes of it.
func (n *Newsletters) changing(ctx context.Context, tenant, newsletter id.ID, change func(context.Context, database.Tx, *Newsletter) error) (row *Newsletter, err error) {
	err = n.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row = &Newsletter{}
		query := tx.Select(row).Where("id = ?", newsletter)
		if tx.Engine == database.PostgreSQL {
			query.For("UPDATE")
		}
		if err := query.Scan(ctx); err != nil {
			return err
		}
		if err := change(ctx, tx, row); err != nil {
			return err
		}
		_, err := tx.Update(row).WherePK().Exec(ctx)
		return err
	})
	return row, err
}

// clean makes a draft safe to keep and refuses what is too long.
func (n *Newsletters) clean(ctx context.Context, who actor.Actor, draft *NewsletterDraft) error {
	tenant, err := n.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return err
	}
	invalid := &fault.Invalid{}
	line := func(name string, value *string, most int) {
		if tooLong(invalid, name, *value, most) {
			return
		}
		*value = community.Line(*value)
	}
	text := func(name string, value *string, most int) {
		if tooLong(invalid, name, *value, most) {
			return
		}
		*value = community.Clean(*value)
	}
	line("subject", &draft.Subject, MaxSubject)
	line("preview", &draft.Preview, MaxPreview)
	text("conditions", &draft.Conditions, MaxConditions)
	if !slices.Contains(Purposes, draft.Purpose) {
		invalid.Add("purpose", "error.choice")
	}
	if !slices.Contains(tenant.Reads(), draft.Language) {
		invalid.Add("language", "error.choice")
	}
	if len(draft.Parts) > MaxParts {
		invalid.Add("parts", "error.newsletter.parts", "Max", MaxParts)
		draft.Parts = draft.Parts[:MaxParts]
	}
	ads := 0
	for at := range draft.Parts {
		part, suffix := &draft.Parts[at], "-"+strconv.Itoa(at)
		switch part.Kind {
		case TextPart:
			text("text"+suffix, &part.Text, MaxPartText)
		case HeadingPart:
			line("title"+suffix, &part.Title, maxPartTitle)
		case PiecePart:
		case AdPart:
			ads++
			line("title"+suffix, &part.Title, maxPartTitle)
			text("text"+suffix, &part.Text, MaxAdText)
			line("advertiser"+suffix, &part.Advertiser, maxPartTitle)
			line("url"+suffix, &part.URL, maxAddress)
			if part.URL != "" && !webAddress(part.URL) {
				invalid.Add("url"+suffix, "error.newsletter.url")
			}
		default:
			invalid.Add("parts", "error.choice")
		}
	}
	if ads > 1 {
		invalid.Add("parts", "error.newsletter.ads")
	}
	draft.Audience.clean(invalid, tenant)
	return invalid.OrNil()
}

func tooLong(invalid *fault.Invalid, name, value string, most int) bool {
	length := utf8.RuneCountInString(strings.ReplaceAll(value, "\r\n", "\n"))
	if length <= most {
		return false
	}
	invalid.Add(name, "error.newsletter.long", "Max", most, "Length", length)
	return true
}

func webAddress(address string) bool {
	parsed, err := url.Parse(address)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "http" || parsed.Scheme == "https")
}

// newslettersAPage is how many a list shows.
const newslettersAPage = 30

// Desk lists newsletters for editors: those that are written on or on their way,
// all of them, and a page of those that went out, the latest first; before is
// the number before which the page begins, or zero.
func (n *Newsletters) Desk(ctx context.Context, who actor.Actor, before int) (open, gone []Newsletter, older int, err error) {
	if err := n.may(who); err != nil {
		return nil, nil, 0, err
	}
	err = n.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		for _, state := range []NewsletterState{GoingOut, PausedMail, Scheduled, Drafted} {
			var some []Newsletter
			if err := tx.Select(&some).Where("state = ?", state).Order("id DESC").Limit(draftsAtOnce).Scan(ctx); err != nil {
				return err
			}
			open = append(open, some...)
		}
		return numbered(tx.Select(&gone), before).Where("state IN (?, ?)", SentOut, StoppedOut).Limit(newslettersAPage + 1).Scan(ctx)
	})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("list newsletters: %w", err)
	}
	if len(gone) > newslettersAPage {
		gone = gone[:newslettersAPage]
		older = gone[newslettersAPage-1].Number
	}
	return open, gone, older, nil
}

// numbered are those that went out, the latest first, before a number.
func numbered(query *bun.SelectQuery, before int) *bun.SelectQuery {
	query.Where("number > 0").Order("number DESC")
	if before != 0 {
		query.Where("number < ?", before)
	}
	return query
}

// Archive lists what went out to everybody, the latest first; before is the
// number before which the page begins, or zero.
func (n *Newsletters) Archive(ctx context.Context, tenant id.ID, before, limit int) (page []Newsletter, older int, err error) {
	err = n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for len(page) <= limit {
			var some []Newsletter
			err := numbered(tx.Select(&some), before).Where("purpose = ?", ForNews).Limit(int64(limit) + 1).Scan(ctx)
			if err != nil {
				return err
			}
			for _, one := range some {
				if one.Public() {
					page = append(page, one)
				}
				before = one.Number
			}
			if len(some) <= limit {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list what went out: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		older = page[limit-1].Number
	}
	return page, older, nil
}

// Appeared reads what went out to everybody under a number.
func (n *Newsletters) Appeared(ctx context.Context, tenant id.ID, number int) (*Newsletter, error) {
	row := &Newsletter{}
	err := n.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("number = ?", number).Scan(ctx)
	})
	if err == nil && !row.Public() {
		err = fault.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find what went out: %w", err)
	}
	return row, nil
}
