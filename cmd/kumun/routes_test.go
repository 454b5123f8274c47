package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

func TestTheRouteWalk(t *testing.T) {
	w := build(t)
	before := w.everything()
	for _, each := range []struct {
		name string
		walk func(*town, *testing.T, *face)
		// acts tells that people of Cornouaille do what they may.
		acts bool
	}{
		{"no route escapes", (*town).everyRouteIsKnown, false},
		{"neighbours find nothing", (*town).neighboursFindNothing, false},
		{"wrong roles are refused", (*town).wrongRolesAreRefused, false},
		{"one's own is for oneself", (*town).othersAreRefused, false},
		{"forms from elsewhere are refused", (*town).foreignFormsAreRefused, false},
		{"visitors are answered", (*town).visitorsAreAnswered, true},
		{"whom it is for comes in", (*town).whomItIsForComesIn, true},
	} {
		t.Run(each.name, func(t *testing.T) {
			each.walk(w, t, &w.site)
			each.walk(w, t, &w.console)
			after := w.everything()
			for table, rows := range after {
				if !each.acts && rows != before[table] {
					t.Errorf("%s of Cornouaille changed", table)
				}
			}
			before = after
		})
	}
	t.Run("each face keeps to its host", w.facesKeepToTheirHosts)
	t.Run("one click stops the digest", w.oneClickStopsTheDigest)
	t.Run("little is served beside the tables", w.besideTheTables)
	t.Run("the demonstration's doors are its own", w.productionHasNoDemonstration)
}

func (w *town) everyRouteIsKnown(t *testing.T, f *face) {
	known, identified := map[string]bool{}, 0
	for _, route := range f.table {
		name := route.Method + " " + route.Path
		known[name] = true
		if open := slices.Contains(strings.Fields(f.open[route.Method]), route.Path); open == route.Need.SignedIn {
			t.Errorf("%s is open to anyone here or there, not both", name)
		}
		if route.Need.Kind != "" && guests(route.Path) == nil {
			t.Errorf("%s asks for %s %s: say who is invited", name, route.Need.Kind, route.Need.Action)
		}
		if !strings.ContainsAny(route.Path, ":*") {
			continue
		}
		identified++
		if !slices.ContainsFunc(f.ways, func(way way) bool { return way.route == name }) {
			t.Errorf("%s has an identifier and no way: say whom it is for", name)
		}
	}
	for _, way := range f.ways {
		if !known[way.route] {
			t.Errorf("%s is no route", way.route)
		}
		if way.right == w.her && len(way.others) == 0 {
			t.Errorf("%s is Anna's: say from whom it is kept", way.route)
		}
	}
	t.Logf("%d routes, %d with an identifier, %d ways", len(f.table), identified, len(f.ways))
}

// guests are the roles that may open an address; nil where none is needed.
func guests(path string) []actor.Role {
	for _, each := range invited {
		if strings.HasPrefix(path, each.prefix) {
			return each.roles
		}
	}
	return nil
}

func (w *town) neighboursFindNothing(t *testing.T, f *face) {
	for _, way := range f.ways {
		method, _, _ := strings.Cut(way.route, " ")
		for _, neighbour := range f.neighbours {
			if neighbour.cookies == "" && f.need(way).SignedIn {
				continue // is sent to sign in, whatever there is
			}
			got := w.ask(neighbour, method, way.path, way.form)
			if got.status != http.StatusNotFound && got.status != way.refused {
				t.Errorf("%s %s answers %s with %d", method, way.path, neighbour.name, got.status)
			}
			if method == http.MethodPost {
				continue
			}
			if head := w.ask(neighbour, http.MethodHead, way.path, nil); head.status != got.status {
				t.Errorf("HEAD %s answers %s with %d, GET with %d", way.path, neighbour.name, head.status, got.status)
			}
		}
	}
	if w.DB.Engine == database.PostgreSQL {
		w.rowSecurityHidesAll(t)
	}
}

// rowSecurityHidesAll asks for Cornouaille's rows by name, in a transaction of
// Villeray's.
func (w *town) rowSecurityHidesAll(t *testing.T) {
	for _, table := range w.tables() {
		var rows int
		w.read(w.Neighbour.ID, &rows, `SELECT count(*) FROM `+table+` WHERE tenant_id = ? AND ?tenant > 0`, w.Tenant.ID)
		if rows > 0 {
			t.Errorf("Villeray reads %d %s of Cornouaille's", rows, table)
		}
	}
}

func (w *town) wrongRolesAreRefused(t *testing.T, f *face) {
	for _, route := range f.table {
		if !route.Need.SignedIn {
			continue
		}
		f.walked++
		way := f.way(route)
		for _, visitor := range f.visitors {
			got := w.ask(visitor, route.Method, way.path, way.form)
			if got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, f.signIn+"?") {
				t.Errorf("%s %s answers %s with %d to %q", route.Method, way.path, visitor.name, got.status, got.location)
			}
		}
		roles := guests(route.Path)
		if roles == nil {
			continue
		}
		for role, person := range w.roles {
			want := http.StatusNotFound
			if slices.Contains(roles, role) {
				want = http.StatusOK
			}
			if want == http.StatusOK && (route.Method == http.MethodPost || slices.Contains(way.others, person)) {
				continue // would act, or is not the owner
			}
			if got := w.ask(person, route.Method, way.path, way.form); got.status != want {
				t.Errorf("%s %s answers %s with %d, not %d", route.Method, way.path, person.name, got.status, want)
			}
		}
	}
}

func (w *town) othersAreRefused(t *testing.T, f *face) {
	for _, way := range f.ways {
		method, _, _ := strings.Cut(way.route, " ")
		for _, other := range way.others {
			if got := w.ask(other, method, way.path, way.form); got.status != http.StatusNotFound && got.status != way.refused {
				t.Errorf("%s %s answers %s with %d", method, way.path, other.name, got.status)
			}
		}
	}
}

func (w *town) foreignFormsAreRefused(t *testing.T, f *face) {
	for _, route := range f.table {
		if route.Method != http.MethodPost {
			continue
		}
		way := f.way(route)
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://elsewhere.example"}, {"Origin", "https://" + otherHost}} {
			if got := w.ask(way.right, route.Method, way.path, way.form, header[0], header[1]); got.status != http.StatusForbidden {
				t.Errorf("%s with %s answers %d", way.route, header, got.status)
			}
		}
	}
}

func (w *town) visitorsAreAnswered(t *testing.T, f *face) {
	sane := []int{http.StatusOK, http.StatusMovedPermanently, http.StatusSeeOther, http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}
	for _, route := range f.table {
		if route.Need.SignedIn {
			continue
		}
		f.walked++
		way := f.way(route)
		if route.Method == http.MethodPost && strings.Contains(way.route, ":") {
			continue // is used up by whom it is for
		}
		if got := w.ask(f.visitors[0], route.Method, way.path, nil); !slices.Contains(sane, got.status) {
			t.Errorf("%s answers a visitor with %d", way.route, got.status)
		}
	}
}

func (w *town) whomItIsForComesIn(t *testing.T, f *face) {
	if f.walked != len(f.table) {
		t.Errorf("walked %d of %d routes", f.walked, len(f.table))
	}
	for _, way := range f.ways {
		method, _, _ := strings.Cut(way.route, " ")
		got := w.ask(way.right, method, way.path, way.form)
		if got.status >= 400 || method == http.MethodGet && got.status != http.StatusOK && !way.leads || strings.HasPrefix(got.location, f.signIn) {
			t.Errorf("%s %s answers %s with %d to %q", method, way.path, way.right.name, got.status, got.location)
		}
	}
}

func (w *town) facesKeepToTheirHosts(t *testing.T) {
	for face, other := range map[*face]*face{&w.site: &w.console, &w.console: &w.site} {
		for _, route := range face.table {
			if slices.ContainsFunc(other.table, func(own kit.Route) bool { return own.Path == route.Path }) {
				continue
			}
			if got := w.ask(other.keeper, route.Method, face.way(route).path, nil); got.status != http.StatusNotFound {
				t.Errorf("%s %s at %s answers %d", route.Method, route.Path, other.keeper.host, got.status)
			}
		}
	}
}

// oneClickStopsTheDigest comes from a mail program, which sends no cookie and
// does not say from where.
func (w *town) oneClickStopsTheDigest(t *testing.T) {
	stop := notifications.StopPath(w.Tenant, ownHost, w.anna.Member)
	got := w.ask(w.site.visitors[0], http.MethodPost, stop, fields("List-Unsubscribe", "One-Click"), "User-Agent", "a mail program")

	member := must(w.Members().ByID(t.Context(), w.Tenant.ID, w.anna.Member))(t)
	if got.status != http.StatusOK || member.Digest != membership.Never {
		t.Errorf("one click answers %d and leaves the digest %s", got.status, member.Digest)
	}

	// So does a subscriber's, who has no account.
	reader := notifications.Subscription{ID: id.New(w.Clock.Now()), Email: "gwen@example.net", Language: "fr", News: true, CreatedAt: w.Clock.Now(), ConfirmedAt: w.Clock.Now()}
	if err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(&reader).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	got = w.ask(w.site.visitors[0], http.MethodPost, notifications.UnsubscribePath(w.Tenant, ownHost, reader.ID, notifications.ForNews),
		fields("List-Unsubscribe", "One-Click"), "User-Agent", "a mail program")
	stays := false
	w.read(w.Tenant.ID, &stays, `SELECT news FROM letter_subscriptions WHERE tenant_id = ?tenant AND id = ?0`, reader.ID)
	if got.status != http.StatusOK || stays {
		t.Errorf("one click answers %d, and the letter goes on: %v", got.status, stays)
	}
}

func (w *town) besideTheTables(t *testing.T) {
	for _, host := range []person{w.site.visitors[0], w.console.visitors[0]} {
		for asked, want := range map[string]int{
			"GET /healthz": http.StatusOK, "GET /readyz": http.StatusOK, "GET /icone.svg": http.StatusOK,
			"GET /assets/": http.StatusNotFound, "GET /metrics": http.StatusNotFound, "GET /debug/pprof/": http.StatusNotFound,
			"GET /webhooks/stripe": http.StatusMethodNotAllowed,
			// Its signature says who sends it, not a header of browsers.
			"POST /webhooks/stripe": http.StatusBadRequest,
		} {
			method, path, _ := strings.Cut(asked, " ")
			if got := w.ask(host, method, path, nil, "Sec-Fetch-Site", "cross-site"); got.status != want {
				t.Errorf("%s at %s answers %d, not %d", asked, host.host, got.status, want)
			}
		}
	}
}

func (w *town) productionHasNoDemonstration(t *testing.T) {
	server := w.door(t.TempDir(), stripe.New("sk", "whsec", ""), false)
	for served, walked := range map[*kit.Routes][]kit.Route{server.Site: w.site.table, server.Operator: w.console.table} {
		for _, route := range served.Table() {
			if strings.HasPrefix(route.Path, "/dev") || strings.HasPrefix(route.Path, "/demo") {
				t.Errorf("%s is served in production", route.Path)
			}
			if !slices.Contains(walked, route) {
				t.Errorf("%s %s is served in production and was not walked", route.Method, route.Path)
			}
		}
	}
}

// way is the first under a route; one without an identifier is its own.
func (f *face) way(route kit.Route) way {
	name := route.Method + " " + route.Path
	if n := slices.IndexFunc(f.ways, func(way way) bool { return way.route == name }); n >= 0 {
		return f.ways[n]
	}
	return way{route: name, path: route.Path, right: f.keeper}
}

func (f *face) need(way way) kit.Need {
	n := slices.IndexFunc(f.table, func(route kit.Route) bool { return route.Method+" "+route.Path == way.route })
	if n < 0 {
		return kit.Anyone
	}
	return f.table[n].Need
}

var ownedTable = regexp.MustCompile(`\{\{\.Owned "(\w+)"\}\}`)

// tables lists all that hold tenants' rows, as the migrations make them.
func (w *town) tables() []string {
	var tables []string
	files := must(filepath.Glob("../../migrations/*.sql"))(w.t)
	for _, file := range files {
		for _, found := range ownedTable.FindAllStringSubmatch(string(must(os.ReadFile(file))(w.t)), -1) {
			// SQLite's is a full-text index, of no tenant's rows.
			if found[1] != "search_terms" || w.DB.Engine == database.PostgreSQL {
				tables = append(tables, found[1])
			}
		}
	}
	if len(tables) < 20 {
		w.t.Fatalf("found only the tables %v", tables)
	}
	return tables
}

// everything is each table's rows of Cornouaille's.
func (w *town) everything() map[string]string {
	all := map[string]string{}
	for _, table := range w.tables() {
		var rows []map[string]any
		w.read(w.Tenant.ID, &rows, "SELECT * FROM "+table+" WHERE tenant_id = ?tenant")
		var lines []string
		for _, row := range rows {
			lines = append(lines, string(must(json.Marshal(row))(w.t)))
		}
		slices.Sort(lines)
		all[table] = strings.Join(lines, "\n")
	}
	return all
}
