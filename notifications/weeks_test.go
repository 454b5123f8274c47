package notifications_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
)

// TestManyReadersOverEightWeeks chooses for KUMUN_DIGEST_MEMBERS and reads in the
// store what each was sent: no piece twice, no digest without pieces, nobody left
// out for whom there was something.
func TestManyReadersOverEightWeeks(t *testing.T) {
	many := 200
	if text := os.Getenv("KUMUN_DIGEST_MEMBERS"); text != "" {
		var err error
		if many, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	lot := rand.New(rand.NewPCG(8, 10_000))
	h := newHouse(t)
	authors := make([]actor.Actor, 12)
	for n := range authors {
		authors[n] = h.Member(t, fmt.Sprintf("author%d", n))
	}
	everybody := slices.Clone(authors)
	for n := range many {
		everybody = append(everybody, h.Member(t, fmt.Sprintf("reader%d", n)))
	}
	belongs := map[id.ID]map[id.ID]bool{} // by group, then member
	var groups []id.ID
	for n := range 4 {
		var some []actor.Actor
		for m, member := range everybody {
			if m < len(authors) || m%7 == n {
				some = append(some, member)
			}
		}
		group := h.Group(t, fmt.Sprintf("group %d", n), some...).ID
		groups, belongs[group] = append(groups, group), map[id.ID]bool{}
		for _, member := range some {
			belongs[group][member.Member] = true
		}
	}
	sent := map[id.ID]map[id.ID]bool{} // by reader, then piece
	for week := range 8 {
		appears := friday.AddDate(0, 0, 7*week)
		h.at(appears.Add(-3 * 24 * time.Hour))
		type piece struct{ id, author, group id.ID }
		var pieces []piece
		for n := range []int{9, 3, 0, 14, 1, 2, 0, 7}[week] {
			author := authors[lot.IntN(len(authors))]
			one := piece{author: author.Member}
			if lot.IntN(2) == 0 {
				one.group = groups[lot.IntN(len(groups))]
			}
			h.Clock.Forward(time.Minute)
			one.id = h.tip(t, author, fmt.Sprintf("Trouvaille %d de la semaine %d", n, week), one.group).ID
			pieces = append(pieces, one)
		}
		h.forget(t)
		h.at(appears)
		h.writeAll(t)

		got := h.sentIn(t, week+1)
		for _, reader := range everybody {
			open := 0
			for _, one := range pieces {
				if one.author != reader.Member && (one.group == 0 || belongs[one.group][reader.Member]) {
					open++
				}
			}
			mine, digest := got[reader.Member]
			if digest != (open > 0) || digest && len(mine) == 0 || len(mine) > 6 {
				t.Fatalf("week %d: %s has a digest: %t, of %d pieces, and %d were open", week, reader.Name, digest, len(mine), open)
			}
			if sent[reader.Member] == nil {
				sent[reader.Member] = map[id.ID]bool{}
			}
			for _, one := range mine {
				if sent[reader.Member][one] {
					t.Fatalf("week %d: %s gets a piece twice", week, reader.Name)
				}
				sent[reader.Member][one] = true
			}
		}
	}
}

// writeAll chooses for all readers of an issue, and sends nothing.
func (h *house) writeAll(t *testing.T) {
	t.Helper()
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	for row := h.nextFact(t); row != nil; row = h.nextFact(t) {
		if row.Fact == notifications.DigestWritten {
			h.forget(t) // the batches come before all letters
			return
		}
		if err := h.followOne(t, row); err != nil {
			t.Fatal(err)
		}
	}
}

// sentIn is what an issue brought to each who has it.
func (h *house) sentIn(t *testing.T, issue int) map[id.ID][]id.ID {
	t.Helper()
	got := map[id.ID][]id.ID{}
	err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		var readers []id.ID
		if err := tx.Query(ctx, &readers, `SELECT member_id FROM digests WHERE tenant_id = ?tenant AND issue = ?0`, issue); err != nil {
			return err
		}
		for _, reader := range readers {
			got[reader] = nil
		}
		var items []struct{ MemberID, PieceID id.ID }
		err := tx.Query(ctx, &items, `SELECT member_id, piece_id FROM digest_items WHERE tenant_id = ?tenant AND issue = ?0`, issue)
		for _, item := range items {
			got[item.MemberID] = append(got[item.MemberID], item.PieceID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
