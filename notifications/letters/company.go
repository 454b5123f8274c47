package letters

// InGroup is what letters about belonging to a group name: the group, somebody
// in it or on the way, and the words that one left for the other.
type InGroup struct {
	Group, Name string
	// Title is a piece's, Words are a person's own.
	Title, Words string
	Path         string
}

// OfGroup is a letter about belonging to a group. Its kind is the last part of
// its words' keys.
func OfGroup(s Sender, kind string, about InGroup) Letter {
	w, key := s.Words, "letters.group."+kind
	said := []any{"Group", s.Typeset(about.Group), "Name", about.Name, "Title", s.Typeset(about.Title)}
	blocks := []Block{Paragraph(w.T(key+".text", said...))}
	if about.Words != "" {
		blocks = append(blocks, Quote(s.Typeset(about.Words)))
	}
	blocks = append(blocks, Button{w.T(key + ".button"), s.At(about.Path)})
	return Letter{Kind: "group_" + kind, Subject: w.T(key+".subject", said...), Preview: w.T(key+".preview", said...), Blocks: blocks,
		Closing: []Line{{Text: w.T("letters.group.why", said...)}, s.signature()}}
}
