// Package limit bounds how often something may be done for one key.
package limit

import (
	"sync"
	"time"

	"github.com/kumun/kumun/internal/clock"
)

// most keys are remembered at once; then the full buckets are forgotten.
const most = 50_000

// Limit is a bucket per key: it holds burst tokens and fills again over the
// given time.
type Limit struct {
	clock clock.Clock
	burst float64
	fill  time.Duration

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// New returns a limit of burst times in per, for each key.
func New(now clock.Clock, burst int, per time.Duration) *Limit {
	return &Limit{clock: now, burst: float64(burst), fill: per, buckets: map[string]bucket{}}
}

// Allow takes a token of the key and tells whether there was one.
func (l *Limit) Allow(key string) bool {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buckets) >= most {
		l.sweep(now)
	}
	tokens := l.tokens(key, now)
	if tokens < 1 {
		return false
	}
	l.buckets[key] = bucket{tokens: tokens - 1, at: now}
	return true
}

func (l *Limit) tokens(key string, now time.Time) float64 {
	held, known := l.buckets[key]
	if !known {
		return l.burst
	}
	return min(l.burst, held.tokens+l.burst*float64(now.Sub(held.at))/float64(l.fill))
}

func (l *Limit) sweep(now time.Time) {
	for key := range l.buckets {
		if l.tokens(key, now) >= l.burst {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= most {
		clear(l.buckets)
	}
}
