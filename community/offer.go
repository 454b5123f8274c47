package community

import (
	"slices"
	"time"

	"github.com/kumun/kumun/internal/fault"
)

// Offers are what a member can propose to the others.
var Offers = []string{"give", "lend", "swap", "sell", "help", "look_for"}

// How long an offer stands unless its author says so, and at most.
const (
	offerLife     = 60 * 24 * time.Hour
	longestOffer  = 366 * 24 * time.Hour
	maxPriceCents = 1_000_000_00
)

var offerRules = rules{path: "/annonces", policy: "post", roll: end,
	clean: func(d *Draft) {
		d.Event, d.Guide = nil, nil
		if d.Offer != "sell" {
			d.PriceCents = nil
		}
	},
	check: func(d *Draft, now time.Time, invalid *fault.Invalid) {
		if !slices.Contains(Offers, d.Offer) {
			invalid.Add("offer", "error.community.offer")
		}
		checkPrice(d.PriceCents, invalid)
		if !d.Until.IsZero() && (d.Until.Before(now) || d.Until.After(now.Add(longestOffer))) {
			invalid.Add("until", "error.community.until")
		}
	},
	lay: func(post *Post, draft *Draft, now time.Time) {
		asDrafted(post, draft, now)
		if post.Until.IsZero() {
			post.Until = now.Add(offerLife)
		}
	},
}

func checkPrice(cents *int64, invalid *fault.Invalid) {
	if cents != nil && (*cents < 0 || *cents > maxPriceCents) {
		invalid.Add("price", "error.community.price")
	}
}
