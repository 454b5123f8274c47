package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/web/site/lists"
	"github.com/kumun/kumun/web/site/posts"
)

func openLists(t *testing.T) *site {
	s := open(t)
	posts.Mount(s.routes, s.Posts(t), s.Members(), s.Groups())
	lists.Mount(s.routes, s.Posts(t), s.Members(), s.Till(t).Service)
	return s
}

func TestAPieceIsKeptFromItsPageAndTheListShared(t *testing.T) {
	s := openLists(t)
	anna, ben := s.Member(t, "anna", actor.Ambassador), s.Member(t, "ben")
	tip, gone := s.Tip(t, anna, "Le bain de sept heures"), s.Tip(t, anna, "La digue à marée haute")
	s.who = ben

	for _, piece := range []*community.Post{tip, gone} {
		if page := s.get(piece.Path()).Body.String(); !strings.Contains(page, `name="sur" value="post:`+piece.ID.String()+`"`) {
			t.Fatal("the page offers no keeping")
		}
		answer := s.post("/moi/garder", form("sur", "post:"+piece.ID.String()))
		next := answer.Header().Get("Location")
		if answer.Code != http.StatusSeeOther || !strings.Contains(s.get(next).Body.String(), "Mes expériences") {
			t.Fatalf("kept: %d, then %s", answer.Code, next)
		}
	}
	if page := s.get(tip.Path()).Body.String(); !strings.Contains(page, "Gardé") {
		t.Error("the piece's page does not say that it is kept")
	}
	own := s.get("/moi/listes").Body.String()
	list := regexp.MustCompile(`/moi/listes/[a-z0-9]+`).FindString(own)
	if list == "" || !strings.Contains(own, "2 pages") {
		t.Fatalf("own lists: %s", own)
	}

	if err := s.Posts(t).Delete(t.Context(), anna, gone.ID); err != nil {
		t.Fatal(err)
	}
	if answer := s.post(list, form("title", "Mes <matins>", "visibility", "public")); answer.Code != http.StatusSeeOther {
		t.Fatalf("saved: %d", answer.Code)
	}
	shared := regexp.MustCompile(`href="(/listes/[^"]+)"`).FindStringSubmatch(s.get(list).Body.String())
	if shared == nil {
		t.Fatal("no address to give")
	}
	s.who = s.Visitor()
	page := s.get(shared[1])
	for _, want := range []string{"Mes &lt;matins&gt;", "Ben", tip.Title, "Signaler cette liste"} {
		if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), want) {
			t.Errorf("%d, and the shared page does not say %q", page.Code, want)
		}
	}
	if strings.Contains(page.Body.String(), gone.Title) {
		t.Error("a piece that is gone is shown")
	}
}

func TestNobodyElseReachesAPrivateList(t *testing.T) {
	s := openLists(t)
	anna, ben := s.Member(t, "anna"), s.Member(t, "ben")
	list, err := s.Posts(t).MakeList(t.Context(), anna, "À moi", community.Private)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []actor.Actor{ben, s.Visitor()} {
		s.who = who
		if answer := s.get(list.Path()); answer.Code != http.StatusNotFound {
			t.Errorf("opened by %q: %d", who.Name, answer.Code)
		}
	}
	s.who = ben
	for _, path := range []string{"/moi/listes/" + list.ID.String(), "/moi/listes/" + list.ID.String() + "/supprimer"} {
		if answer := s.get(path); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
	s.who = anna
	if answer := s.post("/moi/listes", form("title", "")); answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), "Donne-lui un nom") {
		t.Errorf("a list without a name: %d", answer.Code)
	}
}

func TestAListingIsKeptBesidePosts(t *testing.T) {
	s := openLists(t)
	till := s.Till(t)
	anna := s.Member(t, "anna")
	listing := till.Listing(t, anna, "Crêperie d'Anna")
	s.who = anna
	if answer := s.post("/moi/garder", form("sur", "listing:"+listing.ID.String())); answer.Code != http.StatusNotFound {
		t.Errorf("a draft was kept: %d", answer.Code)
	}
	till.Pay(t, anna, till.Order(t, anna, listing.ID, "adresse"))
	if answer := s.post("/moi/garder", form("sur", "listing:"+listing.ID.String())); answer.Code != http.StatusSeeOther {
		t.Fatalf("kept: %d", answer.Code)
	}
	own, err := s.Posts(t).Lists(t.Context(), anna)
	if err != nil || len(own) != 1 {
		t.Fatalf("%v, %v", own, err)
	}
	page := s.get(own[0].Path()).Body.String()
	if !strings.Contains(page, "Crêperie d") || !strings.Contains(page, "Sponsorisé") {
		t.Error("the kept listing does not show as what it is")
	}
}
