package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

const (
	digestTurns   = 3
	firstIssue    = 1000 // none that comes by itself
	digestsBudget = .5
	// firstReaders is the mailing that the memory of the others is held against.
	firstReaders   = 1000
	memoryBudget   = 20.0 // MB more
	readersABatch  = 100
	followsAtOnce  = 1000
	followedTopics = 6
)

// measureDigests lets the product write and send an issue to each member of the
// grown community, all of whom follow a place and a topic there, in turns with a
// bare client that sends one such letter as often.
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
	tenant, readers, err := followers(ctx, db)
	if err != nil {
		return err
	}
	if _, err := sendDigests(ctx, db, s.sink, tenant, firstIssue, readers[:firstReaders]); err != nil {
		return fmt.Errorf("send digests: %w", err)
	}
	// A community of this size has had letters before.
	if err := vacuum(ctx, s); err != nil {
		return err
	}
	_, first, err := p.memory()
	if err != nil {
		return err
	}
	readers = readers[firstReaders:]
	var ours, bare, ratios []float64
	for turn := range digestTurns {
		digests, err := sendDigests(ctx, db, s.sink, tenant, firstIssue+1+turn, readers)
		if err != nil {
			return fmt.Errorf("send digests: %w", err)
		}
		letters := s.sink.awaits(int64(len(readers)))
		started := time.Now()
		if err := sendBare(s.sink.address, s.sink.letter(), len(readers)); err != nil {
			return fmt.Errorf("bare client: %w", err)
		}
		plain, err := letters.perSecond(ctx, started)
		if err != nil {
			return err
		}
		ours, bare, ratios = append(ours, digests), append(bare, plain), append(ratios, digests/plain)
	}
	_, last, err := p.memory()
	if err != nil {
		return err
	}
	report.add(row{figure: fmt.Sprintf("Digests, chosen, written and sent to %d members of a community of %d pieces", len(readers), grownPosts),
		target: "at least 50 % of the letters/s of bare `net/smtp` to the same sink", engine: s.name,
		value: fmt.Sprintf("%s (%s of %s)", percent(median(ratios)), thousands(median(ours)), thousands(median(bare))),
		met:   verdict(median(ratios) >= digestsBudget)})
	report.add(row{figure: "Digests: most that the process held", target: "at most 20 MB more than for a thousand", engine: s.name,
		value: fmt.Sprintf("%.0f MB after %d letters, %.0f MB after %d", first, firstReaders, last, firstReaders+digestTurns*len(readers)),
		met:   verdict(last-first <= memoryBudget)})
	return nil
}

// followers lets every reader of the grown community follow a place and a topic.
func followers(ctx context.Context, db *database.DB) (tenant id.ID, readers []id.ID, err error) {
	now := clock.System()
	grown, err := (&tenants.Service{DB: db, Clock: now}).BySlug(ctx, grownSlug)
	if err != nil {
		return 0, nil, err
	}
	var follows []community.Follow
	members := &membership.Service{DB: db, Clock: now}
	err = members.Each(ctx, grown.ID, func(member membership.Member) error {
		n := len(readers)
		readers = append(readers, member.ID)
		follows = append(follows,
			community.Follow{ID: id.New(now.Now()), MemberID: member.ID, Kind: community.FollowTopic, Target: community.Topics[n%followedTopics], Since: now.Now()},
			community.Follow{ID: id.New(now.Now()), MemberID: member.ID, Kind: community.FollowPlace, Target: "Quimper", Since: now.Now()})
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	err = db.Write(ctx, grown.ID, func(ctx context.Context, tx database.Tx) error {
		for chunk := range slices.Chunk(follows, followsAtOnce) {
			if _, err := tx.Insert(&chunk).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return grown.ID, readers, err
}

// sendDigests notes the facts that begin an issue, as Friday morning does, and
// tells how many letters a second arrived.
func sendDigests(ctx context.Context, db *database.DB, mail *sink, tenant id.ID, issue int, readers []id.ID) (float64, error) {
	now := clock.System()
	since := now.Now().AddDate(0, 0, -7) // one for all, as an issue has it
	letters := mail.awaits(int64(len(readers)))
	facts := &outbox.Outbox{Clock: now}
	started := time.Now()
	err := db.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		for batch := range slices.Chunk(readers, readersABatch) {
			err := facts.Add(ctx, tx, notifications.DigestBatch, map[string]any{"issue": issue, "since": since, "members": batch})
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
