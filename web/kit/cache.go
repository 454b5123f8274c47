package kit

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/id"
)

// freshFor is how long a page is sent before it is made anew, which shows what
// another process wrote; what this process wrote shows at once. While one
// request makes the page, for as long again at most, the others get it as it
// was: a crowd must not make it all together.
const freshFor = 2 * time.Second

// Cache keeps the pages that every visitor sees alike, ready to be sent.
type Cache struct {
	clock    clock.Clock
	pages    *lru.Cache[pageKey, *keptPage]
	versions *lru.Cache[id.ID, *atomic.Int64]
	everyone atomic.Int64
}

type pageKey struct {
	tenant id.ID
	host   string
	uri    string
}

type keptPage struct {
	*cached
	version, everyone int64
	until             time.Time
	renewing          atomic.Bool
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
	versions, err := lru.New[id.ID, *atomic.Int64](100_000)
	if err != nil {
		panic(err)
	}
	return &Cache{clock: now, pages: kept, versions: versions}
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

// Serve answers from memory when it can.
func (c *Cache) Serve(w http.ResponseWriter, request *http.Request, tenant id.ID) bool {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return false
	}
	page, known := c.pages.Get(keyOf(tenant, request))
	if !known || page.everyone != c.everyone.Load() || page.version != c.version(tenant).Load() || !page.maySend(c.clock.Now()) {
		return false
	}
	page.write(w, request)
	return true
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
	made, stamped := request.Context().Value(stampKey{}).(stamp)
	if !stamped || request.Method != http.MethodGet || len(request.URL.RawQuery) > 200 {
		return
	}
	c.pages.Add(keyOf(tenant, request), &keptPage{cached: page, version: made.version, everyone: made.everyone,
		until: c.clock.Now().Add(freshFor)})
}

func keyOf(tenant id.ID, request *http.Request) pageKey {
	return pageKey{tenant, request.Host, request.URL.RequestURI()}
}

// Stamped notes the state of the tenant before its page is made.
func (c *Cache) Stamped(request *http.Request, tenant id.ID) *http.Request {
	return request.WithContext(context.WithValue(request.Context(), stampKey{}, c.stamp(tenant)))
}
