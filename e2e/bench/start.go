package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/clock"
)

const (
	starts      = 5
	startBudget = time.Second
	restBudget  = 80.0 // MB
	// settles is how long a process at rest is left alone before its memory
	// is read.
	settles      = 3 * time.Second
	weightBudget = 60 << 10
	mostRequests = 10
)

// measureStart times the way from the start of a process to its first page.
func measureStart(ctx context.Context, binary string, s store, report *report) error {
	step("%s: start to first page", s.name)
	var took []time.Duration
	for range starts {
		p, err := serve(ctx, binary, s)
		if err != nil {
			return err
		}
		first, err := p.await(ctx)
		if err != nil {
			return err
		}
		p.stop()
		took = append(took, first)
	}
	report.add(row{figure: "Start to first page, `kumun serve`", target: "under 1 s", engine: s.name,
		value: fmt.Sprintf("%.2f s", median(took).Seconds()), met: verdict(median(took) < startBudget)})
	return nil
}

// measureDemo takes what concerns somebody who only looks: how long the
// demonstration takes from nothing, what it holds, what a first visit weighs.
func measureDemo(ctx context.Context, binary string, report *report) error {
	step("demonstration: start, memory, weight of pages")
	var took []time.Duration
	for range 3 {
		p, err := demo(ctx, binary, nil)
		if err != nil {
			return err
		}
		first, err := p.await(ctx)
		if err != nil {
			return err
		}
		took = append(took, first)
		if len(took) == 1 {
			err = measureRest(ctx, p, report)
		}
		p.stop()
		if err != nil {
			return err
		}
	}
	report.add(row{figure: "Start to first page, `kumun demo` from nothing (migrates, loads two communities)", target: "none; said apart",
		engine: "SQLite", value: fmt.Sprintf("%.2f s", median(took).Seconds())})
	return nil
}

func measureRest(ctx context.Context, p *process, report *report) error {
	post, err := postPath(ctx, p)
	if err != nil {
		return err
	}
	for n := range 30 {
		if _, err := fetch(ctx, p.page([]string{"/", "/bons-plans", post}[n%3])); err != nil {
			return err
		}
	}
	if err := clock.Wait(ctx, settles); err != nil {
		return err
	}
	resident, _, err := p.memory()
	if err != nil {
		return err
	}
	report.add(row{figure: "Resident at rest in `kumun demo`, after 30 requests", target: "under 80 MB", engine: "SQLite",
		value: fmt.Sprintf("%.0f MB", resident), met: verdict(resident < restBudget)})
	for _, page := range []struct{ name, path string }{{"home", "/"}, {"feed", "/bons-plans"}, {"post", post}} {
		weight, err := weigh(ctx, p, page.path)
		if err != nil {
			return fmt.Errorf("weigh %s: %w", page.name, err)
		}
		report.add(row{figure: "First visit of the " + page.name + " page, before pictures", target: "at most 60 KB and 10 requests", engine: anyEngine,
			value: weight.String(), met: verdict(weight.bytes <= weightBudget && weight.requests <= mostRequests)})
	}
	return nil
}

// weight is what a browser without a cache transfers, heads included.
type weight struct {
	html, bytes, requests  int
	pictures, pictureBytes int
}

func (w weight) String() string {
	return fmt.Sprintf("%.1f KB (HTML %.1f KB), %d requests; then %d pictures of %.1f KB",
		kilobytes(w.bytes), kilobytes(w.html), w.requests, w.pictures, kilobytes(w.pictureBytes))
}

func kilobytes(bytes int) float64 { return float64(bytes) / 1024 }

var (
	loads    = regexp.MustCompile(`<link rel="(?:preload|stylesheet|icon)" href="([^"]+)"|<script[^>]* src="([^"]+)"|<use href="([^"#]+)`)
	images   = regexp.MustCompile(`<img[^>]* src="([^"]+)"`)
	inSheets = regexp.MustCompile(`url\(["']?(/[^"')]+)`)
)

// weigh fetches a page and what it asks for, as a browser would: each file
// once, the sheets' files too.
func weigh(ctx context.Context, p *process, path string) (weight, error) {
	take := func(path string) (answer, error) {
		t := p.page(path)
		t.encoding = "gzip, deflate, br"
		got, err := fetch(ctx, t)
		if err == nil && got.status != 200 {
			err = fmt.Errorf("%s answers %d", path, got.status)
		}
		return got, err
	}
	page, err := take(path)
	if err != nil {
		return weight{}, err
	}
	html, err := plainText(ctx, p, path)
	if err != nil {
		return weight{}, err
	}
	w := weight{html: page.transferred, bytes: page.transferred, requests: 1}
	files := matches(loads, html)
	for n := 0; n < len(files); n++ {
		got, err := take(files[n])
		if err != nil {
			return weight{}, err
		}
		w.bytes, w.requests = w.bytes+got.transferred, w.requests+1
		if !strings.HasSuffix(files[n], ".css") {
			continue
		}
		sheet, err := plainText(ctx, p, files[n])
		if err != nil {
			return weight{}, err
		}
		for _, file := range matches(inSheets, sheet) {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	for _, picture := range matches(images, html) {
		got, err := take(picture)
		if err != nil {
			return weight{}, err
		}
		w.pictures, w.pictureBytes = w.pictures+1, w.pictureBytes+got.transferred
	}
	return w, nil
}

// matches lists what the pattern's groups found, each once.
func matches(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		one := strings.Join(match[1:], "")
		if !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	return found
}

func plainText(ctx context.Context, p *process, path string) (string, error) {
	t := p.page(path)
	t.encoding = "identity"
	got, err := fetch(ctx, t)
	return string(got.body), err
}

// postPath is the page of the first post of the feed.
func postPath(ctx context.Context, p *process) (string, error) {
	feed, err := plainText(ctx, p, "/bons-plans")
	if err != nil {
		return "", err
	}
	found := matches(regexp.MustCompile(`href="(/bons-plans/[^"?]+)"`), feed)
	if len(found) == 0 {
		return "", fmt.Errorf("the feed leads to no post")
	}
	return found[0], nil
}
