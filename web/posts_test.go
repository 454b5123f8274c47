package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/web/site/home"
	"github.com/kumun/kumun/web/site/media"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/web/site/search"
)

func openPosts(t *testing.T) *site {
	s := open(t)
	members := s.Members()
	home.Mount(s.routes, s.Posts(t), members, &billing.Service{DB: s.DB, Clock: s.Clock, Policy: s.Posts(t).Policy, Tenants: s.Tenants})
	posts.Mount(s.routes, s.Posts(t), members, s.Groups())
	search.Mount(s.routes, s.Posts(t), members, s.Groups(), nil)
	media.Mount(s.routes, s.Posts(t).Pictures)
	return s
}

// counter counts statements.
type counter struct{ count *atomic.Int64 }

func (c counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (c counter) AfterQuery(context.Context, *bun.QueryEvent)                        { c.count.Add(1) }

// postWith sends a form with a file.
func (s *site) postWith(t *testing.T, path string, values map[string]string, file []byte) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range values {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("picture", "photo.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, path, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return s.send(s.Tenant, request)
}

// The number of statements does not follow the number of pieces shown.
func TestPagesAskTheStoreAFixedNumberOfTimes(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	var asked atomic.Int64
	s.DB.AddQueryHook(counter{&asked})
	fill := func(from, to int) *community.Post {
		var post *community.Post
		for n := from; n < to; n++ {
			author := s.Member(t, fmt.Sprintf("voisin%d", n), actor.Ambassador)
			post = s.Tip(t, author, fmt.Sprintf("Le sentier numéro %d", n))
			s.Offer(t, author, fmt.Sprintf("Un sentier à donner, %d", n))
			if _, err := s.Posts(t).Reply(t.Context(), author, post.ID, "On y était."); err != nil {
				t.Fatal(err)
			}
		}
		return post
	}
	count := func(post *community.Post) map[string]int64 {
		counts := map[string]int64{}
		for name, path := range map[string]string{"home": "/", "tips": "/bons-plans", "offers": "/annonces", "search": "/chercher?q=sentier", "post": post.Path()} {
			asked.Store(0)
			has(t, s.get(path), http.StatusOK)
			counts[name] = asked.Load()
		}
		return counts
	}

	few := count(fill(0, 2))
	many := count(fill(2, 14))

	for name := range few {
		if few[name] == 0 || many[name] > few[name] || many[name] > 8 {
			t.Errorf("%s: %d statements for few pieces, %d for many", name, few[name], many[name])
		}
	}
	t.Logf("statements: %v", many)
}

func TestTheFrontPageOpensWithSearchAndFourDoors(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	has(t, s.get("/"), http.StatusOK, "Tout est à écrire.", `action="/chercher"`)

	s.Tip(t, s.Member(t, "nolwenn", actor.Ambassador), "Le bain de sept heures")
	page := s.get("/")

	has(t, page, http.StatusOK, "<title>Cornouaille</title>", "Le bain de sept heures", "N° 1", `href="/bons-plans"`, `href="/?entree=activite"`, `href="/ecrire"`, `action="/lettre"`, `href="/inscription"`)
	hasNot(t, page, "Tout est à écrire.", "style=", "<script>", "<script src", "Sponsorisé")
	if doors := strings.Count(page.Body.String(), `class="door`); doors != 5 { // four and their list
		t.Errorf("%d doors", doors)
	}
	s.who = s.Member(t, "anna")
	hasNot(t, s.get("/"), `action="/lettre"`, `href="/inscription"`)
}

func TestAMemberWritesAndTheFormLosesNothing(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	has(t, s.get("/ecrire"), http.StatusOK, "/ecrire/bon-plan")
	if answer := s.get("/ecrire/bon-plan"); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/connexion?suite=%2Fecrire%2Fbon-plan" {
		t.Errorf("a visitor gets %d, %s", answer.Code, answer.Header().Get("Location"))
	}

	s.who = s.Member(t, "nolwenn", actor.Ambassador)
	wrong := s.post("/ecrire/bon-plan", url.Values{"title": {"Super"}, "text": {`Une "cale" <b>& du vent`}, "topics": {"mer", "pluie"}, "months": {"11"}})
	has(t, wrong, http.StatusUnprocessableEntity, `aria-invalid="true"`, `value="Super"`, `Une &#34;cale&#34; &lt;b&gt;&amp; du vent`, `value="pluie" checked`, `value="11" checked`, "au moins 8 signes", "au moins 30 signes")

	right := url.Values{"title": {"Le bain de sept heures"}, "text": {"Tous les matins, on descend la cale ensemble."}, "commune": {"Douarnenez"}, "weekdays": {"6", "7"}, "topics": {"mer"}}
	answer := s.post("/ecrire/bon-plan", right)
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("publishing gives %d", answer.Code)
	}
	path, _, _ := strings.Cut(answer.Header().Get("Location"), "?")
	has(t, s.get(answer.Header().Get("Location")), http.StatusOK, "C’est en ligne")
	s.who = s.Visitor()
	page := s.get(path)
	has(t, page, http.StatusOK, "<h1>Le bain de sept heures</h1>", "Le samedi et le dimanche", `rel="canonical" href="http://cornouaille.kumun.test`+path, "Se connecter pour répondre", "/signaler?sur=post:")
	hasNot(t, page, "/modifier", "/supprimer")
}

func TestAnOfferSaysItsPriceAndItsDay(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.who = s.Member(t, "nolwenn", actor.Ambassador)
	form := url.Values{"offer": {"sell"}, "title": {"Un vélo qui a fait Brest"}, "text": {"Deux roues, une sonnette, et un panier sans fond."}, "price": {"120,5"}, "until": {"2026-12-24"}}

	answer := s.post("/ecrire/annonce", form)
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("publishing gives %d: %s", answer.Code, answer.Body)
	}
	has(t, s.get(answer.Header().Get("Location")), http.StatusOK, "Je vends", "120,50", "jeudi 24 décembre")

	for field, value := range map[string]string{"price": "cher", "until": "demain", "group": "zz!"} {
		wrong := url.Values{}
		for name, values := range form {
			wrong[name] = values
		}
		wrong.Set(field, value)
		has(t, s.post("/ecrire/annonce", wrong), http.StatusUnprocessableEntity, `id="`+field+`-oops"`)
	}
}

func TestAPictureIsKeptWhileTheRestIsMended(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.who = s.Member(t, "nolwenn", actor.Ambassador)
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewNRGBA(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	text := map[string]string{"title": "Le bain de sept heures", "text": "Tous les matins, on descend la cale ensemble."}

	has(t, s.postWith(t, "/ecrire/bon-plan", text, []byte("#!/bin/sh")), http.StatusUnprocessableEntity, `id="picture-oops"`, "JPEG, PNG ou WebP")
	undescribed := s.postWith(t, "/ecrire/bon-plan", text, photo.Bytes())
	has(t, undescribed, http.StatusUnprocessableEntity, `id="alt-oops"`, "Ta photo est là")
	kept := regexp.MustCompile(`name="picture_id" value="([^"]+)"`).FindStringSubmatch(undescribed.Body.String())
	if kept == nil {
		t.Fatal("the form forgot the photo")
	}

	answer := s.post("/ecrire/bon-plan", url.Values{"title": {text["title"]}, "text": {text["text"]}, "picture_id": {kept[1]}, "alt": {"La cale à l'aube"}})
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("publishing gives %d", answer.Code)
	}
	page := s.get(answer.Header().Get("Location"))
	has(t, page, http.StatusOK, `alt="La cale à l&#39;aube"`)
	source := regexp.MustCompile(`src="(/images/[^"]+)"`).FindStringSubmatch(page.Body.String())
	if source == nil {
		t.Fatal("the page shows no photo")
	}
	file := s.get(source[1])
	if file.Code != http.StatusOK || file.Header().Get("Content-Type") != "image/webp" || !strings.Contains(file.Header().Get("Cache-Control"), "immutable") || file.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the photo: %d %v", file.Code, file.Header())
	}
}

func TestOnlyAuthorsAndEditorsEditAndOnlyAuthorsDelete(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna := s.Member(t, "anna")
	post := s.Tip(t, anna, "Le bain de sept heures")
	comment, err := s.Posts(t).Reply(t.Context(), anna, post.ID, "J'y étais aussi.")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/publications/" + post.ID.String() + "/modifier", "/publications/" + post.ID.String() + "/supprimer",
		"/reponses/" + comment.ID.String() + "/modifier", "/reponses/" + comment.ID.String() + "/supprimer"}

	s.who = s.Member(t, "loic", actor.Moderator)
	for _, path := range paths {
		has(t, s.get(path), http.StatusNotFound)
		has(t, s.post(path, url.Values{"comment": {"Piraté"}, "title": {"Un titre piraté"}, "text": {strings.Repeat("Piraté. ", 9)}}), http.StatusNotFound)
	}
	s.who = anna
	for _, path := range paths {
		has(t, s.get(path), http.StatusOK)
	}
	for n := len(paths) - 1; n >= 0; n -= 2 {
		if answer := s.post(paths[n], nil); answer.Code != http.StatusSeeOther {
			t.Errorf("%s gives %d", paths[n], answer.Code)
		}
	}
	has(t, s.get(post.Path()), http.StatusNotFound)
}

func TestMerciAndReplyComeBackToThePage(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	post := s.Tip(t, s.Member(t, "anna"), "Le bain de sept heures")
	s.who = s.Member(t, "loic")
	base := "/publications/" + post.ID.String()

	if answer := s.post(base+"/merci", nil); answer.Header().Get("Location") != post.Path()+"#merci" {
		t.Errorf("merci leads to %q", answer.Header().Get("Location"))
	}
	has(t, s.get(post.Path()), http.StatusOK, `aria-pressed="true"`)
	s.post(base+"/merci", url.Values{"merci": {"retirer"}})
	has(t, s.get(post.Path()), http.StatusOK, `aria-pressed="false"`)

	has(t, s.post(base+"/reponses", url.Values{"comment": {"x"}}), http.StatusUnprocessableEntity, `id="comment-oops"`, ">x</textarea>")
	if answer := s.post(base+"/reponses", url.Values{"comment": {"Quatre minutes, pas une de plus."}}); !strings.HasPrefix(answer.Header().Get("Location"), post.Path()+"#c-") {
		t.Errorf("the reply leads to %q", answer.Header().Get("Location"))
	}
	has(t, s.get(post.Path()), http.StatusOK, "Quatre minutes, pas une de plus.", "1 réponse")
}

func TestSearchSaysThatThereAreMoreThanItCounted(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	erwan := s.Member(t, "erwan", actor.Ambassador)
	for n := range 4 {
		s.Tip(t, erwan, fmt.Sprintf("Un sentier numéro %d", n))
	}

	has(t, s.get("/chercher?q=sentier"), http.StatusOK, "4 réponses", `<span class="num">4</span>`)
	s.Posts(t).Search.Most = 2
	page := s.get("/chercher?q=sentier&page=2")
	has(t, page, http.StatusOK, "Plus de 2 réponses")
	hasNot(t, page, `class="num"`)
}

func TestSearchSaysWhatItUnderstood(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	s.Tip(t, s.Member(t, "erwan", actor.Ambassador), "La crêperie au rideau rouge")

	has(t, s.get("/chercher?q=crepri"), http.StatusOK, "On a compris", "crêperie", "La crêperie au rideau rouge", `aria-current="true"`)
	has(t, s.get("/chercher?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"), http.StatusOK, "0 réponse", "Pas trouvé")
	hasNot(t, s.get("/chercher?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"), "<script>alert")
	for _, query := range []string{"/chercher", "/chercher?q=%00%ff&page=-3&genre=x", "/chercher?q=creperie&page=99999999999999", "/bons-plans?apres=zz.zz&commune=%25&sujet=%22%27", "/annonces?groupe=!"} {
		has(t, s.get(query), http.StatusOK)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	neighbours := s.MemberOf(t, s.Neighbour, "idris", actor.Ambassador)
	foreign := s.Tip(t, neighbours, "L'escalier qui déneige tout seul")

	for _, path := range []string{foreign.Path(), "/bons-plans/zzz", "/bons-plans/!", "/annonces/1", "/publications/1/modifier", "/reponses/1/modifier",
		"/images/../../etc/passwd", "/images/00000000000000000000000000000000-480.webp", "/images/x", "/couvertures/x.svg", "/couvertures/tip-1-nothing-1.svg", "/couvertures/tip-!-vagues-1.svg"} {
		s.who = s.Visitor()
		answer := s.get(path)
		if answer.Code == http.StatusSeeOther {
			s.who = neighboursGuest(s)
			answer = s.get(path)
		}
		has(t, answer, http.StatusNotFound)
		hasNot(t, answer, foreign.Title)
	}
	has(t, s.get("/couvertures/ouverture.svg"), http.StatusOK, "<svg")
	has(t, s.get("/couvertures/perdu.svg"), http.StatusOK, "<svg")
}

// neighboursGuest is some member of this community.
func neighboursGuest(s *site) actor.Actor {
	return actor.MemberOf(s.Tenant.ID, 1)
}
