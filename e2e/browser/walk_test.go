package browser_test

import (
	"testing"

	"github.com/kumun/kumun/e2e/walk"
)

func TestVisitorSearchesReadsAndReports(t *testing.T) {
	product := walk.Start(t)
	visitor := chromium.Person(t, product).Open(product.Cornouaille)

	visitor.Fill("Que cherches-tu ?", "creprie").Press("Chercher").Sees("crêperie")
	t.Log(visitor.Text()[:800])
}
