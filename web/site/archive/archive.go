// Package archive is where everybody reads the letters that editors sent to all
// who subscribe.
package archive

import (
	"net/http"
	"strconv"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// Path is the list of the letters.
const Path = "/lettres"

// lettersAPage is how many the list shows.
const lettersAPage = 20

type pages struct {
	newsletters *notifications.Newsletters
	members     *membership.Service
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, newsletters *notifications.Newsletters, members *membership.Service) {
	p := pages{newsletters, members}
	routes.Get(Path, kit.Anyone, p.list)
	routes.Get(Path+"/:number", kit.Anyone, p.read)
}

func (p pages) list(r *kit.Request) error {
	before, _ := strconv.Atoi(r.Query("avant"))
	letters, older, err := p.newsletters.Archive(r.Context(), r.Tenant.ID, before, lettersAPage)
	if err != nil {
		return err
	}
	next := ""
	if older != 0 {
		next = Path + "?avant=" + strconv.Itoa(older)
	}
	return r.Page(kit.Page{Title: r.Words.T("archive.title", "Community", r.Tenant.Name), Description: r.Words.T("archive.lead"), Feed: Path + ".atom",
		NoIndex: before != 0, Canonical: Path, Body: listPage(r, letters, next)})
}

// read is a letter whose pieces still show.
type read struct {
	*notifications.Newsletter
	Parts []part
}

type part struct {
	notifications.LaidPart
	Piece    cards.Piece
	Business cards.Business
}

func (p pages) read(r *kit.Request) error {
	number, err := strconv.Atoi(r.Param("number"))
	if err != nil || number < 1 {
		return fault.NotFound
	}
	row, err := p.newsletters.Appeared(r.Context(), r.Tenant.ID, number)
	if err != nil {
		return err
	}
	laid, err := p.newsletters.Lay(r.Context(), r.Tenant, &row.NewsletterDraft)
	if err != nil {
		return err
	}
	shown := &read{Newsletter: row}
	var posts []*community.Post
	for _, one := range laid.Parts {
		if one.Post != nil {
			posts = append(posts, one.Post)
		}
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return err
	}
	of := map[id.ID]cards.Piece{}
	for _, piece := range pieces {
		of[piece.ID] = piece
	}
	for _, one := range laid.Parts {
		next := part{LaidPart: one}
		if one.Post != nil {
			next.Piece = of[one.Post.ID]
		}
		if one.Listing != nil {
			next.Business = cards.Businesses(r, []billing.Listing{*one.Listing})[0]
		}
		shown.Parts = append(shown.Parts, next)
	}
	path := notifications.NewsletterPath(row.Number)
	facts := kit.Facts{"@type": "Article", "headline": row.Subject, "inLanguage": row.Language, "url": r.LinkIn(row.Language, path),
		"datePublished": row.BegunAt.In(r.Tenant.Location()).Format("2006-01-02T15:04:05Z07:00"),
		"publisher":     kit.Facts{"@type": "Organization", "name": r.Tenant.Name, "url": r.Link("/")}}
	return r.Page(kit.Page{Status: http.StatusOK, Title: words.Typeset(row.Language, row.Subject), Description: about(row), Language: row.Language,
		In: map[string]string{row.Language: path}, Canonical: path, Trail: []kit.Link{{Href: Path, Label: r.Words.T("archive.name")}},
		Facts: []kit.Facts{facts}, Body: readPage(r, shown)})
}

// about is what a letter says first.
func about(row *notifications.Newsletter) string {
	if row.Preview != "" {
		return words.Typeset(row.Language, row.Preview)
	}
	for _, part := range row.Parts {
		if part.Kind == notifications.TextPart {
			return words.Typeset(row.Language, words.Shorten(community.Plain(part.Text), 160))
		}
	}
	return ""
}

func prose(language, text string) string { return words.TypesetHTML(language, community.HTML(text)) }

func day(r *kit.Request, row *notifications.Newsletter) string {
	return r.Words.Date(row.BegunAt.In(r.Tenant.Location()))
}
