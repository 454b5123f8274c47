// Package weblink asks whether addresses that people wrote still answer. Whoever
// writes a link makes this server call it, so that nothing but the public web is
// ever reached: the address is looked at when a connection is made, after names
// are resolved and upon each redirect.
package weblink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"code.dny.dev/ssrf"
)

// Outcome is what became of asking.
type Outcome int

// The outcomes. Unknown is what could not be asked, or not in time.
const (
	Unknown Outcome = iota
	Alive
	Dead
)

const (
	patience     = 10 * time.Second
	maxRedirects = 5
	atOnce       = 12 // hosts that are asked at once
	maxHeader    = 64 << 10
)

// Asker asks, politely: it reads no body, and each host is asked one thing at a
// time.
type Asker struct{ client *http.Client }

// New reaches the public web, ports 80 and 443; tests allow more.
func New(allowed ...ssrf.Option) *Asker {
	dialer := &net.Dialer{Timeout: patience / 2, Control: ssrf.New(allowed...).Safe}
	return &Asker{&http.Client{
		Timeout: patience,
		// No proxy: it would resolve names on its own.
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableKeepAlives: true,
			TLSHandshakeTimeout: patience / 2, MaxResponseHeaderBytes: maxHeader},
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			request.Header.Del("Referer")
			return onWeb(request.URL)
		},
	}}
}

func onWeb(address *url.URL) error {
	if address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" {
		return errors.New("not an address on the web")
	}
	return nil
}

// AskAll asks each address; from says who asks. A host that does not answer is
// not asked again.
func (a *Asker) AskAll(ctx context.Context, from string, addresses []string) map[string]Outcome {
	hosts := map[string][]string{}
	for _, address := range addresses {
		if parsed, err := url.Parse(address); err == nil {
			hosts[parsed.Host] = append(hosts[parsed.Host], address)
		}
	}
	found := map[string]Outcome{}
	var lock sync.Mutex
	var asking sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, some := range hosts {
		turns <- struct{}{}
		asking.Go(func() {
			defer func() { <-turns }()
			silent := false
			for _, address := range some {
				outcome := Dead
				if !silent {
					outcome, silent = a.ask(ctx, from, address)
				}
				lock.Lock()
				found[address] = outcome
				lock.Unlock()
			}
		})
	}
	asking.Wait()
	return found
}

// Ask asks one address.
func (a *Asker) Ask(ctx context.Context, from, address string) Outcome {
	outcome, _ := a.ask(ctx, from, address)
	return outcome
}

// ask is silent when the host did not answer at all.
func (a *Asker) ask(ctx context.Context, from, address string) (outcome Outcome, silent bool) {
	parsed, err := url.Parse(address)
	if err != nil || onWeb(parsed) != nil {
		return Unknown, false
	}
	// Some answer to a reader's GET alone.
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		status, err := a.send(ctx, method, from, address)
		switch {
		case ctx.Err() != nil || errors.Is(err, ssrf.ErrProhibitedPort):
			return Unknown, false
		case errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork):
			return Dead, false // no reader elsewhere can open it
		case err != nil:
			outcome, silent = Dead, true
		case gone(status):
			outcome, silent = Dead, false
		default:
			return Alive, false
		}
	}
	return outcome, silent
}

// gone leaves alone those who only refuse a program: 401, 403, 429, 503.
func gone(status int) bool {
	return status == http.StatusNotFound || status == http.StatusGone || status >= 500 && status < 600 && status != http.StatusServiceUnavailable
}

func (a *Asker) send(ctx context.Context, method, from, address string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, err
	}
	request.URL.User = nil
	request.Header.Set("User-Agent", "KumunLinks/1.0 (+"+from+")")
	answer, err := a.client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
