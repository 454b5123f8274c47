package notifications_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/internal/weblink"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/world"
)

// house is a world with everybody who follows facts, and a real mail server.
type house struct {
	*world.World
	sink          *services.Sink
	letters       *notifications.Letters
	digest        *notifications.Digest
	freshness     *notifications.Freshness
	members       *membership.Service
	groups        *membership.Groups
	moderation    *moderation.Service
	billing       *billing.Service
	posts         *community.Service
	searches      *notifications.Searches
	going         *notifications.Going
	asking        *notifications.Asking
	links         *notifications.Links
	telling       *notifications.Telling
	subscriptions *notifications.Subscriptions
	newsletters   *notifications.Newsletters
	when          jobs.When
}

const inFlight = 20 * time.Second

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{World: world.New(t), sink: services.SMTP(t)}
	sender, err := mail.Dial(h.sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	policy, err := moderation.NewPolicy(t.Context(), h.DB, h.Clock)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	h.members = membership.New(h.DB, h.Clock, h.Outbox, policy, h.Tenants)
	h.groups = h.Groups()
	h.moderation = moderation.New(h.DB, h.Clock, h.Outbox, policy, h.members)
	h.billing = &billing.Service{DB: h.DB, Clock: h.Clock, Outbox: h.Outbox, Policy: policy, Tenants: h.Tenants}
	search := &community.Search{DB: h.DB, Clock: h.Clock, Groups: unknown, Listings: unknown}
	h.posts = &community.Service{DB: h.DB, Clock: h.Clock, Outbox: h.Outbox, Policy: policy, Groups: h.groups, Members: h.members, Screen: h.moderation,
		Search: search, Pictures: community.NewPictures(h.DB, h.Clock, policy, blobs)}
	h.moderation.Registry.Register(h.posts.Reviewable()...)
	h.letters = &notifications.Letters{DB: h.DB, Clock: h.Clock, Outbox: h.Outbox, Tenants: h.Tenants, Mail: sender, Senders: h.Senders(),
		Home:    func(tenant *tenants.Tenant) string { return "https://" + tenant.Slug + ".kumun.test" },
		Console: "https://kumun.test", InFlight: inFlight}
	h.digest = &notifications.Digest{Letters: h.letters, Members: h.members, Groups: h.groups, Posts: h.posts}
	h.freshness = &notifications.Freshness{Letters: h.letters, Members: h.members, Posts: h.posts}
	h.searches = &notifications.Searches{Letters: h.letters, Members: h.members, Posts: h.posts}
	h.going = &notifications.Going{Letters: h.letters, Members: h.members, Posts: h.posts}
	h.asking = &notifications.Asking{Letters: h.letters, Members: h.members, Groups: h.groups, Posts: h.posts}
	h.links = &notifications.Links{Letters: h.letters, Members: h.members, Posts: h.posts, Billing: h.billing,
		Web: weblink.New(ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")), ssrf.WithAnyPort())}
	h.telling = &notifications.Telling{Letters: h.letters, Members: h.members, Groups: h.groups, Posts: h.posts}
	h.subscriptions = notifications.NewSubscriptions(h.letters, h.members, policy)
	h.newsletters = notifications.NewNewsletters(h.digest, h.billing, policy)
	h.when = jobs.List(jobs.Rooms{Outbox: &jobs.Housekeeper{DB: h.DB, Clock: h.Clock}, Moderation: h.moderation, Posts: h.posts,
		Search: search, Billing: h.billing, Letters: h.letters, Digest: h.digest, Searches: h.searches, Freshness: h.freshness, Going: h.going, Asking: h.asking, Links: h.links, Telling: h.telling, Subscriptions: h.subscriptions, Newsletters: h.newsletters, Groups: h.groups,
		Company: &notifications.Company{Letters: h.letters, Members: h.members, Groups: h.groups, Posts: h.posts},
		Correspondence: &notifications.Correspondence{Letters: h.letters, Members: h.members, Moderation: h.moderation, Billing: h.billing,
			Operators: &tenants.Operators{DB: h.DB, Clock: h.Clock, Outbox: h.Outbox}}})
	return h
}

func unknown(context.Context, id.ID, id.ID) (*community.Document, error) { return nil, fault.NotFound }

// follow does what workers would, one fact after the other, until nothing is
// due; it returns the first failure.
func (h *house) follow(t *testing.T) error {
	t.Helper()
	for range 1000 {
		row := h.nextFact(t)
		if row == nil {
			return nil
		}
		if err := h.followOne(t, row); err != nil {
			return err
		}
	}
	t.Fatal("facts lead to facts without end")
	return nil
}

func (h *house) mustFollow(t *testing.T) {
	t.Helper()
	if err := h.follow(t); err != nil {
		t.Fatal(err)
	}
}

func (h *house) nextFact(t *testing.T) *outbox.Row {
	t.Helper()
	var rows []outbox.Row
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("done_at IS NULL AND due_at <= ?", h.Clock.Now()).Order("id").Limit(1).Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

func (h *house) followOne(t *testing.T, row *outbox.Row) error {
	done := func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*outbox.Row)(nil)).Set("done_at = ?", h.Clock.Now()).Where("id = ?", row.ID).Exec(ctx)
		return err
	}
	following := h.when[row.Fact]
	if following.Outside != nil {
		return following.Outside(t.Context(), h.Tenant.ID, row.Payload, done)
	}
	return h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		for _, handle := range following.Inside {
			if err := handle(ctx, h.Tenant.ID, row.Payload); err != nil {
				return err
			}
		}
		return done(ctx, tx)
	})
}

// forget drops the facts that a test's preparations left.
func (h *house) forget(t *testing.T) {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*outbox.Row)(nil)).Where("done_at IS NULL").Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// tip adopts a tip, published now.
func (h *house) tip(t *testing.T, author actor.Actor, title string, group id.ID) *community.Post {
	t.Helper()
	post := &community.Post{Kind: community.Tip, Title: title, Standfirst: "L'eau est à 13 degrés, le café à 70.", Place: "Tréboul",
		Text: "Tous les matins, on descend la cale. Prends une serviette et un bonnet.", AuthorID: author.Member, GroupID: group,
		State: community.Published, PostedAt: h.Clock.Now()}
	if err := h.posts.Adopt(t.Context(), author.Tenant, post, nil, nil); err != nil {
		t.Fatal(err)
	}
	return post
}

// kept are the letters in the store.
func (h *house) kept(t *testing.T) []notifications.Letter {
	t.Helper()
	all, _, err := h.letters.Mailbox(t.Context(), h.Tenant.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// to are the letters that arrived at an address.
func (h *house) to(address string) (arrived []services.Message) {
	for _, message := range h.sink.Messages() {
		if message.To[0] == address {
			arrived = append(arrived, message)
		}
	}
	return arrived
}
