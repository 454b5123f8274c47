package letters_test

import (
	"html"
	"os"
	"path/filepath"
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
	event := letters.Event{Title: "La grande marée", When: "Jeudi 26 novembre, 7 h", Where: "Cale de Tréboul", URL: "https://villeray.example/agenda/1",
		CalendarURL: "https://villeray.example/agenda/1/calendrier.ics", BackURL: "https://villeray.example/jy-vais/rendre?p=1"}
	asked := letters.Asked{Name: "Zoé", Title: "Où réparer un vélo ?", URL: "https://villeray.example/questions/1", Text: "Le mien grince.\nEt il freine mal.", PassURL: "https://villeray.example/pas-moi?q=1&s=2"}
	company := letters.InGroup{Group: "Thé & <chant>", Name: "Zoé", Title: "Le bain & le café", Words: "Bienvenue :\nun mot.", Path: "/groupes/1"}
	var ofGroups []letters.Letter
	for _, kind := range []string{"requested", "accepted", "declined", "joined", "invited", "offered", "handed", "blocked", "hid", "greeted", "welcomed"} {
		ofGroups = append(ofGroups, letters.OfGroup(s, kind, company))
	}
	held := letters.Held{Email: "zoe@example.org", Language: "fr", Entrance: "venir", Member: true, Asked: monday, Confirmed: monday, Consents: []letters.HeldConsent{
		{Purpose: "news", Way: "import", Wording: "Oui, <écrivez>-moi", Source: "Au marché & au port", Given: true, At: monday},
		{Purpose: "offers", Way: "one-click", Wording: "2026-11", IP: "192.0.2.1", At: monday}}}
	prose := letters.NewProse(`<p>Bonjour <strong>Zoé</strong> et merci <a href="/agenda">l’agenda</a> est là.</p><h2>Deux idées</h2><ul><li>le bain</li><li>la <em>soupe</em></li></ul><blockquote><p>À jeudi &amp; merci</p></blockquote>`,
		func(path string) string { return "https://villeray.example" + path })
	written := letters.Newsletter{Number: 3, On: monday, Subject: "Ce que novembre garde", Preview: "Deux idées",
		Blocks: []letters.Block{prose, letters.Heading("À lire"), letters.Lead{Find: find, Action: "Lire la suite"}, letters.Finds{find}, letters.Sponsored{Find: find, Label: "Sponsorisé"}}}
	news := letters.OfEditors(s, written).ClosedBy(s, letters.NewsletterClosing{Purpose: "news", ChooseURL: "https://villeray.example/lettre/choix?a=1",
		StopURL: "https://villeray.example/lettre/desabonnement?a=1", OnlineURL: "https://villeray.example/lettres/3"})
	written.Offers, written.Conditions = true, "Jusqu’au 31 décembre."
	offers := letters.OfEditors(s, written).ClosedBy(s, letters.NewsletterClosing{Purpose: "offers", ChooseURL: "https://villeray.example/lettre/choix?a=1",
		StopURL: "https://villeray.example/lettre/desabonnement?a=1"})
	return append(ofGroups, []letters.Letter{
		news, offers, news.Tried(s),
		letters.SubscriptionAsked(s, letters.Subscribed{News: true, Offers: true}, "https://villeray.example/lettre/confirmer?a=1&s=2"),
		letters.SubscriptionKnown(s, "https://villeray.example/lettre/choix?a=1&s=2"), letters.SubscriptionHeld(s, held, "https://villeray.example/lettre/choix?a=1&s=2"),
		letters.GoingAsked(s, event, "https://villeray.example/jy-vais?p=1"), letters.PlaceFreed(s, event), letters.EventMoved(s, event), letters.EventCancelled(s, event),
		letters.QuestionFor(s, asked), letters.QuestionWaits(s, asked), letters.Trial(s),
		letters.OfSearches(s, "Zoé", []letters.SearchNews{{Query: "crêperie", Finds: []letters.Find{find}, URL: "https://villeray.example/chercher?q=c", StopURL: "https://villeray.example/chercher/arreter?r=1"}}, "https://villeray.example/chercher/arreter?m=1"),
		letters.Complaints(s, letters.Flow{Community: "Villeray", Sent: 1200, Complaints: 2, Path: "/operator/communautes/villeray/courrier"}),
		letters.Complaints(s, letters.Flow{Community: "Villeray", Paused: true, Sent: 1200, Complaints: 5, Path: "/operator/communautes/villeray/courrier"}),
		letters.StillTrue(s, "Zoé", letters.Questions{question, question}), letters.Doubted(s, "Zoé", question),
		letters.Nudge(s, "Zoé", "", "https://villeray.example/relances/arreter?m=1"), letters.Nudge(s, "Zoé", "Ton coin quand il pleut ?", "https://villeray.example/relances/arreter?m=1"),
		letters.DeadLinks(s, "Zoé", []letters.DeadLink{{"Le bain & le café", "https://bain.example/ferme", "24 novembre 2026", "https://villeray.example/publications/1/modifier"},
			{"Le bain & le café", "https://bain.example/?a=1&b=2", "24 novembre 2026", "https://villeray.example/publications/1/modifier"},
			{"La Billig <Bleue>", "https://billig.example", "24 novembre 2026", "https://villeray.example/partenaires/fiches/1/modifier"}}),
		letters.SignInCode(s, code), letters.JoinCode(s, code), letters.Unknown(s, "/inscription"), letters.StaffLink(s, "/operator/connexion/x"),
		letters.Welcome(s, "Zoé"), letters.ListingLive(s, about), letters.PaymentFailed(s, about), letters.SubscriptionEnded(s, about),
		letters.Formal(s, "decision_author", "On l'a masqué", []string{"Bonjour", "Voici pourquoi :\nla règle 2"}, letters.Button{Label: "Voir", URL: "/bons-plans/1"}),
		letters.OfNews(s, letters.News{Name: "Zoé", Finds: []letters.Find{find}, Count: 1, AllURL: "https://villeray.example/moi/nouvelles",
			ChooseURL: "https://villeray.example/courrier?m=1&s=2", StopURL: "https://villeray.example/courrier/arreter?m=1&s=3", MuteURL: "https://villeray.example/courrier/silence?m=1&s=4"}),
		letters.OfNews(s, letters.News{Name: "Zoé", Finds: []letters.Find{find, find}, Count: 9, AllURL: "https://villeray.example/moi/nouvelles",
			ChooseURL: "https://villeray.example/courrier?m=1&s=2", StopURL: "https://villeray.example/courrier/arreter?m=1&s=3"}),
		letters.Weekly(s, letters.Digest{Name: "Zoé", Number: 47, Monday: monday, Sunday: monday.AddDate(0, 0, 6), Since: monday,
			Finds: []letters.Find{find, find}, Sponsored: &find, StopURL: "https://villeray.example/lettre/arreter?m=1&s=2", MyURL: "https://villeray.example/moi"}),
	}...)
}

var (
	tags  = regexp.MustCompile(`(?s)<style.*?</style>|<title.*?</title>|<div style="display:none">.*?</div>|<[^>]+>`)
	hrefs = regexp.MustCompile(`href="([^"]+)"`)
	space = regexp.MustCompile(`[\s:>]+`)
	// outside is whatever a mail program would have to fetch.
	outside = regexp.MustCompile(`(?i)<(img|link|script|iframe|object|video|audio|source|embed|form|input)\b|\bsrc=|srcset|url\(|@import|background=`)
	// outdated is what validators find fault with; make markup has a real one.
	outdated = regexp.MustCompile(`(?i)\b(bgcolor|v?align|border|cellpadding|cellspacing)=|<(table|td)[^>]* (width|height)=|<(font|center)\b`)
)

// The limit at which mail programs cut a letter off.
const heaviest = 100 << 10

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
				written := map[string]bool{}
				for _, word := range strings.Fields(space.ReplaceAllString(text, " ")) {
					written[strings.Trim(word, "()[]")] = true
				}
				for _, word := range strings.Fields(shown) {
					if !written[strings.Trim(word, "()[]")] {
						t.Errorf("the text lacks %q", word)
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

func TestLettersAreLightReadableAndFetchNothing(t *testing.T) {
	for _, language := range words.Languages {
		s := sender(language)
		for _, letter := range all(s) {
			source, err := s.HTML(letter)
			if err != nil {
				t.Fatal(err)
			}
			if len(source)+len(s.Text(letter)) > heaviest {
				t.Errorf("%s: %d KB", letter.Kind, len(source)>>10)
			}
			if found := outside.FindString(source); found != "" {
				t.Errorf("%s fetches or sends something: %s", letter.Kind, found)
			}
			if found := outdated.FindString(source); found != "" {
				t.Errorf("%s does not validate: %s", letter.Kind, found)
			}
			for _, want := range []string{`<html lang="` + language + `"`, "<h1", "<title>"} {
				if !strings.Contains(source, want) {
					t.Errorf("%s lacks %s", letter.Kind, want)
				}
			}
			_, oneClick := letter.Headers["List-Unsubscribe-Post"]
			if _, listed := letter.Headers["List-Unsubscribe"]; listed != oneClick {
				t.Errorf("%s has one List-Unsubscribe field alone", letter.Kind)
			}
		}
	}
}

func TestEveryLetterIsLookedAt(t *testing.T) {
	tested, err := os.ReadFile("letters_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range maker.FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(string(tested), "letters."+found[1]+"(") {
				t.Errorf("no test looks at %s", found[1])
			}
		}
	}
}

// maker is a function that writes a letter.
var maker = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(s Sender.*\) Letter`)

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

func TestProseReadsWellAsPlainText(t *testing.T) {
	prose := letters.NewProse("<p>Salut <em>toi</em>,\nvoici <a href=\"/agenda\">l’agenda</a>.</p>\n<h2>Deux idées</h2>\n<ul>\n<li>le bain</li>\n<li><p>la soupe</p></li>\n</ul>\n<p>Un<br>deux &amp; <script>trois</script></p>",
		func(path string) string { return "https://villeray.example" + path })
	s := sender("fr")
	text := s.Text(letters.Letter{Blocks: []letters.Block{prose}})

	want := "\nSalut toi, voici l’agenda (https://villeray.example/agenda).\n\nDeux idées\n\n- le bain\n- la soupe\n\nUn\ndeux & trois\n"
	if !strings.Contains(text, want) {
		t.Errorf("%q lacks\n%q", text, want)
	}
}
