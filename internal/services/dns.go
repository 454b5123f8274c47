package services

import (
	"context"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// Names is a real DNS server that knows what it is told.
type Names struct {
	// Resolver asks this server alone.
	Resolver *net.Resolver

	mutex  sync.Mutex
	texts  map[string][]string
	mx     map[string]string
	broken map[string]bool
}

// DNS starts a server for this test alone.
func DNS(t TB) *Names {
	t.Helper()
	listener, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("DNS: %v", err)
	}
	names := &Names{texts: map[string][]string{}, mx: map[string]string{}, broken: map[string]bool{}}
	names.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", listener.LocalAddr().String())
	}}
	go names.serve(listener)
	t.Cleanup(func() { _ = listener.Close() })
	return names
}

// Publish replaces the TXT records of a name.
func (n *Names) Publish(name string, texts ...string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.texts[name] = texts
}

// Exchange publishes who takes the mail of a name.
func (n *Names) Exchange(name, host string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.mx[name] = host
}

// Break makes the server fail whoever asks for a name, or mends it.
func (n *Names) Break(name string, broken bool) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.broken[name] = broken
}

func (n *Names) serve(listener net.PacketConn) {
	buffer := make([]byte, 4096)
	for {
		length, from, err := listener.ReadFrom(buffer)
		if err != nil {
			return
		}
		var question dnsmessage.Message
		if question.Unpack(buffer[:length]) != nil || len(question.Questions) != 1 {
			continue
		}
		answer := n.answer(question)
		if packed, err := answer.Pack(); err == nil {
			_, _ = listener.WriteTo(packed, from)
		}
	}
}

func (n *Names) answer(question dnsmessage.Message) dnsmessage.Message {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	asked := question.Questions[0]
	name := strings.ToLower(strings.TrimSuffix(asked.Name.String(), "."))
	answer := dnsmessage.Message{Header: dnsmessage.Header{ID: question.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: question.Questions}
	add := func(body dnsmessage.ResourceBody) {
		answer.Answers = append(answer.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class, TTL: 60}, Body: body})
	}
	switch {
	case n.broken[name]:
		answer.RCode = dnsmessage.RCodeServerFailure
	case asked.Type == dnsmessage.TypeTXT:
		for _, text := range n.texts[name] {
			body := &dnsmessage.TXTResource{}
			for len(text) > 255 {
				body.TXT, text = append(body.TXT, text[:255]), text[255:]
			}
			body.TXT = append(body.TXT, text)
			add(body)
		}
	case asked.Type == dnsmessage.TypeMX && n.mx[name] != "":
		add(&dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(n.mx[name] + ".")})
	}
	if len(answer.Answers) == 0 && answer.RCode == 0 && n.texts[name] == nil && n.mx[name] == "" {
		answer.RCode = dnsmessage.RCodeNameError
	}
	return answer
}
