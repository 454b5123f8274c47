package posts

import (
	"errors"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/membership"
	"github.com/kumun/kumun/web/kit"
)

// answerTold is what links a question's answer and the tip that it became.
type answerTold struct {
	// Question and By are a tip's; Tip is a question's.
	Question *community.Post
	By       membership.Person
	Tip      *community.Post
}

// answerTold reads them; what is gone is left out.
func (p pages) answerTold(r *kit.Request, post *community.Post) (told answerTold, err error) {
	if post.Kind == community.Question && post.AnswerID != 0 {
		told.Tip, err = p.posts.TipOf(r.Context(), r.Tenant.ID, post.ID)
		return told, err
	}
	if post.QuestionID == 0 {
		return told, nil
	}
	visitor := actor.VisitorOf(r.Tenant.ID)
	told.Question, err = p.posts.Find(r.Context(), visitor, post.QuestionID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return told, err
	}
	people, err := p.members.People(r.Context(), r.Tenant.ID, []id.ID{post.CreditedID})
	told.By = people[post.CreditedID]
	return told, err
}

// fromAnswer is the form for a tip that begins with a question's answer.
func (p pages) fromAnswer(r *kit.Request, asked string) (*kit.Form, error) {
	question, err := id.Parse(asked)
	if err != nil {
		return nil, fault.NotFound
	}
	found, answer, err := p.posts.AnswerToTell(r.Context(), r.Actor, question)
	if err != nil {
		return nil, err
	}
	form := kit.NewForm("question", question.String(), "language", found.Language, "title", found.Title, "text", answer.Text, "place", found.Place, "commune", found.Commune)
	form.Values["topics"] = found.Topics
	return form, nil
}

// creditLine names who answered: "D'après la réponse de Yann".
func creditLine(r *kit.Request, p *reading) string {
	return words.French(r.Words.T("asking.tip.after", "Name", p.Told.By.Name))
}
