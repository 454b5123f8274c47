package community

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
)

// Rendering is how a text came into its language.
type Rendering string

// The renderings: by its author, after an original, or as a summary of more
// than it says. No machine writes here.
const (
	Written    Rendering = "written"
	Translated Rendering = "translated"
	Synthesis  Rendering = "synthesis"
)

// Translation is what a piece says in another language than its own. It is a
// part of the piece: it goes where the piece goes.
type Translation struct {
	bun.BaseModel `bun:"table:translations,alias:translation"`
	database.Owned
	ID         id.ID `bun:",pk"`
	PostID     id.ID
	Language   string
	Rendering  Rendering
	Title      string
	Standfirst string
	Text       string
	Guide      *Chapters `bun:"type:json"`
	Alt        string
	// Source is the wording that it was made from, MovedAt since when the
	// original has another.
	Source  string
	MovedAt time.Time `bun:",nullzero"`
	ByID    id.ID
	MadeAt  time.Time
}

// Moved tells that the original has changed since.
func (t *Translation) Moved() bool { return !t.MovedAt.IsZero() }

// Rewording is what a translator writes.
type Rewording struct {
	Language   string
	Rendering  Rendering
	Title      string
	Standfirst string
	Text       string
	Guide      *Chapters
	Alt        string
}

// Spoken is the language that the post is read in.
func (p *Post) Spoken() string {
	if p.Translation != nil {
		return p.Translation.Language
	}
	return p.Language
}

// Rendered is how the post came into that language.
func (p *Post) Rendered() Rendering {
	if p.Translation != nil {
		return p.Translation.Rendering
	}
	return p.Rendering
}

// wording is a sign of what the post says: it changes with each word.
func (p *Post) wording() string {
	sum := fnv.New64a()
	said := []string{p.Title, p.Standfirst, p.Text}
	if p.Guide != nil {
		said = append(said, p.Guide.Living)
	}
	for _, text := range said {
		_, _ = io.WriteString(sum, text+"\x00")
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

// read lays a translation over the post: it is read, never saved.
func (p *Post) read(t *Translation) {
	original := *p
	p.Original, p.Translation = &original, t
	p.Title, p.Standfirst, p.Text = t.Title, t.Standfirst, t.Text
	if t.Guide != nil && p.Guide != nil {
		p.Guide = &Chapters{Authors: p.Guide.Authors, Sections: t.Guide.Sections, Living: t.Guide.Living}
	}
	if p.Picture != nil && t.Alt != "" {
		described := *p.Picture
		described.Alt = t.Alt
		p.Picture = &described
	}
}

// dressed gives posts what readers see of them: their pictures, and their words
// in the reader's language where there are such.
func dressed(ctx context.Context, tx database.Tx, posts ...*Post) error {
	if err := withPictures(ctx, tx, posts...); err != nil {
		return err
	}
	language := words.LanguageOf(ctx)
	foreign := map[id.ID]*Post{}
	for _, post := range posts {
		if language != "" && post.Language != language {
			foreign[post.ID] = post
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	ids := make([]id.ID, 0, len(foreign))
	for post := range foreign {
		ids = append(ids, post)
	}
	var known []*Translation
	if err := tx.Select(&known).Where("post_id IN (?)", list(ids)).Where("language = ?", language).Scan(ctx); err != nil {
		return err
	}
	for _, one := range known {
		foreign[one.PostID].read(one)
	}
	return nil
}

// Translations lists those of posts, by post and language.
func (s *Service) Translations(ctx context.Context, tenant id.ID, posts ...id.ID) (map[id.ID][]*Translation, error) {
	var known []*Translation
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&known).Where("post_id IN (?)", list(posts)).OrderExpr("post_id, language").Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list translations: %w", err)
	}
	return byPost(known), nil
}

// TranslationsFrom lists those of a part of the list of all posts.
func (s *Service) TranslationsFrom(ctx context.Context, tenant, first id.ID, size int) (map[id.ID][]*Translation, error) {
	var known []*Translation
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&known).Column("post_id", "language", "title").Where("post_id >= ?", first).OrderExpr("post_id, language").Limit(int64(size)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list translations: %w", err)
	}
	return byPost(known), nil
}

func byPost(known []*Translation) map[id.ID][]*Translation {
	all := map[id.ID][]*Translation{}
	for _, one := range known {
		all[one.PostID] = append(all[one.PostID], one)
	}
	return all
}

// MayTranslate tells whether somebody may put a piece into another language:
// its author, and editors.
func (s *Service) MayTranslate(who actor.Actor, post *Post) bool {
	return who.IsMember() && !post.MembersOnly && (who.Member == post.AuthorID || s.Policy.Allows(who, "post", "edit_any"))
}

// Translate says a piece in another language, or says it better. A piece that
// is gone has no translation.
func (s *Service) Translate(ctx context.Context, who actor.Actor, post id.ID, said Rewording) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		switch {
		case !s.MayTranslate(who, found):
			return fault.NotFound
		case found.State == Deleted || found.State == Removed || found.State == Hidden:
			return fault.InvalidField("original", "error.language.gone")
		}
		row, err := said.of(found)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		row.ID, row.ByID, row.MadeAt = id.New(now), who.Member, now
		if err := put(ctx, tx, row); err != nil {
			return err
		}
		if found.State == Published {
			// What is new to read is read as the piece itself was.
			shown := found.piece()
			shown.Title, shown.Text = row.Title, row.Text
			if found.State, err = s.Screen.Screen(ctx, tx, who, "post", found.ID, shown); err != nil {
				return err
			}
			if _, err := tx.Update(found).Column("state").WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		if err := s.Search.post(ctx, tx, found); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, "post.edited", postFact(found))
	})
	if err != nil {
		return fmt.Errorf("translate post: %w", err)
	}
	return nil
}

func put(ctx context.Context, tx database.Tx, row *Translation) error {
	_, err := tx.Insert(row).On("CONFLICT (tenant_id, post_id, language) DO UPDATE").
		Set("rendering = EXCLUDED.rendering, title = EXCLUDED.title, standfirst = EXCLUDED.standfirst, text = EXCLUDED.text").
		Set("guide = EXCLUDED.guide, alt = EXCLUDED.alt, source = EXCLUDED.source, moved_at = NULL, by_id = EXCLUDED.by_id, made_at = EXCLUDED.made_at").
		Exec(ctx)
	return err
}

// of checks a rewording and makes it the translation of a post.
func (w Rewording) of(post *Post) (*Translation, error) {
	draft := Draft{Kind: post.Kind, Title: w.Title, Standfirst: w.Standfirst, Text: w.Text, Alt: w.Alt, Guide: w.Guide}
	draft.clean()
	invalid := &fault.Invalid{}
	if w.Language == post.Language || words.Names[w.Language] == "" {
		invalid.Add("language", "error.language.same")
	}
	if w.Rendering != Translated && w.Rendering != Synthesis {
		invalid.Add("rendering", "error.choice")
	}
	checkLength(invalid, "title", draft.Title, MinTitle, MaxTitle)
	checkLength(invalid, "standfirst", draft.Standfirst, 0, MaxStandfirst)
	if post.Kind == Guide {
		guideRules.check(&draft, time.Time{}, invalid)
	} else {
		checkLength(invalid, "text", draft.Text, MinText, MaxText)
	}
	checkLength(invalid, "alt", draft.Alt, 0, MaxAlt)
	if draft.Title == post.Title && draft.Text == post.Text {
		invalid.Add("title", "error.language.unchanged")
	}
	if err := invalid.OrNil(); err != nil {
		return nil, err
	}
	if draft.Guide != nil && post.Guide != nil {
		// Each chapter keeps who wrote it.
		draft.Guide.Authors = post.Guide.Authors
		for n := range draft.Guide.Sections {
			draft.Guide.Sections[n].By = post.AuthorID
			if n < len(post.Guide.Sections) {
				draft.Guide.Sections[n].By = post.Guide.Sections[n].By
			}
		}
	}
	return &Translation{PostID: post.ID, Language: w.Language, Rendering: w.Rendering, Title: draft.Title, Standfirst: draft.Standfirst,
		Text: draft.Text, Guide: draft.Guide, Alt: draft.Alt, Source: post.wording()}, nil
}

// Untranslate takes a translation away.
func (s *Service) Untranslate(ctx context.Context, who actor.Actor, post id.ID, language string) error {
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if !s.MayTranslate(who, found) {
			return fault.NotFound
		}
		if _, err := tx.Delete((*Translation)(nil)).Where("post_id = ?", post).Where("language = ?", language).Exec(ctx); err != nil {
			return err
		}
		return s.Search.post(ctx, tx, found)
	})
	if err != nil {
		return fmt.Errorf("take a translation away: %w", err)
	}
	return nil
}

// notice tells a post's translations whether it still says what they were made
// from.
func (s *Service) notice(ctx context.Context, tx database.Tx, post *Post) error {
	source := post.wording()
	_, err := tx.Update((*Translation)(nil)).Set("moved_at = NULL").Where("post_id = ?", post.ID).Where("source = ?", source).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Update((*Translation)(nil)).Set("moved_at = ?", s.Clock.Now()).Where("post_id = ?", post.ID).Where("source <> ?", source).
		Where("moved_at IS NULL").Exec(ctx)
	return err
}

// AdoptTranslation takes in one that an import brings.
func (s *Service) AdoptTranslation(ctx context.Context, tenant id.ID, post *Post, by id.ID, said Rewording) error {
	err := s.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		found, err := findPost(ctx, tx, post.ID)
		if err != nil {
			return err
		}
		row, err := said.of(found)
		if err != nil {
			return err
		}
		row.ID, row.ByID, row.MadeAt = id.New(found.PostedAt), by, found.LastChecked()
		if err := put(ctx, tx, row); err != nil {
			return err
		}
		return s.Search.post(ctx, tx, found)
	})
	if err != nil {
		return fmt.Errorf("adopt a translation of %q: %w", post.Title, err)
	}
	return nil
}

// MovedTranslation is one that its original has left behind.
type MovedTranslation struct {
	*Translation
	Post *Post
}

// MovedTranslations lists those to be mended, those that wait longest first.
func (s *Service) MovedTranslations(ctx context.Context, tenant id.ID, limit int) ([]MovedTranslation, error) {
	var moved []*Translation
	var posts []*Post
	err := s.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		err := tx.Select(&moved).Where("moved_at IS NOT NULL").OrderExpr("moved_at, id").Limit(int64(limit)).Scan(ctx)
		if err != nil || len(moved) == 0 {
			return err
		}
		ids := make([]id.ID, 0, len(moved))
		for _, one := range moved {
			ids = append(ids, one.PostID)
		}
		return tx.Select(&posts).ColumnExpr(feedColumns).Where("state = 'published'").Where("id IN (?)", list(ids)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list translations to mend: %w", err)
	}
	byID := map[id.ID]*Post{}
	for _, post := range posts {
		byID[post.ID] = post
	}
	var all []MovedTranslation
	for _, one := range moved {
		if post := byID[one.PostID]; post != nil {
			all = append(all, MovedTranslation{one, post})
		}
	}
	return all, nil
}
