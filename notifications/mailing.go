package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// mailing is the payload of DigestWritten: letters of one issue or of one
// newsletter, or one letter of whatever kind that was held back.
type mailing struct {
	Issue      int     `json:"issue,omitempty"`
	Newsletter id.ID   `json:"newsletter,omitempty"`
	Letters    []id.ID `json:"letters,omitempty"`
	Letter     id.ID   `json:"letter,omitempty"`
}

// Send follows DigestWritten: it writes the letters of a batch and sends them.
func (d *Digest) Send(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error {
	part, err := read[mailing](payload)
	if err != nil {
		return err
	}
	if part.Letter != 0 {
		if part.Issue, err = d.issueOf(ctx, tenant, part.Letter); err != nil {
			return err
		}
		part.Letters = []id.ID{part.Letter}
	}
	if part.Issue == 0 {
		return d.Letters.SendBulk(ctx, tenant, payload, done)
	}
	community, err := d.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	desk, err := d.desk(ctx, community, part)
	if err != nil {
		return fmt.Errorf("issue %d: %w", part.Issue, err)
	}
	return d.Letters.sendAll(ctx, tenant, part.Letters, desk.write, done)
}

const issueOf = `SELECT d.issue FROM letters l JOIN digests d ON d.tenant_id = l.tenant_id AND d.member_id = l.member_id AND d.letter_id = l.id
  WHERE l.tenant_id = ?tenant AND l.id = ?0`

// issueOf is the issue that a letter is of, or zero when it is of none.
func (d *Digest) issueOf(ctx context.Context, tenant, letter id.ID) (issue int, err error) {
	err = d.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := tx.Query(ctx, &issue, issueOf, letter)
		if isNoRow(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find the issue of a letter: %w", err)
	}
	return issue, nil
}

// desk is what the letters of a batch are written from.
type desk struct {
	*Digest
	*masthead
	members map[id.ID]*membership.Member
	items   map[id.ID][]sentItem // by reader, in their places
	posts   map[string]map[id.ID]*community.Post
	authors map[id.ID]membership.Person
	groups  map[id.ID]membership.Group
	senders map[string]letters.Sender
	finds   map[findKey]letters.Find
}

type findKey struct {
	language string
	post     id.ID
}

func (d *Digest) desk(ctx context.Context, tenant *tenants.Tenant, part mailing) (*desk, error) {
	head, err := d.masthead(ctx, tenant, part.Issue)
	if err != nil {
		return nil, err
	}
	k := &desk{Digest: d, masthead: head, items: map[id.ID][]sentItem{}, posts: map[string]map[id.ID]*community.Post{}, senders: map[string]letters.Sender{},
		finds: map[findKey]letters.Find{}}
	var pieces []id.ID
	err = d.Letters.DB.Read(ctx, tenant.ID, func(ctx context.Context, tx database.Tx) error {
		var readers []id.ID
		err := tx.Select((*Letter)(nil)).Column("member_id").Where("id IN (?)", bun.List(part.Letters)).Scan(ctx, &readers)
		if err != nil || len(readers) == 0 {
			return err
		}
		if k.members, err = d.Members.ByIDs(ctx, tenant.ID, readers); err != nil {
			return err
		}
		var items []sentItem
		if err := tx.Select(&items).Column("member_id", "piece_id").Where("member_id IN (?)", bun.List(readers)).Where("issue = ?", part.Issue).Order("place").Scan(ctx); err != nil {
			return err
		}
		for _, item := range items {
			k.items[item.MemberID] = append(k.items[item.MemberID], item)
			if !slices.Contains(pieces, item.PieceID) {
				pieces = append(pieces, item.PieceID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, k.read(ctx, pieces)
}

// read reads the pieces in each language of the readers, as far as they still
// show, with their authors and groups.
func (k *desk) read(ctx context.Context, pieces []id.ID) error {
	var authors, groups []id.ID
	for _, member := range k.members {
		if k.posts[member.Language] != nil {
			continue
		}
		reading := ctx
		if member.Language != k.tenant.Settings.Language {
			reading = words.WithLanguage(ctx, member.Language)
		}
		posts, err := k.Posts.ByIDs(reading, k.tenant.ID, pieces)
		if err != nil {
			return err
		}
		k.posts[member.Language] = map[id.ID]*community.Post{}
		for _, post := range posts {
			k.posts[member.Language][post.ID] = post
			authors = append(authors, post.AuthorID)
			if post.GroupID != 0 {
				groups = append(groups, post.GroupID)
			}
		}
		k.senders[member.Language] = letters.For(k.tenant, member.Language, k.Letters.Home(k.tenant))
	}
	var err error
	if k.authors, err = k.Members.People(ctx, k.tenant.ID, authors); err != nil {
		return err
	}
	k.groups, err = k.Groups.ByIDs(ctx, k.tenant.ID, groups)
	return err
}

// write lays out one reader's letter.
func (k *desk) write(letter *Letter) error {
	member := k.members[letter.MemberID]
	if member == nil || member.Digest == membership.Never {
		return errWithdrawn
	}
	var chosen []*community.Post
	for _, item := range k.items[member.ID] {
		if post := k.posts[member.Language][item.PieceID]; post != nil {
			chosen = append(chosen, post)
		}
	}
	if len(chosen) == 0 {
		return errWithdrawn
	}
	sender := k.senders[member.Language]
	return k.Letters.fill(letter, sender, k.lay(sender, member, chosen))
}

func (k *desk) lay(s letters.Sender, member *membership.Member, chosen []*community.Post) letters.Letter {
	home := s.Home
	issue := letters.Digest{Name: member.Name, Number: k.number, Monday: k.monday, Sunday: k.sunday,
		StopURL: home + StopPath(k.tenant, hostOf(home), member.ID), MyURL: home + PreferencesPath(k.tenant, hostOf(home), member.ID, k.Letters.Clock.Now()), Since: member.JoinedAt}
	for n, post := range chosen {
		find := k.find(s, post)
		if n > 0 || find.Line == "" {
			find.Line = s.Words.T("letters.digest.by", "Name", k.authors[post.AuthorID].Name)
		}
		issue.Finds = append(issue.Finds, find)
	}
	if k.listing != nil {
		find := sponsoredFind(s, k.listing)
		issue.Sponsored = &find
	}
	return letters.Weekly(s, issue)
}

// sponsoredFind is a partner's page in letters, with the name of who pays.
func sponsoredFind(s letters.Sender, listing *billing.Listing) letters.Find {
	return letters.Find{Title: s.Typeset(listing.Name), URL: s.At("/adresses/" + listing.ID.String()),
		Line: s.Words.T("letters.digest.paid", "Trade", s.Typeset(listing.Trade), "Place", listing.Commune, "Owner", listing.OwnerName)}
}

// find is how a piece shows in letters, laid out once for all readers of a
// batch.
func (k *desk) find(s letters.Sender, post *community.Post) letters.Find {
	key := findKey{s.Words.Language, post.ID}
	if laid, known := k.finds[key]; known {
		return laid
	}
	find := letters.Find{Title: words.Typeset(post.Spoken(), post.Title), URL: s.At(post.Path()), Kicker: k.kicker(s, post),
		Line: words.Typeset(post.Spoken(), post.Standfirst)}
	k.finds[key] = find
	return find
}

// kicker says what and where: "Bon plan, Tréboul", "Ton groupe, Les Maillots".
func (k *desk) kicker(s letters.Sender, post *community.Post) string {
	if group, known := k.groups[post.GroupID]; known && post.GroupID != 0 {
		return s.Words.T("letters.digest.group", "Group", s.Typeset(group.Name))
	}
	return about(s, post)
}

// about says what a piece is, where, and in which language when that is not the
// letter's.
func about(s letters.Sender, post *community.Post) string {
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
