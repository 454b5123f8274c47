package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// Progress is how far an issue's mailing has come.
type Progress struct {
	Number  int
	BegunAt time.Time
	// Waiting letters are written and will leave; Withheld ones go to an address
	// that wants or takes none.
	Sent, Waiting, Withheld, Failed int
	// Unwritten are the batches of readers for whom finds are still to be chosen.
	Unwritten int
}

// Letters counts what is written.
func (p *Progress) Letters() int { return p.Sent + p.Waiting + p.Withheld + p.Failed }

// Done tells that nothing of the issue is still to come.
func (p *Progress) Done() bool { return p.Waiting == 0 && p.Unwritten == 0 }

const progressOf = `SELECT count(CASE WHEN l.state = 'sent' THEN 1 END) AS sent, count(CASE WHEN l.state IN ('queued', 'sending', 'held') THEN 1 END) AS waiting,
  count(CASE WHEN l.state = 'withheld' THEN 1 END) AS withheld, count(CASE WHEN l.state = 'failed' THEN 1 END) AS failed
  FROM digests d JOIN letters l ON l.tenant_id = d.tenant_id AND l.id = d.letter_id WHERE d.tenant_id = ?tenant AND d.issue = ?0`

const unwritten = `SELECT count(*) FROM outbox WHERE tenant_id = ?tenant AND fact = ?0 AND done_at IS NULL AND dead_at IS NULL`

// Progress tells how far the last issue of a community has come; nil where none
// has begun.
func (d *Digest) Progress(ctx context.Context, tenant id.ID) (*Progress, error) {
	progress := &Progress{}
	err := d.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		last := &issue{}
		err := tx.Select(last).Order("number DESC").Limit(1).Scan(ctx)
		if isNoRow(err) {
			progress = nil
			return nil
		}
		if err != nil {
			return err
		}
		var counted struct{ Sent, Waiting, Withheld, Failed int }
		if err := tx.Query(ctx, &counted, progressOf, last.Number); err != nil {
			return err
		}
		*progress = Progress{Number: last.Number, BegunAt: last.BegunAt, Sent: counted.Sent, Waiting: counted.Waiting,
			Withheld: counted.Withheld, Failed: counted.Failed}
		return tx.Query(ctx, &progress.Unwritten, unwritten, DigestBatch)
	})
	if err != nil {
		return nil, fmt.Errorf("see how far an issue has come: %w", err)
	}
	return progress, nil
}
