package letters

// DeadLink is a link of somebody's piece that leads nowhere any more.
type DeadLink struct{ Title, URL, Since, EditURL string }

// DeadLinks tells an owner which links no longer lead anywhere, and where to mend
// them. Those of one piece follow one another.
func DeadLinks(s Sender, name string, dead []DeadLink) Letter {
	w := s.Words
	letter := Letter{
		Kind:    "dead_links",
		Subject: w.N("letters.dead_links.subject", len(dead), "Title", dead[0].Title),
		Preview: w.T("letters.dead_links.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(name))),
			Paragraph(w.N("letters.dead_links.text", len(dead))),
		},
		Closing: []Line{{Text: w.T("letters.dead_links.why")}, s.signature()},
	}
	for n, link := range dead {
		if n == 0 || dead[n-1].EditURL != link.EditURL {
			letter.Blocks = append(letter.Blocks, Heading(link.Title))
		}
		// Its address is to be read, not followed: it leads nowhere.
		letter.Blocks = append(letter.Blocks, Quote(link.URL), Soft(w.T("letters.dead_links.since", "Day", link.Since)))
		if n == len(dead)-1 || dead[n+1].EditURL != link.EditURL {
			letter.Blocks = append(letter.Blocks, Button{w.T("letters.dead_links.mend"), link.EditURL})
		}
	}
	return letter
}
