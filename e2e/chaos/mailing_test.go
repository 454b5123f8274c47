package chaos_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/database"
)

// TestEverybodyGetsOneDigestWhateverDies kills workers and Redis while an issue
// goes out to KUMUN_CHAOS_READERS, KUMUN_CHAOS_MAIL_KILLS times, and counts on
// the mail server's side.
func TestEverybodyGetsOneDigestWhateverDies(t *testing.T) {
	readers := int(setting(t, "KUMUN_CHAOS_READERS", 2000))
	kills := int(setting(t, "KUMUN_CHAOS_MAIL_KILLS", 5))
	seed := uint64(setting(t, "KUMUN_CHAOS_SEED", 20261128))
	t.Logf("KUMUN_CHAOS_SEED=%d KUMUN_CHAOS_READERS=%d KUMUN_CHAOS_MAIL_KILLS=%d", seed, readers, kills)
	lot := rand.New(rand.NewPCG(seed, 1))
	h := build(t)
	h.readers = readers
	h.settle(people{writers: authors + 1, partners: 1, askers: readers}.file())
	for _, p := range h.processes {
		h.start(p)
	}
	begun := time.Now()
	h.look(func(ctx context.Context, db *database.DB) error {
		_, err := h.beginIssue(ctx, db, 1)
		return err
	})
	lost := 0
	for n := range kills {
		// Each falls in its own share of the mailing.
		wanted := int((float64(n) + lot.Float64()) / float64(kills+1) * float64(readers))
		h.await("letters", func() bool {
			h.supervise()
			return h.arrivedInAll() >= wanted
		})
		victims := h.drawn(lot)
		for _, p := range victims {
			h.kill(p)
		}
		if h.losesRedis(lot, 3) {
			lost++
		}
		h.look(func(ctx context.Context, db *database.DB) error {
			_, err := h.noteInFlight(ctx, db)
			return err
		})
		for _, p := range victims {
			h.start(p)
		}
	}
	h.finish()
	took := time.Since(begun)
	for _, p := range h.processes {
		h.stop(p)
	}
	// From Friday on the issue of this week begins by itself.
	issues := 0
	h.look(func(ctx context.Context, db *database.DB) (err error) {
		issues, err = number(ctx, db, `SELECT count(*) FROM issues`)
		return err
	})
	twice := h.eachHasOne(readers, issues)
	t.Logf("%s: %d readers, %d kills, Redis lost %d times, %s to the last letter; %d letters came twice, in flight at a kill",
		h.engine, readers, kills, lost, took.Round(time.Millisecond), twice)
}

// eachHasOne counts on the server's side: every reader has one letter of each
// issue, by its Message-ID, and only what a kill cut off came twice.
func (h *house) eachHasOne(readers, issues int) (twice int) {
	h.t.Helper()
	lives := map[string][]int{}           // by Message-ID
	names := map[string]map[string]bool{} // by reader
	for life, sink := range h.sinks {
		for _, message := range sink.Messages() {
			if !isDigest(message) {
				continue
			}
			name, reader := messageID(message), message.To[0]
			if names[reader] == nil {
				names[reader] = map[string]bool{}
			}
			names[reader][name] = true
			lives[name] = append(lives[name], life)
		}
	}
	if len(names) != readers {
		h.t.Errorf("%d readers of %d got letters", len(names), readers)
	}
	for reader, own := range names {
		if len(own) != issues {
			h.t.Errorf("%s got %d letters of %d issues", reader, len(own), issues)
		}
	}
	for name, came := range lives {
		for n, life := range came[1:] {
			twice++
			if before := came[n]; before == life || !h.inFlight[before][name] {
				h.t.Errorf("%s came again without having been in flight", name)
			}
		}
	}
	return twice
}

func (h *house) arrivedInAll() (letters int) {
	for _, sink := range h.sinks {
		letters += sink.Count()
	}
	return letters
}
