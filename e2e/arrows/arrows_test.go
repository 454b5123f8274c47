// Package arrows proves that imports go one way through the house, as
// docs/architecture.md draws it.
package arrows_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kumun/kumun/"

// floors are the rooms from the ground up. A room imports from the floors
// beneath it only: not from above, nor from its neighbours.
var floors = [][]string{
	{"internal"},
	{"migrations"},
	{"tenants"},
	{"membership"},
	{"moderation", "analytics"},
	{"billing"},
	{"community", "assembly"},
	{"notifications"},
	{"transfer"},
	{"web", "jobs"},
	{"cmd"},
}

// Rooms that only tests and benchmarks enter.
var backstage = []string{"world", "e2e", "internal/services"}

var faces = []string{"web/site", "web/partner", "web/desk", "web/operator", "web/api", "web/feeds"}

// All but the faces. Jobs store what was done, and wiring puts all together.
var storing = []string{
	"internal", "migrations", "tenants", "membership", "moderation", "analytics", "billing",
	"community", "assembly", "notifications", "transfer", "jobs", "cmd", "world", "e2e",
}

// Who may import what comes from outside: storage stays out of the faces, and
// each service of others behind its one adapter.
var adapters = []struct {
	library string
	rooms   []string
}{
	{"github.com/uptrace/bun", storing},
	{"database/sql", storing},
	{"github.com/jackc/pgx", []string{"internal/database", "internal/services", "e2e"}},
	{"modernc.org/sqlite", []string{"internal/database", "e2e"}},
	{"github.com/stripe/stripe-go", []string{"billing/stripe"}},
	{"github.com/hibiken/asynq", []string{"jobs", "internal/redis", "e2e/bench"}},
	{"github.com/casbin/casbin", []string{"moderation"}},
	{"github.com/gin-gonic/gin", []string{"web", "cmd"}},
	{"github.com/wneessen/go-mail", []string{"internal/mail"}},
	{"code.dny.dev/ssrf", []string{"internal/weblink"}},
}

type goPackage struct {
	ImportPath string
	Imports    []string

	TestImports, XTestImports []string
}

// room is the path inside the module, "" for what is not ours.
func room(path string) string {
	inside, ours := strings.CutPrefix(path, module)
	if !ours {
		return ""
	}
	return inside
}

func TestRoomsImportOnlyFromTheFloorsBeneath(t *testing.T) {
	for _, pkg := range packages(t) {
		from := room(pkg.ImportPath)
		if within(from, backstage...) {
			continue
		}
		for _, path := range pkg.Imports {
			if to := room(path); to != "" && !beneath(from, to) {
				t.Errorf("%s imports %s, which is not beneath it", from, to)
			}
		}
	}
}

func TestEveryRoomIsOnAFloor(t *testing.T) {
	for _, pkg := range packages(t) {
		if from := room(pkg.ImportPath); !within(from, backstage...) && floor(from) < 0 {
			t.Errorf("%s is on no floor", from)
		}
	}
}

func TestFacesKeepToThemselvesAndOutOfTheStore(t *testing.T) {
	for _, pkg := range packages(t) {
		from := room(pkg.ImportPath)
		for _, path := range pkg.Imports {
			to := room(path)
			if within(from, "web/kit", "web/cards", "web/assets") || faceOf(from) != "" {
				if face := faceOf(to); face != "" && face != faceOf(from) {
					t.Errorf("%s imports the face %s", from, to)
				}
			}
			if faceOf(from) != "" && within(to, "internal/database", "internal/outbox", "migrations") {
				t.Errorf("%s reaches for the store: %s", from, to)
			}
		}
	}
}

// The kit knows whose page it draws, and nothing that is on the page.
func TestKitKnowsNoDomainButTheTenant(t *testing.T) {
	for _, pkg := range packages(t) {
		from := room(pkg.ImportPath)
		for _, path := range pkg.Imports {
			to := room(path)
			if within(from, "web/kit") && to != "" && !within(to, "web/kit", "web/assets", "tenants", "internal") {
				t.Errorf("%s knows a domain: %s", from, to)
			}
		}
	}
}

func TestOnlyTestsGoBackstage(t *testing.T) {
	for _, pkg := range packages(t) {
		from := room(pkg.ImportPath)
		if within(from, backstage...) {
			continue
		}
		for _, path := range pkg.Imports {
			if within(room(path), backstage...) {
				t.Errorf("%s imports %s, which is for tests", from, room(path))
			}
		}
	}
}

func TestLibrariesStayBehindTheirAdapters(t *testing.T) {
	for _, pkg := range packages(t) {
		for _, adapter := range adapters {
			if within(room(pkg.ImportPath), adapter.rooms...) {
				continue
			}
			for _, path := range pkg.Imports {
				if path == adapter.library || strings.HasPrefix(path, adapter.library+"/") {
					t.Errorf("%s imports %s, which only %s may", room(pkg.ImportPath), path, strings.Join(adapter.rooms, ", "))
				}
			}
		}
	}
}

func TestTestsStandOutsideOfWhatTheyTest(t *testing.T) {
	for _, pkg := range packages(t) {
		if len(pkg.TestImports) > 0 {
			t.Errorf("%s has tests inside its package: name theirs %s_test", room(pkg.ImportPath), lastOf(pkg.ImportPath))
		}
	}
}

func beneath(from, to string) bool {
	own, other := floor(from), floor(to)
	if own == other {
		return roomName(from) == roomName(to)
	}
	return other < own
}

func floor(path string) int {
	return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, roomName(path)) })
}

func roomName(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

func faceOf(path string) string {
	for _, face := range faces {
		if within(path, face) {
			return face
		}
	}
	return ""
}

func within(path string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool {
		return path == room || strings.HasPrefix(path, room+"/")
	})
}

func lastOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg goPackage
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, pkg)
	}
}
