package community_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/world"
)

func TestEachEditKeepsWhatWasWrittenBefore(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, maelle := w.Member(t, "anna"), w.Member(t, "maelle", actor.Editor)
	event := w.Event(t, anna, "Premier bain, il y a du thé")

	w.Clock.Forward(time.Hour)
	later := community.Draft{Kind: community.Event, Title: "Premier bain, il y a du café", Text: event.Text, Place: "Plage des Dames", Event: event.Event}
	edited, err := posts.Edit(ctx, maelle, event.ID, later)
	if err != nil {
		t.Fatal(err)
	}
	if edited.AuthorID != anna.Member || edited.Version != 1 {
		t.Errorf("an editor's edit: %+v", edited)
	}

	_, history, err := posts.History(ctx, anna, event.ID)
	if err != nil || len(history) != 1 {
		t.Fatalf("%v, %v", history, err)
	}
	was := history[0]
	if was.Draft.Title != event.Title || was.Draft.Place != event.Place || !was.Draft.Event.Starts.Equal(event.Event.Starts) ||
		was.ByID != maelle.Member || !was.At.Equal(w.Clock.Now()) {
		t.Errorf("kept: %+v", was)
	}
	for _, who := range []actor.Actor{w.Member(t, "ben"), w.Visitor(), w.MemberOf(t, w.Neighbour, "stranger", actor.Admin)} {
		if _, _, err := posts.History(ctx, who, event.ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("read by %v: %v", who.Roles, err)
		}
	}
	if _, _, err := posts.History(ctx, w.Member(t, "soazig", actor.Moderator), event.ID); err != nil {
		t.Errorf("read by a moderator: %v", err)
	}

	draft, err := posts.Earlier(ctx, anna, event.ID, was.ID)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := posts.Edit(ctx, anna, event.ID, draft)
	if err != nil || restored.Title != event.Title || restored.Place != event.Place || restored.Version != 2 {
		t.Errorf("restored: %+v, %v", restored, err)
	}
	if _, history, err = posts.History(ctx, anna, event.ID); err != nil || len(history) != 2 {
		t.Errorf("restoring is an edit: %v, %v", history, err)
	}

	if err := posts.Delete(ctx, anna, event.ID); err != nil {
		t.Fatal(err)
	}
	if left := revisions(t, w); left != 0 {
		t.Errorf("%d revisions outlive their piece", left)
	}
}

func TestEarlierVersionsGoWithTheirAuthor(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, maelle := w.Member(t, "anna", actor.Ambassador), w.Member(t, "maelle", actor.Editor)
	for _, who := range []actor.Actor{anna, maelle} {
		if _, err := posts.Edit(t.Context(), maelle, w.Tip(t, who, "Le bain de sept heures").ID, draft()); err != nil {
			t.Fatal(err)
		}
	}

	if err := posts.ForgetMember(t.Context(), w.Tenant.ID, anna.Member); err != nil {
		t.Fatal(err)
	}
	if left := revisions(t, w); left != 1 {
		t.Errorf("%d are left", left)
	}
}

func TestFiftyVersionsAreKept(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna := w.Member(t, "anna", actor.Ambassador)
	tip := w.Tip(t, anna, "Le bain de sept heures")
	for n := range 53 {
		draft := draft()
		draft.Title, draft.Version = fmt.Sprintf("Le bain numéro %d", n), n
		if _, err := posts.Edit(ctx, anna, tip.ID, draft); err != nil {
			t.Fatal(err)
		}
	}

	if left := revisions(t, w); left != 50 {
		t.Errorf("%d are kept", left)
	}
	_, history, err := posts.History(ctx, anna, tip.ID)
	if err != nil || len(history) != 50 || history[0].Draft.Title != "Le bain numéro 51" || history[49].Draft.Title != "Le bain numéro 2" {
		t.Errorf("%d, %v", len(history), err)
	}
}

func TestOfTwoWhoSaveAtOnceOnePasses(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, maelle := w.Member(t, "anna"), w.Member(t, "maelle", actor.Editor)
	tip := w.Tip(t, anna, "Le bain de sept heures")

	for round := range 5 {
		var passed, refused atomic.Int64
		var all sync.WaitGroup
		for _, who := range []actor.Actor{anna, maelle, anna, maelle} {
			all.Go(func() {
				draft := draft()
				draft.Version = round
				switch _, err := posts.Edit(t.Context(), who, tip.ID, draft); {
				case err == nil:
					passed.Add(1)
				case errors.Is(err, fault.Conflict):
					refused.Add(1)
				default:
					t.Errorf("neither: %v", err)
				}
			})
		}
		all.Wait()
		if passed.Load() != 1 || refused.Load() != 3 {
			t.Fatalf("round %d: %d passed, %d were refused", round, passed.Load(), refused.Load())
		}
	}
	if _, history, err := posts.History(t.Context(), anna, tip.ID); err != nil || len(history) != 5 {
		t.Errorf("%d revisions, %v", len(history), err)
	}
}

func TestAnEditUndoesNoDecision(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, maelle := w.Member(t, "anna"), w.Member(t, "maelle", actor.Editor)
	tip := w.Tip(t, anna, "Le bain de sept heures")
	w.Decide(t, posts, w.Tenant.ID, "post", tip.ID, community.Hidden)

	if _, err := posts.Edit(ctx, maelle, tip.ID, draft()); !errors.Is(err, fault.NotFound) {
		t.Errorf("an editor changes what is hidden from them: %v", err)
	}
	if edited, err := posts.Edit(ctx, anna, tip.ID, draft()); err != nil || edited.State != community.Hidden {
		t.Errorf("its author: %v, %v", edited, err)
	}
}

func revisions(t *testing.T, w *world.World) (count int) {
	t.Helper()
	err := w.DB.Read(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) (err error) {
		kept, err := tx.Select((*community.Revision)(nil)).Count(ctx)
		count = int(kept)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
