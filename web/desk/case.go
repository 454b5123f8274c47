package desk

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

// table is the queue with one case open beside it.
type table struct {
	Queue  *moderation.Queue
	After  id.ID // the page of the queue
	File   *moderation.File
	People map[id.ID]membership.Person
	Form   *kit.Form
	// Letter is what a decision would send, Reader to whom.
	Letter *moderation.Letter
	Reader string
}

func (p pages) queue(r *kit.Request) error {
	after, err := pageAfter(r)
	if err != nil {
		return err
	}
	queue, err := p.desk.Queue(r.Context(), r.Actor, after)
	if err != nil {
		return err
	}
	t := table{Queue: queue, After: after}
	if len(queue.Items) > 0 {
		if t.File, err = p.desk.Open(r.Context(), r.Actor, queue.Items[0].ID); err != nil {
			return err
		}
	}
	return p.show(r, http.StatusOK, t)
}

func (p pages) file(r *kit.Request) error {
	return p.showFile(r, http.StatusOK, nil)
}

func (p pages) claim(r *kit.Request) error {
	file, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.desk.Claim(r.Context(), r.Actor, file); err != nil {
		return err
	}
	return r.SeeOther("/moderation/cas/"+file.String(), "case_claimed")
}

func (p pages) handBack(r *kit.Request) error {
	file, err := r.ID("id")
	if err != nil {
		return err
	}
	if err := p.desk.HandBack(r.Context(), r.Actor, file); err != nil {
		return err
	}
	return r.SeeOther("/moderation", "case_handed_back")
}

// decide sends the letter that the moderator has seen: a choice that changed
// since shows its letter first.
func (p pages) decide(r *kit.Request) error {
	file, err := r.ID("id")
	if err != nil {
		return err
	}
	form := r.Form()
	if form.Value("step") == "preview" {
		return p.showFile(r, http.StatusOK, form)
	}
	if form.Value("seen") != choice(form) {
		form.Problems = []fault.Field{{Name: "letter", Key: "moderation.error.changed"}}
		return p.showFile(r, http.StatusUnprocessableEntity, form)
	}
	_, err = p.desk.Decide(r.Context(), r.Actor, file, verdictOf(form), r.Words)
	if form, bad := r.Invalid(err); bad {
		return p.showFile(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/moderation", "case_decided")
}

func (p pages) showFile(r *kit.Request, status int, form *kit.Form) error {
	number, err := r.ID("id")
	if err != nil {
		return err
	}
	after, err := pageAfter(r)
	if err != nil {
		return err
	}
	t := table{After: after, Form: form}
	if t.File, err = p.desk.Open(r.Context(), r.Actor, number); err != nil {
		return err
	}
	if t.Queue, err = p.desk.Queue(r.Context(), r.Actor, after); err != nil {
		return err
	}
	return p.show(r, status, t)
}

func (p pages) show(r *kit.Request, status int, t table) error {
	var err error
	if t.People, err = p.members.People(r.Context(), r.Tenant.ID, t.people()); err != nil {
		return err
	}
	if t.File != nil && t.mine(r) {
		t.prepare(r)
	}
	return page(r, "queue", kit.Page{Status: status, Title: t.title(r), Body: queuePage(r, t)})
}

// people lists whom the page names.
func (t table) people() []id.ID {
	var people []id.ID
	for _, watched := range t.Queue.Watched {
		people = append(people, watched.ClaimedBy)
	}
	if t.File != nil {
		people = append(people, t.File.AuthorID)
		if t.File.ClaimedBy != 0 {
			people = append(people, t.File.ClaimedBy)
		}
		if t.File.Decision != nil {
			people = append(people, t.File.Decision.ModeratorID)
		}
	}
	return people
}

// mine tells that the actor has claimed the open case.
func (t table) mine(r *kit.Request) bool {
	return t.File.ClosedAt.IsZero() && t.File.ClaimedBy == r.Actor.Member && r.Allows("case", "decide")
}

func (t table) taken(r *kit.Request) bool { return t.File.ClaimedFrom(r.Actor, r.Now) }

// prepare fills the form and the letter. An explanation that nobody touched
// follows the choice.
func (t *table) prepare(r *kit.Request) {
	if t.Form == nil {
		action, ground := firstGuess(t.File)
		t.Form = kit.NewForm("action", string(action), "ground", ground)
	}
	form := t.Form
	seen := form.Value("seen")
	if text := form.Value("explanation"); seen == "" && text == "" || text != "" && text == suggested(r, t.File, seen) {
		form.Values.Set("explanation", suggested(r, t.File, choice(form)))
	}
	form.Values.Set("seen", choice(form))
	verdict := verdictOf(form)
	if _, known := moderation.GroundNamed(verdict.Ground); verdict.Action == "" || verdict.Action != moderation.Keep && !known {
		return
	}
	letter := letterOf(r, t, moderation.Draft(t.File, verdict, r.Now, r.Words))
	t.Letter = &letter
}

// letterOf is what the author will receive; or, when nothing changes for the
// author, what those who reported will. Their names stay hidden here.
func letterOf(r *kit.Request, t *table, draft *moderation.Decision) moderation.Letter {
	if draft.TellsAuthor() {
		t.Reader = r.Words.T("moderation.desk.letter", "Name", t.name(t.File.AuthorID, r))
		return moderation.ToAuthor(r.Words, t.name(t.File.AuthorID, r), draft)
	}
	t.Reader = r.Words.T("moderation.desk.letter.reporter")
	var notice moderation.Notice
	if len(t.File.Notices) > 0 {
		notice = t.File.Notices[0]
		notice.Name = ""
	}
	return moderation.ToReporter(r.Words, &notice, draft)
}

// firstGuess is what the form begins with: the mildest for a first message,
// hiding for what is said to be grave.
func firstGuess(file *moderation.File) (moderation.Action, string) {
	action := moderation.Keep
	if file.Harm >= 3 {
		action = moderation.Hide
	}
	return action, moderation.CategoryNamed(file.Category).Grounds[0]
}

// choice names what was chosen, as far as it changes the letter.
func choice(form *kit.Form) string {
	if form.Value("action") == string(moderation.Keep) {
		return string(moderation.Keep)
	}
	return form.Value("action") + ":" + form.Value("ground")
}

// suggested is the explanation that goes with a choice.
func suggested(r *kit.Request, file *moderation.File, choice string) string {
	action, ground, _ := strings.Cut(choice, ":")
	if _, known := moderation.GroundNamed(ground); !known && action != string(moderation.Keep) {
		return ""
	}
	return moderation.Suggestion(r.Words, file.Why, moderation.Action(action), ground)
}

func verdictOf(form *kit.Form) moderation.Verdict {
	return moderation.Verdict{Action: moderation.Action(form.Value("action")), Ground: form.Value("ground"),
		Explanation: form.Value("explanation"), Law: form.Value("law")}
}

func (t table) name(person id.ID, r *kit.Request) string { return nameOf(t.People, person, r) }

func nameOf(people map[id.ID]membership.Person, person id.ID, r *kit.Request) string {
	if known, ok := people[person]; ok {
		return known.Name
	}
	return r.Words.T("moderation.desk.somebody")
}

// isOpen and isNext tell how an entry of the queue stands to the open case.
func (t table) isOpen(n int) bool {
	return t.File != nil && t.Queue.Items[n].ID == t.File.ID
}

func (t table) isNext(n int) bool { return n > 0 && t.isOpen(n-1) }

func whyWaiting(r *kit.Request, item moderation.Item) string {
	if item.Notices > 0 {
		return r.Words.N("moderation.desk.notices", item.Notices)
	}
	return r.Words.T("moderation.desk.why." + string(item.Why))
}

func paragraphs(text string) []string {
	return strings.FieldsFunc(text, func(sign rune) bool { return sign == '\n' || sign == '\r' })
}

func (t table) title(r *kit.Request) string {
	switch total := int(t.Queue.Total); {
	case total == 0 && t.File == nil:
		return r.Words.T("moderation.desk.empty.title")
	case total == 0:
		return r.Words.T("moderation.desk.subtitle")
	case total < 10:
		return r.Words.T("moderation.desk.title." + string(rune('0'+total)))
	default:
		return r.Words.T("moderation.desk.title.many", "Count", r.Words.Number(total))
	}
}

// headline is what a case is called in a list: an answer has no title of its own.
func headline(file moderation.Case) string {
	const most = 60
	text := file.Title
	if file.Kind == "comment" {
		text = file.Excerpt
	}
	if utf8.RuneCountInString(text) > most {
		text = strings.TrimRight(string([]rune(text)[:most]), " ,;") + "…"
	}
	if file.Kind == "comment" {
		text = "« " + text + " »"
	}
	return words.French(text)
}

// tag colours a category by its harm; the words say it too.
func tag(harm int) string {
	switch {
	case harm >= 3:
		return "bad"
	case harm == 2:
		return "sun"
	}
	return ""
}

func casePath(file, after id.ID) string {
	path := "/moderation/cas/" + file.String()
	if after != 0 {
		path += "?apres=" + after.String()
	}
	return path
}

func pageAfter(r *kit.Request) (id.ID, error) {
	if r.Query("apres") == "" {
		return 0, nil
	}
	after, err := id.Parse(r.Query("apres"))
	if err != nil {
		return 0, fault.NotFound
	}
	return after, nil
}

// author says how long and how well a writer is known.
func author(w *words.Words, known moderation.Author, now time.Time) string {
	var parts []string
	if known.Pieces == 0 {
		parts = append(parts, w.T("moderation.desk.author.new"))
	} else {
		parts = append(parts, w.T("moderation.desk.author.since", "Since", w.Ago(now, known.Since)),
			w.N("moderation.desk.author.pieces", int(known.Pieces)))
	}
	if known.Restricted == 0 {
		parts = append(parts, w.T("moderation.desk.author.clean"))
	} else {
		parts = append(parts, w.N("moderation.desk.author.restricted", int(known.Restricted)))
	}
	return strings.Join(parts, " · ")
}

// actionKey is where the words of an action are: keeping a first message
// publishes it.
func actionKey(file *moderation.File, action moderation.Action) string {
	key := "moderation.desk.action." + string(action)
	if action == moderation.Keep && file.Why == moderation.FirstPost {
		key += ".first_post"
	}
	return key
}

// grounds parts the grounds into those that usually fit, with the chosen one,
// and the others.
func grounds(file *moderation.File, chosen string) (likely, others []moderation.Ground) {
	usual := map[string]bool{chosen: true}
	for _, name := range moderation.CategoryNamed(file.Category).Grounds {
		usual[name] = true
	}
	for _, ground := range moderation.Grounds {
		if usual[ground.Name] {
			likely = append(likely, ground)
		} else {
			others = append(others, ground)
		}
	}
	return likely, others
}

// problem is the message at a field, or "".
func problem(form *kit.Form, w *words.Words, name string) string {
	for _, field := range form.Problems {
		if field.Name == name {
			return w.T(field.Key)
		}
	}
	return ""
}
