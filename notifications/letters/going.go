package letters

// Event is what letters about going to one name.
type Event struct {
	Title, When, Where string
	URL                string
	// CalendarURL is the date as a calendar file, BackURL gives the place back.
	CalendarURL, BackURL string
}

// GoingAsked asks somebody without an account to say once more that they come.
func GoingAsked(s Sender, event Event, confirmURL string) Letter {
	return s.going("asked", event, Button{s.Words.T("letters.going.asked.button"), confirmURL})
}

// PlaceFreed tells somebody on the waiting list that there is a place.
func PlaceFreed(s Sender, event Event) Letter {
	return s.going("freed", event, Button{s.Words.T("letters.going.see"), event.URL})
}

// EventMoved tells those who go the new date and place.
func EventMoved(s Sender, event Event) Letter {
	return s.going("moved", event, Button{s.Words.T("letters.going.see"), event.URL})
}

// EventCancelled tells those who would have gone.
func EventCancelled(s Sender, event Event) Letter {
	return s.going("cancelled", event, Button{s.Words.T("letters.going.others"), s.At("/agenda")})
}

func (s Sender) going(kind string, event Event, button Button) Letter {
	w, key := s.Words, "letters.going."+kind
	details := Details{{Name: w.T("letters.going.when"), Text: event.When}}
	if event.Where != "" {
		details = append(details, Detail{Name: w.T("letters.going.where"), Text: s.Typeset(event.Where)})
	}
	if event.CalendarURL != "" {
		details = append(details, Detail{w.T("letters.going.calendar"), w.T("letters.going.calendar.text"), event.CalendarURL})
	}
	letter := Letter{
		Kind:    "going_" + kind,
		Subject: w.T(key+".subject", "Title", s.Typeset(event.Title)),
		Preview: event.When,
		Blocks:  []Block{Paragraph(w.T(key+".text", "Title", s.Typeset(event.Title))), details, button},
	}
	if event.BackURL != "" {
		letter.Closing = append(letter.Closing, Line{w.T("letters.going.back"), w.T("letters.going.back.link"), event.BackURL})
	}
	letter.Closing = append(letter.Closing, Line{Text: w.T("letters.going.why")}, s.signature())
	return letter
}
