// Package clock is the only place where the product reads the time.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time in UTC, cut to the microsecond: PostgreSQL keeps no
// more, and a value must equal itself after a trip through the store.
type Clock interface {
	Now() time.Time
}

type system struct{}

func (system) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// System is the machine's clock.
func System() Clock { return system{} }

// Moved is a clock that tests set by hand and that otherwise stands still.
type Moved struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a clock that stands at the given time.
func At(now time.Time) *Moved {
	return &Moved{now: now.UTC().Truncate(time.Microsecond)}
}

// Now returns the time at which the clock stands.
func (m *Moved) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Forward moves the clock.
func (m *Moved) Forward(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(by)
}

// Wait returns after the duration, or earlier with the context's error.
func Wait(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
