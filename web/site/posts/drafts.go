package posts

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const draftsPath = "/moi/brouillons"

func draftPath(manuscript id.ID) string { return draftsPath + "/" + manuscript.String() }

// previewLink is the whole address that an author passes on.
func previewLink(r *kit.Request, manuscript id.ID) string {
	return r.Link(community.PreviewPath(r.Tenant, r.Gin.Request.Host, manuscript, r.Now))
}

func (p pages) drafts(r *kit.Request) error {
	all, err := p.posts.Drafts(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("drafts.title"), NoIndex: true, Body: draftsPage(r, all)})
}

// carryOut publishes, keeps or schedules a draft, and says where to go on.
func (p pages) carryOut(r *kit.Request, kept *community.Manuscript, draft community.Draft) (path, notice string, err error) {
	var at id.ID
	if kept != nil {
		at = kept.ID
	}
	switch r.Form().Value("faire") {
	case "brouillon":
		kept, err = p.posts.SaveDraft(r.Context(), r.Actor, at, draft)
		notice = "notice.draft_saved"
	case "programmer":
		kept, err = p.posts.Schedule(r.Context(), r.Actor, at, draft, moment(r, r.Form().Value("publish_at")))
		notice = "notice.draft_scheduled"
	default:
		return p.publishNow(r, at, draft)
	}
	if err != nil {
		return "", "", err
	}
	return draftPath(kept.ID), notice, nil
}

func (p pages) publishNow(r *kit.Request, kept id.ID, draft community.Draft) (path, notice string, err error) {
	var post *community.Post
	if kept == 0 {
		post, err = p.posts.Publish(r.Context(), r.Actor, draft)
	} else {
		post, err = p.posts.PublishDraft(r.Context(), r.Actor, kept, draft)
	}
	if err != nil {
		return "", "", err
	}
	return post.Path(), cmp.Or(heldNotice(post.State), "notice.community_published"), nil
}

func (p pages) ownDraft(r *kit.Request) (*community.Manuscript, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.posts.OwnDraft(r.Context(), r.Actor, wanted)
}

func (p pages) writeOn(r *kit.Request) error {
	kept, err := p.ownDraft(r)
	if err != nil {
		return err
	}
	form := filled(r, kept.Post(r.Now))
	form.Values.Set("publish_at", fieldTime(r, kept.PublishAt))
	if kept.Draft.Question != 0 {
		form.Values.Set("question", kept.Draft.Question.String())
	}
	return p.showWriting(r, http.StatusOK, writing{Kind: kept.Draft.Kind, Form: form, Kept: kept})
}

func (p pages) submitDraft(r *kit.Request) error {
	kept, err := p.ownDraft(r)
	if errors.Is(err, fault.NotFound) {
		return p.appeared(r, err)
	}
	if err != nil {
		return err
	}
	return p.submit(r, writing{Kind: kept.Draft.Kind, Kept: kept})
}

// appeared keeps what was typed when the piece was published meanwhile.
func (p pages) appeared(r *kit.Request, missing error) error {
	post, err := p.editable(r)
	if err != nil {
		return missing
	}
	draft, err := p.draft(r, post.Kind)
	if err == nil {
		err = fault.Conflict
	}
	return p.saved(r, post, draft, err)
}

func (p pages) confirmDrop(r *kit.Request) error {
	kept, err := p.ownDraft(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("drafts.drop.title"), NoIndex: true, Body: dropPage(r, kept)})
}

func (p pages) drop(r *kit.Request) error {
	kept, err := p.ownDraft(r)
	if err != nil {
		return err
	}
	if err := p.posts.DropDraft(r.Context(), r.Actor, kept.ID); err != nil {
		return err
	}
	return r.SeeOther(draftsPath, "notice.draft_dropped")
}

// preview shows a draft to whoever has its link; once it has appeared, the piece.
func (p pages) preview(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	kept, err := p.posts.Previewed(r.Context(), r.Tenant, r.Gin.Request.Host, wanted, r.Query("j"), r.Query("s"))
	if errors.Is(err, fault.NotFound) {
		if post, err := p.posts.Find(r.Context(), r.Actor, wanted); err == nil {
			return r.SeeOther(post.Path(), "")
		}
	}
	if err != nil {
		return err
	}
	post := kept.Post(r.Now)
	pieces, err := cards.Pieces(r, p.members, []*community.Post{post})
	if err != nil {
		return err
	}
	shown := &reading{Piece: pieces[0], People: map[id.ID]membership.Person{post.AuthorID: pieces[0].Author}}
	r.Gin.Writer.Header().Set("X-Robots-Tag", "noindex")
	return r.Page(kit.Page{Title: r.Words.T("drafts.preview.title", "Title", cards.DraftTitle(kept, r.Words)), NoIndex: true, Section: section(post.Kind), Body: previewPage(r, shown)})
}

// moreThanText tells whether a draft holds enough for its kind's own page.
func moreThanText(post *community.Post) bool {
	switch post.Kind {
	case community.Event:
		return !post.StartsAt.IsZero()
	case community.Guide:
		return post.Guide != nil
	}
	return true
}

func dayAndHour(r *kit.Request, at time.Time) string {
	return r.Words.Day(r.Now, at) + ", " + r.Words.Clock(at)
}
