package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/news"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/web/site/profile"
)

// newsSite is the pages of news, and a piece of Anna's to which Bob replies.
type newsSite struct {
	*site
	telling   *notifications.Telling
	anna, bob actor.Actor
	tip       *community.Post
}

func openNews(t *testing.T) *newsSite {
	t.Helper()
	s := &newsSite{site: open(t)}
	s.telling = s.site.telling(t)
	house := s.house(t)
	house.News = s.telling
	s.routes = kit.NewRoutes(house)
	news.Mount(s.routes, s.telling, &notifications.Digest{Letters: s.telling.Letters, Members: s.telling.Members}, s.subscriptions(t))
	posts.Mount(s.routes, s.telling.Posts, s.telling.Members, s.telling.Groups)
	profile.Mount(s.routes, s.telling.Members, s.telling.Groups, s.telling.Posts, s.telling, s.subscriptions(t))
	s.anna, s.bob = s.Member(t, "anna", actor.Ambassador), s.Member(t, "bob", actor.Ambassador)
	s.tip = s.Tip(t, s.anna, "Le bain de sept heures")
	s.who = s.anna
	return s
}

// reply lets Bob reply to a piece, and Anna be told.
func (s *newsSite) reply(t *testing.T, post *community.Post, text string) *community.Comment {
	t.Helper()
	comment, err := s.telling.Posts.Reply(t.Context(), s.bob, post.ID, text)
	if err != nil {
		t.Fatal(err)
	}
	facts := s.Facts(t, s.Tenant.ID, "comment.posted")
	if err := s.telling.Replied(t.Context(), s.Tenant.ID, json.RawMessage(facts[len(facts)-1])); err != nil {
		t.Fatal(err)
	}
	return comment
}

func (s *newsSite) wants(t *testing.T) notifications.Preferences {
	t.Helper()
	wants, err := s.telling.Preferences(t.Context(), s.Tenant.ID, s.anna.Member)
	if err != nil {
		t.Fatal(err)
	}
	return wants
}

func TestNewsIsReadADayAtATimeAndOneClickFromWhereItHappened(t *testing.T) {
	s := openNews(t)
	has(t, s.get("/moi/nouvelles"), http.StatusOK, "Rien de neuf. Profite.")
	s.reply(t, s.tip, "J'y serai demain.")
	s.Clock.Forward(day)
	said := s.reply(t, s.tip, "Finalement non.")

	page := s.get("/moi/nouvelles")

	has(t, page, http.StatusOK, "Aujourd’hui", "Hier", "Bob t’a répondu", "Le bain de sept heures", "Finalement non.", said.PathOn(s.tip), "Tout marquer comme lu")
	hasNot(t, page, "Rien de neuf")
	if body := page.Body.String(); strings.Index(body, "Finalement") > strings.Index(body, "serai demain") {
		t.Error("the newest is not first")
	}
	s.who = s.bob
	hasNot(t, s.get("/moi/nouvelles"), "répondu")
	s.who = s.Visitor()
	if answer := s.get("/moi/nouvelles"); answer.Code != http.StatusSeeOther {
		t.Errorf("a visitor gets %d", answer.Code)
	}
}

func TestTheHeaderSaysHowMuchIsNew(t *testing.T) {
	s := openNews(t)
	other := s.Tip(t, s.anna, "La cale à marée basse")
	hasNot(t, s.get("/moi"), `class="count"`)
	s.reply(t, s.tip, "J'y serai demain.")
	s.reply(t, other, "C'est glissant.")
	has(t, s.get("/moi"), http.StatusOK, `<span class="count" aria-hidden="true">2</span>`, `<span class="sr">2 nouvelles pour toi</span>`)

	// Looking at the piece is seeing what was said of it.
	has(t, s.get(s.tip.Path()), http.StatusOK, `<span class="count" aria-hidden="true">1</span>`)
	has(t, s.get("/moi/nouvelles"), http.StatusOK, `<span class="count" aria-hidden="true">1</span>`)
	for range 11 {
		s.reply(t, other, "C'est glissant.")
	}
	has(t, s.get("/moi"), http.StatusOK, `<span class="count" aria-hidden="true">9+</span>`)

	leadsTo(t, s.post("/moi/nouvelles/lues", nil), "/moi/nouvelles?dit=news_seen")
	page := s.get("/moi/nouvelles")
	hasNot(t, page, `class="count"`, "Tout marquer comme lu")
	has(t, page, http.StatusOK, "est glissant.")
}

func TestAReplyOnALaterPageIsReachedInOneClick(t *testing.T) {
	s := openNews(t)
	for n := range 60 {
		if n%25 == 0 {
			s.Clock.Forward(2 * time.Hour)
		}
		s.reply(t, s.tip, "J'y serai demain.")
	}
	last := s.reply(t, s.tip, "La dernière.")
	tip, err := s.telling.Posts.Find(t.Context(), s.anna, s.tip.ID)
	if err != nil {
		t.Fatal(err)
	}

	path, anchor, _ := strings.Cut(last.PathOn(tip), "#")
	has(t, s.get(path), http.StatusOK, `id="`+anchor+`"`, "La dernière.")
	has(t, s.get("/moi/nouvelles"), http.StatusOK, "Plus ancien", "suite=")
}

func TestOneChoosesWhatComesByMail(t *testing.T) {
	s := openNews(t)
	group := s.Group(t, "nage", s.bob, s.anna)
	field := "group_" + group.ID.String()
	has(t, s.get("/moi/courrier"), http.StatusOK, "a…@example.org", `name="reply"`, `name="digest"`, `name="`+field+`"`, `value="instant" selected`)

	said := form("reply", "daily", "mention", "instant", "thanks", "never", "follow", "monthly", "group", "weekly", "digest", "never",
		"quiet_from", "22", "quiet_to", "7", field, "letter")
	leadsTo(t, s.post("/moi/courrier", said), "/moi/courrier?dit=mail_saved")

	wants := s.wants(t)
	if wants.For(notifications.Replied) != notifications.Daily || wants.For(notifications.Thanked) != notifications.Never || wants.QuietFrom != 22*60 || wants.QuietTo != 7*60 {
		t.Errorf("%+v", wants)
	}
	member, err := s.telling.Members.ByID(t.Context(), s.Tenant.ID, s.anna.Member)
	if err != nil || member.Digest != membership.Never {
		t.Errorf("the digest is %s: %v", member.Digest, err)
	}
	has(t, s.get("/moi/courrier"), http.StatusOK, `value="daily" selected`, `value="letter" selected`)

	said.Set("reply", "hourly")
	said.Set("quiet_to", "25")
	has(t, s.post("/moi/courrier", said), http.StatusUnprocessableEntity, `id="reply-oops"`, `value="monthly" selected`)
}

func TestOneMutesAndHearsAgain(t *testing.T) {
	s := openNews(t)
	thread, person := "thread:"+s.tip.ID.String(), "person:"+s.bob.Member.String()
	has(t, s.get(s.tip.Path()), http.StatusOK, "/moi/silence?sur="+thread)
	has(t, s.get("/voisins/"+s.bob.Member.String()), http.StatusOK, "/moi/silence?sur="+person)
	for _, about := range []string{thread, person} {
		has(t, s.get("/moi/silence?sur="+about), http.StatusOK, "Oui, plus rien")
		if answer := s.post("/moi/silence", form("sur", about)); answer.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d", about, answer.Code)
		}
		has(t, s.get("/moi/silence?sur="+about), http.StatusOK, "Me prévenir à nouveau")
	}
	s.reply(t, s.tip, "J'y serai demain.")
	has(t, s.get("/moi/nouvelles"), http.StatusOK, "Rien de neuf")
	has(t, s.get("/moi/courrier"), http.StatusOK, `value="`+thread+`" checked`, `value="`+person+`" checked`)

	said := form("reply", "instant", "mention", "instant", "thanks", "weekly", "follow", "weekly", "group", "never", "digest", "weekly",
		"quiet_from", "21", "quiet_to", "8", "was_muted", thread, "was_muted", person, "muted", person)
	leadsTo(t, s.post("/moi/courrier", said), "/moi/courrier?dit=mail_saved")
	page := s.get("/moi/courrier")
	has(t, page, http.StatusOK, `value="`+person+`" checked`)
	hasNot(t, page, thread)
	for _, nothing := range []string{"", "thread:", "thread:" + s.bob.Member.String(), "person:" + s.tip.ID.String(), "weather:" + s.tip.ID.String()} {
		if answer := s.get("/moi/silence?sur=" + nothing); answer.Code != http.StatusNotFound {
			t.Errorf("%q: %d", nothing, answer.Code)
		}
	}
}

func TestALetterOpensItsReadersPreferencesForThirtyDays(t *testing.T) {
	s := openNews(t)
	link := notifications.PreferencesPath(s.Tenant, host, s.anna.Member, s.Clock.Now())
	s.who = s.Visitor()
	page := s.get(link)
	has(t, page, http.StatusOK, "a…@example.org", `name="reply"`)
	hasNot(t, page, "anna@example.org")

	said := form("reply", "never", "mention", "instant", "thanks", "weekly", "follow", "weekly", "group", "never", "digest", "weekly",
		"quiet_from", "21", "quiet_to", "8", "name", "Mallory")
	if answer := s.post(link, said); answer.Code != http.StatusSeeOther || !strings.HasPrefix(answer.Header().Get("Location"), link) {
		t.Errorf("%d to %s", answer.Code, answer.Header().Get("Location"))
	}
	if s.wants(t).For(notifications.Replied) != notifications.Never {
		t.Error("the link saves nothing")
	}
	if member, err := s.telling.Members.ByID(t.Context(), s.Tenant.ID, s.anna.Member); err != nil || member.Name != "Anna" {
		t.Errorf("the link changes more than mail: %v, %v", member, err)
	}

	s.Clock.Forward(31 * day)
	said.Set("reply", "daily")
	for _, answer := range []*httptest.ResponseRecorder{s.get(link), s.post(link, said)} {
		leadsTo(t, answer, "/moi/courrier")
	}
	if s.wants(t).For(notifications.Replied) != notifications.Never {
		t.Error("an old link saves")
	}
}

func TestOneClickStopsAKindOfNews(t *testing.T) {
	s := openNews(t)
	link := notifications.StopNewsPath(s.Tenant, host, s.anna.Member, []notifications.Happening{notifications.Replied, notifications.Mentioned})
	s.who = s.Visitor()
	has(t, s.get(link), http.StatusOK, "Les réponses", "Quand on te nomme", `method="post"`)
	if s.wants(t).For(notifications.Replied) != notifications.AtOnce {
		t.Error("a mail scanner stopped the mail")
	}

	for range 2 {
		has(t, s.post(link, oneClick), http.StatusOK, "C’est arrêté.")
	}
	wants := s.wants(t)
	if wants.For(notifications.Replied) != notifications.Never || wants.For(notifications.Mentioned) != notifications.Never || wants.For(notifications.Thanked) != notifications.Weekly {
		t.Errorf("%+v", wants)
	}
}

func TestALetterMutesItsDiscussion(t *testing.T) {
	s := openNews(t)
	link := notifications.MutePath(s.Tenant, host, s.anna.Member, s.tip.ID)
	muted := func() bool {
		on, err := s.telling.IsMuted(t.Context(), s.anna, notifications.MutedThread, s.tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	s.who = s.Visitor()
	has(t, s.get(link), http.StatusOK, "Le bain de sept heures", "Oui, plus rien")
	if muted() {
		t.Error("a mail scanner muted the discussion")
	}
	has(t, s.post(link, form("sur", "person:"+s.bob.Member.String())), http.StatusOK, "Me prévenir à nouveau")
	if !muted() {
		t.Error("it is not muted")
	}
	has(t, s.post(link, form("retirer", "oui")), http.StatusOK, "Oui, plus rien")
	if muted() {
		t.Error("it is still muted")
	}
}

// Each link is for one member, one purpose, one community and one host.
func TestLinksOfNewsAreForOnePurpose(t *testing.T) {
	s := openNews(t)
	s.who = s.Visitor()
	mail := notifications.PreferencesPath(s.Tenant, host, s.anna.Member, s.Clock.Now())
	stop := notifications.StopNewsPath(s.Tenant, host, s.anna.Member, []notifications.Happening{notifications.Replied})
	mute := notifications.MutePath(s.Tenant, host, s.anna.Member, s.tip.ID)
	with := func(link, name, value string) string {
		changed, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		query := changed.Query()
		query.Set(name, value)
		changed.RawQuery = query.Encode()
		return changed.String()
	}
	signature := func(link string) string {
		parsed, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Query().Get("s")
	}
	later := notifications.PreferencesPath(s.Tenant, host, s.anna.Member, s.Clock.Now().Add(day))
	_, laterQuery, _ := strings.Cut(later, "?")
	values, err := url.ParseQuery(laterQuery)
	if err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]string{
		"another's preferences": with(mail, "m", s.bob.Member.String()),
		"a longer time":         with(mail, "e", values.Get("e")),
		"other kinds":           with(stop, "k", "thanks"),
		"another discussion":    with(mute, "d", s.bob.Member.String()),
		"another purpose":       with(mail, "s", signature(stop)),
		"another host":          notifications.StopNewsPath(s.Tenant, "elsewhere.example", s.anna.Member, []notifications.Happening{notifications.Replied}),
		"no signature":          "/courrier",
		"no signature to stop":  "/courrier/arreter",
		"no signature to mute":  "/courrier/silence?d=" + s.tip.ID.String(),
	} {
		if get, post := s.get(link), s.post(link, oneClick); get.Code != http.StatusNotFound || post.Code != http.StatusNotFound {
			t.Errorf("%s: %d and %d", name, get.Code, post.Code)
		}
	}
	for _, link := range []string{mail, stop, mute} {
		if answer := s.send(s.Neighbour, request(http.MethodPost, link, oneClick)); answer.Code != http.StatusNotFound {
			t.Errorf("another community: %s: %d", link, answer.Code)
		}
	}
	if wants := s.wants(t); len(wants.Often) != 0 {
		t.Errorf("a forged link saved %+v", wants)
	}
}

// slow is somebody whose news the store cannot tell.
type slow struct{}

func (slow) Unseen(context.Context, actor.Actor) (int, error) { return 0, context.DeadlineExceeded }
func (slow) Saw(context.Context, actor.Actor, id.ID) error    { return context.DeadlineExceeded }

func TestAPageIsWorthMoreThanItsSign(t *testing.T) {
	s := open(t)
	house := s.house(t)
	house.News = slow{}
	s.routes = kit.NewRoutes(house)
	profile.Mount(s.routes, s.Members(), s.Groups(), s.Posts(t), s.telling(t), s.subscriptions(t))
	posts.Mount(s.routes, s.Posts(t), s.Members(), s.Groups())
	s.who = s.Member(t, "anna", actor.Ambassador)
	tip := s.Tip(t, s.who, "Le bain de sept heures")

	has(t, s.get("/moi"), http.StatusOK, "Anna")
	has(t, s.get(tip.Path()), http.StatusOK, "Le bain de sept heures")
}

func TestWhoIsNamedIsALink(t *testing.T) {
	s := openNews(t)
	gwen := s.Member(t, "gwen", actor.Ambassador)
	group := s.Group(t, "nage", s.anna, s.bob, gwen)
	piece := s.Tip(t, s.anna, "La cale à marée basse", func(draft *community.Draft) {
		draft.Group, draft.Text = group.ID, "Demandez à @Bob, il y est tous les matins. Pas à @Personne."
	})
	s.reply(t, piece, "Avec @Anna, toujours. Écrivez à bob@example.org ou à @Gwen!")
	page := func(want ...string) {
		t.Helper()
		answer := s.get(piece.Path())
		has(t, answer, http.StatusOK, want...)
		hasNot(t, answer, ">@Personne", ">@example")
	}
	link := func(who actor.Actor, said string) string {
		return `<a href="/voisins/` + who.Member.String() + `">` + said + `</a>`
	}

	page(`Demandez à <a href="/voisins/`+s.bob.Member.String()+`" rel="nofollow ugc noopener">@Bob</a>, il y est`,
		"Avec "+link(s.anna, "@Anna")+", toujours", link(gwen, "@Gwen")+"!")
	if err := s.telling.Members.CloseAccount(t.Context(), gwen); err != nil {
		t.Fatal(err)
	}
	page("Avec "+link(s.anna, "@Anna"), "<strong>@Gwen</strong>!")
}

func TestWhatOneWasToldIsTakenAlong(t *testing.T) {
	s := openProfile(t, "http")
	anna, bob := s.Member(t, "anna", actor.Ambassador), s.Member(t, "bob", actor.Ambassador)
	tip, telling := s.Tip(t, anna, "Le bain de sept heures"), s.telling(t)
	if err := telling.Posts.Thank(t.Context(), bob, tip.ID); err != nil {
		t.Fatal(err)
	}
	if err := telling.Thanked(t.Context(), s.Tenant.ID, json.RawMessage(s.Facts(t, s.Tenant.ID, string(community.ThanksChanged))[0])); err != nil {
		t.Fatal(err)
	}
	if err := telling.Mute(t.Context(), anna, notifications.MutedPerson, bob.Member, false); err != nil {
		t.Fatal(err)
	}

	var taken struct{ Told notifications.Traces }
	if err := json.Unmarshal(s.as(t, anna).Get("/moi/donnees").Body.Bytes(), &taken); err != nil {
		t.Fatal(err)
	}
	told := taken.Told
	if len(told.News) != 1 || told.News[0].On != "Le bain de sept heures" || told.News[0].Kind != notifications.Thanked || told.News[0].SeenAt != nil {
		t.Errorf("news: %+v", told.News)
	}
	if len(told.Mutes) != 1 || told.Mutes[0].Target != bob.Member.String() || told.Mail.Often[notifications.Replied] != notifications.AtOnce || told.Mail.QuietFrom != 21*60 {
		t.Errorf("%+v", told)
	}
}
