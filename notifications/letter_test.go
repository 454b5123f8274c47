package notifications_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
)

// queue lets one letter wait, and returns its fact.
func queue(t *testing.T, h *house, address string) *outbox.Row {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return h.letters.Write(ctx, tx, notifications.Reader{Email: address, Language: "fr"}, func(s letters.Sender) letters.Letter {
			return letters.Welcome(s, "Anna")
		})
	}); err != nil {
		t.Fatal(err)
	}
	return h.nextFact(t)
}

func TestALetterArrivesOnceWithTextAndHTML(t *testing.T) {
	h := newHouse(t)
	queue(t, h, "anna@example.org")

	h.mustFollow(t)
	h.mustFollow(t)

	arrived := h.sink.Messages()
	if len(arrived) != 1 {
		t.Fatalf("%d letters arrived", len(arrived))
	}
	message := arrived[0]
	if message.Subject() != "Te voilà à Cornouaille" || message.From != "bonjour@cornouaille.kumun.test" {
		t.Errorf("%q from %s", message.Subject(), message.From)
	}
	if !strings.Contains(message.Text, "https://cornouaille.kumun.test/groupes") || !strings.Contains(message.HTML, "https://cornouaille.kumun.test/groupes") {
		t.Errorf("no link in:\n%s", message.Text)
	}
	if kept := h.kept(t)[0]; "<"+kept.MessageID+">" != message.Header.Get("Message-Id") || kept.State != notifications.Sent {
		t.Errorf("kept as %s, %s; sent as %s", kept.MessageID, kept.State, message.Header.Get("Message-Id"))
	}
	if from := message.Header.Get("From"); !strings.Contains(from, "Cornouaille") {
		t.Errorf("From: %s", from)
	}
}

func TestACrashBetweenSendingAndNotingRepeatsTheSameMessage(t *testing.T) {
	h := newHouse(t)
	fact := queue(t, h, "anna@example.org")
	killed := errors.New("killed")

	err := h.letters.Send(t.Context(), h.Tenant.ID, fact.Payload, func(context.Context, database.Tx) error { return killed })
	if !errors.Is(err, killed) {
		t.Fatalf("got %v", err)
	}
	h.mustFollowOne(t, fact) // too early: the first attempt may still be at work
	if count := len(h.sink.Messages()); count != 1 {
		t.Fatalf("%d messages while the first is in flight", count)
	}
	h.Clock.Forward(inFlight)
	h.mustFollow(t)
	h.mustFollow(t)

	arrived := h.sink.Messages()
	if len(arrived) != 2 || arrived[0].Header.Get("Message-Id") != arrived[1].Header.Get("Message-Id") {
		t.Errorf("%d messages", len(arrived))
	}
	if kept := h.kept(t)[0]; kept.State != notifications.Sent || kept.Attempts != 2 {
		t.Errorf("%s after %d attempts", kept.State, kept.Attempts)
	}
}

func (h *house) mustFollowOne(t *testing.T, row *outbox.Row) {
	t.Helper()
	if err := h.followOne(t, row); err != nil {
		t.Fatal(err)
	}
}

func TestWorkersSideBySideSendALetterOnce(t *testing.T) {
	h := newHouse(t)
	fact := queue(t, h, "anna@example.org")

	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			if err := h.followOne(t, fact); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()

	if count := len(h.sink.Messages()); count != 1 {
		t.Errorf("%d messages", count)
	}
	if h.nextFact(t) != nil {
		t.Error("the letter still waits")
	}
}

func TestALetterThatIsPutOffIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	queue(t, h, "anna@example.org")
	h.sink.RefuseNext(1)

	if err := h.follow(t); err == nil {
		t.Error("a refusal passed for a success")
	}
	if kept := h.kept(t)[0]; kept.State != notifications.Queued || kept.Problem == "" {
		t.Errorf("%s, problem %q", kept.State, kept.Problem)
	}
	h.mustFollow(t)

	if kept := h.kept(t)[0]; kept.State != notifications.Sent || kept.Problem != "" || len(h.sink.Messages()) != 1 {
		t.Errorf("%s, problem %q, %d messages", kept.State, kept.Problem, len(h.sink.Messages()))
	}
}

func TestALetterToNoAddressIsGivenUp(t *testing.T) {
	h := newHouse(t)
	queue(t, h, "not an address")

	h.mustFollow(t)

	if kept := h.kept(t)[0]; kept.State != notifications.Failed || kept.Problem == "" || h.nextFact(t) != nil {
		t.Errorf("%s, problem %q", kept.State, kept.Problem)
	}
}

func TestAServerThatHangsUpIsCalledAgain(t *testing.T) {
	h := newHouse(t)
	queue(t, h, "anna@example.org")
	h.mustFollow(t)
	h.sink.RefuseNext(1) // the sender drops a connection that refused
	queue(t, h, "bob@example.org")
	_ = h.follow(t)
	h.mustFollow(t)

	if len(h.to("bob@example.org")) != 1 {
		t.Errorf("%d letters to bob", len(h.to("bob@example.org")))
	}
}

func TestNothingTypedBecomesAHeader(t *testing.T) {
	h := newHouse(t)
	sender, err := mail.Dial(h.sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()

	err = sender.Send(t.Context(), mail.Letter{MessageID: "1@kumun.test", FromName: "Anna\r\nBcc: eve@example.org", From: "bonjour@kumun.test",
		To: "anna@example.org", Subject: "Bonjour\r\nBcc: eve@example.org\r\n\r\nhm", Text: "a", HTML: "b", Date: time.Now(),
		Headers: map[string]string{"Reply-To": "x@example.org\r\nBcc: eve@example.org"}})
	if err != nil {
		t.Fatal(err)
	}

	message := h.sink.Messages()[0]
	if len(message.To) != 1 || message.Header.Get("Bcc") != "" || strings.Contains(message.Header.Get("Subject"), "\n") {
		t.Errorf("to %v:\n%s", message.To, message.Raw)
	}
}

func TestASignInLetterHoldsTheCodeAndIsForgotten(t *testing.T) {
	h := newHouse(t)
	h.Member(t, "anna")
	h.forget(t)
	if _, err := h.members.RequestSignIn(t.Context(), h.Visitor(), membership.Ask{Email: "anna@example.org", Origin: "1"}); err != nil {
		t.Fatal(err)
	}
	fact, err := readCode(h.nextFact(t))
	if err != nil {
		t.Fatal(err)
	}

	h.mustFollow(t)

	message := h.to("anna@example.org")[0]
	for _, want := range []string{fact.Code[:3] + " " + fact.Code[3:], "https://cornouaille.kumun.test" + fact.Path, "Anna"} {
		if !strings.Contains(message.Text, want) || !strings.Contains(message.HTML, want) {
			t.Errorf("the letter lacks %q:\n%s", want, message.Text)
		}
	}
	if kept := h.kept(t)[0]; kept.Text != "" || kept.HTML != "" || strings.Contains(kept.Subject, fact.Code) {
		t.Error("the code is kept")
	}
}

func readCode(row *outbox.Row) (fact membership.SignInRequested, err error) {
	return fact, json.Unmarshal(row.Payload, &fact)
}

func TestAnUnknownAddressIsInvitedAndGetsNoCode(t *testing.T) {
	h := newHouse(t)
	if _, err := h.members.RequestSignIn(t.Context(), h.Visitor(), membership.Ask{Email: "eve@example.org", Origin: "1"}); err != nil {
		t.Fatal(err)
	}

	h.mustFollow(t)

	message := h.to("eve@example.org")[0]
	if !strings.Contains(message.Text, "/inscription") || strings.Contains(message.Text, "/connexion") {
		t.Error(message.Text)
	}
}

func TestImportedMembersAreNotWelcomedNewcomersAre(t *testing.T) {
	h := newHouse(t)
	for name, joined := range map[string]time.Time{"old": h.Clock.Now().AddDate(-1, 0, 0), "new": h.Clock.Now()} {
		if _, err := h.members.Admit(t.Context(), h.Tenant.ID, membership.Newcomer{Email: name + "@example.org", Name: "Somebody " + name, JoinedAt: joined}); err != nil {
			t.Fatal(err)
		}
	}

	h.mustFollow(t)

	if len(h.to("old@example.org")) != 0 || len(h.to("new@example.org")) != 1 {
		t.Errorf("%d to the old, %d to the new", len(h.to("old@example.org")), len(h.to("new@example.org")))
	}
}

func TestReporterAndAuthorLearnWhatWasDecidedAndWhy(t *testing.T) {
	h := newHouse(t)
	author, moderator := h.Member(t, "anna"), h.Member(t, "mod", actor.Moderator)
	post := h.tip(t, author, "Le bain de sept heures", 0)
	h.forget(t)
	notice, err := h.moderation.Report(t.Context(), h.Visitor(), moderation.Report{Kind: "post", Piece: post.ID, Category: "privacy",
		Explanation: "Il y a mon adresse dans ce texte.", Name: "Rozenn", Email: "rozenn@example.org", GoodFaith: true, Address: "1", Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
	if received := h.to("rozenn@example.org"); len(received) != 1 || !strings.Contains(received[0].Text, notice.Reference) {
		t.Fatalf("%d letters to the reporter", len(received))
	}

	if err := h.moderation.Claim(t.Context(), moderator, notice.CaseID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.moderation.Decide(t.Context(), moderator, notice.CaseID, moderation.Verdict{Action: moderation.Hide,
		Ground: "private_data", Explanation: "Le texte donne l'adresse d'une voisine."}, words.For("fr", "tu", nil)); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)

	toAuthor := h.to("anna@example.org")
	if len(toAuthor) != 1 {
		t.Fatalf("%d letters to the author", len(toAuthor))
	}
	for what, want := range map[string]string{"explanation": "adresse d’une voisine", "law": "RGPD", "piece": "Le bain de sept heures", "last day to complain": "24 mai 2027"} {
		if !strings.Contains(toAuthor[0].Text, want) || !strings.Contains(toAuthor[0].HTML, want) {
			t.Errorf("the author does not learn the %s (%q):\n%s", what, want, toAuthor[0].Text)
		}
	}
	if strings.Contains(toAuthor[0].Text, "Rozenn") {
		t.Error("the author learns who reported")
	}
	if toReporter := h.to("rozenn@example.org"); len(toReporter) != 2 || !strings.Contains(toReporter[1].Text, "RGPD") {
		t.Errorf("%d letters to the reporter", len(toReporter))
	}
}

func TestModeratorsAreRemindedOfACaseThatWaits(t *testing.T) {
	h := newHouse(t)
	author := h.Member(t, "anna")
	h.Member(t, "mod", actor.Moderator)
	post := h.tip(t, author, "Le bain de sept heures", 0)
	h.forget(t)
	if _, err := h.moderation.Report(t.Context(), h.Visitor(), moderation.Report{Kind: "post", Piece: post.ID, Category: "other",
		Explanation: "Ce n'est plus vrai du tout.", Name: "Rozenn", Email: "rozenn@example.org", GoodFaith: true, Address: "1", Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(25 * time.Hour)

	for range 2 {
		if err := h.moderation.Remind(t.Context(), h.Tenant.ID); err != nil {
			t.Fatal(err)
		}
		h.mustFollow(t)
	}

	if reminders := h.to("mod@example.org"); len(reminders) != 1 || !strings.Contains(reminders[0].Text, "/moderation") {
		t.Errorf("%d reminders", len(reminders))
	}
}

func TestWhoeverLeavesIsWrittenToNoMore(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.forget(t)
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return h.letters.Write(ctx, tx, notifications.Reader{Member: anna.Member, Email: "anna@example.org"}, func(s letters.Sender) letters.Letter {
			return letters.Welcome(s, "Anna")
		})
	}); err != nil {
		t.Fatal(err)
	}
	waiting := h.nextFact(t)
	if err := h.members.CloseAccount(t.Context(), anna); err != nil {
		t.Fatal(err)
	}
	h.mustFollowLater(t, waiting)

	if count := len(h.sink.Messages()); count != 0 {
		t.Errorf("%d letters", count)
	}
	if count := len(h.kept(t)); count != 0 {
		t.Errorf("%d letters are kept", count)
	}
	h.mustFollow(t)
}

// mustFollowLater follows all facts but one.
func (h *house) mustFollowLater(t *testing.T, later *outbox.Row) {
	t.Helper()
	set := func(due time.Time) {
		if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			_, err := tx.Update((*outbox.Row)(nil)).Set("due_at = ?", due).Where("id = ?", later.ID).Exec(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	set(h.Clock.Now().Add(time.Hour))
	h.mustFollow(t)
	set(h.Clock.Now())
}

func TestOldLettersAreForgotten(t *testing.T) {
	h := newHouse(t)
	queue(t, h, "anna@example.org")
	h.mustFollow(t)
	h.Clock.Forward(91 * 24 * time.Hour)

	if err := h.letters.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}

	if count := len(h.kept(t)); count != 0 {
		t.Errorf("%d letters are kept", count)
	}
}

func TestWithoutAMailServerTheTableIsTheMailbox(t *testing.T) {
	h := newHouse(t)
	h.letters.Mail = nil
	queue(t, h, "anna@example.org")

	h.mustFollow(t)

	if kept := h.kept(t)[0]; kept.State != notifications.Sent || kept.Text == "" || len(h.sink.Messages()) != 0 {
		t.Errorf("%s, %d sent", kept.State, len(h.sink.Messages()))
	}
}

func TestAPartnerLearnsWhatBecomesOfTheListing(t *testing.T) {
	h := newHouse(t)
	yann := h.Member(t, "yann", actor.Partner)
	listing := &billing.Listing{OwnerID: yann.Member, OwnerName: "Yann", Name: "La Billig Bleue", Trade: "Crêperie", Commune: "Quimper",
		Text: "Des crêpes de blé noir, à la demande, jusqu'à 21 h.", State: billing.Paused, Plan: "adresse"}
	if err := h.billing.Adopt(t.Context(), h.Tenant.ID, listing); err != nil {
		t.Fatal(err)
	}
	h.forget(t)
	for fact, want := range map[outbox.Fact]string{
		billing.SubscriptionStarted: "est en ligne", billing.SubscriptionFailed: "n’est pas passé", billing.SubscriptionEnded: "est terminé"} {
		if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return h.Outbox.Add(ctx, tx, fact, billing.SubscriptionFact{Listing: listing.ID, Member: yann.Member})
		}); err != nil {
			t.Fatal(err)
		}
		before := len(h.to("yann@example.org"))

		h.mustFollow(t)

		arrived := h.to("yann@example.org")
		if len(arrived) != before+1 || !strings.Contains(arrived[before].Subject(), want) || !strings.Contains(arrived[before].Subject(), "La Billig Bleue") {
			t.Errorf("%s: %d letters", fact, len(arrived)-before)
		}
	}
}
