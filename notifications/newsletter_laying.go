package notifications

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// heaviestLetter is at what weight mail programs cut letters off, with room for
// what is the reader's own.
const heaviestLetter = 90 << 10

// Laid is a newsletter whose pieces were read: those that no longer show are
// left out.
type Laid struct {
	Parts []LaidPart
	// Missing are the places of parts whose piece or listing does not show.
	Missing []int
}

// LaidPart is a part with what it names.
type LaidPart struct {
	Part
	// At is its place in the draft.
	At      int
	Post    *community.Post
	Listing *billing.Listing
}

// Says tells whether there is anything but advertising to read.
func (l *Laid) Says() bool {
	return slices.ContainsFunc(l.Parts, func(part LaidPart) bool { return part.Kind == TextPart || part.Kind == PiecePart })
}

// Ad is the advertisement, or nil.
func (l *Laid) Ad() *LaidPart {
	at := slices.IndexFunc(l.Parts, func(part LaidPart) bool { return part.Kind == AdPart })
	if at < 0 {
		return nil
	}
	return &l.Parts[at]
}

// Lay reads what the parts of a newsletter name, in its language, as far as
// everybody may see it now.
func (n *Newsletters) Lay(ctx context.Context, tenant *tenants.Tenant, draft *NewsletterDraft) (*Laid, error) {
	var pieces, listings []id.ID
	for _, part := range draft.Parts {
		if part.Piece != 0 {
			pieces = append(pieces, part.Piece)
		}
		if part.Listing != 0 {
			listings = append(listings, part.Listing)
		}
	}
	reading := ctx
	if draft.Language != tenant.Settings.Language {
		reading = words.WithLanguage(ctx, draft.Language)
	}
	found, err := n.Posts.ByIDs(reading, tenant.ID, pieces)
	if err != nil {
		return nil, err
	}
	posts := map[id.ID]*community.Post{}
	for _, post := range found {
		if post.State == community.Published {
			posts[post.ID] = post
		}
	}
	paying, err := n.Billing.ByIDs(ctx, tenant.ID, listings)
	if err != nil {
		return nil, err
	}
	laid := &Laid{}
	for at, part := range draft.Parts {
		one := LaidPart{Part: part, At: at}
		switch part.Kind {
		case TextPart:
			if part.Text == "" {
				continue
			}
		case HeadingPart:
			if part.Title == "" {
				continue
			}
		case PiecePart:
			one.Post = posts[part.Piece]
		case AdPart:
			if listing, shown := paying[part.Listing]; shown {
				one.Listing = &listing
			} else if part.Listing == 0 && part.Title+part.Text == "" {
				continue
			}
		}
		if part.Kind == PiecePart && one.Post == nil || part.Listing != 0 && one.Listing == nil {
			laid.Missing = append(laid.Missing, at)
			continue
		}
		laid.Parts = append(laid.Parts, one)
	}
	return laid, nil
}

// Ready tells what a draft lacks before it can go out.
func (n *Newsletters) Ready(ctx context.Context, tenant *tenants.Tenant, row *Newsletter) (*Laid, error) {
	laid, err := n.Lay(ctx, tenant, &row.NewsletterDraft)
	if err != nil {
		return nil, err
	}
	invalid := &fault.Invalid{}
	if row.Subject == "" {
		invalid.Add("subject", "error.newsletter.subject")
	}
	ad := laid.Ad()
	if !laid.Says() && (row.Purpose != ForOffers || ad == nil) {
		invalid.Add("parts", "error.newsletter.empty")
	}
	if ad != nil && ad.Listing == nil {
		for name, value := range map[string]string{"title": ad.Title, "advertiser": ad.Advertiser, "url": ad.URL} {
			if value == "" {
				invalid.Add(name+"-"+strconv.Itoa(ad.At), "error.newsletter.ad_"+name)
			}
		}
	}
	if row.Purpose == ForOffers {
		if ad == nil {
			invalid.Add("parts", "error.newsletter.offer")
		}
		if row.Conditions == "" {
			invalid.Add("conditions", "error.newsletter.conditions")
		}
	}
	if err := invalid.OrNil(); err != nil {
		return nil, err
	}
	letter := n.letter(tenant, row, laid)
	sender := letters.For(tenant, row.Language, n.Letters.Home(tenant))
	html, err := sender.HTML(letter)
	if err == nil && len(html)+len(sender.Text(letter)) > heaviestLetter {
		err = fault.InvalidField("parts", "error.newsletter.heavy")
	}
	return laid, err
}

// letter is what all readers of a newsletter get alike, in its own language.
func (n *Newsletters) letter(tenant *tenants.Tenant, row *Newsletter, laid *Laid) letters.Letter {
	sender := letters.For(tenant, row.Language, n.Letters.Home(tenant))
	at := row.BegunAt
	if at.IsZero() {
		at = n.Letters.Clock.Now()
	}
	b := binder{s: sender, now: at, home: sender.Home, number: row.Number}
	written := letters.Newsletter{Offers: row.Purpose == ForOffers, Number: row.Number, On: at, Subject: sender.Typeset(row.Subject),
		Preview: sender.Typeset(row.Preview), Conditions: sender.Typeset(row.Conditions)}
	for _, part := range laid.Parts {
		b.bind(&written, part)
	}
	return letters.OfEditors(sender, written)
}

// binder turns the parts of a newsletter into blocks of a letter.
type binder struct {
	s      letters.Sender
	now    time.Time
	home   string
	number int
	led    bool
}

func (b *binder) bind(into *letters.Newsletter, part LaidPart) {
	switch part.Kind {
	case TextPart:
		into.Blocks = append(into.Blocks, letters.NewProse(words.TypesetHTML(b.s.Words.Language, community.HTML(part.Text)), b.tagged))
	case HeadingPart:
		into.Blocks = append(into.Blocks, letters.Heading(b.s.Typeset(part.Title)))
	case PiecePart:
		find := b.find(part.Post)
		last := len(into.Blocks) - 1
		if !b.led {
			b.led = true
			into.Blocks = append(into.Blocks, letters.Lead{Find: find, Action: b.s.Words.T("letters.digest.read")})
		} else if finds, follows := into.Blocks[max(last, 0)].(letters.Finds); follows {
			into.Blocks[last] = append(finds, find)
		} else {
			into.Blocks = append(into.Blocks, letters.Finds{find})
		}
	case AdPart:
		into.Blocks = append(into.Blocks, letters.Sponsored{Find: b.ad(part), Label: b.s.Words.T("letters.digest.sponsored")})
	}
}

func (b *binder) find(post *community.Post) letters.Find {
	return letters.Find{Title: words.Typeset(post.Spoken(), post.Title), URL: b.tagged(post.Path()), Kicker: Kicker(b.s, post, b.now),
		Line: words.Typeset(post.Spoken(), post.Standfirst)}
}

// Kicker says what and where, and when for what has its day.
func Kicker(s letters.Sender, post *community.Post, now time.Time) string {
	about := about(s, post)
	if !post.StartsAt.IsZero() {
		at := post.StartsAt.In(s.Tenant.Location())
		about += ", " + s.Words.Day(now, at) + ", " + s.Words.Clock(at)
	}
	return about
}

func (b *binder) ad(part LaidPart) letters.Find {
	if listing := part.Listing; listing != nil {
		find := sponsoredFind(b.s, listing)
		find.URL = b.tagged(listing.Path())
		if part.Text != "" {
			find.Line = b.s.Typeset(part.Text) + "\n" + find.Line
		}
		return find
	}
	return letters.Find{Title: b.s.Typeset(part.Title), URL: b.tagged(part.URL),
		Line: strings.TrimSpace(b.s.Typeset(part.Text) + "\n" + b.s.Words.T("letters.newsletter.paid", "Advertiser", b.s.Typeset(part.Advertiser)))}
}

// tagged makes a link whole. One to the community's own pages says from which
// newsletter it is followed; one that leads elsewhere stays as it was written.
func (b *binder) tagged(address string) string {
	whole := b.s.At(address)
	if address == "" || strings.HasPrefix(address, "#") || strings.HasPrefix(address, "mailto:") {
		return address
	}
	parsed, err := url.Parse(whole)
	if err != nil || b.number == 0 || parsed.Host != hostOf(b.home) {
		return whole
	}
	query := parsed.Query()
	query.Set(analytics.CampaignParameter, strconv.Itoa(b.number))
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// closedForEditor is the letter as an editor gets it, who has nothing to
// unsubscribe from.
func (n *Newsletters) closedForEditor(tenant *tenants.Tenant, row *Newsletter, laid *Laid, language string) letters.Letter {
	home := n.Letters.Home(tenant)
	const own = "/moi/courrier#lettre"
	return n.closed(tenant, row, n.letter(tenant, row, laid), letters.For(tenant, language, home), home+own, home+own)
}

// NewsletterPreview is a newsletter as a reader gets it.
type NewsletterPreview struct {
	Subject, HTML, Text string
	*Laid
}

// Preview shows a newsletter as its editor would get it.
func (n *Newsletters) Preview(tenant *tenants.Tenant, row *Newsletter, laid *Laid, language string) (NewsletterPreview, error) {
	sender := letters.For(tenant, row.Language, n.Letters.Home(tenant))
	letter := n.closedForEditor(tenant, row, laid, language)
	html, err := sender.HTML(letter)
	return NewsletterPreview{Subject: letter.Subject, HTML: html, Text: sender.Text(letter), Laid: laid}, err
}
