package browser_test

import (
	"os"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

// One Chromium and one demonstration serve all tests; each takes people and
// pieces that no other touches.
var (
	chromium *browser.Browser
	product  *walk.Product
)

func TestMain(m *testing.M) {
	program := &services.Program{}
	product = walk.Start(program)
	chromium = browser.Start(program)
	code := m.Run()
	program.Close()
	os.Exit(code)
}

func visitor(t *testing.T) *browser.Person {
	t.Helper()
	return chromium.Person(t, product).Open(product.Cornouaille)
}
