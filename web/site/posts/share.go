package posts

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// short leads from an address that fits anywhere to the whole one.
func (p pages) short(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusMovedPermanently, r.Local(post.Path()))
	return nil
}

// share shows a post's short address, to copy or to send.
func (p pages) share(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	if post.MembersOnly {
		return fault.NotFound
	}
	return r.Page(kit.Page{Title: r.Words.T("community.share.title", "Title", cards.Title(post)), Section: section(post.Kind), NoIndex: true,
		Canonical: post.Path(), Preview: cards.PostPreview(r.Tenant, post), Scripts: []string{"share.js"}, Body: sharePage(r, post)})
}

// shortLink is the whole address of a post in few signs.
func shortLink(r *kit.Request, post *community.Post) string { return r.Link(post.ShortPath()) }

// mailLink opens a mail to a friend.
func mailLink(r *kit.Request, post *community.Post) string {
	values := url.Values{"subject": {cards.Title(post)}, "body": {shortLink(r, post)}}
	return "mailto:?" + strings.ReplaceAll(values.Encode(), "+", "%20")
}
