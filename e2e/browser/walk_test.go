package browser_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/e2e/walk"
)

func TestVisitorSearchesReadsReportsAndBothAreTold(t *testing.T) {
	t.Parallel()
	visitor := visitor(t)
	visitor.Fill("Que cherches-tu ?", "dechets du four a pain").Press("Chercher")
	const title = "Le four refroidit ? Il cuit encore trois choses"
	visitor.Press(title).Sees(title, "Pont-Croix")
	visitor.Press("Signaler cette page").Sees("Qu'est-ce qui ne va pas ?", title)

	// Nothing typed is lost, and the way out is said at the field.
	visitor.Choose("C'est faux").Fill("Raconte", "court").Fill("Ton nom", "Une voisine").Press("Envoyer")
	if visitor.Status() != http.StatusUnprocessableEntity || visitor.Value("Ton nom") != "Une voisine" || visitor.Value("Raconte") != "court" {
		t.Fatalf("a refused report answers %d and keeps %q, %q", visitor.Status(), visitor.Value("Ton nom"), visitor.Value("Raconte"))
	}
	visitor.Fill("Raconte", "Le four est fermé depuis le printemps, on a trouvé porte close.").
		Fill("Ton adresse mail", "voisine@example.org").Choose("À ma connaissance").Press("Envoyer").
		Sees("Merci, c'est arrivé.", "Ta référence")
	walk.LetterTo(t, product.Cornouaille, "voisine@example.org", "notice_received")

	moderator := chromium.Person(t, product).Width(browser.Desk).SignIn("yann@example.org")
	moderator.Press("Modération").Sees("à décider")
	moderator.Press(title).Sees("porte close").Press("Je m'en occupe").Sees("À toi jusqu'à")
	moderator.Choose("Masquer").Choose("Règle 9").Fill("Ton explication", "Le four est fermé depuis avril : corrige, et on remet en ligne.").
		Press("Mettre la lettre à jour").Sees("corrige, et on remet en ligne").
		Press("Décider et envoyer").Sees("C'est décidé")
	moderator.Press("Journal").Sees(title, "Masqué", "corrige, et on remet en ligne")

	walk.LetterTo(t, product.Cornouaille, "voisine@example.org", "decision", "On l'a masqué", "on corrige quand ça a changé")
	walk.LetterTo(t, product.Cornouaille, "marie@example.org", "decision", "corrige, et on remet en ligne")
	visitor.Go("/bons-plans").Misses(title)
}

func TestResidentJoinsPostsAPictureAndAnOfferAndReplies(t *testing.T) {
	t.Parallel()
	resident := chromium.Person(t, product).SignIn("tugdual@example.org")
	resident.Go("/groupes").Press("Les Maillots rayés").Press("Rejoindre").Sees("Bienvenue dans le groupe !", "Quitter")

	const tip = "Un thé brûlant au bout de la cale"
	resident.Press("Écrire au groupe").Fill("En une phrase", tip).
		Fill("Raconte", "Après le bain, on ouvre la bouteille thermos au bout de la cale.\n\nIl y a toujours une tasse de trop.").
		Fill("Où, précisément ?", "Cale de Tréboul").Fill("Commune ou quartier", "Douarnenez").
		Upload("Une photo ?", photograph(t)).Fill("Décris la photo", "La cale au petit matin").Press("Publier")
	resident.Sees(tip, "Il y a toujours une tasse de trop.", "Les Maillots rayés")
	page := resident.Location().String()
	checkPicture(t, resident, "La cale au petit matin")

	const offer = "Je prête trois combinaisons d'enfant"
	resident.Press("Écrire").Press("Passe une annonce").Pick("Tu fais quoi ?", "Je prête").
		Fill("En une phrase", offer).Fill("Raconte", "Du six ans au dix ans, rincées, séchées, un peu décolorées.").
		Fill("Commune ou quartier", "Douarnenez").Press("Publier").Sees(offer, "Je prête")

	reader := chromium.Person(t, product).SignIn("claire@example.org").Open(page)
	reader.Press("Merci").Sees("Merci dit")
	reader.Fill("Ta réponse", "J'apporte le gâteau samedi.").Press("Répondre").Sees("J'apporte le gâteau samedi.", "1 réponse")

	visitor := visitor(t)
	visitor.Fill("Que cherches-tu ?", "combinaison enfant").Press("Chercher").Sees(offer)
	visitor.Open(page).Sees("J'apporte le gâteau samedi.")
}

func TestPartnerPaysAndTheListingAppearsLabelled(t *testing.T) {
	t.Parallel()
	partner := chromium.Person(t, product).Width(browser.Desk).SignIn("ronan@example.org")
	partner.Go("/partenaires").Press("Nouvelle fiche").
		Fill("Le nom de ton adresse", "Cidrerie de Kerzonk (exemple)").Fill("Le métier", "Cidrerie").Fill("Qui la tient", "Ronan U.").
		Fill("Ce qu'on y trouve", "Du cidre de trois vergers, à goûter sous le hangar le samedi matin.").
		Fill("Commune", "Fouesnant").Fill("samedi", "10 h - 12 h 30").Fill("Téléphone", "02 98 00 00 00").
		Fill("Raison sociale", "Cidrerie de Kerzonk").Fill("Adresse postale", "1 Kerzonk, 29170 Fouesnant").
		Press("Enregistrer la fiche").Sees("Il reste à choisir une formule")

	visitor := visitor(t).Go("/adresses").Misses("Kerzonk")
	partner.Press("Choisir une formule").Choose("Grand large").Press("Commander avec obligation de paiement").
		Sees("Page de démonstration : aucun vrai paiement").Press("Faire comme si c'était payé")
	walk.Eventually(t, "the payment", func() bool {
		return strings.Contains(partner.Open(partner.Location().String()).Text(), "ta fiche est en ligne")
	})

	visitor.Go("/adresses").Press("Cidrerie de Kerzonk").Sees("Sponsorisé", "Ronan U.", "10 h")
	visitor.Go("/chercher?q=kerzonk").Sees("Sponsorisé", "Ronan U. paie")
}

func TestDigestArrivesAndOneClickStopsIt(t *testing.T) {
	t.Parallel()
	reader := chromium.Person(t, product).SignIn("katell@example.org").Go("/moi").Sees("La lettre de la semaine arrive")
	reader.Go("/dev/mail").Press("Envoyer la lettre de la semaine").Sees("lettre")

	letter := walk.LetterTo(t, product.Cornouaille, "katell@example.org", "digest")
	if letter.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
		t.Fatalf("the digest's headers are %v", letter.Headers)
	}
	// A mail program posts to the address of the header, and knows no cookie.
	address := strings.Trim(letter.Headers["List-Unsubscribe"], "<>")
	answer, err := walk.Post(product, address, url.Values{"List-Unsubscribe": {"One-Click"}})
	if err != nil || answer != http.StatusOK {
		t.Fatalf("one click answers %d, %v", answer, err)
	}
	reader.Go("/moi").Sees("Tu ne reçois pas")

	// Another follows the link in the letter, without signing in.
	other := walk.LetterTo(t, product.Cornouaille, "denez@example.org", "digest")
	stranger := chromium.Person(t, product).Open(product.Cornouaille + "/dev/mail/" + other.ID)
	stranger.Press("/lettre/arreter").Press("Arrêter").Sees("C'est arrêté")
}

func TestOperatorOpensACommunityThatAnswersAtOnceEmptyAndNotIndexed(t *testing.T) {
	t.Parallel()
	operator := chromium.Person(t, product).Width(browser.Desk).SignInAsStaff()
	operator.Press("Ouvrir une communauté").Fill("Comment s'appelle-t-elle ?", "Presqu'île de Crozon").Fill("Son adresse courte", "crozon").
		Choose("tu").Choose("Français").Press("Ouvrir une communauté").Sees("La communauté est ouverte", "Presqu'île de Crozon")

	home := strings.Replace(browser.Bare(product), "localhost", "crozon.localhost", 1)
	visitor := chromium.Person(t, product).Open(home).Sees("Presqu'île de Crozon")
	if robots := browser.Ask[string](visitor, `document.querySelector('meta[name=robots]')?.content ?? ''`); robots != "noindex" {
		t.Fatalf("robots are told %q", robots)
	}
	walk.Visit(t, product.Bare).At(visitor.Location().Host).Get("/robots.txt").Sees("Disallow: /")
	visitor.Go("/bons-plans").Sees("Personne n'a encore raconté")
}
