package chaos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kumun/kumun/billing/stripe"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/id"
)

const (
	writersAtOnce  = 3
	partnersAtOnce = 2
	// postsEach is less than what a member may publish a day.
	postsEach = 9
)

// load is people who go on while processes die, and what they were told. What
// may be sent again is sent until an answer comes; posts and comments carry no
// key, so what nobody answered is left alone and may be there or not.
type load struct {
	community string
	counter   *counter
	people    people
	tips      []tip
	listings  []id.ID
	// links sign in the writers, partners and moderators.
	writerLinks, partnerLinks, moderatorLinks []string

	over  chan struct{}
	heard chan struct{} // an answer came
	// Requests that wait for an answer.
	posting, paying atomic.Int32

	writer, partner, number atomic.Int64

	mu        sync.Mutex
	posts     map[string]*told
	comments  map[string]*told
	thanks    map[thanked]bool
	reports   map[string]bool
	asked     map[string]*told
	purchases []purchase
	decided   int
	unheard   int
}

// told is whether somebody was told that it worked, and where it can be seen.
type told struct {
	sure bool
	path string
}

type tip struct{ ID, AuthorID id.ID }

type thanked struct {
	tip    id.ID
	writer int64
}

type purchase struct {
	partner int64
	listing id.ID
	events  []stripe.Event
}

func (l *load) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// begin lets everybody go to work. The context ends when somebody is told what
// nobody should be.
func (l *load) begin(ctx context.Context, seed uint64) (*errgroup.Group, context.Context) {
	l.over, l.heard = make(chan struct{}), make(chan struct{}, 1)
	l.posts, l.comments, l.asked = map[string]*told{}, map[string]*told{}, map[string]*told{}
	l.thanks, l.reports = map[thanked]bool{}, map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	stream := uint64(0)
	employ := func(count int, work func(context.Context, *rand.Rand) error) {
		for range count {
			stream++
			lot := rand.New(rand.NewPCG(seed, stream))
			group.Go(func() error { return work(ctx, lot) })
		}
	}
	employ(writersAtOnce, l.write)
	employ(partnersAtOnce, l.buy)
	employ(1, l.ask)
	employ(1, l.watch)
	return group, ctx
}

// person is somebody with a browser.
type person struct {
	*load
	client *http.Client
}

func (l *load) somebody() *person {
	jar, _ := cookiejar.New(nil)
	return &person{l, &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back; nothing did when Status is 0.
type answer struct {
	Status         int
	Location, Page string
	// Again says that earlier tries went unanswered.
	Again bool
}

// do sends a request once. While nobody listens it waits at the door.
func (p *person) do(request *http.Request) answer {
	response, err := p.client.Do(request)
	for errors.Is(err, syscall.ECONNREFUSED) && clock.Wait(request.Context(), 10*time.Millisecond) == nil {
		if request.GetBody != nil {
			request.Body, _ = request.GetBody()
		}
		response, err = p.client.Do(request)
	}
	if err != nil {
		p.mu.Lock()
		p.unheard++
		p.mu.Unlock()
		return answer{}
	}
	defer func() { _ = response.Body.Close() }()
	page, _ := io.ReadAll(response.Body)
	select {
	case p.heard <- struct{}{}:
	default:
	}
	return answer{Status: response.StatusCode, Location: response.Header.Get("Location"), Page: string(page)}
}

func (p *person) send(ctx context.Context, path string, pairs ...string) answer {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Add(pairs[n], pairs[n+1])
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.community+path, strings.NewReader(values.Encode()))
	if err != nil {
		return answer{}
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(request)
}

// insist sends a form until somebody answers.
func (p *person) insist(ctx context.Context, path string, pairs ...string) answer {
	for again := false; ctx.Err() == nil; again = true {
		if got := p.send(ctx, path, pairs...); got.Status != 0 {
			got.Again = again
			return got
		}
	}
	return answer{}
}

func (p *person) read(ctx context.Context, path string) answer {
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.community+path, nil)
		if err != nil {
			break
		}
		if got := p.do(request); got.Status != 0 {
			return got
		}
	}
	return answer{}
}

func (a answer) unexpected(doing string) error {
	return fmt.Errorf("%s answers %d: %.300s", doing, a.Status, a.Page)
}

// signIn uses a link once. When the answer was cut off the link may be spent:
// then there is nobody.
func (l *load) signIn(ctx context.Context, link string) (*person, error) {
	who := l.somebody()
	got := who.insist(ctx, link)
	switch {
	case got.Status == http.StatusSeeOther:
		return who, nil
	case got.Again && got.Status == http.StatusNotFound, ctx.Err() != nil:
		return nil, nil
	}
	return nil, got.unexpected("signing in")
}

// write publishes, comments and thanks, under one name after the other.
func (l *load) write(ctx context.Context, lot *rand.Rand) error {
	for !l.isOver() && ctx.Err() == nil {
		n := l.writer.Add(1) - 1
		if n >= int64(len(l.writerLinks)) {
			return nil // all have written what they may in a day
		}
		who, err := l.signIn(ctx, l.writerLinks[n])
		if err != nil {
			return err
		}
		for post := 0; who != nil && post < postsEach && !l.isOver(); post++ {
			if err := who.publish(ctx); err != nil {
				return err
			}
			if err := who.comment(ctx, l.tips[lot.IntN(len(l.tips))]); err != nil {
				return err
			}
			if err := who.thank(ctx, n, l.tips[lot.IntN(len(l.tips))]); err != nil {
				return err
			}
			if err := pause(ctx, lot, 30*time.Millisecond); err != nil {
				return nil
			}
		}
	}
	return nil
}

func pause(ctx context.Context, lot *rand.Rand, longest time.Duration) error {
	return clock.Wait(ctx, time.Duration(lot.Int64N(int64(longest))))
}

// once sends what would be there twice if it were sent again, and notes
// whether it was confirmed.
func (p *person) once(ctx context.Context, notes map[string]*told, text, doing, path string, pairs ...string) error {
	note := &told{}
	p.mu.Lock()
	notes[text] = note
	p.mu.Unlock()
	p.posting.Add(1)
	got := p.send(ctx, path, pairs...)
	p.posting.Add(-1)
	switch got.Status {
	case 0:
		return nil
	case http.StatusSeeOther:
		p.mu.Lock()
		note.sure, note.path = true, got.Location
		p.mu.Unlock()
		return nil
	case http.StatusTooManyRequests: // it is surely not there
		p.mu.Lock()
		delete(notes, text)
		p.mu.Unlock()
		return nil
	}
	return got.unexpected(doing)
}

func (p *person) publish(ctx context.Context) error {
	title := fmt.Sprintf("Bon plan numéro %d", p.number.Add(1))
	return p.once(ctx, p.posts, title, "publishing", "/ecrire/bon-plan", "title", title, "commune", "Quimper",
		"text", "On pousse les tables, on sort la billig et chacun apporte sa garniture.")
}

func (p *person) comment(ctx context.Context, on tip) error {
	text := fmt.Sprintf("Merci, j'y passe avec les enfants, numéro %d.", p.number.Add(1))
	return p.once(ctx, p.comments, text, "commenting", "/publications/"+on.ID.String()+"/reponses", "comment", text)
}

func (p *person) thank(ctx context.Context, writer int64, tip tip) error {
	got := p.insist(ctx, "/publications/"+tip.ID.String()+"/merci")
	if got.Status == 0 {
		return nil
	}
	if got.Status != http.StatusSeeOther {
		return got.unexpected("thanking")
	}
	p.mu.Lock()
	p.thanks[thanked{tip.ID, writer}] = true
	p.mu.Unlock()
	return nil
}

// buy orders, pays, and tells of it as Stripe does: each event until it is
// taken, and sometimes again afterwards.
func (l *load) buy(ctx context.Context, lot *rand.Rand) error {
	for !l.isOver() && ctx.Err() == nil {
		n := l.partner.Add(1) - 1
		if n >= int64(len(l.partnerLinks)) {
			if err := l.tellAgain(ctx, lot); err != nil {
				return err
			}
			continue
		}
		who, err := l.signIn(ctx, l.partnerLinks[n])
		if err != nil {
			return err
		}
		if who == nil {
			continue
		}
		if err := who.pay(ctx, lot, n); err != nil {
			return err
		}
		if err := pause(ctx, lot, 50*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

func (p *person) pay(ctx context.Context, lot *rand.Rand, partner int64) error {
	listing := p.listings[partner]
	p.paying.Add(1)
	got := p.insist(ctx, "/partenaires/fiches/"+listing.String()+"/formule", "plan", "adresse")
	p.paying.Add(-1)
	if got.Status == 0 {
		return nil
	}
	if got.Status != http.StatusSeeOther {
		return got.unexpected("ordering")
	}
	events, err := p.counter.pay(got.Location)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.purchases = append(p.purchases, purchase{partner, listing, events})
	p.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	for _, event := range events {
		more := lot.IntN(3)
		group.Go(func() error {
			for range 1 + more {
				if err := p.tell(ctx, event); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// tellAgain repeats an event of an earlier purchase.
func (l *load) tellAgain(ctx context.Context, lot *rand.Rand) error {
	l.mu.Lock()
	var event *stripe.Event
	if len(l.purchases) > 0 {
		events := l.purchases[lot.IntN(len(l.purchases))].events
		event = &events[lot.IntN(len(events))]
	}
	l.mu.Unlock()
	if event != nil {
		if err := l.somebody().tell(ctx, *event); err != nil {
			return err
		}
	}
	_ = pause(ctx, lot, 20*time.Millisecond)
	return nil
}

// tell delivers an event until it is taken.
func (p *person) tell(ctx context.Context, event stripe.Event) error {
	p.paying.Add(1)
	defer p.paying.Add(-1)
	for ctx.Err() == nil {
		body, signature, err := stripe.Sign(event, webhookSecret, clock.System().Now())
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.community+"/webhooks/stripe", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Stripe-Signature", signature)
		switch got := p.do(request); got.Status {
		case http.StatusOK:
			return nil
		case 0, http.StatusServiceUnavailable: // Stripe would try again
		default:
			return got.unexpected("telling of " + event.ID)
		}
	}
	return nil
}

// ask wants to sign in, or to join, by mail.
func (l *load) ask(ctx context.Context, lot *rand.Rand) error {
	for n := 0; n < l.people.askers && !l.isOver(); n++ {
		address, path, pairs := email("asker", n), "/connexion", []string{}
		if n%2 == 1 {
			address, path = fmt.Sprintf("new-%d@example.org", n), "/inscription"
			pairs = []string{"name", "Rozenn", "of_age", "yes", "terms", "yes"}
		}
		err := l.somebody().once(ctx, l.asked, address, "asking to sign in", path, append(pairs, "email", address)...)
		if err != nil {
			return err
		}
		if err := pause(ctx, lot, 200*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

var casePattern = regexp.MustCompile(`href="/moderation/cas/([0-9a-z]+)`)

// watch reports tips as a visitor and decides as a moderator.
func (l *load) watch(ctx context.Context, lot *rand.Rand) error {
	var moderator *person
	for _, link := range l.moderatorLinks {
		var err error
		if moderator, err = l.signIn(ctx, link); err != nil || moderator != nil {
			if err != nil {
				return err
			}
			break
		}
	}
	if moderator == nil {
		return fmt.Errorf("no moderator came in")
	}
	for n := 0; !l.isOver() && ctx.Err() == nil; n++ {
		if err := l.report(ctx, n); err != nil {
			return err
		}
		if err := moderator.decide(ctx); err != nil {
			return err
		}
		if err := pause(ctx, lot, 150*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

func (l *load) report(ctx context.Context, n int) error {
	address := fmt.Sprintf("reporter-%d@example.org", n)
	got := l.somebody().insist(ctx, "/signaler", "sur", "post:"+l.tips[n%len(l.tips)].ID.String(), "category", "misleading",
		"explanation", "Ce sentier est fermé depuis le printemps dernier.", "name", "Une voisine", "email", address, "good_faith", "yes")
	switch {
	case got.Status == 0, got.Status == http.StatusTooManyRequests:
		return nil
	case got.Status == http.StatusSeeOther, got.Again && got.Status == http.StatusUnprocessableEntity: // it had arrived
		l.mu.Lock()
		l.reports[address] = true
		l.mu.Unlock()
		return nil
	}
	return got.unexpected("reporting")
}

func (p *person) decide(ctx context.Context) error {
	found := casePattern.FindStringSubmatch(p.read(ctx, "/moderation").Page)
	if found == nil {
		return nil
	}
	file := "/moderation/cas/" + found[1]
	if got := p.insist(ctx, file+"/garde"); got.Status != 0 && got.Status != http.StatusSeeOther {
		return got.unexpected("claiming")
	}
	got := p.insist(ctx, file+"/decision", "action", "keep", "step", "decide", "seen", "keep", "explanation", "Vérifié ce matin, tout est bon.")
	switch {
	case got.Status == 0:
		return nil
	case got.Status == http.StatusSeeOther, got.Again && (got.Status == http.StatusConflict || got.Status == http.StatusNotFound):
		p.mu.Lock()
		p.decided++
		p.mu.Unlock()
		return nil
	}
	return got.unexpected("deciding")
}

// moment waits for a number of answers or of letters, and then a little. All of
// it is drawn.
func (l *load) moment(ctx context.Context, lot *rand.Rand, arrived func() int) {
	if lot.IntN(3) == 0 {
		wanted := 1 + lot.IntN(10)
		for deadline := time.Now().Add(500 * time.Millisecond); arrived() < wanted && time.Now().Before(deadline); {
			_ = clock.Wait(ctx, time.Millisecond)
		}
	} else {
		l.answers(ctx, 1+lot.IntN(25))
	}
	_ = pause(ctx, lot, 20*time.Millisecond)
}

func (l *load) answers(ctx context.Context, wanted int) {
	enough := time.NewTimer(2 * time.Second)
	defer enough.Stop()
	for range wanted {
		select {
		case <-ctx.Done():
			return
		case <-enough.C:
			return
		case <-l.heard:
		}
	}
}
