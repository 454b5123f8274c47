package assets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/kumun/kumun/web/assets"
)

func TestFilesAreKeptForEver(t *testing.T) {
	for _, name := range []string{"kumun.css", "htmx.js", "icons.svg", "figtree.woff2"} {
		answer := get(t, assets.URL(name), "")
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", name, answer.StatusCode)
		}
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s is cached as %q", name, got)
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Content-Type") == "" {
			t.Errorf("%s does not say what it is: %v", name, answer.Header)
		}
	}
}

func TestAnOldFingerprintGetsTodaysFileBriefly(t *testing.T) {
	answer := get(t, "/assets/kumun.0123456789.css", "")
	if answer.StatusCode != http.StatusOK || strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("got %d, %q", answer.StatusCode, answer.Header.Get("Cache-Control"))
	}
	for _, unknown := range []string{"/assets/", "/assets/kumun.css", "/assets/nothing.0123456789.css", "/assets/../go.mod"} {
		if got := get(t, unknown, "").StatusCode; got != http.StatusNotFound {
			t.Errorf("%s answers %d", unknown, got)
		}
	}
}

func TestEveryEncodingCarriesTheSameSheet(t *testing.T) {
	plain := body(t, get(t, assets.URL("kumun.css"), "").Body)
	for encoding, decode := range map[string]func(io.Reader) io.Reader{
		"br":   func(r io.Reader) io.Reader { return brotli.NewReader(r) },
		"gzip": func(r io.Reader) io.Reader { unzipped, _ := gzip.NewReader(r); return unzipped },
	} {
		answer := get(t, assets.URL("kumun.css"), "deflate, "+encoding+";q=0.9")
		if got := answer.Header.Get("Content-Encoding"); got != encoding {
			t.Fatalf("asked for %s, got %q", encoding, got)
		}
		packed := body(t, answer.Body)
		if !bytes.Equal(plain, body(t, decode(bytes.NewReader(packed)))) {
			t.Errorf("%s carries another sheet", encoding)
		}
		if limit := 9 * 1024; len(packed) > limit {
			t.Errorf("%s: the sheet weighs %d bytes, over %d", encoding, len(packed), limit)
		}
	}
	if got := get(t, assets.URL("kumun.css"), "br;q=0").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("brotli was refused and sent all the same: %q", got)
	}
}

func TestAValidatorSparesTheBody(t *testing.T) {
	tag := get(t, assets.URL("kumun.css"), "br").Header.Get("ETag")
	request := httptest.NewRequest(http.MethodGet, assets.URL("kumun.css"), nil)
	request.Header.Set("Accept-Encoding", "br")
	request.Header.Set("If-None-Match", tag)
	recorder := httptest.NewRecorder()
	assets.Handler().ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNotModified || recorder.Body.Len() != 0 {
		t.Errorf("got %d and %d bytes", recorder.Code, recorder.Body.Len())
	}
}

func TestTheSheetAsksNobodyElse(t *testing.T) {
	sheet := string(body(t, get(t, assets.URL("kumun.css"), "").Body))
	for _, found := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(sheet, -1) {
		if strings.HasPrefix(found[1], `"data:image/svg+xml,`) {
			continue
		}
		if got := get(t, found[1], "").StatusCode; got != http.StatusOK {
			t.Errorf("%s answers %d", found[0], got)
		}
	}
	if strings.Contains(sheet, "@import") || strings.Contains(sheet, "//") {
		t.Error("the sheet names another origin")
	}
	if colours := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).FindAllString(sheet, -1); colours != nil {
		t.Errorf("colours belong to a community's look, not here: %v", colours)
	}
	if open, closed := strings.Count(sheet, "{"), strings.Count(sheet, "}"); open != closed {
		t.Errorf("%d braces open, %d close", open, closed)
	}
	used := regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllStringSubmatch(sheet, -1)
	for _, property := range used {
		if !strings.Contains(sheet, property[1]+":") && !strings.Contains(lookProperties, property[1]+" ") {
			t.Errorf("%s is set nowhere", property[1])
		}
	}
}

const lookProperties = "--title-family --title-weight --title-tracking --title-leading --corner --pill --filet " +
	"--paper --surface --wash --line --ink --soft --link --focus --brand --on-brand --accent --on-accent " +
	"--spot --good --bad --good-wash --bad-wash --accent-wash "

func TestTheSpriteHoldsAtMostFortySigns(t *testing.T) {
	sprite := body(t, get(t, assets.URL("icons.svg"), "").Body)
	var signs int
	decoder := xml.NewDecoder(bytes.NewReader(sprite))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, is := token.(xml.StartElement); is && element.Name.Local == "symbol" {
			signs++
		}
	}
	if signs == 0 || signs > 40 {
		t.Errorf("the sprite holds %d signs", signs)
	}
	if !bytes.Contains(sprite, []byte(`id="magnifying-glass"`)) {
		t.Error("a sign is named otherwise than its file")
	}
}

func get(t *testing.T, address, encoding string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, address, nil)
	request.Header.Set("Accept-Encoding", encoding)
	recorder := httptest.NewRecorder()
	assets.Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, from io.Reader) []byte {
	t.Helper()
	read, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return read
}
