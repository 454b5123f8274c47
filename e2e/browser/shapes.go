package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

// Who looks at a page. Tours take people of the demonstration that no walk
// takes.
const (
	Visitor   = "visitor"
	Newcomer  = "newcomer" // joins during the tour
	Resident  = "samuel@example.org"
	Editor    = "maelle@example.org"
	Moderator = "soazig@example.org"
	Partner   = "ronan@example.org"
	Staff     = "staff"
)

// Shape is one kind of page: who comes to it, and how. Each continues where
// the same person's last one ended.
type Shape struct {
	Name   string
	As     string
	Come   func(*Person)
	Status int // of the document
}

// Look is a way to look at a page.
type Look struct {
	Width int64
	Dark  bool
}

func (l Look) String() string {
	if l.Dark {
		return fmt.Sprintf("%d-dark", l.Width)
	}
	return fmt.Sprintf("%d-light", l.Width)
}

// Looks are both widths in both themes; the first two differ in both, as do the
// last two.
var Looks = []Look{{Phone, false}, {Desk, true}, {Desk, false}, {Phone, true}}

// At looks at the page as it is, without loading it again.
func (p *Person) At(look Look) *Person {
	p.t.Helper()
	return p.Width(look.Width).Dark(look.Dark)
}

// Of are the shapes that some people come to.
func Of(shapes []Shape, people ...string) (theirs []Shape) {
	for _, shape := range shapes {
		if slices.Contains(people, shape.As) {
			theirs = append(theirs, shape)
		}
	}
	return theirs
}

// Tour brings people to shapes of page; visit looks at each.
func (b *Browser) Tour(t services.TB, product *walk.Product, shapes []Shape, visit func(Shape, *Person)) {
	t.Helper()
	people := map[string]*Person{}
	for _, shape := range shapes {
		if people[shape.As] == nil {
			people[shape.As] = b.arrival(t, product, shape.As)
		}
		person := people[shape.As]
		shape.Come(person)
		if got := person.Status(); got != shape.Status {
			t.Fatalf("%s: %s answers %d, not %d: %.500s", shape.Name, person.Location(), got, shape.Status, person.Text())
		}
		visit(shape, person)
	}
}

func (b *Browser) arrival(t services.TB, product *walk.Product, who string) *Person {
	t.Helper()
	person := b.Person(t, product).Width(Desk)
	switch {
	case who == Staff:
		return person.SignInAsStaff()
	case strings.Contains(who, "@"):
		return person.SignIn(who)
	}
	return person.Open(product.Cornouaille)
}

func to(path string) func(*Person) { return func(p *Person) { p.Go(path) } }

func press(names ...string) func(*Person) {
	return func(p *Person) {
		for _, name := range names {
			p.Press(name)
		}
	}
}

// link follows the first link below a path, whatever it is called.
func link(from, below string) func(*Person) {
	return func(p *Person) {
		p.Go(from)
		p.Open(Ask[string](p, `document.querySelector('main a[href*="`+below+`"]').href`))
	}
}

const (
	ownTip    = "Le banc qui regarde les mâts"
	community = "Anse de la Forêt"
)

const (
	fine    = http.StatusOK
	refused = http.StatusUnprocessableEntity
)

// OpenShapes lists what everybody may see, and the operator's console.
func OpenShapes(product *walk.Product) []Shape {
	return []Shape{
		{"home", Visitor, to("/"), fine},
		{"tips", Visitor, to("/bons-plans"), fine},
		{"tips-older", Visitor, press("Plus ancien"), fine},
		{"tips-none", Visitor, to("/bons-plans?commune=Nulle-Part"), fine},
		{"tip", Visitor, link("/bons-plans", "/bons-plans/"), fine},
		{"tip-with-replies", Visitor, func(p *Person) { p.Go("/chercher?q=studio+meuble").Press("Studio meublé") }, fine},
		{"report", Visitor, press("Signaler cette page"), fine},
		{"report-refused", Visitor, press("Envoyer"), refused},
		{"report-thanks", Visitor, func(p *Person) {
			p.Choose("Arnaque").Fill("Raconte", "On demande un virement avant la visite, et personne n'a les clés.").
				Fill("Ton nom", "Un passant").Fill("Ton adresse mail", "passant@example.org").Choose("À ma connaissance").Press("Envoyer")
		}, fine},
		{"offers", Visitor, to("/annonces"), fine},
		{"offer", Visitor, link("/annonces", "/annonces/"), fine},
		{"event", Visitor, func(p *Person) { p.Go("/agenda?quand=mois").Press("Premier bain") }, fine},
		{"going-refused", Visitor, func(p *Person) { p.Unfold("J'y vais").Fill("Ton adresse e-mail", "gwen").Press("Recevoir le message") }, refused},
		{"going-asked", Visitor, func(p *Person) { p.Fill("Ton adresse e-mail", "gwen@example.org").Press("Recevoir le message") }, fine},
		{"going-letter", Visitor, func(p *Person) {
			letter := walk.LetterTo(p.t, product.Cornouaille, "gwen@example.org", "going_asked")
			p.Go("/dev/mail/" + letter.ID).Press("/jy-vais?")
		}, fine},
		{"going", Visitor, press("Oui, j'y vais"), fine},
		{"questions", Visitor, to("/questions"), fine},
		{"question", Visitor, link("/questions", "/questions/"), fine},
		{"search", Visitor, to("/chercher"), fine},
		{"search-found", Visitor, to("/chercher?q=creprie"), fine},
		{"search-nothing", Visitor, to("/chercher?q=xylophone+lunaire"), fine},
		{"home-come", Visitor, to("/?entree=venir"), fine},
		{"home-business", Visitor, to("/?entree=activite"), fine},
		{"home-join", Visitor, to("/?entree=participer"), fine},
		{"agenda", Visitor, to("/agenda"), fine},
		{"letters", Visitor, to("/lettres"), fine},
		{"letter", Visitor, press("Trois choses à faire avant que tout ferme"), fine},
		{"guides", Visitor, to("/guides"), fine},
		{"guide", Visitor, link("/guides", "/guides/"), fine},
		{"share", Visitor, func(p *Person) { p.Open(Ask[string](p, `document.querySelector('a.share').href`)) }, fine},
		{"groups", Visitor, to("/groupes"), fine},
		{"group", Visitor, press("Les Maillots rayés"), fine},
		{"invitation-code", Visitor, to("/invitation"), fine},
		{"invitation-code-refused", Visitor, func(p *Person) { p.Fill("Le code", "1234").Press("Voir le groupe") }, refused},
		{"invitation-gone", Visitor, to("/invitation/1234"), http.StatusNotFound},
		{"listings", Visitor, to("/adresses"), fine},
		{"listing", Visitor, link("/adresses", "/adresses/"), fine},
		{"neighbour", Visitor, func(p *Person) { link("/chercher?q=bain+neuf+heures", "/bons-plans/")(p); p.Press("Nolwenn") }, fine},
		{"sign-in", Visitor, to("/connexion"), fine},
		{"sign-in-refused", Visitor, func(p *Person) { p.Fill("Ton adresse e-mail", "pas une adresse").Press("Recevoir mon code") }, refused},
		{"code", Visitor, func(p *Person) { p.Fill("Ton adresse e-mail", "personne@example.org").Press("Recevoir mon code") }, fine},
		{"code-refused", Visitor, func(p *Person) { p.Fill("Le code à six chiffres", "000 000").Press("Entrer") }, refused},
		{"link-spent", Visitor, to("/connexion/lien/00000000000000000000000000000000"), http.StatusNotFound},
		{"join", Visitor, to("/inscription"), fine},
		{"join-refused", Visitor, press("J'ai au moins 15 ans"), refused},
		{"letter", Visitor, to("/lettre"), fine},
		{"letter-refused", Visitor, func(p *Person) { p.Fill("Ton adresse mail", "léna@example.org").Press("M'abonner") }, refused},
		{"letter-asked", Visitor, func(p *Person) {
			p.Fill("Ton adresse mail", "shape.lettre@example.org").Choose("Les offres des partenaires").Press("M'abonner")
		}, fine},
		{"letter-confirm", Visitor, func(p *Person) {
			letter := walk.LetterTo(p.t, product.Cornouaille, "shape.lettre@example.org", "subscription_asked")
			p.Go("/dev/mail/" + letter.ID).Press("/lettre/confirmer?")
		}, fine},
		{"letter-choices", Visitor, press("Oui, je m'abonne"), fine},
		{"letter-erased", Visitor, func(p *Person) { p.Unfold("Effacer mon adresse").Press("Oui, tout effacer") }, fine},
		{"letter-spent", Visitor, to("/lettre/confirmer?a=perdu"), http.StatusNotFound},
		{"legal-notice", Visitor, to("/mentions-legales"), fine},
		{"rules", Visitor, to("/regles"), fine},
		{"data", Visitor, to("/donnees"), fine},
		{"accessibility", Visitor, to("/accessibilite"), fine},
		{"contact", Visitor, to("/contact"), fine},
		{"write", Visitor, to("/ecrire"), fine},
		{"partners", Visitor, to("/partenaires"), fine},
		{"lost", Visitor, to("/bons-plans/perdu"), http.StatusNotFound},
		{"too-many", Visitor, func(p *Person) {
			p.Go("/connexion")
			Ask[bool](p, `(async () => {
				for (let n = 0; n < 6; n++) await fetch('/connexion', {method: 'POST', body: new URLSearchParams({email: 'presse@example.org'})})
				return true
			})()`)
			p.Fill("Ton adresse e-mail", "presse@example.org").Press("Recevoir mon code")
		}, http.StatusTooManyRequests},
		{"style", Visitor, to("/dev/style"), fine},
		{"mailbox", Visitor, to("/dev/mail"), fine},
		{"mailbox-letter", Visitor, link("/dev/mail", "/dev/mail/"), fine},
		{"home-english", Visitor, to("/en/"), fine},
		{"english-tip", Visitor, link("/en/bons-plans", "/bons-plans/"), fine},
		{"breton", Visitor, to("/br"), fine},
		{"digest-stop", Visitor, func(p *Person) {
			p.Go("/dev/mail").Press("Envoyer la lettre de la semaine")
			digest := walk.LetterTo(p.t, product.Cornouaille, "jakez@example.org", "digest")
			p.Go("/dev/mail/" + digest.ID).Press("/lettre/arreter")
		}, fine},
		{"digest-stopped", Visitor, press("Arrêter"), fine},
		{"digest-resumed", Visitor, press("La recevoir à nouveau"), fine},
		{"villeray-home", Visitor, func(p *Person) { p.Open(product.Villeray) }, fine},
		{"villeray-tip", Visitor, link("/bons-plans", "/bons-plans/"), fine},
		{"villeray-write", Visitor, to("/ecrire"), fine},
		{"unknown-host", Visitor, func(p *Person) { p.Open(product.Bare) }, http.StatusNotFound},

		{"bare-home", "stranger", func(p *Person) { p.Open(Bare(product)) }, fine},
		{"staff-sign-in", "stranger", to("/operator/connexion"), fine},
		{"staff-link-sent", "stranger", func(p *Person) { p.Fill("Ton adresse e-mail", "operator@example.org").Press("Recevoir un lien") }, fine},
		{"staff-link", "stranger", func(p *Person) { p.Go("/").Press("Entrer dans la console de l'opérateur") }, fine},
		{"staff-link-spent", "stranger", func(p *Person) { p.Go("/operator/connexion/perdu").Press("Entrer dans la console") }, http.StatusGone},
		{"console", Staff, to("/operator"), fine},
		{"community-new", Staff, press("Ouvrir une communauté"), fine},
		{"community-refused", Staff, func(p *Person) {
			p.Fill("Comment s'appelle-t-elle ?", community).Fill("Son adresse courte", "pas bon !").Choose("tu").Choose("Français").Press("Ouvrir une communauté")
		}, refused},
		{"community", Staff, func(p *Person) { p.Fill("Son adresse courte", "anse").Press("Ouvrir une communauté") }, fine},
		{"community-mail", Staff, press("Son courrier"), fine},
		{"community-mail-refused", Staff, func(p *Person) {
			p.Fill("Sa propre adresse d'expéditeur", "bonjour@anse.localhost").Fill("Adresse des envois groupés", "lettre@ailleurs.localhost").Press("Enregistrer")
		}, refused},
		{"community-mail-checked", Staff, func(p *Person) {
			p.Fill("Adresse des envois groupés", "lettre@lettre.anse.localhost").Press("Enregistrer").Press("Vérifier maintenant")
		}, fine},
		{"community-mail-paused", Staff, func(p *Person) { p.Fill("Pour quelle raison ?", "On regarde d'abord.").Press("Mettre en pause") }, fine},
		{"community-mail-address", Staff, func(p *Person) { p.Fill("Son adresse e-mail", "anna@example.org").Press("Regarder") }, fine},
		{"operator-mail", Staff, to("/operator/courrier"), fine},
		{"operator-mail-checked", Staff, press("Vérifier maintenant"), fine},
		{"operator-work", Staff, to("/operator/travaux"), fine},
		{"operator-work-stuck", Staff, to("/operator/travaux/en-panne"), fine},
		{"community-again", Staff, to("/operator/communautes/anse"), fine},
		{"community-suspended", Staff, func(p *Person) {
			p.Fill("Pour quelle raison ?", "Le bureau a démissionné.").Press("Suspendre la communauté")
		}, fine},
		{"suspended", Visitor, func(p *Person) { p.Open(strings.Replace(Bare(product), "localhost", "anse.localhost", 1)) }, http.StatusServiceUnavailable},
	}
}

// MemberShapes lists what is behind a door.
func MemberShapes(product *walk.Product) []Shape {
	return []Shape{
		{"link", Newcomer, func(p *Person) {
			p.Go("/inscription").Fill("Le nom que les voisins verront", "Enora").Fill("Ton adresse e-mail", "enora.neuve@example.org").
				Press("J'ai au moins 15 ans")
			p.Follow(walk.LetterTo(p.t, product.Cornouaille, "enora.neuve@example.org", "", "/connexion/lien/").Link(p.t, "/connexion/lien/"))
		}, fine},
		{"joined", Newcomer, press("Entrer dans"), fine},
		{"write-tip", Newcomer, to("/ecrire/bon-plan"), fine},
		{"tip-held", Newcomer, func(p *Person) {
			p.Fill("En une phrase", ownTip).Fill("Raconte", "Derrière la criée, un banc, trente mâts, et les goélands qui commentent.").
				Fill("Commune ou quartier", "Concarneau").Press("Publier")
		}, fine},

		{"home-signed-in", Resident, to("/"), fine},
		{"me", Resident, to("/moi"), fine},
		{"profile", Resident, to("/moi/profil"), fine},
		{"profile-refused", Resident, func(p *Person) { p.Fill("Le nom que les voisins verront", "x").Press("Enregistrer") }, refused},
		{"asking", Resident, to("/moi/questions"), fine},
		{"asking-refused", Resident, func(p *Person) { p.Choose("Oui, on peut me demander").Press("Enregistrer") }, refused},
		{"write-event", Resident, to("/ecrire/rendez-vous"), fine},
		{"leave", Resident, to("/moi/partir"), fine},
		{"group-joined", Resident, func(p *Person) { p.Go("/groupes").Press("Les Maillots rayés") }, fine},
		{"group-ask", Resident, func(p *Person) { p.Go("/groupes").Press("Voile du mercredi").Press("Demander à entrer") }, fine},
		{"group-ask-refused", Resident, press("Envoyer ma demande"), refused},
		{"group-asked", Resident, func(p *Person) {
			p.Fill("Sais-tu nager", "Deux longueurs, avec les bras.").Fill("Quel mercredi", "Tous.").Press("Envoyer ma demande")
		}, fine},
		{"group-closed", Resident, func(p *Person) { p.Go("/groupes").Press("Les clés de l'atelier") }, fine},
		{"group-inside", Resident, press("La clé passe la semaine"), fine},
		{"group-keep", Resident, func(p *Person) { p.Go("/groupes").Press("Les clés de l'atelier").Press("Animer le groupe") }, fine},
		{"group-members", Resident, func(p *Person) { p.Press("Membres").Unfold("Que faire avec Ali") }, fine},
		{"group-members-refused", Resident, press("Écarter du groupe"), refused},
		{"group-invitations", Resident, press("Invitations", "Créer le lien"), fine},
		{"group-invitations-refused", Resident, func(p *Person) { p.Fill("Son adresse e-mail", "pas une adresse").Press("Envoyer l'invitation") }, refused},
		{"invitation", Resident, func(p *Person) { p.Open(Ask[string](p, `document.querySelector(".address").textContent`)) }, fine},
		{"write-offer", Resident, to("/ecrire/annonce"), fine},
		{"write-offer-refused", Resident, func(p *Person) { p.Unfold("Plus de précisions").Fill("Ton prix", "cher").Press("Publier") }, refused},
		{"write-tip-refused", Resident, func(p *Person) {
			p.Go("/ecrire/bon-plan").Upload("Une photo ?", notAPicture(p.t)).Press("Publier")
		}, refused},
		{"own-tip", Resident, func(p *Person) {
			p.Go("/ecrire/bon-plan").Fill("En une phrase", "Le virage où l'on voit l'île").
				Fill("Raconte", "Descends de vélo au grand virage : par temps clair, elle est là.").Fill("Commune ou quartier", "Plogoff").Press("Publier")
		}, fine},
		{"two-versions", Resident, func(p *Person) {
			p.Press("Modifier")
			Ask[bool](p, `(async () => {
				const form = document.querySelector('#writing'), meanwhile = new FormData(form)
				meanwhile.set('title', 'Le virage, et au bout il y a une île')
				await fetch(form.getAttribute('action'), {method: 'POST', body: meanwhile})
				return true
			})()`)
			p.Press("Enregistrer")
		}, http.StatusConflict},
		{"history", Resident, press("Garder ma version", "historique"), fine},
		{"tip-edit", Resident, func(p *Person) {
			p.Open(Ask[string](p, `document.querySelector('.chapo a').href`)).Press("Modifier")
		}, fine},
		{"tip-delete", Resident, func(p *Person) { p.Press("Finalement, non").Press("Supprimer") }, fine},
		{"reply-refused", Resident, func(p *Person) { p.Press("Finalement, non").Fill("Ta réponse", " ").Press("Répondre") }, refused},
		{"replied", Resident, func(p *Person) { p.Fill("Ta réponse", "Vu ce matin, entre deux grains.").Press("Répondre") }, fine},
		{"reply-edit", Resident, func(p *Person) { p.Open(Ask[string](p, `document.querySelector('.say a[href*=modifier]').href`)) }, fine},
		{"reply-delete", Resident, func(p *Person) {
			p.Press("Finalement, non")
			p.Open(Ask[string](p, `document.querySelector('.say a[href*=supprimer]').href`))
		}, fine},
		{"report-as-member", Resident, func(p *Person) { link("/annonces", "/annonces/")(p); p.Press("Signaler cette page") }, fine},
		{"forbidden-is-lost", Resident, to("/moderation"), http.StatusNotFound},

		{"draft", Resident, func(p *Person) {
			p.Go("/ecrire/bon-plan").Fill("En une phrase", "Le four du jeudi").Press("Garder en brouillon")
		}, fine},
		{"drafts", Resident, to("/moi/brouillons"), fine},
		{"draft-preview", Resident, press("Le four du jeudi", "Voir l'aperçu"), fine},
		{"draft-drop", Resident, func(p *Person) { p.Go("/moi/brouillons").Press("Le four du jeudi").Press("Jeter ce brouillon") }, fine},
		{"lists-none", Resident, to("/moi/listes"), fine},
		{"kept", Resident, func(p *Person) { link("/guides", "/guides/")(p); p.Press("Garder") }, fine},
		{"lists", Resident, press("Voir mes listes"), fine},
		{"list-edit", Resident, press("Mes expériences"), fine},
		{"list", Resident, func(p *Person) {
			p.Choose("Tout le monde").Press("Enregistrer").Go("/moi/listes").Press("Voir la page")
		}, fine},
		{"list-delete", Resident, func(p *Person) { p.Press("Modifier la liste").Press("Supprimer cette liste") }, fine},
		{"follows-none", Resident, to("/moi/suivis"), fine},
		{"letters-received", Resident, to("/moi/lettres"), fine},
		{"feed", Resident, func(p *Person) { p.Go("/groupes").Press("Les Maillots rayés").Press("Suivre").Go("/moi/fil") }, fine},
		{"follows", Resident, to("/moi/suivis"), fine},
		{"news", Resident, to("/moi/nouvelles"), fine},
		{"mail", Resident, to("/moi/courrier"), fine},
		{"mail-refused", Resident, func(p *Person) {
			Ask[string](p, `document.querySelector('[name=reply] option:checked').value = 'sometimes'`)
			p.Press("Enregistrer")
		}, refused},
		{"mute", Resident, func(p *Person) {
			link("/questions", "/questions/")(p)
			p.Press("Ne plus me prévenir de cette discussion")
		}, fine},
		{"muted", Resident, func(p *Person) { p.Press("Oui, plus rien").Press("Ne plus me prévenir de cette discussion") }, fine},
		{"write-event", Resident, to("/ecrire/rendez-vous"), fine},
		{"write-event-refused", Resident, press("Publier"), refused},
		{"write-question", Resident, to("/ecrire/question"), fine},

		{"morning", Editor, to("/redaction"), fine},
		{"front", Editor, to("/redaction/une"), fine},
		{"front-refused", Editor, func(p *Person) {
			Ask[string](p, `document.querySelector('[name=ends]').value = '2020-01-01'`)
			p.Press("Mettre à la une")
		}, refused},
		{"programme", Editor, to("/redaction/a-paraitre"), fine},
		{"newsletters", Editor, to("/redaction/lettres"), fine},
		{"newsletter-sent", Editor, press("Trois choses à faire avant que tout ferme"), fine},
		{"newsletter-new", Editor, func(p *Person) { p.Go("/redaction/lettres").Press("Écrire une lettre") }, fine},
		{"newsletter-lacks", Editor, press("À qui, et quand ?"), fine},
		{"newsletter-refused", Editor, func(p *Person) {
			p.Press("Modifier").Press("De la publicité").Fill("L'adresse où cela mène", "nulle part").Press("Garder")
		}, refused},
		{"newsletter", Editor, func(p *Person) { p.Go("/redaction/lettres").Press("Janvier : on recommence doucement") }, fine},
		// In a frame it is a document of its own, which an editor's day looks at.
		{"newsletter-preview", Editor, press("Voir l'aperçu", "Texte seul"), fine},
		{"newsletter-sending", Editor, press("À qui, et quand ?"), fine},
		{"translate", Editor, func(p *Person) { link("/guides", "/guides/")(p); p.Press("Traduire en anglais") }, fine},
		{"translate-refused", Editor, press("Publier"), refused},
		{"sought", Editor, to("/redaction/recherches"), fine},
		{"audience", Editor, to("/redaction/audience"), fine},
		{"subscribers", Editor, to("/redaction/abonnes"), fine},
		{"subscribers-import", Editor, press("Importer une liste"), fine},
		{"subscribers-import-refused", Editor, press("Importer"), refused},
		{"subscribers-imported", Editor, func(p *Person) {
			p.Fill("Ou colle les lignes ici", "bleuenn@example.org;fr;14/06/2026;au marché\npersonne;fr;14/06/2026;au marché").
				Fill("Qui a recueilli", "Maëlle").Fill("Comment ?", "sur papier, à un stand").Fill("Avec quels mots ?", "Oui, écrivez-moi.").
				Choose("Je me porte garant").Press("Importer")
		}, fine},
		{"write-guide", Editor, to("/ecrire/guide"), fine},
		{"write-guide-refused", Editor, press("Publier"), refused},
		{"hours", Editor, to("/redaction/horaires"), fine},
		{"group-new", Editor, to("/groupes/ouvrir"), fine},
		{"group-new-refused", Editor, press("Ouvrir le groupe"), refused},
		{"group-edit", Editor, func(p *Person) { p.Go("/groupes").Press("Tables d'hiver").Press("Modifier") }, fine},

		{"queue", Moderator, func(p *Person) {
			walk.Eventually(p.t, "the newcomer's tip", func() bool { return p.Go("/moderation").Offers(ownTip) })
		}, fine},
		{"case", Moderator, press(ownTip), fine},
		{"case-taken", Moderator, press("Je m'en occupe"), fine},
		{"case-letter", Moderator, func(p *Person) {
			p.Choose("Publier").Fill("Ton explication", "Bienvenue, et garde-nous une place sur le banc.").Press("Mettre la lettre à jour")
		}, fine},
		{"case-refused", Moderator, func(p *Person) { p.Choose("Retirer").Fill("Ton explication", "").Press("Décider et envoyer") }, refused},
		{"case-decided", Moderator, func(p *Person) {
			p.Choose("Publier").Fill("Ton explication", "Bienvenue, et garde-nous une place sur le banc.").
				Press("Mettre la lettre à jour").Press("Décider et envoyer")
			p.Go("/moderation/journal").Press(ownTip)
		}, fine},
		{"journal", Moderator, to("/moderation/journal"), fine},

		{"sheets", Partner, to("/partenaires"), fine},
		{"sheet-live", Partner, press("Relais de Kroaz-Podig"), fine},
		{"sheet-new", Partner, func(p *Person) { p.Go("/partenaires").Press("Nouvelle fiche") }, fine},
		{"sheet-refused", Partner, press("Enregistrer la fiche"), refused},
		{"sheet-draft", Partner, func(p *Person) {
			p.Fill("Le nom de ton adresse", "Four de Krec'h-Bara (exemple)").Fill("Le métier", "Boulangerie").Fill("Qui la tient", "Ronan U.").
				Fill("Ce qu'on y trouve", "Un pain par semaine, gros, et du far quand le four refroidit.").Fill("Commune", "Plozévet").
				Fill("Téléphone", "02 98 00 00 01").Fill("Raison sociale", "Four de Krec'h-Bara").
				Fill("Adresse postale", "2 Krec'h-Bara, 29710 Plozévet").Press("Enregistrer la fiche")
		}, fine},
		{"sheet-edit", Partner, press("Modifier la fiche"), fine},
		{"plans", Partner, func(p *Person) { p.Go("/partenaires").Press("Four de Krec'h-Bara").Press("Choisir une formule") }, fine},
		{"pay", Partner, func(p *Person) { p.Choose("Grand large").Press("Commander avec obligation de paiement") }, fine},
		{"pay-refused", Partner, press("Faire comme si la banque refusait"), fine},
		{"sheet-unpaid", Partner, press("Aller à ma fiche"), fine},
		{"pay-later", Partner, press("Changer de moyen de paiement"), fine},
	}
}

func notAPicture(t services.TB) string {
	path := filepath.Join(os.TempDir(), "kumun-not-a-picture.jpg")
	if err := os.WriteFile(path, []byte("Ceci n'est pas une image."), 0o600); err != nil {
		t.Fatalf("write a file: %v", err)
	}
	t.Cleanup(func() { _ = os.Remove(path) })
	return path
}
