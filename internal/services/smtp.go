package services

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// Message is a letter as it arrived.
type Message struct {
	From   string // of the envelope
	To     []string
	Header mail.Header
	Text   string
	HTML   string
	Raw    []byte
}

// Subject is decoded: "Prête pour jeudi ?", not "=?utf-8?q?…".
func (m Message) Subject() string {
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return subject
}

// Sink is a real SMTP server that keeps what it is given.
type Sink struct {
	t       TB
	address string

	mutex    sync.Mutex
	messages []Message
	arrived  chan struct{} // closed and replaced at each message
	refusals int
	// What follows makes the server behave badly.
	rejected  map[string]*smtp.SMTPError // by recipient
	greylists map[string]bool            // recipients that were put off once
	drops     int
	takesIt   bool          // a dropped message had arrived
	stalled   chan struct{} // closed when the server wakes up
}

// SMTP starts a server for this test alone.
func SMTP(t TB) *Sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("SMTP: %v", err)
	}
	sink := &Sink{t: t, address: listener.Addr().String(), arrived: make(chan struct{})}
	server := smtp.NewServer(smtp.BackendFunc(func(connection *smtp.Conn) (smtp.Session, error) {
		return &delivery{sink: sink, connection: connection}, nil
	}))
	server.Domain = "sink.test"
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return sink
}

// URL is a value for SMTP_URL.
func (s *Sink) URL() string { return "smtp://" + s.address }

// Messages are all that came, in order.
func (s *Sink) Messages() []Message {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Message(nil), s.messages...)
}

// Count is how many came.
func (s *Sink) Count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.messages)
}

// RefuseNext answers the next messages with "try again later".
func (s *Sink) RefuseNext(count int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refusals = count
}

// Reject answers for one recipient, with an enhanced code such as 5.1.1.
func (s *Sink) Reject(address string, code int, status [3]int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.rejected == nil {
		s.rejected = map[string]*smtp.SMTPError{}
	}
	s.rejected[address] = &smtp.SMTPError{Code: code, EnhancedCode: status, Message: "no such person here"}
}

// Admit ends Reject.
func (s *Sink) Admit(address string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.rejected, address)
}

// Greylist puts every recipient off once: "come back later".
func (s *Sink) Greylist() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.greylists = map[string]bool{}
}

// DropNext hangs up on the next messages before it has answered: in the midst
// of them, or, where they have arrived, once it has taken them.
func (s *Sink) DropNext(count int, arrived bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.drops, s.takesIt = count, arrived
}

// Stall leaves every message without an answer until Resume or the test's end.
func (s *Sink) Stall() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stalled = make(chan struct{})
	s.t.Cleanup(s.Resume)
}

// Resume ends Stall.
func (s *Sink) Resume() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.stalled != nil {
		close(s.stalled)
		s.stalled = nil
	}
}

// drop tells whether to hang up now, and whether the message counts as taken.
func (s *Sink) drop() (now, taken bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.drops == 0 {
		return false, false
	}
	s.drops--
	return true, s.takesIt
}

func (s *Sink) wait() {
	s.mutex.Lock()
	stalled := s.stalled
	s.mutex.Unlock()
	if stalled != nil {
		<-stalled
	}
}

// admits answers for a recipient.
func (s *Sink) admits(address string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if refusal := s.rejected[address]; refusal != nil {
		return refusal
	}
	if s.greylists != nil && !s.greylists[address] {
		s.greylists[address] = true
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come back later"}
	}
	return nil
}

// Wait returns the first message that matches, come or still to come. It fails
// the test when the context ends first.
func (s *Sink) Wait(ctx context.Context, match func(Message) bool) Message {
	s.t.Helper()
	for {
		s.mutex.Lock()
		messages, arrived := s.messages, s.arrived
		s.mutex.Unlock()
		for _, message := range messages {
			if match(message) {
				return message
			}
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			s.t.Fatalf("no such message (%v) among %d:\n%s", ctx.Err(), len(messages), joinLines(summaries(messages)))
			return Message{}
		}
	}
}

func summaries(messages []Message) []string {
	var lines []string
	for _, message := range messages {
		lines = append(lines, fmt.Sprintf("%s: %s", strings.Join(message.To, ", "), message.Subject()))
	}
	return lines
}

func (s *Sink) refuses() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.refusals == 0 {
		return false
	}
	s.refusals--
	return true
}

func (s *Sink) keep(message Message) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.messages = append(s.messages, message)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

type delivery struct {
	sink       *Sink
	connection *smtp.Conn
	from       string
	to         []string
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.from = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := d.sink.admits(to); err != nil {
		return err
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(reader io.Reader) error {
	if d.sink.refuses() {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
	dropped, taken := d.sink.drop()
	if dropped && !taken {
		return d.connection.Conn().Close()
	}
	d.sink.wait()
	raw, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	message, err := parseMessage(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	message.From, message.To = d.from, d.to
	d.sink.keep(message)
	if dropped {
		return d.connection.Conn().Close()
	}
	return nil
}

func (d *delivery) Reset() { d.from, d.to = "", nil }

func (d *delivery) Logout() error { return nil }

func parseMessage(raw []byte) (Message, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	message := Message{Header: parsed.Header, Raw: raw}
	return message, message.read(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
}

// read takes the first text and the first HTML of however nested a body.
func (m *Message) read(contentType, encoding string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return m.readParts(multipart.NewReader(body, parameters["boundary"]))
	}
	content, err := io.ReadAll(decoded(encoding, body))
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	if kind == "text/plain" && m.Text == "" {
		m.Text = text
	}
	if kind == "text/html" && m.HTML == "" {
		m.HTML = text
	}
	return nil
}

func (m *Message) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return err
		}
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}
