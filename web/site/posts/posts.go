// Package posts is where every kind of post is read and written.
package posts

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

type pages struct {
	posts   *community.Service
	members *membership.Service
	groups  *membership.Groups
	doubts  *limit.Limit
	// addresses and origins bound letters to people without an account.
	addresses, origins *limit.Limit
}

// Mount adds the pages to the route table.
func Mount(routes *kit.Routes, posts *community.Service, members *membership.Service, groups *membership.Groups) {
	p := pages{posts, members, groups, limit.New(posts.Clock, doubtsAtOnce, doubtsIn),
		limit.New(posts.Clock, placesAnAddress, placesIn), limit.New(posts.Clock, placesAnOrigin, placesIn)}
	routes.Get("/ecrire", kit.Anyone, p.choose)
	for _, kind := range community.Kinds {
		list := p.feed(kind)
		if kind == community.Event {
			list = p.agenda // in the order of time
		}
		routes.Get(kind.Path(), kit.Anyone, list)
		routes.Get(kind.Path()+"/:id", kit.Anyone, p.show)
		routes.Get(faces[kind].write, kit.May(kind.Policy(), "create"), p.write(kind))
		routes.Post(faces[kind].write, kit.May(kind.Policy(), "create"), p.publish(kind))
	}
	routes.Get("/agenda.ics", kit.Anyone, p.calendar)
	routes.Get("/agenda/:id/calendrier.ics", kit.Anyone, p.eventCalendar)

	routes.Get("/p/:id", kit.Anyone, p.short)
	routes.Get("/publications/:id/partager", kit.Anyone, p.share)
	routes.Get("/publications/:id/modifier", kit.SignedIn, p.edit)
	routes.Post("/publications/:id/modifier", kit.SignedIn, p.save)
	routes.Get("/publications/:id/historique", kit.SignedIn, p.history)
	routes.Post("/publications/:id/historique", kit.SignedIn, p.restore)
	routes.Get("/publications/:id/supprimer", kit.SignedIn, p.confirmDelete)
	routes.Post("/publications/:id/supprimer", kit.SignedIn, p.delete)
	routes.Get("/publications/:id/traduire/:langue", kit.SignedIn, p.translate)
	routes.Post("/publications/:id/traduire/:langue", kit.SignedIn, p.saveTranslation)
	routes.Post("/publications/:id/traduire/:langue/retirer", kit.SignedIn, p.dropTranslation)
	routes.Post("/publications/:id/merci", kit.SignedIn, p.thank)
	routes.Post("/publications/:id/epingler", kit.SignedIn, p.pin)
	routes.Post("/publications/:id/masquer", kit.SignedIn, p.hide)
	routes.Post("/publications/:id/jy-etais", kit.SignedIn, p.vouch)
	routes.Post("/publications/:id/jy-vais", kit.Anyone, p.goTo)
	routes.Post("/publications/:id/reponses", kit.SignedIn, p.reply)
	routes.Post("/publications/:id/solution", kit.SignedIn, p.accept)
	routes.Post("/publications/:id/plus-vrai", kit.Anyone, p.doubt)
	routes.Post("/publications/:id/toujours-vrai", kit.SignedIn, p.confirm)

	routes.Get("/moi/brouillons", kit.SignedIn, p.drafts)
	routes.Get("/moi/brouillons/:id", kit.SignedIn, p.writeOn)
	routes.Post("/moi/brouillons/:id", kit.SignedIn, p.submitDraft)
	routes.Get("/moi/brouillons/:id/supprimer", kit.SignedIn, p.confirmDrop)
	routes.Post("/moi/brouillons/:id/supprimer", kit.SignedIn, p.drop)
	routes.Get("/brouillons/:id", kit.Anyone, p.preview)

	routes.Get("/reponses/:id/modifier", kit.SignedIn, p.editComment)
	routes.Post("/reponses/:id/modifier", kit.SignedIn, p.saveComment)
	routes.Get("/reponses/:id/supprimer", kit.SignedIn, p.confirmDeleteComment)
	routes.Post("/reponses/:id/supprimer", kit.SignedIn, p.deleteComment)
}

// view is a list as its address narrows it.
type view struct {
	Kind    community.Kind
	Commune string
	Topic   string
	Offer   string
	Group   id.ID
	After   string
	// When is the agenda's stretch of time.
	When string
}

func viewOf(r *kit.Request, kind community.Kind) view {
	v := view{Kind: kind, Commune: community.Narrowing(r.Query("commune")), Topic: community.Narrowing(r.Query("sujet")), After: r.Query("apres")}
	if kind == community.Offer {
		v.Offer = community.Narrowing(r.Query("genre"))
	}
	if kind == community.Event {
		v.When = community.Narrowing(r.Query("quand"))
	}
	if group, err := id.Parse(r.Query("groupe")); err == nil {
		v.Group = group
	}
	return v
}

func (v view) filter() community.Filter {
	return community.Filter{Kind: v.Kind, Commune: v.Commune, Topic: v.Topic, Offer: v.Offer, Group: v.Group}
}

// narrowed tells whether the list is less than all of its kind.
func (v view) narrowed() bool {
	return v.Commune != "" || v.Topic != "" || v.Offer != "" || v.Group != 0
}

func (v view) path() string {
	query := url.Values{}
	for name, value := range map[string]string{"commune": v.Commune, "sujet": v.Topic, "genre": v.Offer, "groupe": v.Group.String(), "apres": v.After, "quand": v.When} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return v.Kind.Path()
	}
	return v.Kind.Path() + "?" + query.Encode()
}

// feedPath is the list as an Atom feed.
func (v view) feedPath() string {
	path, query, narrowed := strings.Cut(v.with(func(v *view) { v.When = "" }), "?")
	if narrowed {
		return path + ".atom?" + query
	}
	return path + ".atom"
}

// with is the list narrowed otherwise, from its beginning.
func (v view) with(change func(*view)) string {
	v.After = ""
	change(&v)
	return v.path()
}

// capital writes a topic as a label.
func capital(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(first)) + text[size:]
}
