package chaos_test

import (
	"fmt"
)

const (
	moderators = 3
	authors    = 40 // of the tips that are there from the beginning
	tipsEach   = 4
	// mostReaders take the digest, so that many kills do not mean many letters.
	mostReaders = 250
)

// people are the community that is brought in.
type people struct {
	writers, partners, askers int
}

// peopled is a community large enough for so many kills: nobody posts more
// than ten times a day, and everybody pays once.
func peopled(kills int) people {
	return people{writers: 60 + 4*kills, partners: 10 + kills/2, askers: 10 + kills}
}

func (p people) all() int { return moderators + p.writers + p.partners + p.askers }

func key(kind string, number int) string { return fmt.Sprintf("%s-%d", kind, number) }

func email(kind string, number int) string { return key(kind, number) + "@example.org" }

// file is what kumun import reads. The tips are enough for ten digests that
// never repeat one.
func (p people) file() map[string]any {
	var members, posts, listings []map[string]any
	join := func(kind string, number int, roles ...string) {
		members = append(members, map[string]any{"key": key(kind, number), "name": fmt.Sprintf("%s %d", kind, number),
			"since": "-90d", "roles": roles})
	}
	for n := range moderators {
		join("moderator", n, "moderator")
	}
	for n := range p.writers {
		if n%3 == 0 {
			join("writer", n) // whose first post is held
		} else {
			join("writer", n, "ambassador")
		}
	}
	for n := range p.askers {
		join("asker", n)
	}
	for n := range p.partners {
		join("partner", n, "partner")
		listings = append(listings, map[string]any{"key": key("listing", n), "name": fmt.Sprintf("Crêperie %d", n), "trade": "crêperie",
			"owner": key("partner", n), "owner_name": "Enora B.", "plan": "adresse", "state": "draft", "since": "-30d",
			"text":  "Dix-huit places, deux billigs et une règle : la galette part quand elle est prête.",
			"place": map[string]any{"name": "Locmaria", "commune": "Quimper"}, "phone": "02 61 91 10 29"})
	}
	for n := range authors * tipsEach {
		posts = append(posts, map[string]any{"key": key("tip", n), "kind": "tip", "title": fmt.Sprintf("Un sentier à l’abri, numéro %d", n),
			"text": "On part du lavoir, on suit le ruisseau et l’on revient par la crête avant la pluie.",
			"by":   key("writer", 1+n%authors), "posted": fmt.Sprintf("-%dh", 2+n), "place": map[string]any{"name": "Tréboul", "commune": "Douarnenez"}})
	}
	return map[string]any{"format": "kumun/1", "members": members, "posts": posts, "listings": listings,
		"plans": []map[string]any{{"key": "adresse", "name": "Adresse", "price_cents": 1900, "pitch": []string{"Une page."},
			"limits": map[string]any{"listings": 1, "pictures": 3}}}}
}
