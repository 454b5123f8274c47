// Package assets serves what every page needs besides its text: one style sheet, two
// fonts, one sprite of icons, one script. Each lives under an address made from its
// content, so that browsers keep it for ever.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const prefix = "/assets/"

//go:embed css/*.css fonts/*.woff2 icons/*.svg js/*.js *.svg
var files embed.FS

// Fonts first, since the sheet names their addresses.
var shelf = stack(
	read("figtree.woff2", "fonts/figtree.woff2"),
	read("young-serif.woff2", "fonts/young-serif.woff2"),
	read("htmx.js", "js/htmx.min.js"),
	read("share.js", "js/share.js"),
	sprite,
	sheet,
)

// URL is the address of a file by its plain name: "kumun.css", "htmx.js", "icons.svg".
func URL(name string) string {
	asset, known := shelf[name]
	if !known {
		panic("assets: no file is named " + name)
	}
	return asset.url
}

// Icon is the address of one sign of the sprite, for <use href>.
func Icon(name string) string { return URL("icons.svg") + "#" + name }

// Fonts are the addresses to preload.
func Fonts() []string { return []string{URL("figtree.woff2"), URL("young-serif.woff2")} }

// Handler serves /assets/. A known name under an old fingerprint answers with today's
// file, briefly cached: while processes are replaced, pages of one meet files of another.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, fingerprint := split(strings.TrimPrefix(r.URL.Path, prefix))
		asset, known := shelf[name]
		if !known || fingerprint == "" {
			http.NotFound(w, r)
			return
		}
		asset.serve(w, r, fingerprint == asset.fingerprint)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, current bool) {
	body, encoding := a.encodedFor(r.Header.Get("Accept-Encoding"))
	header := w.Header()
	header.Set("Content-Type", a.mediaType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=60")
	if current {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.shrinks {
		header.Set("Vary", "Accept-Encoding")
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	tag := `"` + a.fingerprint + encoding + `"`
	header.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a reader who left needs no answer
}

// maker gives a file's plain name and content; it may use the addresses of files before it.
type maker func(shelf map[string]*asset) (name string, body []byte)

func stack(makers ...maker) map[string]*asset {
	shelf := map[string]*asset{}
	for _, make := range makers {
		name, body := make(shelf)
		shelf[name] = newAsset(name, body)
	}
	return shelf
}

func read(name, file string) maker {
	return func(map[string]*asset) (string, []byte) { return name, mustRead(file) }
}

func mustRead(file string) []byte {
	body, err := files.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("assets: %v", err)) // embedded: only a wrong name in this package
	}
	return body
}

func fingerprintOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:5])
}

// split takes "kumun.0123456789.css" apart into "kumun.css" and its fingerprint.
func split(address string) (name, fingerprint string) {
	extension := path.Ext(address)
	stem := strings.TrimSuffix(address, extension)
	mark := strings.LastIndexByte(stem, '.')
	if mark < 0 {
		return address, ""
	}
	return stem[:mark] + extension, stem[mark+1:]
}
