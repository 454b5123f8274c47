package posts

import (
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// chipsShown is how many places a list offers to narrow to.
const chipsShown = 8

// list is what a feed's page shows.
type list struct {
	view
	In       membership.Group
	Communes []string
	Pieces   []cards.Piece
	Older    string
}

func (p pages) feed(kind community.Kind) kit.Handler {
	return func(r *kit.Request) error {
		shown := list{view: viewOf(r, kind)}
		posts, next, err := p.posts.Feed(r.Context(), r.Tenant.ID, shown.filter(), community.ParseCursor(shown.After))
		if err != nil {
			return err
		}
		if shown.Pieces, err = cards.Pieces(r, p.members, posts); err != nil {
			return err
		}
		if shown.Communes, err = p.posts.Communes(r.Context(), r.Tenant.ID, kind, chipsShown); err != nil {
			return err
		}
		if shown.In, err = p.group(r, shown.Group); err != nil {
			return err
		}
		if !next.IsZero() {
			older := shown.view
			older.After = next.String()
			shown.Older = older.path()
		}
		title := feedTitle(r, shown)
		return r.Page(kit.Page{Title: title, Description: r.Words.T("community.feed." + string(kind) + ".lead"), Section: section(kind),
			// One list is one page to search engines; its narrower views are not.
			Canonical: kind.Path(), Feed: shown.feedPath(), NoIndex: shown.narrowed() || shown.After != "", Body: feedPage(r, title, shown),
			// A group may be closed to some members.
			Shared: shown.In.ID == 0})
	}
}

// group reads the group that an address names.
func (p pages) group(r *kit.Request, group id.ID) (membership.Group, error) {
	if group == 0 {
		return membership.Group{}, nil
	}
	found, err := p.groups.See(r.Context(), r.Actor, group)
	if err != nil {
		return membership.Group{}, err
	}
	return *found, nil
}

// followable is what a list is of that one may follow: a topic or a place.
func (l list) followable() string {
	switch {
	case l.Commune != "":
		return community.Target{Kind: community.FollowPlace, Name: l.Commune}.String()
	case l.Topic != "":
		return community.Target{Kind: community.FollowTopic, Name: l.Topic}.String()
	}
	return ""
}

// feedTitle says in a sentence what the list holds.
func feedTitle(r *kit.Request, shown list) string {
	key := "community.feed." + string(shown.Kind)
	switch {
	case shown.In.ID != 0:
		return r.Words.T(key+".in_group", "Group", shown.In.Name)
	case shown.Commune != "":
		return r.Words.T(key+".in_place", "Place", shown.Commune)
	case shown.Topic != "":
		return r.Words.T(key+".on_topic", "Topic", cards.Topic(shown.Topic, r.Words))
	}
	return r.Words.T(key)
}
