package posts

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// otherVersion is what somebody else saved while a form was open.
type otherVersion struct {
	Who     string
	At      time.Time
	Changes []change
}

// change is one part of a piece that two versions tell otherwise.
type change struct {
	Label string
	Runs  []run
}

// run is a stretch of words that both versions have, or the earlier or the later
// alone.
type run struct {
	Text           string
	Earlier, Later bool
}

// mine and theirs are the two sides of a change.
func (c change) mine() []run   { return c.side(func(one run) bool { return one.Earlier }) }
func (c change) theirs() []run { return c.side(func(one run) bool { return one.Later }) }

func (c change) side(has func(run) bool) []run {
	return slices.DeleteFunc(slices.Clone(c.Runs), func(one run) bool { return !has(one) })
}

// step is an edit in the history of a piece.
type step struct {
	community.Revision
	Who     string
	Changes []change
}

func (p pages) history(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	post, revisions, err := p.posts.History(r.Context(), r.Actor, wanted)
	if err != nil {
		return err
	}
	hands := []id.ID{post.AuthorID}
	for _, revision := range revisions {
		hands = append(hands, revision.ByID)
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, hands)
	if err != nil {
		return err
	}
	steps := make([]step, 0, len(revisions))
	after := post
	for _, revision := range revisions {
		before := revision.Draft.Over(*post, r.Now)
		steps = append(steps, step{revision, words.French(people[revision.ByID].Name), changes(r, before, after)})
		after = before
	}
	mine := r.Actor.IsMember() && post.AuthorID == r.Actor.Member
	return r.Page(kit.Page{Title: r.Words.T("history.title"), Section: section(post.Kind), NoIndex: true,
		Body: historyPage(r, post, steps, people[post.AuthorID], mine || r.Allows("post", "edit_any"))})
}

// restore is an edit that brings back what was written before.
func (p pages) restore(r *kit.Request) error {
	post, err := p.editable(r)
	if err != nil {
		return err
	}
	revision, err := id.Parse(r.Form().Value("version"))
	if err != nil {
		return fault.NotFound
	}
	draft, err := p.posts.Earlier(r.Context(), r.Actor, post.ID, revision)
	if err != nil {
		return err
	}
	restored, err := p.posts.Edit(r.Context(), r.Actor, post.ID, draft)
	if form, invalid := r.Invalid(err); invalid {
		// It may hold no longer, as an event that is over: it is to be mended.
		earlier := draft.Over(*post, r.Now)
		mend := filled(r, earlier)
		mend.Problems = form.Problems
		return p.writePage(r, post, http.StatusUnprocessableEntity, mend)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(restored.Path(), cmp.Or(heldNotice(restored.State), "notice.history_restored"))
}

// bothVersions shows what somebody else saved meanwhile beside what was typed,
// which stays in the form: saving it again chooses it.
func (p pages) bothVersions(r *kit.Request, draft community.Draft) error {
	now, err := p.editable(r)
	if err != nil {
		return err
	}
	_, revisions, err := p.posts.History(r.Context(), r.Actor, now.ID)
	if err != nil {
		return err
	}
	other := &otherVersion{At: now.PostedAt, Changes: changes(r, draft.Over(*now, r.Now), now)}
	who := now.AuthorID
	if len(revisions) > 0 {
		other.At, who = revisions[0].At, revisions[0].ByID
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, []id.ID{who})
	if err != nil {
		return err
	}
	other.Who = words.French(people[who].Name)
	form := r.Form()
	form.Values.Set("version", strconv.Itoa(now.Version))
	return p.showWriting(r, http.StatusConflict, writing{Form: form, Kind: now.Kind, Post: now, Other: other})
}

// changes lists what two versions of a piece tell otherwise, in words.
func changes(r *kit.Request, earlier, later *community.Post) []change {
	var all []change
	before, after := parts(r, earlier), parts(r, later)
	for n := range before {
		if before[n].Text != after[n].Text {
			all = append(all, change{before[n].Label, compare(before[n].Text, after[n].Text)})
		}
	}
	if earlier.PictureID != later.PictureID {
		was, is := pictured(r, earlier, "some"), pictured(r, later, "other")
		all = append(all, change{r.Words.T("history.part.picture"), []run{{was, true, false}, {" ", true, true}, {is, false, true}}})
	}
	return all
}

func pictured(r *kit.Request, post *community.Post, which string) string {
	if post.PictureID == 0 {
		which = "none"
	}
	return r.Words.T("history.picture." + which)
}

// part is one thing that a version says.
type part struct{ Label, Text string }

// parts are all that a version says but its picture, always in the same parts.
func parts(r *kit.Request, post *community.Post) []part {
	topics := make([]string, 0, len(post.Topics))
	for _, name := range post.Topics {
		topics = append(topics, cards.Topic(name, r.Words))
	}
	offer := ""
	if post.Kind == community.Offer {
		offer = strings.Join(strings.Fields(cards.KindWord(post, r.Words)+" "+cards.Price(post, r.Tenant, r.Words)), " ")
	}
	all := []part{{"title", post.Title}, {"standfirst", post.Standfirst}, {"text", post.Text}, {"place", post.Where()},
		{"when", when(r, post)}, {"offer", offer}, {"topics", strings.Join(topics, ", ")}}
	for n := range all {
		all[n].Label = r.Words.T("history.part." + all[n].Label)
	}
	return all
}

// when is all that a version says of days and hours.
func when(r *kit.Request, post *community.Post) string {
	var all []string
	if date := post.Event; date != nil {
		all = append(all, hours(r, community.Occurrence{Starts: date.Starts, Ends: date.Ends}), r.Words.T("community.repeat."+repeatKey(date.Repeat)),
			weekdays(r.Words, date.Weekdays), date.Price)
		if date.Places > 0 {
			all = append(all, r.Words.N("going.places", date.Places))
		}
		if !date.Last.IsZero() {
			all = append(all, r.Words.T("community.until", "Day", r.Words.Day(r.Now, date.Last)))
		}
	}
	if !post.Until.IsZero() {
		all = append(all, r.Words.T("community.until", "Day", r.Words.Day(r.Now, post.Until)))
	}
	all = append(all, weekdays(r.Words, post.Weekdays), months(r.Words, post.Months))
	if post.LowTide {
		all = append(all, r.Words.T("community.low_tide"))
	}
	return strings.Join(slices.DeleteFunc(all, func(one string) bool { return one == "" }), ", ")
}

var word = regexp.MustCompile(`[\p{L}\p{N}\p{M}]+|\s+|.`)

// compare tells two texts apart word by word: a letter each would be unreadable.
func compare(earlier, later string) []run {
	var known []string
	signs := map[string]rune{}
	encode := func(text string) []rune {
		var encoded []rune
		for _, one := range word.FindAllString(text, -1) {
			if _, met := signs[one]; !met {
				// Above what is a surrogate, which no text may hold.
				signs[one] = rune(0x10000 + len(known))
				known = append(known, one)
			}
			encoded = append(encoded, signs[one])
		}
		return encoded
	}
	differ := diffmatchpatch.New()
	found := differ.DiffCleanupSemantic(differ.DiffMainRunes(encode(earlier), encode(later), false))
	runs := make([]run, 0, len(found))
	for n, one := range found {
		var text strings.Builder
		for _, sign := range one.Text {
			text.WriteString(known[sign-0x10000])
		}
		same := one.Type == diffmatchpatch.DiffEqual
		shown := text.String()
		if same {
			shown = around(shown, n > 0, n < len(found)-1)
		}
		runs = append(runs, run{shown, same || one.Type == diffmatchpatch.DiffDelete, same || one.Type == diffmatchpatch.DiffInsert})
	}
	return runs
}

// around keeps of a stretch that did not change what stands next to changes.
func around(text string, follows, precedes bool) string {
	const near = 90
	letters := []rune(text)
	if len(letters) <= 2*near {
		return text
	}
	head, tail := "", ""
	if follows {
		head = string(letters[:near])
		head = head[:strings.LastIndexAny(head, " \n")+1]
	}
	if precedes {
		tail = string(letters[len(letters)-near:])
		tail = tail[max(0, strings.IndexAny(tail, " \n")):]
	}
	return head + "[…]" + tail
}
