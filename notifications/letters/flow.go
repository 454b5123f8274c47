package letters

// Flow is how a community's bulk mail fares.
type Flow struct {
	Community        string
	Paused           bool
	Sent, Complaints int
	Path             string
}

// Complaints tells the operator that too many readers call a community's
// letters spam.
func Complaints(s Sender, flow Flow) Letter {
	w, key := s.Words, "letters.complaints.alert"
	if flow.Paused {
		key = "letters.complaints.pause"
	}
	return Letter{
		Kind:    "complaints",
		Subject: w.T(key+".subject", "Community", flow.Community),
		Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.N("letters.complaints.count", flow.Complaints, "Sent", w.Number(flow.Sent), "Community", flow.Community)),
			Paragraph(w.T(key + ".text")),
			Button{w.T("letters.complaints.button"), s.At(flow.Path)},
		},
		Closing: []Line{s.signature()},
	}
}

// Trial is the letter by which the operator sees that mail arrives.
func Trial(s Sender) Letter {
	w := s.Words
	return Letter{
		Kind:    "trial",
		Subject: w.T("letters.trial.subject"),
		Preview: w.T("letters.trial.preview"),
		Blocks:  []Block{Paragraph(w.T("letters.trial.text")), Soft(w.T("letters.trial.look"))},
		Closing: []Line{s.signature()},
	}
}
