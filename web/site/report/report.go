// Package report is the door of notices: anyone may say that something is wrong
// with anything public.
package report

import (
	"net/http"
	"net/url"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

type pages struct {
	desk *moderation.Service
}

// Mount adds the report form and its thanks.
func Mount(routes *kit.Routes, desk *moderation.Service) {
	p := pages{desk}
	routes.Get("/signaler", kit.Anyone, p.form)
	routes.Post("/signaler", kit.Anyone, p.send)
	routes.Get("/signaler/merci/:id", kit.Anyone, p.thanks)
}

func (p pages) form(r *kit.Request) error {
	return p.show(r, http.StatusOK, r.Query("sur"), kit.NewForm())
}

func (p pages) send(r *kit.Request) error {
	form := r.Form()
	about := form.Value("sur")
	kind, piece, _, err := p.desk.Reportable(r.Context(), r.Actor, about)
	if err != nil {
		return err
	}
	notice, err := p.desk.Report(r.Context(), r.Actor, moderation.Report{
		Kind: kind, Piece: piece, Category: form.Value("category"), Explanation: form.Value("explanation"),
		Name: form.Value("name"), Email: form.Value("email"), GoodFaith: form.Has("good_faith", "yes"),
		Address: r.IP(), Language: r.Words.Language,
	})
	if form, bad := r.Invalid(err); bad {
		return p.show(r, http.StatusUnprocessableEntity, about, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/signaler/merci/"+notice.ID.String()+"?reference="+url.QueryEscape(notice.Reference), "")
}

func (p pages) show(r *kit.Request, status int, about string, form *kit.Form) error {
	kind, _, piece, err := p.desk.Reportable(r.Context(), r.Actor, about)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Status: status, Title: r.Words.T("moderation.report.title"), NoIndex: true,
		Body: formPage(r, form, about, kind, piece)})
}

func (p pages) thanks(r *kit.Request) error {
	number, err := r.ID("id")
	if err != nil {
		return err
	}
	notice, err := p.desk.Received(r.Context(), r.Actor, number, r.Query("reference"))
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("moderation.report.thanks.title"), NoIndex: true, Body: thanksPage(r, notice)})
}

func categoryOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, category := range moderation.Categories {
		if category.Offered {
			key := "moderation.category." + category.Name
			options = append(options, kit.Option{Value: category.Name, Label: r.Words.T(key), Hint: r.Words.T(key + ".hint")})
		}
	}
	return options
}

// reachable tells that the reporter can be answered.
func reachable(notice *moderation.Notice) bool {
	return notice.Email != "" || notice.MemberID != id.ID(0)
}
