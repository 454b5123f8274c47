package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

const (
	readers       = 300
	digestTurns   = 3
	digestsBudget = .5
	// readersABatch is how many readers one fact of the digest names.
	readersABatch = 50
)

// measureDigests lets the product write and send a digest to each reader of
// some communities, in turns with a bare client that sends one such letter as
// often.
func measureDigests(ctx context.Context, binary string, s store, report *report) error {
	step("%s: digests", s.name)
	p, err := serving(ctx, binary, s)
	if err != nil {
		return err
	}
	defer p.stop()
	db, err := database.Open(ctx, s.databaseURL, s.ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	file, err := communityFile(s.folder)
	if err != nil {
		return err
	}
	var ours, bare, ratios, peaks []float64
	for turn := range digestTurns {
		slug := fmt.Sprintf("banc-%d", turn)
		if _, err := kumun(ctx, binary, s, p, "tenant", "create", slug, "--name", "Banc"); err != nil {
			return err
		}
		if _, err := kumun(ctx, binary, s, p, "import", file, "--tenant", slug); err != nil {
			return err
		}
		digests, err := sendDigests(ctx, db, s.sink, slug)
		if err != nil {
			return fmt.Errorf("send digests: %w", err)
		}
		_, peak, err := p.memory()
		if err != nil {
			return err
		}
		letters := s.sink.awaits(readers)
		started := time.Now()
		if err := sendBare(s.sink.address, s.sink.letter(), readers); err != nil {
			return fmt.Errorf("bare client: %w", err)
		}
		plain, err := letters.perSecond(ctx, started)
		if err != nil {
			return err
		}
		ours, bare, ratios, peaks = append(ours, digests), append(bare, plain), append(ratios, digests/plain), append(peaks, peak)
	}
	report.add(row{figure: "Digests, written and sent", target: "at least 50 % of the letters/s of bare `net/smtp` to the same sink", engine: s.name,
		value: fmt.Sprintf("%s (%s of %s)", percent(median(ratios)), thousands(median(ours)), thousands(median(bare))),
		met:   verdict(median(ratios) >= digestsBudget)})
	report.add(row{figure: "Digests: most that the process held", target: "constant", engine: s.name,
		value: fmt.Sprintf("%.0f MB after %d letters, %.0f MB after %d", peaks[0], readers, slices.Max(peaks), readers*digestTurns)})
	return nil
}

// communityFile is a community of readers, with enough posts for a digest.
func communityFile(folder string) (string, error) {
	type entry map[string]any
	const authors = 6
	var members, posts []entry
	for n := range readers + authors {
		members = append(members, entry{"key": fmt.Sprintf("lecteur-%d", n), "name": fmt.Sprintf("Lecteur %d", n), "since": "-30d"})
	}
	for n := range 2 * authors {
		posts = append(posts, entry{"key": fmt.Sprintf("plan-%d", n), "kind": "tip", "title": fmt.Sprintf("Le four refroidit %d", n),
			"standfirst": "Il cuit encore trois choses, et le pain de demain.", "text": "Viens avec ton plat, il reste de la place.",
			"by": fmt.Sprintf("lecteur-%d", readers+n%authors), "posted": fmt.Sprintf("-%dh", n+1)})
	}
	text, err := json.Marshal(entry{"format": "kumun/1", "source": "Mesures", "members": members, "posts": posts})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "community.json")
	return path, os.WriteFile(path, text, 0o600)
}

// sendDigests notes the facts that begin an issue, as Friday morning does, and
// tells how many letters a second arrived.
func sendDigests(ctx context.Context, db *database.DB, mail *sink, slug string) (float64, error) {
	now := clock.System()
	communities := &tenants.Service{DB: db, Clock: now}
	tenant, err := communities.BySlug(ctx, slug)
	if err != nil {
		return 0, err
	}
	members := &membership.Service{DB: db, Clock: now}
	var everyone []id.ID
	err = members.Each(ctx, tenant.ID, func(member membership.Member) error {
		if len(everyone) < readers {
			everyone = append(everyone, member.ID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	letters := mail.awaits(readers)
	facts := &outbox.Outbox{Clock: now}
	started := time.Now()
	err = db.Write(ctx, tenant.ID, func(ctx context.Context, tx database.Tx) error {
		for batch := range slices.Chunk(everyone, readersABatch) {
			err := facts.Add(ctx, tx, notifications.DigestBatch, map[string]any{"issue": 1, "since": now.Now().AddDate(0, 0, -7), "members": batch})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return letters.perSecond(ctx, started)
}
