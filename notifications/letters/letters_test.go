package letters_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
)

func sender(language string) letters.Sender {
	tenant := &tenants.Tenant{Slug: "villeray", Name: "Villeray", Settings: tenants.Settings{Look: look.Villeray, Language: "fr", Address: "tu"}}
	tenant.Settings.Legal.Publisher = "L'asso"
	return letters.For(tenant, language, "https://villeray.example")
}

func all(s letters.Sender) []letters.Letter {
	code := letters.SignIn{Name: "Zoé & Cie", Code: "012345", URL: "/connexion/lien/abc?d=e&f=g", Lasts: 15 * time.Minute}
	about := letters.Listing{Owner: "Yann", Name: "La Billig <Bleue>", Path: "/adresses/1"}
	find := letters.Find{Kicker: "Bon plan, Tréboul", Title: "Le bain & le café", Line: "par Anna", URL: "https://villeray.example/bons-plans/1"}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	question := letters.Question{Title: "Le bain & le café", URL: "https://villeray.example/bons-plans/1", Line: "Vérifié il y a longtemps",
		Yes: letters.Button{Label: "Toujours vrai", URL: "https://villeray.example/encore-vrai?p=1&r=oui"}, No: letters.Button{Label: "Plus vrai", URL: "https://villeray.example/encore-vrai?p=1&r=non"}}
	company := letters.InGroup{Group: "Thé & <chant>", Name: "Zoé", Title: "Le bain & le café", Words: "Bienvenue :\nun mot.", Path: "/groupes/1"}
	var ofGroups []letters.Letter
	for _, kind := range []string{"requested", "accepted", "declined", "joined", "invited", "offered", "handed", "blocked", "hid", "greeted", "welcomed"} {
		ofGroups = append(ofGroups, letters.OfGroup(s, kind, company))
	}
	return append(ofGroups, []letters.Letter{
		letters.StillTrue(s, "Zoé", letters.Questions{question, question}), letters.Doubted(s, "Zoé", question),
		letters.Nudge(s, "Zoé", "", "https://villeray.example/relances/arreter?m=1"), letters.Nudge(s, "Zoé", "Ton coin quand il pleut ?", "https://villeray.example/relances/arreter?m=1"),
		letters.DeadLinks(s, "Zoé", []letters.DeadLink{{"Le bain & le café", "https://bain.example/ferme", "24 novembre 2026", "https://villeray.example/publications/1/modifier"},
			{"Le bain & le café", "https://bain.example/?a=1&b=2", "24 novembre 2026", "https://villeray.example/publications/1/modifier"},
			{"La Billig <Bleue>", "https://billig.example", "24 novembre 2026", "https://villeray.example/partenaires/fiches/1/modifier"}}),
		letters.SignInCode(s, code), letters.JoinCode(s, code), letters.Unknown(s, "/inscription"), letters.StaffLink(s, "/operator/connexion/x"),
		letters.Welcome(s, "Zoé"), letters.ListingLive(s, about), letters.PaymentFailed(s, about), letters.SubscriptionEnded(s, about),
		letters.Formal(s, "decision_author", "On l'a masqué", []string{"Bonjour", "Voici pourquoi :\nla règle 2"}, letters.Button{Label: "Voir", URL: "/bons-plans/1"}),
		letters.Weekly(s, letters.Digest{Name: "Zoé", Number: 47, Monday: monday, Sunday: monday.AddDate(0, 0, 6), Since: monday,
			Finds: []letters.Find{find, find}, Sponsored: &find, StopURL: "https://villeray.example/lettre/arreter?m=1&s=2", MyURL: "https://villeray.example/moi"}),
	}...)
}

var (
	tags  = regexp.MustCompile(`(?s)<style.*?</style>|<title.*?</title>|<[^>]+>`)
	hrefs = regexp.MustCompile(`href="([^"]+)"`)
	space = regexp.MustCompile(`[\s:>]+`)
)

func TestTextAndHTMLSayTheSame(t *testing.T) {
	for _, language := range words.Languages {
		s := sender(language)
		for _, letter := range all(s) {
			t.Run(language+"/"+letter.Kind, func(t *testing.T) {
				source, err := s.HTML(letter)
				if err != nil {
					t.Fatal(err)
				}
				text := s.Text(letter)
				shown := space.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(source, " ")), " ")
				for line := range strings.Lines(text) {
					for _, part := range strings.Split(strings.TrimSpace(line), " : ") {
						part = space.ReplaceAllString(strings.Trim(part, "[]>- ()"), " ")
						isLink := strings.Contains(part, "https //")
						if !isLink && !strings.Contains(shown, strings.TrimSpace(part)) {
							t.Errorf("the HTML lacks %q", part)
						}
					}
				}
				for _, found := range hrefs.FindAllStringSubmatch(source, -1) {
					link := html.UnescapeString(found[1])
					if link != "https://villeray.example/" && !strings.Contains(text, link) {
						t.Errorf("the text lacks %s", link)
					}
				}
				if said := letter.Subject + text; strings.Contains(said, "[letters.") || letter.Subject == "" {
					t.Errorf("words are missing:\n%s\n%s", letter.Subject, text)
				}
			})
		}
	}
}

func TestLettersEscapeWhatPeopleWrote(t *testing.T) {
	s := sender("fr")
	source, err := s.HTML(letters.Welcome(s, `<img src=x onerror="alert(1)">`))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(source, "<img src=x") {
		t.Error("a name became markup")
	}
}
