package community_test

import (
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/world"
)

func TestANameIsTheirsWhomItFitsAlone(t *testing.T) {
	person := func(n int, name string) membership.Person { return membership.Person{ID: id.ID(n), Name: name} }
	known := community.Acquainted{
		TookPart: []membership.Person{person(1, "Léa"), person(2, "Amine H."), person(3, "Anna L.")},
		InGroup: []membership.Person{person(4, "Anna M."), person(5, "Jean-Yves"), person(6, "Yann K."), person(7, "Yann P."), person(8, "Marie Le Goff"),
			person(9, "Gwen"), person(10, "Per"), person(11, "Soizic")},
	}
	for text, want := range map[string]string{
		"Merci @Léa !":                             "Léa",
		"merci @lea":                               "lea",
		"@Amine tu viens ?":                        "Amine",
		"@Amine H. tu viens ?":                     "Amine H.",
		"Demande à @Léa.":                          "Léa",
		"@Anna est du quartier":                    "Anna", // who took part before who did not
		"@Anna M. est du groupe":                   "Anna M.",
		"@Yann est deux":                           "",
		"@Yann P. est un seul":                     "Yann P.",
		"@Jean-Yves, @Marie Le Goff et @Jean-Yves": "Jean-Yves|Marie Le Goff",
		"@Marie":                                        "Marie",
		"lea@example.org ou (@Gwen)":                    "Gwen",
		"@Personne, @ Léa, @, @@, @123":                 "",
		"@Léa @Amine @Jean-Yves @Gwen @Per @Soizic":     "Léa|Amine|Jean-Yves|Gwen|Per",
		"@Léana n'est pas Léa":                          "",
		"@Per’ @Per-":                                   "Per",
		strings.Repeat("@Yann ", 50) + "@Gwen":          "Gwen",
		"@" + strings.Repeat("a", 3000) + " et @Soizic": "Soizic",
	} {
		var said []string
		for _, one := range known.Name(text) {
			said = append(said, one.Said)
		}
		if got := strings.Join(said, "|"); got != want {
			t.Errorf("%.60q names %q, want %q", text, got, want)
		}
	}
}

func FuzzPartsLoseNothing(f *testing.F) {
	for _, text := range []string{"Merci @Anna et @Anna L. !", "@Annabelle @Anna", "x@Anna @Anna", "@", "é@Anna", "\xff@Anna"} {
		f.Add(text)
	}
	named := []community.Mention{{MemberID: 1, Said: "Anna"}, {MemberID: 2, Said: "Anna L."}}
	f.Fuzz(func(t *testing.T, text string) {
		var all strings.Builder
		for _, part := range community.Parts(text, named) {
			all.WriteString(part.Text)
			if part.Member != 0 && part.Text != "@Anna" && part.Text != "@Anna L." {
				t.Errorf("%q is taken for a name", part.Text)
			}
		}
		if all.String() != text {
			t.Errorf("%q becomes %q", text, all.String())
		}
	})
}

// Who has not shown among a group's members, nor took part, cannot be found by
// their name: it would tell that they are there.
func TestOnlyAcquaintancesAreNamed(t *testing.T) {
	w := world.New(t)
	posts := w.Posts(t)
	anna, bob, zoe, hidden := w.Member(t, "anna", actor.Ambassador), w.Member(t, "bob", actor.Ambassador), w.Member(t, "zoe"), w.Member(t, "gwen")
	if err := w.Members().SaveProfile(t.Context(), hidden, membership.Profile{Name: "Gwen", Language: "fr", Digest: membership.Weekly}); err != nil {
		t.Fatal(err)
	}
	w.Member(t, "outsider")
	group := w.Group(t, "nage", anna, zoe, hidden)
	tip := w.Tip(t, anna, "Le bain de sept heures", func(draft *community.Draft) {
		draft.Group, draft.Text = group.ID, "On y va avec @Zoe et @Gwen, sans @Outsider. Prends un bonnet."
	})
	names := func(reply id.ID) string {
		t.Helper()
		all, err := posts.Mentions(t.Context(), w.Tenant.ID, tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, one := range all[reply] {
			said = append(said, one.Said)
		}
		return strings.Join(said, "|")
	}
	if got := names(0); got != "Zoe" {
		t.Errorf("the piece names %q", got)
	}

	// Bob is not in the group: he knows who took part.
	reply, err := posts.Reply(t.Context(), bob, tip.ID, "@Anna et @Zoe, j'arrive.")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(reply.ID); got != "Anna" {
		t.Errorf("the reply names %q", got)
	}
	if _, _, err := posts.EditComment(t.Context(), bob, reply.ID, "J'arrive avec @Bob."); err != nil {
		t.Fatal(err)
	}
	if got := names(reply.ID); got != "" {
		t.Errorf("edited, it names %q", got)
	}
}
