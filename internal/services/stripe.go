package services

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

const (
	stripeVariable = "KUMUN_TEST_STRIPE"
	// The release whose answers have the shape of API 2023-10-16, which
	// stripe-go v76 speaks; later ones leave holes.
	stripeMock = "v0.183.0"
)

// Stripe is the base URL of stripe-mock. It keeps no state and accepts any
// secret key that starts with sk_test_.
func Stripe(t TB) string {
	t.Helper()
	url, err := sharedOr(stripeVariable, startStripe)
	if err != nil {
		t.Fatalf("stripe-mock: %v", err)
	}
	return url
}

var startStripe = sync.OnceValues(func() (string, error) {
	program, err := buildStripeMock()
	if err != nil {
		return "", err
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	folder, err := newFolder(nil)
	if err != nil {
		return "", err
	}
	// Without an address for HTTPS it would open a port to the whole network.
	started, err := startServer(folder, nil, "KILL", program, "-http-addr", address, "-https-addr", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	err = started.await(accepts(address))
	if err != nil {
		started.stop()
	}
	return "http://" + address, err
})

// buildStripeMock builds it once per machine. It is renamed into place, so that
// two processes that build at once do not meet.
func buildStripeMock() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	programs := filepath.Join(cache, "kumun", "bin")
	program := filepath.Join(programs, "stripe-mock-"+stripeMock)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(programs, 0o755); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(programs, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	module := "github.com/stripe/stripe-mock@" + stripeMock
	install := exec.Command("go", "install", module)
	install.Env = append(os.Environ(), "GOBIN="+draft)
	if output, err := install.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("go install %s: %w", module, err), errors.New(string(output)))
	}
	return program, os.Rename(filepath.Join(draft, "stripe-mock"), program)
}
