package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/site/groups"
	"github.com/kumun/kumun/web/site/profile"
	"github.com/kumun/kumun/web/site/signin"
)

// openProfile opens the members' pages, in which browsers sign in.
func openProfile(t *testing.T, scheme string) *site {
	s := open(t)
	members, bands := s.Members(), s.Groups()
	house := s.house(t)
	house.Scheme, house.SignInPath, house.Identify = scheme, signin.Path, signin.Identify(members, scheme == "https")
	s.routes = kit.NewRoutes(house)
	signin.Mount(s.routes, members)
	groups.Mount(s.routes, bands, members, s.Posts(t))
	profile.Mount(s.routes, members, bands, s.Posts(t), s.telling(t), s.subscriptions(t))
	return s
}

func (s *site) visitor() *browser { return &browser{Handler: s.routes, Tenant: s.Tenant} }

// as is a browser in which the member is signed in.
func (s *site) as(t *testing.T, who actor.Actor) *browser {
	her := s.visitor()
	her.Hold("kumun", s.SignIn(t, who))
	return her
}

func (s *site) mail(t *testing.T) membership.SignInRequested {
	t.Helper()
	facts := s.Facts(t, s.Tenant.ID, "sign_in.requested")
	var mail membership.SignInRequested
	if err := json.Unmarshal([]byte(facts[len(facts)-1]), &mail); err != nil {
		t.Fatal(err)
	}
	return mail
}

func leadsTo(t *testing.T, answer *httptest.ResponseRecorder, path string) {
	t.Helper()
	if got := answer.Header().Get("Location"); answer.Code != http.StatusSeeOther || got != path {
		t.Fatalf("got %d to %q, want to %q: %.600s", answer.Code, got, path, answer.Body)
	}
}

// browser keeps cookies and speaks to one community's pages.
type browser struct {
	Handler http.Handler
	Tenant  *tenants.Tenant

	cookies map[string]string
}

// Get asks for a page.
func (b *browser) Get(path string) *httptest.ResponseRecorder {
	return b.send(request(http.MethodGet, path, nil))
}

// Post sends a form: pairs of name and value.
func (b *browser) Post(path string, pairs ...string) *httptest.ResponseRecorder {
	return b.send(request(http.MethodPost, path, form(pairs...)))
}

// Hold gives the browser a cookie.
func (b *browser) Hold(name, value string) {
	if b.cookies == nil {
		b.cookies = map[string]string{}
	}
	b.cookies[name] = value
}

func (b *browser) send(request *http.Request) *httptest.ResponseRecorder {
	request.Host = b.Tenant.Slug + ".kumun.test"
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer := httptest.NewRecorder()
	b.Handler.ServeHTTP(answer, kit.WithTenant(request, b.Tenant))
	for _, cookie := range answer.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.Hold(cookie.Name, cookie.Value)
	}
	return answer
}

func TestTheSwitchIsAMembersProfile(t *testing.T) {
	s := openProfile(t, "http")
	s.Tenant.Settings.Languages = tenants.Languages
	her := s.as(t, s.Member(t, "anna"))

	has(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="fr">`, `<button type="submit" name="langue" value="en" lang="en">English</button>`, `<input type="hidden" name="retour" value="/moi/profil">`)
	leadsTo(t, her.Post("/langue", "langue", "en", "retour", "/moi/profil"), "/moi/profil")
	has(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="en">`, "Your profile")
	leadsTo(t, her.Post("/langue", "langue", "fr", "retour", "//ailleurs.example"), "/")
	has(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="fr">`)
	has(t, her.Post("/langue", "langue", "br"), http.StatusUnprocessableEntity)
}

func TestANewcomerJoinsAndReturnsWhereTheyWere(t *testing.T) {
	s := openProfile(t, "http")
	surf := s.Group(t, "surf")
	her := s.visitor()

	leadsTo(t, her.Get("/moi"), "/connexion?suite=%2Fmoi")
	has(t, her.Get("/inscription?suite="+surf.Path()), http.StatusOK, `name="next" value="`+surf.Path()+`"`, `name="of_age"`, `href="/regles"`)
	answer := her.Post("/inscription", "next", surf.Path(), "name", "Maud", "email", "maud@example.org", "of_age", "yes", "terms", "yes")
	leadsTo(t, answer, "/connexion/code")
	cookie := answer.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie: %+v", cookie)
	}
	page := her.Get("/connexion/code")
	has(t, page, http.StatusOK, "maud@example.org", `autocomplete="one-time-code"`)
	hasNot(t, s.visitor().Get("/connexion/code"), "maud@example.org")

	has(t, her.Post("/connexion/code", "code", "12"), http.StatusUnprocessableEntity, `value="12"`, "Essais qui restent")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), surf.Path()+"?dit=joined")
	has(t, her.Get("/moi"), http.StatusOK, "Maud", "cet appareil")
}

func TestABadSignUpLosesNothingTyped(t *testing.T) {
	s := openProfile(t, "http")

	answer := s.visitor().Post("/inscription", "next", "/groupes", "name", "Maud", "email", "maud@", "of_age", "yes")

	has(t, answer, http.StatusUnprocessableEntity, `value="Maud"`, `value="maud@"`, `value="/groupes"`, `id="email-oops"`, `href="#terms"`, "Il nous faut ton accord")
}

func TestAScannerThatOpensTheLinkUsesNothingUp(t *testing.T) {
	s := openProfile(t, "http")
	s.Member(t, "anna")
	s.visitor().Post("/connexion", "email", "anna@example.org", "next", "/groupes")
	path := s.mail(t).Path

	scanner, phone := s.visitor(), s.visitor()
	for range 3 {
		has(t, scanner.Get(path), http.StatusOK, "anna@example.org", `method="post"`)
	}
	leadsTo(t, phone.Post(path), "/groupes?dit=signed_in")
	has(t, phone.Get("/moi"), http.StatusOK, "Anna")

	has(t, scanner.Post(path), http.StatusNotFound, `action="/connexion"`, `name="email"`)
	has(t, scanner.Get(path), http.StatusNotFound, `action="/connexion"`)
	neighbour := &browser{Handler: s.routes, Tenant: s.Neighbour}
	s.visitor().Post("/connexion", "email", "anna@example.org")
	has(t, neighbour.Get(s.mail(t).Path), http.StatusNotFound)
}

func TestUnknownAndKnownAddressesAreAnsweredAlike(t *testing.T) {
	s := openProfile(t, "http")
	s.Member(t, "anna")
	known, unknown := s.visitor(), s.visitor()

	leadsTo(t, known.Post("/connexion", "email", "anna@example.org"), "/connexion/code")
	leadsTo(t, unknown.Post("/connexion", "email", "nobody@example.org"), "/connexion/code")

	one := strings.ReplaceAll(known.Get("/connexion/code").Body.String(), "anna@", "X@")
	other := strings.ReplaceAll(unknown.Get("/connexion/code").Body.String(), "nobody@", "X@")
	if one != other {
		t.Error("the pages differ")
	}
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	s := openProfile(t, "http")
	s.Member(t, "anna")
	her := s.visitor()

	has(t, her.Get("/connexion?suite=//evil.example"), http.StatusOK, `name="next" value="/"`)
	her.Post("/connexion", "email", "anna@example.org", "next", "https://evil.example/")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), "/?dit=signed_in")
}

func TestSecureCookiesAreBoundToTheHost(t *testing.T) {
	s := openProfile(t, "https")
	s.Member(t, "anna")
	her := s.visitor()
	her.Post("/connexion", "email", "anna@example.org")

	answer := her.Post("/connexion/code", "code", s.mail(t).Code)

	for _, cookie := range answer.Result().Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("cookie: %+v", cookie)
		}
	}
	has(t, her.Get("/moi"), http.StatusOK, "Anna")
}

func TestANeighbourJoinsAndLeavesAGroup(t *testing.T) {
	s := openProfile(t, "http")
	owner, anna := s.Member(t, "owner", actor.Admin), s.Member(t, "anna")
	surf := s.Group(t, "surf", owner)
	her := s.as(t, anna)
	id := surf.ID.String()

	leadsTo(t, s.visitor().Post("/groupes/"+id+"/rejoindre"), "/connexion?suite=%2F")
	has(t, her.Get(surf.Path()), http.StatusOK, "Rejoindre le groupe", "1 membre", "animé par Owner", "/signaler?sur=group:"+id)
	leadsTo(t, her.Post("/groupes/"+id+"/rejoindre"), surf.Path()+"?dit=group_joined")
	page := her.Get(surf.Path())
	has(t, page, http.StatusOK, "2 membres", "Tu en fais partie", `href="/voisins/`+anna.Member.String()+`"`, "/ecrire/bon-plan?groupe="+id)
	has(t, her.Get("/moi"), http.StatusOK, surf.Path())
	leadsTo(t, her.Post("/groupes/"+id+"/quitter"), surf.Path()+"?dit=group_left")
	has(t, her.Get(surf.Path()), http.StatusOK, "1 membre")
	has(t, s.as(t, owner).Post("/groupes/"+id+"/quitter"), http.StatusConflict)
}

func TestAGroupShowsItsPosts(t *testing.T) {
	s := openProfile(t, "http")
	anna := s.Member(t, "anna", actor.Ambassador)
	surf := s.Group(t, "surf", anna)
	has(t, s.visitor().Get(surf.Path()), http.StatusOK, "Rien encore.")

	s.Tip(t, anna, "La vague du matin à la Torche", inGroup(surf))

	has(t, s.visitor().Get(surf.Path()), http.StatusOK, "La vague du matin", "Anna")
	has(t, s.visitor().Get("/voisins/"+anna.Member.String()), http.StatusOK, "La vague du matin")
}

func TestOnlyEditorsOpenAGroup(t *testing.T) {
	s := openProfile(t, "http")
	editor := s.as(t, s.Member(t, "editor", actor.Editor))
	member := s.as(t, s.Member(t, "anna"))

	has(t, member.Get("/groupes/ouvrir"), http.StatusNotFound)
	has(t, member.Post("/groupes/ouvrir", "name", "Surf", "purpose", "Prendre une vague ensemble."), http.StatusNotFound)
	has(t, editor.Post("/groupes/ouvrir", "name", "S", "purpose", "Prendre une vague ensemble."), http.StatusUnprocessableEntity, "Prendre une vague", `id="name-oops"`)
	answer := editor.Post("/groupes/ouvrir", "name", "Surf", "purpose", "Prendre une vague ensemble.", "rules", "- Jamais seul")
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("got %d", answer.Code)
	}
	path := strings.TrimSuffix(answer.Header().Get("Location"), "?dit=group_opened")
	has(t, s.visitor().Get(path), http.StatusOK, "<li>Jamais seul</li>")
	has(t, s.visitor().Get("/groupes"), http.StatusOK, path)
	short, _, _ := strings.Cut(path, "-")
	has(t, member.Get(short+"/modifier"), http.StatusNotFound)
	leadsTo(t, editor.Post(short+"/modifier", "name", "Surf du soir", "purpose", "Prendre une vague ensemble."), path+"?dit=group_saved")
	has(t, s.visitor().Get(path), http.StatusOK, "Surf du soir")
}

func TestAProfileIsShownToThoseItIsMeantFor(t *testing.T) {
	s := openProfile(t, "http")
	anna := s.Member(t, "anna")
	her, path := s.as(t, anna), "/voisins/"+anna.Member.String()
	has(t, s.visitor().Get(path), http.StatusOK, "Anna", "Plonéour", "/signaler?sur=member:")

	has(t, her.Post("/moi/profil", "name", "A", "about", "Je surfe.", "language", "fr"), http.StatusUnprocessableEntity, "Je surfe.", `id="name-oops"`)
	leadsTo(t, her.Post("/moi/profil", "name", "Anna C.", "about", "Je surfe.", "language", "fr"), "/moi?dit=profile_saved")

	has(t, s.visitor().Get(path), http.StatusNotFound)
	has(t, her.Get(path), http.StatusOK, "Anna C.")
	tip := s.Tip(t, s.Member(t, "brieuc", actor.Ambassador), "Les vagues du soir à la Torche")
	if _, err := s.Posts(t).Reply(t.Context(), anna, tip.ID, "J'y étais, c'est vrai."); err != nil {
		t.Fatal(err)
	}
	hidden := s.visitor().Get(path)
	has(t, hidden, http.StatusOK, "Anna C.")
	if strings.Contains(hidden.Body.String(), "Je surfe.") {
		t.Error("a name under a reply showed the rest of the profile")
	}
	neighbour := &browser{Handler: s.routes, Tenant: s.Neighbour}
	her.Post("/moi/profil", "name", "Anna C.", "shown", "yes", "language", "fr")
	has(t, neighbour.Get(path), http.StatusNotFound)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := openProfile(t, "http")
	anna := s.Member(t, "anna")
	phone, laptop, stranger := s.as(t, anna), s.as(t, anna), s.as(t, s.Member(t, "brieuc"))
	sessions, err := s.Members().Sessions(t.Context(), anna)
	if err != nil {
		t.Fatal(err)
	}

	leadsTo(t, phone.Post("/moi/sortir"), "/?dit=signed_out")
	leadsTo(t, phone.Get("/moi"), "/connexion?suite=%2Fmoi")
	has(t, laptop.Get("/moi"), http.StatusOK)
	has(t, stranger.Post("/moi/appareils/"+sessions[0].ID.String()+"/sortir"), http.StatusNotFound)
	leadsTo(t, laptop.Post("/moi/sortir-partout"), "/?dit=signed_out_everywhere")
	leadsTo(t, laptop.Get("/moi"), "/connexion?suite=%2Fmoi")
}

func TestOnesDataAreTakenAndTheAccountClosedByAFreshSignIn(t *testing.T) {
	s := openProfile(t, "http")
	anna := s.Member(t, "anna", actor.Ambassador)
	s.Tip(t, anna, "La vague du matin à la Torche")
	if _, err := s.Posts(t).SaveDraft(t.Context(), anna, 0, community.Draft{Kind: community.Tip, Title: "Les bigorneaux du Ris"}); err != nil {
		t.Fatal(err)
	}
	her := s.as(t, anna)
	taken := her.Get("/moi/donnees")
	has(t, taken, http.StatusOK, "anna@example.org", "La vague du matin", `"consents"`, "Les bigorneaux du Ris")
	if !json.Valid(taken.Body.Bytes()) || !strings.HasPrefix(taken.Header().Get("Content-Disposition"), "attachment") {
		t.Error("not a file of JSON")
	}

	s.Clock.Forward(2 * time.Hour)
	leadsTo(t, her.Get("/moi/donnees"), "/connexion?encore=oui&suite=%2Fmoi")
	leadsTo(t, her.Post("/moi/partir"), "/connexion?encore=oui&suite=%2Fmoi%2Fpartir")
	has(t, her.Get("/connexion?encore=oui&suite=%2Fmoi%2Fpartir"), http.StatusOK, "C’est bien toi", `value="anna@example.org"`)
	her.Post("/connexion", "email", "anna@example.org", "next", "/moi/partir")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), "/moi/partir?dit=signed_in")
	has(t, her.Get("/moi/partir"), http.StatusOK, "Ancien voisin")

	leadsTo(t, her.Post("/moi/partir"), "/?dit=account_closed")
	leadsTo(t, her.Get("/moi"), "/connexion?suite=%2Fmoi")
	has(t, s.visitor().Get("/voisins/"+anna.Member.String()), http.StatusNotFound)
}

func TestWhatOneLeavesGoesAlongAndNothingOfOthers(t *testing.T) {
	s := openProfile(t, "http")
	ctx, posts := t.Context(), s.Posts(t)
	anna, loic := s.Member(t, "anna", actor.Ambassador), s.Member(t, "loïc", actor.Ambassador)
	tip := s.Tip(t, s.Member(t, "maud", actor.Ambassador), "La vague du matin à la Torche")
	event := s.Event(t, loic, "Premier bain, il y a du thé")
	for _, who := range []actor.Actor{anna, loic} {
		said := " de " + who.Name
		_, err := posts.Reply(ctx, who, tip.ID, "Une réponse"+said)
		for _, err := range []error{err, posts.Thank(ctx, who, tip.ID), posts.Vouch(ctx, who, tip.ID, s.Clock.Now(), "Un mot"+said),
			posts.Keep(ctx, who, community.PieceRef{Kind: "post", ID: tip.ID}, "Les envies"+said),
			posts.Follow(ctx, who, community.Target{Kind: "place", Name: "Un lieu" + said}),
			posts.Search.Follow(ctx, who, community.Query{Text: "marée" + said})} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := posts.Go(ctx, anna, event.ID); err != nil {
		t.Fatal(err)
	}

	answer := s.as(t, anna).Get("/moi/donnees")
	has(t, answer, http.StatusOK, "Une réponse de Anna", "Un mot de Anna", "Les envies de Anna", "Un lieu de Anna", "marée de Anna")
	hasNot(t, answer, "Loïc")
	var taken map[string]json.RawMessage
	if err := json.Unmarshal(answer.Body.Bytes(), &taken); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"comments", "thanks", "vouches", "goings", "lists", "kept", "follows", "searches"} {
		var rows []json.RawMessage
		if err := json.Unmarshal(taken[part], &rows); err != nil || len(rows) != 1 {
			t.Errorf("%s: %s, %v", part, taken[part], err)
		}
	}
}

func inGroup(group *membership.Group) func(*community.Draft) {
	return func(draft *community.Draft) { draft.Group = group.ID }
}
