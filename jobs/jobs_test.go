package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	goredis "github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/world"
)

// overBothRedis runs the test on Redis in this process and on a real one.
func overBothRedis(t *testing.T, test func(t *testing.T, w *world.World, options asynq.RedisConnOpt)) {
	for name, address := range map[string]func(services.TB) string{
		"in process": func(services.TB) string { return "" },
		"real":       services.Redis,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options, closeServer, err := redis.Open(t.Context(), address(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(closeServer)
			test(t, world.New(t), options)
		})
	}
}

func add(t *testing.T, w *world.World, fact outbox.Fact, payload any) {
	t.Helper()
	if err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return w.Outbox.Add(ctx, tx, fact, payload)
	}); err != nil {
		t.Fatal(err)
	}
}

func facts(t *testing.T, w *world.World) (rows []outbox.Row) {
	t.Helper()
	if err := w.DB.Read(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Order("id").Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func startRelay(t *testing.T, w *world.World, options asynq.RedisConnOpt, when jobs.When) *jobs.Relay {
	t.Helper()
	relay := jobs.NewRelay(w.DB, w.Clock, options, when, time.Minute)
	w.Outbox.Nudge = relay.Nudge
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		relay.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return relay
}

func startWorker(t *testing.T, w *world.World, options asynq.RedisConnOpt, when jobs.When) *jobs.Worker {
	t.Helper()
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, Redis: options, When: when}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(worker.Stop)
	return worker
}

// ledger writes a row for each call, in the transaction of the handler: the
// rows that stay are the effects that count.
type ledger struct {
	w *world.World

	mu    sync.Mutex
	calls int
	// fails is how many further calls fail after their write.
	fails int
}

func (l *ledger) handle(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	l.mu.Lock()
	l.calls++
	fails := l.fails > 0
	if fails {
		l.fails--
	}
	l.mu.Unlock()
	return l.w.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if err := l.w.Outbox.AddAt(ctx, tx, "effect", payload, l.w.Clock.Now().Add(1000*time.Hour)); err != nil {
			return err
		}
		if fails {
			return errors.New("not today")
		}
		return nil
	})
}

func (l *ledger) called() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *ledger) effects(t *testing.T) (count int) {
	for _, row := range facts(t, l.w) {
		if row.Fact == "effect" {
			count++
		}
	}
	return count
}

func isDone(t *testing.T, w *world.World) func() bool {
	return func() bool { return !facts(t, w)[0].DoneAt.IsZero() }
}

func TestAFactReachesItsFollowerOnce(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		ledger := &ledger{w: w}
		when := jobs.When{"post.published": {Inside: []jobs.Handler{ledger.handle}}}
		startRelay(t, w, options, when)
		startWorker(t, w, options, when)

		add(t, w, "post.published", map[string]string{"title": "Le bain"})

		eventually(t, "the fact is done", isDone(t, w))
		if count := ledger.effects(t); count != 1 {
			t.Errorf("%d effects", count)
		}
	})
}

func TestAFactThatNobodyFollowsIsDone(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		startRelay(t, w, options, jobs.When{})
		startWorker(t, w, options, jobs.When{})

		add(t, w, "comment.posted", 1)

		eventually(t, "the fact is done", isDone(t, w))
	})
}

func TestAFailedEffectIsUndoneAndTriedLater(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		ledger := &ledger{w: w, fails: 2}
		when := jobs.When{"post.published": {Inside: []jobs.Handler{ledger.handle}}}
		startRelay(t, w, options, when)
		startWorker(t, w, options, when)
		add(t, w, "post.published", 1)

		for attempt := 1; attempt <= 2; attempt++ {
			eventually(t, "a failure is noted", func() bool {
				row := facts(t, w)[0]
				return row.Problem != "" && row.HandedAt.IsZero() && ledger.called() == attempt
			})
			if count := ledger.effects(t); count != 0 {
				t.Fatalf("%d effects of a failure stayed", count)
			}
			w.Clock.Forward(time.Hour)
		}

		eventually(t, "the fact is done", isDone(t, w))
		if count := ledger.effects(t); count != 1 {
			t.Errorf("%d effects", count)
		}
	})
}

func TestAFactThatAlwaysFailsIsLaidAside(t *testing.T) {
	w := world.New(t)
	options, closeServer, err := redis.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer closeServer()
	ledger := &ledger{w: w, fails: 1000}
	when := jobs.When{"post.published": {Inside: []jobs.Handler{ledger.handle, func(context.Context, id.ID, json.RawMessage) error {
		panic("never reached")
	}}}}
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, Redis: options, When: when}
	add(t, w, "post.published", 1)
	task := delivery(w, facts(t, w)[0])

	for range 20 {
		if err := worker.ProcessTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}

	row := facts(t, w)[0]
	if row.DeadAt.IsZero() || row.Problem != "not today" || ledger.called() != 12 {
		t.Errorf("%d calls, laid aside %v, problem %q", ledger.called(), row.DeadAt, row.Problem)
	}
}

func delivery(w *world.World, row outbox.Row) *asynq.Task {
	payload := fmt.Sprintf(`{"tenant":%d,"row":%d}`, int64(w.Tenant.ID), int64(row.ID))
	return asynq.NewTask(string(row.Fact), []byte(payload))
}

func TestManyDeliveriesOfOneFactHaveOneEffect(t *testing.T) {
	w := world.New(t)
	ledger := &ledger{w: w}
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, When: jobs.When{
		"post.published": {Inside: []jobs.Handler{ledger.handle}}}}
	add(t, w, "post.published", 1)
	task := delivery(w, facts(t, w)[0])

	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := worker.ProcessTask(t.Context(), task); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()

	if count := ledger.effects(t); count != 1 {
		t.Errorf("%d effects", count)
	}
}

func TestAPanicCountsAsFailure(t *testing.T) {
	w := world.New(t)
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, When: jobs.When{
		"post.published": {Inside: []jobs.Handler{func(context.Context, id.ID, json.RawMessage) error { panic("oops") }}}}}
	add(t, w, "post.published", 1)

	if err := worker.ProcessTask(t.Context(), delivery(w, facts(t, w)[0])); err != nil {
		t.Fatal(err)
	}

	if row := facts(t, w)[0]; row.Problem != "panic: oops" || !row.DoneAt.IsZero() {
		t.Errorf("problem %q, done %v", row.Problem, row.DoneAt)
	}
}

func TestSecretsAreForgottenOnceTheirFactIsDone(t *testing.T) {
	w := world.New(t)
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, When: jobs.When{"sign_in.requested": {Secret: true}}}
	add(t, w, "sign_in.requested", map[string]string{"code": "123456"})

	if err := worker.ProcessTask(t.Context(), delivery(w, facts(t, w)[0])); err != nil {
		t.Fatal(err)
	}

	if row := facts(t, w)[0]; row.DoneAt.IsZero() || string(row.Payload) != "{}" {
		t.Errorf("done %v, payload %s", row.DoneAt, row.Payload)
	}
}

func TestWhatRedisForgetsIsHandedOverAgain(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		ledger := &ledger{w: w}
		when := jobs.When{"post.published": {Inside: []jobs.Handler{ledger.handle}}}
		for n := range 5 {
			add(t, w, "post.published", n)
		}
		relay := jobs.NewRelay(w.DB, w.Clock, options, when, time.Minute)
		pass(t, relay)
		client := options.MakeRedisClient().(goredis.UniversalClient)
		defer func() { _ = client.Close() }()
		if waiting := client.LLen(t.Context(), "asynq:{notifications}:pending").Val(); waiting != 5 {
			t.Fatalf("%d tasks wait", waiting)
		}
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}

		startWorker(t, w, options, when)
		pass(t, relay)
		if ledger.called() != 0 {
			t.Fatal("handed over again too early")
		}
		w.Clock.Forward(time.Minute)
		pass(t, relay)

		eventually(t, "all facts have their effect", func() bool { return ledger.effects(t) == 5 })
	})
}

func pass(t *testing.T, relay *jobs.Relay) bool {
	t.Helper()
	full, err := relay.Pass(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return full
}

func TestResendingFillsRedisWithNoCopies(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		add(t, w, "post.published", 1)
		relay := jobs.NewRelay(w.DB, w.Clock, options, jobs.When{}, time.Minute)

		for range 30 {
			pass(t, relay)
			w.Clock.Forward(time.Minute)
		}

		inspector := asynq.NewInspector(options)
		defer func() { _ = inspector.Close() }()
		info, err := inspector.GetQueueInfo("notifications")
		if err != nil {
			t.Fatal(err)
		}
		row := facts(t, w)[0]
		if info.Size != 1 || row.Attempt != 30 || !row.DeadAt.IsZero() {
			t.Errorf("%d tasks, %d attempts, laid aside %v", info.Size, row.Attempt, row.DeadAt)
		}
	})
}

func TestRedisMayVanishForAWhile(t *testing.T) {
	w := world.New(t)
	server := services.OwnRedis(t)
	options, _, err := redis.Open(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ledger := &ledger{w: w}
	when := jobs.When{"post.published": {Inside: []jobs.Handler{ledger.handle}}}
	relay := jobs.NewRelay(w.DB, w.Clock, options, when, time.Minute)
	startWorker(t, w, options, when)
	server.Kill()
	add(t, w, "post.published", 1)

	for range 3 {
		if _, err := relay.Pass(t.Context()); err == nil {
			t.Fatal("a dead Redis took a fact")
		}
		w.Clock.Forward(time.Second)
	}
	if row := facts(t, w)[0]; row.Attempt != 0 || !row.HandedAt.IsZero() {
		t.Errorf("attempt %d, handed over %v", row.Attempt, row.HandedAt)
	}
	server.Start()
	eventually(t, "Redis takes the fact", func() bool {
		_, err := relay.Pass(t.Context())
		w.Clock.Forward(time.Second)
		return err == nil
	})

	eventually(t, "the fact is done", isDone(t, w))
	if count := ledger.effects(t); count != 1 {
		t.Errorf("%d effects", count)
	}
}

func TestTheHandIsBoundedAndKeepsRoomForWhatIsUrgent(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		if err := w.DB.Write(t.Context(), w.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			for n := range 1200 {
				if err := w.Outbox.Add(ctx, tx, "digest.written", n); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		when := jobs.When{"digest.written": {Urgency: jobs.Bulk}, "sign_in.requested": {Urgency: jobs.Transactional}}
		relay := jobs.NewRelay(w.DB, w.Clock, options, when, time.Minute)
		inspector := asynq.NewInspector(options)
		defer func() { _ = inspector.Close() }()

		if full := pass(t, relay); !full {
			t.Error("a full hand says it is not")
		}
		w.Clock.Forward(time.Second)
		add(t, w, "sign_in.requested", 1)
		pass(t, relay)

		for queue, want := range map[string]int{"bulk": 25, "transactional": 1} {
			info, err := inspector.GetQueueInfo(queue)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size != want {
				t.Errorf("%d tasks in %s, want %d", info.Size, queue, want)
			}
		}
	})
}

// A mailing whose server does not answer holds every hand that bulk has.
func TestNobodyWhoWaitsWaitsForAMailing(t *testing.T) {
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		answers := make(chan struct{})
		waited := &ledger{w: w}
		var began atomic.Int64
		when := jobs.When{
			"mailing": {Urgency: jobs.Bulk, Outside: func(ctx context.Context, tenant id.ID, _ json.RawMessage, done func(context.Context, database.Tx) error) error {
				began.Add(1)
				<-answers
				return w.DB.Write(ctx, tenant, done)
			}},
			"sign-in": {Urgency: jobs.Transactional, Inside: []jobs.Handler{waited.handle}},
			"welcome": {Inside: []jobs.Handler{waited.handle}},
		}
		for n := range 60 {
			add(t, w, "mailing", map[string]int{"n": n})
		}
		startWorker(t, w, options, when)
		startRelay(t, w, options, when)
		defer close(answers)
		eventually(t, "a mailing", func() bool { return began.Load() > 1 })

		add(t, w, "sign-in", struct{}{})
		add(t, w, "welcome", struct{}{})

		eventually(t, "a code and a welcome", func() bool { return waited.called() == 2 })
	})
}

// crowd notes many facts of a community, of three kinds in turn.
func crowd(t *testing.T, w *world.World, count int) {
	t.Helper()
	err := w.DB.System(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewRaw(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
			INSERT INTO outbox (tenant_id, id, fact, payload, created_at, due_at)
			SELECT ?, n, CASE n % 3 WHEN 0 THEN 'sign-in' WHEN 1 THEN 'welcome' ELSE 'mailing' END, '{}', ?, ? FROM n`,
			count, w.Tenant.ID, w.Clock.Now(), w.Clock.Now()).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNobodyWaitsForTheManyMessagesOfAnotherCommunity has KUMUN_CROWD facts wait.
func TestNobodyWaitsForTheManyMessagesOfAnotherCommunity(t *testing.T) {
	many := 20_000
	if text := os.Getenv("KUMUN_CROWD"); text != "" {
		var err error
		if many, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	overBothRedis(t, func(t *testing.T, w *world.World, options asynq.RedisConnOpt) {
		crowd(t, w, many)
		type seen struct {
			what        string
			ahead, like int64
		}
		var followed, codes atomic.Int64
		came := make(chan seen, 3)
		count := func(what string) []jobs.Handler {
			return []jobs.Handler{func(_ context.Context, tenant id.ID, _ json.RawMessage) error {
				if tenant == w.Neighbour.ID {
					came <- seen{what, followed.Load(), codes.Load()}
				}
				followed.Add(1)
				if what == "sign-in" {
					codes.Add(1)
				}
				return nil
			}}
		}
		when := jobs.When{"sign-in": {Urgency: jobs.Transactional, Inside: count("sign-in")}, "welcome": {Inside: count("welcome")},
			"mailing": {Urgency: jobs.Bulk, Inside: count("mailing")}}
		startWorker(t, w, options, when)
		startRelay(t, w, options, when)
		eventually(t, "the crowd is at work", func() bool { return followed.Load() > 500 })

		before, codesBefore := followed.Load(), codes.Load()
		for _, fact := range []outbox.Fact{"sign-in", "welcome", "mailing"} {
			if err := w.DB.Write(t.Context(), w.Neighbour.ID, func(ctx context.Context, tx database.Tx) error {
				return w.Outbox.Add(ctx, tx, fact, struct{}{})
			}); err != nil {
				t.Fatal(err)
			}
		}

		for range 3 {
			one := <-came
			// Ahead of it is what was in hand, and what was handed over meanwhile.
			if ahead := one.ahead - before; ahead > 3000 {
				t.Errorf("%s came behind %d of %d", one.what, ahead, many)
			}
			// A machine that sends thirty codes a second makes nobody wait for
			// five seconds.
			if ahead := one.like - codesBefore; one.what == "sign-in" && ahead > 150 {
				t.Errorf("a code came behind %d others", ahead)
			}
		}
	})
}

func TestCommunitiesTakeTurns(t *testing.T) {
	w := world.New(t)
	options, closeServer, err := redis.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer closeServer()
	crowd(t, w, 3000)
	const others = 150 // more than one look serves
	if err := w.DB.System(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		for n := range others {
			row := &outbox.Row{Owned: database.Owned{TenantID: id.ID(1 + n)}, ID: 1, Fact: "mailing", Payload: []byte("{}"),
				CreatedAt: w.Clock.Now(), DueAt: w.Clock.Now().Add(time.Second)}
			if _, err := db.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Forward(time.Minute)
	relay := jobs.NewRelay(w.DB, w.Clock, options, jobs.When{"mailing": {Urgency: jobs.Bulk}}, time.Hour)

	pass(t, relay)
	pass(t, relay)

	var handed int
	if err := w.DB.Survey(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(`SELECT count(*) FROM outbox WHERE tenant_id <= ? AND handed_at IS NOT NULL`, others).Scan(ctx, &handed)
	}); err != nil {
		t.Fatal(err)
	}
	if handed != others {
		t.Errorf("%d of %d others had their turn", handed, others)
	}
}

func TestTheHandHoldsNoMoreThanIsWorkedOffBeforeItIsHandedOverAgain(t *testing.T) {
	w := world.New(t)
	options, closeServer, err := redis.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer closeServer()
	for n := range 150 {
		add(t, w, "digest.written", n)
	}
	relay := jobs.NewRelay(w.DB, w.Clock, options, jobs.When{"digest.written": {Urgency: jobs.Bulk}}, 3*time.Second)
	inspector := asynq.NewInspector(options)
	defer func() { _ = inspector.Close() }()

	pass(t, relay)

	info, err := inspector.GetQueueInfo("bulk")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size != 2 {
		t.Errorf("%d tasks are handed over, want 2", info.Size)
	}
}

func TestEachRecurringTaskIsNotedOnceHoweverManyWorkers(t *testing.T) {
	w := world.New(t)
	if err := w.Tenants.Suspend(t.Context(), w.Neighbour.ID, 1, true, "on ferme"); err != nil {
		t.Fatal(err)
	}
	schedules := []*jobs.Schedule{{DB: w.DB, Clock: w.Clock}, {DB: w.DB, Clock: w.Clock}}

	for range 6 * 24 * 2 { // two days of ten minutes
		var group sync.WaitGroup
		for _, schedule := range schedules {
			group.Go(func() {
				if err := schedule.Pass(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.Clock.Forward(10 * time.Minute)
	}

	noted := map[outbox.Fact]int{}
	for _, row := range facts(t, w) {
		noted[row.Fact]++
	}
	for fact, want := range map[outbox.Fact]int{"sweep.due": 288, "drafts.due": 288, "links.due": 48, "digest.due": 48, "expiry.due": 48, "searches.due": 48, "freshness.due": 3, "housekeeping.due": 3} {
		if noted[fact] != want {
			t.Errorf("%s noted %d times, want %d", fact, noted[fact], want)
		}
	}
	if err := w.DB.Survey(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		count, err := db.NewSelect().Model((*outbox.Row)(nil)).Where("tenant_id = ?", w.Neighbour.ID).
			Where("fact <> ?", tenants.SuspensionDecided).Count(ctx)
		if count != 0 {
			t.Errorf("%d facts of a suspended community", count)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAFactThatIsPutOffHasNotFailed(t *testing.T) {
	w := world.New(t)
	until := w.Clock.Now().Add(3 * time.Minute)
	worker := &jobs.Worker{DB: w.DB, Clock: w.Clock, When: jobs.When{"mailing": {Outside: func(context.Context, id.ID, json.RawMessage, func(context.Context, database.Tx) error) error {
		return fmt.Errorf("issue 12: %w", &outbox.Later{At: until})
	}}}}
	add(t, w, "mailing", 1)

	for range 20 {
		if err := worker.ProcessTask(t.Context(), delivery(w, facts(t, w)[0])); err != nil {
			t.Fatal(err)
		}
	}

	if row := facts(t, w)[0]; !row.DueAt.Equal(until) || !row.DeadAt.IsZero() || row.Problem != "" || !row.HandedAt.IsZero() {
		t.Errorf("due %s, %+v", row.DueAt, row)
	}
}

func TestWaitsStrayByAFifthAtMost(t *testing.T) {
	for failures := 1; failures <= 12; failures++ {
		wait := jobs.BackOff(failures)
		if failures > 1 && wait < jobs.BackOff(failures-1) || wait > 6*time.Hour {
			t.Errorf("after %d failures: %s", failures, wait)
		}
		low, high := jobs.Jittered(wait, 0), jobs.Jittered(wait, 1)
		if low != wait*8/10 || high != wait*12/10 {
			t.Errorf("%s strays from %s to %s", wait, low, high)
		}
		for n := range 100 {
			if strayed := jobs.Jittered(wait, float64(n)/100); strayed < low || strayed > high {
				t.Errorf("%s strayed to %s", wait, strayed)
			}
		}
	}
}

// The operator's page names each fact in words.
func TestEveryFactIsSaidInWords(t *testing.T) {
	said := words.For("fr", "tu", nil)
	for fact := range jobs.List(jobs.Rooms{Letters: &notifications.Letters{}}) {
		if !said.Knows("operator.work.fact." + string(fact)) {
			t.Errorf("nothing says what %s is", fact)
		}
	}
	for _, urgency := range jobs.Urgencies() {
		if !said.Knows("operator.work.queue." + string(urgency)) {
			t.Errorf("nothing says what %s is", urgency)
		}
	}
}

func TestAMissingRedisIsNamedByItsSetting(t *testing.T) {
	for _, address := range []string{"redis://127.0.0.1:1", "gopher://somewhere"} {
		if _, _, err := redis.Open(t.Context(), address); err == nil || err.Error()[:10] != "REDIS_URL:" {
			t.Errorf("%s: %v", address, err)
		}
	}
}
