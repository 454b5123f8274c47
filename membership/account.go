package membership

import (
	"context"
	"fmt"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// Data is all that membership holds about a person, in the form in which they
// can take it with them (GDPR art. 15 and 20).
type Data struct {
	Member   OwnData      `json:"member"`
	Consents []OwnConsent `json:"consents"`
	Roles    []OwnRole    `json:"role_changes"`
	Groups   []OwnGroup   `json:"groups"`
	Requests []OwnRequest `json:"requests"`
	KeptOut  []OwnBlock   `json:"kept_out"`
	Silenced []OwnSilence `json:"silenced"`
	Sessions []OwnSession `json:"sessions"`
	Asked    OwnAskable   `json:"asked"`
}

// OwnRequest is a wish to belong to a group; DecidedAt is null while it waits.
type OwnRequest struct {
	Group     string     `json:"group"`
	Answers   []Answer   `bun:"type:json" json:"answers"`
	At        time.Time  `json:"at"`
	DecidedAt *time.Time `json:"decided_at"`
	Accepted  bool       `json:"accepted"`
	Reason    string     `json:"reason"`
}

// OwnBlock is a group that keeps the person out, and why.
type OwnBlock struct {
	Group  string    `json:"group"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// OwnSilence is somebody of whom the person wants to hear nothing.
type OwnSilence struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// OwnAskable is whether and about what one may be asked.
type OwnAskable struct {
	Agreed bool     `json:"agreed"`
	Topics []string `json:"topics"`
	Places []string `json:"places"`
}

// OwnData is the profile.
type OwnData struct {
	ID       id.ID        `json:"id"`
	Email    string       `json:"email"`
	Name     string       `json:"name"`
	Place    string       `json:"place"`
	About    string       `json:"about"`
	Roles    []actor.Role `json:"roles"`
	Language string       `json:"language"`
	Shown    bool         `json:"shown"`
	Digest   string       `json:"digest"`
	Entrance Entrance     `json:"entrance"`
	JoinedAt time.Time    `json:"joined_at"`
}

// OwnConsent is something agreed to or withdrawn.
type OwnConsent struct {
	Kind    string    `json:"kind"`
	Version string    `json:"version"`
	Given   bool      `json:"given"`
	At      time.Time `json:"at"`
}

// OwnRole is a role that was given or taken.
type OwnRole struct {
	Role    actor.Role `json:"role"`
	Granted bool       `json:"granted"`
	Reason  string     `json:"reason"`
	At      time.Time  `json:"at"`
}

// OwnGroup is a group to which the person belongs.
type OwnGroup struct {
	Name     string    `json:"name"`
	JoinedAt time.Time `json:"joined_at"`
}

// OwnSession is a browser in which the person is signed in.
type OwnSession struct {
	Device   string    `json:"device"`
	OpenedAt time.Time `json:"opened_at"`
	SeenAt   time.Time `json:"seen_at"`
}

// Takeout gathers the actor's own data.
func (s *Service) Takeout(ctx context.Context, who actor.Actor) (*Data, error) {
	if !who.IsMember() {
		return nil, fault.SignIn
	}
	data := &Data{Consents: []OwnConsent{}, Roles: []OwnRole{}, Groups: []OwnGroup{}, Requests: []OwnRequest{}, KeptOut: []OwnBlock{}, Silenced: []OwnSilence{},
		Sessions: []OwnSession{}}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		member := &Member{}
		if err := tx.Select(member).Where("id = ?", who.Member).Scan(ctx); err != nil {
			return err
		}
		data.Member = OwnData{ID: member.ID, Email: member.Email, Name: member.Name, Place: member.Place, About: member.About,
			Roles: member.Roles, Language: member.Language, Shown: member.Shown, Digest: member.Digest, Entrance: member.Entrance, JoinedAt: member.JoinedAt}
		asked, err := s.Askable(ctx, who.Tenant, who.Member)
		if err != nil {
			return err
		}
		data.Asked = OwnAskable{asked.Agreed, asked.Topics, asked.Places}
		for _, read := range []struct {
			rows      any
			statement string
		}{
			{&data.Consents, ownConsents}, {&data.Roles, ownRoles}, {&data.Groups, ownGroups}, {&data.Requests, ownRequests},
			{&data.KeptOut, ownBlocks}, {&data.Silenced, ownSilences}, {&data.Sessions, ownSessions},
		} {
			if err := tx.Query(ctx, read.rows, read.statement, who.Member); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gather own data: %w", err)
	}
	return data, nil
}

const (
	ownConsents = `SELECT kind, version, given, at FROM consents WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY id`
	ownRoles    = `SELECT role, granted, reason, at FROM role_changes WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY id`
	ownGroups   = `SELECT g.name, j.joined_at FROM joinings j JOIN groups g ON g.tenant_id = j.tenant_id AND g.id = j.group_id
  WHERE j.tenant_id = ?tenant AND j.member_id = ?0 ORDER BY j.id`
	ownRequests = `SELECT g.name AS "group", x.answers, x.at, x.decided_at, x.accepted, x.reason FROM group_requests x` + ofGroup
	ownBlocks   = `SELECT g.name AS "group", x.reason, x.at FROM group_blocks x` + ofGroup
	ofGroup     = ` JOIN groups g ON g.tenant_id = x.tenant_id AND g.id = x.group_id WHERE x.tenant_id = ?tenant AND x.member_id = ?0 ORDER BY x.at`
	ownSilences = `SELECT m.name, x.at FROM member_blocks x JOIN members m ON m.tenant_id = x.tenant_id AND m.id = x.blocked_id
  WHERE x.tenant_id = ?tenant AND x.member_id = ?0 ORDER BY x.at`
	ownSessions = `SELECT device, opened_at, seen_at FROM sessions WHERE tenant_id = ?tenant AND member_id = ?0 ORDER BY id`
)

// CloseAccount lets the actor go: nothing that names them stays, and what
// they wrote is a former neighbour's. A group that they looked after goes on,
// in the editors' care: nobody is kept because of it.
func (s *Service) CloseAccount(ctx context.Context, who actor.Actor) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		member := &Member{}
		if err := tx.Select(member).Where("id = ? AND left_at IS NULL", who.Member).Scan(ctx); err != nil {
			return err
		}
		if err := forgetTraces(ctx, tx, member); err != nil {
			return err
		}
		member.Email, member.Name, member.Place, member.About = "", FormerNeighbour, "", ""
		member.Roles, member.Shown, member.Digest, member.LeftAt = []actor.Role{}, false, Never, s.Clock.Now()
		if _, err := tx.Update(member).Column("email", "name", "place", "about", "roles", "shown", "digest", "left_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.sessions.forget(who.Tenant, who.Member) })
		return s.Outbox.Add(ctx, tx, "member.left", map[string]id.ID{"id": member.ID})
	})
	if err != nil {
		return fmt.Errorf("close account: %w", err)
	}
	return nil
}

func forgetTraces(ctx context.Context, tx database.Tx, member *Member) error {
	if _, err := tx.Delete((*Session)(nil)).Where("member_id = ?", member.ID).Exec(ctx); err != nil {
		return err
	}
	for _, row := range []any{(*Joining)(nil), (*Request)(nil), (*Block)(nil), (*Silence)(nil)} {
		if _, err := tx.Delete(row).Where("member_id = ?", member.ID).Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := tx.Delete((*Silence)(nil)).Where("blocked_id = ?", member.ID).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Delete((*Invitation)(nil)).Where("by_id = ? OR email = ?", member.ID, member.Email).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Update((*Group)(nil)).Set("heir_id = NULL").Where("heir_id = ?", member.ID).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Delete((*Askable)(nil)).Where("member_id = ?", member.ID).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.Delete((*SignIn)(nil)).Where("email = ?", member.Email).Exec(ctx)
	return err
}
