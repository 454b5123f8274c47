package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

const (
	// looksAhead is how many facts may be due before communities take turns:
	// below that, the oldest first is fair enough.
	looksAhead = 200
	// turnsAtOnce bounds the length of a statement.
	turnsAtOnce = 100
	// manyTurns are counted anew only each few passes, turnsLast.
	manyTurns = 500
	turnsLast = 20
)

// waiting is a fact that is due.
type waiting struct {
	TenantID id.ID
	ID       id.ID
	Fact     outbox.Fact
}

// turn is a community that has facts of some kind; they come one after the
// other.
type turn struct {
	TenantID id.ID
	Fact     outbox.Fact
}

func (t turn) compare(other turn) int {
	return cmp.Or(cmp.Compare(t.TenantID, other.TenantID), cmp.Compare(t.Fact, other.Fact))
}

// line remembers whose turn it is.
type line struct {
	turns []turn
	age   int
	last  turn
}

// room is what the hand can still take, queue by queue. A community has half of
// a queue at most, so that another's first fact stands behind few, and a twelfth
// of Bulk for one kind: letters leave while others are still to be chosen.
type room struct {
	when  When
	free  map[Urgency]int
	whole map[Urgency]int
	held  map[Urgency]map[id.ID]int
	kinds map[turn]int
}

func (r *Relay) room(ctx context.Context, db bun.IDB, now time.Time) (*room, error) {
	most := r.mostInHand()
	left := &room{when: r.When, free: map[Urgency]int{}, whole: map[Urgency]int{}, held: map[Urgency]map[id.ID]int{}, kinds: map[turn]int{}}
	for _, queue := range queues {
		left.whole[queue.Urgency] = most * queue.tenths / 10
		left.free[queue.Urgency] = left.whole[queue.Urgency]
		left.held[queue.Urgency] = map[id.ID]int{}
	}
	var inHand []struct {
		turn
		Count int
	}
	err := db.NewRaw(`SELECT tenant_id, fact, count(*) AS count FROM (SELECT tenant_id, fact FROM outbox
		WHERE done_at IS NULL AND dead_at IS NULL AND due_at > ? AND handed_at IS NOT NULL LIMIT ?) AS held GROUP BY tenant_id, fact`,
		now, 2*most).Scan(ctx, &inHand)
	if err != nil {
		return nil, fmt.Errorf("count what is in hand: %w", err)
	}
	for _, one := range inHand {
		left.add(one.turn, one.Count)
	}
	return left, nil
}

func (r *room) add(one turn, count int) {
	queue := r.when.Urgency(one.Fact)
	r.free[queue] -= count
	r.held[queue][one.TenantID] += count
	r.kinds[one] += count
}

// forTurn is how many facts of a turn still go.
func (r *room) forTurn(one turn) int {
	queue := r.when.Urgency(one.Fact)
	left := min(r.free[queue], max(1, r.whole[queue]/2)-r.held[queue][one.TenantID])
	if queue == Bulk {
		left = min(left, max(1, r.whole[queue]/12)-r.kinds[one])
	}
	return max(0, left)
}

// choose picks what goes now. full tells that more waits than the hand can hold.
func (r *Relay) choose(ctx context.Context) (chosen []waiting, full bool, err error) {
	now := r.Clock.Now()
	err = r.DB.Survey(ctx, "relay", func(ctx context.Context, db bun.IDB) error {
		var due []waiting
		err := db.NewRaw(`SELECT tenant_id, id, fact FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= ?
			ORDER BY due_at LIMIT ?`, now, looksAhead).Scan(ctx, &due)
		if err != nil || len(due) == 0 {
			return err
		}
		left, err := r.room(ctx, db, now)
		if err != nil {
			return err
		}
		if full = len(due) == looksAhead; full {
			if due, err = r.inTurns(ctx, db, now, left); err != nil {
				return err
			}
		}
		for _, one := range due {
			turn := turn{one.TenantID, one.Fact}
			if left.forTurn(turn) == 0 {
				full = true
				continue
			}
			left.add(turn, 1)
			chosen = append(chosen, one)
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("choose facts: %w", err)
	}
	return chosen, full, nil
}

// openTurns steps from one community's kind of fact to the next, by an index: it
// does not slow down with the number of facts.
const openTurns = `WITH RECURSIVE communities (tenant_id) AS (
  SELECT min(tenant_id) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL
  UNION ALL SELECT (SELECT min(o.tenant_id) FROM outbox AS o WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.tenant_id > communities.tenant_id)
    FROM communities WHERE tenant_id IS NOT NULL
), turns (tenant_id, fact) AS (
  SELECT tenant_id, (SELECT min(o.fact) FROM outbox AS o WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.tenant_id = communities.tenant_id)
    FROM communities WHERE tenant_id IS NOT NULL
  UNION ALL SELECT tenant_id, (SELECT min(o.fact) FROM outbox AS o WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.tenant_id = turns.tenant_id AND o.fact > turns.fact)
    FROM turns WHERE fact IS NOT NULL
) SELECT tenant_id, fact FROM turns WHERE fact IS NOT NULL`

const dueOfTurn = `SELECT * FROM (SELECT tenant_id, id, fact FROM outbox WHERE tenant_id = ? AND fact = ? AND done_at IS NULL AND dead_at IS NULL
  AND due_at <= ? ORDER BY due_at LIMIT ?) AS turn`

// inTurns reads what is due of some communities, those first whose turn is the
// longest ago, as much of each as of the others.
func (r *Relay) inTurns(ctx context.Context, db bun.IDB, now time.Time, left *room) ([]waiting, error) {
	line := &r.line
	if line.age++; len(line.turns) <= manyTurns || line.age >= turnsLast {
		line.turns, line.age = nil, 0
		if err := db.NewRaw(openTurns).Scan(ctx, &line.turns); err != nil {
			return nil, fmt.Errorf("see whose turn it is: %w", err)
		}
		slices.SortFunc(line.turns, turn.compare)
	}
	served := line.next(left)
	if len(served) == 0 {
		return nil, nil
	}
	sharing := map[Urgency]int{}
	for _, one := range served {
		sharing[r.When.Urgency(one.Fact)]++
	}
	var parts []string
	var args []any
	for _, one := range served {
		queue := r.When.Urgency(one.Fact)
		parts = append(parts, dueOfTurn)
		args = append(args, one.TenantID, one.Fact, now, max(1, left.free[queue]/sharing[queue]))
	}
	var due []waiting
	if err := db.NewRaw(strings.Join(parts, " UNION ALL "), args...).Scan(ctx, &due); err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return due, nil
}

// next are the turns that come now: those for which there is room, from after
// the last that was served on.
func (l *line) next(left *room) (served []turn) {
	start, found := slices.BinarySearchFunc(l.turns, l.last, turn.compare)
	if found {
		start++
	}
	for n := range l.turns {
		if one := l.turns[(start+n)%len(l.turns)]; len(served) < turnsAtOnce && left.forTurn(one) > 0 {
			served = append(served, one)
		}
	}
	if len(served) > 0 {
		l.last = served[len(served)-1]
	}
	return served
}
