package jobs

import (
	"context"
	"encoding/json"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// Handler follows a fact. It runs inside the transaction in which the fact
// becomes done: domain methods join it, and twice is once.
type Handler func(ctx context.Context, tenant id.ID, payload json.RawMessage) error

// Outside follows a fact with an effect beyond the store, such as a letter. No
// transaction surrounds it; it calls done in the one that records the effect.
type Outside func(ctx context.Context, tenant id.ID, payload json.RawMessage, done func(context.Context, database.Tx) error) error

// Following is what happens upon a fact.
type Following struct {
	Urgency Urgency // ordinary, unless said
	// Secret facts lose their payload once done.
	Secret  bool
	Inside  []Handler
	Outside Outside
}

// When says who follows each fact. A fact that is not named is noted as done.
type When map[outbox.Fact]Following

func (w When) urgentFacts() []outbox.Fact {
	facts := []outbox.Fact{""}
	for fact, following := range w {
		if following.Urgency == Urgent {
			facts = append(facts, fact)
		}
	}
	return facts
}
