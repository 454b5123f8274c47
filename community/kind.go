package community

import (
	"time"

	"github.com/kumun/kumun/internal/fault"
)

// Kind is what a post is.
type Kind string

// The kinds. Each has a file of its own with its rules.
const (
	Tip      Kind = "tip"
	Offer    Kind = "offer"
	Event    Kind = "event"
	Question Kind = "question"
	Guide    Kind = "guide"
)

// Kinds lists them in the order in which people meet them.
var Kinds = []Kind{Tip, Offer, Event, Question, Guide}

// rules are what sets a kind apart from the others.
type rules struct {
	// path is the address of its list, and of each piece below it.
	path string
	// policy is the kind of thing that the policy knows: whoever may create it.
	policy string
	// life is how long a piece is believed without a word of its owner; what ends
	// by itself has none.
	life time.Duration
	// clean drops what the kind does not have.
	clean func(*Draft)
	check func(*Draft, time.Time, *fault.Invalid)
	// lay sets what follows from the draft beside the fields that all share.
	lay func(*Post, *Draft, time.Time)
	// roll says what becomes of a post whose time is over: it moves on, or ends.
	roll func(*Post, time.Time)
}

var kinds = map[Kind]rules{Tip: tipRules, Offer: offerRules, Event: eventRules, Question: questionRules, Guide: guideRules}

// Known tells whether it is one of the kinds.
func (k Kind) Known() bool { return kinds[k].path != "" }

// Path is the address of the kind's list.
func (k Kind) Path() string { return kinds[k].path }

// Policy is what the policy calls the kind when somebody wants to write one.
func (k Kind) Policy() string { return kinds[k].policy }

// plain is a draft without what only offers, events or guides have.
func (d *Draft) plain() {
	d.Offer, d.PriceCents, d.Until = "", nil, time.Time{}
	d.Event, d.Guide = nil, nil
}

func nothing(*Draft, time.Time, *fault.Invalid) {}

func asDrafted(post *Post, draft *Draft, _ time.Time) {
	post.Until, post.Event, post.Guide = draft.Until, draft.Event, draft.Guide
	post.StartsAt, post.EndsAt = time.Time{}, time.Time{}
}

func end(post *Post, _ time.Time) { post.State = Expired }
