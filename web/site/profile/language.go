package profile

import (
	"net/http"
	"slices"

	"github.com/kumun/kumun/web/kit"
)

// chooseLanguage is the switch in the footer. The page is shown again at the
// address without a language, where the profile decides.
func (p pages) chooseLanguage(r *kit.Request) error {
	form := r.Form()
	if err := p.members.ChooseLanguage(r.Context(), r.Actor, form.Value("langue")); err != nil {
		return err
	}
	r.Gin.Redirect(http.StatusSeeOther, kit.LocalPath(form.Value("retour"), "/"))
	return nil
}

// languages are those of the community's menus, and the member's own.
func languages(r *kit.Request) []kit.Option {
	offered := r.Tenant.Reads()
	if !slices.Contains(offered, r.Words.Language) {
		offered = append(offered, r.Words.Language)
	}
	options := make([]kit.Option, 0, len(offered))
	for _, language := range offered {
		options = append(options, kit.Option{Value: language, Label: r.Words.T("language.name." + language)})
	}
	return options
}
