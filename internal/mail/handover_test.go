package mail_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/kumun/kumun/internal/mail"
)

// moody is a server that keeps to the protocol as far as its mood goes.
type moody struct {
	address string
	// greets lists what it says it can do, beside its name.
	greets []string
	// answer is what it says to a command on its nth connection, "" being the
	// usual answer and "hang up" none.
	answer func(connection int, command string) string

	mutex    sync.Mutex
	bodies   []string
	together int // commands that came in one piece, at most
}

func listen(t *testing.T, server *moody) *mail.Sender {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	server.address = listener.Addr().String()
	go func() {
		for n := 1; ; n++ {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go server.serve(n, connection)
		}
	}()
	sender, err := mail.Dial("smtp://" + server.address + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

func (m *moody) serve(n int, connection net.Conn) {
	defer func() { _ = connection.Close() }()
	reader := bufio.NewReader(connection)
	say := func(line string) { _, _ = io.WriteString(connection, line+"\r\n") }
	say("220 moody.test")
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.mutex.Lock()
		waiting, _ := reader.Peek(reader.Buffered())
		m.together = max(m.together, 1+strings.Count(string(waiting), "\r\n"))
		said := ""
		if m.answer != nil {
			said = m.answer(n, word)
		}
		m.mutex.Unlock()
		switch {
		case said == "hang up":
			return
		case said != "":
			say(said)
			if strings.HasPrefix(said, "421") {
				return
			}
		case word == "EHLO":
			say("250-moody.test")
			for _, able := range m.greets {
				say("250-" + able)
			}
			say("250 HELP")
		case word == "QUIT":
			say("221 bye")
			return
		case word == "DATA":
			say("354 go on")
			m.take(reader, say)
		default:
			say("250 well")
		}
	}
}

func (m *moody) take(reader *bufio.Reader, say func(string)) {
	var body strings.Builder
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		if line == ".\r\n" {
			break
		}
		body.WriteString(line)
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.bodies = append(m.bodies, body.String())
	if body.Len() == 0 {
		say("554 nobody to give it to")
		return
	}
	say("250 taken")
}

func (m *moody) seen() (bodies []string, together int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.bodies, m.together
}

func TestAServerIsAskedInGroupsOnlyWhereItTakesThem(t *testing.T) {
	for _, greets := range [][]string{nil, {"PIPELINING", "8BITMIME"}} {
		server := &moody{greets: greets}
		sender := listen(t, server)
		for range 3 {
			if err := sender.Send(t.Context(), letter("anna@example.org")); err != nil {
				t.Fatal(err)
			}
		}
		bodies, together := server.seen()
		if len(bodies) != 3 || !strings.Contains(bodies[2], "La grande mar") || !strings.HasSuffix(bodies[2], "--\r\n") {
			t.Errorf("%v: %d letters arrived, the last as\n%s", greets, len(bodies), bodies[len(bodies)-1])
		}
		if grouped := together > 1; grouped != (greets != nil) {
			t.Errorf("a server that takes %v got %d commands at once", greets, together)
		}
	}
}

func TestAHeldConnectionThatEndedIsMadeAnewWithoutLosingTheLetter(t *testing.T) {
	for _, ends := range []string{"hang up", "421 4.4.2 too many letters on this connection"} {
		for _, greets := range [][]string{nil, {"PIPELINING"}} {
			letters := map[int]int{}
			server := &moody{greets: greets, answer: func(connection int, command string) string {
				if command != "MAIL" {
					return ""
				}
				if letters[connection]++; letters[connection] > 2 {
					return ends
				}
				return ""
			}}
			sender := listen(t, server)
			for n := range 12 {
				if err := sender.Send(t.Context(), letter("anna@example.org")); err != nil {
					t.Errorf("%s, letter %d: %v", ends, n, err)
				}
			}
			if bodies, _ := server.seen(); len(bodies) != 12 {
				t.Errorf("%s: %d of 12 letters arrived", ends, len(bodies))
			}
		}
	}
}

func TestAServerThatEndsEveryConnectionIsNotAskedForever(t *testing.T) {
	server := &moody{answer: func(_ int, command string) string {
		if command == "MAIL" {
			return "421 4.7.0 come back later"
		}
		return ""
	}}
	sender := listen(t, server)
	for range 3 {
		var refusal *mail.Refusal
		err := sender.Send(t.Context(), letter("anna@example.org"))
		if !errors.As(err, &refusal) || refusal.Code != 421 || errors.Is(err, mail.ErrRefused) {
			t.Errorf("it says %v", err)
		}
	}
}

func TestARefusedReaderGetsNothingWhateverTheServerSaysThen(t *testing.T) {
	for _, greets := range [][]string{nil, {"PIPELINING"}} {
		server := &moody{greets: greets, answer: func(_ int, command string) string {
			if command == "RCPT" {
				return "550 5.1.1 nobody of that name"
			}
			return "" // and 354 to DATA, as it should not
		}}
		sender := listen(t, server)
		for range 2 {
			if err := sender.Send(t.Context(), letter("anna@example.org")); !errors.Is(err, mail.ErrRefused) {
				t.Errorf("%v: %v", greets, err)
			}
		}
		bodies, _ := server.seen()
		for _, body := range bodies {
			if body != "" {
				t.Errorf("%v: the letter went out all the same:\n%s", greets, body)
			}
		}
	}
}

func TestALineThatBeginsWithADotArrivesWhole(t *testing.T) {
	server := &moody{}
	sender := listen(t, server)
	dotted := letter("anna@example.org")
	dotted.Text = ".\n.. deux points\nfin\n"
	if err := sender.Send(t.Context(), dotted); err != nil {
		t.Fatal(err)
	}
	bodies, _ := server.seen()
	if len(bodies) != 1 || !strings.Contains(bodies[0], "\r\n..\r\n") || !strings.Contains(bodies[0], "\r\n... deux points\r\n") {
		t.Errorf("it arrived as\n%s", bodies)
	}
}

func TestNobodyWaitsForBulkAtASlowServer(t *testing.T) {
	answers, asked := make(chan struct{}), make(chan struct{}, 2)
	server := &moody{}
	server.answer = func(connection int, command string) string {
		if command == "MAIL" && connection <= 2 {
			server.mutex.Unlock() // others go on
			asked <- struct{}{}
			<-answers
			server.mutex.Lock()
		}
		return ""
	}
	sender := listen(t, server)
	var sending sync.WaitGroup
	for range 2 {
		sending.Go(func() {
			bulk := letter("bob@example.org")
			bulk.Bulk = true
			if err := sender.Send(t.Context(), bulk); err != nil {
				t.Error(err)
			}
		})
	}
	<-asked
	<-asked
	err := sender.Send(t.Context(), letter("anna@example.org"))
	bodies, _ := server.seen()
	close(answers)
	sending.Wait()
	if err != nil || len(bodies) != 1 || !strings.Contains(bodies[0], "anna@example.org") {
		t.Errorf("the letter that somebody waits for: %v, %d arrived before bulk", err, len(bodies))
	}
}
