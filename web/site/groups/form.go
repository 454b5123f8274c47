package groups

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

func (p pages) showNew(r *kit.Request) error {
	return p.form(r, http.StatusOK, kit.NewForm("kind", membership.Open, "readers", membership.Everyone), nil)
}

func (p pages) open(r *kit.Request) error {
	draft, err := p.draft(r, nil)
	var opened *membership.Group
	if err == nil {
		opened, err = p.groups.Found(r.Context(), r.Actor, draft)
	}
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, http.StatusUnprocessableEntity, form, nil)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(opened.Path(), "notice.group_opened")
}

func (p pages) showEdit(r *kit.Request) error {
	found, err := p.findOwn(r)
	if err != nil {
		return err
	}
	form := kit.NewForm("name", found.Name, "purpose", found.Purpose, "place", found.Place, "rules", found.Rules, "welcome", found.Welcome,
		"kind", found.Kind, "readers", found.Readers)
	for n, question := range found.Questions {
		form.Values.Set(questionField(n), question)
	}
	form.Values["topics"] = found.Topics
	picture, err := p.posts.Pictures.Read(r.Context(), r.Tenant.ID, found.PictureID)
	if err != nil {
		return err
	}
	if picture != nil {
		form.Values.Set("alt", picture.Alt)
	}
	return p.form(r, http.StatusOK, form, found)
}

// findOwn finds a group that the actor may change; for others there is nothing
// to see here.
func (p pages) findOwn(r *kit.Request) (*membership.Group, error) {
	group, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.groups.Editable(r.Context(), r.Actor, group)
}

func (p pages) save(r *kit.Request) error {
	found, err := p.findOwn(r)
	if err != nil {
		return err
	}
	draft, err := p.draft(r, found)
	if err == nil {
		err = p.groups.Edit(r.Context(), r.Actor, found.ID, draft)
	}
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, http.StatusUnprocessableEntity, form, found)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(found.Path(), "notice.group_saved")
}

// form shows a group's words with the picture that an earlier try has brought.
func (p pages) form(r *kit.Request, status int, form *kit.Form, found *membership.Group) error {
	title := "membership.group.form.new"
	if found != nil {
		title = "membership.group.form.edit"
	}
	picture, err := p.pictureOf(r, form, found)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T(title), Section: "groups", NoIndex: true, Body: formPage(r, form, found, picture)})
}

func (p pages) pictureOf(r *kit.Request, form *kit.Form, found *membership.Group) (*community.Picture, error) {
	if form.Value("picture_id") == "" {
		if found == nil || len(form.Problems) > 0 {
			return nil, nil
		}
		return p.posts.Pictures.Read(r.Context(), r.Tenant.ID, found.PictureID)
	}
	picture, err := cards.TakePicture(r, p.posts.Pictures, kit.NewForm("picture_id", form.Value("picture_id")))
	if err != nil {
		return nil, nil // what names no picture shows none
	}
	if found != nil && picture == found.PictureID {
		return p.posts.Pictures.Read(r.Context(), r.Tenant.ID, picture)
	}
	return p.posts.Pictures.Find(r.Context(), r.Actor, picture)
}

// draft reads the form; a new picture is taken in and described first.
func (p pages) draft(r *kit.Request, found *membership.Group) (membership.Draft, error) {
	form := r.Form()
	draft := membership.Draft{Name: form.Value("name"), Purpose: form.Value("purpose"), Place: form.Value("place"), Rules: form.Value("rules"),
		Welcome: form.Value("welcome"), Kind: form.Value("kind"), Readers: form.Value("readers"), Topics: form.Values["topics"]}
	for n := range membership.MaxQuestions {
		draft.Questions = append(draft.Questions, form.Value(questionField(n)))
	}
	var err error
	if draft.PictureID, err = cards.TakePicture(r, p.posts.Pictures, form); err != nil {
		return draft, err
	}
	if draft.PictureID != 0 && (found == nil || draft.PictureID != found.PictureID) {
		err = p.posts.Pictures.Describe(r.Context(), r.Actor, draft.PictureID, form.Value("alt"))
	}
	return draft, err
}

func questionField(n int) string { return "question" + strconv.Itoa(n+1) }

func kindOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, kind := range membership.Kinds {
		options = append(options, kit.Option{Value: kind, Label: r.Words.T("group.form.kind." + kind), Hint: r.Words.T("group.form.kind." + kind + ".hint")})
	}
	return options
}

func readerOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, readers := range []string{membership.Everyone, membership.InGroup} {
		options = append(options, kit.Option{Value: readers, Label: r.Words.T("group.form.readers." + readers), Hint: r.Words.T("group.form.readers." + readers + ".hint")})
	}
	return options
}

func topicOptions(r *kit.Request, f *kit.Form) []kit.Option {
	names := slices.Clone(community.Topics)
	for _, name := range f.Values["topics"] {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var options []kit.Option
	for _, name := range names {
		options = append(options, kit.Option{Value: name, Label: cards.Topic(name, r.Words)})
	}
	return options
}

func (p pages) archive(r *kit.Request) error {
	found, err := p.findOwn(r)
	if err != nil {
		return err
	}
	again := r.Form().Has("archive", "non")
	if err := p.groups.Archive(r.Context(), r.Actor, found.ID, !again); err != nil {
		return err
	}
	notice := "notice.group_archived"
	if again {
		notice = "notice.group_reopened"
	}
	return r.SeeOther(found.Path(), notice)
}
