package chaos_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/services"
	"github.com/kumun/kumun/jobs"
)

// open reads what was published, as a visitor.
func (h *house) open(load *load) {
	h.t.Helper()
	visitor := load.somebody()
	shown := 0
	for title, note := range load.posts {
		if !note.sure {
			continue
		}
		page := visitor.read(h.t.Context(), note.path)
		if page.Status == http.StatusNotFound {
			continue // held: counted in the store
		}
		shown++
		if page.Status != http.StatusOK || !strings.Contains(page.Page, title) {
			h.t.Errorf("%s answers %d without %q", note.path, page.Status, title)
		}
	}
	if shown == 0 {
		h.t.Errorf("none of %d posts is shown", len(load.posts))
	}
	for _, bought := range load.purchases {
		page := visitor.read(h.t.Context(), "/adresses/"+bought.listing.String())
		if page.Status != http.StatusOK || !strings.Contains(page.Page, "Sponsorisé") {
			h.t.Errorf("a paid listing answers %d, or hides that it is paid", page.Status)
		}
	}
}

// verdict compares what people were told with what is there.
type verdict struct {
	*house
	t      *testing.T
	load   *load
	issues map[int]bool
	begun  time.Time

	letters, digests, twice int
}

func (v *verdict) reach(ctx context.Context, db *database.DB) error {
	for _, judge := range []func(context.Context, *database.DB) error{
		v.whatWasWritten, v.thanks, v.purchases, v.moderation, v.lettersWritten, v.lettersSent, v.digestsSent, v.schedule, v.leftovers,
	} {
		if err := judge(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

// none fails when a statement that counts what must not be counts anything.
func (v *verdict) none(ctx context.Context, db *database.DB, what, statement string) error {
	count, err := number(ctx, db, statement)
	if err == nil && count != 0 {
		v.t.Errorf("%d %s", count, what)
	}
	return err
}

type counted struct {
	Name  string
	Count int
}

func counts(ctx context.Context, db *database.DB, statement string, arguments ...any) (map[string]int, error) {
	all, err := rows[counted](ctx, db, statement, arguments...)
	count := map[string]int{}
	for _, row := range all {
		count[row.Name] += row.Count
	}
	return count, err
}

// once expects what was confirmed one time, and what was not at most one time.
func (v *verdict) once(what string, notes map[string]*told, count map[string]int) {
	for text, note := range notes {
		switch got := count[text]; {
		case note.sure && got != 1:
			v.t.Errorf("%s %q was confirmed and is there %d times", what, text, got)
		case got > 1:
			v.t.Errorf("%s %q was sent once and is there %d times", what, text, got)
		}
	}
	for text := range count {
		if notes[text] == nil {
			v.t.Errorf("nobody sent %s %q", what, text)
		}
	}
}

func (v *verdict) whatWasWritten(ctx context.Context, db *database.DB) error {
	posts, err := counts(ctx, db, `SELECT title AS name, count(*) AS count FROM posts WHERE title LIKE 'Bon plan%' GROUP BY title`)
	if err != nil {
		return err
	}
	v.once("the post", v.load.posts, posts)
	comments, err := counts(ctx, db, `SELECT text AS name, count(*) AS count FROM comments GROUP BY text`)
	if err != nil {
		return err
	}
	v.once("the comment", v.load.comments, comments)
	if err := v.none(ctx, db, "posts show another number of comments than they have", `SELECT count(*) FROM posts AS p
		WHERE comments <> (SELECT count(*) FROM comments AS c WHERE c.post_id = p.id AND c.state = 'published')`); err != nil {
		return err
	}
	return v.none(ctx, db, "posts are not found by search, or hidden ones are", `SELECT count(*) FROM posts AS p
		WHERE (state = 'published') <> EXISTS (SELECT 1 FROM search_documents AS d WHERE d.kind = p.kind AND d.piece_id = p.id)`)
}

func (v *verdict) thanks(ctx context.Context, db *database.DB) error {
	said, err := counts(ctx, db, `SELECT m.email || ' ' || t.post_id AS name, count(*) AS count
		FROM thanks AS t JOIN members AS m ON m.id = t.member_id GROUP BY m.email, t.post_id`)
	if err != nil {
		return err
	}
	meant := map[string]int{}
	for thanks := range v.load.thanks {
		meant[fmt.Sprintf("%s %d", email("writer", authors+1+int(thanks.writer)), int64(thanks.tip))] = 1
	}
	if !maps.Equal(said, meant) {
		v.t.Errorf("%d thanks are there, %d were said, and they are not the same", len(said), len(meant))
	}
	return v.none(ctx, db, "posts show another number of thanks than they have", `SELECT count(*) FROM posts AS p
		WHERE thanks <> (SELECT count(*) FROM thanks AS t WHERE t.post_id = p.id)`)
}

func (v *verdict) purchases(ctx context.Context, db *database.DB) error {
	pages := v.counter.pagesOf()
	events := 0
	for _, bought := range v.load.purchases {
		events += len(bought.events)
		if pages[bought.listing] != 1 {
			v.t.Errorf("%d payment pages were opened for one order", pages[bought.listing])
		}
		for what, statement := range map[string]string{
			"live listings":        `SELECT count(*) FROM listings WHERE id = ? AND state = 'live'`,
			"checkouts":            `SELECT count(*) FROM checkouts WHERE listing_id = ? AND state = 'complete'`,
			"active subscriptions": `SELECT count(*) FROM subscriptions WHERE listing_id = ? AND status = 'active'`,
			"subscriptions":        `SELECT count(*) FROM subscriptions WHERE listing_id = ?`,
			"payments":             `SELECT count(*) FROM payments WHERE listing_id = ?`,
			"entries of search":    `SELECT count(*) FROM search_documents WHERE kind = 'listing' AND piece_id = ?`,
		} {
			count, err := number(ctx, db, statement, bought.listing)
			if err != nil {
				return err
			}
			if count != 1 {
				v.t.Errorf("a purchase has %d %s", count, what)
			}
		}
		for _, event := range bought.events {
			count, err := number(ctx, db, `SELECT count(*) FROM stripe_events WHERE id = ?`, event.ID)
			if err != nil {
				return err
			}
			if count != 1 {
				v.t.Errorf("event %s was taken and is noted %d times", event.ID, count)
			}
		}
	}
	noted, err := number(ctx, db, `SELECT count(*) FROM stripe_events`)
	if noted != events {
		v.t.Errorf("%d events are noted, %d were told", noted, events)
	}
	return err
}

func (v *verdict) moderation(ctx context.Context, db *database.DB) error {
	notices, err := counts(ctx, db, `SELECT email AS name, count(*) AS count FROM notices GROUP BY email`)
	if err != nil {
		return err
	}
	for address := range v.load.reports {
		if notices[address] != 1 {
			v.t.Errorf("the report of %s is there %d times", address, notices[address])
		}
	}
	if decided, err := number(ctx, db, `SELECT count(*) FROM decisions`); err != nil || decided != v.load.decided {
		v.t.Errorf("%d decisions are there, %d were made (%v)", decided, v.load.decided, err)
	}
	if err := v.none(ctx, db, "closed cases lack a decision, or open ones have one", `SELECT count(*) FROM cases AS c
		WHERE (closed_at IS NOT NULL) <> ((SELECT count(*) FROM decisions AS d WHERE d.case_id = c.id) = 1)`); err != nil {
		return err
	}
	return v.none(ctx, db, "held posts have no case, or more than one", `SELECT count(*) FROM posts AS p WHERE state = 'held'
		AND (SELECT count(*) FROM cases AS c WHERE c.kind = 'post' AND c.piece_id = p.id AND c.closed_at IS NULL) <> 1`)
}

// lettersWritten expects one letter for each thing that calls for one.
func (v *verdict) lettersWritten(ctx context.Context, db *database.DB) error {
	written, err := counts(ctx, db, `SELECT address AS name, count(*) AS count FROM letters
		WHERE address LIKE 'asker-%' AND kind <> 'digest' OR address LIKE 'new-%' GROUP BY address`)
	if err != nil {
		return err
	}
	v.once("the sign-in letter to", v.load.asked, written)
	for what, pair := range map[string][2]string{
		"confirmations of a report": {`'notice_received'`, `SELECT email FROM notices`},
		"answers to a report": {`'decision_reporter'`, `SELECT n.email FROM notices AS n
			JOIN cases AS c ON c.id = n.case_id WHERE c.closed_at IS NOT NULL`},
		"decisions told to the author": {`'decision_author'`, `SELECT m.email FROM decisions AS d
			JOIN members AS m ON m.id = d.author_id WHERE NOT (d.action = 'keep' AND d.why = 'notice')`},
		"words that a piece is held": {`'piece_held'`, `SELECT m.email FROM alarms AS a
			JOIN cases AS c ON c.id = a.case_id JOIN members AS m ON m.id = c.author_id`},
		"words that a listing shows": {`'listing_live'`, `SELECT m.email FROM listings AS l
			JOIN members AS m ON m.id = l.owner_id WHERE l.state = 'live'`},
	} {
		want, err := counts(ctx, db, `SELECT email AS name, count(*) AS count FROM (`+pair[1]+`) AS due GROUP BY email`)
		if err != nil {
			return err
		}
		got, err := counts(ctx, db, `SELECT address AS name, count(*) AS count FROM letters WHERE kind = `+pair[0]+` GROUP BY address`)
		if err != nil {
			return err
		}
		if !maps.Equal(got, want) {
			v.t.Errorf("%s: %d people have them, %d should, and the numbers differ", what, len(got), len(want))
		}
	}
	return nil
}

// lettersSent compares what arrived with what was written. The same letter may
// arrive again in a later life when a kill cut it off, and only then.
func (v *verdict) lettersSent(ctx context.Context, db *database.DB) error {
	written, err := rows[letterRow](ctx, db, `SELECT id, address, kind, message_id, state FROM letters`)
	if err != nil {
		return err
	}
	v.letters = len(written)
	lives := map[string][]int{}
	said := map[string]string{}
	for life, sink := range v.sinks {
		for _, message := range sink.Messages() {
			name := messageID(message)
			lives[name] = append(lives[name], life)
			words := message.To[0] + "\n" + message.Subject() + "\n" + message.Text
			if earlier := said[words]; earlier != "" && earlier != name {
				v.t.Errorf("%s got the same letter twice, under two names: %s", message.To[0], message.Subject())
			}
			said[words] = name
		}
	}
	for _, letter := range written {
		v.sentOnce(letter, lives[letter.MessageID])
		delete(lives, letter.MessageID)
	}
	for name := range lives {
		v.t.Errorf("a letter arrived that nobody wrote: %s", name)
	}
	return nil
}

func isDigest(message services.Message) bool { return message.Header.Get("List-Id") != "" }

func messageID(message services.Message) string {
	return strings.Trim(message.Header.Get("Message-Id"), "<>")
}

func (v *verdict) sentOnce(letter letterRow, lives []int) {
	if letter.State != "sent" {
		v.t.Errorf("the letter %s to %s is %s", letter.Kind, letter.Address, letter.State)
	}
	if len(lives) == 0 {
		v.t.Errorf("the letter %s to %s never arrived", letter.Kind, letter.Address)
	}
	for n := 1; n < len(lives); n++ {
		v.twice++
		before := lives[n-1]
		if before == lives[n] || !v.inFlight[before][letter.MessageID] {
			v.t.Errorf("the letter %s to %s came in lives %v, and was not in flight at a kill", letter.Kind, letter.Address, lives)
		}
	}
}

var findPattern = regexp.MustCompile(`/bons-plans/([0-9a-z]+)`)

// digestsSent expects one digest for each member and issue, and no tip twice.
func (v *verdict) digestsSent(ctx context.Context, db *database.DB) error {
	begun, err := rows[int](ctx, db, `SELECT number FROM issues`)
	if err != nil {
		return err
	}
	// On a Friday the issue of this week begins by itself.
	if this, _, _ := v.tenant.Issue(clock.System().Now()); len(begun) > len(v.issues) {
		v.issues[this] = true
	}
	if len(begun) != len(v.issues) {
		v.t.Errorf("%d issues were due, %d began", len(v.issues), len(begun))
	}
	if err := v.none(ctx, db, "members lack a digest", `SELECT count(*) FROM members AS m JOIN issues AS i ON i.tenant_id = m.tenant_id
		WHERE m.digest = 'weekly' AND NOT EXISTS (SELECT 1 FROM digests AS d JOIN letters AS l ON l.id = d.letter_id
			WHERE d.member_id = m.id AND d.issue = i.number AND l.kind = 'digest')`); err != nil {
		return err
	}
	names, finds := map[string]map[string]bool{}, map[string]map[string]string{}
	for _, sink := range v.sinks {
		for _, message := range sink.Messages() {
			if !isDigest(message) {
				continue
			}
			to, name := message.To[0], messageID(message)
			if names[to] == nil {
				names[to], finds[to] = map[string]bool{}, map[string]string{}
			}
			names[to][name] = true
			for _, find := range findPattern.FindAllStringSubmatch(message.Text, -1) {
				if earlier := finds[to][find[1]]; earlier != "" && earlier != name {
					v.t.Errorf("%s was sent the tip %s in two digests", to, find[1])
				}
				finds[to][find[1]] = name
			}
		}
	}
	if readers := min(mostReaders, v.load.people.all()); len(names) != readers {
		v.t.Errorf("%d members got digests, %d take them", len(names), readers)
	}
	for to, distinct := range names {
		v.digests += len(distinct)
		if len(distinct) != len(v.issues) {
			v.t.Errorf("%s got %d digests of %d issues", to, len(distinct), len(v.issues))
		}
	}
	return nil
}

// schedule expects each recurring fact once in every slot that was passed.
func (v *verdict) schedule(ctx context.Context, db *database.DB) error {
	for _, task := range jobs.Every {
		noted, err := number(ctx, db, `SELECT count(*) FROM outbox WHERE fact = ?`, task.Fact)
		if err != nil {
			return err
		}
		passed := int(clock.System().Now().Truncate(task.Every).Sub(v.begun.UTC().Truncate(task.Every))/task.Every) + 1
		if noted < 1 || noted > passed {
			v.t.Errorf("%s was noted %d times in %d slots", task.Fact, noted, passed)
		}
	}
	return nil
}

func (v *verdict) leftovers(ctx context.Context, db *database.DB) error {
	if err := v.none(ctx, db, "facts were laid aside or wait", `SELECT count(*) FROM outbox WHERE done_at IS NULL`); err != nil {
		return err
	}
	if v.engine != "sqlite" {
		return nil
	}
	said, err := rows[string](ctx, db, `PRAGMA integrity_check`)
	if err == nil && (len(said) != 1 || said[0] != "ok") {
		v.t.Errorf("the store is damaged: %v", said)
	}
	return err
}
