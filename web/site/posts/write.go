package posts

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// writing is what a form to write or edit a post shows.
type writing struct {
	*kit.Form
	Kind community.Kind
	// Post is the one being edited; nil for a new one.
	Post    *community.Post
	Groups  []membership.Group
	Picture *community.Picture
	// Sketch is a cover as it could be.
	Sketch string
	// Kept is the draft that is gone on with; nil for none.
	Kept *community.Manuscript
	// Other is what somebody else has saved meanwhile.
	Other *otherVersion
	// Asked is what the editors ask this week.
	Asked string
}

func writePath(kind community.Kind, group id.ID) string {
	path := faces[kind].write
	if group != 0 {
		path += "?groupe=" + group.String()
	}
	return path
}

// formPath is where a piece of a kind is written, at the time that a link to
// the choice has named.
func formPath(r *kit.Request, kind community.Kind) string {
	path := faces[kind].write
	if at := r.Query("le"); at != "" {
		path += "?le=" + url.QueryEscape(at)
	}
	return path
}

func (p pages) choose(r *kit.Request) error {
	asked, err := p.asked(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.write.title"), Description: r.Words.T("community.write.lead"), Section: "write",
		Canonical: "/ecrire", Body: choosePage(r, asked)})
}

func (p pages) write(kind community.Kind) kit.Handler {
	return func(r *kit.Request) error {
		if question := r.Query("question"); question != "" && kind == community.Tip {
			form, err := p.fromAnswer(r, question)
			if err != nil {
				return err
			}
			return p.showWriting(r, http.StatusOK, writing{Kind: kind, Form: form})
		}
		form := kit.NewForm("group", r.Query("groupe"), "offer", r.Query("genre"), "title", r.Query("titre"), "language", r.Words.Language,
			"publish_at", r.Query("le"))
		return p.showWriting(r, http.StatusOK, writing{Kind: kind, Form: form})
	}
}

func (p pages) publish(kind community.Kind) kit.Handler {
	return func(r *kit.Request) error { return p.submit(r, writing{Kind: kind}) }
}

// submit does with what was written what the pressed button says.
func (p pages) submit(r *kit.Request, shown writing) error {
	draft, err := p.draft(r, shown.Kind)
	path, notice := "", ""
	if err == nil {
		path, notice, err = p.carryOut(r, shown.Kept, draft)
	}
	if form, invalid := r.Invalid(err); invalid {
		shown.Form = form
		return p.showWriting(r, http.StatusUnprocessableEntity, shown)
	}
	if errors.Is(err, fault.TooMany) {
		shown.Form = wrong(r, "title", "error.community.posts_flood")
		return p.showWriting(r, http.StatusTooManyRequests, shown)
	}
	if errors.Is(err, fault.Conflict) {
		// Somebody was quicker; what was typed can still be published for itself.
		shown.Form = wrong(r, "title", community.AnswerTold)
		shown.Values.Del("question")
		return p.showWriting(r, http.StatusConflict, shown)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path, notice)
}

func (p pages) edit(r *kit.Request) error {
	post, err := p.editable(r)
	if err != nil {
		return err
	}
	return p.writePage(r, post, http.StatusOK, filled(r, post))
}

func (p pages) save(r *kit.Request) error {
	post, err := p.editable(r)
	if err != nil {
		return err
	}
	draft, err := p.draft(r, post.Kind)
	if err == nil {
		post, err = p.posts.Edit(r.Context(), r.Actor, post.ID, draft)
	}
	return p.saved(r, post, draft, err)
}

// saved is what follows an edit: the post, or the form with what is wrong.
func (p pages) saved(r *kit.Request, post *community.Post, draft community.Draft, err error) error {
	if err == nil {
		return r.SeeOther(post.Path(), cmp.Or(heldNotice(post.State), "notice.community_saved"))
	}
	if errors.Is(err, fault.Conflict) {
		return p.bothVersions(r, draft)
	}
	stood, problem := p.editable(r)
	if problem != nil {
		return problem
	}
	if form, invalid := r.Invalid(err); invalid {
		return p.writePage(r, stood, http.StatusUnprocessableEntity, form)
	}
	if errors.Is(err, fault.TooMany) {
		return p.writePage(r, stood, http.StatusTooManyRequests, wrong(r, "picture", "error.community.pictures_flood"))
	}
	return err
}

func (p pages) confirmDelete(r *kit.Request) error {
	post, err := p.own(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("community.delete.title"), NoIndex: true, Section: section(post.Kind), Body: deletePage(r, post)})
}

func (p pages) delete(r *kit.Request) error {
	post, err := p.own(r)
	if err != nil {
		return err
	}
	if err := p.posts.Delete(r.Context(), r.Actor, post.ID); err != nil {
		return err
	}
	return r.SeeOther(post.Kind.Path(), "notice.community_deleted")
}

func (p pages) own(r *kit.Request) (*community.Post, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.posts.Own(r.Context(), r.Actor, wanted)
}

// editable is a post that the actor may edit: the own one, or as an editor any.
func (p pages) editable(r *kit.Request) (*community.Post, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.posts.Editable(r.Context(), r.Actor, wanted)
}

// writePage shows the form to edit a post.
func (p pages) writePage(r *kit.Request, post *community.Post, status int, form *kit.Form) error {
	return p.showWriting(r, status, writing{Kind: post.Kind, Post: post, Form: form})
}

// showWriting shows the form, with the picture that an earlier try has brought.
func (p pages) showWriting(r *kit.Request, status int, shown writing) error {
	form, kind, post := shown.Form, shown.Kind, shown.Post
	shown.Sketch = sketch(r, kind, post)
	mine, err := p.posts.Groups.Of(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	// An editor may not be in the group of the piece.
	if post != nil && post.GroupID != 0 && !slices.Contains(mine, post.GroupID) {
		mine = append(mine, post.GroupID)
	}
	groups, err := p.groups.ByIDs(r.Context(), r.Tenant.ID, mine)
	if err != nil {
		return err
	}
	for _, group := range mine {
		if found, known := groups[group]; known {
			shown.Groups = append(shown.Groups, found)
		}
	}
	if picture, err := id.Parse(form.Value("picture_id")); err == nil && post != nil && picture == post.PictureID {
		shown.Picture = post.Picture
	} else if err == nil {
		found, err := p.posts.Pictures.Find(r.Context(), r.Actor, picture)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			shown.Picture = found
		}
	}
	if post == nil && shown.Kept == nil {
		if shown.Asked, err = p.asked(r); err != nil {
			return err
		}
	}
	title := r.Words.T("community.write." + string(kind) + ".title")
	switch {
	case post != nil && post.AuthorID != r.Actor.Member:
		title = r.Words.T("drafts.edit_theirs")
	case post != nil:
		title = r.Words.T("community.edit.title")
	}
	return r.Page(kit.Page{Status: status, Title: title, Section: "write", NoIndex: true, Body: writePage(r, title, shown)})
}

// asked is what the editors ask the neighbours to tell this week, or "".
func (p pages) asked(r *kit.Request) (string, error) {
	_, monday, _ := r.Tenant.Issue(r.Now)
	return p.posts.Prompt(r.Context(), r.Tenant.ID, monday)
}

// sketch is a cover of the community's: what a post without a picture gets is
// of this kind.
func sketch(r *kit.Request, kind community.Kind, post *community.Post) string {
	if post != nil {
		picture, _ := cards.PostPicture(r.Tenant, post)
		return picture.Src
	}
	seed := r.Actor.Member
	piece := covers.Piece{Tenant: r.Tenant.Slug, ID: seed.String(), Kind: string(kind)}
	return cards.CoverPath(string(kind), seed, covers.Choose(r.Tenant.Settings.Look, piece))
}

// draft reads the form. A new picture is taken in first, so that it is kept
// while other fields are mended.
func (p pages) draft(r *kit.Request, kind community.Kind) (community.Draft, error) {
	form := r.Form()
	draft := community.Draft{Kind: kind, Offer: form.Value("offer"), Title: form.Value("title"), Standfirst: form.Value("standfirst"),
		Text: form.Value("text"), Place: form.Value("place"), Commune: form.Value("commune"), Alt: form.Value("alt"),
		Months: numbers(form, "months"), Weekdays: numbers(form, "weekdays"), LowTide: form.Has("low_tide", "yes"), Topics: form.Values["topics"],
		PriceCents: cents(form.Value("price")), Until: day(r, form.Value("until")), Redraw: form.Has("redraw", "yes"),
		Language: cmp.Or(form.Value("language"), r.Tenant.Settings.Language), Synthesis: form.Has("synthesis", "yes")}
	draft.Version, _ = strconv.Atoi(form.Value("version"))
	if !r.Tenant.Speaks(draft.Language) {
		return draft, fault.InvalidField("language", "error.choice")
	}
	if read := faces[kind].read; read != nil {
		read(r, form, &draft)
	}
	var err error
	if text := form.Value("question"); text != "" {
		if draft.Question, err = id.Parse(text); err != nil {
			return draft, fault.NotFound
		}
	}
	if text := form.Value("group"); text != "" {
		if draft.Group, err = id.Parse(text); err != nil {
			return draft, fault.InvalidField("group", "error.community.group")
		}
	}
	draft.Picture, err = cards.TakePicture(r, p.posts.Pictures, form)
	return draft, err
}

// numbers reads ticked boxes; what is no number becomes one that the service
// refuses.
func numbers(form *kit.Form, name string) []int {
	var all []int
	for _, text := range form.Values[name] {
		number, _ := strconv.Atoi(text)
		all = append(all, number)
	}
	return all
}

// cents reads "12", "12,50" or "12.50 €"; what is no price becomes one that the
// service refuses.
func cents(text string) *int64 {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", "$", "", ",", ".").Replace(text)
	if text == "" {
		return nil
	}
	refused := int64(-1)
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 || len(whole) > 9 {
		return &refused
	}
	value, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 63)
	if err != nil {
		return &refused
	}
	price := int64(value)
	return &price
}

// day reads the date of a field as the end of that day; what is no date becomes
// one that the service refuses.
func day(r *kit.Request, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	parsed, err := time.ParseInLocation(time.DateOnly, text, r.Tenant.Location())
	if err != nil {
		return time.Unix(1, 0).UTC()
	}
	return parsed.AddDate(0, 0, 1).Add(-time.Second).UTC()
}

// filled is the form of a post as it stands.
func filled(r *kit.Request, post *community.Post) *kit.Form {
	form := kit.NewForm("title", post.Title, "standfirst", post.Standfirst, "text", post.Text, "place", post.Place, "commune", post.Commune,
		"language", post.Language, "offer", post.Offer, "group", post.GroupID.String(), "picture_id", post.PictureID.String(), "version", strconv.Itoa(post.Version))
	form.Values["topics"] = post.Topics
	for _, month := range post.Months {
		form.Values.Add("months", strconv.Itoa(month))
	}
	for _, weekday := range post.Weekdays {
		form.Values.Add("weekdays", strconv.Itoa(weekday))
	}
	if post.Rendering == community.Synthesis {
		form.Values.Set("synthesis", "yes")
	}
	if post.LowTide {
		form.Values.Set("low_tide", "yes")
	}
	if post.PriceCents != nil {
		form.Values.Set("price", fmt.Sprintf("%d,%02d", *post.PriceCents/100, *post.PriceCents%100))
	}
	if !post.Until.IsZero() {
		form.Values.Set("until", post.Until.In(r.Tenant.Location()).Format(time.DateOnly))
	}
	if post.Picture != nil {
		form.Values.Set("alt", post.Picture.Alt)
	}
	if fill := faces[post.Kind].fill; fill != nil {
		fill(r, post, form)
	}
	return form
}

// Topics a form offers: the usual ones, and those that the post has besides.
func offered(values url.Values) []string {
	all := append([]string{}, community.Topics...)
	for _, name := range values["topics"] {
		known := false
		for _, usual := range all {
			known = known || usual == name
		}
		if !known {
			all = append(all, name)
		}
	}
	return all
}

func offerOptions(r *kit.Request) []kit.Option {
	options := make([]kit.Option, 0, len(community.Offers))
	for _, offer := range community.Offers {
		options = append(options, kit.Option{Value: offer, Label: r.Words.T("community.offer." + offer)})
	}
	return options
}

func groupOptions(r *kit.Request, groups []membership.Group) []kit.Option {
	options := []kit.Option{{Label: r.Words.T("community.write.everyone")}}
	for _, group := range groups {
		options = append(options, kit.Option{Value: group.ID.String(), Label: group.Name})
	}
	return options
}

func topicOptions(r *kit.Request, values url.Values) []kit.Option {
	var options []kit.Option
	for _, name := range offered(values) {
		options = append(options, kit.Option{Value: name, Label: cards.Topic(name, r.Words)})
	}
	return options
}

func monthOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for month := 1; month <= 12; month++ {
		options = append(options, kit.Option{Value: strconv.Itoa(month), Label: capital(r.Words.Month(month))})
	}
	return options
}

func weekdayOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for weekday := 1; weekday <= 7; weekday++ {
		options = append(options, kit.Option{Value: strconv.Itoa(weekday), Label: capital(r.Words.Weekday(weekday))})
	}
	return options
}
