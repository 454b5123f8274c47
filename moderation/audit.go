package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
)

// entry is a line of the audit: who did what, when and why. Lines are only
// ever added.
type entry struct {
	bun.BaseModel `bun:"table:audit,alias:entry"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Who        id.ID
	Action     string
	ObjectKind string
	ObjectID   id.ID
	Reason     string
	At         time.Time
}

func record(ctx context.Context, tx database.Tx, now time.Time, who id.ID, action, kind string, object id.ID, reason string) error {
	line := &entry{ID: id.New(now), Who: who, Action: action, ObjectKind: kind, ObjectID: object, Reason: reason, At: now}
	if _, err := tx.Insert(line).Exec(ctx); err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}
