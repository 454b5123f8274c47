package community_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func draft() community.Draft {
	return community.Draft{Kind: community.Tip, Title: "Le bain de sept heures", Text: "Tous les matins, on descend la cale ensemble.",
		Commune: "Douarnenez"}
}

func TestAFirstPostWaitsAndIsSeenByItsAuthorAndModeratorsAlone(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, other, maelle := w.Member(t, "anna"), w.Member(t, "other"), w.Member(t, "maelle", actor.Moderator)

	post, err := posts.Publish(t.Context(), anna, draft())
	if err != nil {
		t.Fatal(err)
	}

	if post.State != community.Held {
		t.Fatalf("a first post is %s", post.State)
	}
	for name, reader := range map[string]struct {
		actor actor.Actor
		sees  bool
	}{"author": {anna, true}, "moderator": {maelle, true}, "other": {other, false}, "visitor": {w.Visitor(), false}} {
		_, err := posts.Find(t.Context(), reader.actor, post.ID)
		if sees := err == nil; sees != reader.sees || !sees && !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Clock.Forward(time.Hour)
	w.Decide(t, posts, w.Tenant.ID, "post", post.ID, community.Published)
	found, err := posts.Find(t.Context(), w.Visitor(), post.ID)
	if err != nil || !found.PostedAt.Equal(w.Clock.Now()) {
		t.Errorf("after the decision: %v, %v", found, err)
	}
	if second, err := posts.Publish(t.Context(), anna, draft()); err != nil || second.State != community.Published {
		t.Errorf("a second post: %v, %v", second, err)
	}
}

func TestAPostIsItsAuthorsAndTheEditorsToChange(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, other := w.Member(t, "anna"), w.Member(t, "other", actor.Moderator)
	stranger := w.MemberOf(t, w.Neighbour, "stranger", actor.Admin)
	post := w.Tip(t, anna, "Le bain de sept heures")

	for _, who := range []actor.Actor{other, stranger, w.Visitor()} {
		if _, err := posts.Edit(t.Context(), who, post.ID, draft()); !errors.Is(err, fault.NotFound) {
			t.Errorf("edit: %v", err)
		}
		if err := posts.Delete(t.Context(), who, post.ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := posts.Find(t.Context(), stranger, post.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("another tenant's member: %v", err)
	}

	changed := draft()
	changed.Title = "Le bain de neuf heures"
	if edited, err := posts.Edit(t.Context(), anna, post.ID, changed); err != nil || edited.Title != changed.Title || edited.EditedAt.IsZero() {
		t.Errorf("own edit: %v", err)
	}
	if err := posts.Delete(t.Context(), anna, post.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := posts.Find(t.Context(), anna, post.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("after deletion: %v", err)
	}
}

func TestADraftSaysWhatIsWrongAtEachField(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	group := w.Group(t, "surf")
	negative := int64(-1)

	for name, change := range map[string]func(*community.Draft){
		"title":      func(d *community.Draft) { d.Title = "Super" },
		"text":       func(d *community.Draft) { d.Text = "\u202e\u200b" },
		"standfirst": func(d *community.Draft) { d.Standfirst = strings.Repeat("é", 201) },
		"place":      func(d *community.Draft) { d.Place = strings.Repeat("é", 81) },
		"months":     func(d *community.Draft) { d.Months = []int{0, 13} },
		"weekdays":   func(d *community.Draft) { d.Weekdays = []int{8} },
		"topics":     func(d *community.Draft) { d.Topics = []string{"a", "b", "c", "d", "e", "f"} },
		"kind":       func(d *community.Draft) { d.Kind = "spam" },
		"offer":      func(d *community.Draft) { d.Kind = community.Offer },
		"price":      func(d *community.Draft) { d.Kind, d.Offer, d.PriceCents = community.Offer, "sell", &negative },
		"until":      func(d *community.Draft) { d.Kind, d.Offer, d.Until = community.Offer, "give", time.Unix(1, 0) },
		"group":      func(d *community.Draft) { d.Group = group.ID },
		"picture":    func(d *community.Draft) { d.Picture, d.Alt = 42, "Une cale" },
	} {
		wrong := draft()
		change(&wrong)
		_, err := posts.Publish(t.Context(), anna, wrong)
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := draft()
	long.Title = strings.Repeat("é", 60)
	if _, err := posts.Publish(t.Context(), anna, long); err != nil {
		t.Errorf("sixty signs: %v", err)
	}
}

func TestPostingToAGroupAsksForBelonging(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	group := w.Group(t, "surf", anna)

	post := w.Tip(t, anna, "La vague du matin, sans personne", func(d *community.Draft) { d.Group = group.ID })
	inside, _, err := w.Posts(t).Feed(t.Context(), w.Tenant.ID, community.Filter{Group: group.ID}, community.Cursor{})

	if err != nil || len(inside) != 1 || inside[0].ID != post.ID {
		t.Errorf("%v, %v", inside, err)
	}
}

func TestFloodsAreRefusedUntilTheDayIsOver(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	var post *community.Post
	for n := range 10 {
		post = w.Tip(t, anna, fmt.Sprintf("Le bain numéro %d", n))
	}

	if _, err := posts.Publish(t.Context(), anna, draft()); !errors.Is(err, fault.TooMany) {
		t.Errorf("the eleventh post: %v", err)
	}
	for range 30 {
		if _, err := posts.Reply(t.Context(), anna, post.ID, "Encore."); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := posts.Reply(t.Context(), anna, post.ID, "Encore."); !errors.Is(err, fault.TooMany) {
		t.Errorf("the thirty-first comment: %v", err)
	}

	w.Clock.Forward(25 * time.Hour)
	if _, err := posts.Publish(t.Context(), anna, draft()); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestAnOfferEndsOnItsDayAndCanBeProlonged(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	offer := w.Offer(t, anna, "Onze bottes d'enfant à donner")
	w.Tip(t, anna, "Un bon plan ne finit pas")

	w.Clock.Forward(59 * 24 * time.Hour)
	if ended, err := posts.Expire(t.Context(), w.Tenant.ID); err != nil || ended != 0 {
		t.Errorf("before: %d, %v", ended, err)
	}
	w.Clock.Forward(2 * 24 * time.Hour)
	if ended, err := posts.Expire(t.Context(), w.Tenant.ID); err != nil || ended != 1 {
		t.Errorf("after: %d, %v", ended, err)
	}
	if ended, err := posts.Expire(t.Context(), w.Tenant.ID); err != nil || ended != 0 {
		t.Errorf("again: %d, %v", ended, err)
	}

	feed, _, err := posts.Feed(t.Context(), w.Tenant.ID, community.Filter{}, community.Cursor{})
	if err != nil || len(feed) != 1 {
		t.Errorf("the feed holds %d, %v", len(feed), err)
	}
	again := draft()
	again.Kind, again.Offer = community.Offer, "give"
	if prolonged, err := posts.Edit(t.Context(), anna, offer.ID, again); err != nil || prolonged.State != community.Published {
		t.Errorf("prolonged: %v, %v", prolonged, err)
	}
}

func TestThanksCountOncePerPersonAndNeverForOnesOwn(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, loic := w.Member(t, "anna"), w.Member(t, "loic")
	post := w.Tip(t, anna, "Le bain de sept heures")
	count := func() int {
		found, err := posts.Find(t.Context(), w.Visitor(), post.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found.Thanks
	}

	for range 2 {
		if err := posts.Thank(t.Context(), loic, post.ID); err != nil {
			t.Fatal(err)
		}
	}
	if count() != 1 {
		t.Errorf("%d thanks after two from one person", count())
	}
	if err := posts.Thank(t.Context(), anna, post.ID); !errors.Is(err, fault.Forbidden) {
		t.Errorf("for one's own: %v", err)
	}
	if err := posts.Thank(t.Context(), w.Visitor(), post.ID); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor: %v", err)
	}
	for range 2 {
		if err := posts.Unthank(t.Context(), loic, post.ID); err != nil {
			t.Fatal(err)
		}
	}
	if count() != 0 {
		t.Errorf("%d thanks after it was taken back", count())
	}
}

func TestCommentsAreCountedWhileTheyShow(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, loic := w.Member(t, "anna"), w.Member(t, "loic")
	post := w.Tip(t, anna, "Le bain de sept heures")
	comment, err := posts.Reply(t.Context(), loic, post.ID, "  J'ai tenu quatre minutes.\u202e ")
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, shown int) {
		t.Helper()
		found, err := posts.Find(t.Context(), w.Visitor(), post.ID)
		if err != nil {
			t.Fatal(err)
		}
		comments, _, err := posts.Comments(t.Context(), w.Visitor(), post, community.Cursor{})
		if err != nil || found.Comments != shown || len(comments) != shown {
			t.Errorf("%s: counted %d, shown %d, want %d, %v", when, found.Comments, len(comments), shown, err)
		}
	}

	check("posted", 1)
	if comment.Text != "J'ai tenu quatre minutes." {
		t.Errorf("text %q", comment.Text)
	}
	w.Decide(t, posts, w.Tenant.ID, "comment", comment.ID, community.Hidden)
	check("hidden", 0)
	w.Decide(t, posts, w.Tenant.ID, "comment", comment.ID, community.Published)
	check("shown again", 1)
	if _, _, err := posts.EditComment(t.Context(), anna, comment.ID, "Autre chose."); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody else's edit: %v", err)
	}
	if _, err := posts.DeleteComment(t.Context(), loic, comment.ID); err != nil {
		t.Fatal(err)
	}
	check("deleted", 0)
}

func TestAnAdoptedPostIsTakenInOnce(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, loic := w.Member(t, "anna"), w.Member(t, "loic")
	adopt := func() *community.Post {
		post := &community.Post{ID: 77, Kind: community.Tip, Title: "Le bain de sept heures", Text: "Tous les matins, on descend la cale ensemble.",
			AuthorID: anna.Member, PostedAt: world.Today.AddDate(0, 0, -9), State: community.Published}
		comment := &community.Comment{ID: 78, AuthorID: loic.Member, Text: "J'y étais.", PostedAt: world.Today.AddDate(0, 0, -8)}
		if err := posts.Adopt(t.Context(), w.Tenant.ID, post, []*community.Comment{comment}, []id.ID{loic.Member}); err != nil {
			t.Fatal(err)
		}
		return post
	}

	adopt()
	adopt()

	found, err := posts.Find(t.Context(), w.Visitor(), 77)
	if err != nil || found.Thanks != 1 || found.Comments != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if answer, err := posts.Search.Find(t.Context(), w.Tenant.ID, "bain", "", 1); err != nil || answer.Total != 1 {
		t.Errorf("search finds %d, %v", answer.Total, err)
	}
	if next, err := posts.Publish(t.Context(), anna, draft()); err != nil || next.State != community.Published {
		t.Errorf("the author of an adopted post is no newcomer: %v, %v", next, err)
	}
}
