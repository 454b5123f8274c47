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

const (
	Urgent   Urgency = "urgent" // somebody waits in front of a page
	Ordinary Urgency = "ordinary"
	Bulk     Urgency = "bulk"
)

var waitedFor = map[string]int{string(Urgent): 6, string(Ordinary): 3}

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
