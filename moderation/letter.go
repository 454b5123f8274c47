package moderation

import (
	"time"

	"github.com/kumun/kumun/internal/words"
)

// Letter is what somebody is told by mail: the desk shows it before it is sent,
// notifications lays it out.
type Letter struct {
	Subject    string
	Paragraphs []string
}

// TellsAuthor tells whether the author hears of the decision: whoever was only
// reported, and lost nothing, is left in peace.
func (d *Decision) TellsAuthor() bool { return d.Action != Keep || d.Why != Noticed }

// ToAuthor tells the author what was decided, with everything that DSA art. 17
// asks for.
func ToAuthor(w *words.Words, name string, decision *Decision) Letter {
	key := string(decision.Action)
	if decision.Action == Keep && decision.Why == FirstPost {
		key = "first_post"
	}
	letter := Letter{
		Subject: w.T("moderation.letter.author."+key+".subject", "Title", decision.Title),
		Paragraphs: []string{
			w.T("moderation.letter.hello", "Name", name),
			w.T("moderation.letter.author."+key, "Title", decision.Title),
			words.French(decision.Explanation),
		},
	}
	if statement := decision.Statement; statement != nil {
		letter.Paragraphs = append(letter.Paragraphs, reason(w, decision),
			w.T("moderation.letter.facts", "Facts", statement.DecisionFacts),
			w.T("moderation.letter.means."+statement.AutomatedDetection), w.T("moderation.letter.scope"))
	}
	letter.Paragraphs = append(letter.Paragraphs, redress(w, decision.complaintUntil()))
	return letter
}

// ToReporter tells the reporter what was decided (DSA art. 16(5)).
func ToReporter(w *words.Words, notice *Notice, decision *Decision) Letter {
	letter := Letter{
		Subject: w.T("moderation.letter.reporter.subject", "Reference", notice.Reference),
		Paragraphs: []string{
			greeting(w, notice),
			w.T("moderation.letter.reporter."+string(decision.Action), "Title", decision.Title),
		},
	}
	if decision.Statement != nil {
		letter.Paragraphs = append(letter.Paragraphs, reason(w, decision),
			w.T("moderation.letter.means."+decision.Statement.AutomatedDetection))
	} else {
		if !decision.TellsAuthor() {
			letter.Paragraphs = append(letter.Paragraphs, words.French(decision.Explanation))
		}
		letter.Paragraphs = append(letter.Paragraphs, w.T("moderation.letter.by_hand"))
	}
	letter.Paragraphs = append(letter.Paragraphs, redress(w, decision.complaintUntil()))
	return letter
}

// ToNotifier confirms that a notice arrived (DSA art. 16(4)).
func ToNotifier(w *words.Words, notice *Notice) Letter {
	return Letter{
		Subject: w.T("moderation.letter.received.subject", "Reference", notice.Reference),
		Paragraphs: []string{
			greeting(w, notice),
			w.T("moderation.letter.received", "Reference", notice.Reference),
			w.T("moderation.letter.received.said", "Explanation", words.French(notice.Explanation)),
			w.T("moderation.letter.received.next"),
		},
	}
}

// AboutHeld tells the author that a rule holds a piece back until somebody has
// read it.
func AboutHeld(w *words.Words, name string, file *Case, rule string) Letter {
	return Letter{
		Subject: w.T("moderation.letter.held.subject", "Title", file.Title),
		Paragraphs: []string{
			w.T("moderation.letter.hello", "Name", name),
			w.T("moderation.letter.held", "Title", file.Title, "Rule", w.T("moderation.rule."+rule)),
			w.T("moderation.letter.held." + rule),
			w.T("moderation.letter.held.next"),
			redress(w, file.OpenedAt.AddDate(0, 6, 0)),
		},
	}
}

// ToModerator reminds of a case that waits too long.
func ToModerator(w *words.Words, name string, file *Case, now time.Time) Letter {
	return Letter{
		Subject: w.T("moderation.letter.waiting.subject", "Category", w.T("moderation.category."+file.Category)),
		Paragraphs: []string{
			w.T("moderation.letter.hello", "Name", name),
			w.T("moderation.letter.waiting", "Title", file.Title, "Category", w.T("moderation.category."+file.Category), "Since", w.Ago(now, file.OpenedAt)),
		},
	}
}

func greeting(w *words.Words, notice *Notice) string {
	if notice.Name == "" {
		return w.T("moderation.letter.hello_unnamed")
	}
	return w.T("moderation.letter.hello", "Name", notice.Name)
}

// reason names the law or the rule.
func reason(w *words.Words, decision *Decision) string {
	label := w.T("moderation.ground." + decision.Ground)
	if law := decision.Statement.IllegalContentLegalGround; law != "" {
		return w.T("moderation.letter.law", "Ground", label, "Law", law)
	}
	return w.T("moderation.letter.rule", "Ground", label)
}

func redress(w *words.Words, until time.Time) string {
	return w.T("moderation.letter.redress", "Until", w.Date(until))
}

func (d *Decision) complaintUntil() time.Time {
	if d.Statement != nil {
		return d.Statement.ComplaintUntil
	}
	return d.At.AddDate(0, 6, 0)
}

// Suggestion is the explanation that a moderator begins with.
func Suggestion(w *words.Words, why Reason, action Action, ground string) string {
	if action != Keep {
		return w.T("moderation.why." + ground)
	}
	if why == FirstPost {
		return w.T("moderation.why.first_post")
	}
	return w.T("moderation.why.keep")
}
