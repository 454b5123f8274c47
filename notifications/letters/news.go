package letters

// News is what a letter tells of what happened.
type News struct {
	Name  string
	Finds []Find
	// Count is how much there is, also beyond the finds.
	Count  int
	AllURL string
	// ChooseURL opens one's preferences, StopURL ends such mail, MuteURL leaves
	// one in peace of the discussion, where there is one; none asks to sign in.
	ChooseURL, StopURL, MuteURL string
}

// OfNews tells somebody what happened since the last letter.
func OfNews(s Sender, about News) Letter {
	w, first := s.Words, about.Finds[0]
	letter := Letter{
		Kind:    "news",
		Subject: first.Kicker,
		Preview: first.Title,
		Blocks:  []Block{Paragraph(w.N("letters.news.hello", about.Count, "Name", called(about.Name))), Finds(about.Finds)},
		// RFC 8058: the mail program's own button.
		Headers: map[string]string{
			"List-Unsubscribe":      "<" + about.StopURL + ">",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		},
	}
	button := Button{w.T("letters.news.button"), first.URL}
	if about.Count > 1 {
		letter.Subject = w.N("letters.news.subject", about.Count, "Community", s.Tenant.Name)
		letter.Preview = first.Kicker
		button = Button{w.T("letters.news.all"), about.AllURL}
	}
	if more := about.Count - len(about.Finds); more > 0 {
		letter.Blocks = append(letter.Blocks, Soft(w.N("letters.news.more", more)))
	}
	letter.Blocks = append(letter.Blocks, button)
	if about.MuteURL != "" {
		letter.Closing = append(letter.Closing, Line{"", w.T("letters.news.mute"), about.MuteURL})
	}
	letter.Closing = append(letter.Closing,
		Line{w.T("letters.news.why"), w.T("letters.digest.choose"), about.ChooseURL},
		Line{"", w.T("letters.news.stop"), about.StopURL}, s.signature())
	return letter
}
