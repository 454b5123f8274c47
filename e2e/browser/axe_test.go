package browser_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
)

// Developer tools are not bound by the page's policy, so axe runs beside it.
//
//go:embed testdata/axe.min.js
var axe string

// The dark theme changes colours and nothing else, so there only the rules
// that look at colours run again. Style sheets are read once.
const check = `function (dark, first) {
	return axe.run(document, {
		runOnly: dark ? ['color-contrast', 'link-in-text-block']
			: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
		preload: first,
	}).then(result => result.violations.map(one => ({
		Rule: one.id, Help: one.help,
		Nodes: one.nodes.map(node => node.target.join(' ') + '  ' + node.html.slice(0, 200) + '\n      ' + node.failureSummary.replaceAll('\n', ' ')),
	})))
}`

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
	chromium.Tour(t, product, shapes, func(shape browser.Shape, person *browser.Person) {
		browser.Ask[bool](person, axe+";true")
		looks := map[string][]string{} // where each finding shows
		for n, look := range browser.Looks {
			person.At(look)
			for _, one := range browser.Ask[[]violation](person, fmt.Sprintf("(%s)(%t, %t)", check, look.Dark, n == 0)) {
				finding := fmt.Sprintf("%s (%s)\n    %s", one.Rule, one.Help, strings.Join(one.Nodes[:min(3, len(one.Nodes))], "\n    "))
				looks[finding] = append(looks[finding], look.String())
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
