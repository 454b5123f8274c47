package transfer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

// Importer brings a file's content into a community.
type Importer struct {
	DB            *database.DB
	Clock         clock.Clock
	Members       *membership.Service
	Groups        *membership.Groups
	Posts         *community.Service
	Billing       *billing.Service
	Moderation    *moderation.Service
	Subscriptions *notifications.Subscriptions
	Newsletters   *notifications.Newsletters
}

// Counts tells what an import did.
type Counts struct {
	Members, Groups, Posts, Comments, Listings, Reports, Subscribers, Letters int
	// Renewed pieces were here already and took the file's words.
	Renewed int
}

// imported tells which piece stands for a file's key.
type imported struct {
	bun.BaseModel `bun:"table:imported,alias:imported"`
	database.Owned
	Kind    string `bun:",pk"`
	Key     string `bun:",pk"`
	PieceID id.ID
}

// run is one import on its way.
type run struct {
	*Importer
	tenant *tenants.Tenant
	file   *File
	tx     database.Tx
	counts Counts
	known  map[string]id.ID // "post/key"
	people map[string]Member
}

// Import writes all of the file or nothing. The second time it renews what the
// first time wrote.
func (i *Importer) Import(ctx context.Context, tenant *tenants.Tenant, file *File) (Counts, error) {
	var counts Counts
	err := i.DB.Write(ctx, tenant.ID, func(ctx context.Context, tx database.Tx) error {
		r := &run{Importer: i, tenant: tenant, file: file, tx: tx, known: map[string]id.ID{}, people: map[string]Member{}}
		var rows []imported
		if err := tx.Select(&rows).Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			r.known[row.Kind+"/"+row.Key] = row.PieceID
		}
		for _, step := range []func(context.Context) error{r.members, r.groups, r.posts, r.plans, r.listings, r.reports, r.subscribers, r.letters} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		counts = r.counts
		return nil
	})
	if err != nil {
		return Counts{}, fmt.Errorf("import into %s: %w", tenant.Slug, err)
	}
	return counts, nil
}

func (r *run) note(ctx context.Context, kind, key string, piece id.ID) error {
	r.known[kind+"/"+key] = piece
	row := &imported{Kind: kind, Key: key, PieceID: piece}
	_, err := r.tx.Insert(row).On("CONFLICT (tenant_id, kind, key) DO NOTHING").Exec(ctx)
	return err
}

// find gives the piece that stands for a key, zero for a new one.
func (r *run) find(kind, key string) id.ID {
	piece := r.known[kind+"/"+key]
	if piece != 0 {
		r.counts.Renewed++
	}
	return piece
}

func (r *run) members(ctx context.Context) error {
	for _, one := range r.file.Members {
		r.people[one.Key] = one
		if r.find("member", one.Key) != 0 {
			continue
		}
		member, err := r.Members.ByEmail(ctx, r.tenant.ID, one.Email)
		if errors.Is(err, fault.NotFound) {
			member, err = r.Members.Admit(ctx, r.tenant.ID, membership.Newcomer{Email: one.Email, Name: one.Name, Place: one.Place,
				About: one.About, Language: r.tenant.Settings.Language, Roles: one.Roles, Shown: one.Shown, JoinedAt: one.Since})
		}
		if err != nil {
			return fmt.Errorf("member %s: %w", one.Key, err)
		}
		r.counts.Members++
		if err := r.note(ctx, "member", one.Key, member.ID); err != nil {
			return err
		}
		if len(one.Topics)+len(one.Places) > 0 {
			if err := r.Members.SaveAskable(ctx, actor.Actor{Tenant: r.tenant.ID, Member: member.ID}, true, one.Topics, one.Places); err != nil {
				return fmt.Errorf("member %s: %w", one.Key, err)
			}
		}
	}
	return nil
}

// admin acts for whoever brings the file in.
func (r *run) admin(member id.ID) actor.Actor {
	return actor.MemberOf(r.tenant.ID, member, actor.Editor, actor.Admin)
}

// joinKinds are the ways into a group, as files call them.
var joinKinds = map[string]string{"open": membership.Open, "approval": membership.OnRequest, "invitation": membership.Invited}

func (r *run) groups(ctx context.Context) error {
	for _, one := range r.file.Groups {
		owner := r.known["member/"+one.Owner]
		draft := membership.Draft{Name: one.Name, Purpose: one.Purpose, Place: one.Place, Rules: one.Rules, Welcome: one.Welcome,
			Kind: joinKinds[one.Join], Readers: one.Readers, Questions: one.Questions, OwnerID: owner}
		group := r.find("group", one.Key)
		if group != 0 {
			if err := r.Groups.Edit(ctx, r.admin(owner), group, draft); err != nil {
				return fmt.Errorf("group %s: %w", one.Key, err)
			}
		} else {
			made, err := r.Groups.Found(ctx, r.admin(owner), draft)
			if err != nil {
				return fmt.Errorf("group %s: %w", one.Key, err)
			}
			group = made.ID
			r.counts.Groups++
			if err := r.note(ctx, "group", one.Key, group); err != nil {
				return err
			}
		}
		for _, member := range one.Members {
			if err := r.Groups.Bring(ctx, r.tenant.ID, group, r.known["member/"+member]); err != nil {
				return fmt.Errorf("group %s: %s: %w", one.Key, member, err)
			}
		}
	}
	return nil
}

func (r *run) posts(ctx context.Context) error {
	// In the order in which they were posted, since search looks at the last first.
	posts := slices.SortedStableFunc(slices.Values(r.file.Posts), func(a, b Post) int { return a.Posted.Compare(b.Posted) })
	for _, one := range posts {
		post := &community.Post{ID: r.find("post", one.Key), Kind: community.Kind(one.Kind), Offer: one.Offer, Title: one.Title,
			Standfirst: one.Standfirst, Text: one.Text, Place: one.Place.Name, Commune: one.Place.Commune, Months: one.Months,
			Weekdays: one.Weekdays, Topics: one.Topics, Until: one.Until, AuthorID: r.known["member/"+one.By],
			GroupID: r.known["group/"+one.Group], Motif: one.Cover, PostedAt: one.Posted, CheckedAt: one.Checked, State: community.Published,
			Language: cmp.Or(one.Language, r.tenant.Settings.Language), Rendering: community.Written}
		if one.Synthesis {
			post.Rendering = community.Synthesis
		}
		if one.Held {
			post.State = moderation.Held
		}
		if one.PriceCents > 0 {
			price := int64(one.PriceCents)
			post.PriceCents = &price
		}
		post.Event = one.Event
		if one.Guide != nil {
			post.Guide = &community.Chapters{Living: one.Guide.Living}
			for _, key := range one.Guide.Authors {
				post.Guide.Authors = append(post.Guide.Authors, r.known["member/"+key])
			}
			for _, section := range one.Guide.Sections {
				post.Guide.Sections = append(post.Guide.Sections, community.Section{Heading: section.Heading, Text: section.Text, By: r.known["member/"+section.By]})
			}
		}
		var comments []*community.Comment
		for _, reply := range one.Comments {
			comments = append(comments, &community.Comment{ID: r.known["comment/"+reply.Key], AuthorID: r.known["member/"+reply.By],
				Text: reply.Text, PostedAt: reply.At, State: community.Published, Accepted: reply.Accepted})
		}
		var thankers []id.ID
		for _, key := range r.file.Thankers(one) {
			thankers = append(thankers, r.known["member/"+key])
		}
		fresh := post.ID == 0
		if err := r.Posts.Adopt(ctx, r.tenant.ID, post, comments, thankers); err != nil {
			return err
		}
		if err := r.note(ctx, "post", one.Key, post.ID); err != nil {
			return err
		}
		for _, key := range one.Going {
			_, err := r.Posts.Go(ctx, actor.Actor{Tenant: r.tenant.ID, Member: r.known["member/"+key]}, post.ID)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return err
			}
		}
		for _, said := range one.Translations {
			if err := r.translation(ctx, post, said); err != nil {
				return err
			}
		}
		for n, reply := range one.Comments {
			if reply.Key == "" {
				continue
			}
			if err := r.note(ctx, "comment", reply.Key, comments[n].ID); err != nil {
				return err
			}
		}
		if fresh {
			r.counts.Posts++
			r.counts.Comments += len(comments)
		}
	}
	return nil
}

func (r *run) translation(ctx context.Context, post *community.Post, one Translation) error {
	said := community.Rewording{Language: one.Language, Rendering: community.Translated, Title: one.Title, Standfirst: one.Standfirst, Text: one.Text}
	if one.Synthesis {
		said.Rendering = community.Synthesis
	}
	if post.Kind == community.Guide {
		said.Guide = &community.Chapters{Living: one.Living}
		for _, section := range one.Sections {
			said.Guide.Sections = append(said.Guide.Sections, community.Section{Heading: section.Heading, Text: section.Text})
		}
	}
	return r.Posts.AdoptTranslation(ctx, r.tenant.ID, post, r.known["member/"+one.By], said)
}

func (r *run) plans(ctx context.Context) error {
	if len(r.file.Plans) == 0 {
		return nil
	}
	var plans []billing.Plan
	for _, one := range r.file.Plans {
		plans = append(plans, billing.Plan{Key: one.Key, Name: one.Name, PriceCents: int64(one.PriceCents),
			Currency: r.tenant.Settings.Currency, Pitch: one.Pitch, Limits: billing.Limits(one.Limits)})
	}
	return r.Billing.SavePlans(ctx, r.tenant.ID, plans)
}

func (r *run) listings(ctx context.Context) error {
	for _, one := range r.file.Listings {
		listing := &billing.Listing{ID: r.find("listing", one.Key), OwnerID: r.known["member/"+one.Owner], OwnerName: one.OwnerName,
			Name: one.Name, Trade: one.Trade, Text: one.Text, Note: one.Note, Place: one.Place.Name, Commune: one.Place.Commune,
			Languages: one.Languages, Topics: one.Topics, Phone: one.Phone, Mail: one.Email, Motif: one.Motif, Plan: one.Plan,
			State: billing.State(one.State), CreatedAt: one.Since}
		listing.Hours = billing.Hours{}
		for day, spans := range one.Hours {
			for _, span := range spans {
				listing.Hours[day] = append(listing.Hours[day], billing.Span(span))
			}
		}
		for _, closing := range one.Closed {
			listing.Closed = append(listing.Closed, billing.Closing(closing))
		}
		for _, price := range one.Prices {
			listing.Prices = append(listing.Prices, billing.Price(price))
		}
		fresh := listing.ID == 0
		if err := r.Billing.Adopt(ctx, r.tenant.ID, listing); err != nil {
			return err
		}
		if err := r.note(ctx, "listing", one.Key, listing.ID); err != nil {
			return err
		}
		if fresh {
			r.counts.Listings++
		}
	}
	return nil
}

func (r *run) reports(ctx context.Context) error {
	for _, one := range r.file.Reports {
		if r.find("report", one.Key) != 0 {
			continue
		}
		who := actor.VisitorOf(r.tenant.ID)
		name, email := one.Name, one.Email
		if reporter, known := r.people[one.By]; known {
			who.Member, who.Name, who.Roles = r.known["member/"+one.By], reporter.Name, append(who.Roles, actor.Member)
			name, email = reporter.Name, reporter.Email
		}
		// The desk tells how long a notice waits: it was made at its own time.
		desk := *r.Moderation
		desk.Clock = clock.At(one.At)
		notice, err := desk.Report(ctx, who, moderation.Report{Kind: one.On.Kind, Piece: r.known[one.On.Kind+"/"+one.On.Key],
			Category: one.Category, Explanation: one.Reason, Name: name, Email: email, GoodFaith: true,
			Address: "import/" + one.Key, Language: r.tenant.Settings.Language})
		if err != nil {
			return fmt.Errorf("report %s: %w", one.Key, err)
		}
		r.counts.Reports++
		if err := r.note(ctx, "report", one.Key, notice.ID); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) letters(ctx context.Context) error {
	for _, one := range r.file.Letters {
		if r.find("letter", one.Key) != 0 {
			continue
		}
		draft := notifications.NewsletterDraft{Purpose: notifications.ForNews, Language: r.tenant.Settings.Language, Subject: one.Subject, Preview: one.Preview}
		for _, part := range one.Parts {
			draft.Parts = append(draft.Parts, r.letterPart(part))
		}
		letter, err := r.Newsletters.Adopt(ctx, r.tenant.ID, r.known["member/"+one.By], draft, one.Sent)
		if err != nil {
			return fmt.Errorf("letter %s: %w", one.Key, err)
		}
		r.counts.Letters++
		if err := r.note(ctx, "letter", one.Key, letter); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) letterPart(part LetterPart) notifications.Part {
	switch {
	case part.Post != "":
		return notifications.Part{Kind: notifications.PiecePart, Piece: r.known["post/"+part.Post]}
	case part.Listing != "":
		return notifications.Part{Kind: notifications.AdPart, Listing: r.known["listing/"+part.Listing]}
	case part.Heading != "":
		return notifications.Part{Kind: notifications.HeadingPart, Title: part.Heading}
	}
	return notifications.Part{Kind: notifications.TextPart, Text: part.Text}
}

// subscribers are taken in as by the page that imports a list, and with the same
// proof: who agreed to the offers too is a list of its own.
func (r *run) subscribers(ctx context.Context) error {
	if r.file.Subscribers == nil {
		return nil
	}
	for _, offers := range []bool{false, true} {
		var table bytes.Buffer
		lines := csv.NewWriter(&table)
		for _, one := range r.file.Subscribers.People {
			if one.Offers != offers {
				continue
			}
			language := one.Language
			if !slices.Contains(r.tenant.Reads(), language) {
				language = "" // the community's own
			}
			_ = lines.Write([]string{one.Email, language, one.At.Format(time.RFC3339), one.Source})
		}
		lines.Flush()
		if table.Len() == 0 {
			continue
		}
		report, err := r.Subscriptions.Import(ctx, r.admin(0), notifications.Brought{Table: table.Bytes(), News: true, Offers: offers, Vouched: true,
			CollectedBy: r.file.Subscribers.CollectedBy, Manner: r.file.Subscribers.Manner, Wording: r.file.Subscribers.Wording})
		if err != nil {
			return fmt.Errorf("subscribers: %w", err)
		}
		r.counts.Subscribers += report.Taken
		for _, refused := range report.Refused {
			if refused.Why == notifications.RefusedKnown {
				r.counts.Renewed++
			}
		}
	}
	return nil
}
