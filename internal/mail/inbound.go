package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/limit"
)

const (
	// largestReturn holds a letter of the largest size, quoted whole.
	largestReturn = 512 << 10
	// returnsAnHour is how many messages one server may bring: an issue whose
	// hundredth part bounces at one provider stays below.
	returnsAnHour = 1000
	callersAtOnce = 50
	inboundLimit  = time.Minute
)

// Inbound is an SMTP server that takes what comes back to return paths. It
// relays nothing: an address that it did not make itself is refused.
type Inbound struct {
	// Host is how it calls itself.
	Host string
	// Admits tells whether an address is one of ours.
	Admits func(to string) bool
	// Take handles a message; an error makes the other side try again later.
	Take  func(ctx context.Context, to string, raw []byte) error
	Clock clock.Clock
}

// Serve answers until the context ends.
func (i *Inbound) Serve(ctx context.Context, listener net.Listener) error {
	rate := limit.New(i.Clock, returnsAnHour, time.Hour)
	server := smtp.NewServer(smtp.BackendFunc(func(connection *smtp.Conn) (smtp.Session, error) {
		caller, _, err := net.SplitHostPort(connection.Conn().RemoteAddr().String())
		return &visit{ctx: ctx, inbound: i, caller: caller, rate: rate}, err
	}))
	server.Domain, server.MaxMessageBytes, server.MaxRecipients = i.Host, largestReturn, 5
	server.ReadTimeout, server.WriteTimeout = inboundLimit, inboundLimit
	server.ErrorLog = quiet{}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	err := server.Serve(netutil.LimitListener(listener, callersAtOnce))
	if ctx.Err() != nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// quiet keeps what strangers send out of the log's warnings.
type quiet struct{}

func (quiet) Printf(format string, values ...any) { slog.Debug(fmt.Sprintf(format, values...)) }

func (quiet) Println(values ...any) { slog.Debug(fmt.Sprint(values...)) }

// visit is one caller's session.
type visit struct {
	ctx     context.Context
	inbound *Inbound
	caller  string
	rate    *limit.Limit
	to      []string
}

func (v *visit) Mail(string, *smtp.MailOptions) error {
	if !v.rate.Allow(v.caller) {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "too many messages, come back later"}
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !v.inbound.Admits(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such address here"}
	}
	v.to = append(v.to, to)
	return nil
}

func (v *visit) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	for _, to := range v.to {
		if err := v.inbound.Take(v.ctx, to, raw); err != nil {
			slog.ErrorContext(v.ctx, "take what came back", "error", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "come back later"}
		}
	}
	return nil
}

func (v *visit) Reset() { v.to = nil }

func (v *visit) Logout() error { return nil }
