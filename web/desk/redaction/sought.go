package redaction

import (
	"github.com/kumun/kumun/web/kit"
)

// soughtShown is how many lines each list has.
const soughtShown = 50

// sought tells editors what people seek, first what they do not find.
func (p pages) sought(r *kit.Request) error {
	missing, err := p.posts.Search.Sought(r.Context(), r.Tenant.ID, false, soughtShown)
	if err != nil {
		return err
	}
	found, err := p.posts.Search.Sought(r.Context(), r.Tenant.ID, true, soughtShown)
	if err != nil {
		return err
	}
	return r.Page(Page(r, kit.Page{Title: r.Words.T("community.sought.title"), Section: "sought", Body: soughtPage(r, missing, found)}))
}
