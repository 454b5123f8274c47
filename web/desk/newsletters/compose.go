package newsletters

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

const (
	// piecesOffered are the newest; others are found by their words.
	piecesOffered = 8
	groupsOffered = 96
	longestQuery  = 200
)

// composing is what the form shows. What was typed stands in the form, whether
// it was kept or not.
type composing struct {
	*notifications.Newsletter
	Form   *kit.Form
	Parts  []typed
	Offers []*community.Post
	Query  string
	Groups []membership.Group
	// Listings are partners whose page can be the advertisement.
	Listings []billing.Listing
	// Other is who saved while the form was open.
	Other string
	// Locked says that it is no draft any more.
	Locked bool
}

// typed is a part as the form has it.
type typed struct {
	N    int
	Kind notifications.PartKind
	Post *community.Post
	// First and Last have no further to go.
	First, Last bool
}

// Field is the name of a field of the part.
func (t typed) Field(name string) string { return name + "-" + strconv.Itoa(t.N) }

// filled is the form of a draft as it is kept.
func filled(r *kit.Request, row *notifications.Newsletter) *kit.Form {
	form := kit.NewForm("version", strconv.Itoa(row.Version), "subject", row.Subject, "preview", row.Preview, "conditions", row.Conditions,
		"purpose", string(row.Purpose), "language", row.Language, "parts", strconv.Itoa(len(row.Parts)), "activity", activityOf(row.Audience), "q", r.Query("q"))
	for n, part := range row.Parts {
		suffix := "-" + strconv.Itoa(n)
		for name, value := range map[string]string{"kind": string(part.Kind), "text": part.Text, "title": part.Title, "advertiser": part.Advertiser, "url": part.URL} {
			form.Values.Set(name+suffix, value)
		}
		for name, value := range map[string]id.ID{"piece": part.Piece, "listing": part.Listing} {
			if value != 0 {
				form.Values.Set(name+suffix, value.String())
			}
		}
	}
	for _, group := range row.Audience.Groups {
		form.Values.Add("groups", group.String())
	}
	for _, entrance := range row.Audience.Entrances {
		form.Values.Add("entrances", entrance.Address())
	}
	for _, language := range row.Audience.Languages {
		form.Values.Add("languages", language)
	}
	return form
}

func activityOf(a notifications.Audience) string {
	if a.Days == 0 {
		return string(a.Activity)
	}
	return string(a.Activity) + "-" + strconv.Itoa(a.Days)
}

// draftOf reads what was typed. What cannot be read is refused by the service
// with the rest.
func draftOf(form *kit.Form) notifications.NewsletterDraft {
	draft := notifications.NewsletterDraft{Purpose: notifications.Purpose(form.Value("purpose")), Language: form.Value("language"),
		Subject: form.Value("subject"), Preview: form.Value("preview"), Conditions: form.Value("conditions")}
	for n := range parts(form) {
		suffix := "-" + strconv.Itoa(n)
		part := notifications.Part{Kind: notifications.PartKind(form.Value("kind" + suffix)), Text: form.Value("text" + suffix), Title: form.Value("title" + suffix),
			Advertiser: form.Value("advertiser" + suffix), URL: form.Value("url" + suffix)}
		part.Piece, _ = id.Parse(form.Value("piece" + suffix))
		part.Listing, _ = id.Parse(form.Value("listing" + suffix))
		draft.Parts = append(draft.Parts, part)
	}
	for _, group := range form.Values["groups"] {
		if found, err := id.Parse(group); err == nil {
			draft.Audience.Groups = append(draft.Audience.Groups, found)
		}
	}
	for _, address := range form.Values["entrances"] {
		if entrance, known := membership.EntranceAt(address); known {
			draft.Audience.Entrances = append(draft.Audience.Entrances, entrance)
		}
	}
	draft.Audience.Languages = form.Values["languages"]
	activity, days, _ := strings.Cut(form.Value("activity"), "-")
	draft.Audience.Activity = notifications.Activity(activity)
	draft.Audience.Days, _ = strconv.Atoi(days)
	return draft
}

// parts is how many the form has, bounded: one more than a letter may hold is
// refused by the service.
func parts(form *kit.Form) int {
	count, _ := strconv.Atoi(form.Value("parts"))
	return max(0, min(count, notifications.MaxParts+1))
}

// carry does what a button asks for beside saving, and says which part to look
// at then.
func carry(asked string, draft *notifications.NewsletterDraft) (anchor string) {
	what, which, _ := strings.Cut(asked, "-")
	n, err := strconv.Atoi(which)
	known := err == nil && n >= 0 && n < len(draft.Parts)
	added := notifications.Part{}
	switch {
	case what == "monter" && known && n > 0:
		draft.Parts[n-1], draft.Parts[n] = draft.Parts[n], draft.Parts[n-1]
		return partAnchor(n - 1)
	case what == "descendre" && known && n < len(draft.Parts)-1:
		draft.Parts[n+1], draft.Parts[n] = draft.Parts[n], draft.Parts[n+1]
		return partAnchor(n + 1)
	case what == "retirer" && known:
		draft.Parts = slices.Delete(draft.Parts, n, n+1)
		return partAnchor(max(0, min(n, len(draft.Parts)-1)))
	case what == "ajouter":
		added.Kind = notifications.PartKind(which)
	case what == "page":
		added.Kind = notifications.PiecePart
		added.Piece, _ = id.Parse(which)
	}
	if added.Kind == "" {
		return ""
	}
	draft.Parts = append(draft.Parts, added)
	return partAnchor(len(draft.Parts) - 1)
}

func partAnchor(n int) string { return "#partie-" + strconv.Itoa(n) }

func (p pages) save(r *kit.Request) error {
	row, err := p.find(r)
	if err != nil {
		return err
	}
	form := r.Form()
	version, _ := strconv.Atoi(form.Value("version"))
	draft := draftOf(form)
	asked := form.Value("faire")
	anchor := carry(asked, &draft)
	_, err = p.newsletters.Save(r.Context(), r.Actor, row.ID, version, draft)
	if refused, invalid := r.Invalid(err); invalid {
		return p.compose(r, http.StatusUnprocessableEntity, &composing{Newsletter: row, Form: refused})
	}
	if errors.Is(err, fault.Conflict) {
		return p.conflict(r, row.ID, form)
	}
	if err != nil {
		return err
	}
	switch asked {
	case "apercu", "envoi":
		return r.SeeOther(row.Path()+"/"+asked, "")
	case "enregistrer", "":
		return r.SeeOther(row.Path(), "newsletter_saved")
	case "chercher":
		anchor = "#ajouter"
	}
	back := row.Path()
	if query := form.Value("q"); query != "" {
		back += "?" + url.Values{"q": {query}}.Encode()
	}
	return r.SeeOther(back+anchor, "")
}

// conflict keeps what was typed beside what somebody else saved meanwhile:
// saving again chooses it.
func (p pages) conflict(r *kit.Request, newsletter id.ID, form *kit.Form) error {
	row, err := p.newsletters.Find(r.Context(), r.Actor, newsletter)
	if err != nil {
		return err
	}
	people, err := p.newsletters.Members.People(r.Context(), r.Tenant.ID, []id.ID{row.SavedBy})
	if err != nil {
		return err
	}
	form.Values.Set("version", strconv.Itoa(row.Version))
	return p.compose(r, http.StatusConflict, &composing{Newsletter: row, Form: form, Other: words.French(people[row.SavedBy].Name), Locked: !row.Open()})
}

func (p pages) compose(r *kit.Request, status int, c *composing) error {
	ctx, tenant := r.Context(), r.Tenant.ID
	draft := draftOf(c.Form)
	laid, err := p.newsletters.Lay(ctx, r.Tenant, &draft)
	if err != nil {
		return err
	}
	for n, part := range draft.Parts {
		one := typed{N: n, Kind: part.Kind, First: n == 0, Last: n == len(draft.Parts)-1}
		for _, found := range laid.Parts {
			if found.At == n {
				one.Post = found.Post
			}
		}
		c.Parts = append(c.Parts, one)
	}
	c.Query = c.Form.Value("q")
	if c.Offers, err = p.offers(r, c.Query); err != nil {
		return err
	}
	c.Offers = slices.DeleteFunc(c.Offers, func(post *community.Post) bool {
		return slices.ContainsFunc(draft.Parts, func(part notifications.Part) bool { return part.Piece == post.ID })
	})
	for after := id.ID(0); len(c.Groups) < groupsOffered; {
		some, next, err := p.newsletters.Groups.List(ctx, tenant, after)
		if err != nil {
			return err
		}
		c.Groups = append(c.Groups, some...)
		if after = next; next == 0 {
			break
		}
	}
	if c.hasAd() {
		if c.Listings, err = p.newsletters.Billing.ShownAfter(ctx, tenant, 0, groupsOffered); err != nil {
			return err
		}
	}
	return p.page(r, status, r.Words.T("newsletters.compose.title"), composePage(r, c))
}

// hasAd tells that there is one advertisement, which is enough.
func (c *composing) hasAd() bool {
	return slices.ContainsFunc(c.Parts, func(part typed) bool { return part.Kind == notifications.AdPart })
}

// offers are the pieces to choose from: those that hold words, else the newest.
func (p pages) offers(r *kit.Request, query string) ([]*community.Post, error) {
	posts := p.newsletters.Posts
	if query == "" || len(query) > longestQuery {
		newest, _, err := posts.Feed(r.Context(), r.Tenant.ID, community.Filter{Limit: piecesOffered}, community.Cursor{})
		return newest, err
	}
	found, err := posts.Search.Answer(r.Context(), r.Tenant.ID, community.Query{Text: query, Synonyms: r.Tenant.Settings.Synonyms, Zone: r.Tenant.Location()})
	if err != nil {
		return nil, err
	}
	var ids []id.ID
	for _, hit := range found.Hits {
		if hit.Kind.Known() && len(ids) < 2*piecesOffered {
			ids = append(ids, hit.PieceID)
		}
	}
	all, err := posts.ByIDs(r.Context(), r.Tenant.ID, ids)
	return slices.DeleteFunc(all, func(post *community.Post) bool { return post.State != community.Published }), err
}

func purposes(r *kit.Request) []kit.Option {
	var all []kit.Option
	for _, purpose := range notifications.Purposes {
		all = append(all, kit.Option{Value: string(purpose), Label: r.Words.T("newsletters.purpose." + string(purpose)), Hint: r.Words.T("newsletters.purpose." + string(purpose) + ".hint")})
	}
	return all
}

func languages(r *kit.Request) []kit.Option {
	var all []kit.Option
	for _, language := range r.Tenant.Reads() {
		all = append(all, kit.Option{Value: language, Label: words.Names[language]})
	}
	return all
}

func (c *composing) groups() []kit.Option {
	var all []kit.Option
	for _, group := range c.Groups {
		all = append(all, kit.Option{Value: group.ID.String(), Label: group.Name})
	}
	return all
}

func entrances(r *kit.Request) []kit.Option {
	var all []kit.Option
	for _, entrance := range membership.Entrances {
		all = append(all, kit.Option{Value: entrance.Address(), Label: r.Words.T("community.door." + cmp.Or(string(entrance), "live"))})
	}
	return all
}

func activities(r *kit.Request) []kit.Option {
	all := []kit.Option{{Label: r.Words.T("newsletters.activity.any")}}
	for _, activity := range notifications.Activities {
		if activity == notifications.NoAccount {
			all = append(all, kit.Option{Value: string(activity), Label: r.Words.T("newsletters.activity." + string(activity))})
			continue
		}
		for _, days := range notifications.ActivityDays {
			all = append(all, kit.Option{Value: string(activity) + "-" + strconv.Itoa(days), Label: r.Words.N("newsletters.activity."+string(activity), days)})
		}
	}
	return all
}

func (c *composing) listings(r *kit.Request) []kit.Option {
	all := []kit.Option{{Label: r.Words.T("newsletters.ad.own")}}
	for _, listing := range c.Listings {
		all = append(all, kit.Option{Value: listing.ID.String(), Label: words.French(listing.Name)})
	}
	return all
}

// narrowed tells that the part of the form about readers is open.
func (c *composing) narrowed() bool {
	draft := draftOf(c.Form)
	return !draft.Audience.Everyone()
}

func about(r *kit.Request, key string, n int) string {
	return r.Words.T("newsletters.part.about", "Action", r.Words.T(key), "Number", n+1)
}

func pieceLine(r *kit.Request, post *community.Post) string {
	line := cards.KindWord(post, r.Words)
	if where := post.Where(); where != "" {
		line += ", " + words.French(where)
	}
	if !post.StartsAt.IsZero() {
		line += ", " + moment(r, post.StartsAt)
	}
	return line
}
