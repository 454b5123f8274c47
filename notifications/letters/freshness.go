package letters

// Question asks of one piece whether it is still true; each answer is a link.
type Question struct {
	Title, URL string
	Line       string
	Yes, No    Button
}

// Questions are several in one letter.
type Questions []Question

// StillTrue asks an owner about pieces that nobody has confirmed for long.
func StillTrue(s Sender, name string, questions Questions) Letter {
	w := s.Words
	letter := Letter{
		Kind:    "still_true",
		Subject: w.N("letters.still_true.subject", len(questions), "Title", questions[0].Title),
		Preview: w.T("letters.still_true.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(name))),
			Paragraph(w.N("letters.still_true.text", len(questions))),
			questions,
			Soft(w.T("letters.still_true.after")),
		},
		Closing: []Line{{Text: w.T("letters.still_true.why")}, s.signature()},
	}
	return letter
}

// Doubted tells an owner that a reader doubts a piece.
func Doubted(s Sender, name string, question Question) Letter {
	w := s.Words
	return Letter{
		Kind:    "doubted",
		Subject: w.T("letters.doubted.subject", "Title", question.Title),
		Preview: w.T("letters.still_true.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(name))),
			Paragraph(w.T("letters.doubted.text")),
			Questions{question},
			Soft(w.T("letters.doubted.after")),
		},
		Closing: []Line{{Text: w.T("letters.still_true.why")}, s.signature()},
	}
}

// Nudge is a word to somebody who has gone quiet. Prompt is what the week asks,
// or "".
func Nudge(s Sender, name, prompt, stopURL string) Letter {
	w := s.Words
	letter := Letter{
		Kind:    "nudge",
		Subject: w.T("letters.nudge.subject", "Name", called(name)),
		Preview: w.T("letters.nudge.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(name))),
			Paragraph(w.T("letters.nudge.text", "Community", s.Tenant.Name)),
		},
		Closing: []Line{{w.T("letters.nudge.why"), w.T("letters.nudge.stop"), stopURL}, s.signature()},
		Headers: oneClick(stopURL),
	}
	if prompt != "" {
		letter.Subject = s.Typeset(prompt)
		letter.Blocks = append(letter.Blocks, Paragraph(w.T("letters.nudge.prompt")), Quote(s.Typeset(prompt)))
	}
	letter.Blocks = append(letter.Blocks, Button{w.T("letters.nudge.button"), s.At("/ecrire")})
	return letter
}
