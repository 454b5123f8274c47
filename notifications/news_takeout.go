package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
)

// Traces are what a member was told, and what they said about being told.
type Traces struct {
	News  []OwnNews `json:"news"`
	Mail  OwnMail   `json:"mail"`
	Mutes []OwnMute `json:"mutes"`
}

// OwnNews is something that the person was told; On is the title of the piece,
// SeenAt and MailedAt are null where it was not.
type OwnNews struct {
	Kind     Happening  `json:"kind"`
	On       string     `json:"on"`
	At       time.Time  `json:"at"`
	SeenAt   *time.Time `json:"seen_at"`
	MailedAt *time.Time `json:"mailed_at"`
}

// OwnMail is how often mail of each kind comes, and when none does: minutes of
// the community's day.
type OwnMail struct {
	Often     map[Happening]Often `json:"often"`
	QuietFrom int                 `json:"quiet_from"`
	QuietTo   int                 `json:"quiet_to"`
}

// OwnMute is what the person wants to hear nothing of.
type OwnMute struct {
	Kind       string    `json:"kind"`
	Target     string    `json:"target"`
	LetterOnly bool      `json:"letter_only"`
	At         time.Time `json:"at"`
}

const ownNews = `SELECT n.kind, coalesce(p.title, '') AS "on", n.at, n.seen_at, n.mailed_at FROM news n
  LEFT JOIN posts p ON p.tenant_id = n.tenant_id AND p.id = n.post_id
  WHERE n.tenant_id = ?tenant AND n.member_id = ?0 ORDER BY n.id`

// Traces gathers the actor's own, the oldest first. Lists are never null.
func (t *Telling) Traces(ctx context.Context, who actor.Actor) (*Traces, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	all := &Traces{News: []OwnNews{}, Mail: OwnMail{Often: map[Happening]Often{}}, Mutes: []OwnMute{}}
	err := t.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Query(ctx, &all.News, ownNews, who.Member); err != nil {
			return err
		}
		wants, err := t.Preferences(ctx, who.Tenant, who.Member)
		if err != nil {
			return err
		}
		all.Mail.QuietFrom, all.Mail.QuietTo = wants.QuietFrom, wants.QuietTo
		for _, kind := range Happenings {
			all.Mail.Often[kind] = wants.For(kind)
		}
		mutes, err := t.Mutes(ctx, who)
		for _, one := range mutes {
			all.Mutes = append(all.Mutes, OwnMute{one.Kind, one.TargetID.String(), one.LetterOnly, one.At})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("gather what a member was told: %w", err)
	}
	return all, nil
}
