package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/e2e/walk"
)

// days walks a day of somebody with scripts and without.
func days(t *testing.T, day func(*testing.T, *browser.Person, bool)) {
	t.Helper()
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			person := visitor(t)
			if !scripts {
				person.WithoutScript()
			}
			day(t, person, scripts)
		})
	}
}

func text(p *browser.Person, selector string) string {
	return browser.Ask[string](p, fmt.Sprintf("document.querySelector(%q).textContent", selector))
}

func serves(t *testing.T, address, kind string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(got, kind) {
		t.Fatalf("%s answers %d, %s", address, answer.StatusCode, got)
	}
}

func TestVisitorsDay(t *testing.T) {
	days(t, func(t *testing.T, visitor *browser.Person, _ bool) {
		visitor.Within(1, "the hours of Thursday's market", func() {
			visitor.Fill("Que cherches-tu ?", "marché jeudi").Press("Chercher").Sees("Jeudi, le marché de Pont-l'Abbé", "8 h 30")
		})
		visitor.Go("/").Within(1, "this week's list", func() { visitor.Press("Toute la semaine").Sees("Cette semaine, on sort") })
		visitor.Go("/").Within(1, "another entrance", func() { visitor.Press("J'ai envie de venir") })
		if entrance := visitor.Location().Query().Get("entree"); entrance != "venir" {
			t.Errorf("the entrance is %q", entrance)
		}
		visitor.Go("/chercher?q=ecole+velo+vendredi").Press("L'école à vélo").Within(1, "the map", func() {
			if address := visitor.Leads("Voir sur la carte"); !strings.Contains(address, "openstreetmap.org") || !strings.Contains(address, "Rosporden") {
				t.Errorf("the map is %s", address)
			}
		})
		visitor.Go("/").Within(2, "sharing a tip", func() {
			visitor.Press(text(visitor, ".card h3 a")).Press("Partager").Sees("Une adresse courte")
		})
		visitor.Go("/").Within(2, "an event in the calendar", func() {
			serves(t, visitor.Press(text(visitor, ".agenda h3 a[href^='/agenda/']")).Leads("Ajouter à mon agenda"), "text/calendar")
		})
		if found := browser.Ask[string](visitor, "document.cookie + [...document.querySelectorAll('dialog[open], [role=dialog]')].length"); found != "0" {
			t.Errorf("a reader meets cookies or a banner: %s", found)
		}
	})
}

// corners clicks nothing: it asks which link lies below each corner of a card,
// and names the cards that are not wholly one.
const corners = `[...document.querySelectorAll('main .card')].filter(card => {
	card.scrollIntoView({block: 'center'})
	const {left, right, top, bottom} = card.getBoundingClientRect(), link = card.querySelector('h3 a')
	return [[left, top], [right, top], [left, bottom], [right, bottom]].some(([x, y]) =>
		document.elementFromPoint(x + (x === left ? 12 : -12), y + (y === top ? 12 : -12))?.closest('a') !== link)
}).map(card => card.innerText)`

func TestEveryCardIsWhollyALink(t *testing.T) {
	t.Parallel()
	reader := visitor(t)
	for _, path := range []string{"/", "/bons-plans", "/adresses"} {
		if dead := browser.Ask[[]string](reader.Go(path), corners); len(dead) > 0 {
			t.Errorf("%s: %d cards are links in part only: %q", path, len(dead), dead[0])
		}
		if cards := browser.Ask[int](reader, "document.querySelectorAll('main .card').length"); cards < 3 {
			t.Errorf("%s has %d cards: this proves nothing", path, cards)
		}
	}
}

func TestResidentsDay(t *testing.T) {
	days(t, func(t *testing.T, resident *browser.Person, scripts bool) {
		name := "Youen"
		if scripts {
			name = "Yuna"
		}
		email := strings.ToLower(name) + ".neuve@example.org"
		resident.Go("/inscription").Within(3, "joining", func() {
			resident.Fill("Le nom que les voisins verront", name).Fill("Ton adresse e-mail", email).Press("J'ai au moins 15 ans")
			resident.Follow(walk.LetterTo(t, product.Cornouaille, email, "", "/connexion/lien/").Link(t, "/connexion/lien/"))
			resident.Press("Entrer dans").Sees("Bienvenue parmi nous")
		})
		resident.Go("/groupes").Press("Potagers salés").Within(1, "joining a group", func() {
			resident.Press("Rejoindre").Sees("Bienvenue dans le groupe")
		})
		tip := "Le muret où le soleil tient le plus longtemps, par " + name
		resident.Go("/").Within(4, "a tip with a photo", func() {
			resident.Press("Écrire").Press("Raconte un bon plan").Fill("En une phrase", tip).
				Fill("Raconte", "Derrière la chapelle, à l'abri du vent d'ouest, avec la thermos.").Fill("Commune ou quartier", "Plouhinec").
				Upload("Une photo ?", photograph(t)).Fill("Décris la photo", "Un muret au soleil").Press("Publier").Sees(tip)
		})
		resident.Go("/chercher?q=ecole+velo+vendredi").Press("L'école à vélo")
		resident.Within(2, "keeping", func() { resident.Press("Garder").Sees("C'est gardé") })
		resident.Go("/chercher?q=ecole+velo+vendredi").Press("L'école à vélo")
		resident.Within(1, "thanking", func() { resident.Press("Merci").Sees("Merci dit") })
		resident.Go("/").Within(3, "my data", func() {
			file := resident.Press("Ma page").Leads("Télécharger mes données")
			if held := browser.Ask[string](resident, "fetch('"+file+"').then(answer => answer.text())"); !strings.Contains(held, email) || !strings.Contains(held, name) {
				t.Errorf("%s holds %.200s", file, held)
			}
		})
	})
}

func agrees(p *browser.Person) bool {
	return browser.Ask[bool](p, "document.querySelector('[name=agreed]').checked")
}

func TestAmbassadorsDay(t *testing.T) {
	days(t, func(t *testing.T, ambassador *browser.Person, scripts bool) {
		email, asker, subject := "nolwenn@example.org", "goulven@example.org", "bigorneaux"
		if scripts {
			email, asker, subject = "lena@example.org", "maiwenn@example.org", "ramendage"
		}
		ambassador.SignIn(email)
		ambassador.Go("/chercher?q=ecole+velo+vendredi").Press("L'école à vélo").Within(1, "vouching", func() {
			ambassador.Press("J'y étais ce mois-ci").Sees("C'est dit")
		})

		if ambassador.Go("/moi/questions"); !agrees(ambassador) {
			ambassador.Choose("Oui, on peut me demander")
		}
		ambassador.Fill("Autre chose ?", subject).Press("Enregistrer")
		question := "Qui m'apprend les " + subject + " avant Noël ?"
		neighbour := chromium.Person(t, product).SignIn(asker)
		neighbour.Press("Écrire").Press("Pose une question").Fill("En une phrase", question).
			Fill("Raconte", "J'ai regardé faire trois fois, et je n'ai toujours pas compris par où commencer.").Press("Publier").Sees(question)
		letter := walk.LetterTo(t, product.Cornouaille, email, "question_for", subject)
		ambassador.Within(2, "answering a question", func() {
			ambassador.Follow(letter.Link(t, "/questions/")).Fill("Ta réponse", "Passe samedi à la cale, j'aurai ce qu'il faut.").Press("Répondre").
				Sees("Passe samedi à la cale")
		})
		ambassador.Go("/moi/questions").Within(2, "a pause", func() {
			ambassador.Untick("Oui, on peut me demander").Press("Enregistrer")
		})
		if ambassador.Go("/moi/questions"); agrees(ambassador) {
			t.Error("the pause does not hold")
		}
		ambassador.Go("/chercher?q=bonnet+deux+soirees").Press("Un bonnet, c'est deux soirées").Within(2, "what is no longer true", func() {
			ambassador.Press("Ce n'est plus vrai").Sees("On le dit à la personne")
		})
	})
}

// TestEditorsDay takes the days one after the other: what the first one has
// done waits for the second no more.
func TestEditorsDay(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{false, true} {
		editor := visitor(t)
		if !scripts {
			editor.WithoutScript()
		}
		editor.SignIn("maelle@example.org").Go("/redaction").Within(0, "the morning", func() {
			editor.Sees("À vérifier", "Les trous de la semaine", "On ne les lit plus", "Un mot prêt à partir")
		})
		const stale, confirm = "document.querySelectorAll('[aria-labelledby=stale] h3').length", "C'est vrai, au téléphone"
		waiting := browser.Ask[int](editor, stale)
		if waiting == 0 {
			t.Fatal("nothing is stale: this proves nothing")
		}
		five := min(5, waiting)
		editor.Within(five, "confirming", func() {
			for range five {
				editor.Press(confirm)
			}
		})
		if scripts {
			editor.Sees("Personne à qui écrire ce matin").Misses("L'envoyer à")
		} else {
			editor.Within(2, "a nudge", func() { editor.Press("L'envoyer à").Sees("Le mot est parti") })
		}
		guide := "Trois jours sans voiture, de gare en cale"
		editor.Within(3, "scheduling a guide", func() {
			editor.Press("Écrire pour plus tard").Press("Écris un guide").Fill("En une phrase", guide).
				Fill("Une phrase pour donner envie", "Le car, le bac et les pieds suffisent.").
				Fill("Titre de la partie", "Le premier jour").
				Fill("Texte de la partie", "On descend à Quimper, on prend le car de dix heures, et la mer vient toute seule.").
				Press("Programmer").Sees("C'est programmé", "Paraîtra")
		})
		editor.Go("/redaction").Within(2, "the week on paper", func() {
			editor.Press("La semaine à imprimer").Sees("Cette semaine, on sort")
			if scripts != editor.Offers("Imprimer") {
				t.Errorf("a button to print is there: %v", !scripts)
			}
		})
		if paper := editor.Paper(); len(paper) < 10_000 {
			t.Errorf("the week on paper has %d bytes", len(paper))
		}
		writesALetter(t, editor, scripts)
	}
}

// writesALetter takes an editor from an empty page to the letter in somebody's
// mailbox, and that somebody out of the list.
func writesALetter(t *testing.T, editor *browser.Person, scripts bool) {
	reader, subject := "malo.lettre@example.org", "La mer est à douze"
	if scripts {
		reader, subject = "annick.lettre@example.org", "La mer est à onze"
	}
	editor.Go("/redaction/lettres").Press("Écrire une lettre").Fill("Objet", subject).
		Fill("Ton texte", "Bonjour,\n\n**Mets un bonnet.**").Fill("Chercher une page du site", "premier mois").Press("Chercher").
		Press("Ajouter : Ton premier mois, sans faire semblant").Press("Un titre").Fill("Le titre", "Et pour finir")
	editor.Press("Monter, partie 3").Press("Retirer, partie 2").Sees("Ton premier mois").Misses("3. ")
	editor.Press("Voir l'aperçu").Press("Texte seul").Sees("Mets un bonnet.", "Ton premier mois, sans faire semblant", "Ne plus recevoir la lettre")
	editor.Press("À qui, et quand ?").Sees("Elle aura sa page publique").Unfold("En voir").Sees(reader)
	editor.Press("Me l'envoyer").Sees("L'essai est en route")
	walk.LetterTo(t, product.Cornouaille, "maelle@example.org", "newsletter_trial", "[Essai] "+subject)
	editor.Unfold("L'envoyer maintenant").Press("Oui, l'envoyer à")

	letter := walk.LetterTo(t, product.Cornouaille, reader, "newsletter", subject, "Mets un bonnet.")
	walk.Eventually(t, "the letter is said to have gone", func() bool {
		return strings.Contains(walk.Plain(editor.Go(editor.Location().Path).Text()), "l'ont reçue")
	})
	visitor(t).Go("/lettres").Press(subject).Sees("Mets un bonnet.", "Ton premier mois")
	program := visitor(t).Go("/dev/mail/" + letter.ID)
	program.Within(2, "leaving the list", func() { program.Press("/lettre/desabonnement").Press("Arrêter").Sees("C'est arrêté") })
}

func TestResidentsMonth(t *testing.T) {
	days(t, func(t *testing.T, resident *browser.Person, scripts bool) {
		name, reply, piece := "Brieg", "@Brieg, le manège d'hiver rouvre mercredi.", "Un bâton gradué"
		if scripts {
			name, reply, piece = "Youna", "@Youna, il reste une place dans la voiture.", "Grands cartons"
		}
		email, group := strings.ToLower(name)+"@example.org", "Parents sous la pluie"
		mail := func(kind string, words ...string) walk.Letter {
			return walk.LetterTo(t, product.Cornouaille, email, kind, words...)
		}
		owner := visitor(t).SignIn("sterenn@example.org")

		owner.Go("/groupes").Press(group).Press("Animer le groupe").Press("Invitations")
		owner.Fill("Son adresse e-mail", email).Press("Envoyer l'invitation").Sees("Vaut jusqu'à")
		resident.SignIn(email).Follow(mail("group_invited").Link(t, "/invitation/"))
		resident.Within(1, "joining by invitation", func() { resident.Press("Rejoindre le groupe").Sees("Trois petits pas") })

		resident.Fill("Une phrase, pas plus", "On arrive de Rennes avec deux petits.").Press("Dire bonjour")
		owner.Go("/groupes").Press(group).Within(1, "welcoming", func() { owner.Press("Souhaiter la bienvenue à " + name) })
		mail("group_welcomed", "te souhaite la bienvenue")

		resident.Go("/groupes").Press(group).Within(1, "following", func() { resident.Press("Suivre") })
		// Whatever the hour of the test.
		resident.Go("/groupes").Press(group).Press("Régler mon courrier").Pick("De", "8 h").Pick("À", "8 h").Press("Enregistrer").Sees("C'est noté")
		resident.Go("/groupes").Press(group).Press(piece).Fill("Ta réponse", "On l'essaie mercredi.").Press("Répondre")
		owner.Go("/groupes").Press(group).Press(piece)
		owner.Fill("Ta réponse", reply).Press("Répondre").Sees(reply)
		named := mail("news", "te nomme")
		resident.Go("/").Within(2, "the news", func() { resident.Press("nouvelle").Sees("Sterenn", "te nomme") })

		// From the mail program, where nobody is signed in.
		visitor(t).Go("/dev/mail").Press("Envoyer la lettre de la semaine")
		program := visitor(t).Go("/dev/mail/" + mail("digest").ID)
		program.Within(3, "a change of preferences", func() {
			program.Press("/courrier?").Pick("Quand on te nomme", "Une fois par semaine").Press("Enregistrer").Sees("C'est noté")
		})
		program.Go("/dev/mail/"+named.ID).Within(2, "muting", func() {
			program.Press("/courrier/silence").Press("Oui, plus rien").Sees("On ne te dit plus rien de cette discussion")
		})

		resident.Go("/groupes").Press(group).Within(1, "leaving the group", func() { resident.Press("Quitter le groupe") })
		resident.Go("/moi").Press("Fermer mon compte").Press("Fermer mon compte")
		if status := resident.Go("/moi").Location().Path; status == "/moi" {
			t.Error("who has left still has a page of their own")
		}
	})
}

// A subscriber has no account, and asks for nothing but the letter.
func TestSubscribersDay(t *testing.T) {
	days(t, func(t *testing.T, subscriber *browser.Person, scripts bool) {
		address := fmt.Sprintf("lecteur.%t@example.org", scripts)
		subscriber.Within(1, "asking for the letter", func() {
			subscriber.Fill("Ton adresse mail", address).Press("M'abonner").Sees("Regarde ta boîte")
		})
		letter := walk.LetterTo(t, product.Cornouaille, address, "subscription_asked", "Encore un clic")
		subscriber.Go("/dev/mail/"+letter.ID).Press("/lettre/confirmer?").Sees("Encore un clic", "l…@example.org")
		confirm := subscriber.Location().String()
		subscriber.Open(confirm).Sees("Encore un clic") // looking twice changes nothing
		subscriber.Within(1, "confirming", func() { subscriber.Press("Oui, je m'abonne").Sees("C'est confirmé", "Tes lettres") })

		subscriber.Choose("Les offres des partenaires").Press("Enregistrer").Sees("C'est noté")
		subscriber.Press("Recevoir tout par mail").Sees("tout est dans ta boîte")
		walk.LetterTo(t, product.Cornouaille, address, "subscription_held", address, "par le clic dans le message")

		subscriber.Untick("La lettre, une ou deux").Untick("Les offres des partenaires").Press("Enregistrer").Sees("C'est noté")
		subscriber.Unfold("Effacer mon adresse").Press("Oui, tout effacer").Sees("C'est effacé")
		subscriber.Open(confirm).Sees("Ce lien ne marche plus")
	})
}
