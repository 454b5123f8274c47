package community

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
)

// Topics are what a post can be about; a community may have written others.
var Topics = []string{"manger", "sortir", "bouger", "marcher", "mer", "enfants", "pluie", "gratuit", "bonnes affaires", "fabriquer", "coup de main", "s'installer"}

// What a post may hold.
const (
	MinTitle, MaxTitle = 8, 60
	MaxStandfirst      = 200
	MinText, MaxText   = 30, 10_000
	MaxPlace           = 80
	MaxAlt             = 200
	maxTopics          = 5
	postsADay          = 10
)

// Post is a piece that a member published.
type Post struct {
	bun.BaseModel `bun:"table:posts,alias:post"`
	database.Owned
	ID         id.ID `bun:",pk"`
	Kind       Kind
	Offer      string
	Title      string
	Standfirst string
	Text       string
	Place      string
	Commune    string
	Months     []int     `bun:"type:json"`
	Weekdays   []int     `bun:"type:json"` // 1 is Monday
	Topics     []string  `bun:"type:json"`
	PriceCents *int64    // of what is sold; nil is "to be agreed"
	Until      time.Time `bun:",nullzero"`
	Event      *Date     `bun:"type:json"`
	Guide      *Chapters `bun:"type:json"`
	// StartsAt and EndsAt are an event's next occurrence.
	StartsAt time.Time `bun:",nullzero"`
	EndsAt   time.Time `bun:",nullzero"`
	// AnswerID is the comment that answers a question.
	AnswerID id.ID `bun:",nullzero"`
	// QuestionID is the question that a tip answers, CreditedID who did there.
	QuestionID id.ID `bun:",nullzero"`
	CreditedID id.ID `bun:",nullzero"`
	AuthorID   id.ID
	GroupID    id.ID `bun:",nullzero"`
	// MembersOnly is a piece for the members of its group: see Inside.
	MembersOnly bool
	PinnedAt    time.Time `bun:",nullzero"`
	PictureID   id.ID     `bun:",nullzero"`
	Motif       string
	Salt        int
	Thanks      int
	Comments    int
	Vouches     int
	LowTide     bool
	State       State
	PostedAt    time.Time
	EditedAt    time.Time `bun:",nullzero"`
	CheckedAt   time.Time `bun:",nullzero"`
	// DueAt is when its owner is to say again that it is true, DoubtedAt since
	// when it is to be confirmed, AskedAt when its owner was asked.
	DueAt     time.Time `bun:",nullzero"`
	DoubtedAt time.Time `bun:",nullzero"`
	AskedAt   time.Time `bun:",nullzero"`
	// Version counts the edits.
	Version int

	// Language is the one that it was written in.
	Language  string
	Rendering Rendering

	Picture *Picture `bun:"-"`
	// Translation is laid over what the post says where it is read in another
	// language; Original is the post without it.
	Translation *Translation `bun:"-"`
	Original    *Post        `bun:"-"`
}

// Path is the post's address in its community.
func (p *Post) Path() string { return p.PathOf(p.Title) }

// PathOf is the address under another title: that of a translation.
func (p *Post) PathOf(title string) string {
	return p.Kind.Path() + "/" + p.ID.String() + "-" + membership.Slug(title)
}

// Where is the place in one line.
func (p *Post) Where() string {
	switch {
	case p.Place == "":
		return p.Commune
	case p.Commune == "" || p.Commune == p.Place:
		return p.Place
	}
	return p.Place + ", " + p.Commune
}

// InSeason tells whether the post holds in a month.
func (p *Post) InSeason(month time.Month) bool {
	return len(p.Months) == 0 || slices.Contains(p.Months, int(month))
}

// Draft is what an author writes. Drafts and earlier versions are stored by the
// names of its fields.
type Draft struct {
	Kind       Kind
	Offer      string
	Title      string
	Standfirst string
	Text       string
	Place      string
	Commune    string
	Months     []int
	Weekdays   []int
	LowTide    bool
	Topics     []string
	PriceCents *int64
	Until      time.Time
	Event      *Date
	Guide      *Chapters
	Group      id.ID
	Picture    id.ID
	Alt        string
	// Question is the one whose answer becomes this tip.
	Question id.ID
	// Language is the one that it is written in; "" keeps the post's, which is
	// French unless somebody says otherwise.
	Language  string
	Synthesis bool
	// Redraw asks for another cover.
	Redraw bool `json:"-"`
	// Version is the post's on which an edit was begun.
	Version int `json:"-"`
}

// Publish posts a draft to the community or to one of the author's groups. A
// moderator may have to read it first: then it is Held.
func (s *Service) Publish(ctx context.Context, author actor.Actor, draft Draft) (*Post, error) {
	if !draft.Kind.Known() {
		return nil, fmt.Errorf("publish: %w", fault.InvalidField("kind", "error.community.kind"))
	}
	if err := s.may(author, draft.Kind.Policy(), "create"); err != nil {
		return nil, err
	}
	var post *Post
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		now := s.Clock.Now()
		if err := refusePostFlood(ctx, tx, author.Member, now); err != nil {
			return err
		}
		var err error
		post, err = s.publish(ctx, tx, author, id.New(now), draft, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("publish %s: %w", draft.Kind, err)
	}
	return post, nil
}

// publish makes a post of a draft, dated at a moment.
func (s *Service) publish(ctx context.Context, tx database.Tx, author actor.Actor, post id.ID, draft Draft, at time.Time) (*Post, error) {
	made := &Post{ID: post, AuthorID: author.Member, PostedAt: at, State: Published}
	if err := s.fill(ctx, tx, author, made, draft, at); err != nil {
		return nil, err
	}
	if err := s.credit(ctx, author, made, draft.Question); err != nil {
		return nil, err
	}
	state, err := s.Screen.Screen(ctx, tx, author, "post", made.ID, made.piece())
	if err != nil {
		return nil, err
	}
	made.State = made.where(state)
	made.believe(at)
	if _, err := tx.Insert(made).Exec(ctx); err != nil {
		return nil, err
	}
	if err := s.keepMentions(ctx, tx, author, made, 0, made.Text); err != nil {
		return nil, err
	}
	if err := s.Search.post(ctx, tx, made); err != nil {
		return nil, err
	}
	if !stands(made.State) {
		return made, nil
	}
	return made, s.Outbox.Add(ctx, tx, made.postedFact(), postFact(made))
}

// Edit replaces what was written, for its author or an editor. It is Conflict
// when somebody else has changed the post since the draft was begun.
func (s *Service) Edit(ctx context.Context, author actor.Actor, post id.ID, draft Draft) (*Post, error) {
	var found *Post
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		if found, err = s.editable(ctx, tx, author, post); err != nil {
			return err
		}
		if draft.Version != found.Version {
			return fault.Conflict
		}
		before, now := *found, s.Clock.Now()
		draft.Kind = found.Kind
		if err := s.fill(ctx, tx, author, found, draft, now); err != nil {
			return err
		}
		if found.MembersOnly != before.MembersOnly {
			// Its replies are others' words, for those who could read them.
			return fault.InvalidField("group", "error.community.group_readers")
		}
		if err := keepRevision(ctx, tx, &before, author.Member, now); err != nil {
			return err
		}
		found.EditedAt, found.CheckedAt = now, now
		found.believe(now)
		if found.State == Stale || found.State == Expired && (found.Ages() || found.Until.After(now) || found.EndsAt.After(now)) {
			found.State = Published
		}
		if stands(found.State) {
			// A piece must not turn into another one after it was read.
			state, err := s.Screen.Screen(ctx, tx, author, "post", found.ID, found.piece())
			if err != nil {
				return err
			}
			found.State = found.where(state)
		}
		found.Version++
		// Nor is a decision undone that was made meanwhile.
		result, err := tx.Update(found).ExcludeColumn("thanks", "comments", "vouches", "answer_id").WherePK().
			Where("version = ?", before.Version).Where("state = ?", before.State).Exec(ctx)
		if err := changed(result, err, fault.Conflict); err != nil {
			return err
		}
		if err := ForgetLinks(ctx, tx, PieceRef{Kind: "post", ID: found.ID}, Links(found.Text)); err != nil {
			return err
		}
		if err := s.keepMentions(ctx, tx, author, found, 0, found.Text); err != nil {
			return err
		}
		if err := s.followEvent(ctx, tx, &before, found); err != nil {
			return err
		}
		if err := s.notice(ctx, tx, found); err != nil {
			return err
		}
		if err := s.Search.post(ctx, tx, found); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "post.edited", postFact(found))
	})
	if err != nil {
		return nil, fmt.Errorf("edit post: %w", err)
	}
	return found, nil
}

// Delete takes the author's post away; its comments go with it.
func (s *Service) Delete(ctx context.Context, author actor.Actor, post id.ID) error {
	err := s.DB.Write(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := ownPost(ctx, tx, author, post)
		if err != nil {
			return err
		}
		found.State = Deleted
		if _, err := tx.Update(found).Column("state").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := forgetRevisions(ctx, tx, post); err != nil {
			return err
		}
		if err := ForgetLinks(ctx, tx, PieceRef{Kind: "post", ID: post}, nil); err != nil {
			return err
		}
		if err := s.Search.post(ctx, tx, found); err != nil {
			return err
		}
		if err := s.eventGone(ctx, tx, found); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "post.deleted", postFact(found))
	})
	if err != nil {
		return fmt.Errorf("delete post: %w", err)
	}
	return nil
}

// Find reads a post that the actor may see, with its picture.
func (s *Service) Find(ctx context.Context, actor actor.Actor, post id.ID) (*Post, error) {
	var found *Post
	err := s.DB.Read(ctx, actor.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		if found, err = findPost(ctx, tx, post); err != nil {
			return err
		}
		may, err := s.reads(ctx, actor, found)
		if err != nil {
			return err
		}
		if !may {
			return fault.NotFound
		}
		found.today(s.Clock.Now())
		return dressed(ctx, tx, found)
	})
	if err != nil {
		return nil, fmt.Errorf("find post: %w", err)
	}
	return found, nil
}

// Own reads a post of the actor's own, to edit it.
func (s *Service) Own(ctx context.Context, author actor.Actor, post id.ID) (*Post, error) {
	var found *Post
	err := s.DB.Read(ctx, author.Tenant, func(ctx context.Context, tx database.Tx) error {
		var err error
		if found, err = ownPost(ctx, tx, author, post); err != nil {
			return err
		}
		return withPictures(ctx, tx, found)
	})
	return found, err
}

// expiredAtOnce bounds a pass of Expire; the next takes the rest.
const expiredAtOnce = 500

// Expire ends the offers and events whose time has passed, moves on those that
// come back, and tells their number.
func (s *Service) Expire(ctx context.Context, tenant id.ID) (int, error) {
	var ended []*Post
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		now := s.Clock.Now()
		for _, column := range []string{"until", "ends_at"} {
			var some []*Post
			err := tx.Select(&some).Where("state = 'published'").Where("? IS NOT NULL", bun.Ident(column)).
				Where("? < ?", bun.Ident(column), now).Limit(expiredAtOnce).Scan(ctx)
			if err != nil {
				return err
			}
			ended = append(ended, some...)
		}
		for _, post := range ended {
			kinds[post.Kind].roll(post, now)
			if _, err := tx.Update(post).Column("state", "starts_at", "ends_at").WherePK().Exec(ctx); err != nil {
				return err
			}
			if err := s.Search.post(ctx, tx, post); err != nil {
				return err
			}
			if post.State == Published {
				continue
			}
			if err := s.Outbox.Add(ctx, tx, "post.expired", postFact(post)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("expire posts: %w", err)
	}
	return len(ended), nil
}

// sees tells who may read a piece whatever groups they are in: everyone while it
// is published, its author and moderators while it is not, nobody once its
// author deleted it.
func (s *Service) sees(reader actor.Actor, author id.ID, state State) bool {
	switch state {
	case Published, Expired, Stale:
		return true
	case Held, Hidden, Removed, Inside:
		return s.moderates(reader) || state != Removed && reader.IsMember() && reader.Member == author
	}
	return false
}

// fill checks a draft and lays it into the post as of a moment.
func (s *Service) fill(ctx context.Context, tx database.Tx, author actor.Actor, post *Post, draft Draft, now time.Time) error {
	draft.clean()
	invalid := draft.check(now)
	membersOnly := post.MembersOnly
	if draft.Group != post.GroupID {
		var err error
		if membersOnly, err = s.writeIn(ctx, tx, author, draft.Group, invalid); err != nil {
			return err
		}
	}
	if draft.Picture != 0 && draft.Picture != post.PictureID {
		owns, err := ownsPicture(ctx, tx, author.Member, draft.Picture)
		if err != nil {
			return err
		}
		if !owns {
			invalid.Add("picture", "error.community.picture_gone")
		}
	}
	if err := invalid.OrNil(); err != nil {
		return err
	}
	if draft.Picture != 0 {
		if err := describePicture(ctx, tx, draft.Picture, draft.Alt); err != nil {
			return err
		}
	}
	draft.into(post)
	kinds[post.Kind].lay(post, &draft, now)
	post.GroupID, post.MembersOnly, post.PictureID = draft.Group, membersOnly, draft.Picture
	if draft.Redraw {
		post.Salt++
		post.Motif = ""
	}
	return nil
}

// into lays what a draft says into the post.
func (d *Draft) into(post *Post) {
	post.Kind, post.Offer, post.Title, post.Standfirst, post.Text = d.Kind, d.Offer, d.Title, d.Standfirst, d.Text
	post.Place, post.Commune, post.LowTide = d.Place, d.Commune, d.LowTide && d.Kind == Tip
	post.Months, post.Weekdays, post.Topics, post.PriceCents = d.Months, d.Weekdays, d.Topics, d.PriceCents
	post.Language, post.Rendering = cmp.Or(d.Language, post.Language, words.Languages[0]), Written
	if d.Synthesis {
		post.Rendering = Synthesis
	}
}

func (d *Draft) clean() {
	d.Title, d.Standfirst, d.Text = Line(d.Title), Line(d.Standfirst), Clean(d.Text)
	d.Place, d.Commune, d.Alt = Line(d.Place), Line(d.Commune), Line(d.Alt)
	for n, topic := range d.Topics {
		d.Topics[n] = Line(topic)
	}
	slices.Sort(d.Months)
	slices.Sort(d.Weekdays)
	d.Months, d.Weekdays = slices.Compact(d.Months), slices.Compact(d.Weekdays)
	kinds[d.Kind].clean(d)
}

func (d *Draft) check(now time.Time) *fault.Invalid {
	invalid := &fault.Invalid{}
	checkLength(invalid, "title", d.Title, MinTitle, MaxTitle)
	checkLength(invalid, "standfirst", d.Standfirst, 0, MaxStandfirst)
	if d.Kind != Guide {
		checkLength(invalid, "text", d.Text, MinText, MaxText)
	}
	checkLength(invalid, "place", d.Place, 0, MaxPlace)
	checkLength(invalid, "commune", d.Commune, 0, MaxPlace)
	if !within(d.Months, 1, 12) {
		invalid.Add("months", "error.community.months")
	}
	if !within(d.Weekdays, 1, 7) {
		invalid.Add("weekdays", "error.community.weekdays")
	}
	if len(d.Topics) > maxTopics || slices.ContainsFunc(d.Topics, func(topic string) bool { return topic == "" || len(topic) > 40 }) {
		invalid.Add("topics", "error.community.topics", "Max", maxTopics)
	}
	if d.Language != "" && words.Names[d.Language] == "" {
		invalid.Add("language", "error.choice")
	}
	kinds[d.Kind].check(d, now, invalid)
	if d.Picture != 0 {
		checkLength(invalid, "alt", d.Alt, 3, MaxAlt)
	}
	return invalid
}

// checkLength counts signs as people see them in a field.
func checkLength(invalid *fault.Invalid, name, value string, shortest, longest int) {
	length := utf8.RuneCountInString(value)
	switch {
	case length == 0 && shortest > 0:
		invalid.Add(name, "error.community."+name+"_missing")
	case length < shortest:
		invalid.Add(name, "error.community.too_short", "Min", shortest)
	case length > longest:
		invalid.Add(name, "error.community.too_long", "Max", longest, "Over", length-longest)
	}
}

func within(values []int, lowest, highest int) bool {
	return !slices.ContainsFunc(values, func(value int) bool { return value < lowest || value > highest })
}

func refusePostFlood(ctx context.Context, tx database.Tx, author id.ID, now time.Time) error {
	count, err := tx.Select((*Post)(nil)).Where("author_id = ?", author).Where("posted_at > ?", now.Add(-24*time.Hour)).Count(ctx)
	if err != nil {
		return err
	}
	if count >= postsADay {
		return fault.TooMany
	}
	return nil
}

func findPost(ctx context.Context, tx database.Tx, post id.ID) (*Post, error) {
	found := &Post{}
	if err := tx.Select(found).Where("id = ?", post).Scan(ctx); err != nil {
		return nil, err
	}
	return found, nil
}

func ownPost(ctx context.Context, tx database.Tx, author actor.Actor, post id.ID) (*Post, error) {
	found, err := findPost(ctx, tx, post)
	if err != nil {
		return nil, err
	}
	if !author.IsMember() || found.AuthorID != author.Member || found.State == Deleted || found.State == Removed {
		return nil, fault.NotFound
	}
	return found, nil
}

// PostFact is what the outbox tells of a post.
type PostFact struct {
	ID     id.ID `json:"id"`
	Kind   Kind  `json:"kind"`
	Group  id.ID `json:"group,omitempty"`
	Author id.ID `json:"author"`
}

func postFact(post *Post) PostFact { return PostFact{post.ID, post.Kind, post.GroupID, post.AuthorID} }
