package membership_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/world"
)

func TestAProfileIsCleanedAndKept(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	anna := w.Member(t, "anna")

	err := members.SaveProfile(t.Context(), anna, membership.Profile{Name: "  Anna   Corre\u0301 ", Place: "Penmarc'h",
		About: "Je surfe.\r\nJe jardine.", Language: "en", Digest: membership.Never})

	if err != nil {
		t.Fatal(err)
	}
	got, err := members.ByID(t.Context(), w.Tenant.ID, anna.Member)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Anna Corré" || got.About != "Je surfe.\nJe jardine." || got.Language != "en" || got.Digest != membership.Never || got.Shown {
		t.Errorf("got %+v", got)
	}
}

func TestABadProfileNamesTheField(t *testing.T) {
	w := world.New(t)
	anna := w.Member(t, "anna")
	good := membership.Profile{Name: "Anna", Language: "fr", Digest: membership.Weekly}
	for field, spoil := range map[string]func(*membership.Profile){
		"name":     func(p *membership.Profile) { p.Name = strings.Repeat("a", 41) },
		"place":    func(p *membership.Profile) { p.Place = "Quimper\u200b" },
		"about":    func(p *membership.Profile) { p.About = strings.Repeat("é", 501) },
		"language": func(p *membership.Profile) { p.Language = "xx" },
		"digest":   func(p *membership.Profile) { p.Digest = "hourly" },
	} {
		bad := good
		spoil(&bad)
		err := w.Members().SaveProfile(t.Context(), anna, bad)
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Name != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestNamesThatTurnOrHideTextAreRefused(t *testing.T) {
	w := world.New(t)
	for _, name := range []string{"A", "", "12345", "An\x00na", "An\u202ena", "An\u200bna", "\ufeffAnna", "An\u2066na", "\xff\xfe\xfd"} {
		_, err := w.Members().Admit(t.Context(), w.Tenant.ID, membership.Newcomer{Email: "a@example.org", Name: name})
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestAnAddressMayBeAMemberOfTwoCommunities(t *testing.T) {
	w := world.New(t)
	here, there := w.Member(t, "anna"), w.MemberOf(t, w.Neighbour, "anna")

	if here.Member == there.Member {
		t.Error("one member in two communities")
	}
	again := w.Member(t, "anna")
	if again.Member != here.Member {
		t.Error("two members with one address")
	}
	people, err := w.Members().People(t.Context(), w.Neighbour.ID, []id.ID{here.Member, there.Member})
	if err != nil || len(people) != 1 {
		t.Errorf("the neighbour names %v, %v", people, err)
	}
}

func TestAClosedAccountNamesNobody(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	anna := w.Member(t, "anna")
	token := w.SignIn(t, anna)
	group := w.Group(t, "surf", anna)
	signedIn(t, w, members, w.Tenant.ID, token)

	if err := members.CloseAccount(t.Context(), anna); err != nil {
		t.Fatal(err)
	}

	if signedIn(t, w, members, w.Tenant.ID, token).IsMember() {
		t.Error("still signed in")
	}
	if _, err := members.ByEmail(t.Context(), w.Tenant.ID, "anna@example.org"); !errors.Is(err, fault.NotFound) {
		t.Errorf("the address is still known: %v", err)
	}
	people, err := members.People(t.Context(), w.Tenant.ID, []id.ID{anna.Member})
	if err != nil || people[anna.Member].Name != membership.FormerNeighbour || !people[anna.Member].Left {
		t.Errorf("got %+v, %v", people, err)
	}
	faces, err := w.Groups().Faces(t.Context(), w.Tenant.ID, group.ID, 10)
	if err != nil || len(faces) != 0 {
		t.Errorf("faces: %v, %v", faces, err)
	}
	if again := w.Member(t, "anna"); again.Member == anna.Member {
		t.Error("coming back revived the closed account")
	}
	if got := members.CloseAccount(t.Context(), anna); !errors.Is(got, fault.NotFound) {
		t.Errorf("closing twice: got %v", got)
	}
}

func TestEachVisitsEveryMemberWhoStayed(t *testing.T) {
	w := world.New(t)
	members := w.Members()
	gone := w.Member(t, "gone")
	w.Member(t, "anna")
	w.Member(t, "brieuc")
	w.MemberOf(t, w.Neighbour, "carine")
	if err := members.CloseAccount(t.Context(), gone); err != nil {
		t.Fatal(err)
	}

	var names []string
	err := members.Each(t.Context(), w.Tenant.ID, func(member membership.Member) error {
		names = append(names, member.Name)
		return nil
	})

	if err != nil || strings.Join(names, " ") != "Anna Brieuc" {
		t.Errorf("got %v, %v", names, err)
	}
}

func TestSlugsAreSpelledForAddresses(t *testing.T) {
	for name, want := range map[string]string{"Pêche à pied": "peche-a-pied", "L'œuf & la poule !": "l-oeuf-la-poule", "日本": ""} {
		if got := membership.Slug(name); got != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
