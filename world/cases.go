package world

import (
	"context"
	"sync"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// Desk is moderation under the default policy, with a board of posts and
// comments of its own, for tests that need no more than a piece to decide on.
type Desk struct {
	*moderation.Service
	world *World

	mu     sync.Mutex
	pieces map[id.ID]moderation.Piece
}

// Desk opens the moderators' desk.
func (w *World) Desk(t testing.TB) *Desk {
	t.Helper()
	policy, err := moderation.NewPolicy(t.Context(), w.DB, w.Clock)
	if err != nil {
		t.Fatalf("read the policy: %v", err)
	}
	d := &Desk{Service: moderation.New(w.DB, w.Clock, w.Outbox, policy, w.Members()), world: w, pieces: map[id.ID]moderation.Piece{}}
	for _, name := range []string{"post", "comment"} {
		d.Registry.Register(moderation.Kind{Name: name, Load: d.load, SetState: d.set})
	}
	return d
}

// Publish writes a post and tells in which state moderation's screen left it.
func (d *Desk) Publish(t testing.TB, author actor.Actor, title, text string) (id.ID, moderation.State) {
	t.Helper()
	return d.publish(t, author, title, text, "post")
}

// Answer writes a comment.
func (d *Desk) Answer(t testing.TB, author actor.Actor, text string) (id.ID, moderation.State) {
	t.Helper()
	return d.publish(t, author, "Le bain de sept heures", text, "comment")
}

func (d *Desk) publish(t testing.TB, author actor.Actor, title, text, kind string) (id.ID, moderation.State) {
	now := d.world.Clock.Now()
	piece := id.New(now)
	content := moderation.Piece{AuthorID: author.Member, Title: title, Text: text, URL: "/bons-plans/" + piece.String(),
		PostedAt: now, State: moderation.Published}
	err := d.world.DB.Write(t.Context(), author.Tenant, func(ctx context.Context, tx database.Tx) (err error) {
		content.State, err = d.Screen(ctx, tx, author, kind, piece, content)
		return err
	})
	if err != nil {
		t.Fatalf("publish %q: %v", title, err)
	}
	d.put(piece, content)
	return piece, content.State
}

// Neighbour makes the author one whose posts appear at once: they have written
// three, long ago.
func (d *Desk) Neighbour(t testing.TB, author actor.Actor) {
	t.Helper()
	now := d.world.Clock.Now()
	err := d.world.DB.Write(t.Context(), author.Tenant, func(ctx context.Context, tx database.Tx) error {
		for range 3 {
			piece := moderation.Piece{AuthorID: author.Member, PostedAt: now.AddDate(0, -1, 0), State: moderation.Published}
			if err := d.Recognise(ctx, tx, "post", id.New(now), piece); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("make a neighbour: %v", err)
	}
}

// State is where a piece stands.
func (d *Desk) State(piece id.ID) moderation.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pieces[piece].State
}

// Delete is what an author does.
func (d *Desk) Delete(piece id.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.pieces, piece)
}

func (d *Desk) put(piece id.ID, content moderation.Piece) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pieces[piece] = content
}

func (d *Desk) load(_ context.Context, _ database.Tx, piece id.ID) (moderation.Piece, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	content, found := d.pieces[piece]
	if !found {
		return moderation.Piece{}, fault.NotFound
	}
	return content, nil
}

func (d *Desk) set(_ context.Context, _ database.Tx, piece id.ID, state moderation.State) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	content := d.pieces[piece]
	content.State = state
	d.pieces[piece] = content
	return nil
}

// Facts lists the payloads of a fact that the community's outbox holds.
func (w *World) Facts(t testing.TB, tenant id.ID, fact string) []string {
	t.Helper()
	var payloads []string
	err := w.DB.Read(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &payloads, `SELECT CAST(payload AS TEXT) FROM outbox WHERE tenant_id = ?tenant AND fact = ? ORDER BY id`, fact)
	})
	if err != nil {
		t.Fatalf("read facts: %v", err)
	}
	return payloads
}
