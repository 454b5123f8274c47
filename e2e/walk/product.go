// Package walk drives the built product from outside, as people do: its own
// process, real HTTP, the demonstration's mailbox.
package walk

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/services"
)

var build = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), ".build")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	// Test processes run side by side: the first one builds, and to the others
	// go says in a second that nothing changed.
	lock, err := os.Create(filepath.Join(folder, "tested.lock"))
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "tested")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "github.com/kumun/kumun/cmd/kumun").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// Binary builds the product.
func Binary(t services.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return path
}

// Product is a running demonstration.
type Product struct {
	// Bare is the operator's host; Cornouaille and Villeray are communities'.
	Bare, Cornouaille, Villeray string

	command *exec.Cmd
}

// Environment is the process's own, with an empty database of its own if the
// engine under test is PostgreSQL; SQLite's lies in the folder of the command.
func Environment(t services.TB) []string {
	t.Helper()
	if os.Getenv("KUMUN_TEST_ENGINE") != "postgres" {
		return append(os.Environ(), "DATABASE_URL=", "DATABASE_OWNER_URL=")
	}
	owner, app := services.PostgreSQL(t)
	return append(os.Environ(), "DATABASE_URL="+app, "DATABASE_OWNER_URL="+owner)
}

// Start runs a demonstration on the engine under test, and waits until it has
// told where it is.
func Start(t services.TB) *Product {
	t.Helper()
	command := exec.Command(Binary(t), "demo", "--listen", "127.0.0.1:0")
	command.Env = Environment(t)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatalf("start the demonstration: %v", err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatalf("start the demonstration: %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	p := &Product{command: command}
	lines := bufio.NewScanner(output)
	address := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/`)
	for lines.Scan() {
		line := lines.Text()
		found := address.FindStringSubmatch(line)
		switch {
		case strings.Contains(line, "Kumun    http://"):
			port := regexp.MustCompile(`:(\d+)/`).FindStringSubmatch(line)[1]
			p.Bare = "http://127.0.0.1:" + port
		case strings.Contains(line, "Cornouaille") && found != nil:
			p.Cornouaille = "http://" + found[1]
		case strings.Contains(line, "Villeray") && found != nil:
			p.Villeray = "http://" + found[1]
		}
		if strings.Contains(line, "Ctrl-C") {
			break
		}
	}
	if p.Villeray == "" {
		t.Fatalf("the demonstration did not start")
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	Eventually(t, "the first page", func() bool {
		answer, err := http.Get(p.Cornouaille + "/healthz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return p
}

// Owns tells whether the product answers at a host, its port included.
func (p *Product) Owns(host string) bool {
	for _, one := range []string{p.Bare, p.Cornouaille, p.Villeray} {
		own := strings.TrimPrefix(one, "http://")
		if host == own {
			return true
		}
	}
	// Each community also answers at a name below the bare host.
	name, port, _ := strings.Cut(host, ":")
	return (name == "localhost" || strings.HasSuffix(name, ".localhost")) && strings.HasSuffix(p.Bare, ":"+port)
}

// Eventually waits until the condition holds.
func Eventually(t services.TB, what string, holds func() bool) {
	t.Helper()
	if !Within(30*time.Second, holds) {
		t.Fatalf("waited in vain for %s", what)
	}
}

// Within tells whether the condition comes to hold in time.
func Within(patience time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// Person is somebody with a browser: cookies, no script.
type Person struct {
	t      testing.TB
	client *http.Client
	home   string
	// host is sent instead of the address's own, for the bare host.
	host string

	// Status, Path and Page are what they look at.
	Status int
	Path   string
	Page   string
}

// Visit opens a browser at a community.
func Visit(t testing.TB, home string) *Person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Person{t: t, home: home, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// Cookies counts what the community has left with them.
func (p *Person) Cookies() int {
	p.t.Helper()
	home, err := url.Parse(p.home)
	if err != nil {
		p.t.Fatal(err)
	}
	return len(p.client.Jar.Cookies(home))
}

// At makes every request name this host.
func (p *Person) At(host string) *Person {
	p.host = host
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return p
}

// Get opens a page.
func (p *Person) Get(path string) *Person {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.home+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(request)
}

// Post sends a form: pairs of name and value.
func (p *Person) Post(path string, pairs ...string) *Person {
	p.t.Helper()
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Add(pairs[n], pairs[n+1])
	}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.home+path, strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(request)
}

func (p *Person) do(request *http.Request) *Person {
	p.t.Helper()
	if p.host != "" {
		request.Host = p.host
	}
	answer, err := p.client.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Status, p.Page, p.Path = answer.StatusCode, string(body), answer.Request.URL.RequestURI()
	if location := answer.Header.Get("Location"); location != "" {
		p.Path = location
	}
	return p
}

// Sees fails the test unless the page answers well and holds the words.
func (p *Person) Sees(words ...string) *Person {
	p.t.Helper()
	if p.Status != http.StatusOK {
		p.t.Fatalf("%s answers %d: %.600s", p.Path, p.Status, p.Page)
	}
	for _, one := range words {
		if !strings.Contains(p.Page, one) {
			p.t.Fatalf("%s does not say %q", p.Path, one)
		}
	}
	return p
}

// Find gives the first group of a pattern on the page.
func (p *Person) Find(pattern string) string {
	p.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(p.Page)
	if found == nil {
		p.t.Fatalf("%s has nothing like %s", p.Path, pattern)
	}
	return found[1]
}
