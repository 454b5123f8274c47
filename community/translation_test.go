package community_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/world"
)

var swim = community.Rewording{Language: "en", Rendering: community.Translated, Title: "The seven o'clock swim",
	Text: "We walk down the slip every morning. Bring a towel and a woolly hat."}

// reading is a context of somebody who reads a language.
func reading(t *testing.T, language string) context.Context {
	return words.WithLanguage(t.Context(), language)
}

func TestAPieceIsReadInTheLanguageThatItWasPutInto(t *testing.T) {
	w := world.New(t)
	posts, nolwenn, maelle := w.Posts(t), w.Member(t, "nolwenn", actor.Ambassador), w.Member(t, "maelle", actor.Editor)
	tip := w.Tip(t, nolwenn, "Le bain de sept heures")
	other := w.Tip(t, nolwenn, "Le banc au soleil, à midi")
	if err := posts.Translate(t.Context(), maelle, tip.ID, swim); err != nil {
		t.Fatal(err)
	}

	feed, _, err := posts.Feed(reading(t, "en"), w.Tenant.ID, community.Filter{}, community.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, post := range feed {
		titles[post.Title] = post.Spoken()
	}
	if titles["The seven o'clock swim"] != "en" || titles[other.Title] != "fr" || len(titles) != 2 {
		t.Errorf("the list reads %v", titles)
	}
	found, err := posts.Find(reading(t, "en"), w.Visitor(), tip.ID)
	if err != nil || found.Text != swim.Text || found.Translation.ByID != maelle.Member || found.Original.Title != tip.Title {
		t.Errorf("found %+v, %v", found, err)
	}
	if found, _ := posts.Find(reading(t, "fr"), w.Visitor(), tip.ID); found.Title != tip.Title || found.Translation != nil {
		t.Errorf("in French it reads %q", found.Title)
	}
	// Who edits it sees what was written, whatever they read.
	if own, _ := posts.Own(reading(t, "en"), nolwenn, tip.ID); own.Title != tip.Title {
		t.Errorf("the form holds %q", own.Title)
	}
}

func TestATranslationKnowsWhenItsOriginalMoved(t *testing.T) {
	w := world.New(t)
	posts, nolwenn, maelle := w.Posts(t), w.Member(t, "nolwenn", actor.Ambassador), w.Member(t, "maelle", actor.Editor)
	tip := w.Tip(t, nolwenn, "Le bain de sept heures")
	if err := posts.Translate(t.Context(), maelle, tip.ID, swim); err != nil {
		t.Fatal(err)
	}
	moved := func() bool {
		found, err := posts.Find(reading(t, "en"), w.Visitor(), tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		list, err := posts.MovedTranslations(t.Context(), w.Tenant.ID, 5)
		if err != nil || (len(list) == 1) != found.Translation.Moved() {
			t.Fatalf("the editor's list holds %d, %v", len(list), err)
		}
		return found.Translation.Moved()
	}
	edit := func(text, place string) {
		draft := community.Draft{Kind: community.Tip, Title: tip.Title, Text: text, Place: place, Commune: tip.Commune, Version: tip.Version}
		edited, err := posts.Edit(t.Context(), nolwenn, tip.ID, draft)
		if err != nil {
			t.Fatal(err)
		}
		tip.Version = edited.Version
	}

	edit(tip.Text, "Cale Raie")
	if moved() {
		t.Error("another place is no other wording")
	}
	edit("On descend la cale à huit heures maintenant, l'hiver.", "Cale Raie")
	if !moved() {
		t.Error("the translation does not know that its original moved")
	}
	mended := swim
	mended.Text = "We walk down the slip at eight now, in winter."
	if err := posts.Translate(t.Context(), nolwenn, tip.ID, mended); err != nil {
		t.Fatal(err)
	}
	if moved() {
		t.Error("a mended translation is still behind")
	}
}

func TestAGuideIsTranslatedChapterByChapter(t *testing.T) {
	w := world.New(t)
	posts, maelle := w.Posts(t), w.Member(t, "maelle", actor.Editor)
	guide := w.Guide(t, maelle, "L'hiver se passe dehors")
	said := community.Rewording{Language: "en", Rendering: community.Synthesis, Title: "Winter happens outdoors",
		Guide: &community.Chapters{Living: "Here you learn to read the sky.", Sections: []community.Section{
			{Heading: "Choose your hour", Text: "Look at the wind before the rain, and at the tide before both."}}}}
	if err := posts.Translate(t.Context(), maelle, guide.ID, said); err != nil {
		t.Fatal(err)
	}

	found, err := posts.Find(reading(t, "en"), w.Visitor(), guide.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Guide.Sections) != 1 || found.Guide.Sections[0].Heading != "Choose your hour" || found.Guide.Sections[0].By != maelle.Member ||
		found.Rendered() != community.Synthesis || len(found.Guide.Authors) != 1 {
		t.Errorf("the guide reads %+v", found.Guide)
	}
}

func TestATranslationIsRefusedWithAReason(t *testing.T) {
	w := world.New(t)
	posts, nolwenn, samuel := w.Posts(t), w.Member(t, "nolwenn", actor.Ambassador), w.Member(t, "samuel")
	tip := w.Tip(t, nolwenn, "Le bain de sept heures")
	gone := w.Tip(t, nolwenn, "Le banc au soleil, à midi")
	if err := posts.Delete(t.Context(), nolwenn, gone.ID); err != nil {
		t.Fatal(err)
	}
	in := func(language string) community.Rewording { said := swim; said.Language = language; return said }
	same := community.Rewording{Language: "en", Rendering: community.Translated, Title: tip.Title, Text: tip.Text}

	for name, one := range map[string]struct {
		post  *community.Post
		said  community.Rewording
		field string
	}{
		"without an original": {gone, swim, "original"}, "into its own language": {tip, in("fr"), "language"},
		"into no language": {tip, in("xx"), "language"}, "word for word": {tip, same, "title"},
		"without a text": {tip, community.Rewording{Language: "en", Rendering: community.Translated, Title: swim.Title}, "text"},
		"as written":     {tip, community.Rewording{Language: "en", Rendering: community.Written, Title: swim.Title, Text: swim.Text}, "rendering"},
	} {
		var invalid *fault.Invalid
		if err := posts.Translate(t.Context(), nolwenn, one.post.ID, one.said); !errors.As(err, &invalid) || invalid.Fields[0].Name != one.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := posts.Translate(t.Context(), samuel, tip.ID, swim); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody else's piece: %v", err)
	}
	if err := posts.Translate(t.Context(), w.Visitor(), tip.ID, swim); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor: %v", err)
	}
}

func TestWhatIsHiddenIsHiddenInEveryLanguage(t *testing.T) {
	w := world.New(t)
	posts, nolwenn := w.Posts(t), w.Member(t, "nolwenn", actor.Ambassador)
	tip := w.Tip(t, nolwenn, "Le bain de sept heures")
	if err := posts.Translate(t.Context(), nolwenn, tip.ID, swim); err != nil {
		t.Fatal(err)
	}
	w.Decide(t, posts, w.Tenant.ID, "post", tip.ID, community.Hidden)

	if _, err := posts.Find(reading(t, "en"), w.Visitor(), tip.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("the translation is read: %v", err)
	}
	found, err := posts.Search.Answer(reading(t, "en"), w.Tenant.ID, community.Query{Text: "towel"})
	if err != nil || found.Total != 0 {
		t.Errorf("the translation is found: %+v, %v", found, err)
	}
}

func TestSearchFindsAPieceInItsLanguagesAndTheReadersFirst(t *testing.T) {
	w := world.New(t)
	posts, nolwenn := w.Posts(t), w.Member(t, "nolwenn", actor.Ambassador)
	tip := w.Tip(t, nolwenn, "Le bain de sept heures")
	if err := posts.Translate(t.Context(), nolwenn, tip.ID, swim); err != nil {
		t.Fatal(err)
	}
	w.Tip(t, nolwenn, "Douarnenez au petit matin, seul")
	find := func(language, text string) *community.Found {
		found, err := posts.Search.Answer(reading(t, language), w.Tenant.ID, community.Query{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}

	if found := find("en", "towel"); found.Total != 1 || found.Hits[0].Title != swim.Title || found.Hits[0].Language != "en" {
		t.Errorf("English finds %+v", found)
	}
	if found := find("en", "serviette bain"); found.Total != 1 || found.Hits[0].Language != "fr" {
		t.Errorf("a French word finds %+v", found)
	}
	for language, first := range map[string]string{"en": swim.Title, "fr": "Douarnenez au petit matin, seul"} {
		found := find(language, "Douarnenez")
		if found.Total != 2 || len(found.Hits) != 2 || found.Hits[0].Title != first || found.Counts[community.Tip] != 2 {
			t.Errorf("in %s a place finds %d: %+v", language, found.Total, found.Hits)
		}
	}
	hints, err := posts.Search.Hints(reading(t, "fr"), w.Tenant.ID, "swim")
	if err != nil || len(hints) != 0 {
		t.Errorf("a reader of French is proposed %v, %v", hints, err)
	}
	if hints, _ := posts.Search.Hints(reading(t, "en"), w.Tenant.ID, "swim"); len(hints) != 1 {
		t.Errorf("a reader of English is proposed %v", hints)
	}
}
