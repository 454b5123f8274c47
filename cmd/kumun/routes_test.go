package main_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
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

// A route with an identifier needs a line in siteWays or consoleWays, one that
// is open to anyone a word in siteOpen or consoleOpen, one that asks for a right
// a line in invited: what is new fails here until somebody has said whom it is
// for.

// What asks nobody who they are, by method.
var (
	siteOpen = map[string]string{
		"GET": `/ /bons-plans /bons-plans/:id /annonces /annonces/:id /groupes /groupes/:id /adresses /adresses/:id /voisins/:id
			/chercher /ecrire /partenaires /images/:tail /couvertures/:tail /signaler /signaler/merci/:id /lettre/arreter
			/inscription /connexion /connexion/code /connexion/lien/:token
			/mentions-legales /regles /donnees /accessibilite /contact /robots.txt /.well-known/security.txt
			/dev/paiement /dev/mail /dev/mail.json /dev/mail/:id /dev/mail/:id/html`,
		"POST": `/inscription /connexion /connexion/code /connexion/lien/:token /signaler /lettre/arreter /lettre/reprendre
			/dev/paiement /dev/mail/digest`,
	}
	consoleOpen = map[string]string{
		"GET":  `/ /robots.txt /operator/connexion /operator/connexion/:token /dev/mail /dev/mail.json /dev/mail/:id /dev/mail/:id/html`,
		"POST": `/operator/connexion /operator/connexion/:token /demo/entrer /dev/mail/digest`,
	}
)

// invited says who may open what is under an address, whatever need and policy
// come to.
var invited = []struct {
	prefix string
	roles  []actor.Role
}{
	{"/ecrire/", actor.Roles[1:]},
	{"/partenaires/", actor.Roles[1:]},
	{"/groupes/ouvrir", []actor.Role{actor.Ambassador, actor.Editor, actor.Admin}},
	{"/moderation", []actor.Role{actor.Moderator, actor.Admin}},
}

// way is an address under a route, made of the names of Cornouaille's things.
type way struct {
	route, path string
	form        url.Values
	// right is for whom it is; to others of Cornouaille the thing does not
	// belong, and nil means that whoever meets the route's need may come.
	right  person
	others []person
	// refused is what neighbours get: 404, unless the name stands in a field.
	refused int
}

const atField = http.StatusUnprocessableEntity

func (w *town) siteWays(n names) []way {
	visitor, member, moderator := w.site.visitors[0], w.roles[actor.Member], w.roles[actor.Moderator]
	all, notDesk, notEditors := w.everybodyBut(), w.everybodyBut(actor.Moderator, actor.Admin), w.everybodyBut(actor.Editor, actor.Admin)
	post, reply, group := "/publications/"+n.tip.ID.String(), "/reponses/"+n.comment.String(), "/groupes/"+n.group.ID.String()
	sheet, draft, file := "/partenaires/fiches/"+n.paid.String(), "/partenaires/fiches/"+n.draft.String(), "/moderation/cas/"+n.file.String()
	words := fields("title", "Le bain de huit heures", "text", "On descend la cale tous les matins, été comme hiver.")
	business := fields("name", "Crêperie d'Anna", "trade", "crêperie", "owner_name", "Anna B.", "commune", "Quimper", "phone", "02 61 91 10 29",
		"text", "Dix-huit places, deux billigs, et la galette part quand elle est prête.", "legal_name", "Anna B.", "address", "29000 Quimper")
	purpose := fields("name", "Nage", "purpose", "Nager ensemble toute l'année.")
	verdict := fields("action", "keep", "seen", "keep", "step", "decide", "explanation", "Tout est encore vrai, le message reste.")
	pay := fields("issue", "payer")
	ways := []way{
		{route: "GET /bons-plans/:id", path: n.tip.Path(), right: visitor},
		{route: "GET /annonces/:id", path: n.offer.Path(), right: visitor},
		{route: "GET /bons-plans", path: "/bons-plans?groupe=" + n.group.ID.String(), right: visitor},
		{route: "GET /annonces", path: "/annonces?groupe=" + n.group.ID.String(), right: visitor},
		{route: "GET /groupes", path: "/groupes?apres=" + n.group.ID.String(), right: visitor},
		{route: "GET /groupes/:id", path: n.group.Path(), right: visitor},
		{route: "GET /adresses/:id", path: "/adresses/" + n.paid.String(), right: visitor},
		{route: "GET /voisins/:id", path: "/voisins/" + w.anna.Member.String(), right: visitor},
		{route: "GET /images/:tail", path: n.picture.Path(n.picture.Width), right: visitor},
		// Drawn from the address alone: there is nothing to find.
		{route: "GET /couvertures/:tail", path: "/couvertures/vide.svg", right: visitor, refused: http.StatusOK},

		// A group one is not in and a picture of somebody else's: at the field.
		{route: "POST /ecrire/bon-plan", path: "/ecrire/bon-plan", form: with(words, "group", n.group.ID.String()), right: w.her, others: all, refused: atField},
		{route: "POST /ecrire/annonce", path: "/ecrire/annonce", form: with(words, "offer", "give", "alt", "La cale", "picture_id", n.picture.ID.String()),
			right: w.her, others: all, refused: atField},
		{route: "GET /publications/:id/modifier", path: post + "/modifier", right: w.her, others: all},
		{route: "POST /publications/:id/modifier", path: post + "/modifier", form: words, right: w.her, others: all},
		{route: "POST /publications/:id/merci", path: post + "/merci", right: member},
		{route: "POST /publications/:id/reponses", path: post + "/reponses", form: fields("comment", "J'y serai demain."), right: member},
		{route: "GET /reponses/:id/modifier", path: reply + "/modifier", right: w.her, others: all},
		{route: "POST /reponses/:id/modifier", path: reply + "/modifier", form: fields("comment", "Elle chauffe toujours."), right: w.her, others: all},
		{route: "GET /reponses/:id/supprimer", path: reply + "/supprimer", right: w.her, others: all},
		{route: "POST /reponses/:id/supprimer", path: reply + "/supprimer", right: w.her, others: all},

		{route: "GET /groupes/:id/modifier", path: group + "/modifier", right: w.her, others: notEditors},
		{route: "POST /groupes/:id/modifier", path: group + "/modifier", form: purpose, right: w.her, others: notEditors},
		{route: "POST /groupes/:id/rejoindre", path: group + "/rejoindre", right: member},
		{route: "POST /groupes/:id/quitter", path: group + "/quitter", right: member},
		{route: "POST /moi/appareils/:id/sortir", path: "/moi/appareils/" + n.session.String() + "/sortir", right: w.her, others: all},

		{route: "GET /partenaires/fiches/:id", path: sheet, right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/modifier", path: sheet + "/modifier", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/modifier", path: sheet + "/modifier", form: business, right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/formule", path: draft + "/formule", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/formule", path: draft + "/formule", form: fields("plan", "grand-large"), right: w.her, others: all},
		{route: "GET /partenaires/fiches/:id/retour", path: sheet + "/retour", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/arreter", path: sheet + "/arreter", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/reprendre", path: sheet + "/reprendre", right: w.her, others: all},
		{route: "POST /partenaires/fiches/:id/moyen-de-paiement", path: sheet + "/moyen-de-paiement", right: w.her, others: all},
		// Whoever holds the stand-in's secret address pays.
		{route: "GET /dev/paiement", path: n.page, right: visitor},
		{route: "POST /dev/paiement", path: n.page, form: pay, right: visitor},
		{route: "GET /dev/paiement", path: n.contract, right: visitor},
		{route: "POST /dev/paiement", path: n.contract, form: pay, right: visitor},

		{route: "GET /signaler/merci/:id", path: n.thanks, right: visitor},
		{route: "GET /moderation/cas/:id", path: file, right: moderator, others: notDesk},
		{route: "GET /moderation", path: "/moderation?apres=" + n.file.String(), right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/garde", path: file + "/garde", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/rendu", path: file + "/rendu", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/garde", path: file + "/garde", right: moderator, others: notDesk},
		{route: "POST /moderation/cas/:id/decision", path: file + "/decision", form: verdict, right: moderator, others: notDesk},

		{route: "GET /dev/mail/:id", path: "/dev/mail/" + n.letter.String(), right: visitor},
		{route: "GET /dev/mail/:id/html", path: "/dev/mail/" + n.letter.String() + "/html", right: visitor},
		{route: "GET /lettre/arreter", path: n.stop, right: visitor},
		{route: "POST /lettre/arreter", path: n.stop, right: visitor},
		{route: "POST /lettre/reprendre", path: strings.Replace(n.stop, "arreter", "reprendre", 1), right: visitor},
		{route: "GET /connexion/lien/:token", path: n.link, right: visitor},
		{route: "POST /connexion/lien/:token", path: n.link, right: visitor},
		// Nothing comes back after these.
		{route: "GET /publications/:id/supprimer", path: post + "/supprimer", right: w.her, others: all},
		{route: "POST /publications/:id/supprimer", path: post + "/supprimer", right: w.her, others: all},
	}
	for kind, piece := range map[string]id.ID{"post": n.offer.ID, "comment": n.comment, "group": n.group.ID, "listing": n.paid, "member": w.anna.Member} {
		about := kind + ":" + piece.String()
		ways = slices.Insert(ways, 0, way{route: "GET /signaler", path: "/signaler?sur=" + about, right: visitor},
			way{route: "POST /signaler", path: "/signaler", form: report(about, kind+"@example.org"), right: visitor})
	}
	return ways
}

func (w *town) consoleWays() []way {
	letter := "/dev/mail/" + w.letter(0).String()
	token, community := "/operator/connexion/"+w.link, "/operator/communautes/villeray"
	why := fields("reason", "Un essai")
	return []way{
		{route: "GET /dev/mail/:id", path: letter, right: w.console.visitors[0]},
		{route: "GET /dev/mail/:id/html", path: letter + "/html", right: w.console.visitors[0]},
		{route: "GET /operator/communautes/:slug", path: community, right: w.staff},
		{route: "POST /operator/communautes/:slug/suspendre", path: community + "/suspendre", form: why, right: w.staff},
		{route: "POST /operator/communautes/:slug/reprendre", path: community + "/reprendre", form: why, right: w.staff},
		{route: "GET /operator/connexion/:token", path: token, right: w.console.visitors[0]},
		{route: "POST /operator/connexion/:token", path: token, right: w.console.visitors[0]},
	}
}

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
	sane := []int{http.StatusOK, http.StatusSeeOther, http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}
	for _, route := range f.table {
		if route.Need.SignedIn {
			continue
		}
		f.walked++
		way := f.way(route)
		if route.Method == http.MethodPost && strings.Contains(way.route, ":") {
			continue // uses up what it names
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
		if got.status >= 400 || strings.HasPrefix(got.location, f.signIn) {
			t.Errorf("%s %s answers %s with %d to %q", method, way.path, way.right.name, got.status, got.location)
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

func (w *town) everybodyBut(roles ...actor.Role) []person {
	var people []person
	for role, person := range w.roles {
		if !slices.Contains(roles, role) {
			people = append(people, person)
		}
	}
	return people
}

var ownedTable = regexp.MustCompile(`\{\{\.Owned "(\w+)"\}\}`)

// tables lists all that hold tenants' rows, as the migrations make them.
func (w *town) tables() []string {
	var tables []string
	files := must(filepath.Glob("../../migrations/*.sql"))(w.t)
	for _, file := range files {
		for _, found := range ownedTable.FindAllStringSubmatch(string(must(os.ReadFile(file))(w.t)), -1) {
			tables = append(tables, found[1])
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

func with(form url.Values, pairs ...string) url.Values {
	all := fields(pairs...)
	maps.Copy(all, form)
	return all
}
