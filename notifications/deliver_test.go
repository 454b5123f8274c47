package notifications_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/transfer"
)

const returnDomain = "rebonds.kumun.test"

// deliver is a house whose DNS and return domain are its own.
type deliver struct {
	*house
	dns     *services.Names
	senders *notifications.Senders
	// inbox is where bounces are taken.
	inbox string
}

func newDeliver(t *testing.T) *deliver {
	t.Helper()
	d := &deliver{house: newHouse(t), dns: services.DNS(t)}
	d.senders = d.letters.Senders
	d.senders.Resolver = d.dns.Resolver
	d.senders.Operator = notifications.Operator{From: "bonjour@kumun.test", Bulk: "lettre@lettre.kumun.test", Domain: "kumun.test",
		Server: "smtp.kumun.test", Return: returnDomain, Exchange: "mx.kumun.test"}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.inbox = listener.Addr().String()
	returns := &notifications.Returns{Letters: d.letters, Digest: d.digest}
	inbound := &mail.Inbound{Host: "mx.kumun.test", Admits: returns.Admits, Take: returns.Take, Clock: d.Clock}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- inbound.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d
}

// publish does what the check page says.
func (d *deliver) publish(t *testing.T, tenant id.ID) *notifications.Sender {
	t.Helper()
	sender, err := d.senders.Check(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range sender.Findings {
		if finding.Kind == "MX" {
			d.dns.Exchange(finding.Name, "mx.kumun.test")
		} else if finding.Value != "" {
			d.dns.Publish(finding.Name, finding.Value)
		}
	}
	if sender, err = d.senders.Check(t.Context(), tenant); err != nil || !sender.Passes() {
		t.Fatalf("done as told, and %+v, %v", sender, err)
	}
	return sender
}

// bulk queues a letter that one can unsubscribe from.
func (d *deliver) bulk(t *testing.T, address string) {
	t.Helper()
	d.write(t, address, "searches", map[string]string{"List-Unsubscribe": "<https://cornouaille.kumun.test/arreter?m=1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})
}

// urgent queues a letter that somebody waits for.
func (d *deliver) urgent(t *testing.T, address string) {
	t.Helper()
	d.write(t, address, "sign_in", nil)
}

func (d *deliver) write(t *testing.T, address, kind string, headers map[string]string) {
	t.Helper()
	d.writeFrom(t, d.Tenant.ID, address, letters.Letter{Kind: kind, Subject: "Bonjour", Blocks: []letters.Block{letters.Paragraph("Le bain est à 7 h.")}, Headers: headers})
}

func (d *deliver) writeFrom(t *testing.T, tenant id.ID, address string, letter letters.Letter) {
	t.Helper()
	if err := d.DB.Write(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		return d.letters.Write(ctx, tx, notifications.Reader{Email: address, Language: "fr"}, func(letters.Sender) letters.Letter { return letter })
	}); err != nil {
		t.Fatal(err)
	}
}

func (d *deliver) last(t *testing.T, address string) services.Message {
	t.Helper()
	arrived := d.to(address)
	if len(arrived) == 0 {
		t.Fatalf("nothing came to %s", address)
	}
	return arrived[len(arrived)-1]
}

// signatures verifies a letter as its reader's server would.
func (d *deliver) signatures(t *testing.T, message services.Message) []*dkim.Verification {
	t.Helper()
	all, err := dkim.VerifyWithOptions(bytes.NewReader(message.Raw), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return d.dns.Resolver.LookupTXT(t.Context(), name) }})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestACommunityWritesUnderItsOwnDomainOnceItsRecordsAreRight(t *testing.T) {
	d := newDeliver(t)
	d.publish(t, 0)
	choice := notifications.Choice{Name: "L'asso de Cornouaille", From: "bonjour@cornouaille.test", Bulk: "lettre@news.cornouaille.test", Quota: 100}
	if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, choice); err != nil {
		t.Fatal(err)
	}
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)

	// Until then the operator's domain writes, and answers reach the community.
	message := d.last(t, "anna@example.org")
	if from := message.Header.Get("From"); !strings.Contains(from, "<lettre@lettre.kumun.test>") || !strings.Contains(from, "asso de Cornouaille") || message.Header.Get("Reply-To") != "bonjour@cornouaille.test" {
		t.Errorf("from %s, answers to %s", from, message.Header.Get("Reply-To"))
	}
	if signed := d.signatures(t, message); len(signed) != 2 || signed[0].Err != nil || signed[0].Domain != "kumun.test" {
		t.Errorf("%+v", signed)
	}

	sender := d.publish(t, d.Tenant.ID)
	if len(sender.Findings) != 4 {
		t.Errorf("%+v", sender.Findings)
	}
	d.bulk(t, "anna@example.org")
	d.urgent(t, "bob@example.org")
	d.mustFollow(t)
	for address, want := range map[string]string{"anna@example.org": "<lettre@news.cornouaille.test>", "bob@example.org": "<bonjour@cornouaille.test>"} {
		message := d.last(t, address)
		if from := message.Header.Get("From"); !strings.Contains(from, want) {
			t.Errorf("from %s, want %s", from, want)
		}
		signed := d.signatures(t, message)
		if len(signed) != 2 {
			t.Fatalf("%d signatures", len(signed))
		}
		for _, signature := range signed {
			if signature.Err != nil || signature.Domain != "cornouaille.test" {
				t.Errorf("%s: %v", signature.Domain, signature.Err)
			}
			for _, name := range []string{"List-Unsubscribe", "List-Unsubscribe-Post"} {
				if !slices.ContainsFunc(signature.HeaderKeys, func(key string) bool { return strings.EqualFold(key, name) }) {
					t.Errorf("%s is outside the signature", name)
				}
			}
		}
	}
	// Streams are told apart on the way back, too.
	if bulk, urgent := d.last(t, "anna@example.org").From, d.last(t, "bob@example.org").From; !strings.HasPrefix(bulk, "l-") || !strings.HasPrefix(urgent, "t-") {
		t.Errorf("%s, %s", bulk, urgent)
	}

	// A DNS that is away changes nothing; a record that was taken away does.
	name := sender.Findings[1].Name
	d.dns.Break(name, true)
	if sender, err := d.senders.Check(t.Context(), d.Tenant.ID); err != nil || !sender.Passes() {
		t.Errorf("%+v, %v", sender, err)
	}
	d.dns.Break(name, false)
	d.dns.Publish(name)
	if err := d.DB.Write(t.Context(), d.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return d.Outbox.Add(ctx, tx, notifications.SenderDue, struct{}{})
	}); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)
	d.urgent(t, "bob@example.org")
	d.mustFollow(t)
	if from := d.last(t, "bob@example.org").Header.Get("From"); !strings.Contains(from, "<bonjour@kumun.test>") {
		t.Errorf("without its key: from %s", from)
	}
}

func TestWhatIsWrongWithASenderIsSaidAtItsField(t *testing.T) {
	d := newDeliver(t)
	for field, choice := range map[string]notifications.Choice{
		"from":     {From: "bonjour"},
		"reply_to": {ReplyTo: "a@b, c@d"},
		"bulk":     {From: "bonjour@cornouaille.test", Bulk: "lettre@villeray.test"},
		"server":   {From: "bonjour@cornouaille.test", Server: "gopher://mail.example"},
		"quota":    {Quota: -1},
		"name":     {Name: "Asso\r\nBcc: eve@example.org"},
	} {
		var invalid *fault.Invalid
		if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, choice); !errors.As(err, &invalid) || invalid.Fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// hasty changes a sender while the DNS is asked about it.
type hasty struct {
	mail.Resolver
	change func()
}

func (h hasty) LookupTXT(ctx context.Context, name string) ([]string, error) {
	h.change()
	return h.Resolver.LookupTXT(ctx, name)
}

func TestACheckUndoesNoChangeThatCameMeanwhile(t *testing.T) {
	d := newDeliver(t)
	save := func(from string) {
		d.Clock.Forward(time.Second)
		if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, notifications.Choice{From: from, Quota: 100}); err != nil {
			t.Error(err)
		}
	}
	save("bonjour@cornouaille.test")
	d.senders.Resolver = hasty{d.dns.Resolver, func() { save("bonjour@penmarch.test") }}

	if _, err := d.senders.Check(t.Context(), d.Tenant.ID); err != nil {
		t.Fatal(err)
	}

	if sender, err := d.senders.Find(t.Context(), d.Tenant.ID); err != nil || sender.Domain != "penmarch.test" || len(sender.Findings) != 0 {
		t.Errorf("%+v, %v", sender, err)
	}
}

func TestACommunitysOwnServerSendsAndItsPasswordIsSealed(t *testing.T) {
	d := newDeliver(t)
	own := services.SMTP(t)
	choice := notifications.Choice{From: "bonjour@cornouaille.test", Server: own.URL() + "?tls=none", Quota: 100}
	if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, choice); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.senders.Close)
	sender := d.publish(t, d.Tenant.ID)
	if strings.Contains(sender.Server, "smtp") || strings.Contains(fmt.Sprint(sender.Keys), "MII") {
		t.Errorf("kept as %s", sender.Server)
	}

	d.urgent(t, "anna@example.org")
	d.mustFollow(t)

	if len(own.Messages()) != 1 || len(d.sink.Messages()) != 0 || own.Messages()[0].From != "bonjour@cornouaille.test" {
		t.Errorf("%d by its own, %d by the operator's", len(own.Messages()), len(d.sink.Messages()))
	}
	// Saved as shown, the password stays.
	for _, secret := range []string{"smtp://anna:secret@mail.example", ""} {
		if secret != "" {
			choice.Server = secret
			if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, choice); err != nil {
				t.Fatal(err)
			}
		}
		sender, err := d.senders.Find(t.Context(), d.Tenant.ID)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := d.senders.ShownServer(sender)
		if err != nil || strings.Contains(shown, "secret") || !strings.Contains(shown, "anna") {
			t.Errorf("shown as %s, %v", shown, err)
		}
		choice.Server = shown
		if err := d.senders.Save(t.Context(), d.Tenant.ID, 7, choice); err != nil {
			t.Fatal(err)
		}
	}
}

// report is a bounce or a complaint about what arrived.
func report(kind, about string) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf("From: <>\nContent-Type: multipart/report; report-type=%s; boundary=x\n\n--x\n%s\n--x--\n", kind, about), "\n", "\r\n"))
}

func dsn(action, status string) []byte {
	return report("delivery-status", fmt.Sprintf("Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@example.org\nAction: %s\nStatus: %s\n", action, status))
}

func arf(kind string, message services.Message) []byte {
	return report("feedback-report", fmt.Sprintf("Content-Type: message/feedback-report\n\nFeedback-Type: %s\nVersion: 1\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: %s\nSubject: x\n\nx\n", kind, message.Header.Get("Message-Id")))
}

func (d *deliver) comesBack(t *testing.T, to string, raw []byte) {
	t.Helper()
	if err := smtp.SendMail(d.inbox, nil, "", []string{to}, raw); err != nil {
		t.Fatal(err)
	}
}

// gets tells whether a letter of each stream reaches an address now.
func (d *deliver) gets(t *testing.T, address string) (bulk, urgent bool) {
	t.Helper()
	before := len(d.to(address))
	d.bulk(t, address)
	d.mustFollow(t)
	between := len(d.to(address))
	d.urgent(t, address)
	d.mustFollow(t)
	return between > before, len(d.to(address)) > between
}

func TestAPermanentBounceKeepsEveryCommunitysLettersAway(t *testing.T) {
	d := newDeliver(t)
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)
	back := d.last(t, "anna@example.org").From

	d.comesBack(t, back, dsn("failed", "5.1.1"))
	d.comesBack(t, back, dsn("failed", "5.1.1")) // twice is once

	d.Clock.Forward(time.Hour)
	if bulk, urgent := d.gets(t, "Anna@example.org"); bulk || !urgent {
		t.Errorf("bulk %v, urgent %v", bulk, urgent)
	}
	if _, urgent := d.gets(t, "Anna@example.org"); urgent {
		t.Error("what people wait for is tried twice in a day")
	}
	d.Clock.Forward(25 * time.Hour)
	if bulk, urgent := d.gets(t, "Anna@example.org"); bulk || !urgent {
		t.Errorf("a day later: bulk %v, urgent %v", bulk, urgent)
	}
	for tenant, everywhere := range map[id.ID]bool{d.Tenant.ID: true, d.Neighbour.ID: true} {
		against, err := d.senders.Against(t.Context(), tenant, "anna@example.org")
		if err != nil || !slices.ContainsFunc(against, func(one notifications.Suppression) bool { return one.Everywhere == everywhere }) {
			t.Errorf("%+v, %v", against, err)
		}
	}
	kept := d.kept(t)
	if !slices.ContainsFunc(kept, func(one notifications.Letter) bool {
		return one.State == notifications.Withheld && one.Problem == "bounce"
	}) {
		t.Error("nothing says why the letter stayed")
	}

	if err := d.senders.Clear(t.Context(), d.Tenant.ID, "anna@example.org"); err != nil {
		t.Fatal(err)
	}
	if bulk, urgent := d.gets(t, "anna@example.org"); !bulk || !urgent {
		t.Errorf("once cleared: bulk %v, urgent %v", bulk, urgent)
	}
}

func TestOnlyRepeatedTemporaryFailuresKeepLettersAway(t *testing.T) {
	d := newDeliver(t)
	fail := func(times int) {
		for range times {
			d.bulk(t, "anna@example.org")
			d.mustFollow(t)
			back := d.last(t, "anna@example.org").From
			d.comesBack(t, back, dsn("delayed", "4.4.1"))
			d.comesBack(t, back, dsn("failed", "4.4.7")) // the same letter
			d.Clock.Forward(24 * time.Hour)
		}
	}

	fail(4)
	d.Clock.Forward(7 * 24 * time.Hour)
	fail(4)
	if bulk, _ := d.gets(t, "anna@example.org"); !bulk {
		t.Error("four in a week are enough")
	}
	d.comesBack(t, d.to("anna@example.org")[8].From, dsn("failed", "4.2.2"))

	if bulk, _ := d.gets(t, "anna@example.org"); bulk {
		t.Error("five in a week are not enough")
	}
	if against, err := d.senders.Against(t.Context(), d.Neighbour.ID, "anna@example.org"); err != nil || len(against) != 0 && against[0].Reason != notifications.Bounce {
		t.Errorf("%v, %v", against, err)
	}
}

func TestARefusalOfTheSenderStaysInItsCommunity(t *testing.T) {
	d := newDeliver(t)
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)
	d.comesBack(t, d.last(t, "anna@example.org").From, dsn("failed", "5.7.1"))

	if bulk, _ := d.gets(t, "anna@example.org"); bulk {
		t.Error("written to again")
	}
	if against, err := d.senders.Against(t.Context(), d.Neighbour.ID, "anna@example.org"); err != nil || len(against) != 0 {
		t.Errorf("%v, %v", against, err)
	}
}

func TestAComplaintUnsubscribesFromAllOfThatCommunity(t *testing.T) {
	d := newDeliver(t)
	anna := d.Member(t, "anna")
	d.tip(t, d.Member(t, "bob"), "Le bain de sept heures", 0)
	d.forget(t)
	if err := d.digest.Begin(t.Context(), d.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)
	message := d.last(t, "anna@example.org")

	d.comesBack(t, "plaintes@"+returnDomain, arf("not-spam", message))
	if member, err := d.members.ByID(t.Context(), d.Tenant.ID, anna.Member); err != nil || member.Digest != membership.Weekly {
		t.Errorf("%v, %v", member, err)
	}
	d.comesBack(t, "plaintes@"+returnDomain, arf("abuse", message))

	member, err := d.members.ByID(t.Context(), d.Tenant.ID, anna.Member)
	if err != nil || member.Digest != membership.Never {
		t.Errorf("%v, %v", member, err)
	}
	if bulk, urgent := d.gets(t, "anna@example.org"); bulk || !urgent {
		t.Errorf("bulk %v, urgent %v", bulk, urgent)
	}
	if against, err := d.senders.Against(t.Context(), d.Neighbour.ID, "anna@example.org"); err != nil || len(against) != 0 {
		t.Errorf("the neighbours: %v, %v", against, err)
	}

	// Asking for the digest again is a choice.
	if err := d.members.SaveProfile(t.Context(), anna, membership.Profile{Name: "Anna", Language: "fr", Digest: membership.Weekly}); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)
	if bulk, _ := d.gets(t, "anna@example.org"); !bulk {
		t.Error("nothing comes to somebody who asked for it again")
	}
}

func TestAnImportRevivesNobody(t *testing.T) {
	for name, stop := range map[string]func(*deliver, *testing.T, actor.Actor, services.Message){
		"complained": func(d *deliver, t *testing.T, _ actor.Actor, message services.Message) {
			d.comesBack(t, "plaintes@"+returnDomain, arf("abuse", message))
		},
		"bounced": func(d *deliver, t *testing.T, _ actor.Actor, message services.Message) {
			d.comesBack(t, message.From, dsn("failed", "5.1.1"))
		},
		"by link": func(d *deliver, t *testing.T, who actor.Actor, _ services.Message) {
			member, err := d.members.ByID(t.Context(), who.Tenant, who.Member)
			if err == nil {
				err = d.digest.Stop(t.Context(), who.Tenant, member, notifications.ByOneClick)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"by mail": func(d *deliver, t *testing.T, _ actor.Actor, message services.Message) {
			_, address, _ := strings.Cut(message.Header.Get("List-Unsubscribe"), "<mailto:")
			d.comesBack(t, strings.TrimSuffix(address, ">"), []byte("From: anna@example.org\r\n\r\n"))
		},
		"in the profile": func(d *deliver, t *testing.T, who actor.Actor, _ services.Message) {
			if err := d.members.SaveProfile(t.Context(), who, membership.Profile{Name: "Anna", Language: "fr", Digest: membership.Never}); err != nil {
				t.Fatal(err)
			}
			d.mustFollow(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeliver(t)
			anna, bob := d.Member(t, "anna"), d.Member(t, "bob")
			d.tip(t, bob, "Le bain de sept heures", 0)
			d.forget(t)
			if err := d.digest.Begin(t.Context(), d.Tenant.ID); err != nil {
				t.Fatal(err)
			}
			d.mustFollow(t)
			stop(d, t, anna, d.last(t, "anna@example.org"))
			if err := d.members.CloseAccount(t.Context(), anna); err != nil {
				t.Fatal(err)
			}
			d.mustFollow(t)
			before := len(d.to("anna@example.org"))

			importer := &transfer.Importer{DB: d.DB, Clock: d.Clock, Members: d.members, Groups: d.groups, Posts: d.posts, Billing: d.billing, Moderation: d.moderation, Newsletters: d.newsletters}
			file, _, err := transfer.Parse(strings.NewReader(`{"format": "kumun/1", "members": [{"key": "anna", "name": "Anna", "email": "anna@example.org", "since": "2019-06-27"}]}`), d.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := importer.Import(t.Context(), d.Tenant, file); err != nil {
				t.Fatal(err)
			}
			d.forget(t)
			d.Clock.Forward(7 * 24 * time.Hour)
			d.tip(t, bob, "La soupe du lundi", 0)
			if err := d.digest.Begin(t.Context(), d.Tenant.ID); err != nil {
				t.Fatal(err)
			}
			d.mustFollow(t)

			if member, err := d.members.ByEmail(t.Context(), d.Tenant.ID, "anna@example.org"); err != nil || member.ID == anna.Member {
				t.Fatalf("%v, %v", member, err)
			}
			if after := len(d.to("anna@example.org")); after != before {
				t.Errorf("%d letters came to somebody who had stopped them", after-before)
			}
		})
	}
}

func TestNobodyForgesABounce(t *testing.T) {
	d := newDeliver(t)
	d.bulk(t, "anna@example.org")
	d.mustFollow(t)
	message := d.last(t, "anna@example.org")
	stamp := strings.Split(message.From, "-")
	other := "0" + stamp[3][1:]
	if other == stamp[3] {
		other = "1" + stamp[3][1:]
	}
	for name, to := range map[string]string{
		"another seal":      strings.Join([]string{"l", stamp[1], stamp[2], other}, "-"),
		"another stream":    "t-" + strings.Join(stamp[1:], "-"),
		"another community": strings.Join([]string{"l", d.Neighbour.ID.String(), stamp[2], stamp[3]}, "-"),
		"another domain":    strings.Replace(message.From, returnDomain, "kumun.test", 1),
		"no seal":           "l-" + stamp[1] + "-" + stamp[2] + "@" + returnDomain,
		"postmaster":        "postmaster@" + returnDomain,
	} {
		err := smtp.SendMail(d.inbox, nil, "", []string{to}, dsn("failed", "5.1.1"))
		if err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is no report, or of no letter here, is dropped without an error.
	d.comesBack(t, message.From, []byte("Subject: Absente\r\n\r\nJe suis en vacances."))
	d.comesBack(t, message.From, dsn("delivered", "2.1.5"))
	d.comesBack(t, message.From, dsn("failed", ""))
	d.comesBack(t, "plaintes@"+returnDomain, dsn("failed", "5.1.1"))
	forged := message
	forged.Header = map[string][]string{"Message-Id": {"<m-1-2-3@cornouaille.kumun.test>"}}
	d.comesBack(t, "plaintes@"+returnDomain, arf("abuse", forged))
	if bulk, urgent := d.gets(t, "anna@example.org"); !bulk || !urgent {
		t.Errorf("bulk %v, urgent %v", bulk, urgent)
	}

	// Nor of a letter that went with its reader.
	d.Clock.Forward(91 * 24 * time.Hour)
	if err := d.letters.Housekeep(t.Context(), d.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	d.comesBack(t, message.From, dsn("failed", "5.1.1"))
	d.comesBack(t, strings.ToUpper(message.From), dsn("failed", "5.1.1"))
	if bulk, _ := d.gets(t, "anna@example.org"); !bulk {
		t.Error("a bounce of a letter that is unknown counts")
	}
}

func TestARefusalOnTheWayOutCountsWhenTheMailboxIsAtFault(t *testing.T) {
	d := newDeliver(t)
	d.sink.Reject("gone@example.org", 550, [3]int{5, 1, 1})
	d.sink.Reject("blocked@example.org", 550, [3]int{5, 7, 1})
	for _, address := range []string{"gone@example.org", "blocked@example.org", "anna@example.org"} {
		d.bulk(t, address)
	}

	d.mustFollow(t)

	if len(d.to("anna@example.org")) != 1 {
		t.Error("one refusal stops the others")
	}
	for address, want := range map[string]int{"gone@example.org": 2, "blocked@example.org": 0} {
		if against, err := d.senders.Against(t.Context(), d.Tenant.ID, address); err != nil || len(against) != want {
			t.Errorf("%s: %+v, %v", address, against, err)
		}
	}
}
