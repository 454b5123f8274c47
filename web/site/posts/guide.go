package posts

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/web/kit"
)

// The form has always two empty chapters to write on.
const spareSections = 2

var guideFace = face{section: "guides", write: "/ecrire/guide", icon: "bookmark-simple",
	fields: func(r *kit.Request, w writing) templ.Component { return guideForm(r, w) },
	read: func(r *kit.Request, form *kit.Form, draft *community.Draft) {
		draft.Guide = &community.Chapters{Authors: []id.ID{r.Actor.Member}, Living: form.Value("living")}
		for n, heading := range form.Values["heading"] {
			section := community.Section{Heading: heading, By: r.Actor.Member}
			if texts := form.Values["section"]; n < len(texts) {
				section.Text = texts[n]
			}
			if by, err := id.Parse(at(form.Values["by"], n)); err == nil {
				section.By = by
			}
			draft.Guide.Sections = append(draft.Guide.Sections, section)
		}
		for _, text := range form.Values["author"] {
			if author, err := id.Parse(text); err == nil && author != r.Actor.Member {
				draft.Guide.Authors = append(draft.Guide.Authors, author)
			}
		}
	},
	fill: func(_ *kit.Request, post *community.Post, form *kit.Form) {
		form.Values.Set("living", post.Guide.Living)
		for _, section := range post.Guide.Sections {
			form.Values.Add("heading", section.Heading)
			form.Values.Add("section", section.Text)
			form.Values.Add("by", section.By.String())
		}
		for _, author := range post.Guide.Authors {
			form.Values.Add("author", author.String())
		}
	},
	body: func(r *kit.Request, p *reading) templ.Component { return guideBody(r, p) },
}

func at(values []string, n int) string {
	if n < len(values) {
		return values[n]
	}
	return ""
}

// sections are those of a form, and the spare ones.
func sections(w writing) []int {
	all := make([]int, len(w.Values["heading"])+spareSections)
	for n := range all {
		all[n] = n
	}
	return all
}

// anchor names a chapter within its page.
func anchor(n int) string { return "partie-" + strconv.Itoa(n+1) }

// names lists the authors of a guide, each once.
func names(p *reading) string {
	var all []string
	for _, author := range p.Guide.Authors {
		if person, known := p.People[author]; known {
			all = append(all, person.Name)
		}
	}
	return strings.Join(all, ", ")
}
