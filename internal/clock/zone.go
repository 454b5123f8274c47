package clock

import (
	"sync"
	"time"
)

// zones keeps each zone by its name: pages ask for it time and again, and the
// system's copy is read from disk. Only names that exist are kept.
var zones sync.Map

// Zone finds a time zone by its name, UTC where the name is unknown.
func Zone(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}
