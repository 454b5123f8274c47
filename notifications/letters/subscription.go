package letters

import (
	"time"

	"github.com/kumun/kumun/internal/words"
)

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

// Held is all that is known of a subscriber.
type Held struct {
	Email, Language, Entrance string
	Member                    bool
	Asked, Confirmed          time.Time
	Consents                  []HeldConsent
}

// HeldConsent is something agreed to or withdrawn, and how.
type HeldConsent struct {
	Purpose, Way, Wording, Source, IP string
	Given                             bool
	At                                time.Time
}

// SubscriptionHeld answers somebody who asks what is known of them (GDPR, art.
// 15): the letter goes to the address itself, since links get forwarded.
func SubscriptionHeld(s Sender, held Held, chooseURL string) Letter {
	w, key := s.Words, "letters.subscription.held"
	facts := Details{
		{Name: w.T(key + ".email"), Text: held.Email}, {Name: w.T(key + ".language"), Text: words.Names[held.Language]},
		{Name: w.T(key + ".entrance"), Text: w.T(key + ".entrance." + held.Entrance)},
		{Name: w.T(key + ".created"), Text: w.Date(held.Asked)}, {Name: w.T(key + ".confirmed"), Text: w.Date(held.Confirmed)},
	}
	if held.Member {
		facts = append(facts, Detail{Name: w.T(key + ".member"), Text: w.T(key + ".member.yes")})
	}
	var consents Details
	for _, one := range held.Consents {
		answer := key + ".withdrawn"
		if one.Given {
			answer = key + ".given"
		}
		text := w.T(answer) + ", " + w.Date(one.At) + ", " + w.T("subscription.way."+one.Way)
		if one.Source != "" {
			text += ", " + s.Typeset(one.Source)
		}
		if one.IP != "" {
			text += ", " + w.T(key+".from", "IP", one.IP)
		}
		consents = append(consents, Detail{Name: w.T("subscription." + one.Purpose), Text: text + ", " + w.T(key+".wording", "Wording", one.Wording)})
	}
	return Letter{
		Kind: SubscriptionHeldKind, Subject: w.T(key+".subject", "Community", s.Tenant.Name), Preview: w.T(key + ".preview"),
		Blocks: []Block{
			Paragraph(w.T(key+".text", "Community", s.Tenant.Name)), facts,
			Heading(w.T(key + ".consents")), consents,
			Button{w.T("letters.subscription.known.button"), chooseURL},
			Soft(w.T(key + ".rights")),
		},
		Closing: []Line{{Text: w.T(key + ".why")}, s.signature()},
	}
}
