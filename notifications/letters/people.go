package letters

import (
	"slices"
	"time"
)

// SignIn is what a letter with a code says.
type SignIn struct {
	Name, Code, URL string
	Lasts           time.Duration
}

// SignInCode lets a member in.
func SignInCode(s Sender, in SignIn) Letter { return s.code("sign_in", in) }

// JoinCode lets somebody new confirm the address.
func JoinCode(s Sender, in SignIn) Letter { return s.code("join", in) }

func (s Sender) code(kind string, in SignIn) Letter {
	w, key := s.Words, "letters."+kind
	return Letter{
		Kind: kind, Secret: true,
		Subject: w.T(key+".subject", "Community", s.Tenant.Name),
		Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T(key+".text", "Name", called(in.Name))),
			Code(in.Code[:len(in.Code)/2] + " " + in.Code[len(in.Code)/2:]),
			Paragraph(w.T(key + ".or")),
			Button{w.T(key + ".button"), s.At(in.URL)},
			Soft(w.T("letters.code.lasts", "Minutes", int(in.Lasts.Minutes()))),
		},
		Closing: []Line{{Text: w.T("letters.code.not_me")}, s.signature()},
	}
}

// StaffLink lets the operator's staff into the console.
func StaffLink(s Sender, path string) Letter {
	w := s.Words
	return Letter{
		Kind: "staff_sign_in", Secret: true,
		Subject: w.T("letters.staff.subject"),
		Preview: w.T("letters.staff.preview"),
		Blocks:  []Block{Paragraph(w.T("letters.staff.text")), Button{w.T("letters.sign_in.button"), s.At(path)}},
		Closing: []Line{{Text: w.T("letters.code.not_me")}, s.signature()},
	}
}

// Unknown answers somebody who wants to sign in and is no member: whether an
// address is known shows in its mailbox alone.
func Unknown(s Sender, joinPath string) Letter {
	w := s.Words
	return Letter{
		Kind:    "unknown",
		Subject: w.T("letters.unknown.subject", "Community", s.Tenant.Name),
		Preview: w.T("letters.unknown.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.unknown.text", "Community", s.Tenant.Name)),
			Button{w.T("letters.unknown.button"), s.At(joinPath)},
		},
		Closing: []Line{{Text: w.T("letters.code.not_me")}, s.signature()},
	}
}

// Welcome greets a new member with three things to do.
func Welcome(s Sender, name string) Letter {
	w := s.Words
	return Letter{
		Kind:    "welcome",
		Subject: w.T("letters.welcome.subject", "Community", s.Tenant.Name),
		Preview: w.T("letters.welcome.preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.welcome.text", "Name", called(name))),
			Paragraph(w.T("letters.welcome.digest")),
			Button{w.T("letters.welcome.groups"), s.At("/groupes")},
			Details{
				{w.T("letters.welcome.read"), w.T("letters.welcome.read.text"), s.At("/bons-plans")},
				{w.T("letters.welcome.write"), w.T("letters.welcome.write.text"), s.At("/ecrire")},
			},
		},
		Closing: []Line{s.signature()},
	}
}

// Formal is a letter that another room has worded: a decision, a notice.
func Formal(s Sender, kind, subject string, paragraphs []string, button Button) Letter {
	letter := Letter{Kind: kind, Subject: subject, Closing: []Line{s.signature()}}
	for n, paragraph := range paragraphs {
		if n == 1 {
			letter.Preview = paragraph
		}
		letter.Blocks = append(letter.Blocks, Paragraph(paragraph))
	}
	if button.Label != "" {
		letter.Blocks = append(letter.Blocks, Button{button.Label, s.At(button.URL)})
	}
	return letter
}

// Listing is what letters about a listing name.
type Listing struct{ Owner, Name, Path string }

// ListingLive tells a partner that the listing shows.
func ListingLive(s Sender, about Listing) Letter { return s.listing("listing_live", about) }

// PaymentFailed tells a partner that the listing pauses, and how to go on.
func PaymentFailed(s Sender, about Listing) Letter { return s.listing("payment_failed", about) }

// SubscriptionEnded says goodbye, and that nothing is lost.
func SubscriptionEnded(s Sender, about Listing) Letter { return s.listing("subscription_ended", about) }

func (s Sender) listing(kind string, about Listing) Letter {
	w, key := s.Words, "letters."+kind
	return Letter{
		Kind:    kind,
		Subject: w.T(key+".subject", "Listing", about.Name),
		Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T("letters.hello", "Name", called(about.Owner))),
			Paragraph(w.T(key+".text", "Listing", about.Name, "Community", s.Tenant.Name)),
			Button{w.T(key + ".button"), s.At(about.Path)},
			Soft(w.T(key + ".after")),
		},
		Closing: []Line{s.signature()},
	}
}

// signature names who answers for the letter.
func (s Sender) signature() Line {
	text := s.Tenant.Wording(s.Words.Language).Signature
	if text == "" {
		text = s.Words.T("letters.signature", "Publisher", s.Tenant.Settings.Legal.Publisher)
	}
	return Line{Text: s.Typeset(text)}
}

// Imprinted adds to bulk mail who sends it and where they are (CPCE L34-5), as far
// as the community has said, once.
func (l Letter) Imprinted(s Sender) Letter {
	legal := s.Tenant.Settings.Legal
	if !l.bulk() || legal.Office == "" {
		return l
	}
	where := legal.Office
	if s.Tenant.Wording(s.Words.Language).Signature != "" { // which may name its people alone
		where = legal.Publisher + ", " + where
	}
	imprint := Line{Text: s.Typeset(where)}
	if !slices.Contains(l.Closing, imprint) {
		l.Closing = append(slices.Clone(l.Closing), imprint)
	}
	return l
}
