package kit

import (
	"net/http"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/tenants"
)

// View is a page that somebody looked at: its route and the piece on it.
type View struct {
	Route string
	Piece id.ID
}

// Audience counts views. Pages from memory are counted too: it must be quick.
type Audience func(*tenants.Tenant, View, *http.Request)

// Count notes a view where somebody counts.
func (h *House) Count(tenant *tenants.Tenant, view View, request *http.Request) {
	if h.Audience != nil && view.Route != "" && request.Method == http.MethodGet {
		h.Audience(tenant, view, request)
	}
}

// view is what the page counts as; one that did not answer counts as nothing.
func (r *Request) view(p Page) View {
	if r.IsOperator() || p.Status != http.StatusOK || p.Slim || p.Private {
		return View{}
	}
	piece, _ := r.ID("id")
	return View{r.Gin.FullPath(), piece}
}
