package notifications

import (
	"context"
	"crypto/hmac"
	"fmt"
	"net/url"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

const (
	// nudgedAgain is how long somebody who was nudged is left alone.
	nudgedAgain = 30 * 24 * time.Hour
	// quietShown is how many of those who went quiet are looked at.
	quietShown = 20
)

// nudge is a word that was sent.
type nudge struct {
	bun.BaseModel `bun:"table:nudges,alias:nudge"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	ByID     id.ID
	At       time.Time
}

// nudgeStop is somebody who wants none.
type nudgeStop struct {
	bun.BaseModel `bun:"table:nudge_stops,alias:stop"`
	database.Owned
	MemberID id.ID `bun:",pk"`
	At       time.Time
}

// Quiet is a member who has gone quiet.
type Quiet struct {
	community.Quiet
	Member *membership.Member
	// Open tells that a word may go out now.
	Open bool
}

// Quiet lists the members who went quiet, those who stopped last first.
func (f *Freshness) Quiet(ctx context.Context, editor actor.Actor) ([]Quiet, error) {
	if !f.Posts.Policy.Allows(editor, "post", "feature") {
		return nil, fault.Forbidden
	}
	gone, err := f.Posts.GoneQuiet(ctx, editor.Tenant, quietShown)
	if err != nil {
		return nil, err
	}
	var all []Quiet
	err = f.Letters.DB.Read(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
		for _, one := range gone {
			member, err := f.Members.ByID(ctx, editor.Tenant, one.AuthorID)
			if err != nil {
				return err
			}
			if !member.LeftAt.IsZero() || member.ID == editor.Member {
				continue
			}
			open, err := f.nudgeable(ctx, tx, member)
			if err != nil {
				return err
			}
			all = append(all, Quiet{one, member, open})
		}
		return nil
	})
	return all, err
}

// nudgeable tells whether a word may go to a member: not to whoever wants no
// letter, nor twice in a month.
func (f *Freshness) nudgeable(ctx context.Context, tx database.Tx, member *membership.Member) (bool, error) {
	if !member.LeftAt.IsZero() || member.Email == "" || member.Digest == membership.Never {
		return false, nil
	}
	stopped, err := tx.Select((*nudgeStop)(nil)).Where("member_id = ?", member.ID).Exists(ctx)
	if err != nil || stopped {
		return false, err
	}
	nudged, err := tx.Select((*nudge)(nil)).Where("member_id = ?", member.ID).Where("at > ?", f.Letters.Clock.Now().Add(-nudgedAgain)).Exists(ctx)
	return !nudged, err
}

// NudgeFor is the letter that a member would get.
func (f *Freshness) NudgeFor(tenant *tenants.Tenant, member *membership.Member, prompt string) letters.Letter {
	return f.nudge(letters.For(tenant, member.Language, f.Letters.Home(tenant)), member, prompt)
}

func (f *Freshness) nudge(s letters.Sender, member *membership.Member, prompt string) letters.Letter {
	return letters.Nudge(s, member.Name, prompt, s.Home+NudgeStopPath(s.Tenant, hostOf(s.Home), member.ID))
}

// Nudge sends a word to somebody who has gone quiet; it is Conflict when none
// may go.
func (f *Freshness) Nudge(ctx context.Context, editor actor.Actor, wanted id.ID) error {
	quiet, err := f.Quiet(ctx, editor)
	if err != nil {
		return err
	}
	tenant, err := f.Letters.Tenants.ByID(ctx, editor.Tenant)
	if err != nil {
		return err
	}
	now := f.Letters.Clock.Now()
	_, monday, _ := tenant.Issue(now)
	for _, one := range quiet {
		if one.Member.ID != wanted {
			continue
		}
		return f.Letters.DB.Write(ctx, editor.Tenant, func(ctx context.Context, tx database.Tx) error {
			open, err := f.nudgeable(ctx, tx, one.Member)
			if err != nil {
				return err
			}
			if !open {
				return fmt.Errorf("nudge: %w", fault.Conflict)
			}
			prompt, err := f.Posts.Prompt(ctx, editor.Tenant, monday)
			if err != nil {
				return err
			}
			row := &nudge{ID: id.New(now), MemberID: wanted, ByID: editor.Member, At: now}
			if _, err := tx.Insert(row).Exec(ctx); err != nil {
				return err
			}
			return f.Letters.Write(ctx, tx, reader(one.Member), func(s letters.Sender) letters.Letter { return f.nudge(s, one.Member, prompt) })
		})
	}
	return fmt.Errorf("nudge: %w", fault.NotFound)
}

// NudgeStopPath is the link that stops such words without signing in.
func NudgeStopPath(tenant *tenants.Tenant, host string, member id.ID) string {
	return "/relances/arreter?" + url.Values{"m": {member.String()}, "s": {seal(tenant, host, "nudge", member.String())}}.Encode()
}

// NudgeStopLink tells whose words a link would stop.
func (f *Freshness) NudgeStopLink(ctx context.Context, tenant *tenants.Tenant, host, member, signature string) (*membership.Member, error) {
	wanted, err := id.Parse(member)
	if err != nil || !hmac.Equal([]byte(signature), []byte(seal(tenant, host, "nudge", wanted.String()))) {
		return nil, fmt.Errorf("link that stops nudges: %w", fault.NotFound)
	}
	found, err := f.Members.ByID(ctx, tenant.ID, wanted)
	if err == nil && !found.LeftAt.IsZero() {
		err = fault.NotFound
	}
	return found, err
}

// StopNudges leaves a member alone for good; twice is once.
func (f *Freshness) StopNudges(ctx context.Context, tenant, member id.ID) error {
	err := f.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		row := &nudgeStop{MemberID: member, At: f.Letters.Clock.Now()}
		_, err := tx.Insert(row).On("CONFLICT (tenant_id, member_id) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop nudges: %w", err)
	}
	return nil
}
