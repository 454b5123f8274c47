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
	read: func(_ *kit.Request, form *kit.Form, draft *community.Draft) {
		draft.Guide = &community.Chapters{Living: form.Value("living")}
		for n, heading := range form.Values["heading"] {
			by, _ := id.Parse(at(form.Values["by"], n)) // else the author's own
			draft.Guide.Sections = append(draft.Guide.Sections, community.Section{Heading: heading, Text: at(form.Values["section"], n), By: by})
		}
	},
	fill: func(_ *kit.Request, post *community.Post, form *kit.Form) {
		if post.Guide == nil {
			return // a draft, so far
		}
		form.Values.Set("living", post.Guide.Living)
		for _, section := range post.Guide.Sections {
			form.Values.Add("heading", section.Heading)
			form.Values.Add("section", section.Text)
			form.Values.Add("by", section.By.String())
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

// sections counts those of a form that hold something, and the spare ones.
func sections(w writing) int {
	written := 0
	for n, heading := range w.Values["heading"] {
		if heading != "" || at(w.Values["section"], n) != "" {
			written = n + 1
		}
	}
	return written + spareSections
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
