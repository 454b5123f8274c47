package notifications_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/outbox"
	"github.com/kumun/kumun/internal/redis"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/jobs"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/tenants"
)

// friday is when the first issue of a world appears: 8:00 in Paris.
var friday = time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC)

func (h *house) at(moment time.Time) { h.Clock.Forward(moment.Sub(h.Clock.Now())) }

// due does what each hour does.
func (h *house) due(t *testing.T) {
	t.Helper()
	if err := h.DB.Write(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		return h.Outbox.Add(ctx, tx, "digest.due", struct{}{})
	}); err != nil {
		t.Fatal(err)
	}
	h.mustFollow(t)
}

func TestTheDigestAppearsOnFridayMorningOnceForEachReader(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.Member(t, "bob")
	h.tip(t, anna, "Le bain de sept heures, même en novembre", 0)
	h.forget(t)

	h.at(friday.Add(-time.Minute))
	h.due(t)
	if count := len(h.sink.Messages()); count != 0 {
		t.Fatalf("%d letters before the hour", count)
	}
	for range 3 {
		h.at(h.Clock.Now().Add(time.Hour))
		h.due(t)
	}

	arrived := h.sink.Messages()
	if len(arrived) != 1 || arrived[0].To[0] != "bob@example.org" {
		t.Fatalf("%d letters", len(arrived))
	}
	if subject := arrived[0].Subject(); subject != "Le bain de sept heures, même en novembre · N° 1" {
		t.Errorf("subject %q", subject)
	}
	for _, want := range []string{"Salut Bob,", "N° 1, du 23 au 29 novembre", "Bon plan, Tréboul", "/bons-plans/"} {
		if !strings.Contains(arrived[0].Text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, arrived[0].Text)
		}
	}
}

func TestAWorkerThatWasAwayOnFridaySendsTheDigestLater(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.Member(t, "bob")
	h.at(friday.Add(-time.Hour))
	h.tip(t, anna, "Le marché du jeudi à Plogoff", 0)
	h.forget(t)

	h.at(friday.Add(50 * time.Hour)) // Sunday
	h.due(t)

	if count := len(h.to("bob@example.org")); count != 1 {
		t.Errorf("%d letters", count)
	}
}

func TestAnEmptyWeekSendsNothing(t *testing.T) {
	h := newHouse(t)
	anna := h.Member(t, "anna")
	h.Member(t, "bob")
	for n := range 9 {
		h.tip(t, anna, fmt.Sprintf("Le bain de sept heures, %d", n), 0)
	}
	h.forget(t)
	h.at(friday)
	h.due(t)
	sent := len(h.sink.Messages())

	h.at(friday.AddDate(0, 0, 7))
	h.due(t)

	if count := len(h.sink.Messages()); sent != 1 || count != sent {
		t.Errorf("%d letters in the first week, %d after the second", sent, count)
	}
}

func TestOneCanStopAfterTheIssueHasBegun(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna"), h.Member(t, "bob")
	h.tip(t, anna, "Le bain de sept heures", 0)
	h.forget(t)
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	reader, err := h.members.ByID(t.Context(), h.Tenant.ID, bob.Member)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.digest.Stop(t.Context(), h.Tenant.ID, reader, notifications.ByOneClick); err != nil {
		t.Fatal(err)
	}

	h.mustFollow(t)

	if count := len(h.sink.Messages()); count != 0 {
		t.Errorf("%d letters", count)
	}
}

// promise is what the digest owes each reader, whatever happens.
type promise struct {
	seen   map[string]map[string]bool // by reader, then title
	issues map[string]map[string]bool
}

func TestTheDigestKeepsItsPromisesOverTheWeeks(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			keepsPromises(t, rand.New(rand.NewPCG(seed, 7)))
		})
	}
}

func keepsPromises(t *testing.T, chance *rand.Rand) {
	h := newHouse(t)
	var people []actor.Actor
	for n := range 7 {
		people = append(people, h.Member(t, fmt.Sprintf("member%d", n)))
	}
	groups := map[id.ID][]actor.Actor{}
	for n := range 3 {
		some := []actor.Actor{people[n], people[n+1], people[n+2]}
		groups[h.Group(t, fmt.Sprintf("group %d", n), some...).ID] = some
	}
	h.forget(t)
	kept := promise{map[string]map[string]bool{}, map[string]map[string]bool{}}
	for week := range 8 {
		appears := friday.AddDate(0, 0, 7*week)
		written := h.writeWeek(t, chance, people, groups, week)
		h.at(appears.Add(time.Duration(chance.IntN(60)) * time.Hour))
		before := len(h.sink.Messages())
		h.due(t)
		h.due(t)
		kept.check(t, h, people, groups, written, h.sink.Messages()[before:])
	}
}

// written is what was published in a week.
type written struct {
	title  string
	author actor.Actor
	group  id.ID
}

func (h *house) writeWeek(t *testing.T, chance *rand.Rand, people []actor.Actor, groups map[id.ID][]actor.Actor, week int) (all []written) {
	if week == 3 {
		return nil
	}
	for n := range chance.IntN(14) {
		one := written{title: fmt.Sprintf("Trouvaille %d de la semaine %d", n, week), author: people[chance.IntN(len(people))]}
		if chance.IntN(2) == 0 {
			for group, members := range groups {
				one.group, one.author = group, members[0]
				break
			}
		}
		h.Clock.Forward(time.Minute)
		h.tip(t, one.author, one.title, one.group)
		all = append(all, one)
	}
	return all
}

func (p promise) check(t *testing.T, h *house, people []actor.Actor, groups map[id.ID][]actor.Actor, week []written, arrived []services.Message) {
	t.Helper()
	letters := map[string][]services.Message{}
	for _, message := range arrived {
		letters[message.To[0]] = append(letters[message.To[0]], message)
	}
	for _, reader := range people {
		address := strings.ToLower(reader.Name) + "@example.org"
		mine := letters[address]
		open := 0
		for _, one := range week {
			if one.author.Member != reader.Member && (one.group == 0 || isIn(reader, groups[one.group])) {
				open++
			}
		}
		if len(mine) > 1 || (open == 0) != (len(mine) == 0) {
			t.Errorf("%s: %d letters for %d open pieces", address, len(mine), open)
		}
		for _, message := range mine {
			p.checkLetter(t, address, reader, groups, week, message)
		}
	}
}

func (p promise) checkLetter(t *testing.T, address string, reader actor.Actor, groups map[id.ID][]actor.Actor, week []written, message services.Message) {
	t.Helper()
	if p.seen[address] == nil {
		p.seen[address], p.issues[address] = map[string]bool{}, map[string]bool{}
	}
	_, number, _ := strings.Cut(message.Subject(), "N° ")
	if p.issues[address][number] {
		t.Errorf("%s gets issue %s twice", address, number)
	}
	p.issues[address][number] = true
	finds := 0
	for line := range strings.Lines(message.Text) {
		title := strings.TrimSpace(line)
		if !strings.HasPrefix(title, "Trouvaille ") {
			continue
		}
		finds++
		if p.seen[address][title] {
			t.Errorf("%s gets %q twice", address, title)
		}
		p.seen[address][title] = true
		for _, one := range week {
			if one.title == title && (one.author.Member == reader.Member || one.group != 0 && !isIn(reader, groups[one.group])) {
				t.Errorf("%s gets %q, an own piece or one of a foreign group", address, title)
			}
		}
	}
	if finds < 1 || finds > 6 {
		t.Errorf("%s gets %d finds", address, finds)
	}
}

func isIn(reader actor.Actor, members []actor.Actor) bool {
	for _, member := range members {
		if member.Member == reader.Member {
			return true
		}
	}
	return false
}

// A worker dies again and again while a digest goes out, and Redis forgets all
// it holds: everybody gets one letter.
func TestADigestSurvivesKilledWorkersAndALostRedis(t *testing.T) {
	h := newHouse(t)
	author := h.Member(t, "author")
	const readers = 60
	for n := range readers {
		h.Member(t, fmt.Sprintf("reader%d", n))
	}
	h.tip(t, author, "Le bain de sept heures", 0)
	h.forget(t)
	address := services.Redis(t)
	options, closeRedis, err := redis.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer closeRedis()
	client := options.MakeRedisClient().(goredis.UniversalClient)
	defer func() { _ = client.Close() }()
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}

	relay := jobs.NewRelay(h.DB, h.Clock, options, h.when, time.Minute)
	for round := 1; len(h.sink.Messages()) < readers; round++ {
		if round > 30 {
			t.Fatalf("after %d rounds %d letters arrived", round, len(h.sink.Messages()))
		}
		worker := &jobs.Worker{DB: h.DB, Clock: h.Clock, Redis: options, When: h.when}
		if err := worker.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := relay.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The worker lives until something has happened.
		before, facts := len(h.sink.Messages()), h.finished(t)
		waitFor(t, func() bool { return len(h.sink.Messages()) > before || h.finished(t) != facts })
		worker.Stop()
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		h.Clock.Forward(time.Minute)
	}

	h.mustFollow(t)
	perMessage, perReader := map[string]int{}, map[string]int{}
	for _, message := range h.sink.Messages() {
		perMessage[message.Header.Get("Message-Id")]++
		perReader[message.To[0]]++
	}
	if len(perMessage) != readers || len(perReader) != readers {
		t.Errorf("%d different letters to %d readers", len(perMessage), len(perReader))
	}
}

func (h *house) finished(t *testing.T) (count int64) {
	t.Helper()
	if err := h.DB.Read(t.Context(), h.Tenant.ID, func(ctx context.Context, tx database.Tx) error {
		found, err := tx.Select((*outbox.Row)(nil)).Where("done_at IS NOT NULL").Count(ctx)
		count = found
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return count
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("nothing happened")
		}
	}
}

// late is a context whose time is up once so many letters have arrived.
type late struct {
	context.Context
	sink *services.Sink
	most int
}

func (l late) Err() error {
	if l.sink.Count() >= l.most {
		return context.DeadlineExceeded
	}
	return nil
}

func TestLettersWhoseTurnDoesNotComeInTimeAreSentLater(t *testing.T) {
	h := newHouse(t)
	author := h.Member(t, "author")
	const readers = 30
	for n := range readers {
		h.Member(t, fmt.Sprintf("reader%d", n))
	}
	h.tip(t, author, "Le bain de sept heures", 0)
	h.forget(t)
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.followOne(t, h.nextFact(t)); err != nil {
		t.Fatal(err)
	}
	letters := h.nextFact(t)
	never := func(context.Context, database.Tx) error {
		t.Error("the fact is done with")
		return nil
	}

	err := h.digest.Send(late{t.Context(), h.sink, 20}, h.Tenant.ID, letters.Payload, never)
	if arrived := h.sink.Count(); err == nil || arrived != 20 {
		t.Fatalf("%v after %d letters", err, arrived)
	}
	h.mustFollow(t)

	perReader := map[string]int{}
	for _, message := range h.sink.Messages() {
		perReader[message.To[0]]++
	}
	if h.sink.Count() != readers || len(perReader) != readers {
		t.Errorf("%d letters to %d readers", h.sink.Count(), len(perReader))
	}
}

func TestABatchIsWrittenWholeOrNotAtAll(t *testing.T) {
	h := newHouse(t)
	author := h.Member(t, "author")
	for n := range 5 {
		h.Member(t, fmt.Sprintf("reader%d", n))
	}
	h.tip(t, author, "Le bain de sept heures", 0)
	h.forget(t)
	if err := h.digest.Begin(t.Context(), h.Tenant.ID); err != nil {
		t.Fatal(err)
	}
	batch := h.nextFact(t)
	killed := fmt.Errorf("killed")
	following := h.when[batch.Fact]
	h.when[batch.Fact] = jobs.Following{Inside: append(following.Inside, func(context.Context, id.ID, json.RawMessage) error { return killed })}

	if err := h.follow(t); err == nil || len(h.kept(t)) != 0 {
		t.Fatalf("%v, %d letters of a batch that failed", err, len(h.kept(t)))
	}
	h.when[batch.Fact] = following
	h.mustFollow(t)

	if count := len(h.sink.Messages()); count != 5 {
		t.Errorf("%d letters", count)
	}
}

// A worker that was away may begin several issues at once.
func TestIssuesAtTheSameMomentWaitForEachOther(t *testing.T) {
	h := newHouse(t)
	for n := range 8 {
		h.tip(t, h.Member(t, "anna"+string(rune('a'+n))), "Le bain de sept heures", 0)
	}
	var readers []id.ID
	for n := range 20 {
		readers = append(readers, h.Member(t, "bob"+string(rune('a'+n))).Member)
	}
	var group errgroup.Group
	for issue := range 4 {
		payload, err := json.Marshal(map[string]any{"issue": issue + 1, "since": h.Clock.Now().AddDate(0, 0, -7), "members": readers})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() error { return h.digest.WriteBatch(t.Context(), h.Tenant.ID, payload) })
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestTheLinkThatStopsTheDigestHoldsForOneMemberAtOneHost(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.Member(t, "anna"), h.Member(t, "bob")
	here := "cornouaille.kumun.test"
	_, query, _ := strings.Cut(notifications.StopPath(h.Tenant, here, anna.Member), "s=")
	find := func(host string, member id.ID, signature string) error {
		_, err := h.digest.StopLink(t.Context(), h.Tenant, host, member.String(), signature)
		return err
	}

	if err := find(here, anna.Member, query); err != nil {
		t.Errorf("the signed link: %v", err)
	}
	for name, err := range map[string]error{
		"another member": find(here, bob.Member, query), "another host": find("villeray.kumun.test", anna.Member, query),
		"no signature": find(here, anna.Member, ""), "no member": find(here, 0, query)} {
		if err == nil {
			t.Errorf("the link holds for %s", name)
		}
	}
	if _, err := h.digest.StopLink(t.Context(), h.Neighbour, here, anna.Member.String(), query); err == nil {
		t.Error("the link holds in another community")
	}
}

// The letter as it leaves, to be looked at when it changes:
// UPDATE_GOLDEN=1 go test ./notifications writes it anew.
func TestTheDigestLooksAsItDid(t *testing.T) {
	h := newHouse(t)
	settled := func(settings *tenants.Settings) error {
		settings.Legal.Publisher, settings.Legal.Office = "Asso Cornouaille", "2 quai du Port-Rhu, 29100 Douarnenez"
		return nil
	}
	if err := h.Tenants.ChangeSettings(t.Context(), h.Tenant.ID, settled); err != nil {
		t.Fatal(err)
	}
	anna := h.Member(t, "anna")
	bob := h.Member(t, "bob")
	group := h.Group(t, "maillots rayés", anna, bob)
	h.tip(t, anna, "Le bain de sept heures, même en novembre", 0)
	h.tip(t, h.Member(t, "erwan"), "La galette du mardi, à 4 €", 0)
	h.tip(t, h.Member(t, "aicha"), "Des gants, oui ou non ?", group.ID)
	h.forget(t)
	h.at(friday)
	h.due(t)

	message := h.to("bob@example.org")[0]
	compare(t, "digest.txt", masked(message.Text))
	compare(t, "digest.html", strings.ReplaceAll(masked(message.HTML), "><", ">\n<"))
	if stop := message.Header.Get("List-Unsubscribe"); !strings.HasPrefix(stop, "<https://cornouaille.kumun.test/lettre/arreter?") {
		t.Errorf("List-Unsubscribe: %s", stop)
	}
	if post := message.Header.Get("List-Unsubscribe-Post"); post != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post: %s", post)
	}
}

// identifiers differ at each run.
var identifiers = regexp.MustCompile(`(/bons-plans/|\?m=|;m=|&m=|;s=|&s=)[0-9A-Za-z_-]+`)

func masked(text string) string {
	return identifiers.ReplaceAllString(text, "$1…")
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func TestADraftIsInNoDigestAndWhatIsScheduledForItsHourIs(t *testing.T) {
	h := newHouse(t)
	maelle := h.Member(t, "maelle", actor.Editor)
	h.Member(t, "bob")
	text := "Tous les matins, on descend la cale. Prends une serviette et un bonnet."
	if _, err := h.posts.SaveDraft(t.Context(), maelle, 0, community.Draft{Kind: community.Tip, Title: "Le bain de sept heures", Text: text}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.posts.Schedule(t.Context(), maelle, 0, community.Draft{Kind: community.Tip, Title: "Le bain de huit heures", Text: text}, friday.AddDate(0, 0, 7)); err != nil {
		t.Fatal(err)
	}
	h.forget(t)

	h.at(friday)
	h.due(t)
	if count := len(h.to("bob@example.org")); count != 0 {
		t.Errorf("%d letters about drafts", count)
	}
	h.at(friday.AddDate(0, 0, 7))
	h.due(t)
	arrived := h.to("bob@example.org")
	if len(arrived) != 1 || !strings.Contains(arrived[0].Text, "Le bain de huit heures") || strings.Contains(arrived[0].Text, "sept heures") {
		t.Errorf("%d letters at the hour", len(arrived))
	}
}
