// Package feeds is what programs read of a community: sitemaps for search
// engines and Atom feeds for whoever follows it without signing in. Both hold
// what every visitor may see, and nothing else.
package feeds

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

type pages struct {
	posts   *community.Service
	members *membership.Service
	groups  *membership.Groups
	billing *billing.Service
	letters *notifications.Newsletters
}

// Mount adds the files to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, groups *membership.Groups, billing *billing.Service, letters *notifications.Newsletters) {
	p := pages{posts, members, groups, billing, letters}
	routes.Get("/sitemap.xml", kit.Anyone, p.sitemap)
	routes.Get("/sitemap/:part", kit.Anyone, p.part)
	routes.Get("/flux.atom", kit.Anyone, p.feed(""))
	for _, kind := range community.Kinds {
		routes.Get(kind.Path()+".atom", kit.Anyone, p.feed(kind))
	}
	routes.Get("/groupes/:id/flux.atom", kit.Anyone, p.group)
	routes.Get("/chercher.atom", kit.Anyone, p.search)
	routes.Get("/lettres.atom", kit.Anyone, p.newsletters)
}

// keptFor is how long a reader may show a file again without asking.
const keptFor = "public, max-age=300"

// send writes a document; who has it already gets a short answer.
func send(r *kit.Request, mediaType string, changed time.Time, document any) error {
	body, err := xml.Marshal(document)
	if err != nil {
		return fmt.Errorf("write %s: %w", r.Gin.FullPath(), err)
	}
	body = append([]byte(xml.Header), body...)
	sum := fnv.New64a()
	_, _ = sum.Write(body)
	header := r.Gin.Writer.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Cache-Control", keptFor)
	header.Set("ETag", `"`+strconv.FormatUint(sum.Sum64(), 36)+`"`)
	http.ServeContent(r.Gin.Writer, r.Gin.Request, "", changed, bytes.NewReader(body))
	return nil
}
