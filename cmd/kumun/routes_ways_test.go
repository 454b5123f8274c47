package main_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/billing/standin"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/world"
)

// A route with an identifier needs a line in siteWays or consoleWays, one that
// is open to anyone a word in siteOpen or consoleOpen, one that asks for a right
// a line in invited: what is new fails here until somebody has said whom it is
// for.

// What asks nobody who they are, by method.
var (
	siteOpen = map[string]string{
		"GET": `/ /br /bons-plans /bons-plans/:id /annonces /annonces/:id /agenda /agenda/:id /agenda.ics /agenda/:id/calendrier.ics
			/questions /questions/:id /guides /guides/:id /groupes /groupes/:id /adresses /adresses/:id /voisins/:id /listes/:id
			/invitation /invitation/:code /chercher /chercher/suggestions /chercher/arreter /ecrire /partenaires /images/:tail /couvertures/:tail /signaler /signaler/merci/:id /lettre/arreter
			/lettre /lettre/demandee /lettre/confirmer /lettre/choix /lettre/desabonnement
			/encore-vrai /relances/arreter /jy-vais /jy-vais/rendre /pas-moi /brouillons/:id /courrier /courrier/arreter /courrier/silence
			/inscription /connexion /connexion/code /connexion/lien/:token
			/lettres /lettres/:number /lettres.atom /p/:id /publications/:id/partager /apercus/:tail /sitemap.xml /sitemap/:part /flux.atom /bons-plans.atom /annonces.atom
			/agenda.atom /questions.atom /guides.atom /groupes/:id/flux.atom /chercher.atom
			/mentions-legales /regles /donnees /accessibilite /contact /robots.txt /.well-known/security.txt
			/dev/paiement /dev/mail /dev/mail.json /dev/mail/:id /dev/mail/:id/html /dev/style`,
		"POST": `/encore-vrai /relances/arreter /publications/:id/plus-vrai /publications/:id/jy-vais /jy-vais /jy-vais/rendre /pas-moi
			/inscription /connexion /connexion/code /connexion/lien/:token /signaler /lettre/arreter /lettre/reprendre /chercher/arreter
			/lettre /lettre/confirmer /lettre/choix /lettre/choix/lien /lettre/choix/donnees /lettre/choix/effacer /lettre/desabonnement
			/courrier /courrier/arreter /courrier/silence
			/dev/paiement /dev/mail/digest`,
	}
	consoleOpen = map[string]string{
		"GET":  `/ /robots.txt /operator/connexion /operator/connexion/:token /dev/mail /dev/mail.json /dev/mail/:id /dev/mail/:id/html`,
		"POST": `/operator/connexion /operator/connexion/:token /demo/entrer /dev/mail/digest`,
	}
)

// invited says who may open what is under an address, whatever need and policy
// come to.
var invited = []struct {
	prefix string
	roles  []actor.Role
}{
	{"/ecrire/guide", []actor.Role{actor.Editor, actor.Admin}},
	{"/redaction/recherches", []actor.Role{actor.Editor, actor.Admin}},
	{"/redaction/abonnes/export", []actor.Role{actor.Admin}},
	{"/ecrire/", actor.Roles[1:]},
	{"/partenaires/", actor.Roles[1:]},
	{"/groupes/ouvrir", []actor.Role{actor.Ambassador, actor.Editor, actor.Admin}},
	{"/moderation", []actor.Role{actor.Moderator, actor.Admin}},
	{"/redaction", []actor.Role{actor.Editor, actor.Admin}},
}

// way is an address under a route, made of the names of Cornouaille's things.
type way struct {
	route, path string
	form        url.Values
	// right is for whom it is; to others of Cornouaille the thing does not
	// belong, and nil means that whoever meets the route's need may come.
	right  person
	others []person
	// leads says that it sends one on to another address.
	leads bool
	// refused is what neighbours get: 404, unless the name stands in a field.
	refused int
}

const atField = http.StatusUnprocessableEntity

// things makes one of everything in Cornouaille and tells how to reach it.
func (w *town) things(data string, till *world.Till) []way {
	ctx, t := w.t.Context(), w.t
	posts := w.Posts(t)
	tip := w.Tip(t, w.anna, "Le bain de sept heures")
	worn := w.Tip(t, w.anna, "Le bain de l'an dernier")
	for _, seal := range []string{"a reader", "another"} {
		if err := posts.Doubt(ctx, w.Visitor(), worn.ID, seal); err != nil {
			t.Fatal(err)
		}
	}
	offer := w.Offer(t, w.anna, "Une billig à prêter")
	event := w.Event(t, w.anna, "Premier bain, il y a du thé")
	question := w.Question(t, w.anna, "Où trouver un thermos le dimanche ?")
	answer := must(posts.Reply(ctx, w.anna, question.ID, "Au bazar du port, jusqu'à midi."))(t)
	w.Decide(t, posts, w.Tenant.ID, "comment", answer.ID, community.Published)
	editing := w.anna
	editing.Roles = append(slices.Clone(editing.Roles), actor.Editor)
	guide := w.Guide(t, editing, "L'hiver se passe dehors")
	must(posts.Edit(ctx, w.anna, tip.ID, community.Draft{Title: tip.Title, Text: tip.Text + " Toute l'année."}))(t)
	w.Decide(t, posts, w.Tenant.ID, "post", tip.ID, community.Published)
	_, revisions, err := posts.History(ctx, w.anna, tip.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept := must(posts.SaveDraft(ctx, w.anna, 0, community.Draft{Kind: community.Tip, Title: "Les bigorneaux"}))(t)
	scheduled := must(posts.Schedule(ctx, editing, 0, community.Draft{Kind: community.Tip, Title: "Le bain de neuf heures", Text: tip.Text}, w.Clock.Now().Add(time.Hour)))(t)
	today := w.Clock.Now()
	must(0, posts.Choose(ctx, editing, community.FrontChoice{PostID: guide.ID, StartsAt: today, EndsAt: today.AddDate(0, 0, 7)}))(t)
	choice := must(posts.FrontChoices(ctx, w.Tenant.ID))(t)[0].ID
	comment := must(posts.Reply(ctx, w.anna, offer.ID, "Elle chauffe encore très bien."))(t)
	w.Decide(t, posts, w.Tenant.ID, "comment", comment.ID, community.Published)
	group := w.Group(t, "nage", w.anna)
	asking, request, invitation, hello, hidden := w.company(posts)
	picture := w.picture(data)
	w.SignIn(t, w.anna)
	sessions := must(w.Members().Sessions(ctx, w.anna))(t)

	paid := till.Listing(t, w.anna, "Crêperie d'Anna")
	page := till.Order(t, w.anna, paid.ID, "adresse")
	till.Pay(t, w.anna, page)
	contract := "sub_demo_" + strings.TrimPrefix(page, "cs_demo_")
	ordered := till.Listing(t, w.anna, "Cidrerie d'Anna")
	openPage := till.Order(t, w.anna, ordered.ID, "grand-large")
	draft := till.Listing(t, w.anna, "Biscuiterie d'Anna")

	thanks := w.ask(w.site.visitors[0], "POST", "/signaler", report("post:"+tip.ID.String(), "marc@example.org")).location
	file := w.caseAbout(tip.ID)
	letter := w.letter(w.Tenant.ID)
	link := must(w.Members().OneTimeLink(ctx, w.Tenant.ID, "anna@example.org"))(t)
	stop := notifications.StopPath(w.Tenant, ownHost, w.anna.Member)
	still := notifications.AnswerPath(w.Tenant, ownHost, tip, notifications.StillTrue)
	place, other := must(posts.Go(ctx, w.anna, event.ID))(t), must(posts.Go(ctx, w.Member(t, "gwen"), event.ID))(t)
	pass := id.New(w.Clock.Now())
	if err := w.DB.Write(ctx, w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO asked (tenant_id, id, post_id, member_id, at) VALUES (?tenant, ?0, ?1, ?2, ?3)`, pass, question.ID, w.anna.Member, w.Clock.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	waiting := &notifications.Subscription{ID: id.New(w.Clock.Now()), Email: "lena@example.net", Language: "fr", News: true, CreatedAt: w.Clock.Now()}
	reader := &notifications.Subscription{ID: id.New(w.Clock.Now()), Email: "marc@example.net", Language: "fr", News: true, CreatedAt: w.Clock.Now(), ConfirmedAt: w.Clock.Now()}
	if err := w.DB.Write(ctx, w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(&[]notifications.Subscription{*waiting, *reader}).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	press := notifications.Newsletter{ID: id.New(w.Clock.Now()), NewsletterDraft: notifications.NewsletterDraft{Purpose: notifications.ForNews, Language: "fr", Subject: "Ce que novembre garde",
		Parts: []notifications.Part{{Kind: notifications.TextPart, Text: "L'eau est bonne."}}}, State: notifications.Drafted, CreatedBy: w.anna.Member, CreatedAt: w.Clock.Now(), SavedBy: w.anna.Member, SavedAt: w.Clock.Now()}
	gone := press
	gone.ID, gone.State, gone.Number, gone.BegunAt, gone.EndedAt = id.New(w.Clock.Now()), notifications.SentOut, 1, w.Clock.Now(), w.Clock.Now()
	if err := w.DB.Write(ctx, w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(&[]notifications.Newsletter{press, gone}).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	leave := notifications.NudgeStopPath(w.Tenant, ownHost, w.anna.Member)
	must(0, posts.Search.Follow(ctx, w.anna, community.Query{Text: "un thermos"}))(t)
	search := must(posts.Search.Following(ctx, w.Tenant.ID, w.anna.Member))(t)[0].ID
	tipRef := community.PieceRef{Kind: "post", ID: tip.ID}
	if err := posts.Keep(ctx, w.anna, tipRef, "Mes expériences"); err != nil {
		t.Fatal(err)
	}
	private := must(posts.Lists(ctx, w.anna))(t)[0]
	byLink := must(posts.MakeList(ctx, w.anna, "Pour les cousins", community.ByLink))(t)
	public := must(posts.MakeList(ctx, w.anna, "Un dimanche de pluie", community.Public))(t)
	return w.siteWays(names{private: &private, byLink: byLink, public: public, tip: tip, offer: offer, event: event, question: question, answer: answer.ID, guide: guide,
		comment: comment.ID, group: group, asking: asking, request: request, invitation: invitation, hello: hello, hidden: hidden, picture: picture, session: sessions[0].ID,
		paid: paid.ID, draft: draft.ID, page: standin.Path + "?session=" + openPage, contract: standin.Path + "?abonnement=" + contract,
		thanks: thanks, file: file, letter: letter, link: link, stop: stop,
		worn: worn, still: still, leave: leave, choice: choice, revision: revisions[0].ID, kept: kept.ID, scheduled: scheduled.ID,
		preview: community.PreviewPath(w.Tenant, ownHost, kept.ID, w.Clock.Now()),
		pass:    notifications.PassPath(w.Tenant, ownHost, pass),
		come:    notifications.GoingPath(w.Tenant, ownHost, notifications.ConfirmPlace, place.ID),
		back:    notifications.GoingPath(w.Tenant, ownHost, notifications.GiveBack, other.ID),
		search:  search, unfollow: notifications.SearchStopPath(w.Tenant, ownHost, w.anna.Member, search),
		wishes:     notifications.PreferencesPath(w.Tenant, ownHost, w.anna.Member, w.Clock.Now()),
		noNews:     notifications.StopNewsPath(w.Tenant, ownHost, w.anna.Member, []notifications.Happening{notifications.Replied}),
		silence:    notifications.MutePath(w.Tenant, ownHost, w.anna.Member, tip.ID),
		subscriber: reader.ID, press: press.Path(), gone: notifications.NewsletterPath(gone.Number),
		confirm:  notifications.ConfirmSubscriptionPath(w.Tenant, ownHost, waiting),
		choices:  notifications.SubscriptionPath(w.Tenant, ownHost, reader.ID, w.Clock.Now()),
		noLetter: notifications.UnsubscribePath(w.Tenant, ownHost, reader.ID, notifications.ForNews)})
}

// names are the identifiers of Cornouaille's things, or their addresses.
type names struct {
	tip, worn, offer, event, question, guide    *community.Post
	group, asking                               *membership.Group
	answer, choice, request, hello              id.ID
	hidden                                      *community.Post
	invitation                                  string
	comment, session, paid, draft, file, letter id.ID
	picture                                     *community.Picture
	page, contract, thanks, link, stop          string
	still, leave, come, back, pass, preview     string
	revision, kept, scheduled                   id.ID
	private, byLink, public                     *community.List
	search                                      id.ID
	unfollow                                    string
	wishes, noNews, silence                     string
	subscriber                                  id.ID
	confirm, choices, noLetter                  string
	press, gone                                 string
}

func (w *town) siteWays(n names) []way {
	today := w.Clock.Now().In(w.Tenant.Location()).Format(time.DateOnly)
	visitor, member, moderator, editor := w.site.visitors[0], w.roles[actor.Member], w.roles[actor.Moderator], w.roles[actor.Editor]
	said := fields("title", "The eight o'clock swim", "text", "We walk down the slip every morning, winter and summer.", "rendering", "translated")
	all, notDesk, notEditors := w.everybodyBut(), w.everybodyBut(actor.Moderator, actor.Admin), w.everybodyBut(actor.Editor, actor.Admin)
	post, reply, group := "/publications/"+n.tip.ID.String(), "/reponses/"+n.comment.String(), "/groupes/"+n.group.ID.String()
	sheet, draft, file := "/partenaires/fiches/"+n.paid.String(), "/partenaires/fiches/"+n.draft.String(), "/moderation/cas/"+n.file.String()
	list := "/moi/listes/" + n.private.ID.String()
	kept := "/moi/brouillons/" + n.kept.String()
	worn := "/redaction/publications/" + n.worn.ID.String()
	words := fields("title", "Le bain de huit heures", "text", "On descend la cale tous les matins, été comme hiver.")
	business := fields("name", "Crêperie d'Anna", "trade", "crêperie", "owner_name", "Anna B.", "commune", "Quimper", "phone", "02 61 91 10 29",
		"text", "Dix-huit places, deux billigs, et la galette part quand elle est prête.", "legal_name", "Anna B.", "address", "29000 Quimper")
	purpose := fields("name", "Nage", "purpose", "Nager ensemble toute l'année.")
	verdict := fields("action", "keep", "seen", "keep", "step", "decide", "explanation", "Tout est encore vrai, le message reste.")
	pay := fields("issue", "payer")
	wishes := fields("reply", "daily", "mention", "daily", "thanks", "never", "follow", "never", "group", "never", "digest", "weekly", "quiet_from", "21", "quiet_to", "8")
	asking, shared := "/groupes/"+n.asking.ID.String(), "/publications/"+n.hidden.ID.String()
	ways := []way{
		{route: "GET /bons-plans/:id", path: n.tip.Path(), right: visitor},
		{route: "GET /annonces/:id", path: n.offer.Path(), right: visitor},
		{route: "GET /agenda/:id", path: n.event.Path(), right: visitor},
		{route: "GET /agenda/:id/calendrier.ics", path: "/agenda/" + n.event.ID.String() + "/calendrier.ics", right: visitor},
		{route: "GET /questions/:id", path: n.question.Path(), right: visitor},
		{route: "POST /publications/:id/solution", path: "/publications/" + n.question.ID.String() + "/solution",
			form: fields("reponse", n.answer.String()), right: w.her, others: notEditors},
		{route: "GET /guides/:id", path: n.guide.Path(), right: visitor},
		{route: "GET /bons-plans", path: "/bons-plans?groupe=" + n.group.ID.String(), right: visitor},
		{route: "GET /annonces", path: "/annonces?groupe=" + n.group.ID.String(), right: visitor},
		{route: "GET /groupes", path: "/groupes?apres=" + n.group.ID.String(), right: visitor},
		{route: "GET /groupes/:id", path: n.group.Path(), right: visitor},
		{route: "GET /adresses/:id", path: "/adresses/" + n.paid.String(), right: visitor},
		{route: "GET /publications/:id/traduire/:langue", path: post + "/traduire/en", right: w.her, others: notEditors},
		{route: "POST /publications/:id/traduire/:langue", path: post + "/traduire/en", form: said, right: w.her, others: notEditors},
		{route: "POST /publications/:id/traduire/:langue/retirer", path: post + "/traduire/en/retirer", right: w.her, others: notEditors},
		{route: "POST /publications/:id/jy-etais", path: post + "/jy-etais", form: fields("retirer", w.anna.Member.String()), right: moderator, others: notDesk},
		{route: "GET /listes/:id", path: n.private.Path(), right: w.her, others: all},
		{route: "GET /listes/:id", path: n.byLink.Path(), right: visitor},
		{route: "GET /listes/:id", path: n.public.Path(), right: visitor},
		{route: "GET /moi/listes/:id", path: list, right: w.her, others: all},
		{route: "POST /moi/listes/:id", path: list, form: fields("title", "Mes coins", "visibility", "private"), right: w.her, others: all},
		{route: "GET /moi/garder", path: "/moi/garder?sur=post:" + n.tip.ID.String(), right: member},
		{route: "POST /moi/garder", path: "/moi/garder", form: fields("sur", "listing:"+n.paid.String()), right: member},
		{route: "POST /moi/garder/listes", path: "/moi/garder/listes", form: fields("sur", "post:"+n.tip.ID.String(), "liste", n.private.ID.String()), right: w.her, others: all},
		{route: "POST /moi/listes/:id/retirer", path: list + "/retirer", form: fields("sur", "post:"+n.tip.ID.String()), right: w.her, others: all},
		{route: "GET /voisins/:id", path: "/voisins/" + w.anna.Member.String(), right: visitor},
		{route: "GET /images/:tail", path: n.picture.Path(n.picture.Width), right: visitor},
		{route: "GET /p/:id", path: n.tip.ShortPath(), right: visitor, leads: true},
		{route: "GET /publications/:id/partager", path: post + "/partager", right: visitor},
		{route: "GET /apercus/:tail", path: cards.PostPreview(w.Tenant, n.tip).Path, right: visitor},
		{route: "GET /groupes/:id/flux.atom", path: group + "/flux.atom", right: visitor},
		{route: "GET /flux.atom", path: "/flux.atom?groupe=" + n.group.ID.String(), right: visitor},
		{route: "GET /chercher.atom", path: "/chercher.atom?q=bain", right: visitor, refused: http.StatusOK},
		// Another community's identifier is but a place to begin in the own list.
		{route: "GET /sitemap/:part", path: "/sitemap/" + n.tip.ID.String() + ".xml", right: visitor, refused: http.StatusOK},
		// Drawn from the address alone: there is nothing to find.
		{route: "GET /couvertures/:tail", path: "/couvertures/vide.svg", right: visitor, refused: http.StatusOK},

		// A group one is not in and a picture of somebody else's: at the field.
		{route: "POST /ecrire/bon-plan", path: "/ecrire/bon-plan", form: with(words, "group", n.group.ID.String()), right: w.her, others: all, refused: atField},
		{route: "POST /ecrire/annonce", path: "/ecrire/annonce", form: with(words, "offer", "give", "alt", "La cale", "picture_id", n.picture.ID.String()),
			right: w.her, others: all, refused: atField},
		{route: "GET /publications/:id/modifier", path: post + "/modifier", right: w.her, others: notEditors},
		{route: "POST /publications/:id/modifier", path: post + "/modifier", form: with(words, "version", "1"), right: w.her, others: notEditors},
		{route: "GET /publications/:id/historique", path: post + "/historique", right: w.her, others: w.everybodyBut(actor.Editor, actor.Moderator, actor.Admin)},
		{route: "POST /publications/:id/historique", path: post + "/historique", form: fields("version", n.revision.String()), right: w.her, others: notEditors},
		{route: "GET /brouillons/:id", path: n.preview, right: visitor},
		{route: "GET /moi/brouillons/:id", path: kept, right: w.her, others: all},
		{route: "POST /moi/brouillons/:id", path: kept, form: with(words, "faire", "brouillon"), right: w.her, others: all},
		{route: "POST /redaction/a-paraitre/:id/retirer", path: "/redaction/a-paraitre/" + n.scheduled.String() + "/retirer", right: editor, others: notEditors},
		{route: "POST /publications/:id/plus-vrai", path: post + "/plus-vrai", right: member},
		{route: "POST /publications/:id/toujours-vrai", path: post + "/toujours-vrai", right: w.her, others: notEditors},
		{route: "POST /redaction/publications/:id/demander", path: worn + "/demander", right: editor, others: notEditors},
		{route: "POST /redaction/publications/:id/confirmer", path: worn + "/confirmer", right: editor, others: notEditors},
		{route: "POST /redaction/publications/:id/retirer", path: worn + "/retirer", right: editor, others: notEditors},
		{route: "POST /redaction/une", path: "/redaction/une", form: fields("piece", n.guide.ID.String(), "place", "1",
			"starts", today, "ends", today), right: editor, others: notEditors, refused: atField},
		{route: "GET /redaction/une", path: "/redaction/une?piece=" + n.guide.ID.String(), right: editor, others: notEditors, refused: http.StatusOK},
		{route: "POST /redaction/une/:id/retirer", path: "/redaction/une/" + n.choice.String() + "/retirer", right: editor, others: notEditors},
		{route: "GET /lettres/:number", path: n.gone, right: visitor},
		{route: "GET /redaction/lettres/:id", path: n.press, right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id", path: n.press, form: fields("version", "0", "purpose", "news", "language", "fr", "subject", "Ce que novembre garde",
			"parts", "1", "kind-0", "text", "text-0", "L'eau est bonne."), right: editor, others: notEditors},
		{route: "GET /redaction/lettres/:id/apercu", path: n.press + "/apercu", right: editor, others: notEditors},
		{route: "GET /redaction/lettres/:id/apercu/html", path: n.press + "/apercu/html", right: editor, others: notEditors},
		{route: "GET /redaction/lettres/:id/envoi", path: n.press + "/envoi", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/essai", path: n.press + "/essai", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/envoi", path: n.press + "/envoi", form: fields("version", "1", "faire", "maintenant"), right: editor, others: notEditors},
		// It is scheduled by now, and not on its way: the page says where it is.
		{route: "POST /redaction/lettres/:id/pause", path: n.press + "/pause", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/reprendre", path: n.press + "/reprendre", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/arreter", path: n.press + "/arreter", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/deprogrammer", path: n.press + "/deprogrammer", right: editor, others: notEditors},
		{route: "POST /redaction/lettres/:id/jeter", path: n.press + "/jeter", right: editor, others: notEditors},
		{route: "GET /encore-vrai", path: n.still, right: visitor},
		{route: "POST /encore-vrai", path: n.still, right: visitor},
		{route: "GET /relances/arreter", path: n.leave, right: visitor},
		{route: "POST /relances/arreter", path: n.leave, right: visitor},
		{route: "POST /publications/:id/jy-vais", path: "/publications/" + n.event.ID.String() + "/jy-vais", right: member},
		{route: "GET /pas-moi", path: n.pass, right: visitor},
		{route: "POST /pas-moi", path: n.pass, right: visitor},
		{route: "GET /jy-vais", path: n.come, right: visitor},
		{route: "POST /jy-vais", path: n.come, right: visitor},
		{route: "GET /jy-vais/rendre", path: n.back, right: visitor},
		{route: "POST /jy-vais/rendre", path: n.back, right: visitor},
		{route: "POST /publications/:id/merci", path: post + "/merci", right: member},
		{route: "POST /publications/:id/reponses", path: post + "/reponses", form: fields("comment", "J'y serai demain."), right: member},
		{route: "GET /reponses/:id/modifier", path: reply + "/modifier", right: w.her, others: all},
		{route: "POST /reponses/:id/modifier", path: reply + "/modifier", form: fields("comment", "Elle chauffe toujours."), right: w.her, others: all},
		{route: "GET /reponses/:id/supprimer", path: reply + "/supprimer", right: w.her, others: all},
		{route: "POST /reponses/:id/supprimer", path: reply + "/supprimer", right: w.her, others: all},

		{route: "GET /groupes/:id/modifier", path: group + "/modifier", right: w.her, others: notEditors},
		{route: "POST /groupes/:id/modifier", path: group + "/modifier", form: purpose, right: w.her, others: notEditors},
		{route: "POST /groupes/:id/rejoindre", path: group + "/rejoindre", right: member},
		{route: "POST /groupes/:id/archiver", path: group + "/archiver", form: fields("archive", "non"), right: w.her, others: notEditors},
		{route: "GET /groupes/:id/demander", path: asking + "/demander", right: member},
		{route: "POST /groupes/:id/demander", path: asking + "/demander", form: fields("answer1", "Depuis toujours"), right: member},
		{route: "POST /groupes/:id/renoncer", path: asking + "/renoncer", right: member},
		{route: "POST /groupes/:id/reprendre", path: asking + "/reprendre", right: w.her, others: all},
		{route: "GET /groupes/:id/animer", path: asking + "/animer", right: w.her, others: all},
		{route: "POST /groupes/:id/demandes", path: asking + "/demandes", form: fields("demande", n.request.String(), "reponse", "oui"), right: w.her, others: all},
		{route: "POST /groupes/:id/remontrer", path: asking + "/remontrer", form: fields("publication", n.hidden.ID.String()), right: w.her, others: all},
		{route: "GET /groupes/:id/invitations", path: asking + "/invitations", right: w.her, others: all},
		{route: "POST /groupes/:id/invitations", path: asking + "/invitations", form: fields("faire", "lien", "uses", "3", "days", "7"), right: w.her, others: all},
		{route: "GET /groupes/:id/membres", path: asking + "/membres", right: w.her, others: all},
		{route: "POST /groupes/:id/membres", path: asking + "/membres", form: fields("membre", w.anna.Member.String(), "faire", "laisser"), right: w.her, others: all},
		{route: "GET /invitation/:code", path: n.invitation, right: visitor},
		{route: "POST /invitation/:code", path: n.invitation, right: member},
		{route: "POST /groupes/:id/bonjour", path: asking + "/bonjour", form: fields("hello", "Bonjour à tous !"), right: w.her, others: all},
		{route: "POST /groupes/:id/bienvenue", path: asking + "/bienvenue", form: fields("bonjour", n.hello.String()), right: w.her, others: all},
		{route: "POST /groupes/:id/courrier", path: asking + "/courrier", right: w.her, others: all},
		{route: "POST /publications/:id/epingler", path: shared + "/epingler", right: w.her, others: all},
		{route: "POST /publications/:id/masquer", path: shared + "/masquer", form: fields("reason", "Déjà dit hier."), right: w.her, others: all},
		{route: "POST /voisins/:id/silence", path: "/voisins/" + w.anna.Member.String() + "/silence", right: member},
		{route: "POST /groupes/:id/quitter", path: group + "/quitter", right: member},
		{route: "POST /moi/appareils/:id/sortir", path: "/moi/appareils/" + n.session.String() + "/sortir", right: w.her, others: all},

		{route: "GET /partenaires/fiches/:id", path: sheet, right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/modifier", path: sheet + "/modifier", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/modifier", path: sheet + "/modifier", form: business, right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/formule", path: draft + "/formule", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/formule", path: draft + "/formule", form: fields("plan", "grand-large"), right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/retour", path: sheet + "/retour", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/arreter", path: sheet + "/arreter", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/reprendre", path: sheet + "/reprendre", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/moyen-de-paiement", path: sheet + "/moyen-de-paiement", right: w.her, others: all},
		// Whoever holds the stand-in's secret address pays.
		{route: "GET /dev/paiement", path: n.page, right: visitor},
		{route: "POST /dev/paiement", path: n.page, form: pay, right: visitor},
		{route: "GET /dev/paiement", path: n.contract, right: visitor},
		{route: "POST /dev/paiement", path: n.contract, form: pay, right: visitor},

		{route: "GET /signaler/merci/:id", path: n.thanks, right: visitor},
		{route: "GET /moderation/cas/:id", path: file, right: moderator, others: notDesk},
		{route: "GET /moderation", path: "/moderation?apres=" + n.file.String(), right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/garde", path: file + "/garde", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/rendu", path: file + "/rendu", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/garde", path: file + "/garde", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/decision", path: file + "/decision", form: verdict, right: moderator, others: notDesk},

		{route: "GET /dev/mail/:id", path: "/dev/mail/" + n.letter.String(), right: visitor},
		{route: "GET /dev/mail/:id/html", path: "/dev/mail/" + n.letter.String() + "/html", right: visitor},
		{route: "GET /lettre/arreter", path: n.stop, right: visitor},
		{route: "POST /lettre/arreter", path: n.stop, right: visitor},
		{route: "POST /lettre/reprendre", path: strings.Replace(n.stop, "arreter", "reprendre", 1), right: visitor},
		// A visitor has confirmed it by then.
		{route: "GET /lettre/confirmer", path: n.confirm, right: visitor, leads: true},
		{route: "POST /lettre/confirmer", path: n.confirm, right: visitor, leads: true},
		{route: "GET /lettre/choix", path: n.choices, right: visitor},
		{route: "POST /lettre/choix", path: n.choices, form: fields("news", "yes"), right: visitor, leads: true},
		{route: "POST /lettre/choix/lien", path: strings.Replace(n.choices, "choix", "choix/lien", 1), right: visitor, leads: true},
		{route: "POST /lettre/choix/donnees", path: strings.Replace(n.choices, "choix", "choix/donnees", 1), right: visitor, leads: true},
		{route: "GET /lettre/desabonnement", path: n.noLetter, right: visitor},
		{route: "POST /lettre/desabonnement", path: n.noLetter, right: visitor},
		// Another community's identifier is but a place to begin in the own list.
		{route: "GET /redaction/abonnes", path: "/redaction/abonnes?avant=" + n.subscriber.String(), right: w.roles[actor.Admin], others: notEditors, refused: http.StatusOK},
		{route: "GET /courrier", path: n.wishes, right: visitor},
		{route: "POST /courrier", path: n.wishes, form: wishes, right: visitor},
		{route: "GET /courrier/arreter", path: n.noNews, right: visitor},
		{route: "POST /courrier/arreter", path: n.noNews, right: visitor},
		{route: "GET /courrier/silence", path: n.silence, right: visitor},
		{route: "POST /courrier/silence", path: n.silence, right: visitor},
		{route: "GET /moi/silence", path: "/moi/silence?sur=thread:" + n.tip.ID.String(), right: member},
		{route: "GET /moi/silence", path: "/moi/silence?sur=person:" + w.anna.Member.String(), right: member},
		{route: "POST /moi/silence", path: "/moi/silence", form: fields("sur", "group:"+n.group.ID.String()), right: member},
		{route: "GET /chercher/arreter", path: n.unfollow, right: visitor},
		{route: "POST /chercher/arreter", path: n.unfollow, right: visitor},
		{route: "POST /moi/recherches/:id/arreter", path: "/moi/recherches/" + n.search.String() + "/arreter", right: w.her, others: all},
		{route: "GET /connexion/lien/:token", path: n.link, right: visitor},
		{route: "POST /connexion/lien/:token", path: n.link, right: visitor},
		// Nothing comes back after these.
		{route: "GET /moi/brouillons/:id/supprimer", path: kept + "/supprimer", right: w.her, others: all},
		{route: "POST /moi/brouillons/:id/supprimer", path: kept + "/supprimer", right: w.her, others: all},
		{route: "GET /moi/listes/:id/supprimer", path: list + "/supprimer", right: w.her, others: all},
		{route: "POST /moi/listes/:id/supprimer", path: list + "/supprimer", right: w.her, others: all},
		{route: "GET /publications/:id/supprimer", path: post + "/supprimer", right: w.her, others: all},
		{route: "POST /publications/:id/supprimer", path: post + "/supprimer", right: w.her, others: all},
	}
	for kind, piece := range map[string]id.ID{"post": n.offer.ID, "comment": n.comment, "group": n.group.ID, "listing": n.paid, "member": w.anna.Member} {
		about := kind + ":" + piece.String()
		ways = slices.Insert(ways, 0, way{route: "GET /signaler", path: "/signaler?sur=" + about, right: visitor},
			way{route: "POST /signaler", path: "/signaler", form: report(about, kind+"@example.org"), right: visitor})
	}
	return ways
}

func (w *town) consoleWays() []way {
	letter := "/dev/mail/" + w.letter(0).String()
	token, community := "/operator/connexion/"+w.link, "/operator/communautes/villeray"
	why := fields("reason", "Un essai")
	stuck := fields("what", "fact", "community", "villeray", "kind", "post.published", "row", w.anna.Member.String())
	return []way{
		{route: "GET /dev/mail/:id", path: letter, right: w.console.visitors[0]},
		{route: "GET /dev/mail/:id/html", path: letter + "/html", right: w.console.visitors[0]},
		{route: "GET /operator/communautes/:slug", path: community, right: w.staff},
		{route: "POST /operator/communautes/:slug/lettre", path: community + "/lettre", form: url.Values{"day": {"4"}, "hour": {"7"}}, right: w.staff},
		{route: "POST /operator/communautes/:slug/langues", path: community + "/langues", form: url.Values{"language": {"fr"}, "languages": {"fr", "en"}}, right: w.staff},
		{route: "POST /operator/communautes/:slug/suspendre", path: community + "/suspendre", form: why, right: w.staff},
		{route: "POST /operator/communautes/:slug/reprendre", path: community + "/reprendre", form: why, right: w.staff},
		{route: "GET /operator/communautes/:slug/courrier", path: community + "/courrier", right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier", path: community + "/courrier", form: fields("quota", "100"), right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier/verifier", path: community + "/courrier/verifier", right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier/pause", path: community + "/courrier/pause", form: why, right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier/reprendre", path: community + "/courrier/reprendre", form: why, right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier/adresse", path: community + "/courrier/adresse", form: fields("address", "anna@example.org"), right: w.staff},
		{route: "POST /operator/communautes/:slug/courrier/adresse/liberer", path: community + "/courrier/adresse/liberer", form: fields("address", "anna@example.org"), right: w.staff},
		{route: "POST /operator/travaux/en-panne/relancer", path: "/operator/travaux/en-panne/relancer", form: stuck, right: w.staff},
		{route: "POST /operator/travaux/en-panne/ecarter", path: "/operator/travaux/en-panne/ecarter", form: with(stuck, "reason", "Un essai"), right: w.staff},
		{route: "GET /operator/connexion/:token", path: token, right: w.console.visitors[0]},
		{route: "POST /operator/connexion/:token", path: token, right: w.console.visitors[0]},
	}
}

// company is a group that Anna keeps: somebody waits, somebody said hello, a
// link invites, a piece is hidden, and she is asked to take it over.
func (w *town) company(posts *community.Service) (asking *membership.Group, request id.ID, invitation string, hello id.ID, hidden *community.Post) {
	ctx, t := w.t.Context(), w.t
	founder, newcomer, caller := w.Member(t, "founder"), w.Member(t, "newcomer"), w.Member(t, "caller")
	asking = w.Group(t, "chorale", founder, newcomer, w.anna)
	groups := w.Groups()
	edited := membership.Draft{Name: asking.Name, Purpose: asking.Purpose, Kind: membership.OnRequest, Questions: []string{"Depuis quand chantes-tu ?"}}
	must(0, groups.Edit(ctx, founder, asking.ID, edited))(t)
	must(0, groups.Entrust(ctx, founder, asking.ID, w.anna.Member, true))(t)
	must(0, groups.Offer(ctx, founder, asking.ID, w.anna.Member))(t)
	must(0, groups.Ask(ctx, caller, asking.ID, []string{"Depuis hier"}))(t)
	request = must(groups.Requests(ctx, founder, asking.ID))(t)[0].ID
	must(0, groups.Link(ctx, founder, asking.ID, 20, 7))(t)
	invitation = must(groups.Invitations(ctx, founder, asking.ID))(t)[0].Path()
	must(0, posts.Greet(ctx, newcomer, asking.ID, "Je chante faux, mais fort."))(t)
	hello = must(posts.Hellos(ctx, founder, asking.ID))(t)[0].ID
	hidden = w.Tip(t, newcomer, "Une salle où chanter", func(draft *community.Draft) { draft.Group = asking.ID })
	must(0, posts.Hide(ctx, founder, hidden.ID, "Déjà dit la semaine dernière."))(t)
	return asking, request, invitation, hello, hidden
}

func (w *town) everybodyBut(roles ...actor.Role) []person {
	var people []person
	for role, person := range w.roles {
		if !slices.Contains(roles, role) {
			people = append(people, person)
		}
	}
	return people
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for n := 0; n < len(pairs); n += 2 {
		form.Add(pairs[n], pairs[n+1])
	}
	return form
}

func with(form url.Values, pairs ...string) url.Values {
	all := fields(pairs...)
	maps.Copy(all, form)
	return all
}

func report(about, email string) url.Values {
	return fields("sur", about, "category", "other", "explanation", "Ce n'est plus vrai depuis l'été.", "name", "Marc", "email", email, "good_faith", "yes")
}
