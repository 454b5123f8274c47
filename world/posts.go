package world

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/moderation"
)

// Posts returns the service of the world's posts, under the default policy and
// with moderation's own screen: a member's first post waits to be read, an
// ambassador's does not.
func (w *World) Posts(t testing.TB) *community.Service {
	t.Helper()
	if made, known := postsOf.Load(w); known {
		return made.(*community.Service)
	}
	policy, err := moderation.NewPolicy(t.Context(), w.DB, w.Clock)
	if err != nil {
		t.Fatalf("read the policy: %v", err)
	}
	blobs, err := blob.Open(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	desk := moderation.New(w.DB, w.Clock, w.Outbox, policy, w.Members())
	posts := &community.Service{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox, Policy: policy, Groups: w.Groups(), Members: w.Members(), Screen: desk,
		Search:   &community.Search{DB: w.DB, Clock: w.Clock, Groups: nothing, Listings: nothing},
		Pictures: community.NewPictures(w.DB, w.Clock, policy, blobs)}
	desk.Registry.Register(posts.Reviewable()...)
	postsOf.Store(w, posts)
	t.Cleanup(func() { postsOf.Delete(w) })
	return posts
}

// postsOf holds the services of the worlds that stand: evaluating a policy takes longer
// than publishing a post.
var postsOf sync.Map

func nothing(context.Context, id.ID, id.ID) (*community.Document, error) { return nil, fault.NotFound }

// Tip publishes a tip with a title; what the test cares about is changed in
// the draft.
func (w *World) Tip(t testing.TB, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	draft := community.Draft{Kind: community.Tip, Title: title, Place: "Cale de Tréboul", Commune: "Douarnenez",
		Text: "Tous les matins, on descend la cale. Prends une serviette et un bonnet."}
	return w.publish(t, author, draft, change)
}

// Offer publishes something to give away.
func (w *World) Offer(t testing.TB, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	draft := community.Draft{Kind: community.Offer, Offer: "give", Title: title, Commune: "Quimper",
		Text: "À prendre chez moi après l'école, sauf le vendredi."}
	return w.publish(t, author, draft, change)
}

// Event publishes one that takes place tomorrow from ten to noon, in Paris.
func (w *World) Event(t testing.TB, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	tomorrow := w.Clock.Now().Truncate(24 * time.Hour).Add(33 * time.Hour)
	draft := community.Draft{Kind: community.Event, Title: title, Place: "Cale de Tréboul", Commune: "Douarnenez",
		Text:  "On se retrouve en haut de la cale. Prends une serviette et un bonnet.",
		Event: &community.Date{Starts: tomorrow, Ends: tomorrow.Add(2 * time.Hour), Zone: "Europe/Paris"}}
	return w.publish(t, author, draft, change)
}

// Question asks the neighbours something.
func (w *World) Question(t testing.TB, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	draft := community.Draft{Kind: community.Question, Title: title, Text: "On a tout essayé, même l'annuaire. Qui sait ?"}
	return w.publish(t, author, draft, change)
}

// Guide publishes one of two chapters; its author needs the right to.
func (w *World) Guide(t testing.TB, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	draft := community.Draft{Kind: community.Guide, Title: title, Standfirst: "Il y a le vent, et un thermos.",
		Guide: &community.Chapters{Authors: []id.ID{author.Member}, Living: "Ici, on apprend à regarder le ciel avant l'agenda.",
			Sections: []community.Section{
				{Heading: "Choisis ton heure", Text: "Regarde le vent avant la pluie, et la marée avant les deux.", By: author.Member},
				{Heading: "Remplis le sac", Text: "Un bonnet de rechange, des chaussettes, du salé et du sucré.", By: author.Member}}}}
	return w.publish(t, author, draft, change)
}

// publish lets the post appear even when it is the author's first.
func (w *World) publish(t testing.TB, author actor.Actor, draft community.Draft, change []func(*community.Draft)) *community.Post {
	t.Helper()
	for _, change := range change {
		change(&draft)
	}
	posts := w.Posts(t)
	post, err := posts.Publish(t.Context(), author, draft)
	if err != nil {
		t.Fatalf("publish %q: %v", draft.Title, err)
	}
	w.Decide(t, posts, author.Tenant, "post", post.ID, community.Published)
	post.State = community.Published
	return post
}

// Decide carries out what a moderator decided about a piece.
func (w *World) Decide(t testing.TB, posts *community.Service, tenant id.ID, kind string, piece id.ID, state community.State) {
	t.Helper()
	err := w.DB.Write(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		for _, reviewable := range posts.Reviewable() {
			if reviewable.Name != kind {
				continue
			}
			if err := reviewable.SetState(ctx, tx, piece, state); err != nil {
				return err
			}
			decided, err := reviewable.Load(ctx, tx, piece)
			if err != nil {
				return err
			}
			return posts.Screen.Recognise(ctx, tx, kind, piece, decided)
		}
		return fault.NotFound
	})
	if err != nil {
		t.Fatalf("decide %s: %v", kind, err)
	}
}
