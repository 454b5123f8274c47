package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/site/groups"
	"github.com/kumun/kumun/web/site/news"
	"github.com/kumun/kumun/web/site/posts"
)

// openGroups opens a community's groups, with one that Anna looks after.
func openGroups(t *testing.T, draft membership.Draft) (s *site, anna actor.Actor, group *membership.Group, path string) {
	t.Helper()
	s = open(t)
	service := s.Posts(t)
	groups.Mount(s.routes, s.Groups(), s.Members(), service)
	posts.Mount(s.routes, service, s.Members(), s.Groups())
	anna = s.Member(t, "anna")
	group = s.Group(t, "chorale", anna)
	draft.Name, draft.Purpose = "Chorale", "Chanter ensemble, même faux."
	if err := s.Groups().Edit(t.Context(), anna, group.ID, draft); err != nil {
		t.Fatal(err)
	}
	return s, anna, group, "/groupes/" + group.ID.String()
}

func (s *site) belongs(t *testing.T, group *membership.Group, who actor.Actor) bool {
	t.Helper()
	belongs, err := s.Groups().Has(t.Context(), who.Tenant, group.ID, who.Member)
	if err != nil {
		t.Fatal(err)
	}
	return belongs
}

func TestAGroupOnRequestAsksAndAnswers(t *testing.T) {
	t.Parallel()
	s, anna, group, path := openGroups(t, membership.Draft{Kind: membership.OnRequest, Questions: []string{"Depuis quand chantes-tu ?"}, Rules: "- On écoute."})
	gwen := s.Member(t, "gwen")

	s.who = gwen
	has(t, s.get(group.Path()), http.StatusOK, "Demander à entrer", "Groupe sur demande")
	has(t, s.get(path+"/demander"), http.StatusOK, "On écoute.", "Depuis quand chantes-tu")
	has(t, s.post(path+"/demander", form("answer1", "")), http.StatusUnprocessableEntity, "Il manque une réponse")
	has(t, s.post(path+"/demander", form("answer1", "Depuis hier soir")), http.StatusSeeOther)
	has(t, s.post(path+"/rejoindre", nil), http.StatusSeeOther)
	if s.belongs(t, group, gwen) {
		t.Fatal("who asks is in already")
	}
	has(t, s.get(group.Path()), http.StatusOK, "est demandé", "Retirer ma demande")
	has(t, s.get(path+"/animer"), http.StatusNotFound)

	s.who = anna
	page := s.get(path + "/animer")
	has(t, page, http.StatusOK, "Gwen", "Depuis hier soir")
	_, request, _ := strings.Cut(page.Body.String(), `name="demande" value="`)
	request, _, _ = strings.Cut(request, `"`)
	has(t, s.post(path+"/demandes", form("demande", request, "reponse", "oui", "reason", "Viens mardi.")), http.StatusSeeOther)
	if answer := s.post(path+"/demandes", form("demande", request, "reponse", "non")); !strings.Contains(answer.Header().Get("Location"), "decided_already") {
		t.Errorf("a second answer leads to %s", answer.Header().Get("Location"))
	}
	if !s.belongs(t, group, gwen) {
		t.Error("who was let in is not in")
	}

	// A refusal holds for a month; then one may ask again.
	yann := s.Member(t, "yann")
	s.who = yann
	s.post(path+"/demander", form("answer1", "Jamais"))
	asked, err := s.Groups().Requests(t.Context(), anna, group.ID)
	if err != nil || len(asked) != 1 {
		t.Fatalf("%d wait (%v)", len(asked), err)
	}
	s.who = anna
	s.post(path+"/demandes", form("demande", asked[0].ID.String(), "reponse", "non"))
	s.who = yann
	has(t, s.post(path+"/demander", form("answer1", "Encore moi")), http.StatusUnprocessableEntity, "dans un mois")
	s.Clock.Forward(31 * day)
	has(t, s.post(path+"/demander", form("answer1", "Encore moi")), http.StatusSeeOther)
	has(t, s.post(path+"/renoncer", nil), http.StatusSeeOther)
	if asked, err = s.Groups().Requests(t.Context(), anna, group.ID); err != nil || len(asked) > 0 {
		t.Errorf("who thought better of it still waits: %v (%v)", asked, err)
	}
}

func TestInvitationsOpenTheDoor(t *testing.T) {
	t.Parallel()
	s, anna, group, path := openGroups(t, membership.Draft{Kind: membership.Invited})
	gwen, yann, paul := s.Member(t, "gwen"), s.Member(t, "yann"), s.Member(t, "paul")
	all := func() []membership.Invitation {
		t.Helper()
		found, err := s.Groups().Invitations(t.Context(), anna, group.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}

	s.who = gwen
	has(t, s.post(path+"/rejoindre", nil), http.StatusForbidden)
	has(t, s.get(path+"/invitations"), http.StatusNotFound)
	s.who = anna
	has(t, s.post(path+"/invitations", form("faire", "lien", "uses", "0", "days", "999")), http.StatusUnprocessableEntity, "Entre 1 et 100 personnes", "Entre 1 et 90 jours")
	has(t, s.post(path+"/invitations", form("faire", "lien", "uses", "1", "days", "7")), http.StatusSeeOther)
	link := all()[0]
	has(t, s.get(path+"/invitations"), http.StatusOK, link.Spelled(), "0 sur 1 entrées")

	// A code is typed as it is spelled; it opens once for one.
	s.who = gwen
	if answer := s.get("/invitation?code=" + strings.ToUpper(link.Spelled())); answer.Header().Get("Location") != link.Path() {
		t.Errorf("the code leads to %q: %d", answer.Header().Get("Location"), answer.Code)
	}
	has(t, s.get(link.Path()), http.StatusOK, "Anna t’invite", "Chorale")
	has(t, s.post(link.Path(), nil), http.StatusSeeOther)
	s.who = yann
	has(t, s.get(link.Path()), http.StatusNotFound, "ne vaut plus")
	has(t, s.post(link.Path(), nil), http.StatusNotFound)
	if !s.belongs(t, group, gwen) || s.belongs(t, group, yann) {
		t.Error("one use lets in another number than one")
	}

	// A letter is its address's alone.
	s.who = anna
	has(t, s.post(path+"/invitations", form("faire", "lettre", "email", "pas une adresse")), http.StatusUnprocessableEntity, "pas une adresse")
	has(t, s.post(path+"/invitations", form("faire", "lettre", "email", "yann@example.org")), http.StatusSeeOther)
	mailed := all()[0]
	s.who = paul
	has(t, s.post(mailed.Path(), nil), http.StatusUnprocessableEntity, "une autre adresse")
	s.who = yann
	has(t, s.post(mailed.Path(), nil), http.StatusSeeOther)
	if !s.belongs(t, group, yann) || s.belongs(t, group, paul) {
		t.Error("the letter lets in somebody else than its address")
	}

	// One that is stopped or old opens nothing.
	s.who = anna
	s.post(path+"/invitations", form("faire", "lien", "uses", "5", "days", "7"))
	s.post(path+"/invitations", form("faire", "lien", "uses", "5", "days", "7"))
	stopped, old := all()[0], all()[1]
	has(t, s.post(path+"/invitations", form("arreter", stopped.ID.String())), http.StatusSeeOther)
	s.who = paul
	has(t, s.get(stopped.Path()), http.StatusNotFound)
	has(t, s.get(old.Path()), http.StatusOK)
	s.Clock.Forward(8 * day)
	has(t, s.get(old.Path()), http.StatusNotFound)

	// Twenty a day are enough.
	s.who = anna
	for range 20 {
		s.post(path+"/invitations", form("faire", "lien", "uses", "5", "days", "7"))
	}
	has(t, s.post(path+"/invitations", form("faire", "lien", "uses", "5", "days", "7")), http.StatusTooManyRequests, "Vingt invitations par jour")
}

func TestNobodyGuessesACode(t *testing.T) {
	t.Parallel()
	s, _, _, _ := openGroups(t, membership.Draft{Kind: membership.Invited})
	for range 30 {
		has(t, s.get("/invitation?code=0000-0000-0000"), http.StatusUnprocessableEntity, "On ne connaît pas ce code")
	}
	has(t, s.get("/invitation?code=0000-0000-0000"), http.StatusTooManyRequests)
	s.Clock.Forward(time.Hour)
	has(t, s.get("/invitation?code=0000-0000-0000"), http.StatusUnprocessableEntity)
}

func TestKeepersKeepAGroup(t *testing.T) {
	t.Parallel()
	s, anna, group, path := openGroups(t, membership.Draft{})
	gwen, yann := s.Member(t, "gwen"), s.Member(t, "yann")
	for _, who := range []actor.Actor{gwen, yann} {
		s.who = who
		has(t, s.post(path+"/rejoindre", nil), http.StatusSeeOther)
	}
	s.Clock.Forward(8 * day)
	var written []*community.Post
	for _, title := range []string{"Répétition du mardi", "Partitions à prendre", "Salle chauffée enfin", "Concert de fin d'année"} {
		written = append(written, s.Tip(t, yann, title, func(draft *community.Draft) { draft.Group = group.ID }))
	}
	pin := func(post *community.Post) string { return "/publications/" + post.ID.String() + "/epingler" }
	change := func(who actor.Actor, what string, more ...string) int {
		return s.post(path+"/membres", form(append([]string{"faire", what, "membre", who.Member.String()}, more...)...)).Code
	}

	// What a keeper may, a member may not; whom to entrust is the owner's.
	s.who = gwen
	has(t, s.post(pin(written[0]), nil), http.StatusNotFound)
	has(t, s.get(path+"/membres"), http.StatusNotFound)
	s.who = anna
	if code := change(gwen, "confier"); code != http.StatusSeeOther {
		t.Fatalf("entrusting answers %d", code)
	}
	s.who = gwen
	if code := change(yann, "confier"); code != http.StatusNotFound {
		t.Errorf("a keeper entrusts somebody: %d", code)
	}
	for _, post := range written[:3] {
		has(t, s.post(pin(post), nil), http.StatusSeeOther)
	}
	has(t, s.post(pin(written[3]), nil), http.StatusUnprocessableEntity, "c’est le maximum")
	has(t, s.get(group.Path()), http.StatusOK, "À ne pas manquer", "Répétition du mardi")

	// Hiding has a reason, and its author sees it no more in the group.
	hide := "/publications/" + written[3].ID.String() + "/masquer"
	has(t, s.post(hide, form("reason", "")), http.StatusUnprocessableEntity, "reason")
	has(t, s.post(hide, form("reason", "Le concert est annulé.")), http.StatusSeeOther)
	hasNot(t, s.get(group.Path()), "Concert de fin")
	has(t, s.get(path+"/animer"), http.StatusOK, "Concert de fin", "Le concert est annulé.")
	has(t, s.post(path+"/remontrer", form("publication", written[3].ID.String())), http.StatusSeeOther)
	has(t, s.get(group.Path()), http.StatusOK, "Concert de fin")

	// Who is kept out neither comes back nor answers.
	if code := change(yann, "ecarter"); code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason it answers %d", code)
	}
	if code := change(yann, "ecarter", "reason", "Il crie pendant les pauses."); code != http.StatusSeeOther {
		t.Errorf("keeping out answers %d", code)
	}
	if code := change(anna, "ecarter", "reason", "Coup d'État"); code != http.StatusNotFound {
		t.Errorf("a keeper keeps the owner out: %d", code)
	}
	s.who = yann
	has(t, s.post(path+"/rejoindre", nil), http.StatusForbidden)
	has(t, s.get(group.Path()), http.StatusOK, "ne souhaite pas te compter")
	s.who = gwen
	mine := s.Tip(t, gwen, "Le thé est dans la boîte", func(draft *community.Draft) { draft.Group = group.ID })
	s.who = yann
	has(t, s.post("/publications/"+mine.ID.String()+"/reponses", form("comment", "Moi je dis que si")), http.StatusUnprocessableEntity, "Ce groupe ne reçoit pas")
	s.who = gwen
	if code := change(yann, "laisser"); code != http.StatusSeeOther {
		t.Errorf("letting back answers %d", code)
	}
	s.who = yann
	has(t, s.post(path+"/rejoindre", nil), http.StatusSeeOther)

	// Who is asked looks after the group once they say yes.
	s.who = anna
	if code := change(gwen, "transmettre"); code != http.StatusSeeOther {
		t.Errorf("asking answers %d", code)
	}
	s.who = yann
	has(t, s.post(path+"/reprendre", nil), http.StatusNotFound)
	s.who = gwen
	has(t, s.get(group.Path()), http.StatusOK, "Tu reprends le groupe")
	has(t, s.post(path+"/reprendre", form("reponse", "oui")), http.StatusSeeOther)
	has(t, s.get(group.Path()), http.StatusOK, "C’est toi qui l’animes")
	s.who = anna
	has(t, s.post(path+"/quitter", nil), http.StatusSeeOther)

	// Put away, it is read and no longer written in.
	s.who = gwen
	has(t, s.post(path+"/archiver", form("archive", "oui")), http.StatusSeeOther)
	hasNot(t, s.get("/groupes"), "Chorale")
	has(t, s.get(group.Path()), http.StatusOK, "Ce groupe est rangé", "Concert de fin")
	has(t, s.post("/publications/"+mine.ID.String()+"/reponses", form("comment", "Trop tard ?")), http.StatusUnprocessableEntity, "on n’y écrit plus")
	has(t, s.post("/ecrire/bon-plan", form("title", "Une autre répétition", "text", "On se retrouve quand même, au café du port.", "group", group.ID.String())), http.StatusUnprocessableEntity)
	s.who = anna
	has(t, s.post(path+"/rejoindre", nil), http.StatusConflict)
	s.who = gwen
	has(t, s.post(path+"/archiver", form("archive", "non")), http.StatusSeeOther)
	has(t, s.get("/groupes"), http.StatusOK, "Chorale")
}

func TestKeepersSeeWhatIsReportedInTheirGroup(t *testing.T) {
	t.Parallel()
	s, anna, group, path := openGroups(t, membership.Draft{})
	yann := s.Member(t, "yann")
	s.who = yann
	has(t, s.post(path+"/rejoindre", nil), http.StatusSeeOther)
	s.Clock.Forward(8 * day)
	inside := func(draft *community.Draft) { draft.Group = group.ID }
	tip, own, elsewhere := s.Tip(t, yann, "Partitions à prendre", inside), s.Tip(t, anna, "Répétition du mardi", inside), s.Tip(t, yann, "Le bain de sept heures")
	reply, err := s.Posts(t).Reply(t.Context(), yann, own.ID, "Et avec quelle clé ?")
	if err != nil {
		t.Fatal(err)
	}
	desk := s.Posts(t).Screen.(*moderation.Service)
	for kind, pieces := range map[string][]id.ID{"post": {tip.ID, own.ID, elsewhere.ID}, "comment": {reply.ID}} {
		for _, piece := range pieces {
			_, err := desk.Report(t.Context(), s.Visitor(), moderation.Report{Kind: kind, Piece: piece, Category: "privacy",
				Explanation: "C'est son adresse, elle n'a rien demandé.", Name: "Léna", Email: "lena@example.org", GoodFaith: true, Address: "192.0.2.1", Language: "fr"})
			if err != nil {
				t.Fatal(err)
			}
		}
	}

	s.who = anna
	page := s.get(path + "/animer")
	has(t, page, http.StatusOK, "Partitions à prendre", "Répétition du mardi", "signalé une fois", "réponse · Adresse privée")
	hasNot(t, page, "Le bain de sept heures", "Léna", "rien demandé")
	if count := strings.Count(page.Body.String(), "signalé une fois"); count != 2 {
		t.Errorf("%d are reported, want the tip and the reply, not the keeper's own", count)
	}
	s.who = yann
	has(t, s.get(path+"/animer"), http.StatusNotFound)
}

func TestANewcomerIsLedIn(t *testing.T) {
	t.Parallel()
	s, anna, group, path := openGroups(t, membership.Draft{Welcome: "Apporte ta voix."})
	tip := s.Tip(t, anna, "La salle ouvre à vingt heures", func(draft *community.Draft) { draft.Group = group.ID })
	gwen := s.Member(t, "gwen")

	s.who = gwen
	s.post(path+"/rejoindre", nil)
	has(t, s.get(group.Path()), http.StatusOK, "Trois petits pas", "Apporte ta voix.", "Dire bonjour")
	has(t, s.post(path+"/bonjour", form("hello", " ")), http.StatusUnprocessableEntity, "Trois petits pas")
	has(t, s.post(path+"/bonjour", form("hello", "Alto, le mardi soir.")), http.StatusSeeOther)
	has(t, s.get(group.Path()), http.StatusOK, "Alto, le mardi soir.")
	hasNot(t, s.get(group.Path()), "Souhaiter la bienvenue")
	if answer := s.post(path+"/courrier", nil); answer.Header().Get("Location") != news.MailPath {
		t.Errorf("choosing one's mail leads to %s", answer.Header().Get("Location"))
	}
	s.post("/publications/"+tip.ID.String()+"/merci", nil)
	hasNot(t, s.get(group.Path()), "Trois petits pas")

	s.who = anna
	hellos, err := s.Posts(t).Hellos(t.Context(), anna, group.ID)
	if err != nil || len(hellos) != 1 {
		t.Fatalf("%d hellos (%v)", len(hellos), err)
	}
	has(t, s.get(group.Path()), http.StatusOK, "Souhaiter la bienvenue à Gwen")
	has(t, s.post(path+"/bienvenue", form("bonjour", hellos[0].ID.String())), http.StatusSeeOther)
	has(t, s.get(group.Path()), http.StatusOK, "Anna a souhaité la bienvenue")

	// A month later it is everyday life, for others it never was their business.
	s.who = s.Member(t, "paul")
	hasNot(t, s.get(group.Path()), "Alto, le mardi soir.")
	s.who = s.Member(t, "zoe")
	s.post(path+"/rejoindre", nil)
	s.Clock.Forward(31 * day)
	hasNot(t, s.get(group.Path()), "Trois petits pas", "Alto, le mardi soir.")
}

func TestANewcomerWritesALittleAtFirst(t *testing.T) {
	t.Parallel()
	s, _, group, path := openGroups(t, membership.Draft{})
	gwen := s.Member(t, "gwen")
	s.who = gwen
	s.post(path+"/rejoindre", nil)
	tip := func(title string) int {
		return s.post("/ecrire/bon-plan", form("title", title, "text", "On se retrouve au café du port, à vingt heures.", "group", group.ID.String())).Code
	}
	for _, title := range []string{"Première idée du soir", "Deuxième idée du soir", "Troisième idée du soir"} {
		if code := tip(title); code != http.StatusSeeOther {
			t.Fatalf("%q answers %d", title, code)
		}
	}
	if code := tip("Quatrième idée du soir"); code != http.StatusTooManyRequests {
		t.Errorf("the fourth in an hour answers %d", code)
	}
	s.Clock.Forward(61 * time.Minute)
	if code := tip("Quatrième idée du soir"); code != http.StatusSeeOther {
		t.Errorf("an hour later it answers %d", code)
	}
}

func TestWhoIsSilencedDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s, anna, _, _ := openGroups(t, membership.Draft{})
	tip := s.Tip(t, anna, "La salle ouvre à vingt heures")
	gwen := s.Member(t, "gwen")
	if err := s.Members().Silence(t.Context(), anna, gwen.Member, true); err != nil {
		t.Fatal(err)
	}

	s.who = gwen
	reply := "/publications/" + tip.ID.String() + "/reponses"
	has(t, s.post(reply, form("comment", "Toujours pas d'accord")), http.StatusUnprocessableEntity, "ne reçoit pas de réponse de ta part", "Toujours pas d&#39;accord")
	if err := s.Members().Silence(t.Context(), anna, gwen.Member, false); err != nil {
		t.Fatal(err)
	}
	has(t, s.post(reply, form("comment", "Merci quand même")), http.StatusSeeOther)
}

func TestAPieceKeepsItsReaders(t *testing.T) {
	t.Parallel()
	s, anna, group, _ := openGroups(t, membership.Draft{Readers: membership.InGroup})
	inside := s.Tip(t, anna, "La clé est sous le pot", func(draft *community.Draft) { draft.Group = group.ID })
	outside := s.Tip(t, anna, "La salle ouvre à vingt heures")
	edit := func(post *community.Post, into string) int {
		found, err := s.Posts(t).Own(t.Context(), anna, post.ID)
		if err != nil {
			t.Fatal(err)
		}
		return s.post("/publications/"+post.ID.String()+"/modifier", form("title", post.Title, "text", post.Text, "group", into, "version", map[bool]string{true: "0", false: "1"}[found.Version == 0])).Code
	}
	s.who = anna

	if code := edit(inside, ""); code != http.StatusUnprocessableEntity {
		t.Errorf("taking it out of the group answers %d", code)
	}
	if code := edit(outside, group.ID.String()); code != http.StatusUnprocessableEntity {
		t.Errorf("taking it into the group answers %d", code)
	}
	// The group opens; what was said among its members stays among them.
	draft := membership.Draft{Name: "Chorale", Purpose: "Chanter ensemble, même faux.", Readers: membership.Everyone}
	if err := s.Groups().Edit(t.Context(), anna, group.ID, draft); err != nil {
		t.Fatal(err)
	}
	if code := edit(inside, group.ID.String()); code != http.StatusSeeOther {
		t.Errorf("editing it answers %d", code)
	}
	s.who = s.Visitor()
	has(t, s.get(inside.Path()), http.StatusNotFound)
	hasNot(t, s.get(group.Path()), "La clé est sous")
	s.who = anna
	has(t, s.get(group.Path()), http.StatusOK, "La clé est sous")
}
