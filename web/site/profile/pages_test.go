package profile_test

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
	"github.com/kumun/kumun/world"
)

func TestTheSwitchIsAMembersProfile(t *testing.T) {
	s := open(t, "http")
	s.Tenant.Settings.Languages = tenants.Languages
	her := s.as(t, s.Member(t, "anna"))

	holds(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="fr">`, `<button type="submit" name="langue" value="en" lang="en">English</button>`, `<input type="hidden" name="retour" value="/moi/profil">`)
	leadsTo(t, her.Post("/langue", "langue", "en", "retour", "/moi/profil"), "/moi/profil")
	holds(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="en">`, "Your profile")
	leadsTo(t, her.Post("/langue", "langue", "fr", "retour", "//ailleurs.example"), "/")
	holds(t, her.Get("/moi/profil"), http.StatusOK, `<html lang="fr">`)
	holds(t, her.Post("/langue", "langue", "br"), http.StatusUnprocessableEntity)
}

// site is the members' pages as browsers meet them.
type site struct {
	*world.World
	routes *kit.Routes
}

func open(t *testing.T, scheme string) *site {
	w := world.New(t)
	posts, members, bands := w.Posts(t), w.Members(), w.Groups()
	house := &kit.House{Clock: w.Clock, Policy: posts.Policy, Scheme: scheme, Cache: kit.NewCache(w.Clock, 10),
		SignInPath: signin.Path, Identify: signin.Identify(members, scheme == "https")}
	s := &site{w, kit.NewRoutes(house)}
	signin.Mount(s.routes, members)
	groups.Mount(s.routes, bands, members, posts)
	profile.Mount(s.routes, members, bands, posts)
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

func holds(t *testing.T, answer *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if answer.Code != status {
		t.Fatalf("got %d, want %d: %.600s", answer.Code, status, answer.Body)
	}
	for _, text := range texts {
		if !strings.Contains(answer.Body.String(), text) {
			t.Errorf("the page does not hold %q", text)
		}
	}
}

func lacks(t *testing.T, answer *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(answer.Body.String(), text) {
			t.Errorf("the page holds %q", text)
		}
	}
}

func leadsTo(t *testing.T, answer *httptest.ResponseRecorder, path string) {
	t.Helper()
	if got := answer.Header().Get("Location"); answer.Code != http.StatusSeeOther || got != path {
		t.Fatalf("got %d to %q, want to %q: %.600s", answer.Code, got, path, answer.Body)
	}
}

func TestANewcomerJoinsAndReturnsWhereTheyWere(t *testing.T) {
	s := open(t, "http")
	surf := s.Group(t, "surf")
	her := s.visitor()

	leadsTo(t, her.Get("/moi"), "/connexion?suite=%2Fmoi")
	holds(t, her.Get("/inscription?suite="+surf.Path()), http.StatusOK, `name="next" value="`+surf.Path()+`"`, `name="of_age"`, `href="/regles"`)
	answer := her.Post("/inscription", "next", surf.Path(), "name", "Maud", "email", "maud@example.org", "of_age", "yes", "terms", "yes")
	leadsTo(t, answer, "/connexion/code")
	cookie := answer.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie: %+v", cookie)
	}
	page := her.Get("/connexion/code")
	holds(t, page, http.StatusOK, "maud@example.org", `autocomplete="one-time-code"`)
	lacks(t, s.visitor().Get("/connexion/code"), "maud@example.org")

	holds(t, her.Post("/connexion/code", "code", "12"), http.StatusUnprocessableEntity, `value="12"`, "Essais qui restent")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), surf.Path()+"?dit=joined")
	holds(t, her.Get("/moi"), http.StatusOK, "Maud", "cet appareil")
}

func TestABadSignUpLosesNothingTyped(t *testing.T) {
	s := open(t, "http")

	answer := s.visitor().Post("/inscription", "next", "/groupes", "name", "Maud", "email", "maud@", "of_age", "yes")

	holds(t, answer, http.StatusUnprocessableEntity, `value="Maud"`, `value="maud@"`, `value="/groupes"`, `id="email-oops"`, `href="#terms"`, "Il nous faut ton accord")
}

func TestAScannerThatOpensTheLinkUsesNothingUp(t *testing.T) {
	s := open(t, "http")
	s.Member(t, "anna")
	s.visitor().Post("/connexion", "email", "anna@example.org", "next", "/groupes")
	path := s.mail(t).Path

	scanner, phone := s.visitor(), s.visitor()
	for range 3 {
		holds(t, scanner.Get(path), http.StatusOK, "anna@example.org", `method="post"`)
	}
	leadsTo(t, phone.Post(path), "/groupes?dit=signed_in")
	holds(t, phone.Get("/moi"), http.StatusOK, "Anna")

	holds(t, scanner.Post(path), http.StatusNotFound, `action="/connexion"`, `name="email"`)
	holds(t, scanner.Get(path), http.StatusNotFound, `action="/connexion"`)
	neighbour := &browser{Handler: s.routes, Tenant: s.Neighbour}
	s.visitor().Post("/connexion", "email", "anna@example.org")
	holds(t, neighbour.Get(s.mail(t).Path), http.StatusNotFound)
}

func TestUnknownAndKnownAddressesAreAnsweredAlike(t *testing.T) {
	s := open(t, "http")
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
	s := open(t, "http")
	s.Member(t, "anna")
	her := s.visitor()

	holds(t, her.Get("/connexion?suite=//evil.example"), http.StatusOK, `name="next" value="/"`)
	her.Post("/connexion", "email", "anna@example.org", "next", "https://evil.example/")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), "/?dit=signed_in")
}

func TestSecureCookiesAreBoundToTheHost(t *testing.T) {
	s := open(t, "https")
	s.Member(t, "anna")
	her := s.visitor()
	her.Post("/connexion", "email", "anna@example.org")

	answer := her.Post("/connexion/code", "code", s.mail(t).Code)

	for _, cookie := range answer.Result().Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("cookie: %+v", cookie)
		}
	}
	holds(t, her.Get("/moi"), http.StatusOK, "Anna")
}

func TestANeighbourJoinsAndLeavesAGroup(t *testing.T) {
	s := open(t, "http")
	owner, anna := s.Member(t, "owner", actor.Admin), s.Member(t, "anna")
	surf := s.Group(t, "surf", owner)
	her := s.as(t, anna)
	id := surf.ID.String()

	leadsTo(t, s.visitor().Post("/groupes/"+id+"/rejoindre"), "/connexion?suite=%2F")
	holds(t, her.Get(surf.Path()), http.StatusOK, "Rejoindre le groupe", "1 membre", "animé par Owner", "/signaler?sur=group:"+id)
	leadsTo(t, her.Post("/groupes/"+id+"/rejoindre"), surf.Path()+"?dit=group_joined")
	page := her.Get(surf.Path())
	holds(t, page, http.StatusOK, "2 membres", "Tu en fais partie", `href="/voisins/`+anna.Member.String()+`"`, "/ecrire/bon-plan?groupe="+id)
	holds(t, her.Get("/moi"), http.StatusOK, surf.Path())
	leadsTo(t, her.Post("/groupes/"+id+"/quitter"), surf.Path()+"?dit=group_left")
	holds(t, her.Get(surf.Path()), http.StatusOK, "1 membre")
	holds(t, s.as(t, owner).Post("/groupes/"+id+"/quitter"), http.StatusConflict)
}

func TestAGroupShowsItsPosts(t *testing.T) {
	s := open(t, "http")
	anna := s.Member(t, "anna", actor.Ambassador)
	surf := s.Group(t, "surf", anna)
	holds(t, s.visitor().Get(surf.Path()), http.StatusOK, "Rien encore.")

	s.Tip(t, anna, "La vague du matin à la Torche", inGroup(surf))

	holds(t, s.visitor().Get(surf.Path()), http.StatusOK, "La vague du matin", "Anna")
	holds(t, s.visitor().Get("/voisins/"+anna.Member.String()), http.StatusOK, "La vague du matin")
}

func TestOnlyEditorsOpenAGroup(t *testing.T) {
	s := open(t, "http")
	editor := s.as(t, s.Member(t, "editor", actor.Editor))
	member := s.as(t, s.Member(t, "anna"))

	holds(t, member.Get("/groupes/ouvrir"), http.StatusNotFound)
	holds(t, member.Post("/groupes/ouvrir", "name", "Surf", "purpose", "Prendre une vague ensemble."), http.StatusNotFound)
	holds(t, editor.Post("/groupes/ouvrir", "name", "S", "purpose", "Prendre une vague ensemble."), http.StatusUnprocessableEntity, "Prendre une vague", `id="name-oops"`)
	answer := editor.Post("/groupes/ouvrir", "name", "Surf", "purpose", "Prendre une vague ensemble.", "rules", "- Jamais seul")
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("got %d", answer.Code)
	}
	path := strings.TrimSuffix(answer.Header().Get("Location"), "?dit=group_opened")
	holds(t, s.visitor().Get(path), http.StatusOK, "<li>Jamais seul</li>")
	holds(t, s.visitor().Get("/groupes"), http.StatusOK, path)
	short, _, _ := strings.Cut(path, "-")
	holds(t, member.Get(short+"/modifier"), http.StatusNotFound)
	leadsTo(t, editor.Post(short+"/modifier", "name", "Surf du soir", "purpose", "Prendre une vague ensemble."), path+"?dit=group_saved")
	holds(t, s.visitor().Get(path), http.StatusOK, "Surf du soir")
}

func TestAProfileIsShownToThoseItIsMeantFor(t *testing.T) {
	s := open(t, "http")
	anna := s.Member(t, "anna")
	her, path := s.as(t, anna), "/voisins/"+anna.Member.String()
	holds(t, s.visitor().Get(path), http.StatusOK, "Anna", "Plonéour", "/signaler?sur=member:")

	holds(t, her.Post("/moi/profil", "name", "A", "about", "Je surfe.", "digest", "never", "language", "fr"), http.StatusUnprocessableEntity, "Je surfe.", `id="name-oops"`)
	leadsTo(t, her.Post("/moi/profil", "name", "Anna C.", "about", "Je surfe.", "digest", "never", "language", "fr"), "/moi?dit=profile_saved")

	holds(t, s.visitor().Get(path), http.StatusNotFound)
	holds(t, her.Get(path), http.StatusOK, "Anna C.")
	tip := s.Tip(t, s.Member(t, "brieuc", actor.Ambassador), "Les vagues du soir à la Torche")
	if _, err := s.Posts(t).Reply(t.Context(), anna, tip.ID, "J'y étais, c'est vrai."); err != nil {
		t.Fatal(err)
	}
	hidden := s.visitor().Get(path)
	holds(t, hidden, http.StatusOK, "Anna C.")
	if strings.Contains(hidden.Body.String(), "Je surfe.") {
		t.Error("a name under a reply showed the rest of the profile")
	}
	neighbour := &browser{Handler: s.routes, Tenant: s.Neighbour}
	her.Post("/moi/profil", "name", "Anna C.", "shown", "yes", "digest", "never", "language", "fr")
	holds(t, neighbour.Get(path), http.StatusNotFound)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := open(t, "http")
	anna := s.Member(t, "anna")
	phone, laptop, stranger := s.as(t, anna), s.as(t, anna), s.as(t, s.Member(t, "brieuc"))
	sessions, err := s.Members().Sessions(t.Context(), anna)
	if err != nil {
		t.Fatal(err)
	}

	leadsTo(t, phone.Post("/moi/sortir"), "/?dit=signed_out")
	leadsTo(t, phone.Get("/moi"), "/connexion?suite=%2Fmoi")
	holds(t, laptop.Get("/moi"), http.StatusOK)
	holds(t, stranger.Post("/moi/appareils/"+sessions[0].ID.String()+"/sortir"), http.StatusNotFound)
	leadsTo(t, laptop.Post("/moi/sortir-partout"), "/?dit=signed_out_everywhere")
	leadsTo(t, laptop.Get("/moi"), "/connexion?suite=%2Fmoi")
}

func TestOnesDataAreTakenAndTheAccountClosedByAFreshSignIn(t *testing.T) {
	s := open(t, "http")
	anna := s.Member(t, "anna", actor.Ambassador)
	s.Tip(t, anna, "La vague du matin à la Torche")
	if _, err := s.Posts(t).SaveDraft(t.Context(), anna, 0, community.Draft{Kind: community.Tip, Title: "Les bigorneaux du Ris"}); err != nil {
		t.Fatal(err)
	}
	her := s.as(t, anna)
	taken := her.Get("/moi/donnees")
	holds(t, taken, http.StatusOK, "anna@example.org", "La vague du matin", `"consents"`, "Les bigorneaux du Ris")
	if !json.Valid(taken.Body.Bytes()) || !strings.HasPrefix(taken.Header().Get("Content-Disposition"), "attachment") {
		t.Error("not a file of JSON")
	}

	s.Clock.Forward(2 * time.Hour)
	leadsTo(t, her.Get("/moi/donnees"), "/connexion?encore=oui&suite=%2Fmoi")
	leadsTo(t, her.Post("/moi/partir"), "/connexion?encore=oui&suite=%2Fmoi%2Fpartir")
	holds(t, her.Get("/connexion?encore=oui&suite=%2Fmoi%2Fpartir"), http.StatusOK, "C’est bien toi", `value="anna@example.org"`)
	her.Post("/connexion", "email", "anna@example.org", "next", "/moi/partir")
	leadsTo(t, her.Post("/connexion/code", "code", s.mail(t).Code), "/moi/partir?dit=signed_in")
	holds(t, her.Get("/moi/partir"), http.StatusOK, "Ancien voisin")

	leadsTo(t, her.Post("/moi/partir"), "/?dit=account_closed")
	leadsTo(t, her.Get("/moi"), "/connexion?suite=%2Fmoi")
	holds(t, s.visitor().Get("/voisins/"+anna.Member.String()), http.StatusNotFound)
}

func inGroup(group *membership.Group) func(*community.Draft) {
	return func(draft *community.Draft) { draft.Group = group.ID }
}
