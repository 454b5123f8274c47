package mail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/mail"
)

// bounce is a report as Postfix writes it.
func bounce(action, status string) string {
	return strings.ReplaceAll(fmt.Sprintf(`Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: b-1-2-3@rebonds.kumun.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 24 Nov 2026 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; anna@example.org
Original-Recipient: rfc822;anna@example.org
Action: %s
Status: %s
Diagnostic-Code: smtp; 550 5.1.1 <anna@example.org>: Recipient address rejected:
    User unknown

--x
Content-Type: text/rfc822-headers

Return-Path: <b-1-2-3@rebonds.kumun.test>
Message-ID: <1-2-3@kumun.test>
Subject: hello
--x--
`, action, status), "\n", "\r\n")
}

// complaint is a report as RFC 5965, appendix B, shows one.
func complaint(kind string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: <abusedesk@example.com>
To: <plaintes@rebonds.kumun.test>
Subject: FW: Earn money
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
192.0.2.1.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: %s
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <b-1-2-3@rebonds.kumun.test>

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

Received: from mailserver.example.net by example.com
From: <bonjour@kumun.test>
To: <anna@example.org>
Subject: La lettre
Message-ID: <1-2-3@kumun.test>

Spam Spam Spam
--part1_13d.2e68ed54_boundary--
`, kind), "\n", "\r\n")
}

func TestABounceSaysWhatBecameOfTheLetter(t *testing.T) {
	report, err := mail.ParseReport([]byte(bounce("failed", "5.1.1")))

	if err != nil || len(report.Recipients) != 1 || report.Recipients[0] != (mail.Recipient{Action: "failed", Status: "5.1.1"}) || report.Feedback != "" {
		t.Errorf("%+v, %v", report, err)
	}
	if report != nil && !slices.Contains(report.Traces, "1-2-3@kumun.test") {
		t.Errorf("%v", report.Traces)
	}
}

func TestAComplaintNamesTheLetter(t *testing.T) {
	report, err := mail.ParseReport([]byte(complaint("abuse")))

	if err != nil || report.Feedback != "abuse" || !slices.Contains(report.Traces, "b-1-2-3@rebonds.kumun.test") || !slices.Contains(report.Traces, "1-2-3@kumun.test") {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestWhatReportsNothingIsNoReport(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":               "",
		"an automatic reply":    "From: anna@example.org\r\nSubject: Absente\r\nContent-Type: text/plain\r\n\r\nJe suis en vacances.\r\n",
		"no parts":              "Content-Type: multipart/report; report-type=delivery-status\r\n\r\nhm",
		"cut":                   bounce("failed", "5.1.1")[:600],
		"no recipient":          strings.Replace(bounce("failed", "5.1.1"), "Action: failed\r\n", "", 1),
		"another kind":          strings.Replace(bounce("failed", "5.1.1"), "delivery-status;", "disposition-notification;", 1),
		"no type":               complaint(""),
		"a body without header": "\r\n\r\n\x00\xff",
	} {
		if report, err := mail.ParseReport([]byte(raw)); !errors.Is(err, mail.ErrNoReport) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte(bounce("failed", "5.1.1")))
	f.Add([]byte(complaint("abuse")))
	f.Add([]byte("Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\n--x--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, err := mail.ParseReport(raw)
		if (err == nil) != (report != nil) || err != nil && !errors.Is(err, mail.ErrNoReport) {
			t.Errorf("%v, %v", report, err)
		}
	})
}

type taken struct {
	sync.Mutex
	to   []string
	fail error
}

func inbound(t *testing.T, what *taken) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &mail.Inbound{Host: "mx.kumun.test", Clock: clock.At(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)),
		Admits: func(to string) bool { return strings.HasPrefix(to, "b-") },
		Take: func(_ context.Context, to string, _ []byte) error {
			what.Lock()
			defer what.Unlock()
			what.to = append(what.to, to)
			return what.fail
		}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

func TestTheListenerTakesItsOwnAddressesAndRelaysNothing(t *testing.T) {
	what := &taken{}
	address := inbound(t, what)

	if err := smtp.SendMail(address, nil, "", []string{"b-1-2-3@rebonds.kumun.test"}, []byte(bounce("failed", "5.1.1"))); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"anna@example.org", "postmaster@rebonds.kumun.test"} {
		if err := smtp.SendMail(address, nil, "eve@example.org", []string{to}, []byte("Subject: x\r\n\r\nx")); err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if err := smtp.SendMail(address, nil, "", []string{"b-2@rebonds.kumun.test"}, []byte(strings.Repeat("x", 70)+"\r\n"+strings.Repeat(strings.Repeat("y", 70)+"\r\n", 8000))); err == nil || !strings.HasPrefix(err.Error(), "552") {
		t.Errorf("500 KB and more: %v", err)
	}
	if len(what.to) != 1 || what.to[0] != "b-1-2-3@rebonds.kumun.test" {
		t.Errorf("took %v", what.to)
	}
}

func TestWhatCannotBeKeptNowComesAgain(t *testing.T) {
	what := &taken{fail: errors.New("no store")}

	err := smtp.SendMail(inbound(t, what), nil, "", []string{"b-1@rebonds.kumun.test"}, []byte("Subject: x\r\n\r\nx"))

	if err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("%v", err)
	}
}

func TestOneCallerCannotFloodTheListener(t *testing.T) {
	what := &taken{}
	client, err := smtp.Dial(inbound(t, what))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	for n := range 1001 {
		err = client.Mail("eve@example.org")
		if n < 1000 && err != nil {
			t.Fatalf("message %d: %v", n, err)
		}
		if err := client.Reset(); err != nil {
			t.Fatal(err)
		}
	}
	if err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("the thousand and first: %v", err)
	}
}
