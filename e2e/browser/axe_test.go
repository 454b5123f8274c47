package browser_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
)

// axe runs as developer tools do, which no page's policy binds.
//
//go:embed testdata/axe.min.js
var axe string

// Style sheets are not read: there is one, and it knows no orientation.
const check = `axe.run(document, {
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
	resultTypes: ['violations'],
	preload: false,
}).then(result => result.violations.map(one => ({
	Rule: one.id, Help: one.help,
	Nodes: one.nodes.map(node => node.target.join(' ') + '  ' + node.html.slice(0, 200) + '\n      ' + node.failureSummary.replaceAll('\n', ' ')),
})))`

const (
	// longestHome is how far a thumb scrolls down a home page at most.
	longestHome = 2400 // px
	longestMenu = 7
)

// broken tells that a community's name of one word stands on two lines.
const broken = `(() => {
	const name = document.querySelector('.top .brand')?.firstChild, range = document.createRange()
	if (!name || /\s/.test(name.textContent.trim())) return false
	range.selectNodeContents(name)
	return new Set([...range.getClientRects()].map(line => line.top)).size > 1
})()`

const menu = "Math.max(...[...document.querySelectorAll('header nav, .top nav')].map(one => one.querySelectorAll('a').length), 0)"

// wordy measures the page with every piece called as long as can be: what the
// pieces of the day are called must not matter.
const wordy = `(() => {
	for (const one of document.querySelectorAll('main :is(h3 a, .meta, .kick span)')) one.textContent += ' un mot de plus'.repeat(8)
	return document.scrollingElement.scrollHeight
})()`

type violation struct {
	Rule, Help string
	Nodes      []string
}

func TestBarriersAreFound(t *testing.T) {
	t.Parallel()
	mirror := &mirror{}
	mirror.Show(t, visitor(t), `<!doctype html><html lang="fr"><title>Un bouton</title><main><h1>Un bouton</h1><button></button></main></html>`)
	if found := browser.Ask[[]violation](mirror.Person, check); len(found) != 1 || found[0].Rule != "button-name" {
		t.Fatalf("a button without a name yields %v", found)
	}
}

func TestNoOpenPageShutsAnybodyOut(t *testing.T) {
	t.Parallel()
	sweep(t, browser.OpenShapes(product))
}

func TestNoResidentsPageShutsAnybodyOut(t *testing.T) {
	t.Parallel()
	sweep(t, browser.Of(browser.MemberShapes(product), browser.Resident))
}

func TestNoTeamsPageShutsAnybodyOut(t *testing.T) {
	t.Parallel()
	sweep(t, browser.Of(browser.MemberShapes(product), browser.Newcomer, browser.Editor, browser.Moderator, browser.Partner))
}

// mirror holds a copy of one page after the other in one document: axe would
// compile anew in each new one, which takes longer than all that it checks.
type mirror struct {
	*browser.Person
	origin string
}

// reflect waits for the style sheets of the copy. Scripts have done their work.
const reflect = `new Promise(done => {
	document.open()
	addEventListener('load', () => done([...document.querySelectorAll('link[rel=stylesheet]')].every(one => one.sheet)), {once: true})
	document.write(%s.replace(/<script[^]*?<\/script>/g, ''))
	document.close()
})`

// Show brings a page of the person's.
func (m *mirror) Show(t *testing.T, person *browser.Person, html string) {
	t.Helper()
	address := person.Location()
	if origin := address.Scheme + "://" + address.Host; origin != m.origin {
		m.Person = chromium.Person(t, product).Carries(axe).Open(origin + "/robots.txt")
		m.origin = origin
	}
	quoted, err := json.Marshal(html)
	if err != nil {
		t.Fatal(err)
	}
	if !browser.Ask[bool](m.Person, fmt.Sprintf(reflect, quoted)) {
		t.Fatalf("the copy of a page lacks a style sheet: %.300s", html)
	}
}

// englishTurn is how many shapes share one look in English.
const englishTurn = 3

// sweep looks at each shape in one of the four looks in turn, and at one in three
// of those that stand still in English in the one that differs in both;
// KUMUN_LOOKS=all takes all four, and all in English.
func sweep(t *testing.T, shapes []browser.Shape) {
	t.Helper()
	mirror := &mirror{}
	turn, english, every := 0, 0, englishTurn
	if os.Getenv("KUMUN_LOOKS") == "all" {
		every = 1
	}
	chromium.Tour(t, product, shapes, func(shape browser.Shape, person *browser.Person) {
		looks, single := browser.Looks, browser.Looks
		if os.Getenv("KUMUN_LOOKS") != "all" {
			looks, single = looks[turn%4:][:1], looks[turn%4^1:][:1]
		}
		turn++
		mirror.Show(t, person, person.HTML())
		mirror.check(t, shape.Name, looks)
		if turn%every != 0 {
			return
		}
		if html := person.English(); html != "" {
			mirror.Show(t, person, html)
			mirror.check(t, shape.Name+" in English", single)
			english++
		}
	})
	if english < len(shapes)/every/2 {
		t.Errorf("%d of %d shapes were seen in English", english, len(shapes)/every)
	}
}

func (m *mirror) check(t *testing.T, name string, looks []browser.Look) {
	t.Helper()
	found := map[string][]string{} // where each finding shows
	for _, look := range looks {
		m.At(look)
		for _, one := range browser.Ask[[]violation](m.Person, check) {
			finding := fmt.Sprintf("%s (%s)\n    %s", one.Rule, one.Help, strings.Join(one.Nodes[:min(3, len(one.Nodes))], "\n    "))
			found[finding] = append(found[finding], look.String())
		}
		if width := browser.Ask[int64](m.Person, "document.scrollingElement.scrollWidth"); width > look.Width {
			t.Errorf("%s scrolls sideways at %s: %d px", name, look, width)
		}
		if browser.Ask[bool](m.Person, broken) {
			t.Errorf("%s breaks the community's name at %s", name, look)
		}
	}
	for finding, where := range found {
		t.Errorf("%s, %s: %s", name, strings.Join(where, " and "), finding)
	}
	if entries := browser.Ask[int](m.Person, menu); entries > longestMenu {
		t.Errorf("%s has a menu of %d entries", name, entries)
	}
	if strings.Contains(name, "home") {
		if height := browser.Ask[int64](m.Width(browser.Phone), wordy); height > longestHome {
			t.Errorf("%s is %d px high on a phone", name, height)
		}
	}
}
