package community_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/world"
)

func TestADraftMayBeUnfinishedAndIsItsAuthorsAlone(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna := w.Member(t, "anna")

	if _, err := posts.SaveDraft(ctx, anna, 0, community.Draft{Kind: community.Tip}); !isInvalid(err) {
		t.Errorf("an empty draft: %v", err)
	}
	kept, err := posts.SaveDraft(ctx, anna, 0, community.Draft{Kind: community.Event, Title: "Bain"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := posts.SaveDraft(ctx, w.Visitor(), 0, draft()); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor's: %v", err)
	}
	for _, who := range []actor.Actor{w.Member(t, "soazig", actor.Admin), w.MemberOf(t, w.Neighbour, "stranger"), w.Visitor()} {
		if _, err := posts.OwnDraft(ctx, who, kept.ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("read by another: %v", err)
		}
		if _, err := posts.SaveDraft(ctx, who, kept.ID, draft()); who.IsMember() && !errors.Is(err, fault.NotFound) {
			t.Errorf("saved by another: %v", err)
		}
		if err := posts.DropDraft(ctx, who, kept.ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("dropped by another: %v", err)
		}
		if _, err := posts.PublishDraft(ctx, who, kept.ID, draft()); who.IsMember() && !errors.Is(err, fault.NotFound) {
			t.Errorf("published by another: %v", err)
		}
	}
	if _, err := posts.PublishDraft(ctx, anna, kept.ID, kept.Draft); !isInvalid(err) {
		t.Errorf("published unfinished: %v", err)
	}
	if mine, err := posts.Drafts(ctx, anna); err != nil || len(mine) != 1 || mine[0].Draft.Title != "Bain" {
		t.Errorf("what is left: %v, %v", mine, err)
	}
}

func TestADraftGoesWithItsAuthorAndKeepsItsPictureUntilThen(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna := w.Member(t, "anna")
	picture, err := posts.Pictures.Add(ctx, anna, bytes.NewReader(pngOf(t, halves(40, 30))), "La cale")
	if err != nil {
		t.Fatal(err)
	}
	draft := draft()
	draft.Picture, draft.Alt = picture.ID, "La cale"
	if _, err := posts.SaveDraft(ctx, anna, 0, draft); err != nil {
		t.Fatal(err)
	}

	w.Clock.Forward(48 * time.Hour)
	if swept, err := posts.Pictures.Sweep(ctx, w.Tenant.ID); err != nil || swept != 0 {
		t.Errorf("swept %d while a draft shows it: %v", swept, err)
	}
	if err := posts.ForgetMember(ctx, w.Tenant.ID, anna.Member); err != nil {
		t.Fatal(err)
	}
	if left, err := posts.Drafts(ctx, anna); err != nil || len(left) != 0 {
		t.Errorf("drafts of somebody who left: %v, %v", left, err)
	}
	if swept, err := posts.Pictures.Sweep(ctx, w.Tenant.ID); err != nil || swept != 1 {
		t.Errorf("swept %d afterwards: %v", swept, err)
	}
}

func TestAScheduledPieceAppearsOnceAtItsHour(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, maelle := w.Member(t, "anna", actor.Ambassador), w.Member(t, "maelle", actor.Editor)
	at := w.Clock.Now().Add(26 * time.Hour).Truncate(time.Hour)

	if _, err := posts.Schedule(ctx, anna, 0, draft(), at); !errors.Is(err, fault.Forbidden) {
		t.Errorf("by an ambassador: %v", err)
	}
	for _, wrong := range []time.Time{{}, w.Clock.Now(), at.AddDate(2, 0, 0)} {
		if _, err := posts.Schedule(ctx, maelle, 0, draft(), wrong); !isInvalid(err) {
			t.Errorf("at %v: %v", wrong, err)
		}
	}
	if _, err := posts.Schedule(ctx, maelle, 0, community.Draft{Kind: community.Tip, Title: "Bain"}, at); !isInvalid(err) {
		t.Errorf("unfinished: %v", err)
	}
	kept, err := posts.Schedule(ctx, maelle, 0, draft(), at)
	if err != nil {
		t.Fatal(err)
	}
	if ahead, err := posts.Scheduled(ctx, maelle, 10); err != nil || len(ahead) != 1 {
		t.Errorf("the programme: %v, %v", ahead, err)
	}

	publish(t, w, posts)
	if _, err := posts.Find(ctx, w.Visitor(), kept.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("before its hour: %v", err)
	}
	w.Clock.Forward(26*time.Hour + 7*time.Minute)
	publish(t, w, posts)
	publish(t, w, posts)
	post, err := posts.Find(ctx, w.Visitor(), kept.ID)
	if err != nil || post.State != community.Published || !post.PostedAt.Equal(at) {
		t.Fatalf("at its hour: %+v, %v", post, err)
	}
	if facts := w.Facts(t, w.Tenant.ID, "post.published"); len(facts) != 1 {
		t.Errorf("told %d times", len(facts))
	}
	if left, err := posts.Drafts(ctx, maelle); err != nil || len(left) != 0 {
		t.Errorf("drafts left: %v, %v", left, err)
	}
}

func TestWhatCannotAppearAnyMoreStaysADraftThatSaysWhy(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	maelle := w.Member(t, "maelle", actor.Editor)
	group := w.Group(t, "nage", w.Member(t, "anna"), maelle)
	inGroup := draft()
	inGroup.Group = group.ID
	at := w.Clock.Now().Add(time.Hour)
	if _, err := posts.Schedule(ctx, maelle, 0, inGroup, at); err != nil {
		t.Fatal(err)
	}
	fine, err := posts.Schedule(ctx, maelle, 0, draft(), at)
	if err != nil {
		t.Fatal(err)
	}

	if err := w.Groups().Leave(ctx, maelle, group.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Forward(2 * time.Hour)
	publish(t, w, posts)

	if _, err := posts.Find(ctx, w.Visitor(), fine.ID); err != nil {
		t.Errorf("the other one: %v", err)
	}
	left, err := posts.Scheduled(ctx, maelle, 10)
	if err != nil || len(left) != 1 || left[0].Stopped != "error.community.group" || !left[0].PublishAt.IsZero() {
		t.Errorf("left: %+v, %v", left, err)
	}
}

func TestAWithdrawnPieceIsADraftAgain(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	maelle, yann := w.Member(t, "maelle", actor.Editor), w.Member(t, "yann", actor.Editor)
	kept, err := posts.Schedule(ctx, maelle, 0, draft(), w.Clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	if err := posts.Unschedule(ctx, w.Member(t, "anna"), kept.ID); !errors.Is(err, fault.Forbidden) {
		t.Errorf("by a member: %v", err)
	}
	if err := posts.Unschedule(ctx, yann, kept.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Forward(2 * time.Hour)
	publish(t, w, posts)
	if mine, err := posts.Drafts(ctx, maelle); err != nil || len(mine) != 1 || !mine[0].PublishAt.IsZero() {
		t.Errorf("afterwards: %+v, %v", mine, err)
	}
}

func publish(t *testing.T, w *world.World, posts *community.Service) {
	t.Helper()
	if err := posts.PublishDue(t.Context(), w.Tenant.ID); err != nil {
		t.Fatal(err)
	}
}

func isInvalid(err error) bool {
	var invalid *fault.Invalid
	return errors.As(err, &invalid)
}

func TestAnAnswerThatIsTakenHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	maelle, ben := w.Member(t, "maelle", actor.Editor), w.Member(t, "ben")
	answered := func(title string) *community.Post {
		question := w.Question(t, maelle, title)
		answer, err := posts.Reply(ctx, ben, question.ID, "Au bazar du port, jusqu'à midi.")
		if err != nil {
			t.Fatal(err)
		}
		w.Decide(t, posts, w.Tenant.ID, "comment", answer.ID, community.Published)
		if err := posts.Accept(ctx, maelle, question.ID, answer.ID); err != nil {
			t.Fatal(err)
		}
		return question
	}
	at := w.Clock.Now().Add(time.Hour)
	scheduled := func(question *community.Post) *community.Manuscript {
		told := draft()
		if question != nil {
			told.Question = question.ID
		}
		kept, err := posts.Schedule(ctx, maelle, 0, told, at)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	taken, gone := answered("Où trouver un thermos ?"), answered("Où trouver un bonnet ?")
	first, second, third := scheduled(taken), scheduled(gone), scheduled(nil)
	told := draft()
	told.Question = taken.ID
	if _, err := posts.Publish(ctx, maelle, told); err != nil {
		t.Fatal(err)
	}
	if err := posts.Delete(ctx, maelle, gone.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Forward(2 * time.Hour)
	publish(t, w, posts)

	for _, kept := range []*community.Manuscript{second, third} {
		if post, err := posts.Find(ctx, w.Visitor(), kept.ID); err != nil || post.QuestionID != 0 {
			t.Errorf("%+v, %v", post, err)
		}
	}
	left, err := posts.Scheduled(ctx, maelle, 10)
	if err != nil || len(left) != 1 || left[0].ID != first.ID || left[0].Stopped != community.AnswerTold {
		t.Errorf("left: %+v, %v", left, err)
	}
}
