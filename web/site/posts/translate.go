package posts

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

// tongues are the languages of a piece, as its page shows them.
type tongues struct {
	Says []*community.Translation
	// By is who translated what is read here.
	By membership.Person
	// Into are the languages that the reader may translate it into.
	Into []string
}

func (p pages) tongues(r *kit.Request, post *community.Post) (tongues, error) {
	var found tongues
	if len(r.Tenant.Settings.Languages) < 2 && post.Language == r.Tenant.Settings.Language {
		return found, nil
	}
	all, err := p.posts.Translations(r.Context(), r.Tenant.ID, post.ID)
	if err != nil {
		return found, err
	}
	found.Says = all[post.ID]
	if p.posts.MayTranslate(r.Actor, post) {
		for _, language := range r.Tenant.Settings.Languages {
			if language != post.Language {
				found.Into = append(found.Into, language)
			}
		}
	}
	if post.Translation != nil {
		people, err := p.members.People(r.Context(), r.Tenant.ID, wanted(post.Translation.ByID))
		if err != nil {
			return found, err
		}
		found.By = people[post.Translation.ByID]
	}
	return found, nil
}

// of is what the piece says in a language, nil for nothing.
func (t tongues) of(language string) *community.Translation {
	at := slices.IndexFunc(t.Says, func(one *community.Translation) bool { return one.Language == language })
	if at < 0 {
		return nil
	}
	return t.Says[at]
}

// addresses are the piece's own in each language of the menus.
func (p *reading) addresses(r *kit.Request) map[string]string {
	original := p.Post
	if p.Original != nil {
		original = p.Original
	}
	all := map[string]string{}
	for _, language := range r.Tenant.Reads() {
		if language == original.Language {
			all[language] = original.Path()
		} else if said := p.Tongues.of(language); said != nil {
			all[language] = original.PathOf(said.Title)
		}
	}
	return all
}

// inLanguage finds the piece as it was asked for: in the reader's language, or
// in the one that the address names.
func (p pages) inLanguage(r *kit.Request) (*community.Post, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	if version := r.Query("version"); words.Names[version] != "" {
		ctx = words.WithLanguage(ctx, version)
	}
	return p.posts.Find(ctx, r.Actor, wanted)
}

func translatePath(post *community.Post, language string) string {
	return action(post, "traduire/"+language)
}

// rewriting is what the form to translate shows.
type rewriting struct {
	writing
	Language string
	// Original is nil once it is gone.
	Original *community.Post
	// Known is the translation as it stands, nil for a new one.
	Known *community.Translation
}

func (p pages) translate(r *kit.Request) error {
	shown, err := p.rewriting(r)
	if err != nil {
		return err
	}
	post := shown.Original
	if shown.Known != nil {
		in := words.WithLanguage(r.Context(), shown.Language)
		if post, err = p.posts.Find(in, r.Actor, post.ID); err != nil {
			return err
		}
	}
	shown.Form = filled(r, post)
	shown.Values.Set("rendering", string(community.Translated))
	if shown.Known != nil {
		shown.Values.Set("rendering", string(shown.Known.Rendering))
	}
	return p.translatePage(r, shown, http.StatusOK)
}

// rewriting finds what is to be translated, for whoever may.
func (p pages) rewriting(r *kit.Request) (rewriting, error) {
	shown := rewriting{Language: r.Param("langue")}
	wanted, err := r.ID("id")
	if err != nil {
		return shown, err
	}
	// Nobody's language: the original.
	if shown.Original, err = p.posts.Find(words.WithLanguage(r.Context(), ""), r.Actor, wanted); err != nil {
		return shown, err
	}
	if !p.posts.MayTranslate(r.Actor, shown.Original) || !r.Tenant.Speaks(shown.Language) || shown.Language == shown.Original.Language {
		return shown, fault.NotFound
	}
	shown.Kind = shown.Original.Kind
	all, err := p.posts.Translations(r.Context(), r.Tenant.ID, wanted)
	shown.Known = tongues{Says: all[wanted]}.of(shown.Language)
	return shown, err
}

func (p pages) translatePage(r *kit.Request, shown rewriting, status int) error {
	title := r.Words.T("language.form.title", "Into", r.Words.T("language.in."+shown.Language))
	return r.Page(kit.Page{Status: status, Title: title, NoIndex: true, Section: section(shown.Kind), Body: translatePage(r, title, shown)})
}

func (p pages) saveTranslation(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	language, form := r.Param("langue"), r.Form()
	if !r.Tenant.Speaks(language) {
		return fault.NotFound
	}
	draft := community.Draft{}
	if len(form.Values["heading"]) > 0 {
		faces[community.Guide].read(r, form, &draft)
	}
	err = p.posts.Translate(r.Context(), r.Actor, wanted, community.Rewording{Language: language, Rendering: community.Rendering(form.Value("rendering")),
		Title: form.Value("title"), Standfirst: form.Value("standfirst"), Text: form.Value("text"), Guide: draft.Guide, Alt: form.Value("alt")})
	if form, invalid := r.Invalid(err); invalid {
		shown, err := p.rewriting(r)
		if err != nil {
			// The original is gone; what was typed is not.
			shown = rewriting{Language: language, writing: writing{Kind: community.Tip}}
			if draft.Guide != nil {
				shown.Kind = community.Guide
			}
		}
		shown.Form = form
		return p.translatePage(r, shown, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	post, err := p.posts.Find(words.WithLanguage(r.Context(), language), r.Actor, wanted)
	if err != nil {
		return err
	}
	return r.SeeOther(post.Path()+"?version="+language, cmp.Or(heldNotice(post.State), "notice.translation_saved"))
}

func (p pages) dropTranslation(r *kit.Request) error {
	shown, err := p.rewriting(r)
	if err != nil {
		return err
	}
	if err := p.posts.Untranslate(r.Context(), r.Actor, shown.Original.ID, shown.Language); err != nil {
		return err
	}
	return r.SeeOther(shown.Original.Path(), "notice.translation_removed")
}

// languageOptions are those that a piece may be written in.
func languageOptions(r *kit.Request) []kit.Option {
	var options []kit.Option
	for _, language := range r.Tenant.Settings.Languages {
		options = append(options, kit.Option{Value: language, Label: r.Words.T("language.name." + language)})
	}
	return options
}

// said is how a piece came into its language, in a line.
func saidIn(p *reading, w *words.Words) string {
	if p.Translation == nil {
		return cards.Said(p.Rendered(), p.Spoken(), w)
	}
	args := []any{"In", w.T("language.in." + p.Spoken()), "From", w.T("language.from." + p.Original.Language), "Name", p.Tongues.By.Name}
	return w.T("language."+string(p.Rendered())+".by", args...)
}
