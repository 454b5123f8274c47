// Package moderation decides what stays: policy, notices, the queue, rules,
// decisions and their reasons.
package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// State is who may see a piece.
type State string

// The states. A held piece waits for its first decision, a hidden one may come
// back, a removed one does not; a deleted one was taken away by its author.
const (
	Published State = "published"
	Held      State = "held"
	Hidden    State = "hidden"
	Removed   State = "removed"
	Deleted   State = "deleted"
)

// Piece is anything published, as moderation reads it.
type Piece struct {
	AuthorID id.ID
	Title    string
	Text     string
	URL      string // the page's path, from the root
	PostedAt time.Time
	State    State
}

// seen tells that people come across the piece: it is published, or was and has
// run its time.
func (p Piece) seen() bool {
	return p.State != Held && p.State != Hidden && p.State != Removed && p.State != Deleted
}

// Kind is a kind of thing that can be reported and decided upon. Load and
// SetState run in moderation's transaction; Load finds hidden pieces too. Reads,
// where there is one, tells whether somebody may read the piece that they name:
// nobody learns by a report what is not theirs to read.
type Kind struct {
	Name     string
	Load     func(ctx context.Context, tx database.Tx, id id.ID) (Piece, error)
	SetState func(ctx context.Context, tx database.Tx, id id.ID, state State) error
	Reads    func(ctx context.Context, tx database.Tx, who actor.Actor, id id.ID) (bool, error)
}

// Registry knows the kinds. Higher rooms add theirs at wiring.
type Registry struct {
	kinds map[string]Kind
}

// Register adds kinds; it is called before the first request.
func (r *Registry) Register(kinds ...Kind) {
	if r.kinds == nil {
		r.kinds = map[string]Kind{}
	}
	for _, kind := range kinds {
		r.kinds[kind.Name] = kind
	}
}

func (r *Registry) find(name string) (Kind, error) {
	kind, ok := r.kinds[name]
	if !ok {
		return Kind{}, fmt.Errorf("reviewable kind %q: %w", name, fault.NotFound)
	}
	return kind, nil
}
