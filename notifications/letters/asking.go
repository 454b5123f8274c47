package letters

// Asked is what a letter about a question says.
type Asked struct {
	Name       string
	Title, URL string
	Text       string
	// PassURL lets whoever is asked say "not me".
	PassURL string
}

// QuestionFor asks somebody who may know.
func QuestionFor(s Sender, asked Asked) Letter {
	w := s.Words
	return Letter{
		Kind:    "question_for",
		Subject: w.T("letters.question.for.subject", "Title", s.Typeset(asked.Title)),
		Preview: w.T("letters.question.for.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(asked.Name))),
			Paragraph(w.T("letters.question.for.text")),
			Heading(s.Typeset(asked.Title)), Quote(s.Typeset(asked.Text)),
			Button{w.T("letters.question.answer"), asked.URL},
			Details{{w.T("letters.question.pass"), w.T("letters.question.pass.text"), asked.PassURL}},
		},
		Closing: []Line{{w.T("letters.question.why"), w.T("letters.question.choose"), s.At("/moi/questions")}, s.signature()},
	}
}

// QuestionWaits tells an editor of a question that nobody has answered.
func QuestionWaits(s Sender, asked Asked) Letter {
	w := s.Words
	return Letter{
		Kind:    "question_waits",
		Subject: w.T("letters.question.waits.subject", "Title", s.Typeset(asked.Title)),
		Preview: w.T("letters.question.waits.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(asked.Name))),
			Paragraph(w.T("letters.question.waits.text")),
			Heading(s.Typeset(asked.Title)), Quote(s.Typeset(asked.Text)),
			Button{w.T("letters.question.answer"), asked.URL},
		},
		Closing: []Line{s.signature()},
	}
}
