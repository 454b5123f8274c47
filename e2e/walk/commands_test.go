package walk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/walk"
)

// shell runs commands over one empty store of the engine under test.
type shell struct {
	t           *testing.T
	environment []string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	return &shell{t, append(walk.Environment(t), "KUMUN_DATA="+t.TempDir(), "KUMUN_BASE_URL=http://kumun.test", "REDIS_URL=")}
}

// run gives what a command says, on both outputs, and its status.
func (s *shell) run(args ...string) (said string, status int) {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), walk.Binary(s.t), args...)
	command.Env = s.environment
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return out.String(), command.ProcessState.ExitCode()
}

// sees fails the test unless the command ends with the status and says the words.
func (s *shell) sees(status int, words []string, args ...string) string {
	s.t.Helper()
	said, got := s.run(args...)
	if got != status {
		s.t.Fatalf("%s ends with %d, want %d: %s", strings.Join(args, " "), got, status, said)
	}
	for _, one := range words {
		if !strings.Contains(said, one) {
			s.t.Errorf("%s does not say %q: %s", strings.Join(args, " "), one, said)
		}
	}
	return said
}

func (s *shell) file(content string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "community.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func TestAnOperatorOpensACommunityFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newShell(t)

	s.sees(0, []string{"applied"}, "migrate")
	s.sees(0, []string{"nothing to do"}, "migrate")
	s.sees(0, []string{"http://penmarch.kumun.test"}, "tenant", "create", "penmarch", "--name", "Penmarc'h", "--domain", "penmarch.example")
	s.sees(1, []string{"slug"}, "tenant", "create", "penmarch", "--name", "Encore")
	s.sees(0, []string{"penmarch", "open", "Penmarc'h"}, "tenant", "list")
	listed := s.sees(0, nil, "tenant", "list", "--json")
	var all []struct{ Slug string }
	if err := json.Unmarshal([]byte(listed), &all); err != nil || len(all) != 1 || all[0].Slug != "penmarch" {
		t.Errorf("the list reads %+v, %v: %s", all, err, listed)
	}
	s.sees(0, nil, "tenant", "languages", "penmarch", "--language", "en", "--also", "fr,br")
	s.sees(0, []string{`"language": "en"`, `"br"`}, "tenant", "list", "--json")
	s.sees(1, []string{"not found"}, "tenant", "languages", "nowhere")
	s.sees(2, []string{"--also"}, "tenant", "create", "crozon", "--name", "Crozon", "--also", "de")
	s.sees(0, nil, "tenant", "languages", "penmarch")
	s.sees(0, []string{"http://kumun.test/operator/connexion/"}, "staff", "link", "--email", "soizic@example.org")

	s.sees(0, []string{"29 members, 11 groups", "0 were here already"}, "import", "../../transfer/demo/cornouaille.json", "--tenant", "penmarch")
	again := s.sees(0, []string{"0 members, 0 groups, 0 posts"}, "import", "../../transfer/demo/cornouaille.json", "--tenant", "penmarch")
	if strings.Contains(again, "; 0 were here already") {
		t.Errorf("the second import knows nothing of the first: %s", again)
	}
	s.sees(0, []string{"no home yet: meetings (6) at $.meetings"}, "import", "../../transfer/demo/groupe-de-travail-2019.json", "--tenant", "penmarch")
	s.sees(0, []string{"http://penmarch.kumun.test/connexion/lien/"}, "member", "link", "--tenant", "penmarch", "--email", "maelle@example.org")
	s.sees(1, []string{"not found"}, "member", "link", "--tenant", "penmarch", "--email", "nobody@example.org")
}

func TestACommandSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.sees(0, nil, "migrate")
	s.sees(0, nil, "tenant", "create", "penmarch", "--name", "Penmarc'h")
	bad := s.file(`{"members": [{"key": "yuna", "name": "Yuna P."}], "posts": [{"key": "x", "kind": "tip", "by": "nobody"}]}`)

	s.sees(2, []string{"Usage: kumun"}, "--colour")
	s.sees(2, []string{"Usage: kumun"}, "dance")
	s.sees(0, []string{"Usage: kumun tenant create"}, "tenant", "create", "--help")
	s.sees(1, []string{"$.posts[0].by: "}, "import", bad, "--tenant", "penmarch")
	s.sees(0, []string{"29 members"}, "import", "../../transfer/demo/cornouaille.json", "--tenant", "penmarch")
	s.sees(1, []string{"REDIS_URL"}, "serve", "--listen", "127.0.0.1:0", "--smtp-url", "smtp://127.0.0.1:1", "--redis-url", "redis://127.0.0.1:1")
	s.sees(1, []string{"SMTP_URL"}, "serve", "--listen", "127.0.0.1:0", "--smtp-url", "gopher://127.0.0.1")
	s.sees(1, []string{"DATABASE_URL"}, "serve", "--listen", "127.0.0.1:0", "--database-url", "postgres://kumun@127.0.0.1:1/kumun")
	s.sees(1, []string{"KUMUN_BASE_URL"}, "serve", "--listen", "127.0.0.1:0", "--base-url", "not an address")
}
