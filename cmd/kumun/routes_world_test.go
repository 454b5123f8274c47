package main_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	kumun "github.com/kumun/kumun/cmd/kumun"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/operator"
	"github.com/kumun/kumun/web/site/signin"
	"github.com/kumun/kumun/world"
)

const (
	bareHost  = "kumun.test"
	ownHost   = "cornouaille." + bareHost
	otherHost = "villeray." + bareHost

	staffCookie = "__Host-kumun-staff"
)

// town is the whole product behind HTTP, with two communities, of which
// Cornouaille has one of everything.
type town struct {
	*world.World
	t      *testing.T
	server *httptest.Server
	// site and console are the two route tables and who comes there.
	site, console face
	// anna made everything; the others of Cornouaille have a role each.
	anna  actor.Actor
	her   person
	roles map[actor.Role]person
	staff person
	// link is an unused one to the console.
	link string
}

// person is somebody's browser at a host.
type person struct{ name, host, cookies string }

// face is a route table and who comes to it.
type face struct {
	table  []kit.Route
	open   map[string]string
	ways   []way
	signIn string
	keeper person
	// visitors are signed in elsewhere at most; neighbours are at home there.
	visitors, neighbours []person
	// walked counts the routes that let somebody in and refused who should be.
	walked int
}

func build(t *testing.T) *town {
	now := clock.At(time.Now())
	db := world.Open(t)
	w := &town{t: t, roles: map[actor.Role]person{}, World: &world.World{DB: db, Clock: now, Outbox: &outbox.Outbox{Clock: now},
		Tenants: &tenants.Service{DB: db, Clock: now, Base: bareHost}}}
	w.Tenant = w.Community(t, "cornouaille", "Cornouaille", look.Cornouaille)
	w.Neighbour = w.Community(t, "villeray", "Villeray", look.Villeray)
	if err := w.Tenants.SetLanguages(t.Context(), w.Tenant.ID, "fr", tenants.Languages); err != nil {
		t.Fatal(err)
	}
	data, till := t.TempDir(), w.Till(t)
	door := w.door(data, till.Standin, true)
	w.server = httptest.NewServer(door.Handler())
	t.Cleanup(w.server.Close)

	w.people()
	w.site.table, w.site.signIn, w.site.keeper = door.Site.Table(), signin.Path, w.roles[actor.Admin]
	w.console.table, w.console.signIn, w.console.keeper = door.Operator.Table(), "/operator/connexion", w.staff
	w.site.open, w.console.open = siteOpen, consoleOpen
	w.site.ways = w.things(data, till)
	w.console.ways = w.consoleWays()
	return w
}

// door puts the product together as the command does.
func (w *town) door(data string, payments billing.Payments, demonstration bool) *web.Server {
	w.t.Helper()
	rooms, err := kumun.Furnish(w.t.Context(), kumun.StoreSettings{Data: data, BaseURL: "https://" + bareHost}, w.DB, payments)
	if err != nil {
		w.t.Fatal(err)
	}
	var demo *operator.Demo
	if demonstration {
		rooms.ShowLetters()
		demo = &operator.Demo{Mailbox: true}
	}
	server, cache := kumun.Door(rooms, kumun.Settings{}, demo)
	w.DB.OnCommit(cache.Changed)
	return server
}

// people signs everybody in.
func (w *town) people() {
	session := signin.SessionCookie(true) + "="
	enter := func(who actor.Actor, name, host string) person {
		return person{name, host, session + w.SignIn(w.t, who)}
	}
	w.anna = w.Member(w.t, "anna")
	w.her = enter(w.anna, "Anna", ownHost)
	for _, role := range actor.Roles[1:] {
		w.roles[role] = enter(w.Member(w.t, string(role), role), "Cornouaille's "+string(role), ownHost)
	}
	plain := enter(w.MemberOf(w.t, w.Neighbour, "plain"), "Villeray's member", otherHost)
	mighty := enter(w.MemberOf(w.t, w.Neighbour, "mighty", actor.Roles[2:]...), "Villeray's everything", otherHost)

	operators := &tenants.Operators{DB: w.DB, Clock: w.Clock, Outbox: w.Outbox}
	w.link = must(operators.Link(w.t.Context(), "operator@example.org"))(w.t)
	used := must(operators.Link(w.t.Context(), "operator@example.org"))(w.t)
	token := must(operators.SignIn(w.t.Context(), used))(w.t)
	w.staff = person{"operator", bareHost, staffCookie + "=" + token}

	admin := strings.TrimPrefix(w.roles[actor.Admin].cookies, session)
	w.site.visitors = []person{{"visitor", ownHost, ""}, {"Villeray's everything as a guest", ownHost, mighty.cookies},
		{"operator as a guest", ownHost, w.staff.cookies + "; " + session + token}}
	w.site.neighbours = []person{plain, mighty, {"Villeray's visitor", otherHost, ""}, w.staff}
	w.console.visitors = []person{{"visitor", bareHost, ""}, {"Cornouaille's admin as a guest", bareHost, w.roles[actor.Admin].cookies},
		{"Cornouaille's admin in disguise", bareHost, staffCookie + "=" + admin}}
	w.console.neighbours = []person{w.roles[actor.Admin], {"operator as a guest", ownHost, w.staff.cookies}}
}

func (w *town) picture(data string) *community.Picture {
	policy := must(moderation.NewPolicy(w.t.Context(), w.DB, w.Clock))(w.t)
	blobs := must(blob.Open(filepath.Join(data, "pictures")))(w.t)
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		w.t.Fatal(err)
	}
	return must(community.NewPictures(w.DB, w.Clock, policy, blobs).Add(w.t.Context(), w.anna, &content, "La cale"))(w.t)
}

func (w *town) caseAbout(piece id.ID) id.ID {
	var found id.ID
	w.read(w.Tenant.ID, &found, `SELECT id FROM cases WHERE tenant_id = ?tenant AND piece_id = ?`, piece)
	return found
}

func (w *town) letter(tenant id.ID) id.ID {
	row := &notifications.Letter{ID: id.New(w.Clock.Now()), Address: "anna@example.org", Subject: "Bonjour", CreatedAt: w.Clock.Now()}
	err := w.DB.Write(w.t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(row).Exec(ctx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return row.ID
}

func (w *town) read(tenant id.ID, into any, statement string, args ...any) {
	w.t.Helper()
	err := w.DB.Read(w.t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, into, statement, args...)
	})
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

type answer struct {
	status         int
	location, page string
}

// ask sends a request as a browser would; headers are pairs that replace what
// a form of the same site brings.
func (w *town) ask(who person, method, path string, form url.Values, headers ...string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Host = who.host
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if headers == nil {
			headers = []string{"Sec-Fetch-Site", "same-origin"}
		}
	}
	for n := 0; n < len(headers); n += 2 {
		request.Header.Set(headers[n], headers[n+1])
	}
	if who.cookies != "" {
		request.Header.Set("Cookie", who.cookies)
	}
	// The transport follows no redirect.
	got, err := w.server.Client().Transport.RoundTrip(request)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = got.Body.Close() }()
	page, err := io.ReadAll(got.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header.Get("Location"), string(page)}
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
