package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kumun/kumun/analytics"
	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/billing/standin"
	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/internal/weblink"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/migrations"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/transfer"
	"github.com/kumun/kumun/web"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/desk"
	"github.com/kumun/kumun/web/desk/audience"
	"github.com/kumun/kumun/web/desk/newsletters"
	"github.com/kumun/kumun/web/desk/redaction"
	"github.com/kumun/kumun/web/dev/mailbox"
	"github.com/kumun/kumun/web/dev/payment"
	"github.com/kumun/kumun/web/dev/style"
	"github.com/kumun/kumun/web/feeds"
	"github.com/kumun/kumun/web/kit"
	"github.com/kumun/kumun/web/operator"
	"github.com/kumun/kumun/web/partner"
	"github.com/kumun/kumun/web/site/archive"
	"github.com/kumun/kumun/web/site/asking"
	"github.com/kumun/kumun/web/site/breton"
	"github.com/kumun/kumun/web/site/follows"
	"github.com/kumun/kumun/web/site/going"
	"github.com/kumun/kumun/web/site/groups"
	"github.com/kumun/kumun/web/site/home"
	"github.com/kumun/kumun/web/site/legal"
	"github.com/kumun/kumun/web/site/letter"
	"github.com/kumun/kumun/web/site/listings"
	"github.com/kumun/kumun/web/site/lists"
	"github.com/kumun/kumun/web/site/media"
	"github.com/kumun/kumun/web/site/news"
	"github.com/kumun/kumun/web/site/posts"
	"github.com/kumun/kumun/web/site/profile"
	"github.com/kumun/kumun/web/site/report"
	"github.com/kumun/kumun/web/site/search"
	"github.com/kumun/kumun/web/site/signin"
	"github.com/kumun/kumun/web/site/stilltrue"
	"github.com/kumun/kumun/web/site/subscription"
	"github.com/kumun/kumun/web/webhooks"
)

// rooms are the domain's services over one store.
type rooms struct {
	clock      clock.Clock
	db         *database.DB
	outbox     *outbox.Outbox
	scheme     string
	tenants    *tenants.Service
	operators  *tenants.Operators
	policy     *moderation.Policy
	members    *membership.Service
	groups     *membership.Groups
	moderation *moderation.Service
	audience   *analytics.Audience
	billing    *billing.Service
	posts      *community.Service
	search     *community.Search
	pictures   *community.Pictures
	importer   *transfer.Importer
	letters    *notifications.Letters
	// mailbox shows letters instead of sending them: in the demonstration.
	mailbox       bool
	digest        *notifications.Digest
	freshness     *notifications.Freshness
	searches      *notifications.Searches
	going         *notifications.Going
	asking        *notifications.Asking
	links         *notifications.Links
	telling       *notifications.Telling
	subscriptions *notifications.Subscriptions
	newsletters   *notifications.Newsletters
	overseer      *jobs.Overseer
}

// openStore connects to the store; migrate walks the road of migrations first.
func openStore(ctx context.Context, s storeSettings, migrate bool) (*database.DB, error) {
	db, err := database.Open(ctx, s.database(), s.DatabaseOwnerURL)
	if err != nil {
		return nil, err
	}
	if migrate {
		if _, err := migrations.Apply(ctx, db); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return db, nil
	}
	pending, err := migrations.Pending(ctx, db)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("the store lacks %d steps; run: kumun migrate", len(pending))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openBare connects without a look at the schema.
func openBare(ctx context.Context, s storeSettings) (*database.DB, error) {
	return database.Open(ctx, s.database(), s.DatabaseOwnerURL)
}

// furnish puts the rooms together. Nothing runs yet.
func furnish(ctx context.Context, s storeSettings, db *database.DB, payments billing.Payments) (*rooms, error) {
	scheme, host, err := s.base()
	if err != nil {
		return nil, err
	}
	now := clock.System()
	facts := &outbox.Outbox{Clock: now}
	policy, err := moderation.NewPolicy(ctx, db, now)
	if err != nil {
		return nil, err
	}
	blobs, err := blob.Open(filepath.Join(s.Data, "pictures"))
	if err != nil {
		return nil, fmt.Errorf("KUMUN_DATA: %w", err)
	}
	secret, err := s.vault()
	if err != nil {
		return nil, err
	}
	r := &rooms{clock: now, db: db, outbox: facts, policy: policy, scheme: scheme}
	r.tenants = &tenants.Service{DB: db, Clock: now, Base: tenants.NormaliseHost(host)}
	r.operators = &tenants.Operators{DB: db, Clock: now, Outbox: facts}
	r.members = membership.New(db, now, facts, policy, r.tenants)
	r.groups = &membership.Groups{DB: db, Clock: now, Outbox: facts, Policy: policy}
	r.audience = &analytics.Audience{DB: db, Clock: now}
	r.moderation = moderation.New(db, now, facts, policy, r.members)
	r.billing = &billing.Service{DB: db, Clock: now, Outbox: facts, Policy: policy, Tenants: r.tenants,
		Payments: payments, Members: partners{r.members}, Screen: r.moderation.Screen}
	r.search = &community.Search{DB: db, Clock: now, Groups: community.GroupDocuments(r.groups), Listings: community.ListingDocuments(r.billing)}
	r.pictures = community.NewPictures(db, now, policy, blobs)
	r.posts = &community.Service{DB: db, Clock: now, Outbox: facts, Policy: policy, Groups: r.groups,
		Members: r.members, Screen: r.moderation, Search: r.search, Pictures: r.pictures}
	r.moderation.Registry.Register(r.posts.Reviewable()...)
	r.moderation.Registry.Register(r.billing.Reviewable())
	r.moderation.Registry.Register(r.groupKind(), r.memberKind())
	senders := &notifications.Senders{DB: db, Clock: now, Vault: secret, Resolver: net.DefaultResolver}
	if senders.Operator, err = (mailSettings{}).operator(host); err != nil {
		return nil, err
	}
	r.letters = &notifications.Letters{DB: db, Clock: now, Outbox: facts, Tenants: r.tenants, Senders: senders, Home: r.address, Console: scheme + "://" + host}
	r.digest = &notifications.Digest{Letters: r.letters, Members: r.members, Groups: r.groups, Posts: r.posts, Sponsored: r.billing.Sponsored}
	r.freshness = &notifications.Freshness{Letters: r.letters, Members: r.members, Posts: r.posts}
	r.searches = &notifications.Searches{Letters: r.letters, Members: r.members, Posts: r.posts}
	r.going = &notifications.Going{Letters: r.letters, Members: r.members, Posts: r.posts}
	r.asking = &notifications.Asking{Letters: r.letters, Members: r.members, Groups: r.groups, Posts: r.posts}
	r.links = &notifications.Links{Letters: r.letters, Members: r.members, Posts: r.posts, Billing: r.billing, Web: weblink.New()}
	r.telling = &notifications.Telling{Letters: r.letters, Members: r.members, Groups: r.groups, Posts: r.posts}
	r.subscriptions = notifications.NewSubscriptions(r.letters, r.members, policy)
	r.newsletters = notifications.NewNewsletters(r.digest, r.billing, policy)
	r.overseer = &jobs.Overseer{DB: db, Clock: now, When: r.when()}
	r.importer = &transfer.Importer{DB: db, Clock: now, Members: r.members, Groups: r.groups, Posts: r.posts,
		Billing: r.billing, Moderation: r.moderation, Subscriptions: r.subscriptions, Newsletters: r.newsletters}
	return r, nil
}

// when is who follows each fact.
func (r *rooms) when() jobs.When {
	return jobs.List(jobs.Rooms{Outbox: &jobs.Housekeeper{DB: r.db, Clock: r.clock}, Audience: r.audience, Moderation: r.moderation, Posts: r.posts,
		Search: r.search, Billing: r.billing, Letters: r.letters, Digest: r.digest, Searches: r.searches, Freshness: r.freshness, Going: r.going, Asking: r.asking, Links: r.links, Telling: r.telling, Subscriptions: r.subscriptions, Newsletters: r.newsletters, Groups: r.groups,
		Company:        &notifications.Company{Letters: r.letters, Members: r.members, Groups: r.groups, Posts: r.posts},
		Correspondence: &notifications.Correspondence{Letters: r.letters, Members: r.members, Moderation: r.moderation, Billing: r.billing, Operators: r.operators}})
}

// takings chooses who takes payments: Stripe where a key is set, in the
// demonstration a stand-in, else nobody.
func takings(s settings, db *database.DB, demo bool, endpoint string) billing.Payments {
	if s.StripeSecretKey != "" || !demo {
		return stripe.New(s.StripeSecretKey, s.StripeWebhookSecret, s.StripeAPIBase)
	}
	return &standin.Payments{DB: db, Clock: clock.System(), Secret: "demonstration", Endpoint: endpoint, HTTP: http.DefaultClient}
}

// door puts the faces together.
func (r *rooms) door(s settings, demo *operator.Demo) (*web.Server, *kit.Cache) {
	secure := r.scheme == "https"
	cache := kit.NewCache(r.clock, 5000)
	house := kit.House{Clock: r.clock, Policy: r.policy, Scheme: r.scheme, TrustedProxies: s.TrustedProxies, Cache: cache,
		Preview: cards.HomePreview, Audience: r.count, News: r.telling}
	console := &operator.Console{Tenants: r.tenants, Operators: r.operators, Figures: figures{r}, Letters: r.letters, Senders: r.letters.Senders,
		Work: r.overseer, Workshop: r.workshop(), Digest: r.digest, Demo: demo, Address: r.address}

	siteHouse := house
	siteHouse.Identify = signin.Identify(r.members, secure)
	siteHouse.SignInPath = signin.Path
	site := kit.NewRoutes(&siteHouse)
	r.mountSite(site)
	operatorHouse := house
	operatorHouse.Identify = console.Identify(secure)
	operatorHouse.SignInPath = "/operator/connexion"
	bare := kit.NewRoutes(&operatorHouse)
	console.Mount(bare)
	if r.mailbox {
		mailbox.Mount(bare, r.letters, r.digest)
	}
	return &web.Server{House: &house, Tenants: r.tenants, Site: site, Operator: bare, Webhooks: webhooks.Stripe(r.billing),
		Ready: r.db.Ping, MetricsOpen: s.Metrics, SessionCookie: signin.SessionCookie(secure)}, cache
}

func (r *rooms) mountSite(routes *kit.Routes) {
	home.Mount(routes, r.posts, r.members, r.billing)
	breton.Mount(routes, r.posts)
	posts.Mount(routes, r.posts, r.members, r.groups)
	groups.Mount(routes, r.groups, r.members, r.posts)
	follows.Mount(routes, r.posts, r.members, r.groups)
	lists.Mount(routes, r.posts, r.members, r.billing)
	search.Mount(routes, r.posts, r.members, r.groups, r.searches)
	media.Mount(routes, r.pictures)
	media.Previews{Posts: r.posts, Groups: r.groups, Billing: r.billing, Blobs: r.pictures.Blobs}.Mount(routes)
	audience.Mount(routes, r.audience, r.posts, r.groups, r.billing)
	feeds.Mount(routes, r.posts, r.members, r.groups, r.billing, r.newsletters)
	signin.Mount(routes, r.members)
	legal.Mount(routes)
	listings.Mount(routes, r.billing)
	partner.Mount(routes, r.billing, r.members)
	if demonstration, ok := r.billing.Payments.(*standin.Payments); ok {
		payment.Mount(routes, demonstration)
	}
	profile.Mount(routes, r.members, r.groups, r.posts, r.telling, r.subscriptions)
	report.Mount(routes, r.moderation)
	desk.Mount(routes, r.moderation, r.members)
	letter.Mount(routes, r.digest)
	subscription.Mount(routes, r.subscriptions)
	news.Mount(routes, r.telling, r.digest, r.subscriptions)
	stilltrue.Mount(routes, r.freshness)
	going.Mount(routes, r.going)
	asking.Mount(routes, r.asking)
	newsletters.Mount(routes, r.newsletters, r.audience)
	archive.Mount(routes, r.newsletters, r.members)
	redaction.Mount(routes, r.posts, r.members, r.freshness, r.subscriptions, r.moderation)
	if r.mailbox {
		mailbox.Mount(routes, r.letters, r.digest)
		style.Mount(routes, r.posts, r.members, r.billing)
	}
}

// writeAs says how letters leave, for processes that serve or work.
func (r *rooms) writeAs(s settings) error {
	_, host, err := s.base()
	if err == nil {
		r.letters.Senders.Operator, err = s.operator(host)
	}
	return err
}

// listenForReturns is nil where nothing is to be listened for, or where another
// process of this machine, with the same settings, does.
func listenForReturns(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		slog.Warn("bounces are taken by another process", "address", address)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("KUMUN_BOUNCE_LISTEN: %w", err)
	}
	return listener, nil
}

// takeReturns listens for bounces and complaints until the context ends.
func (r *rooms) takeReturns(ctx context.Context, listener net.Listener) {
	returns := &notifications.Returns{Letters: r.letters, Digest: r.digest}
	inbound := &mail.Inbound{Host: r.letters.Senders.Operator.Exchange, Admits: returns.Admits, Take: returns.Take, Clock: r.clock}
	if err := inbound.Serve(ctx, listener); err != nil {
		slog.ErrorContext(ctx, "take bounces", "error", err)
	}
}

// pace is how fast bulk letters go; nil is as fast as they can.
func pace(text string, client goredis.UniversalClient) (*notifications.Pace, error) {
	rates, err := notifications.ParseRates(text)
	if err != nil {
		return nil, fmt.Errorf("KUMUN_MAIL_RATE: %w", err)
	}
	if rates == nil {
		return nil, nil
	}
	return &notifications.Pace{Limit: limit.NewShared(client), Rates: rates}, nil
}

// lookAt lets a process that works off nothing see who does.
func (r *rooms) lookAt(ctx context.Context, address string) {
	if address == "" {
		return
	}
	options, _, err := redis.Open(ctx, address)
	if err != nil {
		slog.Warn("who works is not seen from here", "error", err)
		return
	}
	r.overseer.Redis = options
}

// engine runs the jobs until the context ends.
func (r *rooms) engine(ctx context.Context, s settings, payments billing.Payments) (wait func(), err error) {
	if s.SMTPURL != "" {
		sender, err := mail.Dial(s.SMTPURL)
		if err != nil {
			return nil, fmt.Errorf("SMTP_URL: %w", err)
		}
		r.letters.Mail = sender
	}
	options, closeRedis, err := redis.Open(ctx, s.RedisURL)
	if err != nil {
		return nil, err
	}
	client := redis.Client(options)
	if r.letters.Pace, err = pace(s.MailRate, client); err != nil {
		closeRedis()
		return nil, err
	}
	// A letter cut off by a crash is free before its fact is handed over again.
	r.letters.InFlight = s.ResendAfter / 2
	r.overseer.Redis = options
	when := r.overseer.When
	relay := jobs.NewRelay(r.db, r.clock, options, when, s.ResendAfter)
	r.outbox.Nudge = relay.Nudge
	worker := &jobs.Worker{DB: r.db, Clock: r.clock, Redis: options, When: when}
	if err := worker.Start(); err != nil {
		closeRedis()
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	schedule := &jobs.Schedule{DB: r.db, Clock: r.clock, Nudge: relay.Nudge}
	runs := []func(context.Context){relay.Run, schedule.Run, r.policy.Watch}
	listener, err := listenForReturns(s.BounceListen)
	if err != nil {
		return nil, err
	}
	if listener != nil {
		runs = append(runs, func(ctx context.Context) { r.takeReturns(ctx, listener) })
	}
	if demonstration, ok := payments.(*standin.Payments); ok {
		runs = append(runs, func(ctx context.Context) { _ = demonstration.Run(ctx) })
	}
	var running sync.WaitGroup
	for _, run := range runs {
		running.Go(func() { run(ctx) })
	}
	return func() {
		running.Wait()
		worker.Stop()
		_ = client.Close()
		closeRedis()
		if r.letters.Mail != nil {
			r.letters.Mail.Close()
		}
		r.letters.Senders.Close()
	}, nil
}
