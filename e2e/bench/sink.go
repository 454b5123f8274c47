package main

import (
	"bytes"
	"io"
	"net"
	"net/smtp"
	"sync"

	smtpserver "github.com/emersion/go-smtp"
)

// sink is an SMTP server that counts what it is given and keeps the last.
type sink struct {
	address string
	server  *smtpserver.Server

	mutex  sync.Mutex
	last   []byte
	expect *finish
}

func newSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: listener.Addr().String()}
	s.server = smtpserver.NewServer(smtpserver.BackendFunc(func(*smtpserver.Conn) (smtpserver.Session, error) { return delivery{s}, nil }))
	s.server.Domain = "sink.test"
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

// awaits begins to count anew.
func (s *sink) awaits(letters int64) *finish {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.expect = newFinish(letters)
	return s.expect
}

// letter is the last that came.
func (s *sink) letter() []byte {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.last
}

type delivery struct{ sink *sink }

func (d delivery) Mail(string, *smtpserver.MailOptions) error { return nil }
func (d delivery) Rcpt(string, *smtpserver.RcptOptions) error { return nil }
func (d delivery) Reset()                                     {}
func (d delivery) Logout() error                              { return nil }

func (d delivery) Data(reader io.Reader) error {
	letter, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	d.sink.mutex.Lock()
	defer d.sink.mutex.Unlock()
	d.sink.last = letter
	if d.sink.expect != nil {
		d.sink.expect.one()
	}
	return nil
}

// sendBare sends the same letter again and again over as many kept connections
// as the product holds, with the standard library and nothing around it.
func sendBare(address string, letter []byte, letters int) error {
	const connections = 2
	letter = bytes.TrimSpace(letter)
	var sending sync.WaitGroup
	problems := make(chan error, connections)
	for range connections {
		sending.Go(func() { problems <- sendOver(address, letter, letters/connections) })
	}
	sending.Wait()
	if err := <-problems; err != nil {
		return err
	}
	return <-problems
}

func sendOver(address string, letter []byte, letters int) error {
	client, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for range letters {
		if err := client.Mail("bench@example.org"); err != nil {
			return err
		}
		if err := client.Rcpt("reader@example.org"); err != nil {
			return err
		}
		body, err := client.Data()
		if err != nil {
			return err
		}
		if _, err := body.Write(letter); err != nil {
			return err
		}
		if err := body.Close(); err != nil {
			return err
		}
	}
	return client.Quit()
}
