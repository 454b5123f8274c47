package notifications_test

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/services"
)

// knows makes a member who agreed to be asked.
func (h *house) knows(t *testing.T, name string, topics, places []string) actor.Actor {
	t.Helper()
	member := h.Member(t, name)
	if err := h.members.SaveAskable(t.Context(), member, true, topics, places); err != nil {
		t.Fatal(err)
	}
	return member
}

// question publishes one, as an ambassador does: nobody reads it first.
func (h *house) question(t *testing.T, author actor.Actor, title string, change ...func(*community.Draft)) *community.Post {
	t.Helper()
	draft := community.Draft{Kind: community.Question, Title: title, Text: "On a tout essayé, même l'annuaire. Qui sait ?"}
	for _, change := range change {
		change(&draft)
	}
	post, err := h.posts.Publish(t.Context(), author, draft)
	if err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	return post
}

// askedOf counts the letters about a question that came to a member.
func (h *house) askedOf(name, title string) (count int) {
	for _, letter := range h.to(name + "@example.org") {
		if strings.Contains(letter.Subject(), title) {
			count++
		}
	}
	return count
}

var passLinks = regexp.MustCompile(`https://cornouaille\.kumun\.test/pas-moi\?(\S+)`)

func passLink(t *testing.T, letters []services.Message) url.Values {
	t.Helper()
	found := passLinks.FindStringSubmatch(letters[len(letters)-1].Text)
	if found == nil {
		t.Fatal("the letter cannot be passed on")
	}
	values, err := url.ParseQuery(strings.TrimRight(found[1], ")"))
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestAQuestionFindsThreeWhoKnow(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	group := h.Group(t, "nage", anna)
	h.knows(t, "place", nil, []string{"treboul"})
	h.knows(t, "topic", []string{"mer"}, nil)
	h.knows(t, "both", []string{"mer"}, []string{"Tréboul"})
	member := h.knows(t, "ingroup", []string{"fabriquer"}, nil)
	if err := h.groups.Bring(t.Context(), h.Tenant.ID, group.ID, member.Member); err != nil {
		t.Fatal(err)
	}
	h.knows(t, "elsewhere", []string{"manger"}, []string{"Quimper"})
	h.knows(t, "named", []string{"bassin"}, nil)
	h.forget(t)
	if err := h.members.SaveAskable(t.Context(), anna, true, []string{"mer"}, nil); err != nil {
		t.Fatal(err)
	}

	h.question(t, anna, "Où nager quand il y a trop de houle ?", func(draft *community.Draft) {
		draft.Topics, draft.Place, draft.Group = []string{"mer"}, "Cale de Tréboul", group.ID
	})
	for name, want := range map[string]int{"both": 1, "topic": 1, "place": 1, "ingroup": 0, "elsewhere": 0, "anna": 0} {
		if got := h.askedOf(name, "houle"); got != want {
			t.Errorf("%s was asked %d times", name, got)
		}
	}

	// What stands in the text counts as well; who was asked is left alone.
	h.question(t, anna, "Un bassin ouvert le lundi, à Tréboul ?", func(draft *community.Draft) { draft.Topics, draft.Group = []string{"mer"}, group.ID })
	for name, want := range map[string]int{"named": 1, "ingroup": 1, "both": 0, "topic": 0, "place": 0} {
		if got := h.askedOf(name, "bassin"); got != want {
			t.Errorf("%s was asked %d times about the pool", name, got)
		}
	}
	h.Clock.Forward(6 * day)
	h.question(t, anna, "Une bouée à prêter, bord de mer ?")
	if h.askedOf("both", "bouée") != 0 {
		t.Error("twice in a week")
	}
	h.Clock.Forward(day)
	h.question(t, anna, "Des palmes à prêter, bord de mer ?")
	if h.askedOf("both", "palmes") != 1 || h.askedOf("topic", "palmes") != 1 {
		t.Error("a week later, nobody is asked")
	}
}

func TestTwoQuestionsAtOnceDoNotAskOnePersonTwice(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	h.knows(t, "ben", []string{"mer"}, nil)
	var questions []*community.Post
	for _, title := range []string{"Où nager quand la mer est grosse ?", "Et quand la mer est froide ?"} {
		questions = append(questions, h.Question(t, anna, title))
	}
	h.forget(t)

	var racing sync.WaitGroup
	errs := make([]error, len(questions))
	for n, question := range questions {
		payload := []byte(`{"id":"` + question.ID.String() + `","kind":"question"}`)
		racing.Go(func() { errs[n] = h.asking.Published(t.Context(), h.Tenant.ID, payload) })
	}
	racing.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	if letters := h.to("ben@example.org"); len(letters) != 1 {
		t.Errorf("%d letters", len(letters))
	}
}

func TestOneWhoWasAskedPassesItOn(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna", actor.Ambassador)
	for _, name := range []string{"ben", "dan", "enora", "gwen"} {
		h.knows(t, name, []string{"mer"}, nil)
	}
	h.forget(t)
	h.question(t, anna, "Où nager quand la mer est grosse ?")
	askedNow := func() (names []string) {
		for _, name := range []string{"ben", "dan", "enora", "gwen"} {
			if h.askedOf(name, "grosse") == 1 {
				names = append(names, name)
			}
		}
		return names
	}
	first := askedNow()
	if len(first) != 3 {
		t.Fatalf("%v were asked", first)
	}
	link := passLink(t, h.to(first[0]+"@example.org"))
	for name, wrong := range map[string][3]string{
		"another host":     {"villeray.kumun.test", link.Get("q"), link.Get("s")},
		"another question": {ownHost, id.ID(7).String(), link.Get("s")},
		"no signature":     {ownHost, link.Get("q"), ""},
	} {
		if _, _, _, err := h.asking.PassLink(t.Context(), h.Tenant, wrong[0], wrong[1], wrong[2]); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, who, _, err := h.asking.PassLink(t.Context(), h.Tenant, ownHost, link.Get("q"), link.Get("s"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.asking.Pass(t.Context(), h.Tenant.ID, one); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}
	if len(askedNow()) != 4 {
		t.Error("nobody else was asked")
	}
	// And wants no more.
	if err := h.asking.Stop(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(8 * day)
	h.question(t, anna, "Et quand la mer est froide ?")
	if h.askedOf(first[0], "froide") != 0 {
		t.Error("somebody is asked who wants no more")
	}
}

func TestTheEditorsHearOfAQuestionAfterTwoDays(t *testing.T) {
	h := newHouse(t)
	anna, ben := h.Member(t, "anna", actor.Ambassador), h.Member(t, "ben")
	h.Member(t, "maelle", actor.Editor)
	h.forget(t)
	h.question(t, anna, "Qui répare les billigs ?")
	answered := h.question(t, anna, "Qui prête une échelle ?")
	own := h.question(t, anna, "Qui garde un chat en août ?")
	gone := h.question(t, anna, "Qui a vu mon bonnet ?")
	for post, who := range map[id.ID]actor.Actor{answered.ID: ben, own.ID: anna} {
		if _, err := h.posts.Reply(t.Context(), who, post, "Moi, au bout de la rue."); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.posts.Delete(t.Context(), anna, gone.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	h.Clock.Forward(47 * time.Hour)
	h.mustFollow(t)
	if count := len(h.to("maelle@example.org")); count != 0 {
		t.Fatalf("%d letters before two days", count)
	}
	h.Clock.Forward(time.Hour)
	h.mustFollow(t)
	h.Clock.Forward(10 * day)
	h.mustFollow(t)
	for title, want := range map[string]int{"billigs": 1, "échelle": 0, "chat": 1, "bonnet": 0} {
		if got := h.askedOf("maelle", title); got != want {
			t.Errorf("%q: %d letters", title, got)
		}
	}
}

func TestAQuestionThatIsReadFirstSetsOutWhenItAppears(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.knows(t, "ben", []string{"mer"}, nil)
	h.forget(t)
	question := h.question(t, anna, "Où nager quand la mer est grosse ?")
	if question.State != community.Held || h.askedOf("ben", "grosse") != 0 {
		t.Fatalf("%s, and asked", question.State)
	}
	for range 2 {
		h.Decide(t, h.posts, h.Tenant.ID, "post", question.ID, community.Published)
		h.mustFollow(t)
	}
	if got := h.askedOf("ben", "grosse"); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

func TestWhoLeavesIsAskedNothingAndNothingIsKept(t *testing.T) {
	h := newHouse(t)
	anna, ben := h.Member(t, "anna", actor.Ambassador), h.knows(t, "ben", []string{"mer"}, nil)
	var invalid *fault.Invalid
	if err := h.members.SaveAskable(t.Context(), ben, true, nil, []string{" "}); !errors.As(err, &invalid) {
		t.Errorf("knowing nothing: %v", err)
	}
	h.forget(t)
	if err := h.members.CloseAccount(t.Context(), ben); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	h.question(t, anna, "Où nager quand la mer est grosse ?")
	if h.askedOf("ben", "grosse") != 0 {
		t.Error("a former member is asked")
	}
	if row, err := h.members.Askable(t.Context(), h.Tenant.ID, ben.Member); err != nil || row.Agreed || len(row.Topics) > 0 {
		t.Errorf("%+v, %v", row, err)
	}
}
