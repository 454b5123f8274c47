package browser_test

import (
	"os"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/internal/services"
)

// One Chromium serves all tests.
var chromium *browser.Browser

func TestMain(m *testing.M) {
	program := &services.Program{}
	chromium = browser.Start(program)
	code := m.Run()
	program.Close()
	os.Exit(code)
}
