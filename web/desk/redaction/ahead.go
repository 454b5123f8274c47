package redaction

import (
	"slices"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

const (
	// aheadShown is what the morning shows of the programme, aheadListed how much
	// its own page does.
	aheadShown, aheadListed = 4, 200
	aheadPath               = path + "/a-paraitre"
)

// ahead is what was scheduled, with who wrote it.
type ahead struct {
	Pieces  []community.Manuscript
	Authors map[id.ID]membership.Person
}

func (p pages) ahead(r *kit.Request, limit int) (ahead, error) {
	pieces, err := p.posts.Scheduled(r.Context(), r.Actor, limit)
	if err != nil {
		return ahead{}, err
	}
	authors := make([]id.ID, 0, len(pieces))
	for _, piece := range pieces {
		authors = append(authors, piece.AuthorID)
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, authors)
	return ahead{pieces, people}, err
}

// on tells whether something appears on a day.
func (a ahead) on(day time.Time) bool {
	return slices.ContainsFunc(a.Pieces, func(piece community.Manuscript) bool {
		return !piece.PublishAt.Before(day) && piece.PublishAt.Before(day.AddDate(0, 0, 1))
	})
}

// writePath leads to a piece for the first morning on which nothing appears.
func (a ahead) writePath(days []time.Time) string {
	at := days[len(days)-1].AddDate(0, 0, 1)
	for _, day := range days[1:] {
		if !a.on(day) {
			at = day
			break
		}
	}
	return "/ecrire?le=" + at.Format("2006-01-02") + "T08:00"
}

// programme is the page of all that is scheduled.
func (p pages) programme(r *kit.Request) error {
	all, err := p.ahead(r, aheadListed)
	if err != nil {
		return err
	}
	return r.Page(Page(r, kit.Page{Title: r.Words.T("redaction.ahead.title"), Section: "morning", Body: aheadPage(r, all, comingDays(r))}))
}

func (p pages) withdraw(r *kit.Request) error {
	piece, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.posts.Unschedule(r.Context(), r.Actor, piece); err != nil {
		return err
	}
	return r.SeeOther(aheadPath, "draft_withdrawn")
}

func previewPath(r *kit.Request, piece id.ID) string {
	return community.PreviewPath(r.Tenant, r.Gin.Request.Host, piece, r.Now)
}
