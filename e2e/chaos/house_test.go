package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

// resendAfter is short, and yet long enough for a loaded machine to send a
// letter in half of it.
const resendAfter = 3 * time.Second

// patience is how long nothing may happen.
const patience = 40 * time.Second

const webhookSecret = "whsec_chaos"

// process is a part of the product that can be killed.
type process struct {
	name         string
	arguments    []string
	answers      bool
	works        bool
	command      *exec.Cmd
	ended        chan struct{}
	startedAt    time.Time
	answersAfter time.Duration
}

// house is the product under fire, with all that outlives its processes.
type house struct {
	t           *testing.T
	engine      string
	environment []string
	databaseURL string
	ownerURL    string
	redis       *services.RedisServer // nil where each process has its own
	counter     *counter
	processes   []*process
	log         *os.File
	// readers is how many members take the digest.
	readers int
	// forgiven is how often a process may still end because Redis was away.
	forgiven int

	db     *database.DB // of look
	tenant *tenants.Tenant
	// Community is where it answers; address is without a scheme.
	community, address string
	// sinks took the letters, one for each life of the process that works.
	sinks []*services.Sink
	// inFlight holds for each life the letters that its kill cut off.
	inFlight []map[string]bool
}

// build lays out a store and the processes of a deployment: all in one on
// SQLite, apart and beside a real Redis on PostgreSQL.
func build(t *testing.T) *house {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	data := t.TempDir()
	h := &house{t: t, engine: "sqlite", counter: openCounter(t), readers: mostReaders, address: address, community: "http://" + address}
	h.databaseURL = "sqlite:" + filepath.Join(data, "kumun.db")
	h.processes = []*process{{name: "serve", arguments: []string{"serve"}, answers: true, works: true}}
	if os.Getenv("KUMUN_TEST_ENGINE") == "postgres" {
		h.engine = "postgres"
		h.ownerURL, h.databaseURL = services.PostgreSQL(t)
		h.redis = services.OwnRedis(t)
		h.processes = []*process{{name: "serve", arguments: []string{"serve", "--no-worker"}, answers: true},
			{name: "worker", arguments: []string{"worker"}, works: true}}
	}
	h.environment = append(os.Environ(), "KUMUN_DATA="+data, "KUMUN_LISTEN="+address, "KUMUN_BASE_URL=http://localhost:"+port,
		"DATABASE_URL="+h.databaseURL, "DATABASE_OWNER_URL="+h.ownerURL, "KUMUN_RESEND_AFTER="+resendAfter.String(),
		"STRIPE_SECRET_KEY=sk_test_chaos", "STRIPE_WEBHOOK_SECRET="+webhookSecret, "STRIPE_API_BASE="+h.counter.url, "REDIS_URL=")
	if h.redis != nil {
		h.environment = append(h.environment, "REDIS_URL="+h.redis.URL)
	}
	if h.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, p := range h.processes {
			h.kill(p)
		}
		if t.Failed() {
			h.tellLog()
		}
	})
	return h
}

// tellLog repeats the last that the processes said.
func (h *house) tellLog() {
	content, _ := os.ReadFile(h.log.Name())
	lines := strings.Split(string(content), "\n")
	h.t.Logf("the processes' last words:\n%s", strings.Join(lines[max(0, len(lines)-60):], "\n"))
}

// run lets a command of the product do its work.
func (h *house) run(arguments ...string) {
	h.t.Helper()
	command := exec.Command(walk.Binary(h.t), arguments...)
	command.Env = h.environment
	if out, err := command.CombinedOutput(); err != nil {
		h.t.Fatalf("kumun %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// settle opens the community in the store and brings its people in.
func (h *house) settle(file map[string]any) {
	h.t.Helper()
	h.run("migrate")
	h.look(func(ctx context.Context, db *database.DB) error {
		var err error
		// Issues are numbered from more than a year ago, so that there are past
		// ones to send.
		settings := tenants.Settings{FirstIssue: clock.System().Now().AddDate(-1, -2, 0)}
		h.tenant, err = h.hosts(db).Create(ctx, "chaos", "Le Chaos", settings, h.address)
		return err
	})
	content, err := json.Marshal(file)
	if err != nil {
		h.t.Fatal(err)
	}
	path := filepath.Join(h.t.TempDir(), "community.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.run("import", "--tenant", "chaos", path)
	h.look(func(ctx context.Context, db *database.DB) error {
		return db.System(ctx, "chaos", func(ctx context.Context, db bun.IDB) error {
			_, err := db.NewRaw(`UPDATE members SET digest = ? WHERE id NOT IN (SELECT id FROM members ORDER BY id LIMIT ?)`,
				membership.Never, h.readers).Exec(ctx)
			return err
		})
	})
}

func (h *house) hosts(db *database.DB) *tenants.Service {
	_, base, _ := strings.Cut(h.community, "127.0.0.1")
	return &tenants.Service{DB: db, Clock: clock.System(), Base: "localhost" + base}
}

// look opens the store. An embedded one is left open for a moment only, else it
// would never have to recover from a kill.
func (h *house) look(do func(context.Context, *database.DB) error) {
	h.t.Helper()
	db, err := h.db, error(nil)
	if db == nil {
		db, err = database.Open(h.t.Context(), h.databaseURL, h.ownerURL)
	}
	if err == nil {
		err = do(h.t.Context(), db)
	}
	if err != nil {
		h.t.Fatalf("look into the store: %v", err)
	}
	if h.engine == "sqlite" {
		_ = db.Close()
	} else if h.db == nil {
		h.db = db
		h.t.Cleanup(func() { _ = db.Close() })
	}
}

// links are one-time links by which members sign in.
func (h *house) links(emails []string) (links []string) {
	h.t.Helper()
	h.look(func(ctx context.Context, db *database.DB) error {
		members := membership.New(db, clock.System(), &outbox.Outbox{Clock: clock.System()}, nil, h.hosts(db))
		for _, email := range emails {
			link, err := members.OneTimeLink(ctx, h.tenant.ID, email)
			if err != nil {
				return err
			}
			links = append(links, link)
		}
		return nil
	})
	return links
}

// beginIssue makes the digest of an earlier week due, as if its Friday had
// passed: the real one comes on one day only.
func (h *house) beginIssue(ctx context.Context, db *database.DB, weeksAgo int) (number int, err error) {
	friday := clock.At(clock.System().Now().AddDate(0, 0, -7*weeksAgo))
	facts := &outbox.Outbox{Clock: clock.System()}
	number, _, _ = h.tenant.Issue(friday.Now())
	digest := &notifications.Digest{Letters: &notifications.Letters{DB: db, Clock: friday, Outbox: facts, Tenants: h.hosts(db)},
		Members: membership.New(db, clock.System(), facts, nil, h.hosts(db))}
	return number, digest.Begin(ctx, h.tenant.ID)
}

// start begins a life of a process. Its letters go to a sink of their own, so
// that what arrives after the kill is still known to be of this life.
func (h *house) start(p *process) {
	h.t.Helper()
	p.command = exec.Command(walk.Binary(h.t), p.arguments...)
	p.command.Env = h.environment
	if p.works {
		sink := services.SMTP(h.t)
		h.sinks = append(h.sinks, sink)
		h.inFlight = append(h.inFlight, map[string]bool{})
		p.command.Env = append(p.command.Env, "SMTP_URL="+sink.URL(), "KUMUN_MAIL_RATE=off")
	}
	p.command.Stdout, p.command.Stderr = h.log, h.log
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		h.t.Fatalf("start %s: %v", p.name, err)
	}
	command, ended := p.command, make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	p.ended, p.startedAt = ended, time.Now()
	if p.answers {
		h.awaitAnswer(p)
	}
}

// supervise starts again what ended because Redis was away as it started: a
// process then says so and leaves the rest to systemd. Nothing else may end.
func (h *house) supervise() {
	h.t.Helper()
	for _, p := range h.processes {
		if p.command == nil {
			continue
		}
		select {
		case <-p.ended:
			if !p.works || h.forgiven == 0 {
				h.t.Fatalf("%s ended by itself: %s", p.name, p.command.ProcessState)
			}
			h.forgiven--
			h.start(p)
		default:
		}
	}
}

func (h *house) awaitAnswer(p *process) {
	h.t.Helper()
	h.await("an answer", func() bool {
		h.supervise()
		answer, err := http.Get(h.community + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	p.answersAfter = time.Since(p.startedAt)
}

// arrived is how many letters came in this life.
func (h *house) arrived() int { return len(h.sinks[len(h.sinks)-1].Messages()) }

// kill ends a process at once, by SIGKILL.
func (h *house) kill(p *process) {
	if p.command == nil {
		return
	}
	_ = p.command.Process.Kill()
	<-p.ended
	p.command = nil
}

// drawn is one of the processes, or all of them.
func (h *house) drawn(lot *rand.Rand) []*process {
	if draw := lot.IntN(len(h.processes) + 1); draw < len(h.processes) {
		return h.processes[draw : draw+1]
	}
	return h.processes
}

// losesRedis kills Redis one time in so many, with all that it held.
func (h *house) losesRedis(lot *rand.Rand, often int) bool {
	if h.redis == nil || lot.IntN(often) != 0 {
		return false
	}
	h.redis.Kill()
	h.redis.Start()
	h.forgiven++
	return true
}

// noteInFlight keeps the letters that the last kill cut off.
func (h *house) noteInFlight(ctx context.Context, db *database.DB) (letters int, err error) {
	sending, err := rows[string](ctx, db, `SELECT message_id FROM letters WHERE state = 'sending'`)
	for _, name := range sending {
		h.inFlight[len(h.inFlight)-1][name] = true
	}
	return len(sending), err
}

// stop asks a process to end well.
func (h *house) stop(p *process) {
	h.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Fatalf("%s: %v", p.name, err)
	}
	<-p.ended
	if !p.command.ProcessState.Success() {
		h.t.Errorf("%s does not end well: %s", p.name, p.command.ProcessState)
	}
	p.command = nil
}

// await waits until the condition holds.
func (h *house) await(what string, holds func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	for !holds() {
		if clock.Wait(ctx, 5*time.Millisecond) != nil {
			h.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// rows reads across tenants.
func rows[T any](ctx context.Context, db *database.DB, statement string, arguments ...any) (all []T, err error) {
	err = db.Survey(ctx, "chaos", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(statement, arguments...).Scan(ctx, &all)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", statement, err)
	}
	return all, nil
}

func number(ctx context.Context, db *database.DB, statement string, arguments ...any) (int, error) {
	all, err := rows[int](ctx, db, statement, arguments...)
	if err != nil {
		return 0, err
	}
	return all[0], nil
}

// letterRow is a letter as the store knows it.
type letterRow struct {
	ID        id.ID
	Address   string
	Kind      string
	MessageID string
	State     notifications.State
}
