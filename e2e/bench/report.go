package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// anyEngine marks figures in which the store has no part.
const anyEngine = "any"

// row is a figure beside its target.
type row struct {
	figure, target, engine, value, met string
}

const (
	met    = "met"
	missed = "**missed**"
)

func verdict(good bool) string {
	if good {
		return met
	}
	return missed
}

type report struct {
	rows []row
	took time.Duration
	// busy is the machine's load when the measuring began.
	busy string
}

func newReport() *report {
	load, _ := os.ReadFile("/proc/loadavg")
	busy, _, _ := strings.Cut(string(load), " ")
	return &report{busy: busy}
}

func (r *report) add(one row) {
	r.rows = append(r.rows, one)
	step("  %s (%s): %s %s", one.figure, one.engine, one.value, strings.Trim(one.met, "*"))
}

// count says how many figures have a verdict.
func (r *report) count(verdict string) (count int) {
	for _, one := range r.rows {
		if one.met == verdict {
			count++
		}
	}
	return count
}

func (r *report) summary() string {
	return fmt.Sprintf("%d targets met, %d missed, in %s", r.count(met), r.count(missed), r.took.Round(time.Second))
}

// unmeasured are budgets that this program cannot judge.
var unmeasured = []string{
	"Growth (5 million posts in 10,000 tenants beside 50 thousand in 100): no generator of that size exists yet.",
	"Lighthouse: needs Node, and is run by hand; docs/status.md says what it found.",
}

func (r *report) markdown() []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "# Benchmarks\n\nWritten by `make bench` on %s: %d cores, %s, %s/%s, in %s; load average %s when it began.\n\n",
		time.Now().Format("2 January 2006"), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, r.took.Round(time.Second), r.busy)
	text.WriteString(preamble)
	text.WriteString("\n| figure | target | engine | measured | |\n| --- | --- | --- | --- | --- |\n")
	for _, one := range r.sorted() {
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", one.figure, one.target, one.engine, one.value, one.met)
	}
	fmt.Fprintf(&text, "\n%d targets met, %d missed.\n", r.count(met), r.count(missed))
	if r.count(missed) > 0 {
		text.WriteString("\n## Missed\n\n")
		for _, one := range r.rows {
			if one.met == missed {
				fmt.Fprintf(&text, "- %s (%s): %s; wanted %s.\n", one.figure, one.engine, one.value, one.target)
			}
		}
	}
	text.WriteString("\n## Not measured\n\n")
	for _, one := range unmeasured {
		fmt.Fprintf(&text, "- %s\n", one)
	}
	return text.Bytes()
}

// sorted brings the engines' figures for the same thing together.
func (r *report) sorted() []row {
	var figures []string
	for _, one := range r.rows {
		if !slices.Contains(figures, one.figure) {
			figures = append(figures, one.figure)
		}
	}
	rows := slices.Clone(r.rows)
	slices.SortStableFunc(rows, func(a, b row) int { return slices.Index(figures, a.figure) - slices.Index(figures, b.figure) })
	return rows
}

const preamble = `The product is the built binary with the demonstration loaded, in a process of its own; bare ` + "`net/http`" + ` is another
process that sends the same compressed bytes under the same headers and does nothing else. Both are asked in turns
over loopback, on kept connections, by a client that shares their processors; a ratio is the median of the turns, so
other load on the machine meets both sides. Rates are taken at 8 connections, p99 at 64. In brackets: the product's
figure, then the yardstick's. Visitors get their pages from the page cache, which has them made anew every two seconds.
A signed-in member's page is made and compressed for each request, save the body of a feed, which members share for
as long; "made anew" says that nothing was kept. KB are 1,024 bytes, compressed, with heads.
`

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func thousands(number float64) string {
	if number < 1000 {
		return fmt.Sprintf("%.0f/s", number)
	}
	return fmt.Sprintf("%d,%03d/s", int(number)/1000, int(number)%1000)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
