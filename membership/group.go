package membership

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
)

// How one comes to belong to a group: at once, by asking, or by an invitation.
const (
	Open      = "open"
	OnRequest = "request"
	Invited   = "invitation"
)

// Kinds lists the ways, the widest first.
var Kinds = []string{Open, OnRequest, Invited}

// MaxQuestions is how many a group asks of whoever wants to belong.
const MaxQuestions = 3

const maxTopics = 5

// Who reads what is written in a group.
const (
	Everyone = "everyone"
	InGroup  = "members"
)

// Group is something to belong to.
type Group struct {
	bun.BaseModel `bun:"table:groups,alias:grp"`
	database.Owned
	ID      id.ID `bun:",pk"`
	Slug    string
	Name    string
	Purpose string
	Place   string
	Kind    string
	Rules   string
	// Readers says who reads what is written in the group from now on.
	Readers   string
	Welcome   string
	Questions []string `bun:"type:json"`
	Topics    []string `bun:"type:json"`
	PictureID id.ID    `bun:",nullzero"`
	OwnerID   id.ID
	// HeirID is whom the owner asks to look after the group.
	HeirID     id.ID `bun:",nullzero"`
	State      string
	CreatedAt  time.Time
	ArchivedAt time.Time `bun:",nullzero"`

	// Members is how many belong; only lists and pages fill it.
	Members int `bun:",scanonly"`
}

// Path is the address of the group's page.
func (g *Group) Path() string { return "/groupes/" + g.ID.String() + "-" + g.Slug }

// KeepersPath is the address from which the group is kept.
func (g *Group) KeepersPath() string { return "/groupes/" + g.ID.String() + "/animer" }

// MembersOnly tells that what is written here is for members alone.
func (g *Group) MembersOnly() bool { return g.Readers == InGroup }

// Archived tells that the group is read and no longer written in.
func (g *Group) Archived() bool { return !g.ArchivedAt.IsZero() }

// Groups opens and finds groups.
type Groups struct {
	DB     *database.DB
	Clock  clock.Clock
	Outbox *outbox.Outbox
	Policy actor.Policy
}

// Draft is a group as its owner words it. Kind and Readers that are empty are
// the widest.
type Draft struct {
	Name, Purpose, Place, Rules, Welcome string
	Kind, Readers                        string
	// Questions are asked of whoever wants to belong.
	Questions, Topics []string
	PictureID         id.ID
	// OwnerID is who looks after it; zero is the actor.
	OwnerID id.ID
}

// Found opens a group; its owner is its first member.
func (g *Groups) Found(ctx context.Context, by actor.Actor, draft Draft) (*Group, error) {
	if !g.Policy.Allows(by, "group", "create") {
		return nil, fault.Forbidden
	}
	if draft.OwnerID == 0 {
		draft.OwnerID = by.Member
	}
	group, err := clean(draft)
	if err != nil {
		return nil, err
	}
	now := g.Clock.Now()
	group.ID, group.OwnerID, group.State, group.CreatedAt = id.New(now), draft.OwnerID, Published, now
	err = g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		if group.Slug, err = freeSlug(ctx, tx, group.Name); err != nil {
			return err
		}
		if _, err := tx.Insert(group).Exec(ctx); err != nil {
			return err
		}
		if err := g.join(ctx, tx, group.ID, group.OwnerID); err != nil {
			return err
		}
		return g.changed(ctx, tx, group.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("open group: %w", err)
	}
	return group, nil
}

// Edit changes a group's words: its owner may, and whom the policy lets.
func (g *Groups) Edit(ctx context.Context, by actor.Actor, group id.ID, draft Draft) error {
	edited, err := clean(draft)
	if err != nil {
		return err
	}
	err = g.DB.Write(ctx, by.Tenant, func(ctx context.Context, tx database.Tx) error {
		found := &Group{}
		if err := tx.Select(found).Where("id = ?", group).Scan(ctx); err != nil {
			return err
		}
		if !g.MayEdit(by, found) {
			return fault.Forbidden
		}
		if _, err := tx.Update(edited).Column("name", "purpose", "place", "rules", "welcome", "kind", "readers", "questions", "topics", "picture_id").
			Where("id = ?", group).Exec(ctx); err != nil {
			return err
		}
		return g.changed(ctx, tx, group)
	})
	if err != nil {
		return fmt.Errorf("edit group: %w", err)
	}
	return nil
}

// Editable finds a group that the actor may change; the others are not found.
func (g *Groups) Editable(ctx context.Context, by actor.Actor, group id.ID) (*Group, error) {
	found, err := g.ByID(ctx, by.Tenant, group)
	if err != nil {
		return nil, err
	}
	if !g.MayEdit(by, found) {
		return nil, fmt.Errorf("edit group: %w", fault.NotFound)
	}
	return found, nil
}

// MayEdit tells whether the actor may change the group's words.
func (g *Groups) MayEdit(by actor.Actor, group *Group) bool {
	return by.IsMember() && by.Member == group.OwnerID || g.Policy.Allows(by, "group", "edit")
}

func clean(draft Draft) (*Group, error) {
	invalid := &fault.Invalid{}
	group := &Group{Name: cleanName(invalid, draft.Name), Purpose: cleanText(invalid, "purpose", draft.Purpose, 500),
		Place: cleanLine(invalid, "place", draft.Place, 60), Rules: cleanText(invalid, "rules", draft.Rules, 1000),
		Welcome: cleanText(invalid, "welcome", draft.Welcome, 500), Kind: cmp.Or(draft.Kind, Open), Readers: cmp.Or(draft.Readers, Everyone),
		Questions: []string{}, Topics: append([]string{}, draft.Topics...), PictureID: draft.PictureID}
	for _, question := range draft.Questions {
		if question = cleanLine(invalid, "question", question, 120); question != "" {
			group.Questions = append(group.Questions, question)
		}
	}
	if len(group.Questions) > MaxQuestions {
		invalid.Add("question", "error.choice")
	}
	if !slices.Contains(Kinds, group.Kind) {
		invalid.Add("kind", "error.choice")
	}
	if group.Readers != Everyone && group.Readers != InGroup {
		invalid.Add("readers", "error.choice")
	}
	if len(group.Topics) > maxTopics || slices.ContainsFunc(group.Topics, func(topic string) bool { return topic == "" || len(topic) > 40 }) {
		invalid.Add("topics", "error.choice")
	}
	if len(group.Purpose) < 10 {
		invalid.Add("purpose", "error.length", "min", 10, "max", 500)
	}
	return group, invalid.OrNil()
}

// freeSlug adds a number where the name is taken.
func freeSlug(ctx context.Context, tx database.Tx, name string) (string, error) {
	base := Slug(name)
	if base == "" {
		base = "groupe"
	}
	for n, slug := 2, base; ; n++ {
		taken, err := tx.Select((*Group)(nil)).Where("slug = ?", slug).Exists(ctx)
		if err != nil || !taken {
			return slug, err
		}
		slug = base + "-" + strconv.Itoa(n)
	}
}

func (g *Groups) changed(ctx context.Context, tx database.Tx, group id.ID) error {
	return g.Outbox.Add(ctx, tx, "group.changed", map[string]id.ID{"id": group})
}

// SetState hides a group or shows it again, for moderators.
func (g *Groups) SetState(ctx context.Context, tenant, group id.ID, state string) error {
	return g.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Update((*Group)(nil)).Set("state = ?", state).Where("id = ?", group).Exec(ctx); err != nil {
			return err
		}
		return g.changed(ctx, tx, group)
	})
}

const counted = `(SELECT count(*) FROM joinings j WHERE j.tenant_id = grp.tenant_id AND j.group_id = grp.id) AS members`

// ByID finds a group in whatever state, with its number of members.
func (g *Groups) ByID(ctx context.Context, tenant, group id.ID) (*Group, error) {
	found := &Group{}
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Column("grp.*").ColumnExpr(counted).Where("id = ?", group).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find group: %w", err)
	}
	return found, nil
}

// See finds a group that the actor may see.
func (g *Groups) See(ctx context.Context, who actor.Actor, group id.ID) (*Group, error) {
	found, err := g.ByID(ctx, who.Tenant, group)
	if err != nil {
		return nil, err
	}
	if found.State != Published && !g.Policy.Allows(who, "case", "decide") {
		return nil, fmt.Errorf("see group: %w", fault.NotFound)
	}
	return found, nil
}

// ByIDs finds groups in whatever state, for instance those of a page's posts.
func (g *Groups) ByIDs(ctx context.Context, tenant id.ID, ids []id.ID) (map[id.ID]Group, error) {
	groups := make(map[id.ID]Group, len(ids))
	if len(ids) == 0 {
		return groups, nil
	}
	var found []Group
	err := g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("id IN (?)", bun.List(ids)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("find groups: %w", err)
	}
	for _, group := range found {
		groups[group.ID] = group
	}
	return groups, nil
}

// groupsOnAPage is how many groups a page lists.
const groupsOnAPage = 24

// List returns a page of the groups by name, and the group after which the
// next page begins: zero at the end.
func (g *Groups) List(ctx context.Context, tenant, after id.ID) (page []Group, next id.ID, err error) {
	err = g.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&page).Column("grp.*").ColumnExpr(counted).Where("state = ?", Published).Where("archived_at IS NULL").Order("name", "id").Limit(groupsOnAPage + 1)
		if after != 0 {
			last := &Group{}
			if err := tx.Select(last).Where("id = ?", after).Scan(ctx); err != nil {
				return err
			}
			query = query.Where("(grp.name, grp.id) > (?, ?)", last.Name, last.ID)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list groups: %w", err)
	}
	if len(page) > groupsOnAPage {
		page = page[:groupsOnAPage]
		next = page[groupsOnAPage-1].ID
	}
	return page, next, nil
}
