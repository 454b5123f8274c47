package posts

import (
	"net/http"

	"github.com/kumun/kumun/web/kit"
)

// pin keeps a piece at the top of its group, for who keeps the group.
func (p pages) pin(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	pinned := !r.Form().Has("epingle", "non")
	err = p.posts.Pin(r.Context(), r.Actor, post.ID, pinned)
	if form, invalid := r.Invalid(err); invalid {
		return p.page(r, post, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	notice := "notice.group_pinned"
	if !pinned {
		notice = "notice.group_unpinned"
	}
	return r.SeeOther(post.Path(), notice)
}

// hide takes a piece off its group's pages, with a reason for its author.
func (p pages) hide(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	err = p.posts.Hide(r.Context(), r.Actor, post.ID, r.Form().Value("reason"))
	if form, invalid := r.Invalid(err); invalid {
		return p.page(r, post, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/groupes/"+post.GroupID.String()+"/animer", "notice.group_hidden")
}
