package letters

// SearchNews is what is new of one search.
type SearchNews struct {
	Query   string
	Finds   []Find
	URL     string
	StopURL string
}

// OfSearches tells what is new of the searches that somebody follows.
func OfSearches(s Sender, name string, news []SearchNews, stopAll string) Letter {
	w := s.Words
	count := 0
	for _, one := range news {
		count += len(one.Finds)
	}
	letter := Letter{
		Kind:    "searches",
		Subject: w.N("letters.searches.subject", count, "Query", s.Typeset(news[0].Query)),
		Preview: news[0].Finds[0].Title,
		Blocks:  []Block{Paragraph(w.T("letters.searches.hello", "Name", called(name)))},
		Headers: oneClick(stopAll), // ends them all
	}
	for _, one := range news {
		letter.Blocks = append(letter.Blocks, Heading(w.T("letters.searches.about", "Query", s.Typeset(one.Query))), Finds(one.Finds))
		letter.Closing = append(letter.Closing, Line{"", w.T("letters.searches.stop", "Query", s.Typeset(one.Query)), one.StopURL})
	}
	letter.Blocks = append(letter.Blocks, Button{w.T("letters.searches.button"), news[0].URL})
	letter.Closing = append(letter.Closing, s.signature())
	return letter
}
