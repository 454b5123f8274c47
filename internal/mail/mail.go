// Package mail hands letters to an SMTP server.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Letter is a message as it leaves: the text and the HTML say the same.
type Letter struct {
	MessageID          string // without angle brackets
	FromName, From, To string
	Subject            string
	Text, HTML         string
	Headers            map[string]string
	Date               time.Time
}

// ErrRefused is the server's last word: trying again would not help.
var ErrRefused = errors.New("the server refuses the address")

const (
	// connections are held open: dialling costs more than sending.
	connections = 2
	dialTimeout = 10 * time.Second
	defaultPort = 587
)

// Sender holds connections to one server.
type Sender struct {
	idle chan *connection
}

type connection struct {
	client *mail.Client
	open   bool
}

// Dial prepares a sender for smtp://user:pass@host:port?tls=…, where tls is
// required (the default), optional, none or implicit (which smtps:// also
// means). It connects when there is something to send.
func Dial(address string) (*Sender, error) {
	host, options, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	sender := &Sender{idle: make(chan *connection, connections)}
	for range connections {
		client, err := mail.NewClient(host, options...)
		if err != nil {
			return nil, fmt.Errorf("SMTP_URL: %w", err)
		}
		sender.idle <- &connection{client: client}
	}
	return sender, nil
}

func parse(address string) (host string, options []mail.Option, err error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "smtp" && parsed.Scheme != "smtps" {
		return "", nil, errors.New("want smtp://user:password@host:port?tls=required|optional|none|implicit")
	}
	port := defaultPort
	if parsed.Port() != "" {
		port, _ = strconv.Atoi(parsed.Port())
	}
	security := parsed.Query().Get("tls")
	if security == "" {
		security = defaultSecurity(parsed)
	}
	options = []mail.Option{mail.WithPort(port), mail.WithTimeout(dialTimeout), mail.WithoutSMTPUTF8()}
	switch security {
	case "required":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "optional":
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "implicit":
		options = append(options, mail.WithSSL())
	default:
		return "", nil, fmt.Errorf("tls=%s: want required, optional, none or implicit", security)
	}
	options = append(options, mail.WithTLSConfig(&tls.Config{ServerName: parsed.Hostname(), MinVersion: tls.VersionTLS12}))
	if parsed.User != nil {
		password, _ := parsed.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(parsed.User.Username()), mail.WithPassword(password))
	}
	return parsed.Hostname(), options, nil
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
	message, err := compose(letter)
	if err != nil {
		return fmt.Errorf("compose letter: %w", err)
	}
	var held *connection
	select {
	case held = <-s.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.idle <- held }()
	if err := held.send(ctx, message); err != nil {
		return fmt.Errorf("send letter: %w", err)
	}
	return nil
}

func (c *connection) send(ctx context.Context, message *mail.Msg) error {
	if c.open {
		err := c.client.Send(message)
		if !hadHungUp(err) {
			return c.judge(err)
		}
		c.close()
	}
	if err := c.client.DialWithContext(ctx); err != nil {
		return err
	}
	c.open = true
	return c.judge(c.client.Send(message))
}

// judge keeps the connection unless something else than the address is wrong.
func (c *connection) judge(err error) error {
	if err == nil {
		return nil
	}
	var refusal *mail.SendError
	if errors.As(err, &refusal) && refusal.Reason == mail.ErrSMTPRcptTo && !refusal.IsTemp() {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	c.close()
	return err
}

// hadHungUp tells that the server left before it heard of the letter.
func hadHungUp(err error) bool {
	var refusal *mail.SendError
	return errors.As(err, &refusal) && refusal.Reason == mail.ErrConnCheck
}

func (c *connection) close() {
	_ = c.client.Close()
	c.open = false
}

// Close hangs up.
func (s *Sender) Close() {
	for range connections {
		held := <-s.idle
		held.close()
	}
}

func compose(letter Letter) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := message.FromFormat(oneLine(letter.FromName), letter.From); err != nil {
		return nil, err
	}
	if err := message.To(letter.To); err != nil {
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
	return message, nil
}

// oneLine keeps what people typed from becoming a header of its own.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(sign rune) bool { return sign < ' ' || sign == 0x7f }), " ")
}
