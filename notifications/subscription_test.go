package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
)

const subscriber = "lena@example.net"

func (h *house) subscribe(t *testing.T, email string, offers bool) {
	t.Helper()
	who := h.Visitor()
	who.Language = "fr"
	if err := h.subscriptions.Subscribe(t.Context(), who, notifications.Ask{Email: email, News: true, Offers: offers, Origin: "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
}

// subscription is the row of an address, or nil.
func (h *house) subscription(t *testing.T, email string) *notifications.Subscription {
	t.Helper()
	var rows []notifications.Subscription
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("email = ?", email).Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// consents says what is proven, the oldest first: "news yes page 192.0.2.7".
func (h *house) consents(t *testing.T) string {
	t.Helper()
	var rows []notifications.Consent
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Order("id").Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	said := make([]string, 0, len(rows))
	for _, row := range rows {
		answer := "no"
		if row.Given {
			answer = "yes"
		}
		said = append(said, strings.TrimSpace(strings.Join([]string{string(row.Purpose), answer, row.Way, row.IP}, " ")))
	}
	return strings.Join(said, "; ")
}

// confirmed makes somebody a subscriber as a visitor becomes one.
func (h *house) confirmed(t *testing.T, email string, offers bool) *notifications.Subscription {
	t.Helper()
	h.subscribe(t, email, offers)
	row, err := h.subscriptions.Confirm(t.Context(), h.Tenant.ID, h.subscription(t, email).ID, "192.0.2.8")
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// send queues a letter for a purpose, as the newsletter does.
func (h *house) send(t *testing.T, row *notifications.Subscription, purpose notifications.Purpose) {
	t.Helper()
	stop := "https://cornouaille.kumun.test" + notifications.UnsubscribePath(h.Tenant, "cornouaille.kumun.test", row.ID, purpose)
	letter := letters.Letter{Kind: purpose.Kind(), Subject: "Des nouvelles", Blocks: []letters.Block{letters.Paragraph("Le bain est à 7 h.")},
		Headers: map[string]string{"List-Unsubscribe": "<" + stop + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}}
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		to := notifications.Reader{Member: row.MemberID, Subscription: row.ID, Email: row.Email, Language: row.Language}
		return h.letters.Write(ctx, tx, to, func(letters.Sender) letters.Letter { return letter })
	}); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
}

func TestWhoNeverConfirmsGetsOneLetterAndIsForgotten(t *testing.T) {
	h := newHouse(t)

	h.subscribe(t, "  Lena@Example.NET ", true)
	for range 4 {
		h.Clock.Forward(30 * time.Hour)
		h.subscribe(t, subscriber, false)
	}

	if arrived := h.to(subscriber); len(arrived) != 1 || !strings.Contains(string(arrived[0].Raw), "/lettre/confirmer?") {
		t.Fatalf("%d letters", len(arrived))
	}
	if text := string(h.to(subscriber)[0].Raw); strings.Contains(text, "List-Unsubscribe") {
		t.Error("the letter that asks is no bulk")
	}
	if row := h.subscription(t, subscriber); row == nil || row.Wants(notifications.ForNews) || row.Wants(notifications.ForOffers) {
		t.Errorf("%+v", row)
	}
	if got := h.consents(t); got != "news yes page 192.0.2.7; offers yes page 192.0.2.7" {
		t.Errorf("proven: %s", got)
	}

	h.Clock.Forward(48 * time.Hour)
	if _, err := h.subscriptions.Confirm(t.Context(), h.Tenant.ID, h.subscription(t, subscriber).ID, ""); err == nil {
		t.Error("the link outlives its seven days")
	}
	if err := h.subscriptions.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if row, proofs := h.subscription(t, subscriber), h.consents(t); row != nil || proofs != "" {
		t.Errorf("what stays: %+v, %s", row, proofs)
	}
	if against, err := h.letters.Senders.Against(t.Context(), h.Tenant.ID, subscriber); err != nil || len(against) != 0 {
		t.Errorf("somebody else's typing error keeps letters away: %v, %v", against, err)
	}
}

// Whatever people and time do, an address that has not answered gets one letter
// in seven days, and nothing else.
func TestNoLetterButOneBeforeTheClick(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHouse(t)
			chance := rand.New(rand.NewPCG(seed, 28))
			var last time.Time
			for step := range 40 {
				before := len(h.to(subscriber))
				h.Clock.Forward(13 * time.Minute) // the form is not sent more often
				switch chance.IntN(4) {
				case 0, 1:
					h.subscribe(t, subscriber, chance.IntN(2) == 0)
				case 2:
					h.Clock.Forward(time.Duration(chance.IntN(60)+1) * time.Hour)
				case 3:
					if err := h.subscriptions.Housekeep(t.Context(), h.Tenant.ID); err != nil {
						t.Fatal(err)
					}
				}
				switch came := len(h.to(subscriber)) - before; {
				case came > 1 || came == 1 && !last.IsZero() && h.Clock.Now().Sub(last) < notifications.ConfirmLasts:
					t.Fatalf("step %d: %d letters, %s after the last", step, came, h.Clock.Now().Sub(last))
				case came == 1:
					last = h.Clock.Now()
				}
			}
			if last.IsZero() {
				t.Error("nothing ever came")
			}
		})
	}
}

func TestTheClickCountsAndProves(t *testing.T) {
	h := newHouse(t)

	row := h.confirmed(t, subscriber, true)
	for range 2 {
		if again, err := h.subscriptions.Confirm(t.Context(), h.Tenant.ID, row.ID, "192.0.2.9"); err != nil || !again.ConfirmedAt.Equal(row.ConfirmedAt) {
			t.Fatalf("%+v, %v", again, err)
		}
	}

	if !row.Wants(notifications.ForNews) || !row.Wants(notifications.ForOffers) {
		t.Errorf("%+v", row)
	}
	if got := h.consents(t); got != "news yes page 192.0.2.7; offers yes page 192.0.2.7; news yes confirmed 192.0.2.8; offers yes confirmed 192.0.2.8" {
		t.Errorf("proven: %s", got)
	}

	// Who is subscribed and asks again gets the way to what was chosen, once a week.
	for range 3 {
		h.subscribe(t, subscriber, false)
	}
	if arrived := h.to(subscriber); len(arrived) != 2 || !strings.Contains(string(arrived[1].Raw), "/lettre/choix?") {
		t.Errorf("%d letters", len(arrived))
	}
	if row := h.subscription(t, subscriber); !row.Offers {
		t.Error("the form changed what somebody else had confirmed")
	}
}

func TestEachSwitchIsProvenAndNothingElse(t *testing.T) {
	h := newHouse(t)
	row := h.confirmed(t, subscriber, false)
	choose := func(news, offers bool) {
		t.Helper()
		wish := notifications.Wish{News: news, Offers: offers, Language: "fr"}
		if err := h.subscriptions.Choose(t.Context(), h.Tenant.ID, row.ID, wish, notifications.Proof{Way: notifications.ByPreferences, IP: "192.0.2.9"}); err != nil {
			t.Fatal(err)
		}
	}
	begun := h.consents(t)

	choose(true, false)
	if got := h.consents(t); got != begun {
		t.Errorf("what did not move is proven again: %s", got)
	}
	choose(false, true)
	choose(true, true)

	if got := h.consents(t); got != begun+"; news no preferences 192.0.2.9; offers yes preferences 192.0.2.9; news yes preferences 192.0.2.9" {
		t.Errorf("proven: %s", got)
	}
	h.send(t, row, notifications.ForNews)
	if len(h.to(subscriber)) != 2 {
		t.Error("who took the letter up again gets none")
	}
}

// comings are the ways in which a letter ends what it came by.
var comings = map[string]struct {
	way   string
	stops []notifications.Purpose
	come  func(*deliver, *testing.T, *notifications.Subscription, services.Message)
}{
	"complaint": {notifications.ByComplaint, notifications.Purposes, func(d *deliver, t *testing.T, _ *notifications.Subscription, message services.Message) {
		d.comesBack(t, "plaintes@"+returnDomain, arf("abuse", message))
	}},
	"bounce": {notifications.ByBounce, notifications.Purposes, func(d *deliver, t *testing.T, _ *notifications.Subscription, message services.Message) {
		d.comesBack(t, message.From, dsn("failed", "5.1.1"))
	}},
	"mail": {notifications.ByMail, []notifications.Purpose{notifications.ForNews}, func(d *deliver, t *testing.T, _ *notifications.Subscription, message services.Message) {
		_, address, _ := strings.Cut(message.Header.Get("List-Unsubscribe"), "<mailto:")
		d.comesBack(t, strings.TrimSuffix(address, ">"), []byte("From: lena@example.net\r\n\r\n"))
	}},
	"one-click": {notifications.ByOneClick, []notifications.Purpose{notifications.ForNews}, func(d *deliver, t *testing.T, row *notifications.Subscription, _ services.Message) {
		if err := d.subscriptions.End(t.Context(), d.Tenant.ID, row.ID, notifications.ForNews, notifications.Proof{Way: notifications.ByOneClick}); err != nil {
			t.Fatal(err)
		}
	}},
	"erased": {notifications.ByPreferences, notifications.Purposes, func(d *deliver, t *testing.T, row *notifications.Subscription, _ services.Message) {
		if err := d.subscriptions.Erase(t.Context(), d.Tenant.ID, row.ID); err != nil {
			t.Fatal(err)
		}
	}},
}

func TestWhoeverLeavesIsNotRevivedByAnImport(t *testing.T) {
	for name, coming := range comings {
		t.Run(name, func(t *testing.T) {
			d := newDeliver(t)
			row := d.confirmed(t, subscriber, true)
			d.send(t, row, notifications.ForNews)
			message := d.last(t, subscriber)
			if message.Header.Get("List-Unsubscribe") == "" {
				t.Fatal("no letter for the purpose came")
			}

			coming.come(d, t, row, message)

			kept := d.subscription(t, subscriber)
			for _, purpose := range coming.stops {
				if kept != nil && kept.Wants(purpose) {
					t.Errorf("%s goes on", purpose)
				}
				if got := d.consents(t); !strings.Contains(got, string(purpose)+" no "+coming.way) {
					t.Errorf("proven: %s", got)
				}
			}
			if kept != nil && len(coming.stops) == 1 && !kept.Wants(notifications.ForOffers) {
				t.Error("what was agreed to apart ended as well")
			}
			before := len(d.to(subscriber))
			d.send(t, row, notifications.ForNews)
			if len(d.to(subscriber)) != before {
				t.Error("a letter that was on its way arrives")
			}

			report := d.bring(t, subscriber+",fr,2026-06-14,au marché")
			if report.Taken != 0 || len(report.Refused) != 1 {
				t.Errorf("%+v", report)
			}
			d.send(t, row, notifications.ForNews)
			if len(d.to(subscriber)) != before {
				t.Error("an import revived somebody")
			}
		})
	}
}

func TestARefusalOfTheSenderEndsNoSubscription(t *testing.T) {
	d := newDeliver(t)
	row := d.confirmed(t, subscriber, false)
	d.send(t, row, notifications.ForNews)

	d.comesBack(t, d.last(t, subscriber).From, dsn("failed", "5.7.1"))

	if !d.subscription(t, subscriber).Wants(notifications.ForNews) {
		t.Error("a server that distrusts us unsubscribed a reader")
	}
}

func TestWhoLeftComesBackByTheFormAndTheClickAlone(t *testing.T) {
	d := newDeliver(t)
	row := d.confirmed(t, subscriber, false)
	d.send(t, row, notifications.ForNews)
	d.comesBack(t, d.last(t, subscriber).From, dsn("failed", "5.1.1"))
	d.Clock.Forward(25 * time.Hour)

	d.subscribe(t, subscriber, false)
	if d.subscription(t, subscriber).Wants(notifications.ForNews) {
		t.Fatal("anybody's typing brings an address back")
	}
	again := d.confirmed(t, subscriber, false)

	before := len(d.to(subscriber))
	d.send(t, again, notifications.ForNews)
	if len(d.to(subscriber)) != before+1 {
		t.Error("a mailbox that answered gets nothing")
	}
}

func TestASubscriberWhoJoinsAndLeaves(t *testing.T) {
	h := newHouse(t)
	h.confirmed(t, "anna@example.org", true)
	anna := h.Member(t, "anna")
	h.mustFollow(t)
	if row := h.subscription(t, "anna@example.org"); row == nil || row.MemberID != anna.Member {
		t.Fatalf("%+v", row)
	}
	own, err := h.subscriptions.Own(t.Context(), anna)
	if err != nil || own.Email != "anna@example.org" || !own.Offers || len(own.Consents) != 4 {
		t.Errorf("%+v, %v", own, err)
	}
	member, err := h.members.ByID(t.Context(), h.Tenant.ID, anna.Member)
	if err != nil {
		t.Fatal(err)
	}

	h.Clock.Forward(2 * 365 * 24 * time.Hour)
	if err := h.members.CloseAccount(t.Context(), anna); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)

	if row := h.subscription(t, "anna@example.org"); row != nil {
		t.Errorf("%+v", row)
	}
	if got := h.consents(t); strings.Contains(got, "192.0.2") || !strings.Contains(got, "news no") {
		t.Errorf("proven: %s", got)
	}
	if report := h.bring(t, member.Email+",fr,2026-06-14,au marché"); report.Taken != 0 {
		t.Error("an import revived a former member")
	}
	kept := h.consents(t)
	h.Clock.Forward(2 * 365 * 24 * time.Hour)
	if err := h.subscriptions.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.consents(t); got != kept {
		t.Errorf("two years after the end: %s", got)
	}
	h.Clock.Forward(366 * 24 * time.Hour)
	if err := h.subscriptions.Housekeep(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.consents(t); got != "" {
		t.Errorf("after three years: %s", got)
	}
}

func TestAMembersChoiceIsConfirmedAtOnce(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.subscribe(t, "anna@example.org", true) // somebody else typed it
	member, err := h.members.ByID(t.Context(), h.Tenant.ID, anna.Member)
	if err != nil {
		t.Fatal(err)
	}

	wish := notifications.Wish{News: true}
	if err := h.subscriptions.ChooseAs(t.Context(), h.Tenant.ID, member, wish, notifications.Proof{Way: notifications.ByPreferences}); err != nil {
		t.Fatal(err)
	}

	row := h.subscription(t, "anna@example.org")
	if row == nil || row.MemberID != anna.Member || !row.Wants(notifications.ForNews) || row.Offers {
		t.Errorf("%+v", row)
	}
	if got := h.consents(t); got != "news yes preferences" {
		t.Errorf("proven: %s", got)
	}
}

func TestWhoEndedIsForgottenAMonthLater(t *testing.T) {
	h := newHouse(t)
	row := h.confirmed(t, subscriber, false)
	h.confirmed(t, "marc@example.net", false)
	if err := h.subscriptions.End(t.Context(), h.Tenant.ID, row.ID, notifications.ForNews, notifications.Proof{Way: notifications.ByPage}); err != nil {
		t.Fatal(err)
	}

	for _, wait := range []struct {
		days  int
		stays bool
	}{{29, true}, {2, false}} {
		h.Clock.Forward(time.Duration(wait.days) * 24 * time.Hour)
		if err := h.subscriptions.Housekeep(t.Context(), h.Tenant.ID); err != nil {
			t.Fatal(err)
		}
		if got := h.subscription(t, subscriber) != nil; got != wait.stays {
			t.Errorf("%d days later: %v", wait.days, got)
		}
	}
	if h.subscription(t, "marc@example.net") == nil {
		t.Error("somebody who stays was forgotten")
	}
}

// bring imports lines on which everything is proven.
func (h *house) bring(t *testing.T, lines ...string) *notifications.Report {
	t.Helper()
	report, err := h.subscriptions.Import(t.Context(), h.Member(t, "the admin", actor.Admin), h.list(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (h *house) list(table string) notifications.Brought {
	return notifications.Brought{Table: []byte(table), News: true, CollectedBy: "Soazig", Manner: "sur papier, à un stand", Wording: "Oui, écrivez-moi.", Vouched: true}
}

func TestEachLineOfAnImportIsJudged(t *testing.T) {
	h := newHouse(t)
	h.confirmed(t, "la@example.net", false)
	h.subscribe(t, "attend@example.net", false)
	for line, why := range map[string]string{
		"ok@example.net,fr,2026-06-14,au marché":             "",
		"ok@café.example,fr,14/06/2026,au marché":            "",
		"ok@example.net,,2026-06-14 10:00:00,au marché":      "",
		"+ok@example.net,fr,2026-06-14,au marché":            "",
		"personne,fr,2026-06-14,au marché":                   notifications.RefusedAddress,
		"a@example.net\u2028x,fr,2026-06-14,au marché":       notifications.RefusedAddress,
		"\"a@example.net\r\nBcc: x@y.fr\",fr,2026-06-14,ici": notifications.RefusedAddress,
		"héloïse@example.net,fr,2026-06-14,au marché":        notifications.RefusedSigns,
		"b@example.net,de,2026-06-14,au marché":              notifications.RefusedLanguage,
		"c@example.net,fr,,au marché":                        notifications.RefusedDate,
		"d@example.net,fr,hier,au marché":                    notifications.RefusedDate,
		"e@example.net,fr,2126-06-14,au marché":              notifications.RefusedDate,
		"f@example.net,fr,2026-06-14,":                       notifications.RefusedSource,
		"f@example.net,fr,2026-06-14":                        notifications.RefusedSource,
		"LA@example.net,fr,2026-06-14,au marché":             notifications.RefusedKnown,
		"attend@example.net,fr,2026-06-14,au marché":         notifications.RefusedWaiting,
	} {
		t.Run(line, func(t *testing.T) {
			address, _, _ := strings.Cut(line, ",")
			report := h.bring(t, "une@example.net,fr,2026-06-14,au marché", line, line)
			var got []string
			for _, one := range report.Refused {
				if one.Line > 1 {
					got = append(got, one.Why)
				}
			}
			want := []string{why, why}
			switch why {
			case "":
				want = []string{notifications.RefusedTwice}
			case notifications.RefusedKnown, notifications.RefusedWaiting:
				want[1] = notifications.RefusedTwice
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, not %v", address, got, want)
			}
			if why == "" {
				h.empty(t)
			}
		})
	}
}

// empty forgets what an import took.
func (h *house) empty(t *testing.T) {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM letter_subscriptions WHERE tenant_id = ?tenant AND email LIKE '%ok@%'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAnImportedAddressIsConfirmedByItsProof(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")

	h.mustFollow(t)
	before := len(h.to("anna@example.org"))

	report := h.bring(t, "\ufefflangue;Courriel;origine;DATE", "fr;anna@example.org;\"stand; le matin\";14/06/2026")
	if report.Taken != 1 {
		t.Fatalf("%+v", report)
	}
	h.mustFollow(t)

	row := h.subscription(t, "anna@example.org")
	if row == nil || row.MemberID != anna.Member || !row.Wants(notifications.ForNews) || row.Wants(notifications.ForOffers) {
		t.Fatalf("%+v", row)
	}
	if arrived := h.to("anna@example.org"); len(arrived) != before {
		t.Error("an import writes to people")
	}
	own, err := h.subscriptions.Own(t.Context(), anna)
	if err != nil || len(own.Consents) != 1 {
		t.Fatalf("%+v, %v", own, err)
	}
	if proof := own.Consents[0]; proof.Way != notifications.ByImport || proof.Source != "stand; le matin" || proof.Wording != "Oui, écrivez-moi." || proof.At.In(h.Tenant.Location()).Format(time.DateOnly) != "2026-06-14" {
		t.Errorf("%+v", proof)
	}
}

func TestASpreadsheetOfWindowsIsRead(t *testing.T) {
	h := newHouse(t)

	report := h.bring(t, "adresse\tlangue\tdate\tsource", "marc@example.net\tfr\t14/06/2026\tau march\xe9")

	if report.Taken != 1 {
		t.Errorf("%+v", report)
	}
}

func TestAListWithoutProofOrTooLongIsRefusedAtItsField(t *testing.T) {
	h := newHouse(t)
	admin := h.Member(t, "soazig", actor.Admin)
	for field, change := range map[string]func(*notifications.Brought){
		"collected_by": func(b *notifications.Brought) { b.CollectedBy = " " },
		"manner":       func(b *notifications.Brought) { b.Manner = "" },
		"wording":      func(b *notifications.Brought) { b.Wording = strings.Repeat("x", 501) },
		"news":         func(b *notifications.Brought) { b.News = false },
		"vouched":      func(b *notifications.Brought) { b.Vouched = false },
		"table":        func(b *notifications.Brought) { b.Table = []byte(" \n") },
	} {
		list := h.list("ok@example.net,fr,2026-06-14,au marché")
		change(&list)
		_, err := h.subscriptions.Import(t.Context(), admin, list)
		if got := strings.Join(invalidFields(err), " "); got != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for name, table := range map[string]string{
		"bytes": strings.Repeat("a@example.net,fr,2026-06-14,au marché\n", notifications.MaxListBytes/38+1),
		"rows":  strings.Repeat("a,b\n", notifications.MaxListRows+2),
		"quote": "a@example.net,fr,2026-06-14,\"au marché\nb",
	} {
		_, err := h.subscriptions.Import(t.Context(), admin, h.list(table))
		if got := strings.Join(invalidFields(err), " "); got != "table" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALongListIsTakenWhole(t *testing.T) {
	h := newHouse(t)
	var lines []string
	for n := range 1201 {
		lines = append(lines, fmt.Sprintf("voisin%d@example.net,fr,2026-06-14,au marché", n))
	}

	report := h.bring(t, lines...)

	if report.Taken != len(lines) || len(report.Refused) != 0 {
		t.Errorf("%d taken, %d refused", report.Taken, len(report.Refused))
	}
	if again := h.bring(t, lines...); again.Taken != 0 || len(again.Refused) != len(lines) {
		t.Errorf("twice: %d taken, %d refused", again.Taken, len(again.Refused))
	}
}

func TestAnExportHoldsWhatProvesAndIsNoted(t *testing.T) {
	h := newHouse(t)
	admin := h.Member(t, "soazig", actor.Admin)
	h.confirmed(t, subscriber, false)
	h.subscribe(t, "attend@example.net", false)
	h.bring(t, "marc@example.net,fr,2026-06-14,=HYPERLINK(1)")

	table, err := h.subscriptions.Export(t.Context(), admin)

	if err != nil {
		t.Fatal(err)
	}
	text := string(table)
	for _, want := range []string{subscriber + ",fr,yes,", ",confirmed,2026-11,192.0.2.8,", "marc@example.net,fr,yes,2026-06-1", ",import,\"Oui, écrivez-moi.\",,'=HYPERLINK(1),no,"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "attend@") {
		t.Error("who has not confirmed is exported")
	}
	lists, err := h.subscriptions.Lists(t.Context(), admin)
	if err != nil || len(lists) != 2 || lists[0].Kind != notifications.ListExport || lists[0].ByID != admin.Member || lists[0].Taken != 2 {
		t.Errorf("%+v, %v", lists, err)
	}
	for _, role := range []actor.Role{actor.Member, actor.Editor, actor.Moderator} {
		if _, err := h.subscriptions.Export(t.Context(), h.Member(t, "who "+string(role), role)); err == nil {
			t.Errorf("%s takes all addresses away", role)
		}
	}
}

func TestLinksHoldForOnePurposeOneHostAndOneCommunity(t *testing.T) {
	h := newHouse(t)
	host := "cornouaille.kumun.test"
	row, other := h.confirmed(t, subscriber, true), h.confirmed(t, "marc@example.net", true)
	path := notifications.UnsubscribePath(h.Tenant, host, row.ID, notifications.ForNews)
	address, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	said := address.Query()

	for name, link := range map[string]struct{ host, whom, purpose, seal string }{
		"another host":       {"villeray.kumun.test", said.Get("a"), "news", said.Get("s")},
		"another purpose":    {host, said.Get("a"), "offers", said.Get("s")},
		"another subscriber": {host, other.ID.String(), "news", said.Get("s")},
		"no seal":            {host, said.Get("a"), "news", ""},
		"nobody":             {host, "", "news", said.Get("s")},
	} {
		if _, _, err := h.subscriptions.UnsubscribeLink(t.Context(), h.Tenant, link.host, link.whom, link.purpose, link.seal); err == nil {
			t.Errorf("%s: the link works", name)
		}
	}
	if _, _, err := h.subscriptions.UnsubscribeLink(t.Context(), h.Neighbour, host, said.Get("a"), "news", said.Get("s")); err == nil {
		t.Error("the link works at the neighbours'")
	}
	if _, _, err := h.subscriptions.UnsubscribeLink(t.Context(), h.Tenant, host, said.Get("a"), "news", said.Get("s")); err != nil {
		t.Error(err)
	}
	if _, _, err := h.subscriptions.SubscriptionLink(t.Context(), h.Tenant, host, said.Get("a"), "news", said.Get("s")); err == nil {
		t.Error("a link that stops opens the choices")
	}
}

// invalidFields names the fields that an error is about.
func invalidFields(err error) (names []string) {
	var invalid *fault.Invalid
	if errors.As(err, &invalid) {
		for _, field := range invalid.Fields {
			names = append(names, field.Name)
		}
	}
	return names
}
