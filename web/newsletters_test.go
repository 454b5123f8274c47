package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/desk/newsletters"
	"github.com/kumun/kumun/web/feeds"
	"github.com/kumun/kumun/web/site/archive"
)

// press is where editors compose letters, with two subscribers.
type press struct {
	*site
	service  *notifications.Newsletters
	audience *analytics.Audience
	editor   actor.Actor
}

func openPress(t *testing.T) *press {
	s := open(t)
	p := &press{site: s, service: s.newsletters(t), audience: &analytics.Audience{DB: s.DB, Clock: s.Clock}, editor: s.Member(t, "soazig", actor.Editor)}
	s.who = p.editor
	newsletters.Mount(s.routes, p.service, p.audience)
	archive.Mount(s.routes, p.service, s.Members())
	feeds.Mount(s.routes, s.Posts(t), s.Members(), s.Groups(), p.service.Billing, p.service)
	p.subscriber(t, "lena@example.net")
	p.subscriber(t, "yann@example.net")
	return p
}

func (p *press) subscriber(t *testing.T, email string) {
	t.Helper()
	row := &notifications.Subscription{ID: id.New(p.Clock.Now()), Email: email, Language: "fr", News: true, CreatedAt: p.Clock.Now(), ConfirmedAt: p.Clock.Now()}
	if err := p.DB.Write(t.Context(), p.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(row).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// start begins a letter and returns its path.
func (p *press) start(t *testing.T) string {
	t.Helper()
	answer := p.post("/redaction/lettres", nil)
	if answer.Code != http.StatusSeeOther {
		t.Fatalf("%d", answer.Code)
	}
	return answer.Header().Get("Location")
}

// save sends the form as a browser does; pairs change what it held.
func (p *press) save(t *testing.T, path, button string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	sent := p.fields(t, path)
	sent.Set("faire", button)
	for n := 0; n+1 < len(pairs); n += 2 {
		sent.Set(pairs[n], pairs[n+1])
	}
	return p.post(path, sent)
}

// fields are what the form of a draft holds.
func (p *press) fields(t *testing.T, path string) url.Values {
	t.Helper()
	row := p.row(t, path)
	sent := form("version", strconv.Itoa(row.Version), "subject", row.Subject, "preview", row.Preview, "conditions", row.Conditions,
		"purpose", string(row.Purpose), "language", row.Language, "parts", strconv.Itoa(len(row.Parts)))
	for n, part := range row.Parts {
		at := "-" + strconv.Itoa(n)
		sent.Set("kind"+at, string(part.Kind))
		sent.Set("text"+at, part.Text)
		sent.Set("title"+at, part.Title)
		if part.Piece != 0 {
			sent.Set("piece"+at, part.Piece.String())
		}
	}
	return sent
}

func (p *press) row(t *testing.T, path string) *notifications.Newsletter {
	t.Helper()
	wanted, err := id.Parse(path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(path, err)
	}
	row, err := p.service.Find(t.Context(), p.editor, wanted)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// work does what workers would with the letters' facts that are due.
func (p *press) work(t *testing.T) {
	t.Helper()
	for range 50 {
		var rows []outbox.Row
		if err := p.DB.Read(t.Context(), p.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return tx.Select(&rows).Where("done_at IS NULL AND due_at <= ?", p.Clock.Now()).Where("fact IN ('newsletter.due', 'newsletter.batch', 'digest.written')").Order("id").Limit(1).Scan(ctx)
		}); err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return
		}
		done := func(ctx context.Context, tx database.Tx) error {
			_, err := tx.Update((*outbox.Row)(nil)).Set("done_at = ?", p.Clock.Now()).Where("id = ?", rows[0].ID).Exec(ctx)
			return err
		}
		var err error
		inside := map[outbox.Fact]func(context.Context, id.ID, json.RawMessage) error{notifications.NewsletterDue: p.service.Due, notifications.NewsletterBatch: p.service.Batch}
		if follow := inside[rows[0].Fact]; follow != nil {
			if err = follow(t.Context(), p.Tenant.ID, rows[0].Payload); err == nil {
				err = p.DB.Write(t.Context(), p.Tenant.ID, done)
			}
		} else {
			err = p.service.Send(t.Context(), p.Tenant.ID, rows[0].Payload, done)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no end of work")
}

func TestAnEditorComposesALetterFromPiecesAndWords(t *testing.T) {
	p := openPress(t)
	anna := p.Member(t, "anna")
	bath, soup := p.Tip(t, anna, "Le bain de sept heures"), p.Tip(t, anna, "La soupe du lundi")
	has(t, p.get("/redaction/lettres"), http.StatusOK, "Rien sur l’établi", "Écrire une lettre")
	path := p.start(t)
	has(t, p.get(path), http.StatusOK, "Composer une lettre", bath.Title, soup.Title, "Les plus récentes")

	answer := p.save(t, path, "page-"+soup.ID.String(), "subject", "Ce que novembre nous garde", "text-0", "Bonjour, *voici*.")
	if to := answer.Header().Get("Location"); answer.Code != http.StatusSeeOther || to != path+"#partie-1" {
		t.Fatalf("%d to %s", answer.Code, to)
	}
	p.save(t, path, "page-"+bath.ID.String())
	p.save(t, path, "monter-2")
	p.save(t, path, "ajouter-heading")
	p.save(t, path, "enregistrer", "title-3", "À bientôt")
	if row := p.row(t, path); len(row.Parts) != 4 || row.Parts[0].Text != "Bonjour, *voici*." || row.Parts[1].Piece != bath.ID || row.Parts[2].Piece != soup.ID || row.Parts[3].Title != "À bientôt" {
		t.Fatalf("%+v", row.Parts)
	}
	p.save(t, path, "retirer-3")

	found := p.save(t, path, "chercher", "q", "maillot")
	if to := found.Header().Get("Location"); to != path+"?q=maillot#ajouter" {
		t.Errorf("searching leads to %s", to)
	}
	has(t, p.get(path+"?q=maillot"), http.StatusOK, "0 page trouvée", `value="maillot"`)

	for view, want := range map[string]string{"telephone": "<iframe", "ordinateur": "<iframe", "texte": "Bonjour, voici."} {
		page := p.get(path + "/apercu?vue=" + view)
		has(t, page, http.StatusOK, "Voilà ce qui arrivera", want)
		if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src 'self'") {
			t.Errorf("%s: the frame is shut out by %q", view, csp)
		}
	}
	letter := p.get(path + "/apercu/html")
	if letter.Code != http.StatusOK || !strings.Contains(letter.Body.String(), "<em>voici</em>") || !strings.Contains(letter.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d: %.300s", letter.Code, letter.Body)
	}
}

func TestWhatAnEditorTypesIsNeverLost(t *testing.T) {
	p := openPress(t)
	path := p.start(t)
	pasted := strings.Repeat("Une histoire sans fin. ", 90_000) // 2 MB
	answer := p.save(t, path, "ajouter-text", "subject", "Court", "text-0", pasted)
	has(t, answer, http.StatusUnprocessableEntity, "C’est trop long pour une lettre", `id="text-0-oops"`, `value="Court"`)
	if !strings.Contains(answer.Body.String(), pasted) {
		t.Error("what was pasted is gone")
	}

	// Somebody else saves meanwhile.
	mine := p.fields(t, path)
	p.who = p.Member(t, "maelle", actor.Editor)
	p.save(t, path, "enregistrer", "subject", "Le sien")
	p.who = p.editor
	mine.Set("subject", "Le mien")
	answer = p.post(path, mine)
	has(t, answer, http.StatusConflict, "Maelle a gardé une autre version", `value="Le mien"`, `name="version" value="1"`)
	mine.Set("version", "1")
	if again := p.post(path, mine); again.Code != http.StatusSeeOther || p.row(t, path).Subject != "Le mien" {
		t.Errorf("saving again: %d", again.Code)
	}

	// It was scheduled meanwhile.
	p.save(t, path, "enregistrer", "text-0", "Bonjour.")
	late := p.fields(t, path)
	p.post(path+"/envoi", form("version", late.Get("version"), "faire", "maintenant"))
	late.Set("subject", "Trop tard")
	has(t, p.post(path, late), http.StatusConflict, "n’est plus un brouillon", `value="Trop tard"`)

	for name, pairs := range map[string][]string{
		"a door":     {"purpose", "nothing"},
		"a language": {"language", "xx"},
		"a kind":     {"kind-0", "script"},
		"an address": {"kind-0", "ad", "url-0", "javascript:alert(1)"},
	} {
		if code := p.save(t, p.start(t), "enregistrer", pairs...).Code; code != http.StatusUnprocessableEntity {
			t.Errorf("%s that nobody offers: %d", name, code)
		}
	}
}

func TestALetterIsScheduledInTheCommunitysZone(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-29T08:00": "2026-11-29T07:00:00Z",
		"2027-03-28T08:00": "2027-03-28T06:00:00Z", // summer time began that night
		"2027-10-31T08:00": "2027-10-31T07:00:00Z", // and ended
	} {
		p := openPress(t)
		path := p.start(t)
		p.save(t, path, "enregistrer", "subject", "Bonjour", "text-0", "Bonjour.")
		version := strconv.Itoa(p.row(t, path).Version)
		if refused := p.post(path+"/envoi", form("version", version, "faire", "programmer", "at", "2020-01-01T08:00")); refused.Code != http.StatusUnprocessableEntity {
			t.Errorf("in the past: %d", refused.Code)
		}

		p.post(path+"/envoi", form("version", version, "faire", "programmer", "at", at))

		row := p.row(t, path)
		if row.State != notifications.Scheduled || row.SendAt.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s is %s, %s", at, row.SendAt.UTC(), row.State)
		}
		has(t, p.get(path), http.StatusOK, "Elle part", "Reprendre en brouillon")
		p.post(path+"/deprogrammer", nil)
		if row := p.row(t, path); row.State != notifications.Drafted {
			t.Errorf("withdrawn, it is %s", row.State)
		}
		p.Clock.Forward(400 * day)
		p.work(t)
		if row := p.row(t, path); row.State != notifications.Drafted {
			t.Errorf("though withdrawn, it is %s", row.State)
		}
	}
}

func TestALetterSaysWhatItLacksBeforeItGoes(t *testing.T) {
	p := openPress(t)
	path := p.start(t)
	has(t, p.get(path+"/envoi"), http.StatusOK, "2 personnes la recevront", "Il manque 2 choses", "Il manque l’objet", path+"#subject")
	p.save(t, path, "enregistrer", "subject", "Bonjour", "text-0", "Bonjour.")
	page := p.get(path + "/envoi")
	has(t, page, http.StatusOK, "2 personnes sans compte", "Français", "Elle aura sa page publique", "Me l’envoyer (soazig@example.org)", "Oui, l’envoyer à 2 personnes", "lena@example.net")
	hasNot(t, page, "Il manque")

	p.save(t, path, "enregistrer", "activity", "quiet-30")
	has(t, p.get(path+"/envoi"), http.StatusOK, "Personne à qui l’envoyer", "pas de page publique")
}

func TestALetterGoesOutIsFollowedAndIsReadByEverybody(t *testing.T) {
	p := openPress(t)
	anna := p.Member(t, "anna")
	bath := p.Tip(t, anna, "Le bain de sept heures")
	path := p.start(t)
	p.save(t, path, "page-"+bath.ID.String(), "subject", "Ce que novembre nous garde", "preview", "L'eau est bonne.", "text-0", "Bonjour.")
	p.save(t, path, "ajouter-ad")
	p.save(t, path, "enregistrer", "title-2", "La Billig rouvre", "advertiser-2", "La Billig Bleue", "url-2", "https://billig.example")
	version := strconv.Itoa(p.row(t, path).Version)
	for range 2 { // the second press changes nothing
		p.post(path+"/envoi", form("version", version, "faire", "maintenant"))
	}
	has(t, p.get(path), http.StatusOK, "Elle part", "Reprendre en brouillon")
	p.work(t)

	row := p.row(t, path)
	visit := request(http.MethodGet, bath.Path()+"?lettre=1", nil)
	visit.Header.Set("User-Agent", "Mozilla/5.0")
	for range 3 {
		p.audience.Count(analytics.Visit{Tenant: p.Tenant.ID, Zone: p.Tenant.Location(), Route: "/bons-plans/:id"}, visit)
	}
	if err := p.audience.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := p.get(path)
	has(t, report, http.StatusOK, "2 personnes l’ont reçue", "Envoyées", "Moins de cinq destinataires")
	hasNot(t, report, "Désabonnements", "lena@example.net")
	if visits, err := p.audience.Campaign(t.Context(), p.Tenant.ID, row.Number, row.BegunAt); err != nil || visits != 3 {
		t.Errorf("%d visits, %v", visits, err)
	}
	has(t, p.get("/redaction/lettres"), http.StatusOK, "Ce que novembre nous garde", "à 2 personnes")

	p.who = p.Visitor()
	has(t, p.get("/lettres"), http.StatusOK, "Ce que novembre nous garde", "L’eau est bonne.", `href="/lettres/1"`)
	page := p.get("/lettres/1")
	has(t, page, http.StatusOK, bath.Title, "Sponsorisé", "La Billig Bleue", `rel="canonical"`, `"@type":"Article"`, "Recevoir la lettre")
	has(t, p.get("/lettres.atom"), http.StatusOK, "Ce que novembre nous garde", base+"/lettres/1")
	has(t, p.get("/sitemap/lettres.xml"), http.StatusOK, base+"/lettres/1")
	for _, nowhere := range []string{"/lettres/2", "/lettres/0", "/lettres/x", "/lettres/-1"} {
		if code := p.get(nowhere).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", nowhere, code)
		}
	}
	if foreign := p.send(p.Neighbour, request(http.MethodGet, "/lettres/1", nil)); foreign.Code != http.StatusNotFound {
		t.Errorf("at the neighbour's: %d", foreign.Code)
	}

	// A piece that is hidden later leaves the page too.
	p.Decide(t, p.Posts(t), p.Tenant.ID, "post", bath.ID, community.Hidden)
	hasNot(t, p.get("/lettres/1"), bath.Title)
}

func TestALetterForSomeHasNoPublicPage(t *testing.T) {
	p := openPress(t)
	path := p.start(t)
	p.save(t, path, "enregistrer", "subject", "Entre nous", "text-0", "Bonjour.", "activity", "strangers")
	p.post(path+"/envoi", form("version", strconv.Itoa(p.row(t, path).Version), "faire", "maintenant"))
	p.work(t)
	if row := p.row(t, path); row.Number != 1 || row.State != notifications.SentOut {
		t.Fatalf("number %d, %s", row.Number, row.State)
	}

	p.who = p.Visitor()
	if code := p.get("/lettres/1").Code; code != http.StatusNotFound {
		t.Errorf("its page: %d", code)
	}
	for _, list := range []string{"/lettres", "/lettres.atom", "/sitemap/lettres.xml"} {
		hasNot(t, p.get(list), "Entre nous", "/lettres/1<")
	}
}

func TestLettersAreForEditors(t *testing.T) {
	p := openPress(t)
	path := p.start(t)
	p.who = p.Member(t, "ben")
	for _, page := range []string{"/redaction/lettres", path, path + "/apercu", path + "/apercu/html", path + "/envoi"} {
		if code := p.get(page).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", page, code)
		}
	}
}
