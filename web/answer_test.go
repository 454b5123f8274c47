package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/tenants"
)

func TestAnAcceptedAnswerBecomesATipOnce(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	anna, yann, ben := s.Member(t, "anna", actor.Ambassador), s.Member(t, "yann", actor.Ambassador), s.Member(t, "ben")
	question := s.Question(t, anna, "Où trouver un thermos le dimanche ?", func(draft *community.Draft) { draft.Commune = "Douarnenez" })
	answer, err := s.Posts(t).Reply(t.Context(), yann, question.ID, "Au bazar du port, ouvert le dimanche jusqu'à midi toute l'année.")
	if err != nil {
		t.Fatal(err)
	}
	form := "/ecrire/bon-plan?question=" + question.ID.String()
	s.who = anna
	if code := s.get(form).Code; code != http.StatusNotFound {
		t.Errorf("before there is an answer: %d", code)
	}
	if err := s.Posts(t).Accept(t.Context(), anna, question.ID, answer.ID); err != nil {
		t.Fatal(err)
	}
	has(t, s.get(question.Path()), http.StatusOK, "En faire un bon plan")
	has(t, s.get(form), http.StatusOK, "Au bazar du port", `value="Douarnenez"`, `name="question"`)
	tip := url.Values{"question": {question.ID.String()}, "title": {"Un thermos le dimanche"}, "text": {"Au bazar du port, ouvert le dimanche jusqu'à midi toute l'année."}}
	for name, who := range map[string]actor.Actor{"a neighbour": ben, "who answered": yann} {
		s.who = who
		if code := s.post("/ecrire/bon-plan", tip).Code; code != http.StatusNotFound {
			t.Errorf("%s makes a tip of it: %d", name, code)
		}
		hasNot(t, s.get(question.Path()), "En faire un bon plan")
	}
	s.who = anna
	refused := url.Values{"question": {question.ID.String()}, "title": {"Court"}}
	has(t, s.post("/ecrire/bon-plan", refused), http.StatusUnprocessableEntity, `value="`+question.ID.String()+`"`)
	made := s.post("/ecrire/bon-plan", tip)
	has(t, made, http.StatusSeeOther)
	path, _, _ := strings.Cut(made.Header().Get("Location"), "?")

	s.who = s.Visitor()
	has(t, s.get(path), http.StatusOK, "D’après la réponse de Yann", question.Path())
	page := s.get(question.Path())
	has(t, page, http.StatusOK, "devenue un bon plan", path)
	s.who = anna
	hasNot(t, s.get(question.Path()), "En faire un bon plan")
	if code := s.post("/ecrire/bon-plan", tip).Code; code != http.StatusConflict {
		t.Errorf("a second tip of the same answer: %d", code)
	}
	late := s.post("/ecrire/bon-plan", tip)
	has(t, late, http.StatusConflict, "Un thermos le dimanche", "ouvert le dimanche", "déjà devenue un bon plan")
	hasNot(t, late, `name="question"`)
}

func TestQuestionsSayWhenTheyAreAnswered(t *testing.T) {
	t.Parallel()
	s := openPosts(t)
	question := s.Question(t, s.Member(t, "anna", actor.Ambassador), "Où trouver un thermos le dimanche ?")
	usual := "On répond du lundi au vendredi, 9\u202fh – 18\u202fh."
	has(t, s.get("/questions"), http.StatusOK, usual)
	has(t, s.get(question.Path()), http.StatusOK, usual)

	for name, wrong := range map[string]tenants.Hours{
		"days":  {First: 5, Last: 1, From: "09:00", To: "18:00"},
		"hours": {First: 1, Last: 5, From: "18:00", To: "09:00"},
		"text":  {First: 1, Last: 5, From: "tôt", To: "tard"},
		"none":  {},
	} {
		if err := s.Tenants.SetAnswers(t.Context(), s.Tenant.ID, wrong); err == nil {
			t.Errorf("%s are taken", name)
		}
	}
	if err := s.Tenants.SetAnswers(t.Context(), s.Tenant.ID, tenants.Hours{First: 6, Last: 6, From: "10:30", To: "12:00"}); err != nil {
		t.Fatal(err)
	}
	changed, err := s.Tenants.ByID(t.Context(), s.Tenant.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Tenant = changed
	has(t, s.get("/questions"), http.StatusOK, "On répond le samedi, 10\u202fh\u202f30 – 12\u202fh.")
}
