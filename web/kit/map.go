package kit

import (
	"net/url"
	"strings"
)

// MapHref leads to a place on a map outside; nothing of it is loaded here.
func MapHref(place, commune string) string {
	return "https://www.openstreetmap.org/search?query=" + url.QueryEscape(strings.Trim(place+", "+commune, ", "))
}
