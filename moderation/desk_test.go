package moderation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/world"
)

var french = words.For("fr", "tu", time.UTC)

func report(kind string, piece id.ID) moderation.Report {
	return moderation.Report{Kind: kind, Piece: piece, Category: "privacy", Explanation: "C'est son adresse, elle n'a rien demandé.",
		Name: "Anna", Email: "anna@example.org", GoodFaith: true, Address: "192.0.2.1", Language: "fr"}
}

func hide() moderation.Verdict {
	return moderation.Verdict{Action: moderation.Hide, Ground: "private_data", Explanation: "On ne publie pas l'adresse de quelqu'un sans son accord."}
}

// only returns the case that waits for the moderator, and fails when it is not
// alone.
func only(t *testing.T, desk *world.Desk, who actor.Actor) moderation.Item {
	t.Helper()
	queue, err := desk.Queue(t.Context(), who, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(queue.Items) != 1 || queue.Total != 1 {
		t.Fatalf("%d of %d cases wait, want 1", len(queue.Items), queue.Total)
	}
	return queue.Items[0]
}

func TestANoticeIsClaimedDecidedAndAnswered(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, yann := w.Member(t, "loïc"), w.Member(t, "yann", actor.Moderator)
	answer, _ := desk.Answer(t, loic, "Prenez Enora, elle habite au-dessus de la boulangerie.")

	notice, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer))
	if err != nil {
		t.Fatal(err)
	}
	item := only(t, desk, yann)
	if item.Harm != 4 || item.Notices != 1 || item.Why != moderation.Noticed {
		t.Errorf("case is %+v, want harm 4 and one notice", item)
	}
	if err := desk.Claim(t.Context(), yann, item.ID); err != nil {
		t.Fatal(err)
	}
	decision, err := desk.Decide(t.Context(), yann, item.ID, hide(), french)
	if err != nil {
		t.Fatal(err)
	}

	if state := desk.State(answer); state != moderation.Hidden {
		t.Errorf("the answer is %s, want hidden", state)
	}
	if facts := w.Facts(t, w.Tenant.ID, "notice.received"); len(facts) != 1 || !strings.Contains(facts[0], notice.ID.String()) {
		t.Errorf("facts of the notice: %v", facts)
	}
	if facts := w.Facts(t, w.Tenant.ID, "decision.made"); len(facts) != 1 || !strings.Contains(facts[0], decision.ID.String()) {
		t.Errorf("facts of the decision: %v", facts)
	}
	outcome, err := desk.Outcome(t.Context(), w.Tenant.ID, decision.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(outcome.Notices) != 1 || outcome.Notices[0].DecidedAt.IsZero() || outcome.ModeratorID != yann.Member {
		t.Errorf("outcome is %+v", outcome)
	}
	statement := outcome.Statement
	if statement.SourceType != "SOURCE_ARTICLE_16" || statement.IllegalContentLegalGround != "RGPD, articles 5 et 6" ||
		statement.AutomatedDetection != "No" || statement.ComplaintUntil.Before(w.Clock.Now().AddDate(0, 6, -1)) {
		t.Errorf("statement is %+v", statement)
	}
	letter := strings.Join(moderation.ToAuthor(french, "Loïc", &outcome.Decision).Paragraphs, "\n")
	for _, want := range []string{"masqué", "sans son accord", "RGPD", "signalé", "24 mai 2027", "extrajudiciaire", "tribunal", "sans date de fin"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the author's letter lacks %q:\n%s", want, letter)
		}
	}
	if strings.Contains(letter, "Anna") {
		t.Error("the author's letter names who reported")
	}
	queue, err := desk.Queue(t.Context(), yann, 0)
	if err != nil || queue.Total != 0 {
		t.Errorf("after the decision %d wait, %v", queue.Total, err)
	}
	journal, _, err := desk.Journal(t.Context(), yann, 0)
	if err != nil || len(journal) != 1 {
		t.Errorf("journal holds %d, %v", len(journal), err)
	}
}

func TestAFirstPostIsReadOnceThenTheOthersAppear(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	denez, yann := w.Member(t, "denez"), w.Member(t, "yann", actor.Moderator)

	first, state := desk.Publish(t, denez, "Mon atelier de vannerie", "Je tresse l'osier le samedi.")
	if state != moderation.Held {
		t.Fatalf("a first post is %s", state)
	}
	if _, state := desk.Publish(t, denez, "Encore un", "En attendant."); state != moderation.Held {
		t.Errorf("a second post before the first was read is %s", state)
	}
	queue, err := desk.Queue(t.Context(), yann, 0)
	if err != nil || queue.Total != 2 {
		t.Fatalf("%d wait, %v", queue.Total, err)
	}
	file := queue.Items[0].ID
	if err := desk.Claim(t.Context(), yann, file); err != nil {
		t.Fatal(err)
	}
	keep := moderation.Verdict{Action: moderation.Keep, Explanation: "Bienvenue, les suivants partiront tout seuls."}
	if _, err := desk.Decide(t.Context(), yann, file, keep, french); err != nil {
		t.Fatal(err)
	}

	if state := desk.State(first); state != moderation.Published {
		t.Errorf("a kept first post is %s", state)
	}
	if _, state := desk.Publish(t, denez, "L'osier de janvier", "On le coupe en lune descendante."); state != moderation.Published {
		t.Errorf("a post after a kept one is %s", state)
	}
	lena := w.Member(t, "lena", actor.Ambassador)
	if _, state := desk.Publish(t, lena, "Les algues", "À la marée basse."); state != moderation.Published {
		t.Errorf("an ambassador's post is %s", state)
	}
}

func TestModeratorsNeverCollide(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, yann, soazig := w.Member(t, "loïc"), w.Member(t, "yann", actor.Moderator), w.Member(t, "soazig", actor.Moderator)
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer)); err != nil {
		t.Fatal(err)
	}
	file := only(t, desk, yann).ID

	if _, err := desk.Decide(t.Context(), yann, file, hide(), french); !errors.Is(err, fault.Conflict) {
		t.Errorf("decided without a claim: %v", err)
	}
	if err := desk.Claim(t.Context(), yann, file); err != nil {
		t.Fatal(err)
	}
	if err := desk.Claim(t.Context(), soazig, file); !errors.Is(err, fault.Conflict) {
		t.Errorf("two claimed one case: %v", err)
	}
	queue, err := desk.Queue(t.Context(), soazig, 0)
	if err != nil || queue.Total != 0 || len(queue.Watched) != 1 {
		t.Errorf("soazig sees %+v, %v", queue, err)
	}

	w.Clock.Forward(16 * time.Minute)
	if err := desk.Claim(t.Context(), soazig, file); err != nil {
		t.Errorf("an abandoned case cannot be taken: %v", err)
	}
	if _, err := desk.Decide(t.Context(), yann, file, hide(), french); !errors.Is(err, fault.Conflict) {
		t.Errorf("decided after the claim was lost: %v", err)
	}
	if err := desk.HandBack(t.Context(), soazig, file); err != nil {
		t.Fatal(err)
	}
	if err := desk.Claim(t.Context(), yann, file); err != nil {
		t.Errorf("a case handed back cannot be taken: %v", err)
	}
}

func TestACaseIsDecidedOnce(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, yann := w.Member(t, "loïc"), w.Member(t, "yann", actor.Moderator)
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer)); err != nil {
		t.Fatal(err)
	}
	file := only(t, desk, yann).ID
	if err := desk.Claim(t.Context(), yann, file); err != nil {
		t.Fatal(err)
	}

	var decided atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := desk.Decide(t.Context(), yann, file, hide(), french)
			if err == nil {
				decided.Add(1)
			} else if !errors.Is(err, fault.Conflict) {
				t.Errorf("decide: %v", err)
			}
		})
	}
	all.Wait()

	if decided.Load() != 1 || len(w.Facts(t, w.Tenant.ID, "decision.made")) != 1 {
		t.Errorf("decided %d times, %d facts", decided.Load(), len(w.Facts(t, w.Tenant.ID, "decision.made")))
	}
}

func TestNoticesAtOnceMakeOneCase(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, yann := w.Member(t, "loïc"), w.Member(t, "yann", actor.Moderator)
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")

	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			notice := report("comment", answer)
			notice.Email = string(rune('a'+n)) + "@example.org"
			if _, err := desk.Report(t.Context(), w.Visitor(), notice); err != nil {
				t.Errorf("report: %v", err)
			}
		})
	}
	all.Wait()

	if item := only(t, desk, yann); item.Notices != 6 {
		t.Errorf("the case has %d notices, want 6", item.Notices)
	}
}

func TestTheNeighbourCommunitySeesNothing(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic := w.Member(t, "loïc")
	stranger := w.MemberOf(t, w.Neighbour, "yann", actor.Moderator, actor.Admin)
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	notice, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer))
	if err != nil {
		t.Fatal(err)
	}

	queue, err := desk.Queue(t.Context(), stranger, 0)
	if err != nil || queue.Total != 0 || len(queue.Watched) != 0 {
		t.Errorf("the neighbour sees %+v, %v", queue, err)
	}
	for name, do := range map[string]func() error{
		"open":   func() error { _, err := desk.Open(t.Context(), stranger, notice.CaseID); return err },
		"claim":  func() error { return desk.Claim(t.Context(), stranger, notice.CaseID) },
		"decide": func() error { _, err := desk.Decide(t.Context(), stranger, notice.CaseID, hide(), french); return err },
		"thanks": func() error { _, err := desk.Received(t.Context(), stranger, notice.ID, notice.Reference); return err },
	} {
		if err := do(); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s by the neighbour: %v", name, err)
		}
	}
}

func TestNobodyJudgesTheOwnPieceAndMembersSeeNoDesk(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	yann, erwan := w.Member(t, "yann", actor.Moderator), w.Member(t, "erwan")
	answer, _ := desk.Answer(t, yann, "Je barre mieux que vous tous.")
	notice, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer))
	if err != nil {
		t.Fatal(err)
	}

	for _, who := range []actor.Actor{yann, erwan, w.Visitor()} {
		if _, err := desk.Open(t.Context(), who, notice.CaseID); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s opens the case: %v", who.Name, err)
		}
		if err := desk.Claim(t.Context(), who, notice.CaseID); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s claims the case: %v", who.Name, err)
		}
	}
	if queue, err := desk.Queue(t.Context(), yann, 0); err != nil || queue.Total != 0 {
		t.Errorf("yann finds the own piece in the queue: %v", err)
	}
}

func TestANoticeAsksForWhatTheLawAsks(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic := w.Member(t, "loïc")
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")

	for name, test := range map[string]struct {
		change func(*moderation.Report)
		field  string
	}{
		"no explanation":   {func(r *moderation.Report) { r.Explanation = "  non  " }, "explanation"},
		"too long":         {func(r *moderation.Report) { r.Explanation = strings.Repeat("é", 2001) }, "explanation"},
		"unknown category": {func(r *moderation.Report) { r.Category = "jalousie" }, "category"},
		"no report":        {func(r *moderation.Report) { r.Category = "first_post" }, "category"},
		"no name":          {func(r *moderation.Report) { r.Name = "" }, "name"},
		"no address":       {func(r *moderation.Report) { r.Email = "" }, "email"},
		"bad address":      {func(r *moderation.Report) { r.Email = "anna <anna@example.org>" }, "email"},
		"no good faith":    {func(r *moderation.Report) { r.GoodFaith = false }, "good_faith"},
	} {
		notice := report("comment", answer)
		test.change(&notice)
		_, err := desk.Report(t.Context(), w.Visitor(), notice)
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Name != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	unnamed := report("comment", answer)
	unnamed.Category, unnamed.Name, unnamed.Email = moderation.Anonymous, "", ""
	if _, err := desk.Report(t.Context(), w.Visitor(), unnamed); err != nil {
		t.Errorf("an unnamed notice about a child: %v", err)
	}
	imported := report("comment", answer)
	imported.Category = "copied"
	if _, err := desk.Report(t.Context(), w.Visitor(), imported); err != nil {
		t.Errorf("a notice of a category that the form does not show: %v", err)
	}
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", 7)); !errors.Is(err, fault.NotFound) {
		t.Errorf("a notice about nothing: %v", err)
	}
	if _, err := desk.Report(t.Context(), w.Visitor(), report("moon", answer)); !errors.Is(err, fault.NotFound) {
		t.Errorf("a notice about an unknown kind: %v", err)
	}
}

func TestAPersonHasOneOpenNoticeAndALimit(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic := w.Member(t, "loïc")
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer)); err != nil {
		t.Fatal(err)
	}

	_, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer))
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) {
		t.Errorf("a second notice about one piece: %v", err)
	}
	for range 30 {
		notice := report("comment", answer)
		notice.Email = id.Secret() + "@example.org"
		if _, err = desk.Report(t.Context(), w.Visitor(), notice); err != nil {
			break
		}
	}
	if !errors.Is(err, fault.TooMany) {
		t.Errorf("thirty notices from one network address: %v", err)
	}
}

func TestTheGravestComesFirstThenTheOldestAndPagesFollow(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	yann := w.Member(t, "yann", actor.Moderator)
	for n := range 23 {
		author := w.Member(t, "denez "+string(rune('a'+n)))
		desk.Publish(t, author, "Premier "+string(rune('a'+n)), "Bonjour à tous.")
		w.Clock.Forward(time.Minute)
	}
	loic := w.Member(t, "loïc")
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer)); err != nil {
		t.Fatal(err)
	}

	queue, err := desk.Queue(t.Context(), yann, 0)
	if err != nil {
		t.Fatal(err)
	}
	if queue.Total != 24 || queue.Items[0].PieceID != answer || queue.Items[1].Title != "Premier a" || queue.Older == 0 {
		t.Errorf("queue of %d begins with %s, %s", queue.Total, queue.Items[0].Title, queue.Items[1].Title)
	}
	rest, err := desk.Queue(t.Context(), yann, queue.Older)
	if err != nil {
		t.Fatal(err)
	}
	if len(queue.Items)+len(rest.Items) != 24 || rest.Items[0].Title != "Premier t" || rest.Older != 0 {
		t.Errorf("the second page has %d, beginning with %s", len(rest.Items), rest.Items[0].Title)
	}
}

func check(t *testing.T, w *world.World, desk *world.Desk, kind string, piece id.ID) {
	t.Helper()
	payload, err := json.Marshal(map[string]id.ID{"id": piece})
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Check(kind)(context.WithoutCancel(t.Context()), w.Tenant.ID, payload); err != nil {
		t.Fatalf("check: %v", err)
	}
}

func TestRulesHoldWhatTheyCatch(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	newcomer, neighbour, editor := w.Member(t, "reynald"), w.Member(t, "nolwenn"), w.Member(t, "maëlle", actor.Editor)
	desk.Neighbour(t, neighbour)

	for name, test := range map[string]struct {
		author actor.Actor
		text   string
		want   moderation.State
	}{
		"a newcomer's link":      {newcomer, "Regardez https://promo.example/42, c'est cadeau.", moderation.Held},
		"a newcomer's words":     {newcomer, "La plage est belle le matin.", moderation.Published},
		"a neighbour's link":     {neighbour, "Les horaires : https://www.example.org/bus", moderation.Published},
		"an editor's link":       {editor, "Les horaires : https://www.example.org/bus", moderation.Published},
		"a mobile number":        {neighbour, "Appelle le 06 12 34 56 78 le soir.", moderation.Held},
		"a mail address":         {neighbour, "Écris à josette@example.org.", moderation.Held},
		"somebody's home":        {neighbour, "Elle habite la maison aux volets verts.", moderation.Held},
		"where the key is":       {neighbour, "La clé est sous le pot de géraniums.", moderation.Held},
		"an editor's indiscreet": {editor, "Appelle le 0612345678.", moderation.Held},
		"a shop's number":        {neighbour, "La mairie répond au 02 98 00 00 00.", moderation.Published},
		"a café's street":        {neighbour, "Le café est au 12 rue Kéréon, le 24 à 10 h.", moderation.Published},
	} {
		piece, _ := desk.Answer(t, test.author, test.text)
		check(t, w, desk, "comment", piece)
		if got := desk.State(piece); got != test.want {
			t.Errorf("%s is %s, want %s", name, got, test.want)
		}
	}
	if facts := w.Facts(t, w.Tenant.ID, "piece.held"); len(facts) != 6 {
		t.Errorf("%d facts of held pieces, want 6", len(facts))
	}
}

func TestARuleCatchesWhoWritesTooFast(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	neighbour := w.Member(t, "nolwenn")
	desk.Neighbour(t, neighbour)
	var last id.ID
	for range 6 {
		last, _ = desk.Publish(t, neighbour, "La plage", "Encore la plage.")
		check(t, w, desk, "post", last)
	}
	if state := desk.State(last); state != moderation.Held {
		t.Errorf("the sixth post of an hour is %s", state)
	}

	w.Clock.Forward(time.Hour)
	later, _ := desk.Publish(t, neighbour, "La dune", "Enfin la dune.")
	check(t, w, desk, "post", later)
	if state := desk.State(later); state != moderation.Published {
		t.Errorf("a post an hour later is %s", state)
	}
}

func TestRulesDoNotArgueWithAModerator(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	herve, yann := w.Member(t, "hervé"), w.Member(t, "yann", actor.Moderator)
	answer, _ := desk.Answer(t, herve, "Le poste des secours : 06 12 34 56 78.")
	check(t, w, desk, "comment", answer)
	file := only(t, desk, yann)
	if file.Why != moderation.RuleRang {
		t.Errorf("the case was opened by %s", file.Why)
	}
	if err := desk.Claim(t.Context(), yann, file.ID); err != nil {
		t.Fatal(err)
	}
	keep := moderation.Verdict{Action: moderation.Keep, Explanation: "C'est le numéro des secours en mer."}
	if _, err := desk.Decide(t.Context(), yann, file.ID, keep, french); err != nil {
		t.Fatal(err)
	}

	check(t, w, desk, "comment", answer)

	if state := desk.State(answer); state != moderation.Published {
		t.Errorf("a rule held again what a moderator kept: %s", state)
	}
}

func TestAWaitingCaseIsRememberedOnceADay(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, denez := w.Member(t, "loïc"), w.Member(t, "denez")
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	if _, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer)); err != nil {
		t.Fatal(err)
	}
	desk.Publish(t, denez, "Mon atelier", "Bonjour à tous.")
	reminders := func() int {
		if err := desk.Remind(t.Context(), w.Tenant.ID); err != nil {
			t.Fatal(err)
		}
		return len(w.Facts(t, w.Tenant.ID, "case.waiting"))
	}

	if got := reminders(); got != 0 {
		t.Errorf("at once: %d reminders", got)
	}
	w.Clock.Forward(2 * time.Hour)
	if got := reminders(); got != 1 {
		t.Errorf("after two hours: %d reminders, want the grave one", got)
	}
	if got := reminders(); got != 1 {
		t.Errorf("asked again: %d reminders", got)
	}
	w.Clock.Forward(24 * time.Hour)
	if got := reminders(); got != 3 {
		t.Errorf("after a day: %d reminders, want both", got)
	}
}

func TestAPieceThatItsAuthorDeletedCanStillBeDecided(t *testing.T) {
	w := world.New(t)
	desk := w.Desk(t)
	loic, yann := w.Member(t, "loïc"), w.Member(t, "yann", actor.Moderator)
	answer, _ := desk.Answer(t, loic, "Appelle-la, elle ne dort jamais.")
	notice, err := desk.Report(t.Context(), w.Visitor(), report("comment", answer))
	if err != nil {
		t.Fatal(err)
	}
	desk.Delete(answer)

	file, err := desk.Open(t.Context(), yann, notice.CaseID)
	if err != nil || !file.Gone || file.Excerpt == "" {
		t.Fatalf("file is %+v, %v", file, err)
	}
	if err := desk.Claim(t.Context(), yann, notice.CaseID); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Decide(t.Context(), yann, notice.CaseID, hide(), french); err != nil {
		t.Fatal(err)
	}
	if state := desk.State(answer); state != "" {
		t.Errorf("a deleted piece came back as %s", state)
	}
}

func TestAVerdictNeedsItsReasons(t *testing.T) {
	for name, test := range map[string]struct {
		verdict moderation.Verdict
		field   string
	}{
		"no action":      {moderation.Verdict{Explanation: "Parce que c'est ainsi."}, "action"},
		"no ground":      {moderation.Verdict{Action: moderation.Hide, Explanation: "Parce que c'est ainsi."}, "ground"},
		"no law":         {moderation.Verdict{Action: moderation.Remove, Ground: moderation.OtherLaw, Explanation: "Parce que c'est ainsi."}, "law"},
		"no explanation": {moderation.Verdict{Action: moderation.Keep}, "explanation"},
	} {
		w := world.New(t)
		desk := w.Desk(t)
		_, err := desk.Decide(t.Context(), w.Member(t, "yann", actor.Moderator), 7, test.verdict, french)
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), test.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
