package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/internal/work"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/operator"
)

// none are the figures of communities that have none.
type none struct{}

func (none) Members(context.Context) (map[id.ID]int, error)    { return nil, nil }
func (none) Pieces(context.Context) (map[id.ID]int, error)     { return nil, nil }
func (none) Waiting(context.Context) (map[id.ID]int, error)    { return nil, nil }
func (none) Views(context.Context, int) (map[id.ID]int, error) { return nil, nil }

// operatorsPost is the console of an operator who looks at Cornouaille's mail.
func operatorsPost(t *testing.T) (*site, *notifications.Senders, *services.Names) {
	t.Helper()
	s, console, dns := operators(t)
	return s, console.Senders, dns
}

// operators is the console, with somebody of the operator's before it.
func operators(t *testing.T) (*site, *operator.Console, *services.Names) {
	t.Helper()
	s := open(t)
	dns, letters := services.DNS(t), s.letters()
	letters.Senders.Resolver = dns.Resolver
	console := &operator.Console{Tenants: s.Tenants, Figures: none{}, Letters: letters, Senders: letters.Senders,
		Work: &jobs.Overseer{DB: s.DB, Clock: s.Clock}, Workshop: &work.Workshop{DB: s.DB, Outbox: s.Outbox},
		Digest:  &notifications.Digest{Letters: letters, Members: s.Members(), Groups: s.Groups(), Posts: s.Posts(t)},
		Address: func(tenant *tenants.Tenant) string { return "http://" + tenant.Slug + ".kumun.test" }}
	console.Mount(s.routes)
	s.who = actor.Actor{Member: 7, Name: "operator@kumun.test", Roles: []actor.Role{operator.Role}}
	return s, console, dns
}

const mailPath = "/operator/communautes/cornouaille/courrier"

func TestTheOperatorIsToldWhatToPublishAndThatIsEnough(t *testing.T) {
	s, senders, dns := operatorsPost(t)
	form := url.Values{"from": {"bonjour@cornouaille.test"}, "bulk": {"lettre@lettre.cornouaille.test"}, "quota": {"100"}}
	if answer := s.post(mailPath, form); answer.Code != http.StatusSeeOther {
		t.Fatalf("%d:\n%s", answer.Code, answer.Body)
	}
	if answer := s.post(mailPath+"/verifier", nil); answer.Code != http.StatusSeeOther {
		t.Fatalf("%d", answer.Code)
	}
	sender, err := senders.Find(t.Context(), s.Tenant.ID)
	if err != nil || len(sender.Findings) != 4 || sender.Passes() {
		t.Fatalf("%+v, %v", sender, err)
	}

	page := s.get(mailPath).Body.String()
	for _, want := range []string{"<code>_dmarc.cornouaille.test</code>", "<code>v=DMARC1; p=none</code>", "<code>v=spf1 include:kumun.test ~all</code>",
		"_domainkey.cornouaille.test</code>", "Il n’y a pas encore d’enregistrement SPF.", "à compléter"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, finding := range sender.Findings {
		dns.Publish(finding.Name, finding.Value)
	}
	s.post(mailPath+"/verifier", nil)
	if page := s.get(mailPath).Body.String(); !strings.Contains(page, "en règle") || strings.Contains(page, "à corriger") || !strings.Contains(page, "Les lettres partent de bonjour@cornouaille.test") {
		t.Error("done as told, and it does not say so")
	}
}

func TestWhatTheOperatorTypedStaysBesideWhatIsWrong(t *testing.T) {
	s, _, _ := operatorsPost(t)

	answer := s.post(mailPath, url.Values{"name": {"L'asso"}, "from": {"bonjour@cornouaille.test"}, "bulk": {"lettre@ailleurs.test"}, "server": {"gopher://x"}, "quota": {"beaucoup"}})

	page := answer.Body.String()
	if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(page, `value="lettre@ailleurs.test"`) || !strings.Contains(page, `value="beaucoup"`) ||
		!strings.Contains(page, "sur le même domaine") || !strings.Contains(page, "Un nombre entier") || !strings.Contains(page, "adresse de serveur") {
		t.Errorf("%d", answer.Code)
	}
}

func TestAPasswordIsNotShownAgain(t *testing.T) {
	s, _, _ := operatorsPost(t)
	s.post(mailPath, url.Values{"from": {"bonjour@cornouaille.test"}, "server": {"smtp://asso:maree-haute@smtp.cornouaille.test:587"}, "quota": {"100"}})

	if page := s.get(mailPath).Body.String(); strings.Contains(page, "maree") || !strings.Contains(page, "smtp://asso:xxxxx@smtp.cornouaille.test:587") {
		t.Error("the page shows a password, or no server")
	}
}

func TestTheOperatorPausesResumesAndFreesAnAddress(t *testing.T) {
	s, senders, _ := operatorsPost(t)
	if answer := s.post(mailPath+"/pause", url.Values{"reason": {""}}); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("paused without a reason: %d", answer.Code)
	}
	s.post(mailPath+"/pause", url.Values{"reason": {"La liste vient d’ailleurs."}})
	if page := s.get(mailPath).Body.String(); !strings.Contains(page, "Les envois groupés sont en pause.") || !strings.Contains(page, "La liste vient d’ailleurs.") {
		t.Error("the page does not say that it is paused, nor why")
	}
	s.post(mailPath+"/reprendre", url.Values{"reason": {"On a retiré la liste."}})
	if page := s.get(mailPath).Body.String(); strings.Contains(page, "Les envois groupés sont en pause.") || !strings.Contains(page, "On a retiré la liste.") {
		t.Error("the page does not say that it goes on, nor why")
	}

	look := func() string {
		answer := s.post(mailPath+"/adresse", url.Values{"address": {"anna@example.org"}})
		if answer.Code != http.StatusOK {
			t.Errorf("%d", answer.Code)
		}
		return answer.Body.String()
	}
	if !strings.Contains(look(), "Rien n’empêche") {
		t.Error("an address that is free is not said to be")
	}
	if err := senders.Refuse(t.Context(), s.Tenant.ID, "anna@example.org", "", notifications.Bounce); err != nil {
		t.Fatal(err)
	}
	if page := look(); !strings.Contains(page, "Sa boîte a refusé nos lettres.") || !strings.Contains(page, "Réessayer cette adresse") {
		t.Error("nothing says why")
	}
	s.post(mailPath+"/adresse/liberer", url.Values{"address": {"anna@example.org"}})
	if !strings.Contains(look(), "Rien n’empêche") {
		t.Error("it is not free again")
	}
	if answer := s.post(mailPath+"/adresse/liberer", url.Values{"address": {"anna"}}); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d for no address", answer.Code)
	}
}
