package notifications

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/tenants"
)

// Activity is what an audience asks of how its readers use the site.
type Activity string

// The activities: members who came lately, members who did not, and readers
// without an account. Only somebody who is signed in is known to have come.
const (
	Lately    Activity = "seen"
	NotLately Activity = "quiet"
	NoAccount Activity = "strangers"
)

// Activities lists them; ActivityDays are what lately may mean.
var (
	Activities   = []Activity{Lately, NotLately, NoAccount}
	ActivityDays = []int{7, 30, 60}
)

// Audience narrows who gets a newsletter among those who agreed: what is empty
// does not, and what is said must all hold.
type Audience struct {
	// Groups: members of one of them.
	Groups    []id.ID               `json:"groups,omitempty"`
	Entrances []membership.Entrance `json:"entrances,omitempty"`
	Languages []string              `json:"languages,omitempty"`
	Activity  Activity              `json:"activity,omitempty"`
	Days      int                   `json:"days,omitempty"`
}

// Everyone tells that it leaves nobody out.
func (a *Audience) Everyone() bool {
	return len(a.Groups) == 0 && len(a.Entrances) == 0 && len(a.Languages) == 0 && a.Activity == ""
}

func (a *Audience) clean(invalid *fault.Invalid, tenant *tenants.Tenant) {
	if len(a.Groups) > maxGroups {
		invalid.Add("groups", "error.newsletter.groups", "Max", maxGroups)
	}
	if slices.ContainsFunc(a.Entrances, func(one membership.Entrance) bool { return !slices.Contains(membership.Entrances, one) }) {
		invalid.Add("entrances", "error.choice")
	}
	if slices.ContainsFunc(a.Languages, func(one string) bool { return !slices.Contains(tenant.Reads(), one) }) {
		invalid.Add("languages", "error.choice")
	}
	if a.Activity != "" && !slices.Contains(Activities, a.Activity) {
		invalid.Add("activity", "error.choice")
	}
	if a.Activity != Lately && a.Activity != NotLately {
		a.Days = 0
	} else if !slices.Contains(ActivityDays, a.Days) {
		invalid.Add("activity", "error.choice")
	}
}

const maxGroups = 20

// addressed narrows subscriptions to those that a newsletter is for, in the
// order of their identifiers, after one. A reader who is a member is known by
// what the member's profile says.
func (n *Newsletters) addressed(query *bun.SelectQuery, row *Newsletter, after id.ID) *bun.SelectQuery {
	query.Join("LEFT JOIN members AS member ON member.tenant_id = subscription.tenant_id AND member.id = subscription.member_id").
		Where("subscription.id > ?", after).Where("subscription.confirmed_at IS NOT NULL").
		// Somebody who has two addresses here gets one letter.
		Where("(subscription.member_id IS NULL OR NOT EXISTS (SELECT 1 FROM letter_subscriptions AS twin WHERE twin.tenant_id = subscription.tenant_id " +
			"AND twin.member_id = subscription.member_id AND twin.id < subscription.id AND twin.confirmed_at IS NOT NULL))")
	if row.Purpose == ForOffers {
		query.Where("subscription.offers")
	} else {
		query.Where("subscription.news")
	}
	if !row.BegunAt.IsZero() {
		query.Where("subscription.confirmed_at <= ?", row.BegunAt)
	}
	a := &row.Audience
	if len(a.Languages) > 0 {
		query.Where("COALESCE(member.language, subscription.language) IN (?)", bun.List(a.Languages))
	}
	if len(a.Entrances) > 0 {
		query.Where("COALESCE(member.entrance, subscription.entrance) IN (?)", bun.List(a.Entrances))
	}
	if len(a.Groups) > 0 {
		query.Where("EXISTS (SELECT 1 FROM joinings AS joining WHERE joining.tenant_id = subscription.tenant_id "+
			"AND joining.member_id = subscription.member_id AND joining.group_id IN (?))", bun.List(a.Groups))
	}
	const came = "EXISTS (SELECT 1 FROM sessions AS session WHERE session.tenant_id = subscription.tenant_id " +
		"AND session.member_id = subscription.member_id AND session.seen_at > ?)"
	since := n.Letters.Clock.Now().AddDate(0, 0, -a.Days)
	switch a.Activity {
	case Lately:
		query.Where(came, since)
	case NotLately:
		query.Where("subscription.member_id IS NOT NULL").Where("NOT "+came, since)
	case NoAccount:
		query.Where("subscription.member_id IS NULL")
	}
	return query
}

// recipient is somebody who is to get a newsletter.
type recipient struct {
	ID       id.ID
	MemberID id.ID `bun:",nullzero"`
	Email    string
	Language string
}

func (n *Newsletters) recipients(ctx context.Context, tx database.Tx, row *Newsletter, after id.ID, limit int) (some []recipient, err error) {
	err = n.addressed(tx.Select((*Subscription)(nil)), row, after).
		ColumnExpr("subscription.id, subscription.member_id, subscription.email, COALESCE(member.language, subscription.language) AS language").
		Order("subscription.id").Limit(int64(limit)).Scan(ctx, &some)
	if err != nil {
		return nil, fmt.Errorf("find who is to get it: %w", err)
	}
	return some, nil
}

// ReadersBy is how many of a newsletter's readers read a language.
type ReadersBy struct {
	Language string
	Member   bool
	Count    int
}

// Recipients is who would get a newsletter now.
type Recipients struct {
	Total, Members, Others int
	Languages              []ReadersBy
	// Sample are the addresses of some, for whom the policy lets see them.
	Sample []string
}

// sampleShown is how many addresses are enough to see that it is the right list.
const sampleShown = 12

// Recipients tells who would get a newsletter now. Addresses are shown to those
// alone who may read them anyway.
func (n *Newsletters) Recipients(ctx context.Context, who actor.Actor, row *Newsletter) (found Recipients, err error) {
	if err := n.may(who); err != nil {
		return found, err
	}
	err = n.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found = Recipients{}
		var counted []ReadersBy
		err := n.addressed(tx.Select((*Subscription)(nil)), row, 0).
			ColumnExpr("COALESCE(member.language, subscription.language) AS language, subscription.member_id IS NOT NULL AS member, count(*) AS count").
			GroupExpr("1, 2").OrderExpr("3 DESC, 1").Scan(ctx, &counted)
		if err != nil {
			return err
		}
		for _, one := range counted {
			found.add(one)
		}
		if !n.Policy.Allows(who, AddressesKind, "read") {
			return nil
		}
		some, err := n.recipients(ctx, tx, row, 0, sampleShown)
		for _, one := range some {
			found.Sample = append(found.Sample, one.Email)
		}
		return err
	})
	if err != nil {
		return found, fmt.Errorf("count who is to get it: %w", err)
	}
	return found, nil
}

func (r *Recipients) add(one ReadersBy) {
	r.Total += one.Count
	if one.Member {
		r.Members += one.Count
	} else {
		r.Others += one.Count
	}
	at := slices.IndexFunc(r.Languages, func(known ReadersBy) bool { return known.Language == one.Language })
	if at < 0 {
		r.Languages = append(r.Languages, ReadersBy{Language: one.Language, Count: one.Count})
		return
	}
	r.Languages[at].Count += one.Count
}

// AddressesKind is what the policy calls subscribers' addresses.
const AddressesKind = "subscriber"

// sevenDays is how long after a letter an end of the agreement counts as its.
const sevenDays = 7 * 24 * time.Hour
