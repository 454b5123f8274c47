package notifications

import (
	"context"
	"encoding/json"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications/letters"
)

// Company writes what coming to a group, belonging to it and leaving it need.
// Its methods follow facts, inside the transaction in which the fact becomes
// done.
type Company struct {
	Letters *Letters
	Members *membership.Service
	Groups  *membership.Groups
	Posts   *community.Service
}

// Requested tells the keepers that somebody asks to belong.
func (c *Company) Requested(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.Requested](payload)
	if err != nil {
		return err
	}
	request, err := c.Groups.Request(ctx, tenant, fact.ID)
	if isNoRow(err) || err == nil && !request.DecidedAt.IsZero() {
		return nil // withdrawn or decided meanwhile
	}
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, fact.Group)
	if err != nil {
		return err
	}
	keepers, err := c.Groups.Keepers(ctx, tenant, group)
	if err != nil {
		return err
	}
	asker, err := c.Members.ByID(ctx, tenant, request.MemberID)
	if err != nil {
		return err
	}
	about := inGroup(group, asker.Name)
	about.Path = group.KeepersPath()
	for _, keeper := range keepers {
		hears, err := c.Members.Hears(ctx, tenant, keeper, asker.ID)
		if err != nil {
			return err
		}
		if !hears {
			continue
		}
		if err := c.tell(ctx, tenant, keeper, "requested", about); err != nil {
			return err
		}
	}
	return nil
}

// Decided tells the asker; where the group has a welcome of its own, that says it.
func (c *Company) Decided(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.Requested](payload)
	if err != nil {
		return err
	}
	request, err := c.Groups.Request(ctx, tenant, fact.ID)
	if isNoRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, fact.Group)
	if err != nil {
		return err
	}
	if request.Accepted && request.Reason == "" && group.Welcome != "" {
		return nil
	}
	about := inGroup(group, "")
	about.Words = request.Reason
	kind := "declined"
	if request.Accepted {
		kind = "accepted"
	}
	return c.tell(ctx, tenant, request.MemberID, kind, about)
}

// Joined sends the group's own welcome, where it has written one.
func (c *Company) Joined(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.Belonging](payload)
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, fact.Group)
	if err != nil || group.Welcome == "" {
		return err
	}
	about := inGroup(group, "")
	about.Words = group.Welcome
	return c.tell(ctx, tenant, fact.Member, "joined", about)
}

// Invited mails an invitation to its address.
func (c *Company) Invited(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.InvitationFact](payload)
	if err != nil {
		return err
	}
	invitation, group, err := c.Groups.Invitation(ctx, tenant, fact.ID)
	if isNoRow(err) || err == nil && !invitation.Holds(c.Letters.Clock.Now()) {
		return nil
	}
	if err != nil {
		return err
	}
	by, err := c.Members.ByID(ctx, tenant, invitation.ByID)
	if err != nil {
		return err
	}
	about := inGroup(group, by.Name)
	about.Words, about.Path = group.Purpose, invitation.Path()
	return c.write(ctx, tenant, Reader{Email: invitation.Email, Language: invitation.Language}, "invited", about)
}

// Offered asks a member to look after the group.
func (c *Company) Offered(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return c.aboutOwner(ctx, tenant, payload, "offered")
}

// Handed tells who looks after the group from now on that it is so.
func (c *Company) Handed(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	return c.aboutOwner(ctx, tenant, payload, "handed")
}

func (c *Company) aboutOwner(ctx context.Context, tenant id.ID, payload json.RawMessage, kind string) error {
	fact, err := read[membership.Belonging](payload)
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, fact.Group)
	if err != nil {
		return err
	}
	return c.tell(ctx, tenant, fact.Member, kind, inGroup(group, ""))
}

// Blocked tells whom a group keeps out, and why.
func (c *Company) Blocked(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[membership.Blocked](payload)
	if err != nil {
		return err
	}
	block, err := c.Groups.BlockByID(ctx, tenant, fact.ID)
	if isNoRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, block.GroupID)
	if err != nil {
		return err
	}
	about := inGroup(group, "")
	about.Words, about.Path = block.Reason, contactPath
	return c.tell(ctx, tenant, block.MemberID, "blocked", about)
}

// contactPath is where somebody reaches the community's own moderators.
const contactPath = "/contact"

// Hid tells an author which piece a group's keeper hid, and why.
func (c *Company) Hid(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	fact, err := read[community.HidingFact](payload)
	if err != nil {
		return err
	}
	hiding, err := c.Posts.HidingByID(ctx, tenant, fact.ID)
	if isNoRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	group, err := c.Groups.ByID(ctx, tenant, hiding.GroupID)
	if err != nil {
		return err
	}
	about := inGroup(group, "")
	about.Title, about.Words, about.Path = hiding.Post.Title, hiding.Reason, contactPath
	return c.tell(ctx, tenant, hiding.Post.AuthorID, "hid", about)
}

// Greeted asks one person, once, to say welcome to a newcomer: an ambassador in
// the group, else its owner.
func (c *Company) Greeted(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	hello, group, err := c.hello(ctx, tenant, payload)
	if isNoRow(err) || err == nil && hello.State != community.Published {
		return nil
	}
	if err != nil {
		return err
	}
	host, err := c.host(ctx, tenant, group, hello.MemberID)
	if err != nil || host == 0 {
		return err
	}
	newcomer, err := c.Members.ByID(ctx, tenant, hello.MemberID)
	if err != nil {
		return err
	}
	about := inGroup(group, newcomer.Name)
	about.Words, about.Path = hello.Text, group.Path()+"#bonjour"
	return c.tell(ctx, tenant, host, "greeted", about)
}

// Welcomed tells a newcomer who said welcome.
func (c *Company) Welcomed(ctx context.Context, tenant id.ID, payload json.RawMessage) error {
	hello, group, err := c.hello(ctx, tenant, payload)
	if isNoRow(err) || err == nil && hello.WelcomedBy == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	hears, err := c.Members.Hears(ctx, tenant, hello.MemberID, hello.WelcomedBy)
	if err != nil || !hears {
		return err
	}
	host, err := c.Members.ByID(ctx, tenant, hello.WelcomedBy)
	if err != nil {
		return err
	}
	return c.tell(ctx, tenant, hello.MemberID, "welcomed", inGroup(group, host.Name))
}

func (c *Company) hello(ctx context.Context, tenant id.ID, payload json.RawMessage) (*community.Hello, *membership.Group, error) {
	fact, err := read[community.HelloFact](payload)
	if err != nil {
		return nil, nil, err
	}
	hello, err := c.Posts.Hello(ctx, tenant, fact.ID)
	if err != nil {
		return nil, nil, err
	}
	group, err := c.Groups.ByID(ctx, tenant, hello.GroupID)
	return hello, group, err
}

// host is who is asked to say welcome to somebody; zero is nobody.
func (c *Company) host(ctx context.Context, tenant id.ID, group *membership.Group, newcomer id.ID) (id.ID, error) {
	ambassadors, err := c.Members.WithRole(ctx, tenant, "ambassador")
	if err != nil {
		return 0, err
	}
	ids := []id.ID{group.OwnerID}
	for n := range ambassadors {
		ids = append(ids, ambassadors[n].ID)
	}
	among, err := c.Groups.Among(ctx, tenant, group.ID, ids)
	if err != nil {
		return 0, err
	}
	for _, one := range append(ids[1:], group.OwnerID) {
		if one != newcomer && among[one] {
			return one, nil
		}
	}
	return 0, nil
}

func inGroup(group *membership.Group, name string) letters.InGroup {
	return letters.InGroup{Group: group.Name, Name: name, Path: group.Path()}
}

// tell writes to a member who is still there.
func (c *Company) tell(ctx context.Context, tenant, member id.ID, kind string, about letters.InGroup) error {
	found, err := c.Members.ByID(ctx, tenant, member)
	if err != nil || !found.LeftAt.IsZero() {
		return err
	}
	return c.write(ctx, tenant, reader(found), kind, about)
}

func (c *Company) write(ctx context.Context, tenant id.ID, to Reader, kind string, about letters.InGroup) error {
	return c.Letters.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return c.Letters.Write(ctx, tx, to, func(s letters.Sender) letters.Letter { return letters.OfGroup(s, kind, about) })
	})
}
