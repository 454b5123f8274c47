package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	anonymousBudget = .8
	signedInBudget  = .2
	slownessBudget  = 4.0
	isolationBudget = .85
	loadedBudget    = 300.0 // MB
	// Rates are taken with few connections, which two processors can serve
	// beside the client; the slowest answers with many.
	few, many = 8, 64
	// Many short turns: what else the machine does comes and goes.
	turns = 21
	turn  = 130 * time.Millisecond
	// anew is how a page is asked for that no cache may answer: as after a
	// form.
	anew = "?dit=mesure"
)

// measurePages takes the speed of pages and what it costs in memory.
func measurePages(ctx context.Context, binary string, s store, report *report) error {
	step("%s: pages", s.name)
	p, err := serving(ctx, binary, s)
	if err != nil {
		return err
	}
	defer p.stop()
	cookie, err := signIn(ctx, binary, s, p)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	post, err := postPath(ctx, p)
	if err != nil {
		return err
	}
	signedIn := func(path string) target {
		t := p.page(path)
		t.cookie = cookie
		return t
	}
	pages := map[string]target{"home": p.page("/"), "feed": p.page("/bons-plans"), "post": p.page(post), "mine": signedIn("/bons-plans")}
	bare, err := bareOf(ctx, pages)
	if err != nil {
		return err
	}
	defer bare.stop()
	ours := func(name string) runner { return runner{pages[name], p} }
	yardstick := func(name string) runner {
		return runner{target{address: bare.address, host: "bare", path: "/" + name, encoding: "gzip"}, bare}
	}
	// What visitors get comes out of the page cache, whatever the store.
	if s.ownerURL == "" {
		for _, name := range []string{"home", "feed", "post"} {
			if err := raceVisitor(ctx, name, ours(name), yardstick(name), report); err != nil {
				return err
			}
		}
	}
	mine, err := race(ctx, ours("mine"), yardstick("mine"), few)
	if err != nil {
		return err
	}
	report.add(row{figure: "Signed-in feed, requests/s", target: "at least 20 % of bare `net/http`", engine: s.name,
		value: shareOf(mine), met: verdict(mine.rate >= signedInBudget)})
	for _, page := range []struct{ name, path string }{{"home", "/"}, {"feed", "/bons-plans"}, {"post", post}} {
		alone, err := load(ctx, signedIn(page.path+anew), 1, time.Second)
		if err != nil {
			return err
		}
		report.add(row{figure: "Signed-in " + page.name + ", made anew, one at a time", target: "none; p50 and p95", engine: s.name,
			value: milliseconds(alone.p50) + " and " + milliseconds(alone.p95)})
	}
	if s.ownerURL != "" {
		if err := measureIsolation(ctx, s, signedIn("/bons-plans"+anew), report); err != nil {
			return fmt.Errorf("isolation: %w", err)
		}
	}
	_, peak, err := p.memory()
	if err != nil {
		return err
	}
	report.add(row{figure: "Most that `kumun serve` held under this load", target: "under 300 MB", engine: s.name,
		value: fmt.Sprintf("%.0f MB", peak), met: verdict(peak < loadedBudget)})
	return nil
}

func raceVisitor(ctx context.Context, name string, ours, bare runner, report *report) error {
	fast, err := race(ctx, ours, bare, few)
	if err != nil {
		return err
	}
	report.add(row{figure: "Anonymous " + name + ", requests/s", target: "at least 80 % of bare `net/http`", engine: anyEngine,
		value: shareOf(fast), met: verdict(fast.rate >= anonymousBudget)})
	crowded, err := race(ctx, ours, bare, many)
	if err != nil {
		return err
	}
	report.add(row{figure: "Anonymous " + name + ", p99 at 64 connections", target: "at most 4 × bare `net/http`", engine: anyEngine,
		value: fmt.Sprintf("%.1f × (p50 %s and %s, p99 %s and %s)", crowded.slowness, milliseconds(crowded.ours.p50),
			milliseconds(crowded.bare.p50), milliseconds(crowded.ours.p99), milliseconds(crowded.bare.p99)),
		met: verdict(crowded.slowness <= slownessBudget)})
	return nil
}

// bareOf starts the yardstick with the very bytes that the pages send.
func bareOf(ctx context.Context, pages map[string]target) (*process, error) {
	answers := map[string]answer{}
	for name, page := range pages {
		got, err := fetch(ctx, page)
		if err != nil {
			return nil, err
		}
		if got.status != http.StatusOK || got.header.Get("Content-Encoding") != "gzip" {
			return nil, fmt.Errorf("%s answers %d, %q", page.path, got.status, got.header.Get("Content-Encoding"))
		}
		answers["/"+name] = got
	}
	return startBare(ctx, answers)
}

// signIn is a resident's cookie.
func signIn(ctx context.Context, binary string, s store, p *process) (string, error) {
	link, err := kumun(ctx, binary, s, p, "member", "link", "--tenant", "cornouaille", "--email", "nolwenn@example.org")
	if err != nil {
		return "", err
	}
	home := p.page("/")
	_, path, _ := strings.Cut(link, home.host)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+path, nil)
	if err != nil {
		return "", err
	}
	request.Host = home.host
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	_ = response.Body.Close()
	var cookies []string
	for _, cookie := range response.Cookies() {
		if cookie.MaxAge >= 0 {
			cookies = append(cookies, cookie.Name+"="+cookie.Value)
		}
	}
	if len(cookies) == 0 {
		return "", fmt.Errorf("%s answered %s and no cookie", path, response.Status)
	}
	return strings.Join(cookies, "; "), nil
}

// measureIsolation switches row-level security off and on while the product
// serves. What remains of tenant scoping is a comparison in each statement.
func measureIsolation(ctx context.Context, s store, page target, report *report) error {
	owner, err := pgx.Connect(ctx, s.ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = owner.Close(context.WithoutCancel(ctx)) }()
	var tables []string
	err = owner.QueryRow(ctx, `SELECT array_agg(quote_ident(relname)) FROM pg_class
		WHERE relrowsecurity AND relnamespace = 'public'::regnamespace`).Scan(&tables)
	if err != nil {
		return err
	}
	secure := func(state string) error {
		var statements []string
		for _, table := range tables {
			statements = append(statements, "ALTER TABLE "+table+" "+state+" ROW LEVEL SECURITY")
		}
		_, err := owner.Exec(ctx, strings.Join(statements, ";"))
		return err
	}
	// A store in use has statistics.
	if _, err := owner.Exec(ctx, "ANALYZE"); err != nil {
		return err
	}
	defer func() { _ = secure("ENABLE") }()
	var ratios []float64
	for n := range turns {
		seen := map[string]burst{}
		for _, state := range [][]string{{"ENABLE", "DISABLE"}, {"DISABLE", "ENABLE"}}[n%2] {
			if err := secure(state); err != nil {
				return err
			}
			// Connections read the tables' descriptions anew.
			if _, err := load(ctx, page, few, turn/4); err != nil {
				return err
			}
			if seen[state], err = load(ctx, page, few, turn); err != nil {
				return err
			}
		}
		ratios = append(ratios, seen["ENABLE"].perSecond/seen["DISABLE"].perSecond)
	}
	report.add(row{figure: "Signed-in feed, made anew, with row-level security", target: "at least 85 % of the requests/s without it", engine: s.name,
		value: percent(median(ratios)), met: verdict(median(ratios) >= isolationBudget)})
	return nil
}

func shareOf(a against) string {
	return fmt.Sprintf("%s (%s of %s; processor time a request %.1f ×; p50 %s and %s, p99 %s and %s)", percent(a.rate),
		thousands(a.ours.perSecond), thousands(a.bare.perSecond), a.effort,
		milliseconds(a.ours.p50), milliseconds(a.bare.p50), milliseconds(a.ours.p99), milliseconds(a.bare.p99))
}
