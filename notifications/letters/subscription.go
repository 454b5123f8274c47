package letters

// The kinds of the letters to subscribers that are not the editors' own.
const (
	SubscriptionAskedKind = "subscription_asked"
	SubscriptionKnownKind = "subscription_known"
	SubscriptionHeldKind  = "subscription_held"
)

// Subscribed is what somebody asked for.
type Subscribed struct{ News, Offers bool }

// SubscriptionAsked asks an address to say that it is its owner's wish, and says
// nothing else: no news, no offer (CPCE L34-5).
func SubscriptionAsked(s Sender, wanted Subscribed, confirmURL string) Letter {
	w, key := s.Words, "letters.subscription.asked"
	var asked Details
	if wanted.News {
		asked = append(asked, Detail{Name: w.T("subscription.news"), Text: w.T("subscription.news.short", "Community", s.Tenant.Name)})
	}
	if wanted.Offers {
		asked = append(asked, Detail{Name: w.T("subscription.offers"), Text: w.T("subscription.offers.short", "Community", s.Tenant.Name)})
	}
	return Letter{
		Kind: SubscriptionAskedKind, Subject: w.T(key+".subject", "Community", s.Tenant.Name), Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T(key+".text", "Community", s.Tenant.Name)), asked,
			Button{w.T(key + ".button"), confirmURL},
			Soft(w.T(key + ".lasts")),
		},
		Closing: []Line{{Text: w.T(key + ".not_me")}, s.signature()},
	}
}

// SubscriptionKnown leads somebody who is subscribed to what they chose.
func SubscriptionKnown(s Sender, chooseURL string) Letter {
	w, key := s.Words, "letters.subscription.known"
	return Letter{
		Kind: SubscriptionKnownKind, Subject: w.T(key+".subject", "Community", s.Tenant.Name), Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T(key+".text", "Community", s.Tenant.Name)),
			Button{w.T(key + ".button"), chooseURL},
			Soft(w.T(key + ".lasts")),
		},
		Closing: []Line{{Text: w.T(key + ".why")}, s.signature()},
	}
}

// SubscriptionHeld answers somebody who asks what is known of them (GDPR, art.
// 15): the letter goes to the address itself, since links get forwarded.
func SubscriptionHeld(s Sender, held, consents Details, chooseURL string) Letter {
	w, key := s.Words, "letters.subscription.held"
	return Letter{
		Kind: SubscriptionHeldKind, Subject: w.T(key+".subject", "Community", s.Tenant.Name), Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T(key+".text", "Community", s.Tenant.Name)), held,
			Heading(w.T(key + ".consents")), consents,
			Button{w.T("letters.subscription.known.button"), chooseURL},
			Soft(w.T(key + ".rights")),
		},
		Closing: []Line{{Text: w.T(key + ".why")}, s.signature()},
	}
}
