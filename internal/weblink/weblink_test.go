package weblink_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"code.dny.dev/ssrf"

	"github.com/kumun/kumun/internal/weblink"
)

const us = "https://cornouaille.kumun.test/"

// loopback is allowed in tests alone.
var loopback = []ssrf.Option{ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")), ssrf.WithAnyPort()}

func TestWhatAnswersIsAlive(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agents <- r.UserAgent()
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/missing":
			http.NotFound(w, r)
		case "/broken":
			w.WriteHeader(http.StatusBadGateway)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/private":
			w.WriteHeader(http.StatusForbidden)
		case "/no-head":
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusNotFound)
			}
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/", http.StatusMovedPermanently)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}
	}))
	t.Cleanup(web.Close)
	asker := weblink.New(loopback...)

	for path, want := range map[string]weblink.Outcome{"/": weblink.Alive, "/gone": weblink.Dead, "/missing": weblink.Dead, "/broken": weblink.Dead,
		"/busy": weblink.Alive, "/private": weblink.Alive, "/no-head": weblink.Alive, "/moved": weblink.Alive, "/round": weblink.Dead, "/file": weblink.Dead} {
		if got := asker.Ask(t.Context(), us, web.URL+path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	for _, odd := range []string{"mailto:anna@example.org", "ftp://127.0.0.1/", "http://", "//127.0.0.1", "::"} {
		if got := asker.Ask(t.Context(), us, odd); got != weblink.Unknown {
			t.Errorf("%s: %v", odd, got)
		}
	}
	if agent := <-agents; !strings.Contains(agent, us) {
		t.Errorf("asks as %q", agent)
	}
}

func TestASilentHostIsAskedOnceAPass(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()

	found := weblink.New(loopback...).AskAll(t.Context(), us, []string{closed.URL + "/a", closed.URL + "/b"})
	if found[closed.URL+"/a"] != weblink.Dead || found[closed.URL+"/b"] != weblink.Dead {
		t.Errorf("%v", found)
	}
}

// Names are resolved, written otherwise or reached by a redirect: what counts is
// where the connection would go.
func TestNothingOfOurOwnNetworkIsReached(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(inside.Close)
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	anyPort := weblink.New(ssrf.WithAnyPort())
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[::]"} {
		if got := anyPort.Ask(t.Context(), us, "http://"+host+port+"/"); got != weblink.Dead {
			t.Errorf("%s: %v", host, got)
		}
	}
	if got := weblink.New().Ask(t.Context(), us, inside.URL); got == weblink.Alive {
		t.Errorf("by default: %v", got)
	}
	if reached.Load() != 0 {
		t.Errorf("the inside was reached %d times", reached.Load())
	}

	// One that may be reached sends on to one that may not.
	public := httptest.NewUnstartedServer(http.RedirectHandler(inside.URL, http.StatusFound))
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	public.Listener = listener
	public.Start()
	t.Cleanup(public.Close)
	reaching := func(prefix string) weblink.Outcome {
		return weblink.New(ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix(prefix)), ssrf.WithAnyPort()).Ask(t.Context(), us, public.URL)
	}
	if got := reaching("127.0.0.2/32"); got != weblink.Dead || reached.Load() != 0 {
		t.Errorf("by a redirect: %v, reached %d times", got, reached.Load())
	}
	if got := reaching("127.0.0.0/8"); got != weblink.Alive || reached.Load() == 0 {
		t.Errorf("were it allowed: %v, reached %d times", got, reached.Load())
	}
}

func TestOtherPortsAreLeftAlone(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)

	if got := weblink.New(loopback[0]).Ask(t.Context(), us, web.URL); got != weblink.Unknown {
		t.Errorf("%v", got)
	}
}
