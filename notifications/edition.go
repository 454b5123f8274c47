package notifications

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// Why is the reason for which a piece was sent.
type Why string

// The reasons, in the order in which they count.
const (
	WhyEditor Why = "editor"
	WhyGroup  Why = "group"
	WhyPerson Why = "person"
	WhyTopic  Why = "topic"
	WhyPlace  Why = "place"
	WhyNew    Why = "new"
)

// masthead is what stands on all letters of an issue.
type masthead struct {
	tenant         *tenants.Tenant
	number         int
	monday, sunday time.Time
	listing        *billing.Listing
}

// edition is what the finds of an issue are chosen from.
type edition struct {
	tenant *tenants.Tenant
	number int
	since  time.Time
	// pool has tips before the others, and the newer first.
	pool   []*community.Post
	picked []id.ID
	readAt time.Time
}

// staleAfter is how long the batches of an issue share what was read. Whether a
// piece still shows is asked again when its letter is sent.
const staleAfter = time.Minute

func (d *Digest) edition(ctx context.Context, tenant *tenants.Tenant, part batch) (*edition, error) {
	now := d.Letters.Clock.Now()
	d.mu.Lock()
	shared := d.shared
	d.mu.Unlock()
	if shared != nil && shared.tenant.ID == tenant.ID && shared.number == part.Issue && shared.since.Equal(part.Since) && now.Sub(shared.readAt) < staleAfter {
		return shared, nil
	}
	e := &edition{tenant: tenant, number: part.Issue, since: part.Since, readAt: now}
	var err error
	if e.picked, err = d.Posts.Picked(ctx, tenant.ID, part.Since, now); err != nil {
		return nil, err
	}
	if e.pool, err = d.pool(ctx, e, now.In(tenant.Location()).Month()); err != nil {
		return nil, err
	}
	slices.SortStableFunc(e.pool, func(a, b *community.Post) int {
		return cmp.Or(first(isTip(a), isTip(b)), b.PostedAt.Compare(a.PostedAt))
	})
	d.mu.Lock()
	d.shared = e
	d.mu.Unlock()
	return e, nil
}

// masthead is that of an issue, which may be sent days late.
func (d *Digest) masthead(ctx context.Context, tenant *tenants.Tenant, number int) (*masthead, error) {
	now := d.Letters.Clock.Now()
	current, monday, sunday := tenant.Issue(now)
	days := 7 * (number - current)
	head := &masthead{tenant: tenant, number: number, monday: monday.AddDate(0, 0, days), sunday: sunday.AddDate(0, 0, days)}
	var err error
	head.listing, err = d.sponsored(ctx, tenant, now)
	return head, err
}

// pool is what an issue chooses from: the editors' finds, and what was published
// since the last and holds this month, the newest first.
func (d *Digest) pool(ctx context.Context, e *edition, month time.Month) ([]*community.Post, error) {
	picked, err := d.Posts.ByIDs(ctx, e.tenant.ID, e.picked)
	if err != nil {
		return nil, err
	}
	pool := slices.DeleteFunc(picked, func(post *community.Post) bool { return post.State != community.Published })
	for after := (community.Cursor{}); ; {
		posts, next, err := d.Posts.Feed(ctx, e.tenant.ID, community.Filter{Limit: 100}, after)
		if err != nil {
			return nil, err
		}
		for _, post := range posts {
			if !post.PostedAt.After(e.since) {
				return pool, nil
			}
			if post.InSeason(month) && !slices.Contains(e.picked, post.ID) {
				pool = append(pool, post)
			}
		}
		if next.IsZero() || len(pool) >= poolSize {
			return pool, nil
		}
		after = next
	}
}

func (d *Digest) sponsored(ctx context.Context, tenant *tenants.Tenant, now time.Time) (*billing.Listing, error) {
	if d.Sponsored == nil {
		return nil, nil
	}
	chosen, err := d.Sponsored(ctx, tenant.ID, billing.Setting{}, now.In(tenant.Location()), 1)
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	return &chosen[0], nil
}

// addressee is a member for whom finds are chosen.
type addressee struct {
	*membership.Member
	groups  []id.ID
	follows []community.Follow
	// knows are the pieces that were sent to them or that they have seen.
	knows map[id.ID]bool
}

// readers reads what the members of a batch belong to, follow and know. Who has
// left, has stopped or has got the issue is left out.
func (d *Digest) readers(ctx context.Context, tx database.Tx, e *edition, part batch) ([]addressee, error) {
	members, err := d.Members.ByIDs(ctx, tx.Tenant, part.Members)
	if err != nil {
		return nil, err
	}
	groups, err := d.Groups.OfEach(ctx, tx.Tenant, part.Members)
	if err != nil {
		return nil, err
	}
	follows, err := d.Posts.FollowedBy(ctx, tx.Tenant, part.Members)
	if err != nil {
		return nil, err
	}
	known, err := d.known(ctx, tx, e, part.Members)
	if err != nil {
		return nil, err
	}
	unheard, err := unheardGroups(ctx, tx, part.Members)
	if err != nil {
		return nil, err
	}
	var got []sentIssue
	if err := tx.Select(&got).Column("member_id").Where("member_id IN (?)", bun.List(part.Members)).Where("issue = ?", e.number).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read who has got the issue: %w", err)
	}
	var readers []addressee
	for _, member := range part.Members {
		found := members[member]
		has := slices.ContainsFunc(got, func(one sentIssue) bool { return one.MemberID == member })
		if found != nil && found.Digest != membership.Never && found.Email != "" && !has {
			heard := slices.DeleteFunc(groups[member], func(group id.ID) bool { return slices.Contains(unheard[member], group) })
			readers = append(readers, addressee{found, heard, follows[member], known[member]})
		}
	}
	return readers, nil
}

// known are, for each member, the pieces that they were sent in whatever issue, or
// have seen, from the oldest of the pool on.
func (d *Digest) known(ctx context.Context, tx database.Tx, e *edition, members []id.ID) (map[id.ID]map[id.ID]bool, error) {
	oldest := slices.MinFunc(e.pool, func(a, b *community.Post) int { return cmp.Compare(a.ID, b.ID) }).ID
	known, err := d.Posts.Touched(ctx, tx.Tenant, members, oldest)
	if err != nil {
		return nil, err
	}
	var items []sentItem
	err = tx.Select(&items).Column("member_id", "piece_id").Where("member_id IN (?)", bun.List(members)).
		Where("kind = 'post'").Where("piece_id >= ?", oldest).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	for _, item := range items {
		if known[item.MemberID] == nil {
			known[item.MemberID] = map[id.ID]bool{}
		}
		known[item.MemberID][item.PieceID] = true
	}
	return known, nil
}

// find is a piece for one reader.
type find struct {
	post *community.Post
	why  Why
}

// choose picks the finds of one reader. The rule, in this order: the editors'
// own, two at most; what I follow, my groups first; the rest of the community.
// In each, tips come before the others since they last, and the newer first; two
// at most by the same author. The letter opens with the first tip. Nothing counts
// clicks or thanks.
func choose(e *edition, to addressee) []find {
	var ranked [ranks][]find
	for _, post := range e.pool {
		foreign := post.GroupID != 0 && !slices.Contains(to.groups, post.GroupID)
		if !foreign && post.AuthorID != to.ID && !to.knows[post.ID] {
			why := e.why(to, post)
			if finds := ranked[why.rank()]; len(finds) < enoughFinds && writtenBy(post.AuthorID, finds) < mostByAuthor {
				ranked[why.rank()] = append(finds, find{post, why})
			}
		}
	}
	var chosen []find
	for _, finds := range ranked {
		for n, one := range finds {
			if len(chosen) < mostFinds && writtenBy(one.post.AuthorID, chosen) < mostByAuthor && (one.why != WhyEditor || n < mostPicked) {
				chosen = append(chosen, one)
			}
		}
	}
	if tip := slices.IndexFunc(chosen, func(one find) bool { return isTip(one.post) }); tip > 0 {
		chosen = slices.Insert(slices.Delete(slices.Clone(chosen), tip, tip+1), 0, chosen[tip])
	}
	return chosen
}

// enoughFinds of a rank do even where what other ranks gave forbids some authors.
const enoughFinds = mostFinds + mostByAuthor*mostFinds

// writtenBy counts the finds by an author.
func writtenBy(author id.ID, finds []find) (count int) {
	for _, one := range finds {
		if one.post.AuthorID == author {
			count++
		}
	}
	return count
}

// why is the first reason to send a piece to a reader.
func (e *edition) why(to addressee, post *community.Post) Why {
	switch {
	case slices.Contains(e.picked, post.ID):
		return WhyEditor
	case post.GroupID != 0:
		return WhyGroup
	}
	found := WhyNew
	for _, follow := range to.follows {
		if why := Why(follow.Kind); follow.Holds(post) && (found == WhyNew || why < found) {
			found = why
		}
	}
	return found
}

// ranks is how many there are.
const ranks = 4

// rank puts the editors' first, then groups, then what is followed in whatever
// way, then the rest.
func (w Why) rank() int {
	switch w {
	case WhyEditor:
		return 0
	case WhyGroup:
		return 1
	case WhyNew:
		return 3
	}
	return 2
}

func isTip(post *community.Post) bool { return post.Kind == community.Tip }

// first orders what holds before what does not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
