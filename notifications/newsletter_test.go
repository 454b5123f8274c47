package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/work"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
)

// readers makes people who confirmed that they want the news: r0@example.net
// and so on.
func (h *house) readers(t *testing.T, count int) {
	t.Helper()
	rows := make([]notifications.Subscription, count)
	for n := range rows {
		rows[n] = notifications.Subscription{ID: id.New(h.Clock.Now()), Email: fmt.Sprintf("r%d@example.net", n), Language: "fr", News: true,
			CreatedAt: h.Clock.Now(), ConfirmedAt: h.Clock.Now()}
	}
	h.keep(t, &rows)
}

func (h *house) keep(t *testing.T, rows any) {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(rows).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// reader is one of them.
func (h *house) reader(t *testing.T, email string, change ...func(*notifications.Subscription)) *notifications.Subscription {
	t.Helper()
	row := &notifications.Subscription{ID: id.New(h.Clock.Now()), Email: email, Language: "fr", News: true, CreatedAt: h.Clock.Now(), ConfirmedAt: h.Clock.Now()}
	for _, change := range change {
		change(row)
	}
	h.keep(t, row)
	return row
}

// composed is a draft that says something.
func (h *house) composed(t *testing.T, editor actor.Actor, change ...func(*notifications.NewsletterDraft)) *notifications.Newsletter {
	t.Helper()
	row, err := h.newsletters.Start(t.Context(), editor)
	if err != nil {
		t.Fatal(err)
	}
	draft := notifications.NewsletterDraft{Purpose: notifications.ForNews, Language: "fr", Subject: "Ce que novembre nous garde",
		Parts: []notifications.Part{{Kind: notifications.TextPart, Text: "Bonjour à toutes et à tous,\n\nl'eau est à **13 degrés**. [L'agenda](/agenda) est là."}}}
	for _, change := range change {
		change(&draft)
	}
	if row, err = h.newsletters.Save(t.Context(), editor, row.ID, row.Version, draft); err != nil {
		t.Fatal(err)
	}
	return row
}

// goes lets a newsletter leave now.
func (h *house) goes(t *testing.T, editor actor.Actor, row *notifications.Newsletter) {
	t.Helper()
	if err := h.newsletters.Schedule(t.Context(), editor, row.ID, row.Version, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
}

func (h *house) newsletter(t *testing.T, editor actor.Actor, newsletter id.ID) *notifications.Newsletter {
	t.Helper()
	row, err := h.newsletters.Find(t.Context(), editor, newsletter)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func (h *house) figures(t *testing.T, editor actor.Actor, newsletter id.ID) notifications.NewsletterFigures {
	t.Helper()
	figures, err := h.newsletters.FiguresOf(t.Context(), editor, h.newsletter(t, editor, newsletter))
	if err != nil {
		t.Fatal(err)
	}
	return figures
}

// got counts the letters at each address.
func (h *house) got() map[string]int {
	counts := map[string]int{}
	for _, message := range h.sink.Messages() {
		counts[message.To[0]]++
	}
	return counts
}

// onceEach checks that so many readers got one letter, and nobody two.
func (h *house) onceEach(t *testing.T, readers int) {
	t.Helper()
	counts := h.got()
	if len(counts) != readers {
		t.Errorf("%d people got it, not %d", len(counts), readers)
	}
	for address, count := range counts {
		if count != 1 {
			t.Errorf("%s got %d", address, count)
		}
	}
}

func TestANewsletterGoesOutAtItsHourOnceToEach(t *testing.T) {
	h := newHouse(t)
	anna, editor := h.Member(t, "anna"), h.Member(t, "soazig", actor.Editor)
	bath := h.tip(t, anna, "Le bain de sept heures", 0)
	h.readers(t, 230)
	h.forget(t)
	row := h.composed(t, editor, func(d *notifications.NewsletterDraft) {
		d.Parts = append(d.Parts, notifications.Part{Kind: notifications.PiecePart, Piece: bath.ID},
			notifications.Part{Kind: notifications.AdPart, Title: "La Billig Bleue rouvre", Advertiser: "La Billig Bleue", URL: "https://billig.example/?a=1"})
	})
	hour := h.Clock.Now().Add(26 * time.Hour)
	if err := h.newsletters.Schedule(t.Context(), editor, row.ID, row.Version, hour); err != nil {
		t.Fatal(err)
	}

	h.at(hour.Add(-time.Minute))
	h.mustFollow(t)
	h.onceEach(t, 0)
	h.at(hour)
	h.mustFollow(t)

	h.onceEach(t, 230)
	letter := h.to("r7@example.net")[0]
	if letter.Subject() != "Ce que novembre nous garde" {
		t.Errorf("subject %q", letter.Subject())
	}
	for _, want := range []string{"La lettre n° 1, 25 novembre 2026", "l’eau est à 13 degrés", "Le bain de sept heures", "?lettre=1", "[Sponsorisé]",
		"La Billig Bleue paie pour être ici.", "https://billig.example/?a=1\n", "/lettres/1", notifications.EndSubscription, notifications.ChooseSubscription, "Envoyé par"} {
		if !strings.Contains(letter.Text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, letter.Text)
		}
	}
	if stop := letter.Header.Get("List-Unsubscribe"); !strings.Contains(stop, "<https://") || letter.Header.Get("List-Unsubscribe-Post") == "" {
		t.Errorf("unsubscribe by %q", stop)
	}
	_, tail, _ := strings.Cut(letter.Text, notifications.EndSubscription+"?")
	link, err := url.ParseQuery(strings.Fields(tail)[0])
	if err != nil {
		t.Fatal(err)
	}
	if found, purpose, err := h.subscriptions.UnsubscribeLink(t.Context(), h.Tenant, ownHost, link.Get("a"), link.Get("p"), link.Get("s")); err != nil || found.Email != "r7@example.net" || purpose != notifications.ForNews {
		t.Errorf("the link to leave finds %v: %v", found, err)
	}
	gone := h.newsletter(t, editor, row.ID)
	if gone.State != notifications.SentOut || gone.Number != 1 || gone.Readers != 230 {
		t.Errorf("it is %s, number %d, of %d", gone.State, gone.Number, gone.Readers)
	}
	if figures := h.figures(t, editor, row.ID); figures != (notifications.NewsletterFigures{Readers: 230, Sent: 230}) {
		t.Errorf("%+v", figures)
	}
}

func TestAPauseStopsWithinABatchAndNobodyIsLostOrWrittenToTwice(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 350)
	h.forget(t)
	row := h.composed(t, editor)
	h.goes(t, editor, row)
	// The newsletter begins, a first hundred is written down, then sent.
	for len(h.sink.Messages()) == 0 {
		if err := h.followOne(t, h.nextFact(t)); err != nil {
			t.Fatal(err)
		}
	}

	if err := h.newsletters.Pause(t.Context(), editor, row.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)

	if count := len(h.sink.Messages()); count > 100 {
		t.Errorf("%d letters went out", count)
	}
	if state := h.newsletter(t, editor, row.ID).State; state != notifications.PausedMail {
		t.Errorf("it is %s", state)
	}
	if err := h.newsletters.Pause(t.Context(), editor, row.ID); !errors.Is(err, fault.Conflict) {
		t.Errorf("paused twice: %v", err)
	}
	// Who pauses and resumes in haste leaves facts behind that are not to count twice.
	for range 2 {
		if err := h.newsletters.Resume(t.Context(), editor, row.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.newsletters.Pause(t.Context(), editor, row.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.newsletters.Resume(t.Context(), editor, row.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)

	h.onceEach(t, 350)
	if gone := h.newsletter(t, editor, row.ID); gone.State != notifications.SentOut || gone.Readers != 350 {
		t.Errorf("it is %s, of %d", gone.State, gone.Readers)
	}
}

func TestANewsletterThatIsStoppedForGoodGoesNoFurther(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 150)
	h.forget(t)
	row := h.composed(t, editor)
	h.goes(t, editor, row)
	for len(h.sink.Messages()) == 0 {
		if err := h.followOne(t, h.nextFact(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.followOne(t, h.nextFact(t)); err != nil { // the others are written down
		t.Fatal(err)
	}
	for _, step := range []func(context.Context, actor.Actor, id.ID) error{h.newsletters.Pause, h.newsletters.Stop} {
		if err := step(t.Context(), editor, row.ID); err != nil {
			t.Fatal(err)
		}
	}

	h.mustFollow(t)

	h.onceEach(t, 100)
	if err := h.newsletters.Resume(t.Context(), editor, row.ID); !errors.Is(err, fault.Conflict) {
		t.Errorf("resumed: %v", err)
	}
	if stuck, err := h.letters.Undelivered(t.Context()); err != nil || len(stuck) != 0 {
		t.Errorf("what was stopped on purpose is there to be repaired: %v, %v", stuck, err)
	}
}

func TestALetterThatFailedIsSentAgainAlsoWhenTheNewsletterIsOver(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 5)
	h.forget(t)
	h.sink.Reject("r3@example.net", 554, [3]int{5, 7, 1})
	row := h.composed(t, editor)
	h.goes(t, editor, row)
	h.mustFollow(t)
	h.onceEach(t, 4)
	if state := h.newsletter(t, editor, row.ID).State; state != notifications.SentOut {
		t.Fatalf("it is %s", state)
	}

	h.sink.Admit("r3@example.net")
	again, err := h.letters.SendAgain(t.Context(), 1, work.Of{Tenant: h.Tenant.ID, Kind: notifications.NewsletterKind})
	if err != nil || again != 1 {
		t.Fatalf("%d letters go again: %v", again, err)
	}
	h.mustFollow(t)

	h.onceEach(t, 5)
	if figures := h.figures(t, editor, row.ID); figures != (notifications.NewsletterFigures{Readers: 5, Sent: 5}) {
		t.Errorf("%+v", figures)
	}
}

// cut is a context that is over after somebody has asked so often whether it is.
type cut struct {
	context.Context
	left *int
}

func (c cut) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return c.Context.Err()
}

func TestAWorkerThatIsKilledInTheMiddleSendsNothingTwice(t *testing.T) {
	for _, after := range []int{1, 20, 47, 90} {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			h := newHouse(t)
			editor := h.Member(t, "soazig", actor.Editor)
			h.readers(t, 120)
			h.forget(t)
			h.goes(t, editor, h.composed(t, editor))
			row := h.nextFact(t)
			for row.Fact != notifications.DigestWritten {
				if err := h.followOne(t, row); err != nil {
					t.Fatal(err)
				}
				row = h.nextFact(t)
			}
			left := after
			done := func(context.Context, database.Tx) error { return nil }
			if err := h.when[row.Fact].Outside(cut{t.Context(), &left}, h.Tenant.ID, row.Payload, done); err == nil {
				t.Fatal("nothing was cut off")
			}
			if count := len(h.sink.Messages()); count >= 100 {
				t.Fatalf("%d letters had gone", count)
			}

			h.Clock.Forward(time.Minute)
			h.mustFollow(t)

			h.onceEach(t, 120)
		})
	}
}

func TestOnlyWhoAgreesWhenItLeavesGetsIt(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	anna := h.Member(t, "anna")
	member, err := h.members.ByID(t.Context(), h.Tenant.ID, anna.Member)
	if err != nil {
		t.Fatal(err)
	}
	h.reader(t, "yes@example.net")
	h.reader(t, "anna@example.org", func(s *notifications.Subscription) { s.MemberID = member.ID })
	h.reader(t, "anna.bis@example.net", func(s *notifications.Subscription) { s.MemberID = member.ID })
	h.reader(t, "waits@example.net", func(s *notifications.Subscription) { s.ConfirmedAt = time.Time{} })
	h.reader(t, "offers@example.net", func(s *notifications.Subscription) { s.News, s.Offers = false, true })
	before, between := h.reader(t, "left.before@example.net"), h.reader(t, "left.between@example.net")
	h.reader(t, "suppressed@example.net")
	if err := h.letters.Senders.Refuse(t.Context(), h.Tenant.ID, "suppressed@example.net", "", notifications.Complaint); err != nil {
		t.Fatal(err)
	}
	h.forget(t)
	row := h.composed(t, editor)
	hour := h.Clock.Now().Add(time.Hour)
	if err := h.newsletters.Schedule(t.Context(), editor, row.ID, row.Version, hour); err != nil {
		t.Fatal(err)
	}
	leave := func(who *notifications.Subscription) {
		t.Helper()
		if err := h.subscriptions.End(t.Context(), h.Tenant.ID, who.ID, notifications.ForNews, notifications.Proof{Way: notifications.ByOneClick}); err != nil {
			t.Fatal(err)
		}
	}
	leave(before)
	h.at(hour)
	for h.nextFact(t).Fact != notifications.DigestWritten {
		if err := h.followOne(t, h.nextFact(t)); err != nil {
			t.Fatal(err)
		}
	}
	h.Clock.Forward(time.Minute)
	leave(between)
	h.reader(t, "late@example.net")
	h.mustFollow(t)

	got := slices.Sorted(maps.Keys(h.got()))
	if want := []string{"anna@example.org", "yes@example.net"}; !slices.Equal(got, want) {
		t.Errorf("%v got it", got)
	}
	h.onceEach(t, 2)
	figures := h.figures(t, editor, row.ID)
	if figures.Sent != 2 || figures.Withheld != 2 || figures.Left != 1 || figures.Failed != 0 || !figures.Few() {
		t.Errorf("%+v", figures)
	}
}

func TestAnAudienceIsAllOfWhatIsAskedOfIt(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	anna, ben, chloe := h.Member(t, "anna"), h.Member(t, "ben"), h.Member(t, "chloe")
	group := h.Group(t, "Les Maillots", anna, ben)
	for _, one := range []actor.Actor{anna, ben, chloe} {
		h.reader(t, fmt.Sprintf("%d@example.org", one.Member), func(s *notifications.Subscription) { s.MemberID = one.Member })
	}
	h.reader(t, "come@example.net", func(s *notifications.Subscription) { s.Entrance = membership.WantsToCome })
	h.reader(t, "english@example.net", func(s *notifications.Subscription) { s.Language = "en" })
	if err := h.members.ChooseEntrance(t.Context(), ben, membership.WantsToCome); err != nil {
		t.Fatal(err)
	}
	h.SignIn(t, chloe)
	h.Clock.Forward(10 * 24 * time.Hour)
	h.SignIn(t, anna)

	for name, try := range map[string]struct {
		audience notifications.Audience
		want     int
		public   bool
	}{
		"everyone":              {notifications.Audience{}, 5, true},
		"a group":               {notifications.Audience{Groups: []id.ID{group.ID}}, 2, false},
		"a door":                {notifications.Audience{Entrances: []membership.Entrance{membership.WantsToCome}}, 2, false},
		"a group's door":        {notifications.Audience{Groups: []id.ID{group.ID}, Entrances: []membership.Entrance{membership.WantsToCome}}, 1, false},
		"French":                {notifications.Audience{Languages: []string{"fr"}}, 4, true},
		"who came this week":    {notifications.Audience{Activity: notifications.Lately, Days: 7}, 1, false},
		"who came this month":   {notifications.Audience{Activity: notifications.Lately, Days: 30}, 2, false},
		"who did not this week": {notifications.Audience{Activity: notifications.NotLately, Days: 7}, 2, false},
		"who has no account":    {notifications.Audience{Activity: notifications.NoAccount}, 2, false},
	} {
		row := &notifications.Newsletter{NewsletterDraft: notifications.NewsletterDraft{Purpose: notifications.ForNews, Audience: try.audience}}
		found, err := h.newsletters.Recipients(t.Context(), editor, row)
		if err != nil {
			t.Fatal(name, err)
		}
		if found.Total != try.want || found.Members+found.Others != found.Total || len(found.Sample) != try.want || row.Public() != try.public {
			t.Errorf("%s: %+v, public %v", name, found, row.Public())
		}
	}
}

func TestTwoEditorsOnOneDraft(t *testing.T) {
	h := newHouse(t)
	soazig, maelle := h.Member(t, "soazig", actor.Editor), h.Member(t, "maelle", actor.Editor)
	row := h.composed(t, soazig)
	theirs := row.NewsletterDraft
	theirs.Subject = "L'autre version"
	if _, err := h.newsletters.Save(t.Context(), maelle, row.ID, row.Version, theirs); err != nil {
		t.Fatal(err)
	}

	if _, err := h.newsletters.Save(t.Context(), soazig, row.ID, row.Version, row.NewsletterDraft); !errors.Is(err, fault.Conflict) {
		t.Errorf("saved over it: %v", err)
	}
	if err := h.newsletters.Schedule(t.Context(), soazig, row.ID, row.Version, h.Clock.Now()); !errors.Is(err, fault.Conflict) {
		t.Errorf("sent what was not looked at: %v", err)
	}
	if kept := h.newsletter(t, soazig, row.ID); kept.Subject != "L'autre version" || kept.SavedBy != maelle.Member {
		t.Errorf("%q, by %s", kept.Subject, kept.SavedBy)
	}
}

func TestANewsletterIsAnotherCommunitysOrNoEditorsBusiness(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	row := h.composed(t, editor)
	foreign := h.MemberOf(t, h.Neighbour, "yann", actor.Editor)
	for name, who := range map[string]actor.Actor{"a foreign editor": foreign, "a member": h.Member(t, "ben"), "a moderator": h.Member(t, "gwen", actor.Moderator), "a visitor": h.Visitor()} {
		_, found := h.newsletters.Find(t.Context(), who, row.ID)
		_, saved := h.newsletters.Save(t.Context(), who, row.ID, row.Version, row.NewsletterDraft)
		for _, err := range []error{found, saved, h.newsletters.Try(t.Context(), who, row.ID), h.newsletters.Drop(t.Context(), who, row.ID), h.newsletters.Pause(t.Context(), who, row.ID),
			h.newsletters.Schedule(t.Context(), who, row.ID, row.Version, h.Clock.Now())} {
			if !errors.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestASubjectCarriesNoHeader(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.reader(t, "yes@example.net")
	h.forget(t)
	h.goes(t, editor, h.composed(t, editor, func(d *notifications.NewsletterDraft) {
		d.Subject = "Bonjour\r\nBcc: all@example.net\r\n\r\n<b>là</b>"
	}))

	h.mustFollow(t)

	letter := h.to("yes@example.net")[0]
	if letter.Header.Get("Bcc") != "" || letter.Subject() != "Bonjour Bcc: all@example.net <b>là</b>" || strings.Contains(letter.HTML, "<b>là") {
		t.Errorf("subject %q, headers %v", letter.Subject(), letter.Header)
	}
}

func TestAPieceThatIsHiddenMeanwhileIsLeftOut(t *testing.T) {
	h := newHouse(t)
	editor, anna := h.Member(t, "soazig", actor.Editor), h.Member(t, "anna")
	bath, soup := h.tip(t, anna, "Le bain de sept heures", 0), h.tip(t, anna, "La soupe du lundi", 0)
	h.reader(t, "yes@example.net")
	h.forget(t)
	piece := func(post *community.Post) notifications.Part {
		return notifications.Part{Kind: notifications.PiecePart, Piece: post.ID}
	}
	both := h.composed(t, editor, func(d *notifications.NewsletterDraft) { d.Parts = append(d.Parts, piece(bath), piece(soup)) })
	alone := h.composed(t, editor, func(d *notifications.NewsletterDraft) { d.Parts = []notifications.Part{piece(bath)} })
	hour := h.Clock.Now().Add(time.Hour)
	for _, row := range []*notifications.Newsletter{both, alone} {
		if err := h.newsletters.Schedule(t.Context(), editor, row.ID, row.Version, hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.posts.Delete(t.Context(), anna, bath.ID); err != nil {
		t.Fatal(err)
	}

	h.at(hour)
	h.mustFollow(t)

	arrived := h.to("yes@example.net")
	if len(arrived) != 1 || strings.Contains(arrived[0].Text, bath.Title) || !strings.Contains(arrived[0].Text, soup.Title) {
		t.Errorf("%d letters", len(arrived))
	}
	if row := h.newsletter(t, editor, alone.ID); row.State != notifications.Drafted || row.Problem != "error.newsletter.empty" || row.Number != 0 {
		t.Errorf("a letter that says nothing is %s: %q", row.State, row.Problem)
	}
}

func TestOffersSayThatTheyAreAdvertising(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.reader(t, "news@example.net")
	h.reader(t, "offers@example.net", func(s *notifications.Subscription) { s.Offers = true })
	h.forget(t)
	row := h.composed(t, editor, func(d *notifications.NewsletterDraft) {
		d.Purpose = notifications.ForOffers
		d.Parts = append(d.Parts, notifications.Part{Kind: notifications.AdPart, Title: "Deux galettes pour une", Advertiser: "La Billig Bleue", URL: "https://billig.example"})
	})
	if err := h.newsletters.Schedule(t.Context(), editor, row.ID, row.Version, h.Clock.Now()); err == nil {
		t.Fatal("it leaves without the conditions")
	}
	draft := row.NewsletterDraft
	draft.Conditions = "Jusqu'au 31 décembre, une fois par personne."
	row, err := h.newsletters.Save(t.Context(), editor, row.ID, row.Version, draft)
	if err != nil {
		t.Fatal(err)
	}
	h.goes(t, editor, row)

	h.mustFollow(t)

	h.onceEach(t, 1)
	letter := h.to("offers@example.net")[0]
	if !strings.HasPrefix(letter.Subject(), "Publicité · ") || !strings.Contains(letter.Text, "Ceci est de la publicité") || !strings.Contains(letter.Text, "Jusqu’au 31 décembre") || strings.Contains(letter.Text, "/lettres/") {
		t.Errorf("%s\n%s", letter.Subject(), letter.Text)
	}
}

func TestATrialGoesToItsEditorAlone(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 3)
	h.forget(t)
	row := h.composed(t, editor)

	if err := h.newsletters.Try(t.Context(), editor, row.ID); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)

	h.onceEach(t, 1)
	if arrived := h.to("soazig@example.org"); len(arrived) != 1 || !strings.HasPrefix(arrived[0].Subject(), "[Essai] ") {
		t.Errorf("%d letters", len(arrived))
	}
	tried := 1
	for ; tried < 100; tried++ {
		if err := h.newsletters.Try(t.Context(), editor, row.ID); errors.Is(err, fault.TooMany) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if tried != 20 {
		t.Errorf("%d tries in an hour", tried)
	}
}

func TestWhatTheQuotaPutsOffStillSaysWhatTheEditorsWrote(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 5)
	if err := h.letters.Senders.Save(t.Context(), h.Tenant.ID, 7, notifications.Choice{Quota: 2}); err != nil {
		t.Fatal(err)
	}
	h.forget(t)
	row := h.composed(t, editor)
	h.goes(t, editor, row)
	for day := range 4 {
		h.mustFollow(t)
		if day == 0 {
			h.onceEach(t, 2)
			if state := h.newsletter(t, editor, row.ID).State; state != notifications.GoingOut {
				t.Errorf("it is %s while letters wait for tomorrow", state)
			}
		}
		h.Clock.Forward(24 * time.Hour)
	}

	h.onceEach(t, 5)
	for _, message := range h.sink.Messages() {
		if !strings.Contains(message.Text, "13 degrés") {
			t.Errorf("%s got:\n%s", message.To[0], message.Text)
		}
	}
	if state := h.newsletter(t, editor, row.ID).State; state != notifications.SentOut {
		t.Errorf("it is %s", state)
	}
}

func TestWhoGotANewsletterIsForgottenAndItsFiguresStay(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.readers(t, 5)
	anna := h.Member(t, "anna")
	h.reader(t, "anna@example.org", func(row *notifications.Subscription) { row.MemberID = anna.Member })
	h.forget(t)
	row := h.composed(t, editor)
	h.goes(t, editor, row)
	h.mustFollow(t)
	before := h.figures(t, editor, row.ID)
	own, err := h.subscriptions.Own(t.Context(), anna)
	if err != nil || len(own.Received) != 1 || own.Received[0].Subject != "Ce que novembre nous garde" || own.Received[0].Number != 1 || own.Received[0].SentAt.IsZero() {
		t.Errorf("anna takes along %+v, %v", own, err)
	}

	h.Clock.Forward(61 * 24 * time.Hour)
	if err := h.newsletters.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}

	if after := h.figures(t, editor, row.ID); after != before || after.Sent != 6 {
		t.Errorf("%+v became %+v", before, after)
	}
	left := 0
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Query(ctx, &left, `SELECT count(*) FROM newsletter_readers WHERE tenant_id = ?tenant`)
	}); err != nil || left != 0 {
		t.Errorf("%d readers are still known: %v", left, err)
	}
	if own, err = h.subscriptions.Own(t.Context(), anna); err != nil || len(own.Received) != 0 {
		t.Errorf("anna takes along %+v, %v", own, err)
	}
}

func TestTheFootOfALetterIsInTheReadersLanguage(t *testing.T) {
	h := newHouse(t)
	editor := h.Member(t, "soazig", actor.Editor)
	h.reader(t, "english@example.net", func(s *notifications.Subscription) { s.Language = "en" })
	h.forget(t)
	h.goes(t, editor, h.composed(t, editor))

	h.mustFollow(t)

	letter := h.to("english@example.net")[0]
	if !strings.Contains(letter.Text, "13 degrés") || !strings.Contains(letter.Text, "Stop the letter") || !strings.Contains(letter.HTML, `lang="en"`) || !strings.Contains(letter.HTML, `<html lang="fr">`) {
		t.Errorf("%s", letter.Text)
	}
}
