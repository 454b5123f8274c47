package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/site/asking"
)

type askingSite struct {
	*site
	asking *notifications.Asking
}

func openAsking(t *testing.T) *askingSite {
	s := &askingSite{site: open(t)}
	s.asking = &notifications.Asking{Letters: s.letters(), Members: s.Members(), Groups: s.Groups(), Posts: s.Posts(t)}
	asking.Mount(s.routes, s.asking)
	return s
}

func (s *askingSite) askable(t *testing.T, who actor.Actor) *membership.Askable {
	t.Helper()
	found, err := s.asking.Members.Askable(t.Context(), who.Tenant, who.Member)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAMemberAgreesToBeAskedAndChangesTheirMind(t *testing.T) {
	s := openAsking(t)
	has(t, s.get(asking.Path), http.StatusSeeOther)
	s.who = s.Member(t, "ben")
	has(t, s.get(asking.Path), http.StatusOK, "On peut te demander")
	has(t, s.post(asking.Path, url.Values{"agreed": {"yes"}, "places": {" , "}}), http.StatusUnprocessableEntity, "au moins un sujet")
	has(t, s.post(asking.Path, url.Values{"agreed": {"yes"}, "topics": {"mer"}, "places": {"Tréboul, treboul,  Plogoff"}}), http.StatusSeeOther)
	if got := s.askable(t, s.who); !got.Agreed || len(got.Topics) != 1 || len(got.Places) != 2 {
		t.Errorf("%+v", got)
	}
	has(t, s.get(asking.Path), http.StatusOK, `value="Tréboul, Plogoff"`)
	has(t, s.post(asking.Path, url.Values{"topics": {"mer"}}), http.StatusSeeOther)
	if got := s.askable(t, s.who); got.Agreed || len(got.Topics) != 0 {
		t.Errorf("%+v", got)
	}
	var given []bool
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &given, `SELECT given FROM consents WHERE tenant_id = ?tenant AND kind = 'asked' AND member_id = ?0 ORDER BY id`, s.who.Member)
	}); err != nil || len(given) != 2 {
		t.Errorf("consents are not noted: %v, %v", given, err)
	}
}

func TestOneClickSaysNotMe(t *testing.T) {
	s := openAsking(t)
	anna, ben := s.Member(t, "anna", actor.Ambassador), s.Member(t, "ben")
	if err := s.asking.Members.SaveAskable(t.Context(), ben, true, []string{"mer"}, nil); err != nil {
		t.Fatal(err)
	}
	question := s.Question(t, anna, "Où nager quand la mer est grosse ?")
	if err := s.asking.Published(t.Context(), s.Tenant.ID, []byte(`{"id":"`+question.ID.String()+`","kind":"question"}`)); err != nil {
		t.Fatal(err)
	}
	var asked []id.ID
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &asked, `SELECT id FROM asked WHERE tenant_id = ?tenant AND passed_at IS NULL`)
	}); err != nil || len(asked) != 1 {
		t.Fatalf("%v, %v", asked, err)
	}
	link := notifications.PassPath(s.Tenant, host, asked[0])

	has(t, s.get(link), http.StatusOK, "Où nager quand", `method="post"`)
	has(t, s.post(link+"x", nil), http.StatusNotFound)
	for range 2 {
		has(t, s.post(link, nil), http.StatusOK, "on demande ailleurs")
	}
	if !s.askable(t, ben).Agreed {
		t.Error("not me, once, is not never")
	}
	has(t, s.post(link, url.Values{"encore": {"non"}}), http.StatusOK, "entendu")
	if s.askable(t, ben).Agreed {
		t.Error("never is asked again")
	}
	if err := s.Posts(t).Delete(t.Context(), anna, question.ID); err != nil {
		t.Fatal(err)
	}
	has(t, s.get(link), http.StatusOK, "on demande ailleurs")
}
