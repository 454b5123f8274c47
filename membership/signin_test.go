package membership_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/world"
)

// lastMail reads what the latest sign-in letter was told.
func lastMail(t *testing.T, w *world.World) membership.SignInRequested {
	t.Helper()
	row := &outbox.Row{}
	err := w.DB.Read(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(row).Where("fact = ?", "sign_in.requested").Order("id DESC").Limit(1).Scan(ctx)
	})
	if err != nil {
		t.Fatalf("no sign-in letter: %v", err)
	}
	var mail membership.SignInRequested
	if err := json.Unmarshal(row.Payload, &mail); err != nil {
		t.Fatal(err)
	}
	return mail
}

func ask(t *testing.T, w *world.World, members *membership.Service, ask membership.Ask) string {
	t.Helper()
	browser, err := members.RequestSignIn(t.Context(), w.Visitor(), ask)
	if err != nil {
		t.Fatalf("ask for a sign-in: %v", err)
	}
	return browser
}

var maud = membership.Ask{Joining: true, Email: " Maud@Example.org ", Name: "Maud  Le Gall", OfAge: true, Terms: true, Next: "/groupes"}

func TestANewcomerJoinsByTheMailedCode(t *testing.T) {
	w := world.New(t)
	members := w.Members()

	browser := ask(t, w, members, maud)
	mail := lastMail(t, w)
	done, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, mail.Code[:3]+" "+mail.Code[3:], "Firefox")

	if err != nil {
		t.Fatal(err)
	}
	if !done.Joined || done.Next != "/groupes" {
		t.Errorf("got %+v", done)
	}
	who, err := members.Actor(t.Context(), w.Tenant.ID, done.Token)
	if err != nil || who.Name != "Maud Le Gall" || !who.Has(actor.Member) {
		t.Errorf("the cookie stands for %+v, %v", who, err)
	}
	data, err := members.Takeout(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	if data.Member.Email != "maud@example.org" || data.Member.Shown || len(data.Consents) != 2 || data.Consents[0].Version != membership.Terms {
		t.Errorf("got %+v", data)
	}
}

func TestALinkSignsInOnce(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")
	ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	mail := lastMail(t, w)

	for range 3 {
		if _, err := members.Linked(t.Context(), w.Tenant.ID, mail.Token); err != nil {
			t.Fatalf("a scanner's look used the link up: %v", err)
		}
	}
	done, err := members.SignInByLink(t.Context(), w.Tenant.ID, mail.Token, "phone")
	if err != nil || done.Joined || done.Name != "Anna" {
		t.Fatalf("got %+v, %v", done, err)
	}
	if _, err := members.SignInByLink(t.Context(), w.Tenant.ID, mail.Token, "phone"); !errors.Is(err, fault.NotFound) {
		t.Errorf("a second use: got %v", err)
	}
}

func TestALinkAndItsCodeExpire(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")
	browser := ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	mail := lastMail(t, w)

	w.Clock.Forward(membership.SignInLasts)

	if _, err := members.SignInByLink(t.Context(), w.Tenant.ID, mail.Token, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("link: got %v", err)
	}
	if _, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, mail.Code, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("code: got %v", err)
	}
}

func TestALinkIsBoundToItsCommunity(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")
	w.MemberOf(t, w.Neighbour, "anna")
	browser := ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	mail := lastMail(t, w)

	if _, err := members.SignInByLink(t.Context(), w.Neighbour.ID, mail.Token, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("link: got %v", err)
	}
	if _, err := members.SignInByCode(t.Context(), w.Neighbour.ID, browser, mail.Code, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("code: got %v", err)
	}
}

func TestFiveWrongCodesEndTheRequest(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")
	browser := ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	code := lastMail(t, w).Code
	wrong := "000000"
	if code == wrong {
		wrong = "111111"
	}

	for n := range 4 {
		_, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, wrong, "")
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || invalid.Fields[0].Args["left"] != 4-n {
			t.Fatalf("try %d: got %v", n+1, err)
		}
	}
	if _, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, wrong, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("the fifth: got %v", err)
	}
	if _, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, code, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("the right code after five wrong ones: got %v", err)
	}
}

func TestACodeWorksOnlyInTheBrowserThatAsked(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")
	ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	code := lastMail(t, w).Code

	if _, err := members.SignInByCode(t.Context(), w.Tenant.ID, strings.Repeat("0", 32), code, ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownAddressIsAnsweredAlikeAndInvited(t *testing.T) {
	w := world.New(t)
	members := w.Members()

	browser := ask(t, w, members, membership.Ask{Email: "nobody@example.org"})

	mail := lastMail(t, w)
	if mail.Known || mail.Token != "" || mail.Code != "" || mail.Path != "/inscription" {
		t.Errorf("the letter was told %+v", mail)
	}
	if _, err := members.AskedHere(t.Context(), w.Tenant.ID, browser); err != nil {
		t.Errorf("the code's page is missing: %v", err)
	}
	var invalid *fault.Invalid
	if _, err := members.SignInByCode(t.Context(), w.Tenant.ID, browser, "123456", ""); err != nil && !errors.As(err, &invalid) {
		t.Errorf("got %v", err)
	}
}

func TestJoiningWithAKnownAddressSignsInAndChangesNothing(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	anna := w.Member(t, "anna")
	ask(t, w, members, membership.Ask{Joining: true, Email: "anna@example.org", Name: "Mallory", OfAge: true, Terms: true})
	mail := lastMail(t, w)

	done, err := members.SignInByLink(t.Context(), w.Tenant.ID, mail.Token, "")

	if err != nil || done.Joined || done.Name != "Anna" || mail.Name != "Anna" {
		t.Fatalf("got %+v, %v; mail to %s", done, err, mail.Name)
	}
	who, _ := members.Actor(t.Context(), w.Tenant.ID, done.Token)
	if who.Member != anna.Member {
		t.Errorf("signed in as %s", who.Name)
	}
}

func TestASixthMailInAnHourIsRefused(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	for range 5 {
		ask(t, w, members, membership.Ask{Email: "anna@example.org"})
	}

	_, err := members.RequestSignIn(t.Context(), w.Visitor(), membership.Ask{Email: "anna@example.org"})

	if !errors.Is(err, fault.TooMany) {
		t.Fatalf("got %v", err)
	}
	w.Clock.Forward(time.Hour)
	ask(t, w, members, membership.Ask{Email: "anna@example.org"})
}

func TestABadSignUpNamesEachField(t *testing.T) {
	w := world.New(t)
	for name, bad := range map[string]membership.Ask{
		"email":  {Joining: true, Email: "anna@", Name: "Anna", OfAge: true, Terms: true},
		"name":   {Joining: true, Email: "anna@example.org", Name: "A\u202enna", OfAge: true, Terms: true},
		"of_age": {Joining: true, Email: "anna@example.org", Name: "Anna", Terms: true},
		"terms":  {Joining: true, Email: "anna@example.org", Name: "Anna", OfAge: true},
	} {
		_, err := w.Members().RequestSignIn(t.Context(), w.Visitor(), bad)
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Name != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAOneTimeLinkIsForMembersOnly(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	w.Member(t, "anna")

	path, err := members.OneTimeLink(t.Context(), w.Tenant.ID, "Anna@example.org")
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(path, "/connexion/lien/")
	if _, err := members.SignInByLink(t.Context(), w.Tenant.ID, token, ""); err != nil {
		t.Error(err)
	}
	if _, err := members.OneTimeLink(t.Context(), w.Tenant.ID, "nobody@example.org"); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}
