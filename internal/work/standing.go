// Package work tells how work stands that nobody waits for, and repairs what was
// laid aside.
package work

import (
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Standing is how work stands, for the operator.
type Standing struct {
	// Queues are in the order of their urgency.
	Queues []Queue
	// Behind are the communities and kinds of fact of which most waits.
	Behind []Backlog
	// Oldest has waited for the longest; its Waiting is 0 when nothing waits.
	Oldest Backlog
	// Workers is empty, and what is counted by Redis 0, while RedisAway.
	Workers   []Worker
	RedisAway bool
	Tasks     []Task
}

// Queue is the work of one urgency.
type Queue struct {
	Name string
	// Waiting is due, InHand is with the workers, Failing has failed and comes
	// again, Dead does not.
	Waiting, InHand, Failing, Dead int
	// Done was worked off since midnight (UTC).
	Done   int
	Oldest time.Time
}

// Backlog is what waits of one kind in one community.
type Backlog struct {
	TenantID id.ID
	Fact     outbox.Fact
	Waiting  int
	Since    time.Time
}

// Worker is a process that works off some queues.
type Worker struct {
	Host      string
	Process   int
	Since     time.Time
	Queues    []string
	Most, Now int
}

// Task comes again and again; Last is its latest turn, in whatever community.
type Task struct {
	Fact  outbox.Fact
	Every time.Duration
	Last  time.Time
	// Waits tells that some community has not had its turn.
	Waits bool
}
