package kit

import (
	"net/http"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/assets"
)

// Bare shows a page that needs no store: an unknown host, a suspended
// community, a form from elsewhere.
func Bare(w http.ResponseWriter, request *http.Request, tenant *tenants.Tenant, status int, key string) error {
	say := words.For(tenant.Settings.Language, tenant.Settings.Address, tenant.Location())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return bare(say, tenant, key, assets.URL("kumun.css")).Render(request.Context(), w)
}
