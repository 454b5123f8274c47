// Package membership knows the members of a community: who they are, how they
// sign in, what roles they hold and which groups they belong to.
package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/tenants"
)

// States of what moderators may review: a profile, a group.
const (
	Published = "published"
	Held      = "held"
	Hidden    = "hidden"
	Removed   = "removed"
)

// How often the digest comes.
const (
	Weekly  = "weekly"
	Monthly = "monthly" // the first issue that appears in a month
	Never   = "never"
)

// Digests are the choices.
var Digests = []string{Weekly, Monthly, Never}

// FormerNeighbour is the name of those who left.
const FormerNeighbour = "Ancien voisin"

// Member belongs to one community; the same address may be a member of others.
type Member struct {
	bun.BaseModel `bun:"table:members,alias:member"`
	database.Owned
	ID    id.ID  `bun:",pk"`
	Email string `bun:",nullzero"`
	Name  string
	Place string
	About string
	// Roles beyond visitor and member.
	Roles    []actor.Role `bun:"type:json"`
	Language string
	// Shown tells that the member agreed to be seen among a group's members.
	Shown    bool
	Digest   string
	Entrance Entrance
	State    string
	JoinedAt time.Time
	LeftAt   time.Time `bun:",nullzero"`
}

// Person is what others may know of a member.
type Person struct {
	ID    id.ID
	Name  string
	Place string
	Roles []actor.Role
	// Left tells that the account is closed: there is no page to link to.
	Left bool
	// Shown tells that they agreed to be named among others.
	Shown bool
}

// Is tells whether the person holds the role.
func (p Person) Is(role actor.Role) bool { return slices.Contains(p.Roles, role) }

// Person is what others may know of the member.
func (m *Member) Person() Person {
	return Person{ID: m.ID, Name: m.Name, Place: m.Place, Roles: m.Roles, Left: !m.LeftAt.IsZero(), Shown: m.Shown && m.State == Published}
}

// Service admits, knows and lets go members.
type Service struct {
	DB      *database.DB
	Clock   clock.Clock
	Outbox  *outbox.Outbox
	Policy  actor.Policy
	Tenants *tenants.Service
	// Addresses and Origins bound how often sign-in mail is asked for, per
	// address and per place on the network.
	Addresses *limit.Limit
	Origins   *limit.Limit

	sessions sessionCache
}

// New returns the service with its limits: five sign-in mails an hour for an
// address, thirty for a place on the network.
func New(db *database.DB, now clock.Clock, facts *outbox.Outbox, policy actor.Policy, communities *tenants.Service) *Service {
	return &Service{DB: db, Clock: now, Outbox: facts, Policy: policy, Tenants: communities,
		Addresses: limit.New(now, 5, time.Hour), Origins: limit.New(now, 30, time.Hour)}
}

// Newcomer is somebody to admit without mail: by import, by command or in a
// test's world.
type Newcomer struct {
	Email, Name, Place, About, Language string
	Roles                               []actor.Role
	Shown                               bool
	JoinedAt                            time.Time
}

// Admit makes somebody a member, or returns the member who has the address.
func (s *Service) Admit(ctx context.Context, tenant id.ID, who Newcomer) (*Member, error) {
	invalid := &fault.Invalid{}
	member := &Member{
		Email: cleanEmail(invalid, who.Email), Name: cleanName(invalid, who.Name),
		Place: cleanLine(invalid, "place", who.Place, 60), About: cleanText(invalid, "about", who.About, 500),
		Roles: who.Roles, Language: who.Language, Shown: who.Shown, JoinedAt: who.JoinedAt,
	}
	if err := invalid.OrNil(); err != nil {
		return nil, err
	}
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) (err error) {
		member, err = s.admit(ctx, tx, member)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("admit member: %w", err)
	}
	return member, nil
}

func (s *Service) admit(ctx context.Context, tx database.Tx, member *Member) (*Member, error) {
	now := s.Clock.Now()
	member.ID, member.State, member.Digest = id.New(now), Published, Weekly
	if member.JoinedAt.IsZero() {
		member.JoinedAt = now
	}
	if member.Language == "" {
		member.Language = "fr"
	}
	if member.Roles == nil {
		member.Roles = []actor.Role{}
	}
	result, err := tx.Insert(member).On("CONFLICT (tenant_id, email) DO NOTHING").Exec(ctx)
	if err != nil {
		return nil, err
	}
	if added, _ := result.RowsAffected(); added == 0 {
		return findByEmail(ctx, tx, member.Email)
	}
	for _, role := range member.Roles {
		if err := s.noteRole(ctx, tx, RoleChange{MemberID: member.ID, Role: role, Granted: true, Reason: "admitted"}); err != nil {
			return nil, err
		}
	}
	if member.Shown {
		if err := s.noteConsent(ctx, tx, member.ID, ConsentShown, true); err != nil {
			return nil, err
		}
	}
	return member, s.Outbox.Add(ctx, tx, "member.joined", map[string]id.ID{"id": member.ID})
}

// ByID finds a member, also one who left.
func (s *Service) ByID(ctx context.Context, tenant, member id.ID) (*Member, error) {
	found := &Member{}
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", member).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find member: %w", err)
	}
	return found, nil
}

// ByEmail finds who signs in with an address.
func (s *Service) ByEmail(ctx context.Context, tenant id.ID, email string) (found *Member, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found, err = findByEmail(ctx, tx, normaliseEmail(email))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find member by address: %w", err)
	}
	return found, nil
}

func findByEmail(ctx context.Context, tx database.Tx, email string) (*Member, error) {
	found := &Member{}
	return found, tx.Select(found).Where("email = ?", email).Scan(ctx)
}

// ByIDs finds members who have not left.
func (s *Service) ByIDs(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]*Member, error) {
	members := make(map[id.ID]*Member, len(ids))
	if len(ids) == 0 {
		return members, nil
	}
	var found []*Member
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("id IN (?)", bun.List(ids)).Where("left_at IS NULL").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find members: %w", err)
	}
	for _, member := range found {
		members[member.ID] = member
	}
	return members, nil
}

// People names members, for instance the authors of a page's posts.
func (s *Service) People(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]Person, error) {
	people := make(map[id.ID]Person, len(ids))
	if len(ids) == 0 {
		return people, nil
	}
	var found []Member
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Column("id", "name", "place", "roles", "left_at", "shown", "state").Where("id IN (?)", bun.List(ids)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("name people: %w", err)
	}
	for n := range found {
		people[found[n].ID] = found[n].Person()
	}
	return people, nil
}

// Profile is what members say of themselves.
type Profile struct {
	Name, Place, About, Language, Digest string
	Shown                                bool
}

// DigestChosen tells that a member chose whether to get the digest.
const DigestChosen outbox.Fact = "digest.chosen"

// SaveProfile changes the actor's own profile.
func (s *Service) SaveProfile(ctx context.Context, who actor.Actor, profile Profile) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	invalid := &fault.Invalid{}
	name := cleanName(invalid, profile.Name)
	place := cleanLine(invalid, "place", profile.Place, 60)
	about := cleanText(invalid, "about", profile.About, 500)
	if !slices.Contains(Digests, profile.Digest) {
		invalid.Add("digest", "error.choice")
	}
	if !slices.Contains(words.Languages, profile.Language) {
		invalid.Add("language", "error.choice")
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		member := &Member{}
		if err := tx.Select(member).Where("id = ?", who.Member).Scan(ctx); err != nil {
			return err
		}
		if member.Shown != profile.Shown {
			if err := s.noteConsent(ctx, tx, who.Member, ConsentShown, profile.Shown); err != nil {
				return err
			}
		}
		if member.Digest != profile.Digest {
			if err := s.Outbox.Add(ctx, tx, DigestChosen, map[string]id.ID{"id": who.Member}); err != nil {
				return err
			}
		}
		member.Name, member.Place, member.About = name, place, about
		member.Language, member.Digest, member.Shown = profile.Language, profile.Digest, profile.Shown
		tx.AfterCommit(func() { s.sessions.forget(who.Tenant, who.Member) })
		_, err := tx.Update(member).Column("name", "place", "about", "language", "digest", "shown").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("save profile: %w", err)
	}
	return nil
}

// StopDigest is what the one-click link of a digest asks for.
func (s *Service) StopDigest(ctx context.Context, tenant, member id.ID) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Member)(nil)).Set("digest = ?", Never).Where("id = ?", member).Exec(ctx)
		return err
	})
}

// SetState hides a profile from others or shows it again, for moderators.
func (s *Service) SetState(ctx context.Context, tenant, member id.ID, state string) error {
	return s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Member)(nil)).Set("state = ?", state).Where("id = ?", member).Exec(ctx)
		return err
	})
}

// Count tells how many members there are.
func (s *Service) Count(ctx context.Context, tenant id.ID) (count int, err error) {
	err = s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := tx.Select((*Member)(nil)).Where("left_at IS NULL").Count(ctx)
		count = int(found)
		return err
	})
	return count, err
}

// Each calls do for every member who has not left, in the order of joining, a
// page at a time: a digest needs constant memory.
func (s *Service) Each(ctx context.Context, tenant id.ID, do func(Member) error) error {
	for after := id.ID(0); ; {
		var page []Member
		err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
			return tx.Select(&page).Where("id > ? AND left_at IS NULL", after).Order("id").Limit(200).Scan(ctx)
		})
		if err != nil {
			return fmt.Errorf("read members: %w", err)
		}
		for _, member := range page {
			if err := do(member); err != nil {
				return err
			}
			after = member.ID
		}
		if len(page) < 200 {
			return nil
		}
	}
}

// Slug writes a name for an address: "Pêche à pied" becomes "peche-a-pied".
func Slug(name string) string {
	var slug strings.Builder
	for _, letter := range strings.ToLower(withoutMarks(name)) {
		switch {
		case letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9':
			slug.WriteRune(letter)
		case letter == 'œ':
			slug.WriteString("oe")
		case letter == 'æ':
			slug.WriteString("ae")
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	return strings.Trim(slug.String(), "-")
}

// Hold makes whoever else holds one of the members wait until this transaction
// ends. An engine with one writer needs no more than that.
func (s *Service) Hold(ctx context.Context, tenant id.ID, members []id.ID) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if tx.Engine != database.PostgreSQL || len(members) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `SELECT id FROM members WHERE tenant_id = ?tenant AND id IN (?0) ORDER BY id FOR NO KEY UPDATE`, bun.List(members))
		return err
	})
	if err != nil {
		return fmt.Errorf("hold members: %w", err)
	}
	return nil
}
