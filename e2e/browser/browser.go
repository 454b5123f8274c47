// Package browser lets tests use the product as people do: in a real Chromium,
// by the names that things have for somebody who hears the page read aloud.
package browser

import (
	"context"

	"github.com/chromedp/chromedp"

	"github.com/kumun/kumun/internal/services"
)

// Browser is one Chromium process; each person gets a profile of their own.
type Browser struct{ ctx context.Context }

// Start runs Chromium until t ends.
func Start(t services.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(services.Chromium(t)),
		chromedp.NoSandbox, // it refuses to run as root otherwise
		chromedp.Flag("lang", "fr-FR"),
		chromedp.Flag("hide-scrollbars", true),
	)
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		stop()
		free()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Browser{ctx}
}
