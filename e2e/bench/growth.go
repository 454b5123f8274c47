package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
)

const (
	grownPosts   = 50_000
	grownMembers = 20_000
	grownAuthors = 100 // of the members, the first
	grownSlug    = "grande"
	searchBudget = 1.5 // of the time of a feed page
	hintBudget   = 5 * time.Millisecond
	// demonstrationFile lends the grown community its words.
	demonstrationFile = "transfer/demo/cornouaille.json"
)

// measureGrowth takes the speed of the pages that lists and words slow down, in
// a community of 50 thousand pieces. Nothing is kept: each page is made anew.
func measureGrowth(ctx context.Context, binary string, s store, report *report) error {
	step("%s: a community of %d pieces", s.name, grownPosts)
	file, err := grow(s.folder)
	if err != nil {
		return err
	}
	p, err := serving(ctx, binary, s)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := kumun(ctx, binary, s, p, "tenant", "create", "--name", "La grande commune", grownSlug); err != nil {
		return err
	}
	began := time.Now()
	if _, err := kumun(ctx, binary, s, p, "import", "--tenant", grownSlug, file); err != nil {
		return err
	}
	report.add(row{figure: fmt.Sprintf("`kumun import` of %d pieces and %d members", grownPosts, grownMembers), target: "none; said apart", engine: s.name,
		value: fmt.Sprintf("%.0f s", time.Since(began).Seconds())})
	// A store in use has statistics, and pages that all may see.
	if err := vacuum(ctx, s); err != nil {
		return err
	}
	page := func(path string) target {
		t := p.page(path)
		t.host = strings.Replace(t.host, "cornouaille", grownSlug, 1)
		return t
	}
	if err := drained(ctx, s); err != nil {
		return err
	}
	// Turns, so that what else the machine does meets both; the words change,
	// as people's do.
	var feeds, searches, hints []time.Duration
	for n := range 4 * turns {
		word := soughtWords[n%len(soughtWords)]
		for _, one := range []struct {
			into *[]time.Duration
			path string
		}{
			{&feeds, "/bons-plans" + anew + strconv.Itoa(n)},
			{&searches, "/chercher?q=" + url.QueryEscape(word) + "&dit=mesure" + strconv.Itoa(n)},
			{&hints, "/chercher/suggestions?q=" + url.QueryEscape(short(word, 3))},
		} {
			asked := time.Now()
			got, err := fetch(ctx, page(one.path))
			if err == nil && got.status != 200 {
				err = fmt.Errorf("%s answers %d", one.path, got.status)
			}
			if err != nil {
				return err
			}
			*one.into = append(*one.into, time.Since(asked))
		}
	}
	feed, search, hint := median(feeds), median(searches), median(hints)
	report.add(row{figure: "Search beside the feed, 50 thousand pieces, both made anew", target: "at most 1.5 × the feed page", engine: s.name,
		value: fmt.Sprintf("%.1f × (%s and %s)", float64(search)/float64(feed), milliseconds(search), milliseconds(feed)),
		met:   verdict(float64(search) <= searchBudget*float64(feed))})
	report.add(row{figure: "Suggestions while typing, 50 thousand pieces", target: "under 5 ms at the median", engine: s.name,
		value: milliseconds(hint), met: verdict(hint < hintBudget)})
	return nil
}

// backlog is the longest that what an import left may take.
const backlog = 10 * time.Minute

// drained waits until the product has done what the import left it to do, and
// has sent the issue of this week where that is due.
func drained(ctx context.Context, s store) error {
	db, err := database.Open(ctx, s.databaseURL, s.ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(ctx, backlog)
	defer cancel()
	for {
		var waits bool
		err := db.Survey(ctx, "bench", func(ctx context.Context, db bun.IDB) error {
			return db.NewRaw(`SELECT EXISTS (SELECT 1 FROM outbox WHERE done_at IS NULL AND dead_at IS NULL)`).Scan(ctx, &waits)
		})
		if err != nil || !waits {
			return err
		}
		if err := clock.Wait(ctx, settles); err != nil {
			return fmt.Errorf("facts still wait: %w", err)
		}
	}
}

// vacuum does what PostgreSQL does by itself where autovacuum is on, which it is
// not in the servers of tests.
func vacuum(ctx context.Context, s store) error {
	if s.ownerURL == "" {
		return nil
	}
	owner, err := pgx.Connect(ctx, s.ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = owner.Close(context.WithoutCancel(ctx)) }()
	_, err = owner.Exec(ctx, "VACUUM ANALYZE")
	return err
}

var soughtWords = []string{"crêpes", "pluie enfants", "marché jeudi", "bain", "vélo", "kouign-amann", "sentier", "phare", "galette saucisse",
	"pêche", "concarneau", "jardin", "tricot", "cidre", "grande marée", "brocante", "plage", "musique", "poterie", "algues"}

// grow writes an import file of pieces that say what the demonstration's say,
// sentence by sentence in another order.
func grow(folder string) (string, error) {
	content, err := os.ReadFile(demonstrationFile)
	if err != nil {
		return "", err
	}
	var demonstration struct {
		Posts []struct {
			Title, Text string
			Topics      []string
			Place       struct{ Commune string }
		}
	}
	if err := json.Unmarshal(content, &demonstration); err != nil {
		return "", err
	}
	type place struct {
		Commune string `json:"commune"`
	}
	type post struct {
		Key    string   `json:"key"`
		Kind   string   `json:"kind"`
		Title  string   `json:"title"`
		Text   string   `json:"text"`
		By     string   `json:"by"`
		Posted string   `json:"posted"`
		Topics []string `json:"topics,omitempty"`
		Place  place    `json:"place"`
	}
	type member struct {
		Key   string `json:"key"`
		Name  string `json:"name"`
		Since string `json:"since"`
	}
	var sentences, titles []string
	for _, one := range demonstration.Posts {
		titles = append(titles, strings.Fields(one.Title)...)
		for _, sentence := range strings.Split(strings.ReplaceAll(one.Text, "\n", " "), ". ") {
			sentences = append(sentences, strings.TrimSpace(sentence))
		}
	}
	lot := rand.New(rand.NewPCG(50, 1000))
	file := struct {
		Format  string   `json:"format"`
		Members []member `json:"members"`
		Posts   []post   `json:"posts"`
	}{Format: "kumun/1"}
	for n := range grownMembers {
		file.Members = append(file.Members, member{fmt.Sprintf("m%d", n), fmt.Sprintf("Voisin %d", n), "today-400d"})
	}
	for n := range grownPosts {
		model := demonstration.Posts[lot.IntN(len(demonstration.Posts))]
		var title []string
		for range 5 {
			title = append(title, titles[lot.IntN(len(titles))])
		}
		var text []string
		for range 3 {
			text = append(text, sentences[lot.IntN(len(sentences))])
		}
		file.Posts = append(file.Posts, post{Key: fmt.Sprintf("p%d", n), Kind: "tip", Title: short(strings.Join(title, " "), 60),
			Text: strings.Join(text, ". ") + ". On y va quand on veut.", By: fmt.Sprintf("m%d", lot.IntN(grownAuthors)), Posted: fmt.Sprintf("today-%dd", 1+n/600),
			Topics: model.Topics, Place: place{cmp.Or(model.Place.Commune, "Quimper")}})
	}
	written, err := json.Marshal(file)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "grande.json")
	return path, os.WriteFile(path, written, 0o600)
}

func short(text string, most int) string {
	runes := []rune(text)
	return strings.TrimSpace(string(runes[:min(len(runes), most)]))
}
