package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/notifications/letters"
	"github.com/kumun/kumun/web/operator"
)

const (
	workPath  = "/operator/travaux"
	stuckPath = workPath + "/en-panne"
)

// narrow undoes the spaces that are set for the eye.
var narrow = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// reads is has, whatever the spaces.
func reads(t *testing.T, answer *httptest.ResponseRecorder, status int, wanted ...string) {
	t.Helper()
	has(t, answer, status)
	expect(t, narrow.Replace(answer.Body.String()), wanted...)
}

// counted follows the facts of these tests.
type counted struct{ atomic.Int64 }

func (c *counted) when() jobs.When {
	return jobs.When{"post.published": {Urgency: jobs.Moderation, Inside: []jobs.Handler{func(context.Context, id.ID, json.RawMessage) error {
		c.Add(1)
		return nil
	}}}, "sign_in.requested": {Urgency: jobs.Transactional}}
}

// working lets workers run until the test's end.
func (s *site) working(t *testing.T, console *operator.Console, when jobs.When) *jobs.Overseer {
	t.Helper()
	options, closeServer, err := redis.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeServer)
	worker := &jobs.Worker{DB: s.DB, Clock: s.Clock, Redis: options, When: when}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(worker.Stop)
	overseer := console.Work.(*jobs.Overseer)
	overseer.When, overseer.Redis = when, options
	return overseer
}

// relay hands over what is due, once.
func (s *site) relay(t *testing.T, overseer *jobs.Overseer) {
	t.Helper()
	if _, err := jobs.NewRelay(s.DB, s.Clock, overseer.Redis, overseer.When, time.Minute).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *site) fact(t *testing.T, tenant id.ID, fact outbox.Fact) id.ID {
	t.Helper()
	var rows []outbox.Row
	if err := s.DB.Write(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		if err := s.Outbox.Add(ctx, tx, fact, struct{}{}); err != nil {
			return err
		}
		return tx.Select(&rows).Order("id DESC").Limit(1).Scan(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	return rows[0].ID
}

// laidAside notes a fact whose followers have failed for good.
func (s *site) laidAside(t *testing.T, tenant id.ID, fact outbox.Fact, problem string) id.ID {
	t.Helper()
	row := s.fact(t, tenant, fact)
	if err := s.DB.Write(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*outbox.Row)(nil)).Set("dead_at = ?", s.Clock.Now()).Set("failures = 12").Set("problem = ?", problem).Where("id = ?", row).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return row
}

// failed queues a letter and lets its last attempt fail.
func (s *site) failed(t *testing.T, tenant id.ID, kind, address, problem string, secret bool) {
	t.Helper()
	if err := s.DB.Write(t.Context(), tenant, func(ctx context.Context, tx database.Tx) error {
		err := s.letters().Write(ctx, tx, notifications.Reader{Email: address}, func(letters.Sender) letters.Letter {
			return letters.Letter{Kind: kind, Subject: "Bonjour", Blocks: []letters.Block{letters.Paragraph("Un secret de famille.")}, Secret: secret}
		})
		if err != nil {
			return err
		}
		_, err = tx.Update((*notifications.Letter)(nil)).Set("state = ?", notifications.Failed).Set("problem = ?", problem).Set("attempts = 12").
			Where("address = ?", address).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Delete((*outbox.Row)(nil)).Where("fact = ?", notifications.LetterQueued).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *site) count(t *testing.T, statement string, args ...any) (count int) {
	t.Helper()
	if err := s.DB.Survey(t.Context(), "test", func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(statement, args...).Scan(ctx, &count)
	}); err != nil {
		t.Fatal(err)
	}
	return count
}

func TestTheOperatorSeesHowWorkStands(t *testing.T) {
	s, console, _ := operators(t)
	overseer := s.working(t, console, (&counted{}).when())
	reads(t, s.get(workPath), http.StatusOK, "Tout suit son cours", "Rien n’attend en ce moment")
	s.fact(t, s.Tenant.ID, "sign_in.requested")
	s.Clock.Forward(time.Second)
	s.fact(t, s.Neighbour.ID, "post.published")
	s.fact(t, s.Neighbour.ID, "post.published")
	s.Clock.Forward(12 * time.Minute)
	if err := (&jobs.Schedule{DB: s.DB, Clock: s.Clock}).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Forward(3 * time.Minute)
	s.laidAside(t, s.Neighbour.ID, "post.published", "pas aujourd'hui")

	page := ""
	eventually(t, "the workers are seen", func() bool {
		page = s.get(workPath).Body.String()
		return strings.Contains(page, "0 sur ")
	})
	expect(t, narrow.Replace(page), "Le plus vieux travail attend depuis 15 min", "Une demande de connexion, à Cornouaille", "Villeray", "2, le plus vieux depuis 15 min",
		"Un travail est en panne", "Ce que quelqu’un attend, Les nouvelles, La modération", "Faire le ménage", "une fois par jour", "le dernier tour il y a ", "attend son tour")
	cells := regexp.MustCompile(`(?s)<b>La modération</b>.*?</tr>`).FindString(page)
	expect(t, cells, `data-l="Attend">2<`, `data-l="En panne">1<`)

	overseer.Redis = nil
	reads(t, s.get(workPath), http.StatusOK, "Redis ne répond pas d’ici", "2, le plus vieux depuis 15 min")
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestWhatIsStuckIsTriedAgainOnceAndByNameOfWhoDidIt(t *testing.T) {
	s, console, _ := operators(t)
	done := &counted{}
	overseer := s.working(t, console, done.when())
	here := s.laidAside(t, s.Tenant.ID, "post.published", "smtp: 550 <anna.kervella@example.org> unknown")
	s.laidAside(t, s.Tenant.ID, "post.published", "not today")
	there := s.laidAside(t, s.Neighbour.ID, "post.published", "not there")
	page := s.get(stuckPath)
	reads(t, page, http.StatusOK, "3 travaux en panne", "Une nouvelle publication", "Cornouaille, 2 travaux", "Villeray, un travail", "not today", "a…@example.org", "Tout relancer")
	hasNot(t, page, "kervella")

	again := form("what", "fact", "community", "cornouaille", "kind", "post.published", "row", here.String())
	for range 2 {
		if answer := s.post(stuckPath+"/relancer", again); answer.Code != http.StatusSeeOther {
			t.Fatalf("%d", answer.Code)
		}
		s.relay(t, overseer)
		eventually(t, "it is done", func() bool {
			return s.count(t, `SELECT count(*) FROM outbox WHERE id = ? AND done_at IS NOT NULL`, here) == 1
		})
	}
	if count := done.Load(); count != 1 {
		t.Errorf("done %d times", count)
	}
	if s.count(t, `SELECT failures FROM outbox WHERE id = ?`, here) != 0 {
		t.Error("it has no patience left")
	}
	s.post(stuckPath+"/relancer", form("what", "fact", "community", "cornouaille", "kind", "post.published"))
	reads(t, s.get(stuckPath), http.StatusOK, "Un travail en panne", "Villeray, un travail", "Un relancé")

	// A reason is asked for, and nothing typed is lost.
	drop := form("what", "fact", "community", "villeray", "kind", "post.published", "row", there.String(), "reason", "x")
	reads(t, s.post(stuckPath+"/ecarter", drop), http.StatusUnprocessableEntity, `value="x"`, "not there", "Dis pourquoi")
	drop.Set("reason", "Le groupe est fermé.")
	s.post(stuckPath+"/ecarter", drop)
	s.post(stuckPath+"/ecarter", drop)
	s.Clock.Forward(time.Hour)
	s.relay(t, overseer)
	eventually(t, "the other is done", func() bool { return done.Load() == 2 })
	if handed := s.count(t, `SELECT attempt FROM outbox WHERE id = ?`, there); handed != 0 {
		t.Error("what was dropped is done")
	}
	reads(t, s.get(stuckPath), http.StatusOK, "Rien n’est en panne", "Un écarté", "Le groupe est fermé.")
	if repairs := s.count(t, `SELECT count(*) FROM repairs WHERE staff_id = 7 AND tenant_id > 0`); repairs != 3 {
		t.Errorf("%d repairs are noted", repairs)
	}
}

func TestALetterThatFailedLeavesAgainOrIsDropped(t *testing.T) {
	s, _, _ := operatorsPost(t)
	s.failed(t, s.Tenant.ID, "welcome", "anna.kervella@example.org", "RCPT: 550 anna.kervella@example.org is blocked", false)
	s.failed(t, s.Tenant.ID, "welcome", "bob@example.org", "", false)
	s.failed(t, s.Neighbour.ID, "sign_in", "chloe@example.org", "body: 451 later", true)
	page := s.get(stuckPath)
	reads(t, page, http.StatusOK, "Lettre : bienvenue", "Cornouaille, 2 lettres", "a…@example.org", "RCPT: 550 a…@example.org is blocked", "essayé 12 fois",
		"Lettre : code de connexion", "le code a expiré", "Rien n’a été dit de la cause")
	hasNot(t, page, "kervella", "secret de famille", "chloe")

	again := form("what", "letter", "community", "cornouaille", "kind", "welcome")
	s.post(stuckPath+"/relancer", again)
	s.post(stuckPath+"/relancer", again)
	if waiting := s.count(t, `SELECT count(*) FROM outbox WHERE fact = 'letter.queued' AND done_at IS NULL`); waiting != 2 {
		t.Errorf("%d letters wait to leave", waiting)
	}
	s.post(stuckPath+"/relancer", form("what", "letter", "community", "villeray", "kind", "sign_in"))
	if code := s.count(t, `SELECT count(*) FROM letters WHERE tenant_id = ? AND kind = 'sign_in' AND state = 'failed'`, s.Neighbour.ID); code != 1 {
		t.Error("an expired code leaves again")
	}
	row := regexp.MustCompile(`name="row" value="([^"]+)"`).FindStringSubmatch(s.get(stuckPath).Body.String())
	s.post(stuckPath+"/ecarter", form("what", "letter", "community", "villeray", "kind", "sign_in", "row", row[1], "reason", "Trop tard."))
	reads(t, s.get(stuckPath), http.StatusOK, "Rien n’est en panne", "2 relancés", "Trop tard.")
}

func TestOneOfManyIsShownAndTheOthersAreCounted(t *testing.T) {
	s, _, _ := operatorsPost(t)
	if err := s.DB.Write(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		now := s.Clock.Now()
		for range 25 {
			row := &outbox.Row{ID: id.New(now), Fact: "thanks.changed", Payload: []byte("{}"), CreatedAt: now, DueAt: now, DeadAt: now, Problem: "no"}
			if _, err := tx.Insert(row).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	reads(t, s.get(stuckPath), http.StatusOK, "25 travaux en panne", "Et 5 autres")
	reads(t, s.get(workPath), http.StatusOK, "sauf 25 travaux en panne", "25 travaux sont en panne")
}

func TestWhatIsNotThereIsNotRepaired(t *testing.T) {
	s, _, _ := operatorsPost(t)
	for name, values := range map[string]struct{ path, community, row string }{
		"another community": {"/relancer", "penmarch", ""}, "no identifier": {"/relancer", "cornouaille", "!"}, "all at once": {"/ecarter", "cornouaille", ""},
	} {
		if answer := s.post(stuckPath+values.path, form("what", "fact", "kind", "post.published", "community", values.community, "row", values.row, "reason", "Comme ça")); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}

func TestTheOperatorSeesHowFarTheLetterHasCome(t *testing.T) {
	s, console, _ := operators(t)
	hasNot(t, s.get(mailPath), "<progress")
	digest := console.Digest
	author := s.Member(t, "author")
	for _, name := range []string{"anna", "bob", "chloe"} {
		s.Member(t, name)
	}
	s.Tip(t, author, "Le bain de sept heures")
	if err := digest.Begin(t.Context(), s.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	reads(t, s.get(mailPath), http.StatusOK, "<progress", "Des lettres sont encore en préparation")

	var batch []outbox.Row
	if err := s.DB.Read(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&batch).Where("fact = ?", notifications.DigestBatch).Scan(ctx)
	}); err != nil || len(batch) != 1 {
		t.Fatal(err, len(batch))
	}
	if err := s.DB.Write(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		if err := digest.WriteBatch(ctx, s.Tenant.ID, batch[0].Payload); err != nil {
			return err
		}
		_, err := tx.Update((*outbox.Row)(nil)).Set("done_at = ?", s.Clock.Now()).Where("id = ?", batch[0].ID).Exec(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for address, state := range map[string]notifications.State{"anna@example.org": notifications.Sent, "bob@example.org": notifications.Withheld} {
		if err := s.DB.Write(t.Context(), s.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
			_, err := tx.Update((*notifications.Letter)(nil)).Set("state = ?", state).Where("address = ?", address).Exec(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}

	page := s.get(mailPath)
	reads(t, page, http.StatusOK, `max="3" value="2"`, "Une lettre est partie.", "Une attend son tour.", "Une ne partira pas")
	hasNot(t, page, "en préparation")
}
