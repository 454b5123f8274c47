package web_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/kumun/kumun/web/dev/payment"
	"github.com/kumun/kumun/web/partner"
	"github.com/kumun/kumun/web/site/listings"
	"github.com/kumun/kumun/world"
)

// partnerSite is the partners' side and the directory.
type partnerSite struct {
	*site
	till *world.Till
}

func openPartner(t *testing.T) *partnerSite {
	t.Helper()
	s := &partnerSite{site: open(t)}
	s.till = s.Till(t)
	partner.Mount(s.routes, s.till.Service, s.Members())
	listings.Mount(s.routes, s.till.Service)
	payment.Mount(s.routes, s.till.Standin)
	return s
}

// press sends a form and returns where the browser goes next.
func (s *partnerSite) press(t *testing.T, path string, values url.Values) string {
	t.Helper()
	answer := s.post(path, values)
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("POST %s: %d\n%s", path, answer.Code, text(answer))
	}
	next, err := url.Parse(answer.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return next.RequestURI()
}

var tags = regexp.MustCompile(`<[^>]*>`)

func text(answer *httptest.ResponseRecorder) string {
	_, main, _ := strings.Cut(answer.Body.String(), "<main")
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(main, " "))), " ")
}

func says(t *testing.T, answer *httptest.ResponseRecorder, status int, wanted ...string) {
	t.Helper()
	if answer.Code != status {
		t.Errorf("status %d, want %d", answer.Code, status)
	}
	for _, want := range wanted {
		if !strings.Contains(text(answer), want) {
			t.Errorf("the page does not say %q:\n%s", want, text(answer))
		}
	}
}

func sheet() url.Values {
	return url.Values{"name": {"Crêperie de Kerlavandoù"}, "trade": {"crêperie"}, "owner_name": {"Enora B."},
		"text":    {"Dix-huit places, deux billigs et une règle : la galette part quand elle est prête."},
		"commune": {"Quimper"}, "place": {"Locmaria"}, "phone": {"02 61 91 10 29"}, "language": {"fr", "br"},
		"hours_2": {"12 h - 14 h, 19 h à 21 h 30"}, "prices": {"Galette complète : 9,50"}, "closed": {"11/01 - 29/01 : on refait le sol"},
		"legal_name": {"Crêperie Enora"}, "address": {"29000 Quimper"}}
}

func TestAPartnerWritesPaysAndIsShown(t *testing.T) {
	t.Parallel()
	s := openPartner(t)
	s.who = s.Member(t, "enora")

	page := s.press(t, "/partenaires/nouvelle", sheet())
	says(t, s.get(page), 200, "Ta fiche est écrite.", "Choisir une formule")
	listing, _, _ := strings.Cut(page, "?")
	says(t, s.get(listing+"/formule"), 200, "19 €", "Commander avec obligation de paiement", "toutes taxes comprises")
	till := s.press(t, listing+"/formule", url.Values{"plan": {"adresse"}})
	says(t, s.get(till), 200, "aucun vrai paiement")
	back := s.press(t, till, url.Values{"issue": {"payer"}})
	says(t, s.get(back), 200, "ta fiche est en ligne")
	says(t, s.get(listing), 200, "Ta fiche est en ligne.", "19 €", "Arrêter")

	s.who = s.Visitor()
	says(t, s.get("/adresses"), 200, "Sponsorisé", "Crêperie de Kerlavandoù", "Enora B.")
	address := "/adresses/" + strings.TrimPrefix(listing, "/partenaires/fiches/")
	says(t, s.get(address), 200, "Sponsorisé", "par Enora B.", "mardi 12 h à 14 h, 19 h à 21 h 30", "Galette complète", "9,50 €",
		"Ouvre à 12 h", "Fermé du 11 janvier au 29 janvier")
}

func TestARefusedSheetKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := openPartner(t)
	s.who = s.Member(t, "enora")
	typed := sheet()
	typed.Set("hours_3", "vers midi")
	typed.Set("phone", "")
	typed.Set("registration", "000 000 019")
	typed.Set("text", "<script>alert(1)</script> trop court")

	answer := s.post("/partenaires/nouvelle", typed)

	says(t, answer, http.StatusUnprocessableEntity, "On n’a pas compris ces heures", "il faut bien te joindre", "ne tombe pas juste")
	for _, kept := range []string{`value="vers midi"`, `value="000 000 019"`, "&lt;script&gt;"} {
		if !strings.Contains(answer.Body.String(), kept) {
			t.Errorf("%s is lost", kept)
		}
	}
}

func TestAnEditedSheetReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	s := openPartner(t)
	s.who = s.Member(t, "enora")
	page := s.press(t, "/partenaires/nouvelle", sheet())
	listing, _, _ := strings.Cut(page, "?")

	form := s.get(listing + "/modifier").Body.String()

	for _, kept := range []string{`value="12:00-14:00, 19:00-21:30"`, "Galette complète : 9,50", "11/01 - 29/01 : on refait le sol"} {
		if !strings.Contains(html.UnescapeString(form), kept) {
			t.Errorf("the form lost %s", kept)
		}
	}
	changed := sheet()
	changed.Set("name", "Crêperie du Bas")
	says(t, s.get(s.press(t, listing+"/modifier", changed)), 200, "Crêperie du Bas")
}

func TestARefusedPaymentIsSaidAndCanBeMended(t *testing.T) {
	t.Parallel()
	s := openPartner(t)
	s.who = s.Member(t, "enora")
	listing := s.till.PaidListing(t, s.who, "Crêperie de Kerlavandoù")
	page := "/partenaires/fiches/" + listing.ID.String()

	portal := s.press(t, page+"/moyen-de-paiement", nil)
	s.press(t, portal, url.Values{"issue": {"refuser"}})
	says(t, s.get(page), 200, "Le paiement n’est pas passé.")
	if answer := s.get(listing.Path()); answer.Code != 404 {
		t.Errorf("an unpaid listing answers %d", answer.Code)
	}
	s.press(t, portal, url.Values{"issue": {"payer"}})

	says(t, s.get(page), 200, "Ta fiche est en ligne.")
	s.press(t, page+"/arreter", nil)
	says(t, s.get(page), 200, "jusqu’au bout du mois payé", "Reprendre")
	s.press(t, page+"/reprendre", nil)
	says(t, s.get(page), 200, "Ta fiche est en ligne.", "Arrêter")
}

func TestOthersAndNeighboursFindNothing(t *testing.T) {
	t.Parallel()
	s := openPartner(t)
	enora := s.Member(t, "enora")
	listing := s.till.PaidListing(t, enora, "Crêperie de Kerlavandoù")
	malo, stranger := s.Member(t, "malo"), s.MemberOf(t, s.Neighbour, "stranger")

	for _, route := range s.routes.Table() {
		if !strings.Contains(route.Path, ":id") || strings.HasPrefix(route.Path, "/adresses") {
			continue
		}
		path := strings.Replace(route.Path, ":id", listing.ID.String(), 1)
		if s.who = malo; s.send(s.Tenant, request(route.Method, path, sheet())).Code != 404 {
			t.Errorf("another member gets %s %s", route.Method, path)
		}
		if s.who = s.Visitor(); s.send(s.Tenant, request(route.Method, path, sheet())).Code != 303 {
			t.Errorf("a visitor is not sent to sign in from %s %s", route.Method, path)
		}
		if s.who = stranger; s.send(s.Neighbour, request(route.Method, path, sheet())).Code != 404 {
			t.Errorf("the neighbour gets %s %s", route.Method, path)
		}
	}
	if code := s.send(s.Neighbour, request(http.MethodGet, listing.Path(), nil)).Code; code != 404 {
		t.Errorf("the neighbour's site shows the listing: %d", code)
	}
}

func TestTheLandingSaysWhatItCosts(t *testing.T) {
	t.Parallel()
	s := openPartner(t)

	says(t, s.get("/partenaires"), 200, "19 €", "49 €", "99 €", "par mois", "toutes taxes comprises", "Ce qu’on ne sait pas")
}
