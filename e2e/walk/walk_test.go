package walk_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

// product serves all tests of this package, one after the other; each takes
// people and pieces that no other counts.
var product *walk.Product

func TestMain(m *testing.M) {
	program := &services.Program{}
	product = walk.Start(program)
	code := m.Run()
	program.Close()
	os.Exit(code)
}

// signIn goes in by the mailed code.
func signIn(t *testing.T, community, email string) *walk.Person {
	t.Helper()
	person := walk.Visit(t, community)
	person.Post("/connexion", "email", email).Sees("code")
	person.Post("/connexion/code", "code", walk.Code(t, community, email, ""))
	person.Get("/").Sees(`href="/moi"`)
	return person
}

func TestAWeekInTheCommunity(t *testing.T) {
	// A visitor searches with a typo, reads and reports without an account.
	visitor := walk.Visit(t, product.Cornouaille)
	visitor.Get("/").Sees("du bien")
	visitor.Get("/chercher?q=creprie").Sees("crêperie")
	tip := visitor.Get("/bons-plans").Sees().Find(`href="(/bons-plans/[0-9a-z]+[^"?#]*)"`)
	report := visitor.Get(tip).Sees().Find(`href="(/signaler\?sur=post[^"]*)"`)
	about := strings.TrimPrefix(report, "/signaler?sur=")
	about = strings.ReplaceAll(about, "%3A", ":")
	visitor.Get(report).Sees("good_faith")
	visitor.Post("/signaler", "sur", about, "category", "misleading", "explanation", "Ce café a fermé au printemps dernier.",
		"name", "Une voisine", "email", "voisine@example.org", "good_faith", "yes").Sees()
	walk.LetterTo(t, product.Cornouaille, "voisine@example.org", "")

	// Nothing typed is lost.
	visitor.Post("/signaler", "sur", about, "category", "misleading", "explanation", "court", "name", "Une voisine dont le nom reste")
	if visitor.Status != http.StatusUnprocessableEntity || !strings.Contains(visitor.Page, "Une voisine dont le nom reste") {
		t.Fatalf("a refused report answers %d or loses what was typed", visitor.Status)
	}

	// A newcomer joins by mail and posts; the first post is held.
	newcomer := walk.Visit(t, product.Cornouaille)
	newcomer.Post("/inscription", "email", "neuve@example.org", "name", "Rozenn", "of_age", "yes", "terms", "yes").Sees()
	mail := walk.LetterTo(t, product.Cornouaille, "neuve@example.org", "", "/connexion/lien/")
	link := ""
	for _, one := range mail.Links {
		if strings.Contains(one, "/connexion/lien/") {
			link = one[strings.Index(one, "/connexion/lien/"):]
		}
	}
	newcomer.Get(link).Sees()
	newcomer.Get("/moi")
	if strings.Contains(newcomer.Page, "Rozenn") && newcomer.Status == http.StatusOK && !strings.Contains(newcomer.Path, "connexion") {
		t.Fatal("opening the link signed in: a mail scanner would have")
	}
	newcomer.Post(link)
	const title = "Des crêpes au blé noir le dimanche soir"
	newcomer.Post("/ecrire/bon-plan", "title", title, "text",
		"On pousse les tables, on sort la billig et chacun apporte sa garniture. Viens avec ton bol.", "commune", "Quimper").Sees(title)
	visitor.Get("/bons-plans")
	if strings.Contains(visitor.Page, title) {
		t.Fatal("a first post shows before anybody has read it")
	}

	// A moderator lets it out; its author is told.
	moderator := signIn(t, product.Cornouaille, "yann@example.org")
	held := moderator.Get("/moderation").Sees(title).Find(`(?s)href="(/moderation/cas/[0-9a-z]+)[^"]*"[^>]*>[^<]*` + title)
	moderator.Post(held + "/garde")
	moderator.Get(held).Sees(title)
	moderator.Post(held+"/decision", "action", "keep", "step", "decide", "seen", "keep", "explanation", "Bienvenue, et bonne galette.").Sees()
	walk.Eventually(t, "the post", func() bool { return strings.Contains(visitor.Get("/bons-plans").Page, title) })
	walk.LetterTo(t, product.Cornouaille, "neuve@example.org", "decision")
	visitor.Get("/chercher?q=cr%C3%AApes+ble+noir").Sees("crêpes au blé noir")

	// The neighbour community sees nothing of it.
	neighbour := walk.Visit(t, product.Villeray)
	if neighbour.Get(tip).Status != http.StatusNotFound {
		t.Fatalf("Villeray shows Cornouaille's tip: %d", neighbour.Status)
	}
	if strings.Contains(neighbour.Get("/chercher?q=billig").Page, title) {
		t.Fatal("Villeray finds Cornouaille's tip")
	}
}

func bareHost(p *walk.Product) string { return "localhost" + p.Bare[strings.LastIndex(p.Bare, ":"):] }

func TestTheOperatorOpensAndSuspends(t *testing.T) {
	host := bareHost(product)

	operator := walk.Visit(t, product.Bare).At(host)
	operator.Post("/demo/entrer", "persona", "operator")
	operator.Post(operator.Path)
	operator.Get("/operator").Sees("Cornouaille", "Villeray")
	operator.Post("/operator/communautes", "name", "Presqu'île de Crozon", "slug", "crozon", "colour", "#1b6b5a", "address", "tu", "language", "fr")
	if operator.Status != http.StatusSeeOther {
		t.Fatalf("opening answers %d", operator.Status)
	}

	visitor := walk.Visit(t, product.Bare).At("crozon." + host)
	visitor.Get("/").Sees("Presqu", `content="noindex"`)
	operator.Post("/operator/communautes/crozon/langues", "language", "fr", "languages", "en")
	if operator.Status != http.StatusUnprocessableEntity {
		t.Fatalf("a community without its own language answers %d", operator.Status)
	}
	operator.Post("/operator/communautes/crozon/langues", "language", "fr", "languages", "fr", "languages", "en")
	operator.Get("/operator/communautes/crozon").Sees(`value="en" checked`)
	visitor.Get("/en/").Sees(`<html lang="en">`)
	operator.Post("/operator/communautes/crozon/suspendre", "reason", "Essai terminé")
	if visitor.Get("/bons-plans").Status != http.StatusServiceUnavailable {
		t.Fatalf("a suspended community answers %d", visitor.Status)
	}
	operator.Post("/operator/communautes/crozon/reprendre", "reason", "On repart")
	visitor.Get("/").Sees("Presqu")

	stranger := walk.Visit(t, product.Bare).At("personne." + host)
	if stranger.Get("/").Status != http.StatusNotFound || strings.Contains(stranger.Page, "Cornouaille") {
		t.Fatalf("an unknown host answers %d", stranger.Status)
	}
	if walk.Visit(t, product.Bare).At(host).Get("/operator").Status != http.StatusSeeOther {
		t.Fatal("the console opens to anybody")
	}
}
