package assets

import (
	"bytes"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

type asset struct {
	fingerprint, url, mediaType string
	shrinks                     bool
	plain                       []byte
	// Brotli at its best takes tens of milliseconds a file: the first reader waits for
	// it once, rather than every start.
	brotli, gzip func() []byte
}

var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func newAsset(name string, body []byte) *asset {
	extension := path.Ext(name)
	fingerprint := fingerprintOf(body)
	return &asset{
		fingerprint: fingerprint,
		url:         prefix + strings.TrimSuffix(name, extension) + "." + fingerprint + extension,
		mediaType:   mediaTypes[extension],
		shrinks:     extension != ".woff2",
		plain:       body,
		brotli:      sync.OnceValue(func() []byte { return brotlied(body) }),
		gzip:        sync.OnceValue(func() []byte { return gzipped(body) }),
	}
}

func (a *asset) encodedFor(accepted string) (body []byte, encoding string) {
	if !a.shrinks {
		return a.plain, ""
	}
	if accepts(accepted, "br") {
		return a.brotli(), "br"
	}
	if accepts(accepted, "gzip") {
		return a.gzip(), "gzip"
	}
	return a.plain, ""
}

func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == encoding {
			quality = strings.TrimSpace(quality)
			return quality != "q=0" && quality != "q=0.0"
		}
	}
	return false
}

func brotlied(body []byte) []byte {
	var out bytes.Buffer
	writer := brotli.NewWriterLevel(&out, brotli.BestCompression)
	_, _ = writer.Write(body) // writes to memory do not fail
	_ = writer.Close()
	return out.Bytes()
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a level that exists
	_, _ = writer.Write(body)
	_ = writer.Close()
	return out.Bytes()
}
