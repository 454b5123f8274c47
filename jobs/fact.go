// Package jobs carries facts from the outbox to those who follow them: the
// relay hands each to Asynq, the worker calls its followers and marks it done
// in the transaction of their effect. Redis may vanish at any time.
package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/hibiken/asynq"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Urgency is the name of an Asynq queue.
type Urgency string

// The queues.
const (
	Transactional Urgency = "transactional" // somebody waits in front of a page
	Notifications Urgency = "notifications" // what is not said to be otherwise
	Moderation    Urgency = "moderation"    // what the rules and moderators do
	Bulk          Urgency = "bulk"          // digests and other letters to many
	Housekeeping  Urgency = "housekeeping"  // nobody waits for it
)

// queue is how much of the hand a queue has, in tenths, and how often it is
// looked at beside others that share its workers.
type queue struct {
	Urgency
	tenths, weight int
}

// queues are all of them, the most urgent first. None can fill the hand: what
// waits in one keeps nothing of another back. The most urgent has little of it:
// what is in hand is worked off in the order in which it came.
var queues = []queue{{Transactional, 1, 6}, {Notifications, 4, 3}, {Moderation, 1, 2}, {Bulk, 3, 1}, {Housekeeping, 1, 1}}

// Urgencies are the names of the queues, the most urgent first.
func Urgencies() (all []Urgency) {
	for _, queue := range queues {
		all = append(all, queue.Urgency)
	}
	return all
}

// handover is a fact in the relay's hand.
type handover struct {
	TenantID id.ID
	ID       id.ID
	Fact     outbox.Fact
	Attempt  int
}

// task holds integers: the row is looked up, never shown.
type task struct {
	Tenant int64 `json:"tenant"`
	Row    int64 `json:"row"`
}

// taskID differs at each attempt: Asynq frees an id on success, and keeps that
// of an exhausted task for itself.
func (h handover) taskID(attempt int) string {
	return fmt.Sprintf("%d.%d.%d", h.TenantID, h.ID, attempt)
}

func (h handover) task() *asynq.Task {
	// Two integers always encode.
	payload, _ := json.Marshal(task{int64(h.TenantID), int64(h.ID)})
	return asynq.NewTask(string(h.Fact), payload)
}
