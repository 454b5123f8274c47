package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/site/letter"
)

// letterSite is the pages as somebody meets them who has not signed in.
type letterSite struct {
	*site
	anna actor.Actor
	link string
}

func openLetter(t *testing.T) *letterSite {
	s := &letterSite{site: open(t)}
	s.anna = s.Member(t, "anna")
	letter.Mount(s.routes, &notifications.Digest{Letters: s.letters(), Members: s.Members(), Posts: s.Posts(t)})
	s.link = notifications.StopPath(s.Tenant, host, s.anna.Member)
	return s
}

// oneClick is what a mail program sends (RFC 8058).
var oneClick = form("List-Unsubscribe", "One-Click")

func (s *letterSite) digest(t *testing.T) string {
	t.Helper()
	member, err := s.Members().ByID(t.Context(), s.Tenant.ID, s.anna.Member)
	if err != nil {
		t.Fatal(err)
	}
	return member.Digest
}

func TestOpeningTheLinkChangesNothing(t *testing.T) {
	s := openLetter(t)

	answer := s.get(s.link)

	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `method="post"`) {
		t.Errorf("%d: %s", answer.Code, answer.Body)
	}
	if strings.Contains(answer.Body.String(), "anna@example.org") {
		t.Error("whoever was forwarded the letter learns the address")
	}
	if s.digest(t) != membership.Weekly {
		t.Error("a mail scanner stopped the digest")
	}
}

func TestOneClickOfTheMailProgramStopsTheDigest(t *testing.T) {
	s := openLetter(t)

	for range 2 {
		if answer := s.post(s.link, oneClick); answer.Code != http.StatusOK {
			t.Errorf("%d: %s", answer.Code, answer.Body)
		}
	}

	if s.digest(t) != membership.Never {
		t.Error("the digest goes on")
	}
}

func TestOneStopsAndTakesTheDigestUpAgain(t *testing.T) {
	s := openLetter(t)

	stopped := s.post(s.link, form("arreter", "1"))
	if s.digest(t) != membership.Never || !strings.Contains(stopped.Body.String(), "/lettre/reprendre?") {
		t.Fatalf("%d: %s", stopped.Code, stopped.Body)
	}
	_, query, _ := strings.Cut(s.link, "?")
	resumed := s.post("/lettre/reprendre?"+query, form("oui", "1"))

	if resumed.Code != http.StatusOK || s.digest(t) != membership.Weekly {
		t.Errorf("%d: %s", resumed.Code, resumed.Body)
	}
}

func TestALinkThatWasNotSignedHereIsNotFound(t *testing.T) {
	s := openLetter(t)
	other := s.Member(t, "bob")
	forged, _ := url.Parse(s.link)
	query := forged.Query()
	query.Set("m", other.Member.String())
	forged.RawQuery = query.Encode()

	for name, answer := range map[string]*httptest.ResponseRecorder{
		"another member":    s.post(forged.String(), oneClick),
		"another community": s.send(s.Neighbour, request(http.MethodPost, s.link, oneClick)),
		"no signature":      s.get("/lettre/arreter"),
	} {
		if answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if s.digest(t) != membership.Weekly {
		t.Error("a forged link stopped the digest")
	}
}

func TestOneReadsWhatOneWasSentAndWhy(t *testing.T) {
	s := openLetter(t)
	has(t, s.get("/moi/lettres"), http.StatusSeeOther)
	s.who = s.anna
	has(t, s.get("/moi/lettres"), http.StatusOK, "Pas encore de lettre.")
	tip := s.Tip(t, s.Member(t, "erwan", actor.Ambassador), "Le four refroidit, il cuit encore")
	digest := &notifications.Digest{Letters: s.letters(), Members: s.Members(), Groups: s.Groups(), Posts: s.Posts(t)}
	part := fmt.Appendf(nil, `{"issue": 3, "since": %q, "members": [%q]}`, s.Clock.Now().AddDate(0, 0, -1).Format(time.RFC3339), s.anna.Member.String())
	if err := digest.WriteBatch(t.Context(), s.Tenant.ID, part); err != nil {
		t.Fatal(err)
	}

	has(t, s.get("/moi/lettres"), http.StatusOK, "N° 3", tip.Path(), "Nouveau ici cette semaine-là")
}
