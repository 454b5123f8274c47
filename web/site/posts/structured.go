package posts

import (
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// structured says of a post what search engines can show: nothing that the
// page does not say as well.
func structured(r *kit.Request, p *reading) []kit.Facts {
	if p.State != community.Published {
		return nil
	}
	facts := kit.Facts{"url": r.LinkIn(p.Spoken(), p.Path()), "image": r.Link(cards.PostPreview(r.Tenant, p.Post).Path),
		"description": words.Shorten(lead(p.Post), 300), "inLanguage": p.Spoken()}
	switch p.Kind {
	case community.Tip, community.Guide:
		article(r, p, facts)
	case community.Event:
		if p.StartsAt.IsZero() {
			return nil
		}
		facts["@type"], facts["name"] = "Event", p.Title
		facts["startDate"], facts["endDate"] = local(r, p.StartsAt), local(r, p.EndsAt)
		if where := place(p.Post); where != nil {
			facts["location"] = where
		}
		if p.Going != nil && p.Event.Places > 0 {
			facts["maximumAttendeeCapacity"] = p.Event.Places
			facts["remainingAttendeeCapacity"] = max(0, p.Event.Places-p.Going.Count)
		}
		facts["organizer"] = kit.Facts{"@type": "Person", "name": p.Author.Name}
	case community.Question:
		return []kit.Facts{{"@type": "QAPage", "mainEntity": question(r, p)}}
	default:
		return nil
	}
	return []kit.Facts{facts}
}

// lead is what a post says first.
func lead(post *community.Post) string {
	if post.Standfirst != "" {
		return post.Standfirst
	}
	return community.Plain(post.Text)
}

func article(r *kit.Request, p *reading, facts kit.Facts) {
	facts["@type"], facts["headline"] = "Article", p.Title
	facts["datePublished"], facts["dateModified"] = local(r, p.PostedAt), local(r, p.Changed())
	facts["author"] = authors(p)
	facts["publisher"] = kit.Facts{"@type": "Organization", "name": r.Tenant.Name, "url": r.Link("/")}
	if where := place(p.Post); where != nil {
		facts["contentLocation"] = where
	}
}

func authors(p *reading) []kit.Facts {
	all := []kit.Facts{{"@type": "Person", "name": p.Author.Name}}
	for _, person := range p.People {
		if person.ID != p.AuthorID {
			all = append(all, kit.Facts{"@type": "Person", "name": person.Name})
		}
	}
	return all
}

func question(r *kit.Request, p *reading) kit.Facts {
	asked := kit.Facts{"@type": "Question", "name": p.Title, "text": community.Plain(p.Text), "answerCount": p.Post.Comments,
		"datePublished": local(r, p.PostedAt), "author": kit.Facts{"@type": "Person", "name": p.Author.Name}}
	var suggested []kit.Facts
	for _, reply := range p.Comments {
		if reply.State != community.Published {
			continue
		}
		answer := kit.Facts{"@type": "Answer", "text": community.Plain(reply.Text), "datePublished": local(r, reply.PostedAt),
			"url": r.LinkIn(p.Spoken(), p.Path()+"#"+reply.Anchor()), "author": kit.Facts{"@type": "Person", "name": reply.Author.Name}}
		if reply.ID == p.AnswerID {
			asked["acceptedAnswer"] = answer
			continue
		}
		suggested = append(suggested, answer)
	}
	if suggested != nil {
		asked["suggestedAnswer"] = suggested
	}
	return asked
}

func place(post *community.Post) kit.Facts {
	if post.Where() == "" {
		return nil
	}
	where := kit.Facts{"@type": "Place", "name": post.Where()}
	if post.Commune != "" {
		where["address"] = kit.Facts{"@type": "PostalAddress", "addressLocality": post.Commune}
	}
	return where
}

// local writes a time with the community's offset.
func local(r *kit.Request, at time.Time) string {
	return at.In(r.Tenant.Location()).Format(time.RFC3339)
}
