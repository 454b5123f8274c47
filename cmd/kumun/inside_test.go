package main_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
)

// What is written for a group's members bears this word; nobody searches by it,
// so that no page repeats it from its address.
const marked = "zanzibarine"

// hideout is a group for members, with one of everything inside.
type hideout struct {
	group  *membership.Group
	pieces []*community.Post
	reply  string
}

func (w *town) hideout() hideout {
	ctx, t := w.t.Context(), w.t
	posts := w.Posts(t)
	insider := w.Member(t, "insider")
	h := hideout{group: w.Group(t, "cachette", w.anna, insider)}
	closed := membership.Draft{Name: h.group.Name, Purpose: h.group.Purpose, Readers: membership.InGroup}
	must(0, w.Groups().Edit(ctx, w.anna, h.group.ID, closed))(t)
	within := func(draft *community.Draft) {
		draft.Group, draft.Commune, draft.Place, draft.Topics = h.group.ID, "Quokkaville", "Chez "+marked, nil
		draft.Standfirst = "Un mot " + marked
		draft.Text = "Le mot " + marked + " ne sort pas d'ici, et les quokkas non plus."
		if draft.Kind == community.Tip {
			draft.Topics = []string{"mer"}
		}
	}
	editing := w.anna
	editing.Roles = append(slices.Clone(editing.Roles), actor.Editor)
	h.pieces = []*community.Post{
		w.Tip(t, insider, "Quokka et "+marked, within), w.Offer(t, w.anna, "Quokka à donner, "+marked, within),
		w.Event(t, w.anna, "Fête du quokka "+marked, within), w.Question(t, w.anna, "Quokka ou "+marked+" ?", within),
		w.Guide(t, editing, "Le guide quokka "+marked, func(draft *community.Draft) { draft.Group = h.group.ID }),
	}
	for _, piece := range h.pieces {
		reply := must(posts.Reply(ctx, w.anna, piece.ID, "Je réponds "+marked))(t)
		w.Decide(t, posts, w.Tenant.ID, "comment", reply.ID, community.Published)
		h.reply = reply.ID.String()
	}
	must(0, posts.Pin(ctx, w.anna, h.pieces[0].ID, true))(t)
	must(0, posts.Thank(ctx, w.anna, h.pieces[0].ID))(t)
	must(posts.Go(ctx, insider, h.pieces[2].ID))(t)
	must(0, posts.Greet(ctx, insider, h.group.ID, "Bonjour, c'est "+marked))(t)
	return h
}

// addresses are all ways to ask a route for what is inside.
func (h hideout) addresses(w *town, route string) []string {
	paths := []string{route}
	fill := func(name string, values ...string) {
		var filled []string
		for _, path := range paths {
			for _, value := range values {
				filled = append(filled, strings.ReplaceAll(path, name, value))
			}
		}
		if strings.Contains(route, name) {
			paths = filled
		}
	}
	ids, previews, parts := []string{h.group.ID.String(), h.reply}, []string{}, []string{"pages.xml", "groupes.xml"}
	for _, piece := range h.pieces {
		ids = append(ids, piece.ID.String())
		previews = append(previews, strings.TrimPrefix(cards.PostPreview(w.Tenant, piece).Path, "/apercus/"))
		parts = append(parts, piece.ID.String()+".xml")
	}
	fill(":id", append(ids, w.anna.Member.String())...)
	fill(":tail", previews...)
	fill(":part", parts...)
	fill(":langue", "en", "fr")
	fill(":token", "x")
	fill(":code", "x")
	var all []string
	for _, path := range paths {
		all = append(all, path)
		for _, query := range []url.Values{
			{"q": {"quokka"}}, {"q": {"quokk"}}, {"groupe": {h.group.ID.String()}}, {"commune": {"Quokkaville"}}, {"sujet": {"mer"}}, {"quand": {"mois"}},
			{"sur": {"post:" + ids[2]}}, {"sur": {"comment:" + h.reply}}, {"piece": {ids[2]}}, {"question": {h.pieces[3].ID.String()}},
		} {
			// What an identifier names is not narrowed; a list is.
			if !strings.Contains(route, ":") {
				all = append(all, path+"?"+query.Encode())
			}
		}
	}
	return all
}

// Every page that the product has is asked, by whoever is not in the group, for
// what is inside: a new route that shows it fails here.
func TestNothingLeavesAGroupForMembers(t *testing.T) {
	w := build(t)
	h := w.hideout()
	strangers := []person{w.site.visitors[0]}
	for role, person := range w.roles {
		// Moderators open what is reported to them.
		if role != actor.Moderator && role != actor.Admin {
			strangers = append(strangers, person)
		}
	}
	asked := 0
	for _, route := range w.site.table {
		if route.Method != http.MethodGet || strings.HasPrefix(route.Path, "/dev/") {
			continue
		}
		for _, path := range h.addresses(w, route.Path) {
			for _, stranger := range strangers {
				if stranger.cookies == "" && route.Need.SignedIn {
					continue
				}
				got := w.ask(stranger, http.MethodGet, path, nil)
				asked++
				if strings.Contains(strings.ToLower(got.page+got.location), marked) {
					t.Errorf("%s shows %s what is inside", path, stranger.name)
				}
			}
		}
	}
	t.Logf("asked %d times", asked)

	all := w.everything()
	for _, table := range []string{"search_documents", "search_words", "search_hints", "letters", "sent_items"} {
		if strings.Contains(strings.ToLower(all[table]), marked) {
			t.Errorf("%s holds what is inside", table)
		}
	}
	for _, fact := range append(w.Facts(t, w.Tenant.ID, "post.published"), w.Facts(t, w.Tenant.ID, "comment.posted")...) {
		for _, piece := range h.pieces {
			if strings.Contains(fact, piece.ID.String()) {
				t.Errorf("the outbox tells everyone: %s", fact)
			}
		}
	}
}

func TestNobodyElseActsInAGroupForMembers(t *testing.T) {
	w := build(t)
	h := w.hideout()
	form := fields("comment", "Moi aussi !", "sur", "post:"+h.pieces[0].ID.String(), "email", "x@example.org", "text", "On y était en mai.")
	for _, route := range w.site.table {
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/publications/:id") {
			continue
		}
		for _, piece := range h.pieces {
			path := strings.NewReplacer(":id", piece.ID.String(), ":langue", "en").Replace(route.Path)
			for _, role := range []actor.Role{actor.Member, actor.Ambassador, actor.Editor} {
				if got := w.ask(w.roles[role], http.MethodPost, path, form); got.status != http.StatusNotFound {
					t.Errorf("POST %s answers %s with %d", path, role, got.status)
				}
			}
		}
	}
	for _, about := range []string{"post:" + h.pieces[0].ID.String(), "comment:" + h.reply} {
		for _, who := range []person{w.site.visitors[0], w.roles[actor.Member]} {
			if got := w.ask(who, http.MethodPost, "/signaler", report(about, "marc@example.org")); got.status != http.StatusNotFound {
				t.Errorf("a report of %s answers %s with %d", about, who.name, got.status)
			}
		}
	}
}

func TestMembersReadWhatIsInside(t *testing.T) {
	w := build(t)
	h := w.hideout()
	page := w.ask(w.her, http.MethodGet, h.group.Path(), nil)
	for _, piece := range h.pieces {
		if !strings.Contains(page.page, piece.Path()) {
			t.Errorf("the group's page leads not to %s", piece.Path())
		}
		if got := w.ask(w.her, http.MethodGet, piece.Path(), nil); got.status != http.StatusOK || strings.Count(got.page, marked) < 2 || !strings.Contains(got.page, "noindex") {
			t.Errorf("%s answers a member with %d", piece.Path(), got.status)
		}
	}
	if got := w.ask(w.her, http.MethodGet, "/agenda/"+h.pieces[2].ID.String()+"/calendrier.ics", nil); !strings.Contains(got.page, marked) {
		t.Errorf("a member's calendar file answers %d without the event", got.status)
	}
	if got := w.ask(w.roles[actor.Moderator], http.MethodGet, h.pieces[0].Path(), nil); got.status != http.StatusOK {
		t.Errorf("a moderator opens what was reported with %d", got.status)
	}

	// Whoever leaves reads no more of others, and keeps what they wrote.
	insider := must(w.Members().ByEmail(t.Context(), w.Tenant.ID, "insider@example.org"))(t)
	who := actor.MemberOf(w.Tenant.ID, insider.ID)
	must(0, w.Groups().Leave(t.Context(), who, h.group.ID))(t)
	posts := w.Posts(t)
	if _, err := posts.Find(t.Context(), who, h.pieces[1].ID); err == nil {
		t.Error("who left reads what others wrote")
	}
	mine := must(posts.Find(t.Context(), who, h.pieces[0].ID))(t)
	replies, _, err := posts.Comments(t.Context(), who, mine, community.Cursor{})
	if err != nil || len(replies) > 0 {
		t.Errorf("who left reads %d replies (%v)", len(replies), err)
	}
	if traces := must(posts.Traces(t.Context(), who))(t); strings.Contains(strings.ToLower(strings.Join(titles(traces), " ")), marked) {
		t.Error("what one takes along tells what others wrote inside")
	}
}

func titles(traces *community.Traces) []string {
	var all []string
	for _, going := range traces.Goings {
		all = append(all, going.On)
	}
	for _, thanks := range traces.Thanks {
		all = append(all, thanks.On)
	}
	return all
}
