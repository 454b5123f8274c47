// Package mail hands letters to an SMTP server, signed, and reads what comes
// back: bounces and complaints.
package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Letter is a message as it leaves: the text and the HTML say the same.
type Letter struct {
	MessageID          string // without angle brackets
	FromName, From, To string
	// ReturnPath is where a bounce goes; empty means From.
	ReturnPath string
	Subject    string
	Text, HTML string
	Headers    map[string]string
	Date       time.Time
	// Bulk letters have connections of their own: no other waits behind them.
	Bulk bool
	// Keys sign it, in this order.
	Keys []Key
}

// ErrRefused is the server's last word: trying again would not help.
var ErrRefused = errors.New("the server refuses the address")

// Refusal is what a server answered instead of taking a letter.
type Refusal struct {
	Step string // the command that it answered: MAIL, RCPT, DATA, or body
	Code int
	// Status is the enhanced code of RFC 3463, such as 5.1.1; "" where there is none.
	Status string
	Text   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d %s", r.Step, r.Code, r.Text) }

// closing is the code with which a server ends the connection (RFC 5321, 3.8).
const closing = 421

// Is makes a permanent answer about the address or the letter ErrRefused. One
// about the sender is the operator's to mend, so the letter waits.
func (r *Refusal) Is(target error) bool {
	return target == ErrRefused && r.Code >= 500 && (r.Step == "RCPT" || r.Step == "body")
}

const (
	// connections are held open, for bulk and for the rest each: dialling costs
	// more than sending.
	connections = 2
	// dialTimeout and sendTimeout together stay below the time after which
	// another attempt at the same letter may begin.
	dialTimeout = 10 * time.Second
	sendTimeout = 15 * time.Second
	defaultPort = 587
)

// Sender holds connections to one server.
type Sender struct {
	prompt, bulk chan *connection
}

type connection struct {
	dialler *mail.Client
	timeout time.Duration
	// server is nil while there is no connection.
	server *smtp.Client
}

// Dial prepares a sender for smtp://user:pass@host:port?tls=…, where tls is
// required (the default), optional, none or implicit (which smtps:// also
// means), and timeout=… is how long the server may take over a letter. It
// connects when there is something to send.
func Dial(address string) (*Sender, error) {
	server, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	sender := &Sender{prompt: make(chan *connection, connections), bulk: make(chan *connection, connections)}
	for n := range 2 * connections {
		client, err := mail.NewClient(server.host, server.options...)
		if err != nil {
			return nil, fmt.Errorf("SMTP_URL: %w", err)
		}
		idle := sender.prompt
		if n%2 == 1 {
			idle = sender.bulk
		}
		idle <- &connection{dialler: client, timeout: server.timeout}
	}
	return sender, nil
}

type server struct {
	host    string
	options []mail.Option
	timeout time.Duration
}

func parse(address string) (*server, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "smtp" && parsed.Scheme != "smtps" {
		return nil, errors.New("want smtp://user:password@host:port?tls=required|optional|none|implicit")
	}
	port := defaultPort
	if parsed.Port() != "" {
		port, _ = strconv.Atoi(parsed.Port())
	}
	security := parsed.Query().Get("tls")
	if security == "" {
		security = defaultSecurity(parsed)
	}
	found := &server{host: parsed.Hostname(), timeout: sendTimeout}
	dialling := dialTimeout
	if text := parsed.Query().Get("timeout"); text != "" {
		if found.timeout, err = time.ParseDuration(text); err != nil || found.timeout <= 0 || found.timeout > sendTimeout {
			return nil, fmt.Errorf("timeout=%s: want a duration up to %s", text, sendTimeout)
		}
		dialling = min(dialling, found.timeout)
	}
	found.options = []mail.Option{mail.WithPort(port), mail.WithTimeout(dialling), mail.WithoutSMTPUTF8()}
	switch security {
	case "required":
		found.options = append(found.options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "optional":
		found.options = append(found.options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case "none":
		found.options = append(found.options, mail.WithTLSPolicy(mail.NoTLS))
	case "implicit":
		found.options = append(found.options, mail.WithSSL())
	default:
		return nil, fmt.Errorf("tls=%s: want required, optional, none or implicit", security)
	}
	found.options = append(found.options, mail.WithTLSConfig(&tls.Config{ServerName: parsed.Hostname(), MinVersion: tls.VersionTLS12}))
	if parsed.User != nil {
		password, _ := parsed.User.Password()
		found.options = append(found.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(parsed.User.Username()), mail.WithPassword(password))
	}
	return found, nil
}

// defaultSecurity asks for encryption, except of a server on this machine.
func defaultSecurity(parsed *url.URL) string {
	switch host := parsed.Hostname(); {
	case parsed.Scheme == "smtps":
		return "implicit"
	case host == "localhost" || host == "127.0.0.1" || host == "::1":
		return "optional"
	}
	return "required"
}

// Send returns once the server has taken the letter.
func (s *Sender) Send(ctx context.Context, letter Letter) error {
	_, err := s.Deliver(ctx, letter)
	return err
}

// Deliver is Send, and tells what the server answered to the letter.
func (s *Sender) Deliver(ctx context.Context, letter Letter) (answer string, err error) {
	ready, err := compose(letter)
	if err != nil {
		return "", fmt.Errorf("compose letter: %w", err)
	}
	idle := s.prompt
	if letter.Bulk {
		idle = s.bulk
	}
	err = hold(ctx, idle, func(held *connection) error {
		if answer, err = held.send(ctx, ready); err != nil {
			return fmt.Errorf("send letter: %w", err)
		}
		return nil
	})
	return answer, err
}

// Greet connects anew and signs in where a password is set: whether letters could
// be handed over now.
func (s *Sender) Greet(ctx context.Context) error {
	return hold(ctx, s.prompt, func(held *connection) error {
		held.close()
		return held.open(ctx)
	})
}

func hold(ctx context.Context, idle chan *connection, use func(*connection) error) error {
	var held *connection
	select {
	case held = <-idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { idle <- held }()
	return use(held)
}

func (c *connection) open(ctx context.Context) error {
	if c.server == nil {
		dialled, err := c.dialler.DialToSMTPClientWithContext(ctx)
		if err != nil {
			return err
		}
		c.server = dialled
	}
	return c.server.UpdateDeadline(c.timeout)
}

// send tries a connection that was held and broke once more: servers hang up when
// they like.
func (c *connection) send(ctx context.Context, ready *ready) (said string, err error) {
	held := c.server != nil
	said, err = c.try(ctx, ready)
	if held && errors.Is(err, errHungUp) {
		return c.try(ctx, ready)
	}
	return said, err
}

func (c *connection) try(ctx context.Context, ready *ready) (said string, err error) {
	if err := c.open(ctx); err != nil {
		c.close()
		return "", err
	}
	said, err = ready.handTo(c.server)
	var refusal *Refusal
	if err == nil || errors.As(err, &refusal) && refusal.Code != closing && c.server.Reset() == nil {
		return said, err
	}
	c.close()
	return "", err
}

func (c *connection) close() {
	if c.server != nil {
		_ = c.server.Close()
		c.server = nil
	}
}

// Close hangs up.
func (s *Sender) Close() {
	for _, idle := range []chan *connection{s.prompt, s.bulk} {
		for range connections {
			held := <-idle
			if held.server != nil {
				_ = held.server.Quit()
			}
			held.close()
		}
	}
}

// ready is a letter as it goes over the wire.
type ready struct {
	from, to string // of the envelope, in angle brackets
	raw      []byte
}

// errHungUp is a line that broke before the server had seen the letter.
var errHungUp = errors.New("the server hung up")

// handTo says MAIL, RCPT and DATA at once where the server takes commands in
// groups (RFC 2920), and returns its answer to the letter.
func (r *ready) handTo(server *smtp.Client) (said string, err error) {
	commands := []command{{"MAIL", "MAIL FROM:" + r.from, 250}, {"RCPT", "RCPT TO:" + r.to, 25}, {"DATA", "DATA", 354}}
	together := 1
	if grouped, _ := server.Extension("PIPELINING"); grouped {
		together = len(commands)
	}
	for group := range slices.Chunk(commands, together) {
		if err := ask(server.Text, group); err != nil {
			return "", err
		}
	}
	if err := write(server.Text, r.raw); err != nil {
		return "", err
	}
	_, said, err = server.Text.ReadResponse(250)
	if err != nil {
		return "", answer("body", err)
	}
	return oneLine(said), nil
}

// command is what a server is asked, and how the code of a good answer begins.
type command struct {
	step, line string
	code       int
}

// ask says some commands and returns what was wrong with the first that failed.
func ask(server *textproto.Conn, commands []command) (problem error) {
	for _, command := range commands {
		if _, err := server.W.WriteString(command.line + "\r\n"); err != nil {
			return hungUp(err)
		}
	}
	if err := server.W.Flush(); err != nil {
		return hungUp(err)
	}
	for _, command := range commands {
		_, _, err := server.ReadResponse(command.code)
		var said *textproto.Error
		switch {
		case err != nil && !errors.As(err, &said):
			return cmp.Or(problem, hungUp(err))
		case err != nil:
			if said.Code == closing {
				return cmp.Or(problem, hungUp(answer(command.step, err)))
			}
			problem = cmp.Or(problem, answer(command.step, err))
		case problem != nil && command.step == "DATA":
			// It waits for a letter that is for nobody: it gets an empty one.
			if err := server.PrintfLine("."); err != nil {
				return problem
			}
			_, _, _ = server.ReadResponse(0)
		}
	}
	return problem
}

// hungUp is a broken line, unless the server was slow: its time is used up.
func hungUp(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", errHungUp, err)
}

// write sends a letter and the dot that ends it: as it stands where nothing in it
// needs another form, which spares a large letter its way through small buffers.
func write(server *textproto.Conn, raw []byte) error {
	plain := bytes.HasSuffix(raw, []byte("\r\n")) && raw[0] != '.' && !bytes.Contains(raw, []byte("\n.")) &&
		bytes.Count(raw, []byte("\n")) == bytes.Count(raw, []byte("\r\n"))
	if plain {
		if _, err := server.W.Write(append(raw, ".\r\n"...)); err != nil {
			return err
		}
		return server.W.Flush()
	}
	dotted := server.DotWriter()
	if _, err := dotted.Write(raw); err != nil {
		return err
	}
	return dotted.Close()
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// answer tells a server's words from a broken line.
func answer(step string, err error) error {
	var said *textproto.Error
	if !errors.As(err, &said) {
		return err
	}
	return &Refusal{Step: step, Code: said.Code, Status: enhanced.FindString(said.Msg), Text: oneLine(said.Msg)}
}

// headersTake is about what the headers of a letter take; its parts grow by their
// encoding.
const headersTake = 2 << 10

func compose(letter Letter) (*ready, error) {
	to, err := Wired(letter.To)
	if err != nil {
		return nil, err
	}
	from, err := Wired(letter.From)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := message.FromFormat(oneLine(letter.FromName), from); err != nil {
		return nil, err
	}
	if err := message.To(to); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	message.Subject(oneLine(letter.Subject))
	message.SetMessageIDWithValue(oneLine(letter.MessageID))
	message.SetDateWithValue(letter.Date)
	for name, value := range letter.Headers {
		message.SetGenHeader(mail.Header(oneLine(name)), oneLine(value))
	}
	message.SetBodyString(mail.TypeTextPlain, letter.Text)
	message.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
	var raw bytes.Buffer
	raw.Grow(headersTake + 5*(len(letter.Text)+len(letter.HTML))/4)
	if _, err := message.WriteTo(&raw); err != nil {
		return nil, err
	}
	signed, err := sign(raw.Bytes(), letter.Keys)
	if err != nil {
		return nil, err
	}
	return &ready{from: "<" + oneLine(cmp.Or(letter.ReturnPath, from)) + ">", to: "<" + to + ">", raw: signed}, nil
}

// oneLine keeps what people typed from becoming a header of its own.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(sign rune) bool { return sign < ' ' || sign == 0x7f }), " ")
}
