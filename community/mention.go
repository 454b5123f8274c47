package community

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
)

const (
	// mostMentions bounds whom one text names.
	mostMentions = 5
	// namesAGroup is the largest group whose members are known by name: in a
	// larger one, only those who took part.
	namesAGroup = 1_000
	// nameWords is how many words a name has at most.
	nameWords = 4
)

// Mention is somebody who is named in a piece, or in a reply to it.
type Mention struct {
	bun.BaseModel `bun:"table:mentions,alias:mention"`
	database.Owned
	ID     id.ID `bun:",pk"`
	PostID id.ID
	// CommentID is zero for the piece itself.
	CommentID id.ID
	MemberID  id.ID
	// Said is the name as it stands in the text, without the sign before it.
	Said string
}

var (
	nameSaid = regexp.MustCompile(`^\pL[\pL\pM'’.-]*(?: \pL[\pL\pM'’.-]*){0,3}`)
	lastWord = regexp.MustCompile(` [^ ]+$`)
)

// Acquainted are those who can be named in a text: who took part, and who shows
// among the members of the group. Others cannot, so that a name tells nothing
// that its writer could not read.
type Acquainted struct{ TookPart, InGroup []membership.Person }

// Name finds who is named by "@" in a text. A name that fits several is theirs
// who took part, else nobody's.
func (a Acquainted) Name(text string) (named []Mention) {
	for at := 0; len(named) < mostMentions; {
		sign := strings.IndexByte(text[at:], '@')
		if sign < 0 {
			return named
		}
		at += sign + 1
		if before, _ := utf8.DecodeLastRuneInString(text[:at-1]); isWord(before) {
			continue // an address
		}
		member, said := a.find(nameSaid.FindString(text[at:]))
		if member != 0 && !slices.ContainsFunc(named, func(other Mention) bool { return other.MemberID == member }) {
			named = append(named, Mention{MemberID: member, Said: said})
		}
	}
	return named
}

// find takes the longest name that is somebody's.
func (a Acquainted) find(said string) (id.ID, string) {
	for range nameWords {
		if said = strings.TrimRight(said, "-'’"); said == "" {
			return 0, ""
		}
		slug := membership.Slug(said)
		for _, people := range [][]membership.Person{a.TookPart, a.InGroup} {
			fitting := map[id.ID]string{}
			for _, person := range people {
				first, _, _ := strings.Cut(person.Name, " ")
				if name := membership.Slug(person.Name); slug != "" && (name == slug || membership.Slug(first) == slug) {
					fitting[person.ID] = person.Name
				}
			}
			if len(fitting) > 1 {
				return 0, ""
			}
			for member, name := range fitting {
				if !strings.HasSuffix(name, ".") {
					said = strings.TrimRight(said, ".")
				}
				return member, said
			}
		}
		said = lastWord.ReplaceAllString(said, "")
	}
	return 0, ""
}

// keepMentions notes who is named in a piece, or in a reply, in place of whoever was.
func (s *Service) keepMentions(ctx context.Context, tx database.Tx, author actor.Actor, post *Post, comment id.ID, text string) error {
	_, err := tx.Delete((*Mention)(nil)).Where("post_id = ?", post.ID).Where("comment_id = ?", comment).Exec(ctx)
	if err != nil || !strings.Contains(text, "@") {
		return err
	}
	known, err := s.acquainted(ctx, author, post)
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(known.Name(text), func(one Mention) bool { return one.MemberID == author.Member })
	if len(rows) == 0 {
		return nil
	}
	for n := range rows {
		rows[n].ID, rows[n].PostID, rows[n].CommentID = id.New(s.Clock.Now()), post.ID, comment
	}
	if _, err := tx.Insert(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("note who is named: %w", err)
	}
	return nil
}

func (s *Service) acquainted(ctx context.Context, author actor.Actor, post *Post) (known Acquainted, err error) {
	members, err := s.Participants(ctx, author.Tenant, post.ID)
	if err != nil {
		return known, err
	}
	people, err := s.Members.People(ctx, author.Tenant, append(members, post.Authors()...))
	if err != nil {
		return known, err
	}
	for _, person := range people {
		if !person.Left {
			known.TookPart = append(known.TookPart, person)
		}
	}
	if post.GroupID == 0 {
		return known, nil
	}
	mine, err := s.Groups.Of(ctx, author.Tenant, author.Member)
	if err != nil || !slices.Contains(mine, post.GroupID) {
		return known, err
	}
	faces, err := s.Groups.Faces(ctx, author.Tenant, post.GroupID, namesAGroup+1)
	if len(faces) <= namesAGroup {
		known.InGroup = faces
	}
	return known, err
}

// Mentions lists who is named under a post, by reply; those of zero are named in
// the post itself.
func (s *Service) Mentions(ctx context.Context, tenant, post id.ID) (map[id.ID][]Mention, error) {
	var rows []Mention
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("post_id = ?", post).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read who is named: %w", err)
	}
	all := map[id.ID][]Mention{}
	for _, row := range rows {
		all[row.CommentID] = append(all[row.CommentID], row)
	}
	return all, nil
}

// Part is a stretch of a text; Member is who is named there, or zero.
type Part struct {
	Text   string
	Member id.ID
}

// Parts cuts a text where somebody is named.
func Parts(text string, named []Mention) (parts []Part) {
	// The longer name first: "@Anna L." is no "@Anna".
	named = slices.Clone(named)
	slices.SortFunc(named, func(a, b Mention) int { return len(b.Said) - len(a.Said) })
	begin := 0
	for at := range text {
		if at < begin || text[at] != '@' {
			continue
		}
		for _, one := range named {
			end := at + 1 + len(one.Said)
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			if !strings.HasPrefix(text[at+1:], one.Said) || isWord(before) {
				continue
			}
			if after, _ := utf8.DecodeRuneInString(text[end:]); isWord(after) {
				continue
			}
			if at > begin {
				parts = append(parts, Part{Text: text[begin:at]})
			}
			parts = append(parts, Part{text[at:end], one.MemberID})
			begin = end
			break
		}
	}
	if begin < len(text) {
		parts = append(parts, Part{Text: text[begin:]})
	}
	return parts
}

// isWord tells that a name does not end, nor begin, beside a sign.
func isWord(sign rune) bool { return unicode.IsLetter(sign) || unicode.IsDigit(sign) }
