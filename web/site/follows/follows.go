// Package follows is what a member follows, and what is new there.
package follows

import (
	"net/url"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const (
	listPath = "/moi/suivis"
	feedPath = "/moi/fil"
	doPath   = "/moi/suivre"
)

type pages struct {
	posts   *community.Service
	members *membership.Service
	groups  *membership.Groups
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, groups *membership.Groups) {
	p := pages{posts, members, groups}
	routes.Get(listPath, kit.SignedIn, p.all)
	routes.Get(feedPath, kit.SignedIn, p.feed)
	routes.Post(doPath, kit.SignedIn, p.follow)
}

// followed is something followed, with its name and where it is.
type followed struct {
	community.Target
	Label, Path string
}

func (p pages) all(r *kit.Request) error {
	follows, err := p.posts.Follows(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	all := make([]community.Target, 0, len(follows))
	for _, follow := range follows {
		all = append(all, community.Target{Kind: follow.Kind, Name: follow.Target})
	}
	named, err := p.named(r, all)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.follows.title"), NoIndex: true, Body: listPage(r, named)})
}

func (p pages) follow(r *kit.Request) error {
	form := r.Form()
	target, err := community.ParseTarget(form.Value("quoi"))
	if err != nil {
		return err
	}
	back := kit.LocalPath(form.Value("retour"), listPath)
	if form.Has("retirer", "oui") {
		if err := p.posts.Unfollow(r.Context(), r.Actor, target); err != nil {
			return err
		}
		return r.SeeOther(back, "notice.unfollowed")
	}
	named, err := p.named(r, []community.Target{target})
	if err != nil {
		return err
	}
	if len(named) == 0 || !p.sees(r, target) {
		return fault.NotFound
	}
	if err := p.posts.Follow(r.Context(), r.Actor, target); err != nil {
		return err
	}
	return r.SeeOther(back, "notice.followed")
}

// sees tells whether a neighbour's page is there for all to see: a name must
// not be learned by following.
func (p pages) sees(r *kit.Request, target community.Target) bool {
	if target.Kind != community.FollowPerson {
		return true
	}
	person, err := id.Parse(target.Name)
	if err != nil {
		return false
	}
	member, err := p.members.ByID(r.Context(), r.Tenant.ID, person)
	if err != nil || member.State != membership.Published {
		return false
	}
	posts, _, err := p.posts.Feed(r.Context(), r.Tenant.ID, community.Filter{Author: person, Limit: 1}, community.Cursor{})
	return err == nil && (member.Shown || len(posts) > 0)
}

// named leaves out what is gone, or what the actor may not see.
func (p pages) named(r *kit.Request, targets []community.Target) ([]followed, error) {
	ids := map[string][]id.ID{}
	for _, target := range targets {
		if one, err := id.Parse(target.Name); err == nil {
			ids[target.Kind] = append(ids[target.Kind], one)
		}
	}
	groups, err := p.groups.ByIDs(r.Context(), r.Tenant.ID, ids[community.FollowGroup])
	if err != nil {
		return nil, err
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, ids[community.FollowPerson])
	if err != nil {
		return nil, err
	}
	var all []followed
	for _, target := range targets {
		one := followed{Target: target, Label: words.French(target.Name)}
		key, _ := id.Parse(target.Name)
		switch target.Kind {
		case community.FollowGroup:
			group := groups[key]
			if group.State != membership.Published {
				continue
			}
			one.Label, one.Path = words.French(group.Name), group.Path()
		case community.FollowPerson:
			person, known := people[key]
			if !known || person.Left {
				continue
			}
			one.Label, one.Path = person.Name, cards.PersonPath(key)
		case community.FollowTopic:
			one.Label, one.Path = cards.Topic(target.Name, r.Words), "/bons-plans?sujet="+url.QueryEscape(target.Name)
		case community.FollowPlace:
			one.Path = "/bons-plans?commune=" + url.QueryEscape(target.Name)
		}
		all = append(all, one)
	}
	return all, nil
}

func (p pages) feed(r *kit.Request) error {
	posts, next, err := p.posts.Followed(r.Context(), r.Actor, community.ParseCursor(r.Query("apres")))
	if err != nil {
		return err
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return err
	}
	older := ""
	if !next.IsZero() {
		older = feedPath + "?apres=" + next.String()
	}
	return r.Page(kit.Page{Title: r.Words.T("community.fil.title"), NoIndex: true, Body: feedPage(r, pieces, older)})
}
