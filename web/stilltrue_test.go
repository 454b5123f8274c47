package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/web/site/stilltrue"
)

// stillTrueSite is the pages as somebody meets them who has not signed in.
type stillTrueSite struct {
	*site
	anna actor.Actor
	tip  *community.Post
}

func openStillTrue(t *testing.T) *stillTrueSite {
	s := &stillTrueSite{site: open(t)}
	s.anna = s.Member(t, "anna", actor.Ambassador)
	s.tip = s.Tip(t, s.anna, "Le bain de sept heures")
	members := s.Members()
	stilltrue.Mount(s.routes, &notifications.Freshness{Letters: s.letters(), Members: members, Posts: s.Posts(t)})
	posts.Mount(s.routes, s.Posts(t), members, s.Groups())
	return s
}

func (s *stillTrueSite) link(answer notifications.Answer) string {
	return notifications.AnswerPath(s.Tenant, host, s.tip, answer)
}

func TestOneSignedClickBringsAPieceBackEverywhere(t *testing.T) {
	s := openStillTrue(t)
	freshen := func(days int) {
		s.Clock.Forward(time.Duration(days) * day)
		if err := s.Posts(t).Freshen(t.Context(), s.Tenant.ID); err != nil {
			t.Fatal(err)
		}
	}
	listed := func() bool {
		return strings.Contains(s.get("/bons-plans").Body.String(), s.tip.Title)
	}

	freshen(91)
	has(t, s.get(s.tip.Path()), http.StatusOK, "À confirmer", "/plus-vrai")
	has(t, s.get("/bons-plans"), http.StatusOK, s.tip.Title, "à confirmer")
	freshen(29)
	if listed() {
		t.Fatal("it is listed after 120 days")
	}
	has(t, s.get(s.tip.Path()), http.StatusOK, "cette page a quitté les listes")

	has(t, s.get(s.link(notifications.StillTrue)), http.StatusOK, "Toujours vrai", `method="post"`, s.tip.Title)
	if listed() {
		t.Fatal("opening the link is enough: a mail scanner answers")
	}
	has(t, s.post(s.link(notifications.StillTrue), nil), http.StatusOK, "Merci", s.tip.Path())
	if !listed() {
		t.Fatal("the click has not brought it back")
	}
	has(t, s.get(s.tip.Path()), http.StatusOK, "Vérifié")
}

func TestAnAnswerCanBeTakenBack(t *testing.T) {
	s := openStillTrue(t)

	has(t, s.post(s.link(notifications.NoLongerTrue), nil), http.StatusOK, "a quitté les listes", `method="post"`)
	has(t, s.get(s.tip.Path()), http.StatusOK, "on garde la page pour mémoire")
	has(t, s.post(s.link(notifications.StillTrue), nil), http.StatusOK, "Merci")
	has(t, s.get("/bons-plans"), http.StatusOK, s.tip.Title)
}

func TestALinkThatWasNotSignedHereIsLost(t *testing.T) {
	s := openStillTrue(t)
	good := s.link(notifications.StillTrue)
	for name, path := range map[string]string{
		"another answer":  strings.Replace(good, "r=yes", "r=no", 1),
		"no answer":       strings.Replace(good, "r=yes", "r=", 1),
		"no signature":    good[:strings.Index(good, "&s=")],
		"another purpose": strings.Replace(notifications.NudgeStopPath(s.Tenant, host, s.tip.ID), "/relances/arreter?m=", "/encore-vrai?r=yes&p=", 1),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code := s.send(s.Tenant, request(method, path, nil)).Code; code != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, method, code)
			}
		}
	}
	if code := s.send(s.Neighbour, request(http.MethodPost, good, nil)).Code; code != http.StatusNotFound {
		t.Errorf("at the neighbours': %d", code)
	}
}

func TestSomebodyIsLeftAloneAtAClick(t *testing.T) {
	s := openStillTrue(t)
	link := notifications.NudgeStopPath(s.Tenant, host, s.anna.Member)

	has(t, s.get(link), http.StatusOK, "a…@example.org", `method="post"`)
	for range 2 {
		has(t, s.post(link, nil), http.StatusOK, "C’est entendu")
	}
	if code := s.get(link + "x").Code; code != http.StatusNotFound {
		t.Errorf("a forged link answers %d", code)
	}
}

func TestAVisitorSaysThatAPieceIsNoLongerTrueAFewTimesAnHour(t *testing.T) {
	s := openStillTrue(t)
	path := func(post *community.Post) string { return "/publications/" + post.ID.String() + "/plus-vrai" }

	for n := range 5 {
		if got := s.post(path(s.tip), nil); got.Code != http.StatusSeeOther {
			t.Fatalf("time %d: %d", n+1, got.Code)
		}
	}
	if got := s.post(path(s.tip), nil); got.Code != http.StatusTooManyRequests {
		t.Errorf("the sixth time: %d", got.Code)
	}
	if facts := s.Facts(t, s.Tenant.ID, "post.doubted"); len(facts) != 1 {
		t.Errorf("one visitor counts %d times", len(facts))
	}
}
