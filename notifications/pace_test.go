package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/limit"
	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/notifications"
)

// issued is a community whose issue of the week has begun: its readers' letters
// wait in one batch.
func issued(t *testing.T, readers ...string) *deliver {
	t.Helper()
	d := newDeliver(t)
	for _, address := range readers {
		if _, err := d.members.Admit(t.Context(), d.Tenant.ID, membership.Newcomer{Email: address, Name: "Voisine", JoinedAt: d.Clock.Now().AddDate(-1, 0, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	d.tip(t, d.Member(t, "author"), "Le bain de sept heures", 0)
	d.forget(t)
	if err := d.digest.Begin(t.Context(), d.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.followOne(t, d.nextFact(t)); err != nil {
		t.Fatal(err)
	}
	return d
}

// paced lets letters go at these rates; the Redis that counts is returned.
func (d *deliver) paced(t *testing.T, text string) goredis.UniversalClient {
	t.Helper()
	rates, err := notifications.ParseRates(text)
	if err != nil {
		t.Fatal(err)
	}
	options, closeServer, err := redis.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	client := redis.Client(options)
	t.Cleanup(func() {
		_ = client.Close()
		closeServer()
	})
	d.letters.Pace = &notifications.Pace{Limit: limit.NewShared(client), Rates: rates}
	return client
}

func at(domain string, count int) (addresses []string) {
	for n := range count {
		addresses = append(addresses, fmt.Sprintf("voisine%d@%s", n, domain))
	}
	return addresses
}

// arrivals counts the letters to a domain. Each reader gets one, under whatever
// attempt.
func (d *deliver) arrivals(t *testing.T, domain string) (count int) {
	t.Helper()
	under := map[string]string{}
	for _, message := range d.sink.Messages() {
		to, messageID := message.To[0], message.Header.Get("Message-Id")
		if before := under[to]; before != "" && before != messageID {
			t.Errorf("%s got %s and %s", to, before, messageID)
		}
		if under[to] == "" && strings.HasSuffix(to, "@"+domain) {
			count++
		}
		under[to] = messageID
	}
	return count
}

// What bad servers do to a mailing: the rest goes on, nothing is lost and nobody
// gets two.
func TestAMailingOutlivesABadServer(t *testing.T) {
	for name, bad := range map[string]struct {
		turnsBad func(*deliver)
		turnsUp  func(*deliver)
		lost     int
	}{
		"it greylists":              {turnsBad: func(d *deliver) { d.sink.Greylist() }},
		"it drops in mid-message":   {turnsBad: func(d *deliver) { d.sink.DropNext(3, false) }},
		"it drops what it took":     {turnsBad: func(d *deliver) { d.sink.DropNext(3, true) }},
		"it puts some off":          {turnsBad: func(d *deliver) { d.sink.RefuseNext(4) }},
		"it does not answer":        {turnsBad: func(d *deliver) { d.sink.Stall() }, turnsUp: func(d *deliver) { d.sink.Resume() }},
		"it knows one address not":  {turnsBad: func(d *deliver) { d.sink.Reject("voisine3@example.org", 550, [3]int{5, 1, 1}) }, lost: 1},
		"it finds one box full":     {turnsBad: func(d *deliver) { d.sink.Reject("voisine3@example.org", 452, [3]int{4, 2, 2}) }, turnsUp: func(d *deliver) { d.sink.Admit("voisine3@example.org") }},
		"it takes none for a while": {turnsBad: func(d *deliver) { d.sink.RefuseNext(20) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const readers = 25 // more than are attempted between two transactions
			d := issued(t, at("example.org", readers)...)
			hasty, err := mail.Dial(d.sink.URL() + "?timeout=200ms")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(hasty.Close)
			d.letters.Mail = hasty
			bad.turnsBad(d)

			failed := 0
			for turns := 0; d.follow(t) != nil; turns++ {
				failed++
				if turns > readers {
					t.Fatal("it never ends")
				}
				if bad.turnsUp != nil {
					bad.turnsUp(d)
				}
				d.Clock.Forward(time.Minute)
			}

			if failed == 0 && bad.lost == 0 {
				t.Error("nothing was bad")
			}
			if arrived := d.arrivals(t, "example.org"); arrived != readers-bad.lost {
				t.Errorf("%d of %d arrived", arrived, readers)
			}
			for _, letter := range d.kept(t) {
				if letter.State != notifications.Sent && letter.Address != "voisine3@example.org" {
					t.Errorf("%s: %s, %s", letter.Address, letter.State, letter.Problem)
				}
			}
		})
	}
}

func TestAMailingKeepsThePaceOfEachProvider(t *testing.T) {
	d := issued(t, append(append(at("gmail.com", 5), at("googlemail.com", 2)...), at("orange.fr", 6)...)...)
	counts := d.paced(t, "gmail.com=3")

	err := d.follow(t)

	var later *outbox.Later
	if !errors.As(err, &later) || !later.At.After(d.Clock.Now()) || later.At.After(d.Clock.Now().Add(time.Minute)) {
		t.Fatalf("%v", err)
	}
	if google, orange := d.arrivals(t, "gmail.com")+d.arrivals(t, "googlemail.com"), d.arrivals(t, "orange.fr"); google != 3 || orange != 6 {
		t.Errorf("%d to Google, %d to Orange", google, orange)
	}
	waiting := 0
	for _, letter := range d.kept(t) {
		if letter.State == notifications.Queued {
			waiting++
			if letter.Attempts != 0 || letter.Problem != "" {
				t.Errorf("%s: %d attempts, %s", letter.Address, letter.Attempts, letter.Problem)
			}
		}
	}
	if waiting != 4 {
		t.Errorf("%d wait", waiting)
	}
	// Letters that people wait for do not.
	d.urgent(t, "voisine0@gmail.com")
	row := d.lastFact(t)
	if err := d.followOne(t, row); err != nil || d.sink.Count() != 10 {
		t.Errorf("%v, %d letters", err, d.sink.Count())
	}

	for d.follow(t) != nil {
		if err := counts.FlushDB(t.Context()).Err(); err != nil { // a minute goes by
			t.Fatal(err)
		}
	}
	perReader := map[string]int{}
	for _, message := range d.sink.Messages() {
		perReader[message.To[0]]++
	}
	if perReader["voisine0@gmail.com"] != 2 || len(perReader) != 13 || d.sink.Count() != 14 {
		t.Errorf("%v", perReader)
	}
}

// lastFact is the newest that is open.
func (d *deliver) lastFact(t *testing.T) *outbox.Row {
	t.Helper()
	var rows []outbox.Row
	if err := d.DB.Read(t.Context(), d.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&rows).Where("done_at IS NULL").Order("id DESC").Limit(1).Scan(ctx)
	}); err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	return &rows[0]
}

func TestAProviderThatIsOvertaxedRestsAndTheOthersGoOn(t *testing.T) {
	d := issued(t, append(at("gmail.com", 8), at("orange.fr", 8)...)...)
	counts := d.paced(t, "*=1000")
	d.sink.Reject("voisine2@gmail.com", 421, [3]int{4, 7, 28})

	err := d.follow(t)

	var later *outbox.Later
	if !errors.As(err, &later) || later.At.Before(d.Clock.Now().Add(time.Minute)) {
		t.Fatalf("%v", err)
	}
	if orange, google := d.arrivals(t, "orange.fr"), d.arrivals(t, "gmail.com"); orange != 8 || google > 2 {
		t.Errorf("%d to Orange, %d to Google", orange, google)
	}
	attempts := 0
	for _, letter := range d.kept(t) {
		if letter.State == notifications.Queued {
			attempts += letter.Attempts
		}
	}
	if attempts != 1 {
		t.Errorf("%d attempts at those that wait, for one refusal", attempts)
	}
	// Nothing of it goes there while it rests, single letters neither.
	before := d.sink.Count()
	d.bulk(t, "anna@gmail.com")
	if err := d.followOne(t, d.lastFact(t)); !errors.As(err, &later) || d.sink.Count() != before {
		t.Errorf("%v, %d letters", err, d.sink.Count()-before)
	}

	d.sink.Admit("voisine2@gmail.com")
	if err := counts.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	d.mustFollow(t)
	if google := d.arrivals(t, "gmail.com"); google != 9 {
		t.Errorf("%d to Google in the end", google)
	}
}

func TestWithoutRedisLettersGoUnbounded(t *testing.T) {
	d := issued(t, at("gmail.com", 5)...)
	counts := d.paced(t, "gmail.com=1")
	_ = counts.Close()

	d.mustFollow(t)

	if google := d.arrivals(t, "gmail.com"); google != 5 {
		t.Errorf("%d", google)
	}
}

func TestRatesAreReadOrRefused(t *testing.T) {
	for text, want := range map[string]map[string]int{
		"":                               {"gmail.com": 1200, "*": 120},
		"gmail.com=2000,*=300":           {"gmail.com": 2000, "*": 300, "orange.fr": 200},
		"Wanadoo.fr=50, example.org=10 ": {"orange.fr": 50, "example.org": 10},
		"off":                            {"gmail.com": 0},
	} {
		rates, err := notifications.ParseRates(text)
		for domain, rate := range want {
			if err != nil || rates[domain] != rate {
				t.Errorf("%q: %s %d, want %d; %v", text, domain, rates[domain], rate, err)
			}
		}
	}
	for _, text := range []string{"fast", "gmail.com", "gmail.com=0", "gmail.com=-1", "gmail.com=many", "=100", "gmail.com=99999999999"} {
		if _, err := notifications.ParseRates(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
