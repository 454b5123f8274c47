package assets

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"regexp"
)

// Parts of the sheet, in order: within a layer the later rule wins.
var parts = []string{
	"layers", "fonts", "reset", "base", "layout",
	"header", "buttons", "labels", "people", "cards", "agenda", "ticket", "panels",
	"forms", "search", "prose", "versions", "replies", "vouches", "going", "tables", "notices", "pagination", "footer",
	"home", "piece", "group", "results", "listing", "figures", "desk", "redaction", "newsletters", "operator",
	"votes", "account", "news", "lost", "covers",
	"preferences", "print",
}

var reference = regexp.MustCompile(`url\(([a-z./-]+[a-z0-9])\)`)

// sheet is the one file of styles, its references turned into fingerprinted addresses,
// small drawings into data.
func sheet(shelf map[string]*asset) (string, []byte) {
	if held, err := files.ReadDir("css"); err != nil || len(held) != len(parts) {
		panic(fmt.Sprintf("assets: the sheet names %d parts, css/ holds %d", len(parts), len(held)))
	}
	var out bytes.Buffer
	for _, part := range parts {
		out.Write(mustRead("css/" + part + ".css"))
	}
	linked := reference.ReplaceAllFunc(out.Bytes(), func(found []byte) []byte {
		name := path.Base(string(reference.FindSubmatch(found)[1]))
		// Drawings of two lines are no request's worth.
		if path.Ext(name) == ".svg" {
			return []byte(`url("data:image/svg+xml,` + url.PathEscape(string(bytes.TrimSpace(mustRead(name)))) + `")`)
		}
		return []byte("url(" + shelf[name].url + ")")
	})
	return "kumun.css", minify(linked)
}

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces   = regexp.MustCompile(`\s+`)
)

// minify only drops comments and indentation: compression does the rest.
func minify(css []byte) []byte {
	return spaces.ReplaceAll(comments.ReplaceAll(css, nil), []byte(" "))
}
