package browser_test

import (
	_ "embed"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
)

// axe runs as developer tools do, which the page's policy does not bind.
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

// longestHome is how far a thumb scrolls down a home page at most.
const longestHome = 2400 // px

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

func TestNoOpenPageShutsAnybodyOut(t *testing.T) {
	t.Parallel()
	sweep(t, browser.OpenShapes(product))
}

func TestNoMembersPageShutsAnybodyOut(t *testing.T) {
	t.Parallel()
	sweep(t, browser.MemberShapes(product))
}

// sweep looks at each shape in both widths and both themes. Which theme goes
// with which width alternates; KUMUN_LOOKS=all takes all four.
func sweep(t *testing.T, shapes []browser.Shape) {
	t.Helper()
	turn := 0
	chromium.Tour(t, product, shapes, axe, func(shape browser.Shape, person *browser.Person) {
		turn++
		found := map[string][]string{} // where each finding shows
		for n, look := range browser.Looks {
			if n%2 != turn%2 && os.Getenv("KUMUN_LOOKS") != "all" {
				continue
			}
			person.At(look)
			for _, one := range browser.Ask[[]violation](person, check) {
				finding := fmt.Sprintf("%s (%s)\n    %s", one.Rule, one.Help, strings.Join(one.Nodes[:min(3, len(one.Nodes))], "\n    "))
				found[finding] = append(found[finding], look.String())
			}
			if width := browser.Ask[int64](person, "document.scrollingElement.scrollWidth"); width > look.Width {
				t.Errorf("%s scrolls sideways at %s: %d px", shape.Name, look, width)
			}
		}
		for finding, where := range found {
			t.Errorf("%s, %s: %s", shape.Name, strings.Join(where, " and "), finding)
		}
		if strings.Contains(shape.Name, "home") {
			if height := browser.Ask[int64](person.Width(browser.Phone), wordy); height > longestHome {
				t.Errorf("%s is %d px high on a phone", shape.Name, height)
			}
		}
	})
}
