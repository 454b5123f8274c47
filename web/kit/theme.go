package kit

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/kumun/kumun/tenants"
)

// theme is a tenant's sheet under the address made from its content.
type theme struct {
	url   string
	sheet []byte
	icon  []byte
}

// themes keeps the sheets of recent tenants by their seeds.
var themes = func() *lru.Cache[string, *theme] {
	cache, err := lru.New[string, *theme](1000)
	if err != nil {
		panic(err)
	}
	return cache
}()

func themeOf(tenant *tenants.Tenant) *theme {
	seeds, err := json.Marshal(tenant.Settings.Look)
	if err != nil {
		panic(fmt.Sprintf("seeds of %s: %v", tenant.Slug, err))
	}
	if known, ok := themes.Get(string(seeds)); ok {
		return known
	}
	sheet := tenant.Settings.Look.Sheet()
	sum := fnv.New64a()
	_, _ = sum.Write(sheet)
	inks := tenant.Settings.Look.Inks()
	icon := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="%s"/>`+
		`<path d="M4 19q4-4 8 0t8 0t8 0" fill="none" stroke="%s" stroke-width="3.5" stroke-linecap="round"/>`+
		`<circle cx="16" cy="10" r="4" fill="%[2]s"/></svg>`, inks.Brand, inks.Accent)
	made := &theme{url: "/theme/" + strconv.FormatUint(sum.Sum64(), 36) + ".css", sheet: sheet, icon: []byte(icon)}
	themes.Add(string(seeds), made)
	return made
}

// ThemeURL is the address of the tenant's sheet.
func ThemeURL(tenant *tenants.Tenant) string { return themeOf(tenant).url }

// Theme serves a tenant's sheet and icon.
func Theme(tenant *tenants.Tenant, w http.ResponseWriter, request *http.Request) bool {
	path := request.URL.Path
	if path != "/icone.svg" && !strings.HasPrefix(path, "/theme/") {
		return false
	}
	made := themeOf(tenant)
	switch path {
	case made.url:
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write(made.sheet)
	case "/icone.svg":
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		_, _ = w.Write(made.icon)
	default:
		return false
	}
	return true
}
