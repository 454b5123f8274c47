package browser_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
)

// axe runs as developer tools do, which the page's policy does not bind.
//
//go:embed testdata/axe.min.js
var axe string

// The dark theme changes colours and nothing else, so there only the rules
// that look at colours run again. Style sheets are not read: there is one, and
// it knows no orientation.
const check = `function (dark) {
	return axe.run(document, {
		runOnly: dark ? ['color-contrast', 'link-in-text-block']
			: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
		preload: false,
	}).then(result => result.violations.map(one => ({
		Rule: one.id, Help: one.help,
		Nodes: one.nodes.map(node => node.target.join(' ') + '  ' + node.html.slice(0, 200) + '\n      ' + node.failureSummary.replaceAll('\n', ' ')),
	})))
}`

// longestHome is how far a thumb scrolls down a home page at most.
const longestHome = 2400 // px

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

func sweep(t *testing.T, shapes []browser.Shape) {
	t.Helper()
	chromium.Tour(t, product, shapes, axe, func(shape browser.Shape, person *browser.Person) {
		looks := map[string][]string{} // where each finding shows
		for _, look := range browser.Looks {
			person.At(look)
			for _, one := range browser.Ask[[]violation](person, fmt.Sprintf("(%s)(%t)", check, look.Dark)) {
				finding := fmt.Sprintf("%s (%s)\n    %s", one.Rule, one.Help, strings.Join(one.Nodes[:min(3, len(one.Nodes))], "\n    "))
				looks[finding] = append(looks[finding], look.String())
			}
			if height := browser.Ask[int64](person, "document.scrollingElement.scrollHeight"); strings.Contains(shape.Name, "home") && look.Width == browser.Phone && height > longestHome {
				t.Errorf("%s is %d px high on a phone", shape.Name, height)
			}
			if width := browser.Ask[int64](person, "document.scrollingElement.scrollWidth"); width > look.Width {
				t.Errorf("%s scrolls sideways at %s: %d px", shape.Name, look, width)
			}
		}
		for finding, where := range looks {
			t.Errorf("%s, %s: %s", shape.Name, strings.Join(where, " and "), finding)
		}
	})
}
