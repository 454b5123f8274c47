package posts

import (
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// naming is who is named on a page.
type naming struct {
	by     map[id.ID][]community.Mention // by reply; zero is the piece
	people map[id.ID]membership.Person
}

func (p pages) named(r *kit.Request, post *community.Post) (n naming, err error) {
	if n.by, err = p.posts.Mentions(r.Context(), r.Tenant.ID, post.ID); err != nil || len(n.by) == 0 {
		return n, err
	}
	var ids []id.ID
	for _, named := range n.by {
		for _, one := range named {
			ids = append(ids, one.MemberID)
		}
	}
	n.people, err = p.members.People(r.Context(), r.Tenant.ID, ids)
	return n, err
}

// path is the page of somebody who is named, or "".
func (n naming) path(member id.ID) string {
	if person, known := n.people[member]; known && !person.Left {
		return cards.PersonPath(member)
	}
	return ""
}

// linked is Markdown in which those who are named are links.
func (n naming) linked(text string) string {
	named := n.by[0]
	if len(named) == 0 {
		return text
	}
	var out strings.Builder
	for _, part := range community.Parts(text, named) {
		switch path := n.path(part.Member); {
		case part.Member == 0:
			out.WriteString(part.Text)
		case path == "":
			out.WriteString("**" + part.Text + "**")
		default:
			out.WriteString("[" + part.Text + "](" + path + ")")
		}
	}
	return out.String()
}
