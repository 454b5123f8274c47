package notifications

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
)

// Often is how often a kind of news comes by mail.
type Often string

// How often mail comes.
const (
	AtOnce  Often = "instant"
	Daily   Often = "daily"
	Weekly  Often = "weekly"
	Monthly Often = "monthly"
	Never   Often = "never"
)

// Oftens lists them.
var Oftens = []Often{AtOnce, Daily, Weekly, Monthly, Never}

// usual is how often, where a member has not said. New pieces of one's groups
// come in the letter of the week already.
var usual = map[Happening]Often{Replied: AtOnce, Mentioned: AtOnce, Thanked: Weekly, Followed: Weekly, InGroup: Never}

const (
	// gatheredAt is the hour at which what was gathered goes out, so that a day
	// brings one such letter at most; weekly on Mondays, monthly on the first.
	gatheredAt = 18
	// usualQuietFrom and usualQuietTo are the hours without mail, in minutes of
	// the day.
	usualQuietFrom, usualQuietTo = 21 * 60, 8 * 60
	dayMinutes                   = 24 * 60
)

// Preferences is what a member wants by mail, and when.
type Preferences struct {
	bun.BaseModel `bun:"table:news_preferences,alias:preferences"`
	database.Owned
	MemberID id.ID               `bun:",pk"`
	Often    map[Happening]Often `bun:"type:json"`
	// QuietFrom and QuietTo are minutes of the community's day; no hour is quiet
	// when they are the same.
	QuietFrom, QuietTo int
	ChangedAt          time.Time
}

func usualPreferences(member id.ID) Preferences {
	return Preferences{MemberID: member, Often: map[Happening]Often{}, QuietFrom: usualQuietFrom, QuietTo: usualQuietTo}
}

// For is how often a kind comes.
func (p Preferences) For(kind Happening) Often {
	if often, said := p.Often[kind]; said {
		return often
	}
	return usual[kind]
}

// check says what is wrong with them.
func (p Preferences) check() error {
	invalid := &fault.Invalid{}
	for _, kind := range slices.Sorted(maps.Keys(p.Often)) {
		if !slices.Contains(Happenings, kind) || !slices.Contains(Oftens, p.Often[kind]) {
			invalid.Add(string(kind), "error.choice")
		}
	}
	if p.QuietFrom < 0 || p.QuietFrom >= dayMinutes {
		invalid.Add("quiet_from", "error.choice")
	}
	if p.QuietTo < 0 || p.QuietTo >= dayMinutes {
		invalid.Add("quiet_to", "error.choice")
	}
	return invalid.OrNil()
}

// MailAt is when news of a kind goes by mail; zero is never.
func (p Preferences) MailAt(kind Happening, now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	at := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), gatheredAt, 0, 0, 0, zone)
	}
	var when time.Time
	switch p.For(kind) {
	case AtOnce:
		when = local
	case Daily:
		if when = at(local); !when.After(local) {
			when = at(local.AddDate(0, 0, 1))
		}
	case Weekly:
		until := (int(time.Monday) - int(local.Weekday()) + 7) % 7
		if when = at(local.AddDate(0, 0, until)); !when.After(local) {
			when = at(local.AddDate(0, 0, until+7))
		}
	case Monthly:
		first := time.Date(local.Year(), local.Month(), 1, 12, 0, 0, 0, zone)
		if when = at(first); !when.After(local) {
			when = at(first.AddDate(0, 1, 0))
		}
	default:
		return time.Time{}
	}
	return p.awake(when).UTC()
}

// awake is the moment itself, or the end of the quiet hours in which it falls:
// in hours as clocks show them, also when they change that night.
func (p Preferences) awake(when time.Time) time.Time {
	minute := when.Hour()*60 + when.Minute()
	tomorrow := 0
	switch {
	case p.QuietFrom == p.QuietTo:
		return when
	case p.QuietFrom < p.QuietTo:
		if minute < p.QuietFrom || minute >= p.QuietTo {
			return when
		}
	case minute >= p.QuietFrom:
		tomorrow = 1
	case minute >= p.QuietTo:
		return when
	}
	return time.Date(when.Year(), when.Month(), when.Day()+tomorrow, p.QuietTo/60, p.QuietTo%60, 0, 0, when.Location())
}

// preferencesOf reads those of some members, the usual for who has said nothing.
func preferencesOf(ctx context.Context, tx database.Tx, members []id.ID) (map[id.ID]Preferences, error) {
	var said []Preferences
	if err := tx.Select(&said).Where("member_id IN (?)", bun.List(members)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	all := make(map[id.ID]Preferences, len(members))
	for _, member := range members {
		all[member] = usualPreferences(member)
	}
	for _, one := range said {
		if one.Often == nil {
			one.Often = map[Happening]Often{}
		}
		all[one.MemberID] = one
	}
	return all, nil
}

// Preferences reads what a member wants.
func (t *Telling) Preferences(ctx context.Context, tenant, member id.ID) (found Preferences, err error) {
	err = t.Letters.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		all, err := preferencesOf(ctx, tx, []id.ID{member})
		found = all[member]
		return err
	})
	return found, err
}

// Prefer keeps what a member wants. What waits to be mailed follows it; what was
// not to be mailed is not dug out.
func (t *Telling) Prefer(ctx context.Context, tenant id.ID, wanted Preferences) error {
	if err := wanted.check(); err != nil {
		return err
	}
	home, err := t.Letters.Tenants.ByID(ctx, tenant)
	if err != nil {
		return err
	}
	now := t.Letters.Clock.Now()
	wanted.ChangedAt = now
	err = t.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(&wanted).On("CONFLICT (tenant_id, member_id) DO UPDATE").Set("often = EXCLUDED.often").
			Set("quiet_from = EXCLUDED.quiet_from").Set("quiet_to = EXCLUDED.quiet_to").Set("changed_at = EXCLUDED.changed_at").Exec(ctx)
		if err != nil {
			return err
		}
		for _, kind := range Happenings {
			query := tx.Update((*News)(nil)).Where("member_id = ?", wanted.MemberID).Where("kind = ?", kind).Where("mail_at IS NOT NULL")
			if when := wanted.MailAt(kind, now, home.Location()); when.IsZero() {
				query.Set("mail_at = NULL")
			} else {
				query.Set("mail_at = ?", when)
			}
			if _, err := query.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep preferences: %w", err)
	}
	return nil
}

// Stop ends the mail of some kinds; twice is once.
func (t *Telling) Stop(ctx context.Context, tenant, member id.ID, kinds []Happening) error {
	wanted, err := t.Preferences(ctx, tenant, member)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		wanted.Often[kind] = Never
	}
	return t.Prefer(ctx, tenant, wanted)
}

// What can be muted.
const (
	MutedThread = "thread"
	MutedGroup  = "group"
	MutedPerson = "person"
)

var mutable = []string{MutedThread, MutedGroup, MutedPerson}

// mostMutes bounds how much one member mutes.
const mostMutes = 500

// Mute is what a member wants to hear nothing of.
type Mute struct {
	bun.BaseModel `bun:"table:mutes,alias:mute"`
	database.Owned
	ID       id.ID `bun:",pk"`
	MemberID id.ID
	Kind     string
	TargetID id.ID
	// LetterOnly lets a group's pieces come in the letter of the week.
	LetterOnly bool
	At         time.Time
}

// Mute begins to leave a member in peace of something.
func (t *Telling) Mute(ctx context.Context, who actor.Actor, kind string, target id.ID, letterOnly bool) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	if !slices.Contains(mutable, kind) || target == 0 || kind == MutedPerson && target == who.Member {
		return fmt.Errorf("mute %s: %w", kind, fault.NotFound)
	}
	now := t.Letters.Clock.Now()
	err := t.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		if err := t.known(ctx, who, kind, target); err != nil {
			return err
		}
		count, err := tx.Select((*Mute)(nil)).Where("member_id = ?", who.Member).Count(ctx)
		if err != nil {
			return err
		}
		if count >= mostMutes {
			return fault.TooMany
		}
		row := &Mute{ID: id.New(now), MemberID: who.Member, Kind: kind, TargetID: target, LetterOnly: letterOnly && kind == MutedGroup, At: now}
		_, err = tx.Insert(row).On("CONFLICT (tenant_id, member_id, kind, target_id) DO UPDATE").Set("letter_only = EXCLUDED.letter_only").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	return nil
}

// known tells whether there is such a thing for the member to mute.
func (t *Telling) known(ctx context.Context, who actor.Actor, kind string, target id.ID) error {
	var err error
	switch kind {
	case MutedThread:
		_, err = t.Posts.Find(ctx, who, target)
	case MutedGroup:
		_, err = t.Groups.See(ctx, who, target)
	case MutedPerson:
		var person *membership.Member
		person, err = t.Members.ByID(ctx, who.Tenant, target)
		if err == nil && !person.LeftAt.IsZero() {
			err = fault.NotFound
		}
	}
	return err
}

// Unmute ends it.
func (t *Telling) Unmute(ctx context.Context, who actor.Actor, kind string, target id.ID) error {
	err := t.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Delete((*Mute)(nil)).Where("member_id = ?", who.Member).Where("kind = ?", kind).Where("target_id = ?", target).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("unmute: %w", err)
	}
	return nil
}

// Mutes lists what a member muted, the latest first.
func (t *Telling) Mutes(ctx context.Context, who actor.Actor) (all []Mute, err error) {
	if !who.IsMember() {
		return nil, nil
	}
	err = t.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&all).Where("member_id = ?", who.Member).Order("id DESC").Limit(mostMutes).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list what is muted: %w", err)
	}
	return all, nil
}

// IsMuted tells whether a member muted something.
func (t *Telling) IsMuted(ctx context.Context, who actor.Actor, kind string, target id.ID) (muted bool, err error) {
	if !who.IsMember() {
		return false, nil
	}
	err = t.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		muted, err = tx.Select((*Mute)(nil)).Where("member_id = ?", who.Member).Where("kind = ?", kind).Where("target_id = ?", target).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for a mute: %w", err)
	}
	return muted, nil
}

// unheardGroups are the groups of which members want nothing, the letter of the
// week included.
func unheardGroups(ctx context.Context, tx database.Tx, members []id.ID) (map[id.ID][]id.ID, error) {
	var found []Mute
	err := tx.Select(&found).Where("member_id IN (?)", bun.List(members)).Where("kind = ?", MutedGroup).Where("letter_only = ?", false).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look which groups are muted: %w", err)
	}
	unheard := map[id.ID][]id.ID{}
	for _, one := range found {
		unheard[one.MemberID] = append(unheard[one.MemberID], one.TargetID)
	}
	return unheard, nil
}

// mutedBy tells which of some members want to hear nothing of an event.
func mutedBy(ctx context.Context, tx database.Tx, happened event, members []id.ID) (map[id.ID]bool, error) {
	muted := map[id.ID]bool{}
	if happened.by == 0 && happened.post == 0 {
		return muted, nil
	}
	var found []Mute
	err := tx.Select(&found).Where("member_id IN (?)", bun.List(members)).
		WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
			return query.Where("kind = ? AND target_id = ?", MutedPerson, happened.by).
				WhereOr("kind = ? AND target_id = ?", MutedThread, happened.post).
				WhereOr("kind = ? AND target_id = ?", MutedGroup, happened.group)
		}).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look who muted: %w", err)
	}
	for _, one := range found {
		muted[one.MemberID] = muted[one.MemberID] || !one.LetterOnly || happened.joined
	}
	return muted, nil
}
