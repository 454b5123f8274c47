package notifications

import (
	"sync"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
)

// countKnown is how long a count is believed that another process may have
// changed; what this one changes shows at once.
const countKnown = 2 * time.Second

// unseenCounts spare each page of a busy member a look at the store.
type unseenCounts struct {
	mu    sync.Mutex
	known map[countOf]knownCount
}

type countOf struct{ tenant, member id.ID }

type knownCount struct {
	count int
	until time.Time
}

func (c *unseenCounts) find(who actor.Actor, now time.Time) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, known := c.known[countOf{who.Tenant, who.Member}]
	return found.count, known && now.Before(found.until)
}

func (c *unseenCounts) keep(who actor.Actor, count int, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= 10_000 {
		c.known = map[countOf]knownCount{}
	}
	c.known[countOf{who.Tenant, who.Member}] = knownCount{count, now.Add(countKnown)}
}

func (c *unseenCounts) forget(tenant id.ID, members ...id.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, member := range members {
		delete(c.known, countOf{tenant, member})
	}
}
