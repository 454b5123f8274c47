package cards

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// Picture is how a piece looks: its photograph or the drawing made for it.
type Picture struct {
	Src, Srcset, Alt string
	Width, Height    int
}

// Piece is a post ready to be shown: with its author and its picture.
type Piece struct {
	*community.Post
	Author  membership.Person
	Picture Picture
}

// Pieces prepares the posts of a list: authors are read at once, and no motif
// stands beside itself.
func Pieces(r *kit.Request, members *membership.Service, posts []*community.Post) ([]Piece, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	authors := make([]id.ID, 0, len(posts))
	for _, post := range posts {
		authors = append(authors, post.AuthorID)
	}
	people, err := members.People(r.Context(), r.Tenant.ID, authors)
	if err != nil {
		return nil, err
	}
	pieces := make([]Piece, 0, len(posts))
	var beside []covers.Choice
	for _, post := range posts {
		picture, choice := PostPicture(r.Tenant, post, beside...)
		beside = append(beside[max(0, len(beside)-3):], choice)
		pieces = append(pieces, Piece{post, people[post.AuthorID], picture})
	}
	return pieces, nil
}

// PostPicture is a post's photograph, else its cover; avoid names those beside
// it.
func PostPicture(tenant *tenants.Tenant, post *community.Post, avoid ...covers.Choice) (Picture, covers.Choice) {
	drawn := covers.Piece{Tenant: tenant.Slug, ID: post.ID.String(), Kind: string(post.Kind), Motif: post.Motif, Salt: post.Salt}
	choice := covers.Choose(tenant.Settings.Look, drawn, avoid...)
	if post.Picture == nil {
		return Picture{Src: PostCover(post, choice), Width: 480, Height: 360}, choice
	}
	sizes := make([]string, 0, 3)
	for _, width := range post.Picture.Widths() {
		sizes = append(sizes, post.Picture.Path(width)+" "+strconv.Itoa(width)+"w")
	}
	return Picture{Src: post.Picture.Path(960), Srcset: strings.Join(sizes, ", "), Alt: post.Picture.Alt,
		Width: post.Picture.Width, Height: post.Picture.Height}, choice
}

// PostCover is the address of a post's drawing. Each redrawing has its own.
func PostCover(post *community.Post, choice covers.Choice) string {
	if post.Salt == 0 {
		return CoverPath(string(post.Kind), post.ID, choice)
	}
	return "/couvertures/" + string(post.Kind) + "-" + post.ID.String() + "." + strconv.Itoa(post.Salt) + "-" + choice.String() + ".svg"
}

// KindWord says what a post is: "Bon plan", "Je donne".
func KindWord(post *community.Post, w *words.Words) string {
	if post.Kind == community.Offer {
		return w.T("community.offer." + post.Offer)
	}
	return w.T("community.kind." + string(post.Kind))
}

// Topic is the word for a topic, or the word somebody else wrote for it.
func Topic(name string, w *words.Words) string {
	if key := "community.topic." + membership.Slug(name); w.Knows(key) {
		return w.T(key)
	}
	_, size := utf8.DecodeRuneInString(name)
	return strings.ToUpper(name[:size]) + name[size:]
}

// Price says what is asked for what is sold.
func Price(post *community.Post, tenant *tenants.Tenant, w *words.Words) string {
	switch {
	case post.Offer != "sell":
		return ""
	case post.PriceCents == nil:
		return w.T("community.price.open")
	}
	return w.Money(int(*post.PriceCents), tenant.Settings.Currency)
}

// Near is where a post is, in so few words that a card keeps one line of them.
func Near(post *community.Post) string {
	const line = 34
	if where := post.Where(); post.Commune == "" || utf8.RuneCountInString(where) <= line {
		return where
	}
	return post.Commune
}

// aside says what the author is beside a member: ", ambassadrice".
func aside(piece Piece, w *words.Words) string {
	if standing := Standing(piece.Author, w); standing != "" {
		return ", " + standing
	}
	return ""
}

// note is what a card says beside the author: an offer's end, a tip's thanks or
// its freshness.
func note(post *community.Post, w *words.Words, now time.Time) string {
	const fresh = 45 * 24 * time.Hour
	switch {
	case post.State == community.Held:
		return w.T("community.state.held")
	case post.Doubtful():
		return w.T("freshness.to_confirm")
	case post.Kind == community.Offer && !post.Until.IsZero():
		until := post.Until.In(w.Zone)
		return w.T("community.until", "Day", strconv.Itoa(until.Day())+" "+w.Month(int(until.Month())))
	case post.Kind == community.Event && !post.StartsAt.IsZero():
		return w.Day(now, post.StartsAt) + ", " + w.Clock(post.StartsAt)
	case post.BackIn(now.In(w.Zone).Month()) != 0:
		return w.T("community.season.back", "Month", w.Month(int(post.BackIn(now.In(w.Zone).Month()))))
	case post.Kind == community.Question:
		return w.N("community.replies", post.Comments)
	case post.Vouches > 0:
		return w.N("community.vouches", post.Vouches)
	case post.Thanks > 0:
		return w.N("community.thanks", post.Thanks)
	case now.Sub(post.CheckedAt) < fresh:
		return w.T("freshness.checked", "When", w.Ago(now, post.CheckedAt))
	}
	return w.Ago(now, post.PostedAt)
}
