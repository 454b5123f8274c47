package community

import (
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// What a guide may hold.
const (
	maxSections            = 20
	MinHeading, MaxHeading = 3, 90
	MinSection, MaxSection = 30, 8_000
	maxAuthors             = 8
)

// Chapters is what makes a guide: a long read in sections, by several hands,
// that ends with a step to take ("et vivre ici ?").
type Chapters struct {
	// Authors are those who publish it first and whoever an import names.
	Authors  []id.ID   `json:"authors"`
	Sections []Section `json:"sections"`
	// Living is the last word: what it is like to live here.
	Living string `json:"living,omitempty"`
}

// Section is a chapter of a guide.
type Section struct {
	Heading string `json:"heading"`
	Text    string `json:"text"`
	By      id.ID  `json:"by,omitempty"`
}

var guideRules = rules{path: "/guides", policy: "guide", life: 180 * days, roll: end,
	clean: func(d *Draft) {
		chapters := d.Guide
		d.plain()
		if chapters == nil {
			return
		}
		d.Guide = &Chapters{Authors: chapters.Authors, Living: Clean(chapters.Living)}
		var whole strings.Builder
		for _, section := range chapters.Sections {
			section.Heading, section.Text = Line(section.Heading), Clean(section.Text)
			if section.Heading == "" && section.Text == "" {
				continue
			}
			d.Guide.Sections = append(d.Guide.Sections, section)
			whole.WriteString(section.Heading + "\n\n" + section.Text + "\n\n")
		}
		// What search, previews and moderators read.
		d.Text = strings.TrimSpace(whole.String() + d.Guide.Living)
	},
	check: func(d *Draft, _ time.Time, invalid *fault.Invalid) {
		if d.Guide == nil || len(d.Guide.Sections) == 0 || len(d.Guide.Sections) > maxSections || len(d.Guide.Authors) > maxAuthors {
			invalid.Add("sections", "error.community.sections", "Max", maxSections)
			return
		}
		for _, section := range d.Guide.Sections {
			checkLength(invalid, "sections", section.Heading, MinHeading, MaxHeading)
			checkLength(invalid, "sections", section.Text, MinSection, MaxSection)
		}
		checkLength(invalid, "living", d.Guide.Living, 0, MaxSection)
	},
	lay: func(post *Post, draft *Draft, now time.Time) {
		draft.Guide.Authors = []id.ID{post.AuthorID}
		if post.Guide != nil {
			draft.Guide.Authors = post.Guide.Authors
		}
		// Nobody signs for somebody who is not among the authors.
		for n := range draft.Guide.Sections {
			if !slices.Contains(draft.Guide.Authors, draft.Guide.Sections[n].By) {
				draft.Guide.Sections[n].By = post.AuthorID
			}
		}
		asDrafted(post, draft, now)
	},
}
