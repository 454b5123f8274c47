package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/site/news"
	"github.com/kumun/kumun/web/site/subscription"
)

// subscriptionSite is the pages as somebody meets them who has no account.
type subscriptionSite struct {
	*site
	subscriptions *notifications.Subscriptions
}

func openSubscription(t *testing.T) *subscriptionSite {
	s := &subscriptionSite{site: open(t)}
	s.subscriptions = s.site.subscriptions(t)
	subscription.Mount(s.routes, s.subscriptions)
	news.Mount(s.routes, s.telling(t), &notifications.Digest{Letters: s.letters(), Members: s.Members()}, s.subscriptions)
	redaction.Mount(s.routes, s.Posts(t), s.Members(), &notifications.Freshness{Letters: s.letters(), Members: s.Members(), Posts: s.Posts(t)}, s.subscriptions,
		&moderation.Service{DB: s.DB, Clock: s.Clock, Policy: s.Posts(t).Policy, Members: s.Members()})
	return s
}

// row is the subscription of an address, or nil.
func (s *subscriptionSite) row(t *testing.T, email string) *notifications.Subscription {
	t.Helper()
	var rows []notifications.Subscription
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("email = ?", email).Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// letter is the last that the worker would write of a kind, once it followed
// what was asked; "" when there is none.
func (s *subscriptionSite) letter(t *testing.T, kind string) string {
	t.Helper()
	for _, payload := range s.Facts(t, s.Tenant.ID, string(notifications.SubscriptionAsked)) {
		if err := s.subscriptions.Asked(t.Context(), s.Tenant.ID, []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	var rows []notifications.Letter
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("kind = ?", kind).Order("id DESC").Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return ""
	}
	return rows[0].Text
}

var mailed = regexp.MustCompile(`http://` + host + `(/lettre/[^\s]+)`)

// link is the address that the last letter of a kind holds.
func (s *subscriptionSite) link(t *testing.T, kind string) string {
	t.Helper()
	found := mailed.FindStringSubmatch(s.letter(t, kind))
	if found == nil {
		t.Fatalf("no link in a letter %s", kind)
	}
	return found[1]
}

const lena = "lena@example.net"

// subscribed is the page of choices of somebody who went all the way.
func (s *subscriptionSite) subscribed(t *testing.T) (choices string) {
	t.Helper()
	has(t, s.post("/lettre", form("email", lena, "news", "yes", "offers", "yes", "entree", "venir")), http.StatusSeeOther)
	answer := s.post(s.link(t, "subscription_asked"), nil)
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("confirming answers %d: %s", answer.Code, answer.Body)
	}
	return answer.Header().Get("Location")
}

func TestAVisitorSubscribesConfirmsChoosesAndLeaves(t *testing.T) {
	s := openSubscription(t)
	page := s.get("/lettre")
	has(t, page, http.StatusOK, "La lettre de Cornouaille", `name="email"`, `name="offers" value="yes">`, "une ou deux fois par mois", "s’arrête en un clic", "garde ton adresse")

	answer := s.post("/lettre", form("email", " Lena@Example.net ", "news", "yes", "entree", "venir"))
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/lettre/demandee" {
		t.Fatalf("%d, %s", answer.Code, answer.Header().Get("Location"))
	}
	has(t, s.get("/lettre/demandee"), http.StatusOK, "Regarde ta boîte")
	ask := s.link(t, "subscription_asked")
	for range 2 {
		has(t, s.get(ask), http.StatusOK, "l…@example.net", `method="post"`)
	}
	if row := s.row(t, lena); row.Wants(notifications.ForNews) {
		t.Fatal("a mail scanner confirmed")
	}

	choices := s.post(ask, nil).Header().Get("Location")

	if row := s.row(t, lena); !row.Wants(notifications.ForNews) || row.Wants(notifications.ForOffers) || row.Entrance != "come" {
		t.Fatalf("%+v", row)
	}
	has(t, s.get(choices), http.StatusOK, "C’est confirmé", `name="news" value="yes" checked`, `name="offers" value="yes">`)
	hasNot(t, s.get(choices), lena)
	if again := s.post(ask, nil); again.Code != http.StatusSeeOther {
		t.Errorf("the link twice: %d", again.Code)
	}
	has(t, s.post(choices, form("offers", "yes")), http.StatusSeeOther)
	if row := s.row(t, lena); row.Wants(notifications.ForNews) || !row.Wants(notifications.ForOffers) {
		t.Errorf("%+v", row)
	}

	erase := strings.Replace(choices, "/lettre/choix?", "/lettre/choix/effacer?", 1)
	erased := s.post(erase+"&dit=subscribed", nil)
	has(t, erased, http.StatusOK, "C’est effacé")
	hasNot(t, erased, "la prochaine lettre viendra")
	if s.row(t, lena) != nil {
		t.Error("the address stays")
	}
	has(t, s.get(choices), http.StatusNotFound)
}

func TestWrongAddressesAreSaidAtTheFieldAndNothingIsLost(t *testing.T) {
	for address, says := range map[string]string{
		"":                                    "Cette adresse",
		"lena":                                "Cette adresse",
		"lena@example":                        "Cette adresse",
		"Léna <lena@example.net>":             "Cette adresse",
		"lena@example.net, x@example.net":     "Cette adresse",
		"lena@example.net\r\nBcc: x@evil.org": "Cette adresse",
		"lena@example.net%0aBcc:x@evil.org":   "Cette adresse",
		"lena@-.net":                          "Cette adresse",
		strings.Repeat("a", 65) + "@a.net":    "Cette adresse",
		"léna@example.net":                    "avant le @",
	} {
		t.Run("the address "+address, func(t *testing.T) {
			s := openSubscription(t)

			page := s.post("/lettre", form("email", address, "offers", "yes", "entree", "venir"))

			has(t, page, http.StatusUnprocessableEntity, says, `name="offers" value="yes" checked`, `value="venir"`)
			if facts := s.Facts(t, s.Tenant.ID, string(notifications.SubscriptionAsked)); len(facts) != 0 {
				t.Error("a letter leaves")
			}
		})
	}
	s := openSubscription(t)
	has(t, s.post("/lettre", form("email", lena)), http.StatusUnprocessableEntity, "Coche ce que tu veux recevoir", `value="`+lena+`"`)
}

func TestAnAddressWithAnInternationalDomainIsTaken(t *testing.T) {
	s := openSubscription(t)

	has(t, s.post("/lettre", form("email", "lena@Café.example", "news", "yes")), http.StatusSeeOther)

	if s.row(t, "lena@xn--caf-dma.example") == nil {
		t.Error("it is kept as servers take it")
	}
}

// Whether an address is subscribed, waits, left or is a member's shows nowhere.
func TestTheFormTellsNobodyWhoIsKnown(t *testing.T) {
	s := openSubscription(t)
	s.Member(t, "anna")
	s.subscribed(t)
	has(t, s.post("/lettre", form("email", "attend@example.net", "news", "yes")), http.StatusSeeOther)
	var answers []string
	for _, address := range []string{"personne@example.net", "anna@example.org", lena, "attend@example.net"} {
		answer := s.post("/lettre", form("email", address, "news", "yes"))
		answers = append(answers, answer.Result().Status+answer.Header().Get("Location")+answer.Body.String())
	}
	for _, one := range answers {
		if one != answers[0] {
			t.Errorf("%q is not %q", one, answers[0])
		}
	}
}

func TestTheFormIsNotSentWithoutEnd(t *testing.T) {
	s := openSubscription(t)
	codes := map[int]int{}
	for range 7 {
		codes[s.post("/lettre", form("email", lena, "news", "yes")).Code]++
	}
	if codes[http.StatusSeeOther] != 5 || codes[http.StatusTooManyRequests] != 2 {
		t.Errorf("%v", codes)
	}
}

func TestALinkThatIsOldOrForgedConfirmsNobody(t *testing.T) {
	s := openSubscription(t)
	has(t, s.post("/lettre", form("email", lena, "news", "yes")), http.StatusSeeOther)
	ask := s.link(t, "subscription_asked")
	for name, path := range map[string]string{
		"another purpose": strings.Replace(ask, "/confirmer?", "/choix?", 1),
		"no signature":    ask[:strings.Index(ask, "&s=")],
		"forged":          ask + "x",
		"another time":    strings.Replace(ask, "&e=", "&e=1", 1),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code := s.send(s.Tenant, request(method, path, nil)).Code; code != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", name, method, code)
			}
		}
	}
	if code := s.send(s.Neighbour, request(http.MethodPost, ask, nil)).Code; code != http.StatusNotFound {
		t.Errorf("at the neighbours': %d", code)
	}
	elsewhere := request(http.MethodPost, ask, nil)
	elsewhere.Host = "ailleurs.example"
	if code := s.send(s.Tenant, elsewhere).Code; code != http.StatusNotFound {
		t.Errorf("at another host: %d", code)
	}
	s.Clock.Forward(7 * day)
	has(t, s.post(ask, nil), http.StatusNotFound, "Ce lien ne marche plus")
	if s.row(t, lena).Wants(notifications.ForNews) {
		t.Error("confirmed")
	}

	// Asked again, the newer link is the one that works.
	has(t, s.post("/lettre", form("email", lena, "news", "yes")), http.StatusSeeOther)
	has(t, s.post(ask, nil), http.StatusNotFound)
	has(t, s.post(s.link(t, "subscription_asked"), nil), http.StatusSeeOther)
}

func TestOneClickOfTheMailProgramEndsOnePurpose(t *testing.T) {
	s := openSubscription(t)
	s.subscribed(t)
	row := s.row(t, lena)
	stop := notifications.UnsubscribePath(s.Tenant, host, row.ID, notifications.ForNews)
	has(t, s.get(stop), http.StatusOK, "l…@example.net", `method="post"`)
	if !s.row(t, lena).Wants(notifications.ForNews) {
		t.Fatal("a mail scanner unsubscribed")
	}

	for range 2 {
		if answer := s.post(stop, oneClick); answer.Code != http.StatusOK {
			t.Errorf("%d: %s", answer.Code, answer.Body)
		}
	}

	if row := s.row(t, lena); row.Wants(notifications.ForNews) || !row.Wants(notifications.ForOffers) {
		t.Errorf("%+v", row)
	}
	against, err := s.Senders().Against(t.Context(), s.Tenant.ID, lena)
	if err != nil || len(against) != 1 || against[0].Scope != notifications.NewsletterKind {
		t.Errorf("%+v, %v", against, err)
	}
	has(t, s.get(stop), http.StatusOK, "C’est arrêté")
	if err := s.subscriptions.Erase(t.Context(), s.Tenant.ID, row.ID); err != nil {
		t.Fatal(err)
	}
	if answer := s.post(stop, oneClick); answer.Code != http.StatusOK {
		t.Errorf("who is erased already: %d", answer.Code)
	}
}

func TestAnOldLinkOpensNothingButIsSentAgain(t *testing.T) {
	s := openSubscription(t)
	choices, _, _ := strings.Cut(s.subscribed(t), "&dit=")
	s.Clock.Forward(31 * day)

	has(t, s.get(choices), http.StatusOK, "Ce lien a vieilli")
	for _, act := range []string{"", "/donnees", "/effacer"} {
		has(t, s.post(strings.Replace(choices, "/choix?", "/choix"+act+"?", 1), nil), http.StatusOK, "Ce lien a vieilli")
	}
	if row := s.row(t, lena); row == nil || !row.News {
		t.Fatalf("%+v", row)
	}
	for range 2 {
		has(t, s.post(strings.Replace(choices, "/choix?", "/choix/lien?", 1), nil), http.StatusSeeOther)
	}

	has(t, s.get(s.link(t, "subscription_known")), http.StatusOK, "Tes lettres")
}

func TestWhatIsHeldGoesToTheAddressAlone(t *testing.T) {
	s := openSubscription(t)
	choices := s.subscribed(t)

	answer := s.post(strings.Replace(choices, "/choix?", "/choix/donnees?", 1), nil)

	has(t, answer, http.StatusSeeOther)
	hasNot(t, answer, lena)
	text := s.letter(t, "subscription_held")
	for _, want := range []string{lena, "Je veux venir", "par le formulaire", "par le clic dans le message", "192.0.2.1", "2026-11"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

func TestAMemberChoosesAmongThePreferences(t *testing.T) {
	s := openSubscription(t)
	anna := s.Member(t, "anna")
	s.who = anna
	has(t, s.get("/lettre"), http.StatusOK, "/moi/courrier#lettre")
	has(t, s.get("/moi/courrier"), http.StatusOK, `name="news" value="yes">`, `name="offers" value="yes">`)
	wishes := form("news", "yes", "quiet_from", "21", "quiet_to", "8", "digest", "weekly")
	for _, kind := range notifications.Happenings {
		wishes.Set(string(kind), "never")
	}

	has(t, s.post("/moi/courrier", wishes), http.StatusSeeOther)

	has(t, s.get("/moi/courrier"), http.StatusOK, `name="news" value="yes" checked`, `name="offers" value="yes">`)
	if row := s.row(t, "anna@example.org"); row == nil || row.MemberID != anna.Member || !row.Wants(notifications.ForNews) {
		t.Errorf("%+v", row)
	}
	wishes.Del("news")
	s.who = s.Visitor()
	has(t, s.post(notifications.PreferencesPath(s.Tenant, host, anna.Member, s.Clock.Now()), wishes), http.StatusSeeOther)
	if s.row(t, "anna@example.org").News {
		t.Error("by link, the switch does not move")
	}
}

func TestEditorsSeeFiguresAndAdministratorsAddresses(t *testing.T) {
	s := openSubscription(t)
	s.subscribed(t)
	editor, admin := s.Member(t, "soazig", actor.Editor), s.Member(t, "maelle", actor.Admin)

	s.who = editor
	page := s.get("/redaction/abonnes")
	has(t, page, http.StatusOK, "reçoivent la lettre", "/redaction/abonnes/import", "Une personne reçoit aussi les offres")
	hasNot(t, page, lena, "/redaction/abonnes/export")
	has(t, s.get("/redaction/abonnes?adresse="+lena), http.StatusOK)
	hasNot(t, s.get("/redaction/abonnes?adresse="+lena), "lettre et offres")
	has(t, s.post("/redaction/abonnes/export", nil), http.StatusNotFound)

	s.who = admin
	has(t, s.get("/redaction/abonnes"), http.StatusOK, lena, "lettre et offres")
	has(t, s.get("/redaction/abonnes?adresse=Lena@Example.net"), http.StatusOK, lena)
	has(t, s.get("/redaction/abonnes?adresse=l"), http.StatusOK, "Personne n’a cette adresse")
	table := s.post("/redaction/abonnes/export", nil)
	if table.Code != http.StatusOK || !strings.Contains(table.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(table.Body.String(), lena) {
		t.Errorf("%d, %v: %s", table.Code, table.Header(), table.Body)
	}
	has(t, s.get("/redaction/abonnes"), http.StatusOK, "a exporté la liste")

	for _, role := range []actor.Role{actor.Member, actor.Moderator, actor.Partner} {
		s.who = s.Member(t, "who "+string(role), role)
		for _, path := range []string{"/redaction/abonnes", "/redaction/abonnes/import"} {
			has(t, s.get(path), http.StatusNotFound)
		}
		has(t, s.post("/redaction/abonnes/import", nil), http.StatusNotFound)
	}
}

// proof is what an import's form says beside the list.
var proof = []string{"news", "yes", "collected_by", "Soazig", "manner", "sur papier", "wording", "Oui, écrivez-moi.", "vouched", "yes"}

func TestAnImportReportsEachLine(t *testing.T) {
	s := openSubscription(t)
	s.who = s.Member(t, "soazig", actor.Editor)
	has(t, s.get("/redaction/abonnes/import"), http.StatusOK, `name="vouched" value="yes"`, "lignes et 2 Mo")

	refused := s.post("/redaction/abonnes/import", form("table", "marc@example.net,fr,2026-06-14,au marché", "news", "yes"))
	has(t, refused, http.StatusUnprocessableEntity, "Sans garant", "marc@example.net,fr,2026-06-14,au marché")

	table := "adresse;langue;date;origine\nmarc@example.net;fr;14/06/2026;au marché\nmarc@example.net;fr;14/06/2026;au marché\n<b>;fr;14/06/2026;au marché\nyann@example.net;fr;;au marché"
	page := s.post("/redaction/abonnes/import", form(append([]string{"table", table}, proof...)...))
	has(t, page, http.StatusOK, "Une adresse est prise", "3 lignes ne sont pas prises", "deux fois dans la liste", "&lt;b&gt;", "pas de date d’accord")
	if row := s.row(t, "marc@example.net"); row == nil || !row.Wants(notifications.ForNews) {
		t.Errorf("%+v", row)
	}
	has(t, s.get("/redaction/abonnes"), http.StatusOK, "refusées", "Recueilli par Soazig")
}

func TestAFileIsImportedUpToItsLimit(t *testing.T) {
	s := openSubscription(t)
	s.who = s.Member(t, "soazig", actor.Editor)
	upload := func(content string) *httptest.ResponseRecorder {
		t.Helper()
		var body bytes.Buffer
		writer := multipart.NewWriter(&body)
		for n := 0; n < len(proof); n += 2 {
			if err := writer.WriteField(proof[n], proof[n+1]); err != nil {
				t.Fatal(err)
			}
		}
		part, err := writer.CreateFormFile("file", "liste.csv")
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err == nil {
			err = writer.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		sent := httptest.NewRequest(http.MethodPost, "/redaction/abonnes/import", &body)
		sent.Host = host
		sent.Header.Set("Content-Type", writer.FormDataContentType())
		return s.send(s.Tenant, sent)
	}

	has(t, upload("marc@example.net,fr,2026-06-14,au marché\n"), http.StatusOK, "Une adresse est prise")
	has(t, upload(strings.Repeat("x", notifications.MaxListBytes+1)), http.StatusUnprocessableEntity, "2 Mo au plus", `value="Soazig"`)
}
