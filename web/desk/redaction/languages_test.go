package redaction_test

import (
	"net/http"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
)

func TestTheMorningShowsTranslationsThatWereLeftBehind(t *testing.T) {
	h := open(t)
	nolwenn := h.Member(t, "nolwenn", actor.Ambassador)
	tip := h.Tip(t, nolwenn, "Le bain de sept heures")
	said := community.Rewording{Language: "en", Rendering: community.Translated, Title: "The seven o'clock swim", Text: "We walk down the slip every morning."}
	if err := h.posts.Translate(t.Context(), nolwenn, tip.ID, said); err != nil {
		t.Fatal(err)
	}
	draft := community.Draft{Kind: community.Tip, Title: "Le bain de huit heures", Text: "On descend la cale à huit heures, maintenant."}
	if _, err := h.posts.Edit(t.Context(), nolwenn, tip.ID, draft); err != nil {
		t.Fatal(err)
	}

	h.has(t, h.send(http.MethodGet, "/redaction"), "Traductions à reprendre", `href="/publications/`+tip.ID.String()+`/traduire/en" lang="en"`)
}
