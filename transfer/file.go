// Package transfer moves a community as a whole: in from a file, out again,
// and the demonstration communities.
package transfer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/tenants/look"
)

// Format is what the key "format" of an import file says.
const Format = "kumun/1"

// File is a community as an import file tells it: whole, checked, its dates
// resolved to UTC. Keys are unique within their list, and every reference
// from one part to another holds.
type File struct {
	Source   string  // where the facts come from, to be credited
	Tenant   *Tenant // nil when the file adds to a community that exists
	Members  []Member
	Groups   []Group
	Posts    []Post
	Plans    []Plan
	Listings []Listing
	Reports  []Report // wait for a decision
	Letters  []Letter
	// Subscribers get the editors' letter; nil when the file has none.
	Subscribers *Subscribers
}

// Tenant is the community itself; what the file leaves out of the settings is
// zero.
type Tenant struct {
	Slug     string
	Name     string
	Settings tenants.Settings
}

// Member is a person of the community.
type Member struct {
	Key   string
	Name  string
	Email string // KEY@example.org unless the file says otherwise
	Place string
	About string
	Roles []actor.Role
	Since time.Time
	Shown bool // agreed to be shown among the members
	// Topics and Places are what the member agreed to be asked about.
	Topics, Places []string
}

// Group is a group; its owner is always among its members.
type Group struct {
	Key     string
	Name    string
	Purpose string
	Place   string
	Join    string // "open", "approval" or "invitation"
	Readers string // "everyone" or "members"
	Owner   string
	Rules   string
	// Welcome is sent to who joins, Questions are asked of who wants to.
	Welcome   string
	Questions []string
	Members   []string
}

// Place is where something is.
type Place struct{ Name, Commune string }

// Post is a piece of any of community's kinds.
type Post struct {
	Key        string
	Kind       string
	Offer      string // of an offer: give, lend, swap, sell, help or look_for
	Title      string
	Standfirst string
	Text       string // Markdown
	By         string
	Group      string // "" is the whole community
	Place      Place
	Months     []int // 1 to 12; empty is all year
	Weekdays   []int // 1 (Monday) to 7; empty is every day
	PriceCents int   // of an offer
	Until      time.Time
	Topics     []string
	Posted     time.Time
	Checked    time.Time // last confirmed as true
	Thanks     int
	Cover      string // a motif of the tenant's pack; "" is drawn by lot
	Held       bool   // a first post that waits for a moderator
	Event      *community.Date
	Going      []string // members who go to the event's next date
	Guide      *Guide
	Comments   []Comment

	Language     string // "" is the community's own
	Synthesis    bool
	Translations []Translation
}

// Translation is what a post says in another language.
type Translation struct {
	Language   string
	Synthesis  bool
	Title      string
	Standfirst string
	Text       string
	Sections   []Section
	Living     string
	By         string
}

// Guide is a long read in sections; authors and who wrote a section are members' keys.
type Guide struct {
	Authors  []string
	Sections []Section
	Living   string
}

// Section is a chapter of a guide.
type Section struct{ Heading, Text, By string }

// Comment is a reply below a post. Only comments that a report points at need a key.
type Comment struct {
	Key  string
	By   string
	At   time.Time
	Text string
	// Accepted tells that it answers the question above it.
	Accepted bool
}

// Plan is what a partner can subscribe to; prices include tax.
type Plan struct {
	Key        string
	Name       string
	PriceCents int // a month
	Pitch      []string
	Limits     Limits
}

// Limits is what a plan allows.
type Limits struct{ Listings, Pictures, LiveDeals, SponsoredDaysPerMonth, People int }

// Listing is the page of a partner business.
type Listing struct {
	Key       string
	Name      string
	Trade     string
	Owner     string // a member's key, or ""
	OwnerName string
	Text      string
	Note      string // a notice that the law asks for
	Place     Place
	Hours     map[int][]Span // by weekday, 1 to 7; a day without spans is closed
	Closed    []Closing
	Languages []string
	Topics    []string
	Plan      string
	State     string // "draft", "live" or "paused"
	Since     time.Time
	Motif     string
	Prices    []Price
	Phone     string
	Email     string
}

// Span is a time of opening, as "12:00" and "14:00".
type Span struct{ From, To string }

// Closing is a yearly closing, as "12-24" and "01-03", month first.
type Closing struct{ From, To, Why string }

// Price is one line of a listing's price list.
type Price struct {
	What  string
	Cents int64
}

// Report is a notice that waits for a decision. By is a member's key; a
// visitor leaves Name and Email instead.
type Report struct {
	Key      string
	On       Target
	By       string
	Name     string
	Email    string
	Reason   string
	Category string // one of moderation.Categories
	At       time.Time
	Harm     int // the category's unless the file says otherwise
}

// Letter is a letter of the editors; one without a moment at which it was sent
// is a draft. Nothing tells to whom it went.
type Letter struct {
	Key     string
	By      string
	Subject string
	Preview string
	Sent    time.Time
	Parts   []LetterPart
}

// LetterPart is a text, a heading, a post or a partner's listing: one of them.
type LetterPart struct{ Text, Heading, Post, Listing string }

// Subscribers are people who get letters without an account, or with one, and
// what proves that they agreed.
type Subscribers struct {
	CollectedBy, Manner, Wording string
	People                       []Subscriber
}

// Subscriber is one of them.
type Subscriber struct {
	Email    string
	Language string // the community's own unless the file says otherwise
	Offers   bool   // agreed to partners' offers as well
	Source   string // where they agreed
	At       time.Time
}

// Target names a piece: kind is post, comment, listing, group or member.
type Target struct{ Kind, Key string }

// Homeless is a part of a file that is known but that nothing here can hold yet.
type Homeless struct {
	Path  string
	What  string
	Count int
}

// Thankers chooses the members who thank a post: always the same ones, never
// its author, and no more than there are.
func (f *File) Thankers(post Post) []string {
	if post.Thanks == 0 {
		return nil
	}
	type draw struct {
		key string
		lot uint64
	}
	var draws []draw
	for _, member := range f.Members {
		if member.Key == post.By {
			continue
		}
		hash := fnv.New64a()
		_, _ = io.WriteString(hash, post.Key+"/"+member.Key)
		draws = append(draws, draw{member.Key, hash.Sum64()})
	}
	slices.SortFunc(draws, func(a, b draw) int { return cmp.Compare(a.lot, b.lot) })
	var keys []string
	for _, draw := range draws[:min(post.Thanks, len(draws))] {
		keys = append(keys, draw.key)
	}
	return keys
}

const (
	largestFile = 32 << 20

	titleSigns    = 60
	nameSigns     = 80
	lineSigns     = 200
	noteSigns     = 500
	commentSigns  = 4_000
	welcomeSigns  = 500
	questionSigns = 120
	textSigns     = 10_000
	topicSigns    = 30

	fewTopics    = 5
	fewLanguages = 20
)

var (
	roles         = []actor.Role{actor.Ambassador, actor.Partner, actor.Editor, actor.Moderator, actor.Treasurer, actor.Admin}
	offerKinds    = []string{"give", "lend", "swap", "sell", "help", "look_for"}
	joinings      = []string{"open", "approval", "invitation"}
	listingStates = []string{"draft", "live", "paused"}

	// homeless are the parts that other files of ours hold and that find no
	// room in the product yet.
	homeless = []string{
		"working_groups", "meetings", "dot_vote", "benchmark",
		"portraits", "reasons", "deals", "rules",
	}
)

// Parse reads an import file. Relative dates count from now, in the zone of
// the file's tenant or else in now's own. When anything is wrong the error is
// Problems, all of them, and nothing else is returned.
func Parse(reader io.Reader, now time.Time) (*File, []Homeless, error) {
	text, err := io.ReadAll(io.LimitReader(reader, largestFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read import file: %w", err)
	}
	if len(text) > largestFile {
		return nil, nil, Problems{{"$", fmt.Sprintf("is larger than %d MB", largestFile>>20)}}
	}
	in := &reading{now: now}
	root := in.tree(text)
	if root == nil {
		return nil, nil, in.problems
	}
	file, homeless := in.file(root)
	if len(in.problems) > 0 {
		return nil, nil, in.problems
	}
	return file, homeless, nil
}

func (r *reading) file(root *record) (*File, []Homeless) {
	file := &File{Source: root.text("source", 0, lineSigns*5)}
	// The files of 2019 name their source and no format.
	if format := root.line("format", 0, 60); format != Format && (format != "" || file.Source == "") {
		root.wrong("format", "want %q", Format)
	}
	tenant := root.record("tenant")
	if tenant != nil {
		r.now = tenant.zoned(r.now)
	}

	members, partners := map[string]bool{}, map[string]bool{}
	for _, each := range root.records("members") {
		member := each.member(members)
		file.Members = append(file.Members, member)
		partners[member.Key] = slices.Contains(member.Roles, actor.Partner)
	}
	emailsDiffer(r, file.Members)
	if tenant != nil {
		file.Tenant = tenant.tenant()
	}
	spoken := tenants.Languages
	if file.Tenant != nil && len(file.Tenant.Settings.Languages) > 0 {
		spoken = file.Tenant.Settings.Languages
	}
	groups := map[string]bool{}
	belongs := map[string][]string{}
	for _, each := range root.records("groups") {
		group := each.group(groups, members)
		file.Groups = append(file.Groups, group)
		belongs[group.Key] = group.Members
	}
	posts, comments := map[string]bool{}, map[string]bool{}
	for _, each := range root.records("posts") {
		file.Posts = append(file.Posts, each.post(posts, comments, members, belongs, spoken))
	}
	plans := map[string]bool{}
	for _, each := range root.records("plans") {
		file.Plans = append(file.Plans, each.plan(plans))
	}
	listings := map[string]bool{}
	for _, each := range root.records("listings") {
		file.Listings = append(file.Listings, each.listing(listings, partners, plans))
	}
	pieces := map[string]map[string]bool{
		"post": posts, "comment": comments, "listing": listings, "group": groups, "member": members,
	}
	reports := map[string]bool{}
	for _, each := range root.records("reports") {
		file.Reports = append(file.Reports, each.report(reports, members, pieces))
	}
	letters := map[string]bool{}
	for _, each := range root.records("letters") {
		file.Letters = append(file.Letters, each.letter(letters, members, posts, listings))
	}
	if subscribers := root.record("subscribers"); subscribers != nil {
		file.Subscribers = subscribers.subscribers(spoken)
	}
	without := root.homeless()
	root.done()
	return file, without
}

// zoned is now in the tenant's zone.
func (o *record) zoned(now time.Time) time.Time {
	name := o.line("zone", 0, 60)
	if name == "" {
		return now
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		o.wrong("zone", "%q is no time zone", name)
		return now
	}
	return now.In(zone)
}

func (o *record) tenant() *Tenant {
	defer o.done()
	tenant := &Tenant{
		Slug:     o.matching("slug", keyPattern, "a slug (small letters, digits, single hyphens)"),
		Name:     o.line("name", 2, titleSigns),
		Settings: o.settings(),
	}
	if tenant.Slug == "" {
		o.wrong("slug", "is missing")
	}
	return tenant
}

func (o *record) settings() tenants.Settings {
	settings := tenants.Settings{
		Tagline:       o.line("tagline", 0, nameSigns),
		Intro:         o.line("intro", 0, lineSigns),
		Language:      o.matching("default_language", languagePattern, "a language of two letters"),
		Languages:     o.languages(),
		Address:       o.choice("address", false, "tu", "vous"),
		Zone:          o.line("zone", 0, nameSigns),
		Currency:      o.matching("currency", currencyPattern, "a currency of three capitals"),
		Look:          o.look(),
		Hero:          o.hero(),
		Doors:         o.doors(),
		Synonyms:      o.lines("synonyms", community.MaxSynonyms, lineSigns),
		Answers:       o.answers(),
		FirstIssue:    o.past("first_issue", false, time.Time{}),
		Digest:        o.digest(),
		Signature:     o.line("signature", 0, lineSigns),
		Legal:         o.legal(),
		Indexed:       o.flag("indexed", false),
		Demonstration: o.flag("demonstration", false),
		In:            o.wordings(),
	}
	if operator := o.line("operator", 0, nameSigns); settings.Legal.Publisher == "" {
		settings.Legal.Publisher = operator
	}
	for n, language := range settings.Languages {
		if !slices.Contains(tenants.Languages, language) {
			o.wrong(fmt.Sprintf("languages[%d]", n), "%q is none of %v", language, tenants.Languages)
		}
	}
	if settings.Language != "" && !slices.Contains(settings.Languages, settings.Language) {
		o.wrong("default_language", "%q is not among the languages", settings.Language)
	}
	return settings
}

// wordings are what the community says of itself in other languages.
func (o *record) wordings() map[string]tenants.Wording {
	each := o.record("in")
	if each == nil {
		return nil
	}
	defer each.done()
	in := map[string]tenants.Wording{}
	for _, language := range words.Languages {
		if one := each.record(language); one != nil {
			in[language] = tenants.Wording{Tagline: one.line("tagline", 0, nameSigns), Intro: one.line("intro", 0, lineSigns), Hero: one.hero(),
				Doors: one.doors(), Digest: one.digest(), Signature: one.line("signature", 0, lineSigns)}
			one.done()
		}
	}
	return in
}

func (o *record) languages() []string {
	languages := o.lines("languages", fewLanguages, 10)
	for n, language := range languages {
		if !languagePattern.MatchString(language) {
			o.wrong(fmt.Sprintf("languages[%d]", n), "%q is not a language of two letters", language)
		}
	}
	return languages
}

// look is the name of a preset, one colour as "#1b44ae", or seeds in full.
func (o *record) look() look.Seeds {
	switch value := o.take("look").(type) {
	case nil:
		return look.Seeds{}
	case *record:
		return value.seeds()
	case string:
		presets := map[string]look.Seeds{"cornouaille": look.Cornouaille, "villeray": look.Villeray}
		if seeds, ok := presets[value]; ok {
			return seeds
		}
		if seeds, err := look.FromBrand(value); err == nil {
			return seeds
		}
	}
	o.wrong("look", `want "cornouaille", "villeray", one colour ("#1b44ae") or an object of seeds`)
	return look.Seeds{}
}

func (o *record) seeds() look.Seeds {
	var seeds look.Seeds
	text, err := json.Marshal(o)
	if err != nil {
		o.in.wrong(o.path, "%v", err)
		return seeds
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&seeds); err != nil {
		o.in.wrong(o.path, "%v", strings.TrimPrefix(err.Error(), "json: "))
	}
	return seeds
}

// MarshalJSON writes the object back as it was read.
func (o *record) MarshalJSON() ([]byte, error) { return json.Marshal(o.fields) }

func (o *record) hero() tenants.Hero {
	each := o.record("hero")
	if each == nil {
		return tenants.Hero{}
	}
	defer each.done()
	hero := tenants.Hero{
		Question:    each.line("question", 1, nameSigns),
		Placeholder: each.line("placeholder", 0, titleSigns),
		Tries:       each.lines("tries", 3, titleSigns),
	}
	if stars := strings.Count(hero.Question, "*"); stars != 0 && stars != 2 {
		each.wrong("question", "stresses one run of words, between two asterisks")
	}
	return hero
}

func (o *record) doors() []tenants.Door {
	var doors []tenants.Door
	for _, each := range o.records("doors") {
		doors = append(doors, tenants.Door{Title: each.line("title", 1, 40), Line: each.line("line", 0, nameSigns)})
		each.done()
	}
	if len(doors) != 0 && len(doors) != 4 {
		o.wrong("doors", "has %d entries, want the four profiles: live here, come, have a business, take part", len(doors))
	}
	return doors
}

func (o *record) answers() *tenants.Hours {
	each := o.record("answers")
	if each == nil {
		return nil
	}
	defer each.done()
	hours := tenants.Hours{First: each.number("first", 1, 7), Last: each.number("last", 1, 7), From: each.line("from", 4, 5), To: each.line("to", 4, 5)}
	if hours.Check() != nil {
		o.wrong("answers", "want days from 1 (Monday) to 7 and hours such as 09:00, the first before the last")
	}
	return &hours
}

func (o *record) digest() tenants.Digest {
	each := o.record("digest")
	if each == nil {
		return tenants.Digest{}
	}
	defer each.done()
	return tenants.Digest{Hello: each.line("hello", 1, noteSigns), From: each.line("from", 1, titleSigns)}
}

func (o *record) legal() tenants.Legal {
	each := o.record("legal")
	if each == nil {
		return tenants.Legal{}
	}
	defer each.done()
	return tenants.Legal{
		Publisher:    each.line("publisher", 1, lineSigns),
		Form:         each.line("form", 0, lineSigns),
		Registration: each.line("registration", 0, nameSigns),
		Office:       each.line("office", 0, lineSigns),
		Phone:        each.line("phone", 0, 30),
		Email:        each.email("email"),
		Director:     each.line("director", 0, nameSigns),
		Host:         each.line("host", 0, lineSigns),
		HostAddress:  each.line("host_address", 0, lineSigns),
		HostPhone:    each.line("host_phone", 0, 30),
	}
}

func (o *record) member(taken map[string]bool) Member {
	defer o.done()
	member := Member{
		Key:   o.key(taken),
		Name:  o.line("name", 2, 40),
		Email: o.email("email"),
		Place: o.line("place", 0, nameSigns),
		About: o.text("about", 0, noteSigns),
		Since: o.past("since", true, time.Time{}),
		Shown: o.flag("shown", false),
	}
	if knows := o.record("knows"); knows != nil {
		member.Topics, member.Places = knows.lines("topics", membership.MaxKnown, titleSigns), knows.lines("places", membership.MaxKnown, titleSigns)
		knows.done()
	}
	if member.Email == "" {
		member.Email = member.Key + "@example.org"
	}
	for n, name := range o.lines("roles", len(roles), 30) {
		role := actor.Role(name)
		if !slices.Contains(roles, role) {
			o.wrong(fmt.Sprintf("roles[%d]", n), "%q is none of %v", name, roles)
		}
		member.Roles = append(member.Roles, role)
	}
	return member
}

func emailsDiffer(in *reading, members []Member) {
	owner := map[string]string{}
	for n, member := range members {
		if other, taken := owner[member.Email]; taken {
			in.wrong(fmt.Sprintf("$.members[%d].email", n), "%s is already the address of %q", member.Email, other)
		}
		owner[member.Email] = member.Key
	}
}

func (o *record) group(taken, members map[string]bool) Group {
	defer o.done()
	group := Group{
		Key:       o.key(taken),
		Name:      o.line("name", 2, titleSigns),
		Purpose:   o.line("purpose", 1, lineSigns),
		Place:     o.line("place", 0, nameSigns),
		Join:      o.choice("join", true, joinings...),
		Owner:     o.reference("owner", "member", members, true),
		Readers:   o.choice("readers", false, membership.Everyone, membership.InGroup),
		Rules:     o.text("rules", 0, commentSigns),
		Welcome:   o.text("welcome", 0, welcomeSigns),
		Questions: o.lines("questions", membership.MaxQuestions, questionSigns),
		Members:   o.lines("members", 1_000_000, titleSigns),
	}
	for n, key := range group.Members {
		if !members[key] {
			o.wrong(fmt.Sprintf("members[%d]", n), "there is no member %q", key)
		}
	}
	if group.Owner != "" && !slices.Contains(group.Members, group.Owner) {
		group.Members = append([]string{group.Owner}, group.Members...)
	}
	return group
}

func (o *record) place() Place {
	each := o.record("place")
	if each == nil {
		return Place{}
	}
	defer each.done()
	return Place{each.line("name", 0, nameSigns), each.line("commune", 1, nameSigns)}
}

func (o *record) post(posts, comments, members map[string]bool, belongs map[string][]string, spoken []string) Post {
	defer o.done()
	groups := map[string]bool{}
	for key := range belongs {
		groups[key] = true
	}
	post := Post{
		Key:        o.key(posts),
		Kind:       o.choice("kind", true, postKinds()...),
		Offer:      o.choice("offer", false, offerKinds...),
		Title:      o.line("title", 1, titleSigns),
		Standfirst: o.line("standfirst", 0, lineSigns),
		Text:       o.text("text", 0, textSigns),
		By:         o.reference("by", "member", members, true),
		Group:      o.reference("group", "group", groups, false),
		Place:      o.place(),
		Months:     o.numbers("months", 1, 12),
		Weekdays:   o.numbers("weekdays", 1, 7),
		PriceCents: o.number("price_cents", 0, 100_000_000),
		Until:      o.moment("until", false),
		Topics:     o.lines("topics", fewTopics, topicSigns),
		Posted:     o.past("posted", true, time.Time{}),
		Thanks:     o.number("thanks", 0, 1_000_000),
		Cover:      o.matching("cover", keyPattern, "a motif's name"),
		Held:       o.flag("held", false),
		Language:   o.choice("language", false, spoken...),
		Synthesis:  o.flag("synthesis", false),
	}
	for _, each := range o.records("translations") {
		post.Translations = append(post.Translations, each.translation(members, spoken))
	}
	post.Checked = o.past("checked", false, post.Posted)
	for _, each := range o.records("comments") {
		post.Comments = append(post.Comments, each.comment(comments, members, post.Posted))
	}
	post.Event, post.Guide = o.event(), o.guide(members)
	post.Going = o.lines("going", community.MaxPlaces, titleSigns)
	for n, key := range post.Going {
		if !members[key] || post.Event == nil {
			o.wrong(fmt.Sprintf("going[%d]", n), "want a member, at an event")
		}
	}
	if post.Kind == "offer" {
		o.offer(post)
	} else if post.Offer != "" || post.PriceCents != 0 || !post.Until.IsZero() {
		o.wrong("kind", "only an offer has offer, price_cents or until")
	}
	if post.Text == "" && post.Kind != "guide" {
		o.wrong("text", "is missing")
	}
	written := map[string]bool{cmp.Or(post.Language, spoken[0]): true}
	for n, one := range post.Translations {
		if written[one.Language] {
			o.wrong(fmt.Sprintf("translations[%d].language", n), "the post is in %q already", one.Language)
		}
		written[one.Language] = true
	}
	if (post.Kind == "event") != (post.Event != nil) {
		o.wrong("event", "goes with the kind event, and an event needs it")
	}
	if (post.Kind == "guide") != (post.Guide != nil) {
		o.wrong("guide", "goes with the kind guide, and a guide needs it")
	}
	if post.By != "" && post.Group != "" && !slices.Contains(belongs[post.Group], post.By) {
		o.wrong("by", "%q is not a member of the group %q", post.By, post.Group)
	}
	if post.Held && (post.Thanks > 0 || len(post.Comments) > 0) {
		o.wrong("held", "nobody can have thanked or answered what nobody has seen")
	}
	return post
}

func (o *record) offer(post Post) {
	if post.Offer == "" {
		o.wrong("offer", "is missing")
	}
	if !post.Until.IsZero() && post.Until.Before(post.Posted) {
		o.wrong("until", "comes before posted")
	}
	if post.PriceCents > 0 && post.Offer != "sell" {
		o.wrong("price_cents", "goes with the offer sell")
	}
}

func postKinds() []string {
	var names []string
	for _, kind := range community.Kinds {
		names = append(names, string(kind))
	}
	return names
}

// event reads a date. With a weekday, it is the first such day from starts on.
func (o *record) event() *community.Date {
	each := o.record("event")
	if each == nil {
		return nil
	}
	defer each.done()
	date := &community.Date{Starts: each.moment("starts", true), Ends: each.moment("ends", true), Zone: o.in.now.Location().String(),
		Repeat:   community.Repeat(each.choice("repeat", false, string(community.Weekly), string(community.Fortnightly), string(community.Monthly))),
		Weekdays: each.numbers("weekdays", 1, 7), Last: each.moment("last", false), Price: each.line("price", 0, nameSigns), Places: each.number("places", 1, community.MaxPlaces)}
	if weekday := each.number("weekday", 1, 7); weekday != 0 {
		local := date.Starts.In(o.in.now.Location())
		ahead := (weekday - int(local.Weekday()) + 7) % 7
		lasts := date.Ends.Sub(date.Starts)
		date.Starts = local.AddDate(0, 0, ahead).UTC()
		date.Ends = date.Starts.Add(lasts)
	}
	if date.Repeat != community.Once && date.Last.IsZero() {
		date.Last = date.Starts.AddDate(1, 0, 0)
	}
	if !date.Ends.After(date.Starts) {
		each.wrong("ends", "comes before starts")
	}
	return date
}

func (o *record) translation(members map[string]bool, spoken []string) Translation {
	defer o.done()
	one := Translation{
		Language:   o.choice("language", true, spoken...),
		Synthesis:  o.flag("synthesis", false),
		Title:      o.line("title", 1, titleSigns),
		Standfirst: o.line("standfirst", 0, lineSigns),
		Text:       o.text("text", 0, textSigns),
		Living:     o.text("living", 0, textSigns),
		By:         o.reference("by", "member", members, true),
	}
	for _, each := range o.records("sections") {
		one.Sections = append(one.Sections, Section{Heading: each.line("heading", 1, community.MaxHeading), Text: each.text("text", 1, community.MaxSection)})
		each.done()
	}
	return one
}

func (o *record) guide(members map[string]bool) *Guide {
	each := o.record("guide")
	if each == nil {
		return nil
	}
	defer each.done()
	guide := &Guide{Authors: each.lines("authors", 8, titleSigns), Living: each.text("living", 0, textSigns)}
	for n, key := range guide.Authors {
		if !members[key] {
			each.wrong(fmt.Sprintf("authors[%d]", n), "there is no member %q", key)
		}
	}
	for _, one := range each.records("sections") {
		guide.Sections = append(guide.Sections, Section{Heading: one.line("heading", 1, community.MaxHeading),
			Text: one.text("text", 1, community.MaxSection), By: one.reference("by", "member", members, false)})
		one.done()
	}
	return guide
}

func (o *record) comment(taken, members map[string]bool, posted time.Time) Comment {
	defer o.done()
	comment := Comment{
		By:       o.reference("by", "member", members, true),
		At:       o.past("at", true, posted),
		Text:     o.text("text", 1, commentSigns),
		Accepted: o.flag("accepted", false),
	}
	if o.has("key") {
		comment.Key = o.key(taken)
	}
	return comment
}

func (o *record) plan(taken map[string]bool) Plan {
	defer o.done()
	return Plan{
		Key:        o.key(taken),
		Name:       o.line("name", 1, titleSigns),
		PriceCents: o.number("price_cents", 0, 100_000_000),
		Pitch:      o.lines("pitch", 5, lineSigns),
		Limits:     o.limits(),
	}
}

func (o *record) limits() Limits {
	each := o.record("limits")
	if each == nil {
		return Limits{}
	}
	defer each.done()
	return Limits{
		Listings:              each.number("listings", 0, 1000),
		Pictures:              each.number("pictures", 0, 1000),
		LiveDeals:             each.number("live_deals", 0, 1000),
		SponsoredDaysPerMonth: each.number("sponsored_days_per_month", 0, 31),
		People:                each.number("people", 0, 1000),
	}
}

func (o *record) listing(taken, partners, plans map[string]bool) Listing {
	defer o.done()
	listing := Listing{
		Key:       o.key(taken),
		Name:      o.line("name", 2, nameSigns),
		Trade:     o.line("trade", 1, nameSigns),
		Owner:     o.reference("owner", "member with the role partner", partners, false),
		OwnerName: o.line("owner_name", 0, nameSigns),
		Text:      o.text("text", 1, textSigns),
		Note:      o.line("note", 0, noteSigns),
		Place:     o.place(),
		Hours:     o.hours(),
		Languages: o.languages(),
		Topics:    o.lines("topics", fewTopics, topicSigns),
		Plan:      o.reference("plan", "plan", plans, true),
		State:     o.choice("state", true, listingStates...),
		Since:     o.past("since", true, time.Time{}),
		Motif:     o.matching("motif", keyPattern, "a motif's name"),
		Phone:     o.line("phone", 0, 30),
		Email:     o.email("email"),
	}
	for _, each := range o.records("closed") {
		listing.Closed = append(listing.Closed, each.closing())
	}
	for _, each := range o.records("prices") {
		listing.Prices = append(listing.Prices, Price{each.line("what", 1, nameSigns), int64(each.number("cents", 0, 100_000_000))})
		each.done()
	}
	return listing
}

// hours reads {"2": ["12:00-14:00", "19:00-21:30"], …}.
func (o *record) hours() map[int][]Span {
	each := o.record("hours")
	if each == nil {
		return nil
	}
	defer each.done()
	hours := map[int][]Span{}
	for day := 1; day <= 7; day++ {
		name := fmt.Sprint(day)
		last := ""
		for n, text := range each.lines(name, 6, 11) {
			from, to, _ := strings.Cut(text, "-")
			if !isClock(from) || !isClock(to) || from >= to || from < last {
				each.wrong(fmt.Sprintf("%s[%d]", name, n), `%q is not a later span such as "12:00-14:00"`, text)
			}
			last = to
			hours[day] = append(hours[day], Span{from, to})
		}
	}
	return hours
}

func isClock(text string) bool {
	_, err := time.Parse("15:04", text)
	return err == nil && len(text) == 5
}

func (o *record) closing() Closing {
	defer o.done()
	closing := Closing{o.line("from", 1, 5), o.line("to", 1, 5), o.line("why", 0, lineSigns)}
	o.yearDay("from", closing.From)
	o.yearDay("to", closing.To)
	return closing
}

func (o *record) yearDay(name, text string) {
	// A leap year, so that 29 February is a day.
	if _, err := time.Parse("2006-01-02", "2024-"+text); err != nil && text != "" {
		o.wrong(name, `%q is not a day such as "12-24"`, text)
	}
}

func (o *record) report(taken, members map[string]bool, pieces map[string]map[string]bool) Report {
	defer o.done()
	report := Report{
		Key:      o.key(taken),
		On:       o.target(pieces),
		By:       o.reference("by", "member", members, false),
		Name:     o.line("name", 0, nameSigns),
		Email:    o.email("email"),
		Reason:   o.text("reason", 1, commentSigns),
		Category: o.choice("category", true, categories()...),
		At:       o.past("at", true, time.Time{}),
		Harm:     o.number("harm", 1, 5),
	}
	byMember, byVisitor := o.has("by"), report.Name != "" && report.Email != ""
	if byMember == byVisitor {
		o.wrong("by", "want a member's key, or else name and email of a visitor")
	}
	if report.Harm == 0 {
		report.Harm = moderation.CategoryNamed(report.Category).Harm
	}
	return report
}

func (o *record) letter(taken, members, posts, listings map[string]bool) Letter {
	defer o.done()
	letter := Letter{
		Key:     o.key(taken),
		By:      o.reference("by", "member", members, true),
		Subject: o.line("subject", 1, notifications.MaxSubject),
		Preview: o.line("preview", 0, notifications.MaxPreview),
		Sent:    o.past("sent", false, time.Time{}),
	}
	for _, each := range o.records("parts") {
		letter.Parts = append(letter.Parts, each.letterPart(posts, listings))
	}
	if len(letter.Parts) == 0 || len(letter.Parts) > notifications.MaxParts {
		o.wrong("parts", "want 1 to %d", notifications.MaxParts)
	}
	return letter
}

func (o *record) letterPart(posts, listings map[string]bool) LetterPart {
	defer o.done()
	part := LetterPart{
		Text:    o.text("text", 0, notifications.MaxPartText),
		Heading: o.line("heading", 0, lineSigns),
		Post:    o.reference("post", "post", posts, false),
		Listing: o.reference("listing", "listing", listings, false),
	}
	said := 0
	for _, one := range []string{part.Text, part.Heading, part.Post, part.Listing} {
		if one != "" {
			said++
		}
	}
	if said != 1 {
		o.wrong("text", "want one of text, heading, post and listing")
	}
	return part
}

func (o *record) subscribers(spoken []string) *Subscribers {
	defer o.done()
	all := &Subscribers{CollectedBy: o.line("collected_by", 3, 500), Manner: o.line("manner", 3, 500), Wording: o.line("wording", 3, 500)}
	for _, each := range o.records("people") {
		all.People = append(all.People, Subscriber{Email: each.email("email"), Language: each.choice("language", false, spoken...),
			Offers: each.flag("offers", false), Source: each.line("source", 1, nameSigns), At: each.past("at", true, time.Time{})})
		each.done()
	}
	return all
}

func categories() []string {
	var names []string
	for _, category := range moderation.Categories {
		names = append(names, category.Name)
	}
	return names
}

func (o *record) target(pieces map[string]map[string]bool) Target {
	each := o.record("on")
	if each == nil {
		if !o.has("on") {
			o.wrong("on", "is missing")
		}
		return Target{}
	}
	defer each.done()
	kind := each.choice("kind", true, "post", "comment", "listing", "group", "member")
	return Target{kind, each.reference("key", cmp.Or(kind, "piece"), pieces[kind], true)}
}

// homeless counts the parts that are known but not kept.
func (o *record) homeless() []Homeless {
	var found []Homeless
	for _, name := range o.names {
		if !slices.Contains(homeless, name) {
			continue
		}
		count := 1
		switch value := o.take(name).(type) {
		case nil:
			count = 0
		case []any:
			count = len(value)
		case *record:
		default:
			o.wrong(name, "want a list or an object")
		}
		if count > 0 {
			found = append(found, Homeless{o.at(name), name, count})
		}
	}
	return found
}
