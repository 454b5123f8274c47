package feeds

import (
	"encoding/xml"
	"time"
	"unicode/utf8"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// entriesShown is how many pieces a feed tells of, the latest first.
const entriesShown = 30

// atom is a feed (RFC 4287).
type atom struct {
	XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Language string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Subtitle string   `xml:"subtitle,omitempty"`
	Updated  string   `xml:"updated"`
	Author   person   `xml:"author"`
	Icon     string   `xml:"icon"`
	Links    []link   `xml:"link"`
	Entries  []entry  `xml:"entry"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type person struct {
	Name string `xml:"name"`
}

type entry struct {
	Language  string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID        string `xml:"id"`
	Title     string `xml:"title"`
	Link      link   `xml:"link"`
	Published string `xml:"published"`
	Updated   string `xml:"updated"`
	Author    person `xml:"author"`
	Category  label  `xml:"category"`
	Summary   string `xml:"summary,omitempty"`
	Content   *text  `xml:"content"`
}

type label struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

type text struct {
	Type string `xml:"type,attr"`
	Body string `xml:",chardata"`
}

// feed is a kind of piece, or all of them, narrowed as its page is.
func (p pages) feed(kind community.Kind) kit.Handler {
	return func(r *kit.Request) error {
		filter := community.Filter{Kind: kind, Commune: community.Narrowing(r.Query("commune")), Topic: community.Narrowing(r.Query("sujet")),
			Limit: entriesShown, Whole: true}
		if kind == community.Offer {
			filter.Offer = community.Narrowing(r.Query("genre"))
		}
		page, title := kind.Path(), r.Tenant.Name
		if kind == "" {
			page = "/"
		} else {
			title += ", " + r.Words.T("community.feed."+string(kind))
		}
		if asked := r.Query("groupe"); asked != "" {
			group, err := id.Parse(asked)
			if err != nil {
				return r.SeeOther(page, "")
			}
			found, err := p.groups.See(r.Context(), r.Actor, group)
			if err != nil {
				return err
			}
			filter.Group = group
			title += ", " + found.Name
		}
		for _, narrowed := range []string{filter.Commune, filter.Topic, filter.Offer} {
			if narrowed != "" {
				title += ", " + narrowed
			}
		}
		if query := r.Gin.Request.URL.RawQuery; query != "" {
			page += "?" + query
		}
		return p.newest(r, title, page, filter)
	}
}

// group is what a group's members publish in it.
func (p pages) group(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	group, err := p.groups.See(r.Context(), r.Actor, wanted)
	if err != nil {
		return err
	}
	return p.newest(r, r.Tenant.Name+", "+group.Name, group.Path(), community.Filter{Group: group.ID, Limit: entriesShown, Whole: true})
}

func (p pages) newest(r *kit.Request, title, page string, filter community.Filter) error {
	posts, _, err := p.posts.Feed(r.Context(), r.Tenant.ID, filter, community.Cursor{})
	if err != nil {
		return err
	}
	return p.send(r, title, page, posts)
}

// search is what answers a search, the latest first.
func (p pages) search(r *kit.Request) error {
	query := community.Line(r.Query("q"))
	if query == "" || utf8.RuneCountInString(query) > 200 {
		return r.SeeOther("/chercher", "")
	}
	found, err := p.posts.Search.Newest(r.Context(), r.Tenant.ID, community.Query{Text: query, Synonyms: r.Tenant.Settings.Synonyms}, time.Time{}, entriesShown)
	if err != nil {
		return err
	}
	var ids []id.ID
	for _, document := range found {
		if document.Kind.Known() {
			ids = append(ids, document.PieceID)
		}
	}
	posts, err := p.posts.ByIDs(r.Context(), r.Tenant.ID, ids)
	if err != nil {
		return err
	}
	return p.send(r, r.Tenant.Name+", "+words.French("« "+query+" »"), "/chercher?"+r.Gin.Request.URL.RawQuery, posts)
}

// newsletters are the editors' letters to everybody.
func (p pages) newsletters(r *kit.Request) error {
	letters, _, err := p.letters.Archive(r.Context(), r.Tenant.ID, 0, entriesShown)
	if err != nil {
		return err
	}
	entries := make([]entry, 0, len(letters))
	changed := r.Tenant.CreatedAt
	for _, one := range letters {
		if one.BegunAt.After(changed) {
			changed = one.BegunAt
		}
		address, at := r.LinkIn(one.Language, notifications.NewsletterPath(one.Number)), one.BegunAt.UTC().Format(time.RFC3339)
		entries = append(entries, entry{Language: one.Language, ID: address, Title: words.Typeset(one.Language, one.Subject),
			Link: link{"alternate", "text/html", address}, Author: person{r.Tenant.Name}, Published: at, Updated: at,
			Category: label{"newsletter", r.Words.T("archive.name")}, Summary: words.Typeset(one.Language, one.Preview)})
	}
	return p.publish(r, r.Tenant.Name+", "+r.Words.T("archive.name"), "/lettres", changed, entries)
}

func (p pages) send(r *kit.Request, title, page string, posts []*community.Post) error {
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return err
	}
	changed := r.Tenant.CreatedAt
	entries := make([]entry, 0, len(pieces))
	for _, piece := range pieces {
		if piece.Changed().After(changed) {
			changed = piece.Changed()
		}
		entries = append(entries, told(r, piece))
	}
	return p.publish(r, title, page, changed, entries)
}

func (p pages) publish(r *kit.Request, title, page string, changed time.Time, entries []entry) error {
	self := r.LinkIn(r.Words.Language, r.Gin.Request.URL.RequestURI())
	feed := atom{Language: r.Words.Language, ID: self, Title: title, Subtitle: r.Wording().Tagline,
		Author: person{r.Tenant.Name}, Icon: r.Link("/icone.svg"), Entries: entries, Updated: changed.UTC().Format(time.RFC3339),
		Links: []link{{"self", "application/atom+xml", self}, {"alternate", "text/html", r.LinkIn(r.Words.Language, page)}}}
	return send(r, "application/atom+xml; charset=utf-8", changed, feed)
}

// told is a piece as an entry. Its short address never changes: it is its name.
func told(r *kit.Request, piece cards.Piece) entry {
	one := entry{Language: piece.Spoken(), ID: r.LinkIn(piece.Spoken(), piece.ShortPath()), Title: cards.Title(piece.Post),
		Link: link{"alternate", "text/html", r.LinkIn(r.Words.Language, piece.Path())}, Author: person{piece.Author.Name},
		Published: piece.PostedAt.UTC().Format(time.RFC3339), Updated: piece.Changed().UTC().Format(time.RFC3339),
		Category: label{string(piece.Kind), cards.KindWord(piece.Post, r.Words)}, Summary: words.Typeset(piece.Spoken(), piece.Standfirst)}
	if piece.Text != "" {
		one.Content = &text{"html", community.HTML(piece.Text)}
	}
	return one
}
