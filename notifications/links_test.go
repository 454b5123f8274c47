package notifications_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/world"
)

// web is a site elsewhere, of which pages vanish.
type web struct {
	*httptest.Server
	lock  sync.Mutex
	gone  map[string]bool
	asked map[string]int
}

func newWeb(t *testing.T) *web {
	w := &web{gone: map[string]bool{}, asked: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		w.lock.Lock()
		defer w.lock.Unlock()
		if r.Method == http.MethodHead {
			w.asked[r.URL.Path]++
		}
		if w.gone[r.URL.Path] {
			http.NotFound(answer, r)
		}
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *web) loses(path string, lost bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.gone[path] = lost
}

func (w *web) times(path string) int {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.asked[path]
}

// looks lets time pass, with the task of each step.
func (h *house) looks(t *testing.T, every time.Duration, times int) {
	t.Helper()
	for range times {
		h.Clock.Forward(every)
		if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return h.Outbox.Add(ctx, tx, "links.due", struct{}{})
		}); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}
}

func (h *house) dead(t *testing.T, editor actor.Actor) []community.DeadLink {
	t.Helper()
	dead, err := h.posts.DeadLinks(t.Context(), editor, 10)
	if err != nil {
		t.Fatal(err)
	}
	return dead
}

// told are the letters that somebody got about dead links.
func (h *house) told(address string) []services.Message {
	return slices.DeleteFunc(h.to(address), func(letter services.Message) bool { return !strings.Contains(letter.Text, "deux jours différents") })
}

// linking publishes a tip that leads to addresses.
func (h *house) linking(t *testing.T, author actor.Actor, title string, addresses ...string) *community.Post {
	t.Helper()
	text := "Tout est expliqué là, avec les horaires."
	for _, address := range addresses {
		text += " [ici](" + address + ")"
	}
	post, err := h.posts.Publish(t.Context(), author, community.Draft{Kind: community.Tip, Title: title, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return post
}

func TestADeadLinkIsToldToItsOwnerAfterTwoDays(t *testing.T) {
	h := newHouse(t)
	elsewhere := newWeb(t)
	anna, maelle := h.Member(t, "anna", actor.Ambassador), h.Member(t, "maelle", actor.Editor)
	post := h.linking(t, anna, "Le bain de sept heures", elsewhere.URL+"/marees", elsewhere.URL+"/meteo", "http://192.168.1.1/routeur")
	h.mustFollow(t)
	h.forget(t)
	elsewhere.loses("/marees", true)

	h.looks(t, time.Hour, 20)
	if count := len(h.told("anna@example.org")); count != 0 || len(h.dead(t, maelle)) != 0 {
		t.Errorf("on the first day: %d letters, %v", count, h.dead(t, maelle))
	}
	h.looks(t, time.Hour, 8)
	letters := h.told("anna@example.org")
	if len(letters) != 1 || !strings.Contains(letters[0].Text, elsewhere.URL+"/marees") || !strings.Contains(letters[0].Text, "192.168.1.1") ||
		strings.Contains(letters[0].Text, "/meteo") || !strings.Contains(letters[0].Text, "/publications/"+post.ID.String()+"/modifier") {
		t.Fatalf("on the second: %d letters; %+v", len(letters), h.dead(t, maelle))
	}
	if dead := h.dead(t, maelle); len(dead) != 2 || dead[0].Title != post.Title || dead[0].Path != post.Path() {
		t.Errorf("the editors see %+v", dead)
	}
	if times := elsewhere.times("/marees"); times != 2 {
		t.Errorf("asked %d times", times)
	}
	if times := elsewhere.times("/meteo"); times != 1 {
		t.Errorf("a link that answers was asked %d times in two days", times)
	}

	h.looks(t, 24*time.Hour, 16)
	if count := len(h.told("anna@example.org")); count != 1 {
		t.Errorf("told %d times", count)
	}
	if times := elsewhere.times("/meteo"); times < 2 || times > 4 {
		t.Errorf("asked %d times in 18 days", times)
	}
	elsewhere.loses("/marees", false)
	h.looks(t, 24*time.Hour, 8)
	if dead := h.dead(t, maelle); len(dead) != 1 {
		t.Errorf("once it is back: %+v", dead)
	}
	if _, err := h.posts.Edit(t.Context(), anna, post.ID, community.Draft{Title: post.Title, Text: "Tout est expliqué à la capitainerie, avec les horaires."}); err != nil {
		t.Fatal(err)
	}
	if dead := h.dead(t, maelle); len(dead) != 0 {
		t.Errorf("once it was mended: %+v", dead)
	}
}

func TestADayWithoutNetworkIsNoDeadLink(t *testing.T) {
	h := newHouse(t)
	elsewhere := newWeb(t)
	maelle := h.Member(t, "maelle", actor.Editor)
	h.linking(t, maelle, "Le bain de sept heures", elsewhere.URL+"/marees")
	elsewhere.loses("/marees", true)

	h.looks(t, time.Hour, 4)
	elsewhere.loses("/marees", false)
	h.looks(t, time.Hour, 24*9)
	if dead := h.dead(t, maelle); len(dead) != 0 || len(h.told("maelle@example.org")) != 0 {
		t.Errorf("%+v", dead)
	}
}

func TestLinksOfListingsAreLookedAtToo(t *testing.T) {
	h := newHouse(t)
	elsewhere := newWeb(t)
	elsewhere.loses("/", true)
	yann, maelle := h.Member(t, "yann"), h.Member(t, "maelle", actor.Editor)
	till := h.Till(t)
	h.moderation.Registry.Register(till.Reviewable())
	sheet := world.Sheet("La Billig Bleue")
	sheet.Website = elsewhere.URL + "/"
	listing, err := till.Create(t.Context(), yann, sheet)
	if err != nil {
		t.Fatal(err)
	}
	till.Pay(t, yann, till.Order(t, yann, listing.ID, "adresse"))
	h.mustFollow(t)

	h.looks(t, time.Hour, 27)
	if dead := h.dead(t, maelle); len(dead) != 1 || dead[0].Piece().Kind != "listing" {
		t.Fatalf("%+v", dead)
	}
	told := h.told("yann@example.org")
	if len(told) != 1 || !strings.Contains(told[0].Text, "/partenaires/fiches/"+listing.ID.String()+"/modifier") {
		t.Errorf("its owner: %d letters", len(told))
	}
}

func TestARoundGoesOnWhereItStopped(t *testing.T) {
	h := newHouse(t)
	elsewhere := newWeb(t)
	maelle := h.Member(t, "maelle", actor.Editor)
	for n := range 6 {
		var addresses []string
		for m := range 10 {
			addresses = append(addresses, elsewhere.URL+"/"+strings.Repeat("a", n+1)+strings.Repeat("b", m))
		}
		h.linking(t, maelle, "Le bain de sept heures", addresses...)
	}

	h.looks(t, time.Hour, 1)
	if elsewhere.times("/a") != 1 || elsewhere.times("/aaaaaa") != 0 {
		t.Errorf("the first pass took all: %v", elsewhere.asked)
	}
	h.looks(t, time.Hour, 5)
	if elsewhere.times("/a") != 1 || elsewhere.times("/aaaaaa") != 1 || elsewhere.times("/aaaaaabbbbbbbbb") != 1 {
		t.Errorf("the round: %v", elsewhere.asked)
	}
}
