package vault_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kumun/kumun/internal/vault"
)

func TestWhatIsSealedOpensForItsPurposeAlone(t *testing.T) {
	v, err := vault.In(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := vault.New(strings.Repeat("x", 32))
	if err != nil {
		t.Fatal(err)
	}

	sealed := v.Seal("server", "smtp://anna:secret@mail.example")

	if strings.Contains(sealed, "secret") || sealed == v.Seal("server", "smtp://anna:secret@mail.example") {
		t.Errorf("sealed as %s", sealed)
	}
	if opened, err := v.Open("server", sealed); err != nil || opened != "smtp://anna:secret@mail.example" {
		t.Errorf("%q, %v", opened, err)
	}
	for name, open := range map[string]func() (string, error){
		"another purpose": func() (string, error) { return v.Open("key", sealed) },
		"another secret":  func() (string, error) { return other.Open("server", sealed) },
		"cut":             func() (string, error) { return v.Open("server", sealed[:10]) },
		"no base64":       func() (string, error) { return v.Open("server", "é") },
	} {
		if opened, err := open(); err == nil {
			t.Errorf("%s opens %q", name, opened)
		}
	}
	if opened, err := v.Open("server", v.Seal("server", "")); err != nil || opened != "" {
		t.Errorf("nothing became %q, %v", opened, err)
	}
}

func TestProcessesOfOneFolderShareTheSecret(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	hashes := make([]string, 8)
	var processes sync.WaitGroup
	for n := range hashes {
		processes.Go(func() {
			v, err := vault.In(folder)
			if err != nil {
				t.Error(err)
				return
			}
			hashes[n] = v.Hash("suppression", "anna@example.org")
		})
	}
	processes.Wait()

	for _, hash := range hashes {
		if hash != hashes[0] || len(hash) != 26 {
			t.Errorf("%q beside %q", hash, hashes[0])
		}
	}
	info, err := os.Stat(filepath.Join(folder, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "secret"), []byte("1234\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.In(folder); err == nil {
		t.Error("four signs pass for a secret")
	}
}
