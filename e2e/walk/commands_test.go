package walk_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/database"
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

// setting is what a command is told by its environment.
func (s *shell) setting(name string) (value string) {
	for _, one := range s.environment { // the last counts
		if said, found := strings.CutPrefix(one, name+"="); found {
			value = said
		}
	}
	return value
}

func TestWorkThatFailedIsTriedAgainFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.sees(0, nil, "migrate")
	s.sees(0, nil, "tenant", "create", "penmarch", "--name", "Penmarc'h")
	s.sees(0, nil, "import", "../../transfer/demo/cornouaille.json", "--tenant", "penmarch")
	if said, _ := s.run("jobs", "stuck"); said != "" {
		t.Errorf("stuck from the start: %s", said)
	}
	db, err := database.Open(t.Context(), cmp.Or(s.setting("DATABASE_URL"), "sqlite:"+filepath.Join(s.setting("KUMUN_DATA"), "kumun.db")), s.setting("DATABASE_OWNER_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.System(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewRaw(`UPDATE outbox SET dead_at = due_at, problem = 'no <anna.kervella@example.org>' WHERE fact = 'member.joined' AND done_at IS NULL`).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	listed := s.sees(0, []string{"penmarch", "member.joined", "no <a…@example.org>"}, "jobs", "stuck")
	if strings.Contains(listed, "kervella") {
		t.Errorf("an address is told: %s", listed)
	}
	s.sees(0, []string{"1 tried again"}, "jobs", "again", "--tenant", "penmarch", "--what", "fact", "--kind", "member.joined", "--id", strings.Fields(listed)[3])
	s.sees(0, []string{"28 tried again"}, "jobs", "again", "--tenant", "penmarch", "--what", "fact", "--kind", "member.joined")
	s.sees(0, []string{"0 tried again"}, "jobs", "again", "--tenant", "penmarch", "--what", "fact", "--kind", "member.joined")
	s.sees(0, []string{"0 tried again"}, "jobs", "again", "--what", "letter", "--kind", "welcome")
	s.sees(1, []string{"not found"}, "jobs", "again", "--tenant", "nowhere", "--what", "fact", "--kind", "member.joined")
	s.sees(2, []string{"--what"}, "jobs", "again", "--kind", "member.joined")
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
