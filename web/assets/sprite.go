package assets

import (
	"bytes"
	"path"
	"strings"
)

// sprite makes one file of every icon; to add a sign is to add a file to icons/.
// Bold signs stand in lines of text, regular ones on doors, "-fill" means "on".
func sprite(map[string]*asset) (string, []byte) {
	entries, err := files.ReadDir("icons")
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".svg")
		drawing := string(mustRead(path.Join("icons", entry.Name())))
		_, inner, _ := strings.Cut(drawing, ">")
		inner, _, _ = strings.Cut(inner, "</svg>")
		out.WriteString(`<symbol id="` + name + `" viewBox="0 0 256 256">` + inner + `</symbol>`)
	}
	out.WriteString(`</svg>`)
	return "icons.svg", out.Bytes()
}
