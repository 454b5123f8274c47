package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/tenants"
)

// sent makes as if so many bulk letters had left today.
func (d *deliver) sent(t *testing.T, count int) {
	t.Helper()
	if err := d.DB.Write(t.Context(), d.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO mail_days (tenant_id, day, sent, complaints) VALUES (?tenant, ?0, ?1, 0)
			ON CONFLICT (tenant_id, day) DO UPDATE SET sent = mail_days.sent + ?1`, d.Clock.Now().Format(time.DateOnly), count)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// complain lets readers of their own call a letter spam.
func (d *deliver) complain(t *testing.T, name string, count int) {
	t.Helper()
	for n := range count {
		address := fmt.Sprintf("%s%d@example.org", name, n)
		d.bulk(t, address)
		d.mustFollow(t)
		d.comesBack(t, "plaintes@"+returnDomain, arf("abuse", d.last(t, address)))
	}
	// The operator's own letters wait in no community's outbox.
	d.mustFollow(t)
}

// toOperator are the letters that wait for the operator's people.
func (d *deliver) toOperator(t *testing.T) []notifications.Letter {
	t.Helper()
	all, _, err := d.letters.Mailbox(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (d *deliver) flow(t *testing.T) *notifications.Flow {
	t.Helper()
	flow, err := d.letters.Flow(t.Context(), d.Tenant.ID)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

func TestTooManyComplaintsPauseBulkUntilSomebodyResumesItWithAReason(t *testing.T) {
	d := newDeliver(t)
	operators := &tenants.Operators{DB: d.DB, Clock: d.Clock, Outbox: d.Outbox}
	if _, err := operators.Link(t.Context(), "operator@kumun.test"); err != nil {
		t.Fatal(err)
	}
	d.complain(t, "early", 2)
	if flow := d.flow(t); flow.Paused || len(flow.Decisions) != 0 {
		t.Fatalf("two letters of two, and %+v", flow)
	}

	d.sent(t, 1000)
	d.complain(t, "alert", 1) // three in a thousand and three
	flow := d.flow(t)
	if flow.Paused || len(flow.Decisions) != 1 || flow.Decisions[0].Kind != notifications.FlowAlert || len(d.toOperator(t)) != 1 {
		t.Fatalf("%+v", flow)
	}
	d.complain(t, "pause", 1)
	flow = d.flow(t)
	if !flow.Paused || flow.Decisions[0].StaffID != 0 || flow.Complaints != 4 {
		t.Fatalf("%+v", flow)
	}
	if told := d.toOperator(t); len(told) != 2 || !strings.Contains(told[0].Subject, "Cornouaille") || !strings.Contains(told[0].Text, "/operator/communautes/cornouaille/courrier") {
		t.Errorf("%d letters to the operator", len(told))
	}

	if bulk, urgent := d.gets(t, "anna@example.org"); bulk || !urgent {
		t.Errorf("paused: bulk %v, urgent %v", bulk, urgent)
	}
	if held := d.flow(t).Held; held != 1 {
		t.Errorf("%d held", held)
	}
	if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, false, " "); !isInvalid(err) {
		t.Errorf("resumed without a reason: %v", err)
	}
	before := len(d.to("anna@example.org"))
	if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, false, "La liste importée est partie."); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)
	d.mustFollow(t)
	if after := len(d.to("anna@example.org")); after != before+1 {
		t.Errorf("%d of the letters that were held arrived", after-before)
	}
	flow = d.flow(t)
	if flow.Paused || flow.Held != 0 || flow.Decisions[0].Kind != notifications.FlowResume || flow.Decisions[0].StaffID != 7 || flow.Decisions[0].Reason != "La liste importée est partie." {
		t.Errorf("%+v", flow)
	}
	// What was counted before is not held against it.
	d.complain(t, "later", 1)
	if d.flow(t).Paused {
		t.Error("paused again at the first complaint")
	}
}

func isInvalid(err error) bool {
	var invalid *fault.Invalid
	return errors.As(err, &invalid)
}

func TestWhatWasHeldForAWeekIsOutOfDate(t *testing.T) {
	d := newDeliver(t)
	if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, true, "On regarde d'abord."); err != nil {
		t.Fatal(err)
	}
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)
	d.Clock.Forward(8 * 24 * time.Hour)
	d.bulk(t, "bob@example.org")
	d.mustFollow(t)

	if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, false, "C'est bon."); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)

	if len(d.to("anna@example.org")) != 0 || len(d.to("bob@example.org")) != 1 {
		t.Errorf("%d and %d", len(d.to("anna@example.org")), len(d.to("bob@example.org")))
	}
}

func TestWhoeverPausesAgainMeansWhatStillWaits(t *testing.T) {
	d := newDeliver(t)
	for n, paused := range []bool{true, false, true} {
		if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, paused, "On regarde d'abord."); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			d.bulk(t, "anna@example.org")
			d.mustFollow(t)
		}
	}

	d.mustFollow(t)

	if flow := d.flow(t); flow.Held != 1 || len(d.to("anna@example.org")) != 0 {
		t.Errorf("%d held, %d arrived", flow.Held, len(d.to("anna@example.org")))
	}
}

func TestWhatIsAboveTheQuotaGoesTomorrow(t *testing.T) {
	d := newDeliver(t)
	if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, notifications.Choice{Quota: 2}); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		d.bulk(t, fmt.Sprintf("reader%d@example.org", n))
	}
	d.sink.RefuseNext(1) // a second attempt takes no second place
	_ = d.follow(t)
	d.mustFollow(t)
	d.urgent(t, "anna@example.org")
	d.mustFollow(t)

	if arrived := len(d.sink.Messages()); arrived != 3 || len(d.to("anna@example.org")) != 1 {
		t.Errorf("%d arrived today", arrived)
	}
	for day, want := range []int{5, 6} {
		d.Clock.Forward(24 * time.Hour)
		d.mustFollow(t)
		if arrived := len(d.sink.Messages()); arrived != want {
			t.Errorf("%d arrived after %d days", arrived, day+1)
		}
	}
}

func TestADomainOfItsOwnWarmsUp(t *testing.T) {
	d := newDeliver(t)
	if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, notifications.Choice{From: "bonjour@cornouaille.test", Quota: 1800}); err != nil {
		t.Fatal(err)
	}
	if room := d.flow(t).Room; room != 1800 {
		t.Errorf("%d under the operator's name", room)
	}
	d.publish(t, d.Tenant.ID)
	for _, want := range []int{500, 1000, 1800, 1800} {
		if room := d.flow(t).Room; room != want {
			t.Errorf("%d, want %d", room, want)
		}
		d.Clock.Forward(24 * time.Hour)
	}
}

// What bad servers do: the rest of the send goes on, nothing is lost and
// nothing is sent under two names.

func TestAServerThatGreylistsGetsTheLetterAgain(t *testing.T) {
	d := newDeliver(t)
	d.sink.Greylist()
	for _, address := range []string{"anna@example.org", "bob@example.org"} {
		d.bulk(t, address)
	}

	for range 2 {
		_ = d.follow(t)
	}
	d.mustFollow(t)

	if len(d.to("anna@example.org")) != 1 || len(d.to("bob@example.org")) != 1 {
		t.Errorf("%d and %d", len(d.to("anna@example.org")), len(d.to("bob@example.org")))
	}
}

func TestAServerThatDropsMidMessageGetsTheSameLetterAgain(t *testing.T) {
	for name, arrived := range map[string]bool{"before it had it": false, "after it had it": true} {
		t.Run(name, func(t *testing.T) {
			d := newDeliver(t)
			d.sink.DropNext(1, arrived)
			d.bulk(t, "anna@example.org")
			d.bulk(t, "bob@example.org")

			if d.follow(t) == nil {
				t.Error("a dropped letter passes for a sent one")
			}
			d.mustFollow(t)

			ids := map[string]bool{}
			for _, message := range d.to("anna@example.org") {
				ids[message.Header.Get("Message-Id")] = true
			}
			if len(ids) != 1 || len(d.to("bob@example.org")) != 1 {
				t.Errorf("%d letters to anna, %d to bob", len(ids), len(d.to("bob@example.org")))
			}
			for _, kept := range d.kept(t) {
				if kept.State != notifications.Sent {
					t.Errorf("%s: %s", kept.Address, kept.State)
				}
			}
		})
	}
}

func TestAServerThatDoesNotAnswerCostsNoLetter(t *testing.T) {
	d := newDeliver(t)
	hasty, err := mail.Dial(d.sink.URL() + "?timeout=200ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hasty.Close)
	d.letters.Mail = hasty
	d.sink.Stall()
	d.bulk(t, "anna@example.org")

	if d.follow(t) == nil {
		t.Error("silence passes for a success")
	}
	d.sink.Resume()
	d.mustFollow(t)

	ids := map[string]bool{}
	for _, message := range d.to("anna@example.org") {
		ids[message.Header.Get("Message-Id")] = true
	}
	if kept := d.kept(t)[0]; len(ids) != 1 || kept.State != notifications.Sent || kept.Attempts != 2 {
		t.Errorf("%d letters, %s after %d attempts", len(ids), kept.State, kept.Attempts)
	}
}

func TestAddressesThatNoServerTakesStopNothing(t *testing.T) {
	d := newDeliver(t)
	for _, address := range []string{"zoé@example.org", "not an address", "anna@example.org\r\nBcc: eve@example.org", "anna@crêperie.example", "bob@example.org"} {
		d.bulk(t, address)
	}

	d.mustFollow(t)

	if arrived := d.sink.Messages(); len(arrived) != 2 || arrived[0].To[0] != "anna@xn--crperie-kya.example" || arrived[1].To[0] != "bob@example.org" {
		t.Errorf("%d arrived", len(arrived))
	}
	failed := 0
	for _, kept := range d.kept(t) {
		if kept.State == notifications.Failed && kept.Problem != "" {
			failed++
		}
	}
	if failed != 3 {
		t.Errorf("%d are said to have failed", failed)
	}
}

func TestTwoMegabytesThatSomebodyPastedFitIntoALetter(t *testing.T) {
	d := newDeliver(t)
	pasted := strings.Repeat("Le bain de sept heures <b>& le café</b>. ", 50_000)
	d.writeFrom(t, d.Tenant.ID, "anna@example.org", letters.Letter{Kind: "decision", Subject: pasted, Preview: pasted,
		Blocks: []letters.Block{letters.Paragraph(pasted), letters.Quote(pasted), letters.Soft(pasted), letters.Details{{Name: "Pourquoi", Text: pasted}}}})

	d.mustFollow(t)

	message := d.last(t, "anna@example.org")
	if size := len(message.Raw); size > 100<<10 {
		t.Errorf("%d KB", size>>10)
	}
	if !strings.HasSuffix(message.Subject(), "…") || strings.Count(message.Text, "…") < 4 {
		t.Errorf("%q", message.Subject())
	}
}

func TestALetterThatSaysNothingIsNotSentAndTheOthersAre(t *testing.T) {
	d := newDeliver(t)
	for name, letter := range map[string]letters.Letter{
		"no subject": {Kind: "x", Blocks: []letters.Block{letters.Paragraph("a")}},
		"no blocks":  {Kind: "x", Subject: "a"},
	} {
		err := d.DB.Write(t.Context(), d.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			return d.letters.Write(ctx, tx, notifications.Reader{Email: "anna@example.org"}, func(letters.Sender) letters.Letter { return letter })
		})
		if err == nil || !strings.Contains(err.Error(), "says nothing") {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)

	if len(d.to("anna@example.org")) != 1 {
		t.Error("the good one did not arrive")
	}
}

func TestAPauseIsOfOneCommunityAlone(t *testing.T) {
	d := newDeliver(t)
	if err := d.letters.Pause(t.Context(), d.Tenant.ID, 7, true, "On regarde d'abord."); err != nil {
		t.Fatal(err)
	}
	flow, err := d.letters.Flow(t.Context(), d.Neighbour.ID)
	if err != nil || flow.Paused || len(flow.Decisions) != 0 {
		t.Errorf("%+v, %v", flow, err)
	}
	sender, err := d.senders.Find(t.Context(), d.Neighbour.ID)
	if err != nil || sender.Quota == 0 || sender.Passes() {
		t.Errorf("%+v, %v", sender, err)
	}
}
