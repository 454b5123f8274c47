package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// target is a page of a server. The client writes its request as it stands and
// reads no more of the answer than it must, since its own work takes from the
// servers' processor.
type target struct {
	address, host, path, cookie, encoding string
}

func (t target) request() []byte {
	request := "GET " + t.path + " HTTP/1.1\r\nHost: " + t.host + "\r\nAccept-Encoding: " + t.encoding + "\r\n"
	if t.cookie != "" {
		request += "Cookie: " + t.cookie + "\r\n"
	}
	return []byte(request + "\r\n")
}

// answer is what a target sends, taken once.
type answer struct {
	status int
	header http.Header
	body   []byte
	// transferred counts head and body.
	transferred int
}

// fetch reads a target's answer as it is, compressed.
func fetch(ctx context.Context, t target) (answer, error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := connection.Write(t.request()); err != nil {
		return answer{}, err
	}
	counted := &counter{reader: connection}
	response, err := http.ReadResponse(bufio.NewReader(counted), nil)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{response.StatusCode, response.Header, body, counted.count}, nil
}

type counter struct {
	reader io.Reader
	count  int
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.reader.Read(into)
	c.count += n
	return n, err
}

// burst is what some connections saw in some time.
type burst struct {
	requests      int
	perSecond     float64
	p50, p95, p99 time.Duration
}

// load asks for a page again and again on kept connections, each waiting for
// its answer before it asks anew.
func load(ctx context.Context, t target, connections int, lasting time.Duration) (burst, error) {
	var group sync.WaitGroup
	seen := make([][]time.Duration, connections)
	problems := make([]error, connections)
	started := time.Now()
	for n := range connections {
		group.Go(func() { seen[n], problems[n] = ask(ctx, t, started.Add(lasting)) })
	}
	group.Wait()
	elapsed := time.Since(started)
	if err := errors.Join(problems...); err != nil {
		return burst{}, fmt.Errorf("%s%s: %w", t.host, t.path, err)
	}
	all := slices.Concat(seen...)
	slices.Sort(all)
	at := func(share float64) time.Duration { return all[int(share*float64(len(all)-1))] }
	return burst{len(all), float64(len(all)) / elapsed.Seconds(), at(.5), at(.95), at(.99)}, nil
}

func ask(ctx context.Context, t target, until time.Time) ([]time.Duration, error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(until.Add(10 * time.Second))
	reader := bufio.NewReaderSize(connection, 1<<16)
	request := t.request()
	var seen []time.Duration
	for asked := time.Now(); asked.Before(until) || len(seen) == 0; {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, err := connection.Write(request); err != nil {
			return nil, err
		}
		if err := skipAnswer(reader); err != nil {
			return nil, err
		}
		now := time.Now()
		seen = append(seen, now.Sub(asked))
		asked = now
	}
	return seen, nil
}

var lengthHeader = []byte("Content-Length: ")

// skipAnswer reads one answer off the connection and fails unless it is 200.
func skipAnswer(reader *bufio.Reader) error {
	status, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %s", strings.TrimSpace(string(status)))
	}
	length := -1
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("answered without a length")
	}
	_, err = reader.Discard(length)
	return err
}

// runner is a page of a process.
type runner struct {
	target
	process *process
}

// against is a page of the product beside the bare server's.
type against struct {
	rate, slowness float64 // medians of the turns' ratios
	effort         float64 // the processor's time for a request, as a ratio
	ours, bare     burst   // medians
}

// race lets two pages take turns, each being the first as often.
func race(ctx context.Context, ours, bare runner, connections int) (against, error) {
	var our, their lap
	for turn := range turns {
		first, second := &our, &their
		one, other := ours, bare
		if turn%2 == 1 {
			first, second, one, other = second, first, other, one
		}
		if err := errors.Join(first.run(ctx, one, connections), second.run(ctx, other, connections)); err != nil {
			return against{}, err
		}
	}
	var rates, slownesses []float64
	for n := range our.bursts {
		rates = append(rates, our.bursts[n].perSecond/their.bursts[n].perSecond)
		slownesses = append(slownesses, float64(our.bursts[n].p99)/float64(their.bursts[n].p99))
	}
	return against{median(rates), median(slownesses), our.effort() / their.effort(), middle(our.bursts), middle(their.bursts)}, nil
}

// lap adds up one side's turns.
type lap struct {
	bursts    []burst
	processor time.Duration
}

func (l *lap) run(ctx context.Context, r runner, connections int) error {
	before, err := r.process.processor()
	if err != nil {
		return err
	}
	seen, err := load(ctx, r.target, connections, turn)
	if err != nil {
		return err
	}
	after, err := r.process.processor()
	l.bursts, l.processor = append(l.bursts, seen), l.processor+after-before
	return err
}

// effort is the processor's time for a request, in nanoseconds.
func (l *lap) effort() float64 {
	requests := 0
	for _, one := range l.bursts {
		requests += one.requests
	}
	return float64(l.processor) / float64(requests)
}

func middle(bursts []burst) burst {
	var rates []float64
	var p50, p95, p99 []time.Duration
	for _, one := range bursts {
		rates, p50, p95, p99 = append(rates, one.perSecond), append(p50, one.p50), append(p95, one.p95), append(p99, one.p99)
	}
	return burst{perSecond: median(rates), p50: median(p50), p95: median(p95), p99: median(p99)}
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
