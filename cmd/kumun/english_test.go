package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	kumun "github.com/kumun/kumun/cmd/kumun"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/site/signin"
	"github.com/kumun/kumun/world"
)

// TestTheEnglishSiteSaysNothingInFrench walks the demonstration in English, by
// its links, as a visitor and as somebody with every role: outside of passages
// that say that they are in another language, no word of ours is French.
func TestTheEnglishSiteSaysNothingInFrench(t *testing.T) {
	t.Parallel()
	now := clock.At(time.Now())
	db := world.Open(t)
	w := &world.World{DB: db, Clock: now, Outbox: &outbox.Outbox{Clock: now}, Tenants: &tenants.Service{DB: db, Clock: now, Base: bareHost}}
	rooms, err := kumun.Furnish(t.Context(), kumun.StoreSettings{Data: t.TempDir(), BaseURL: "https://" + bareHost}, db, w.Till(t).Standin)
	if err != nil {
		t.Fatal(err)
	}
	if w.Tenant, _, err = kumun.Load(kumun.DemoCommand{}, t.Context(), rooms, "cornouaille"); err != nil {
		t.Fatal(err)
	}
	door, _ := kumun.Door(rooms, kumun.Settings{}, nil)
	everything := w.MemberOf(t, w.Tenant, "claire", actor.Roles[2:]...)
	french := frenchOnly(t)
	asked := &readings{all: map[string]string{}}
	db.AddQueryHook(asked)

	for name, cookie := range map[string]string{"visitor": "", "everything": signin.SessionCookie(true) + "=" + w.SignIn(t, everything)} {
		walk := englishWalk{t: t, door: door.Handler(), name: name, cookie: cookie, french: french, seen: map[string]int{}}
		walk.from("/en/", "/en/moi/profil", "/en/chercher?q=xyzzy", "/en/nulle-part", "/en/br")
		if len(walk.seen) < 30 {
			t.Errorf("%s met %d kinds of page only", name, len(walk.seen))
		}
	}
	t.Run("and reads by indexes", func(t *testing.T) { asked.areByIndex(t, db, w.Tenant.ID) })
}

// frenchOnly are the texts of the French catalogue that English says otherwise.
func frenchOnly(t *testing.T) *regexp.Regexp {
	t.Helper()
	argument := regexp.MustCompile(`\\\{\\\{.*?\\\}\\\}`)
	var patterns []string
	texts := func(language string) map[string]string {
		all := map[string]string{}
		files, err := filepath.Glob("../../internal/words/catalogue/" + language + "/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal(language, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var raw map[string]json.RawMessage
			if err := json.Unmarshal(content, &raw); err != nil {
				t.Fatal(file, err)
			}
			for key, message := range raw {
				forms := map[string]string{}
				if json.Unmarshal(message, &forms) == nil {
					for form, text := range forms {
						all[key+" "+form] = text
					}
					continue
				}
				text := ""
				if err := json.Unmarshal(message, &text); err != nil {
					t.Fatal(key, err)
				}
				all[key] = text
			}
		}
		return all
	}
	english := texts("en")
	for key, text := range texts("fr") {
		// The Breton page shows what a phrase means, which may be a word of both.
		if text == english[key] || strings.HasPrefix(key, "letters.") {
			continue
		}
		pattern := argument.ReplaceAllString(regexp.QuoteMeta(plain(words.French(text))), ".+?")
		// "{{.A}} et {{.B}}" would be found in what people write.
		if literal := strings.TrimSpace(strings.ReplaceAll(pattern, ".+?", "")); literal == pattern || len(literal) >= 8 {
			patterns = append(patterns, pattern)
		}
	}
	return regexp.MustCompile(`^(?:` + strings.Join(patterns, "|") + `)$`)
}

var anySpace = regexp.MustCompile(`[\s\x{00a0}\x{202f}]+`)

func plain(text string) string { return strings.TrimSpace(anySpace.ReplaceAllString(text, " ")) }

type englishWalk struct {
	t            *testing.T
	door         http.Handler
	name, cookie string
	french       *regexp.Regexp
	seen         map[string]int
	waiting      []string
}

var (
	identifier = regexp.MustCompile(`^[0-9a-z]{10,}(-.*)?$`)
	missingKey = regexp.MustCompile(`\[[a-z_]+(\.[a-z_0-9]+)+\]`)
)

// kind is an address without what names one thing among others.
func kindOfPage(path string) string {
	path, query, _ := strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for n, part := range parts {
		if identifier.MatchString(part) {
			parts[n] = ":id"
		}
	}
	name, _, _ := strings.Cut(query, "=")
	return strings.Join(parts, "/") + "?" + name
}

// samples is how many pages of a kind are read.
const samples = 4

func (w *englishWalk) from(paths ...string) {
	w.waiting = paths
	for len(w.waiting) > 0 {
		path := w.waiting[0]
		w.waiting = w.waiting[1:]
		if kind := kindOfPage(path); w.seen[kind] < samples {
			w.seen[kind]++
			w.read(path)
		}
	}
}

func (w *englishWalk) read(path string) {
	request := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "https://"+ownHost+path, nil)
	if w.cookie != "" {
		request.Header.Set("Cookie", w.cookie)
	}
	answer := httptest.NewRecorder()
	w.door.ServeHTTP(answer, request)
	if answer.Code >= 500 || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") || answer.Code == http.StatusSeeOther {
		if answer.Code >= 500 {
			w.t.Errorf("%s: %s answers with %d", w.name, path, answer.Code)
		}
		return
	}
	page, err := html.Parse(answer.Body)
	if err != nil {
		w.t.Fatal(path, err)
	}
	w.look(path, page, true)
}

// look reads what the page says in English, and follows its links.
func (w *englishWalk) look(path string, node *html.Node, english bool) {
	if node.Type == html.ElementNode {
		switch node.Data {
		case "script", "style", "title", "meta":
			return
		}
		for _, attribute := range node.Attr {
			switch attribute.Key {
			case "lang":
				english = attribute.Val == "en"
			case "href":
				if target := attribute.Val; strings.HasPrefix(target, "/en/") && !strings.Contains(target, "#") {
					w.waiting = append(w.waiting, target)
				}
			}
		}
		if node.Data == "html" && !english {
			w.t.Errorf("%s: %s is not in English", w.name, path)
		}
		for _, attribute := range node.Attr {
			if slices.Contains([]string{"alt", "aria-label", "placeholder", "title"}, attribute.Key) && english {
				w.check(path, attribute.Val)
			}
		}
	}
	if node.Type == html.TextNode && english {
		w.check(path, node.Data)
	}
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		w.look(path, child, english)
	}
}

func (w *englishWalk) check(path, text string) {
	if said := plain(text); w.french.MatchString(said) || missingKey.MatchString(said) {
		w.t.Errorf("%s: %s says %q", w.name, path, said)
	}
}
