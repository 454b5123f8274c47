package community_test

import (
	"slices"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/world"
)

func TestNobodySignsAGuideForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts, ctx := w.Posts(t), t.Context()
	anna, ben := w.Member(t, "anna", actor.Editor), w.Member(t, "ben")
	forged := func(draft *community.Draft) {
		draft.Guide.Authors = []id.ID{ben.Member}
		draft.Guide.Sections[0].By = ben.Member
	}
	var draft community.Draft
	guide := w.Guide(t, anna, "Marcher par tous les temps", forged, func(drafted *community.Draft) { draft = *drafted })
	check := func(when string) {
		t.Helper()
		found := find(t, w, guide.ID)
		if !slices.Equal(found.Guide.Authors, []id.ID{anna.Member}) {
			t.Errorf("%s: authors %v", when, found.Guide.Authors)
		}
		for _, section := range found.Guide.Sections {
			if section.By != anna.Member {
				t.Errorf("%s: %q is signed by another", when, section.Heading)
			}
		}
	}
	check("published")

	forged(&draft)
	if _, err := posts.Edit(ctx, anna, guide.ID, draft); err != nil {
		t.Fatal(err)
	}
	check("edited")
}
