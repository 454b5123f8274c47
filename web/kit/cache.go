package kit

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// freshFor is how long a page is sent before it is made anew, which shows what
// another process wrote; what this process wrote shows at once. While one
// request makes the page, for as long again at most, the others get it as it
// was: a crowd must not make it all together.
const freshFor = 2 * time.Second

// Cache keeps the pages that every visitor sees alike, ready to be sent, and
// the bodies that every member sees alike.
type Cache struct {
	clock    clock.Clock
	pages    *lru.Cache[pageKey, *keptPage]
	bodies   *lru.Cache[bodyKey, keptBody]
	versions *lru.Cache[id.ID, *atomic.Int64]
	everyone atomic.Int64
}

type pageKey struct {
	tenant id.ID
	host   string
	uri    string
	// language is the one in the address, which uri no longer has.
	language string
}

type keptPage struct {
	*cached
	made     stamp
	until    time.Time
	renewing atomic.Bool
}

type bodyKey struct {
	pageKey
	language string
}

type keptBody struct {
	page  Page
	made  stamp
	until time.Time
}

// maySend lets the first who finds the page old make it anew.
func (p *keptPage) maySend(now time.Time) bool {
	if !now.After(p.until) {
		return true
	}
	return !now.After(p.until.Add(freshFor)) && !p.renewing.CompareAndSwap(false, true)
}

// NewCache keeps at most so many pages.
func NewCache(now clock.Clock, pages int) *Cache {
	kept, err := lru.New[pageKey, *keptPage](max(pages, 1))
	if err != nil {
		panic(err)
	}
	bodies, err := lru.New[bodyKey, keptBody](max(pages, 1))
	if err != nil {
		panic(err)
	}
	versions, err := lru.New[id.ID, *atomic.Int64](100_000)
	if err != nil {
		panic(err)
	}
	return &Cache{clock: now, pages: kept, bodies: bodies, versions: versions}
}

// Changed makes the pages of a tenant stale; 0 means every tenant's.
func (c *Cache) Changed(tenant int64) {
	if tenant == 0 {
		c.everyone.Add(1)
		return
	}
	c.version(id.ID(tenant)).Add(1)
}

func (c *Cache) version(tenant id.ID) *atomic.Int64 {
	if version, known := c.versions.Get(tenant); known {
		return version
	}
	fresh := &atomic.Int64{}
	if previous, known, _ := c.versions.PeekOrAdd(tenant, fresh); known {
		return previous
	}
	return fresh
}

// Serve answers from memory when it can, and tells what was looked at.
func (c *Cache) Serve(w http.ResponseWriter, request *http.Request, tenant id.ID) (View, bool) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return View{}, false
	}
	page, known := c.pages.Get(keyOf(tenant, request))
	if !known || page.made != c.stamp(tenant) || !page.maySend(c.clock.Now()) {
		return View{}, false
	}
	page.write(w, request)
	return page.view, true
}

// stamp is the state of a tenant before a page of it is made.
type stamp struct{ version, everyone int64 }

type stampKey struct{}

func (c *Cache) stamp(tenant id.ID) stamp {
	return stamp{c.version(tenant).Load(), c.everyone.Load()}
}

// keep notes a page, as old as the stamp that its request was given: a change
// made meanwhile must not be hidden by it.
func (c *Cache) keep(tenant id.ID, request *http.Request, page *cached) {
	if made, ok := keepable(request); ok {
		c.pages.Add(keyOf(tenant, request), &keptPage{cached: page, made: made, until: c.clock.Now().Add(freshFor)})
	}
}

// keepBody notes a page whose body is shared, likewise.
func (c *Cache) keepBody(r *Request, page Page) {
	if made, ok := keepable(r.Gin.Request); ok {
		c.bodies.Add(bodyKeyOf(r), keptBody{page: page, made: made, until: c.clock.Now().Add(freshFor)})
	}
}

// body finds a page whose body is shared and still true.
func (c *Cache) body(r *Request) (Page, bool) {
	found, known := c.bodies.Get(bodyKeyOf(r))
	if !known || found.made != c.stamp(r.Tenant.ID) || c.clock.Now().After(found.until) {
		return Page{}, false
	}
	return found.page, true
}

func keepable(request *http.Request) (stamp, bool) {
	made, stamped := request.Context().Value(stampKey{}).(stamp)
	return made, stamped && request.Method == http.MethodGet && len(request.URL.RawQuery) <= 200
}

func bodyKeyOf(r *Request) bodyKey {
	return bodyKey{keyOf(r.Tenant.ID, r.Gin.Request), r.Words.Language}
}

func keyOf(tenant id.ID, request *http.Request) pageKey {
	return pageKey{tenant, request.Host, request.URL.RequestURI(), words.LanguageOf(request.Context())}
}

// Stamped notes the state of the tenant before its page is made.
func (c *Cache) Stamped(request *http.Request, tenant id.ID) *http.Request {
	return request.WithContext(context.WithValue(request.Context(), stampKey{}, c.stamp(tenant)))
}
