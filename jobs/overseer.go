package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/hibiken/asynq"
	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/work"
)

// backlogsShown are the communities and kinds of which most waits.
const backlogsShown = 8

// Overseer tells how work stands: what waits is in the outbox, who works on it
// in Redis.
type Overseer struct {
	DB    *database.DB
	Clock clock.Clock
	When  When
	// Redis is nil in a process that knows none.
	Redis asynq.RedisConnOpt
}

// Standing tells how work stands in all communities.
func (o *Overseer) Standing(ctx context.Context) (*work.Standing, error) {
	standing := &work.Standing{}
	for _, name := range Urgencies() {
		standing.Queues = append(standing.Queues, work.Queue{Name: string(name)})
	}
	err := o.DB.Survey(ctx, "operator's view of work", func(ctx context.Context, db bun.IDB) error {
		if err := o.waiting(ctx, db, standing); err != nil {
			return err
		}
		if err := o.underWay(ctx, db, standing); err != nil {
			return err
		}
		return o.tasks(ctx, db, standing)
	})
	if err != nil {
		return nil, fmt.Errorf("see how work stands: %w", err)
	}
	if err := o.workers(standing); err != nil {
		slog.WarnContext(ctx, "see who works", "error", err)
		standing.RedisAway = true
	}
	return standing, nil
}

func (o *Overseer) queue(standing *work.Standing, fact outbox.Fact) *work.Queue {
	return &standing.Queues[slices.Index(Urgencies(), o.When.Urgency(fact))]
}

func (o *Overseer) waiting(ctx context.Context, db bun.IDB, standing *work.Standing) error {
	var behind []work.Backlog
	err := db.NewRaw(`SELECT tenant_id, fact, count(*) AS waiting, min(due_at) AS since FROM outbox
		WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= ? GROUP BY tenant_id, fact ORDER BY waiting DESC`, o.Clock.Now()).Scan(ctx, &behind)
	if err != nil {
		return err
	}
	for n := range behind {
		queue := o.queue(standing, behind[n].Fact)
		queue.Waiting += behind[n].Waiting
		if since := behind[n].Since; queue.Oldest.IsZero() || since.Before(queue.Oldest) {
			queue.Oldest = since
		}
		if standing.Oldest.Waiting == 0 || behind[n].Since.Before(standing.Oldest.Since) {
			standing.Oldest = behind[n]
		}
	}
	standing.Behind = behind[:min(len(behind), backlogsShown)]
	return nil
}

// underWay counts what is with the workers, what has failed and comes again, and
// what was laid aside.
func (o *Overseer) underWay(ctx context.Context, db bun.IDB, standing *work.Standing) error {
	var counts []struct {
		Fact                  outbox.Fact
		InHand, Failing, Dead int
	}
	err := db.NewRaw(`SELECT fact, sum(in_hand) AS in_hand, sum(failing) AS failing, sum(dead) AS dead FROM (
		SELECT fact, CASE WHEN handed_at IS NULL THEN 0 ELSE 1 END AS in_hand, CASE WHEN handed_at IS NULL AND failures > 0 THEN 1 ELSE 0 END AS failing, 0 AS dead
		FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at > ?
		UNION ALL SELECT fact, 0, 0, 1 FROM outbox WHERE dead_at IS NOT NULL AND done_at IS NULL) AS under_way GROUP BY fact`, o.Clock.Now()).Scan(ctx, &counts)
	for _, one := range counts {
		queue := o.queue(standing, one.Fact)
		queue.InHand, queue.Failing, queue.Dead = queue.InHand+one.InHand, queue.Failing+one.Failing, queue.Dead+one.Dead
	}
	return err
}

func (o *Overseer) tasks(ctx context.Context, db bun.IDB, standing *work.Standing) error {
	var latest []struct {
		Fact outbox.Fact
		Last time.Time
	}
	if err := db.NewRaw(`SELECT fact, max(last_at) AS last FROM recurrences JOIN tenants ON tenants.id = recurrences.tenant_id
		WHERE NOT tenants.suspended GROUP BY fact`).Scan(ctx, &latest); err != nil {
		return err
	}
	var late []outbox.Fact
	err := db.NewRaw(`SELECT DISTINCT fact FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= ? AND fact IN (?)`,
		o.Clock.Now().Add(-time.Minute), bun.List(recurring())).Scan(ctx, &late)
	if err != nil {
		return err
	}
	for _, task := range Every {
		shown := work.Task{Fact: task.Fact, Every: task.Every, Waits: slices.Contains(late, task.Fact)}
		for _, one := range latest {
			if one.Fact == task.Fact {
				shown.Last = one.Last
			}
		}
		standing.Tasks = append(standing.Tasks, shown)
	}
	return nil
}

func recurring() (facts []outbox.Fact) {
	for _, task := range Every {
		facts = append(facts, task.Fact)
	}
	return facts
}

// workers asks Redis who lives, and what was done today.
func (o *Overseer) workers(standing *work.Standing) (err error) {
	if o.Redis == nil {
		return errors.New("no Redis is known here")
	}
	inspector := asynq.NewInspector(o.Redis)
	defer func() { err = errors.Join(err, inspector.Close()) }()
	servers, err := inspector.Servers()
	if err != nil {
		return err
	}
	for _, server := range servers {
		var names []string
		for _, name := range Urgencies() {
			if server.Queues[string(name)] > 0 {
				names = append(names, string(name))
			}
		}
		if len(names) == 0 {
			continue // of another version
		}
		standing.Workers = append(standing.Workers, work.Worker{Host: server.Host, Process: server.PID, Since: server.Started,
			Queues: names, Most: server.Concurrency, Now: len(server.ActiveWorkers)})
	}
	slices.SortFunc(standing.Workers, func(a, b work.Worker) int {
		return slices.Index(Urgencies(), Urgency(a.Queues[0])) - slices.Index(Urgencies(), Urgency(b.Queues[0]))
	})
	known, err := inspector.Queues()
	if err != nil {
		return err
	}
	for n := range standing.Queues {
		queue := &standing.Queues[n]
		if !slices.Contains(known, queue.Name) {
			continue // nothing came yet
		}
		info, err := inspector.GetQueueInfo(queue.Name)
		if err != nil {
			return err
		}
		queue.Done = info.Processed
	}
	return nil
}
