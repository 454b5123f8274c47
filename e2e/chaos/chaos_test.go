// Package chaos kills the product while people use it, and then counts: nothing
// that was confirmed is lost, and nothing is there twice.
package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

// tally is what was under way when a process died.
type tally struct {
	posting, paying, waiting, sending, redis int
	by                                       map[string]int
}

// TestKillsLoseNothingAndDoubleNothing kills at random moments: KUMUN_CHAOS_KILLS
// times, drawn by KUMUN_CHAOS_SEED.
func TestKillsLoseNothingAndDoubleNothing(t *testing.T) {
	kills := int(setting(t, "KUMUN_CHAOS_KILLS", 20))
	seed := uint64(setting(t, "KUMUN_CHAOS_SEED", clock.System().Now().UnixNano()))
	t.Logf("KUMUN_CHAOS_SEED=%d KUMUN_CHAOS_KILLS=%d", seed, kills)
	h := build(t)
	people := peopled(kills)
	h.settle(people.file())
	load := recruit(h, people)
	begun := time.Now()
	for _, p := range h.processes {
		h.start(p)
	}
	group, working := load.begin(t.Context(), seed)
	when := &tally{by: map[string]int{}}
	lot := rand.New(rand.NewPCG(seed, 0))
	issues := map[int]bool{}
	for n := 0; n < kills && working.Err() == nil; n++ {
		load.moment(working, lot, h.arrived)
		h.supervise()
		h.strike(load, lot, when, func(ctx context.Context, db *database.DB) error {
			// A digest falls due before the first lives and then now and then;
			// the tips last for ten.
			if every := max(7, kills/10); n%every != 0 {
				return nil
			}
			issue, err := h.beginIssue(ctx, db, 1+len(issues))
			issues[issue] = true
			return err
		})
	}
	close(load.over)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	killed := time.Since(begun)
	h.finish()
	drained := time.Since(begun) - killed
	h.open(load)
	for _, p := range h.processes {
		h.stop(p)
	}
	v := &verdict{t: t, house: h, load: load, issues: issues, begun: begun}
	h.look(v.reach)
	t.Logf("%s: %d kills in %s (%v), and %s to the last letter; first answer after %s; a post or comment was under way at %d, a payment at %d, letters waited at %d, were being sent at %d; Redis was lost %d times",
		h.engine, kills, killed.Round(time.Millisecond), when.by, drained.Round(time.Millisecond), h.processes[0].answersAfter.Round(time.Millisecond),
		when.posting, when.paying, when.waiting, when.sending, when.redis)
	t.Logf("confirmed: %d posts, %d comments, %d thanks, %d purchases, %d reports, %d decisions, %d asked to sign in; %d requests went unanswered",
		sure(load.posts), sure(load.comments), len(load.thanks), len(load.purchases), len(load.reports), load.decided, sure(load.asked), load.unheard)
	t.Logf("%d letters, %d of them digests in %d issues; %d came twice, in flight at a kill", v.letters, v.digests, len(issues), v.twice)
	if kills >= 20 && (when.posting == 0 || when.paying == 0 || when.waiting == 0) {
		t.Error("no kill came while somebody posted, paid and waited for a letter: this proves nothing")
	}
}

// recruit gives the people what they need to begin.
func recruit(h *house, people people) *load {
	h.t.Helper()
	load := &load{community: h.community, counter: h.counter, people: people}
	emails := func(kind string, from, to int) (all []string) {
		for n := from; n < to; n++ {
			all = append(all, email(kind, n))
		}
		return all
	}
	// Those who wrote the tips would have to thank themselves.
	load.writerLinks = h.links(emails("writer", authors+1, people.writers))
	load.partnerLinks = h.links(emails("partner", 0, people.partners))
	load.moderatorLinks = h.links(emails("moderator", 0, moderators))
	load.listings = make([]id.ID, people.partners)
	h.look(func(ctx context.Context, db *database.DB) error {
		var err error
		if load.tips, err = rows[tip](ctx, db, `SELECT id, author_id FROM posts ORDER BY id`); err != nil {
			return err
		}
		sheets, err := rows[struct {
			ID   id.ID
			Name string
		}](ctx, db, `SELECT id, name FROM listings`)
		for _, sheet := range sheets {
			var n int
			if _, err := fmt.Sscanf(sheet.Name, "Crêperie %d", &n); err != nil {
				return err
			}
			load.listings[n] = sheet.ID
		}
		return err
	})
	return load
}

// strike kills one process or all of them, sometimes Redis too, and starts
// again what was killed. between runs while they are dead.
func (h *house) strike(load *load, lot *rand.Rand, when *tally, between func(context.Context, *database.DB) error) {
	h.t.Helper()
	victims := h.drawn(lot)
	count := func(counter *int, holds bool) {
		if holds {
			*counter++
		}
	}
	count(&when.posting, victims[0].answers && load.posting.Load() > 0)
	count(&when.paying, victims[0].answers && load.paying.Load() > 0)
	works := false
	for _, p := range victims {
		h.kill(p)
		when.by[p.name]++
		works = works || p.works
	}
	if h.losesRedis(lot, 5) {
		when.redis++
	}
	h.look(func(ctx context.Context, db *database.DB) error {
		if !works {
			return between(ctx, db)
		}
		waiting, err := number(ctx, db, `SELECT count(*) FROM letters WHERE state <> 'sent'`)
		if err != nil {
			return err
		}
		sending, err := h.noteInFlight(ctx, db)
		if err != nil {
			return err
		}
		count(&when.waiting, waiting > 0)
		count(&when.sending, sending > 0)
		return between(ctx, db)
	})
	for _, p := range victims {
		h.start(p)
	}
}

// finish waits until nothing is left to do. It may take long, but not without
// getting further.
func (h *house) finish() {
	h.t.Helper()
	h.look(func(ctx context.Context, db *database.DB) error {
		for least, since := 0, time.Now(); ; {
			h.supervise()
			left, err := number(ctx, db, `SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL)
				+ (SELECT count(*) FROM letters WHERE state IN ('queued', 'sending'))`)
			if err != nil || left == 0 {
				return err
			}
			if left < least || least == 0 {
				least, since = left, time.Now()
			}
			if time.Since(since) > patience {
				return fmt.Errorf("%d facts and letters wait, and nothing happens", left)
			}
			if err := clock.Wait(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		}
	})
}

func sure(notes map[string]*told) (count int) {
	for _, note := range notes {
		if note.sure {
			count++
		}
	}
	return count
}
