package news

import (
	"fmt"
	"strings"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// muted is something that one may want to hear nothing of.
type muted struct {
	Kind  string
	ID    id.ID
	Label string
	Path  string
	// On tells that it is muted.
	On bool
}

// about is the thing as forms name it: "thread:…".
func (m muted) about() string { return m.Kind + ":" + m.ID.String() }

// MuteHref leads to where a member says to hear nothing of something: of a
// discussion, a group or a person.
func MuteHref(kind string, target id.ID) string {
	return mutePath + "?sur=" + kind + ":" + target.String()
}

// named finds what is to be muted as the reader may see it.
func (p pages) named(r *kit.Request, who actor.Actor, kind string, target id.ID) (muted, error) {
	one := muted{Kind: kind, ID: target}
	switch kind {
	case notifications.MutedThread:
		post, err := p.posts.Find(r.Context(), who, target)
		if err != nil {
			return one, err
		}
		one.Label, one.Path = cards.Title(post), post.Path()
	case notifications.MutedGroup:
		group, err := p.groups.See(r.Context(), who, target)
		if err != nil {
			return one, err
		}
		one.Label, one.Path = group.Name, group.Path()
	case notifications.MutedPerson:
		person, err := p.members.ByID(r.Context(), r.Tenant.ID, target)
		if err != nil {
			return one, err
		}
		if person.State != membership.Published || !person.LeftAt.IsZero() {
			return one, fmt.Errorf("mute somebody: %w", fault.NotFound)
		}
		one.Label, one.Path = person.Name, cards.PersonPath(target)
	default:
		return one, fmt.Errorf("mute %q: %w", kind, fault.NotFound)
	}
	var err error
	one.On, err = p.telling.IsMuted(r.Context(), who, kind, target)
	return one, err
}

func (p pages) wanted(r *kit.Request, text string) (muted, error) {
	kind, name, _ := strings.Cut(text, ":")
	target, err := id.Parse(name)
	if err != nil {
		return muted{}, fmt.Errorf("%w: %w", fault.NotFound, err)
	}
	return p.named(r, r.Actor, kind, target)
}

func (p pages) askMute(r *kit.Request) error {
	one, err := p.wanted(r, r.Query("sur"))
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("news.mute." + one.Kind), NoIndex: true, Body: mutePage(r, one, mutePath)})
}

func (p pages) mute(r *kit.Request) error {
	form := r.Form()
	one, err := p.wanted(r, form.Value("sur"))
	if err != nil {
		return err
	}
	notice, change := "notice.news_muted", func() error { return p.telling.Mute(r.Context(), r.Actor, one.Kind, one.ID, false) }
	if form.Has("retirer", "oui") {
		notice, change = "notice.news_unmuted", func() error { return p.telling.Unmute(r.Context(), r.Actor, one.Kind, one.ID) }
	}
	if err := change(); err != nil {
		return err
	}
	return r.SeeOther(one.Path, notice)
}

func (p pages) muteLink(r *kit.Request) (actor.Actor, muted, error) {
	member, thread, err := p.telling.MuteLink(r.Context(), r.Tenant, r.Gin.Request.Host, r.Query("m"), r.Query("d"), r.Query("s"))
	if err != nil {
		return actor.Actor{}, muted{}, err
	}
	who := actor.MemberOf(r.Tenant.ID, member.ID, member.Roles...)
	one, err := p.named(r, who, notifications.MutedThread, thread)
	return who, one, err
}

func (p pages) askMuteByLink(r *kit.Request) error {
	_, one, err := p.muteLink(r)
	if err != nil {
		return err
	}
	return p.showMute(r, one)
}

func (p pages) muteByLink(r *kit.Request) error {
	who, one, err := p.muteLink(r)
	if err != nil {
		return err
	}
	one.On = !r.Form().Has("retirer", "oui")
	if one.On {
		err = p.telling.Mute(r.Context(), who, one.Kind, one.ID, false)
	} else {
		err = p.telling.Unmute(r.Context(), who, one.Kind, one.ID)
	}
	if err != nil {
		return err
	}
	return p.showMute(r, one)
}

func (p pages) showMute(r *kit.Request, one muted) error {
	return r.Page(kit.Page{Title: r.Words.T("news.mute." + one.Kind), NoIndex: true, Slim: true, Body: mutePage(r, one, signedPath(r))})
}

// signedPath is the address again, with what its signature needs.
func signedPath(r *kit.Request) string {
	return r.Gin.Request.URL.Path + "?" + r.Gin.Request.URL.RawQuery
}
