package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/textproto"
	"strings"

	"github.com/emersion/go-message"
)

// Report is what a server or a mailbox provider says of a letter: a bounce (RFC
// 3464), or a complaint when Feedback is set (RFC 5965).
type Report struct {
	Recipients []Recipient
	// Feedback is abuse, fraud, not-spam or another type of RFC 5965.
	Feedback string
	// Traces are what names the letter in it: its envelope's sender, its
	// Message-ID.
	Traces []string
}

// Recipient is what became of a letter for one address.
type Recipient struct {
	Action string // failed, delayed, delivered, relayed or expanded
	Status string // of RFC 3463, such as 5.1.1
}

// ErrNoReport is a message that reports nothing, an automatic reply for instance.
var ErrNoReport = errors.New("not a report")

const (
	mostParts    = 10
	mostPartSize = 256 << 10
)

// ParseReport reads a message that came back.
func ParseReport(raw []byte) (*Report, error) {
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
	}
	kind, parameters, err := mime.ParseMediaType(entity.Header.Get("Content-Type"))
	parts := entity.MultipartReader()
	if err != nil || kind != "multipart/report" || parts == nil {
		return nil, ErrNoReport
	}
	report := &Report{}
	for range mostParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
		}
		report.read(part)
	}
	switch strings.ToLower(parameters["report-type"]) {
	case "delivery-status":
		if len(report.Recipients) == 0 || report.Feedback != "" {
			return nil, fmt.Errorf("%w: a bounce without a recipient", ErrNoReport)
		}
	case "feedback-report":
		if report.Feedback == "" {
			return nil, fmt.Errorf("%w: a complaint without a type", ErrNoReport)
		}
	default:
		return nil, ErrNoReport
	}
	return report, nil
}

// read takes what a part says; a part that cannot be read says nothing.
func (r *Report) read(part *message.Entity) {
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		return
	}
	fields := textproto.NewReader(bufio.NewReader(io.LimitReader(part.Body, mostPartSize)))
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		r.readRecipients(fields)
	case "message/feedback-report":
		header, _ := fields.ReadMIMEHeader()
		r.Feedback = strings.ToLower(strings.TrimSpace(header.Get("Feedback-Type")))
		r.trace(header.Get("Original-Mail-From"))
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		header, _ := fields.ReadMIMEHeader()
		r.trace(header.Get("Return-Path"))
		r.trace(header.Get("Message-Id"))
	}
}

// readRecipients reads a group of fields for each; the first group is about the
// message (RFC 3464, 2.1).
func (r *Report) readRecipients(fields *textproto.Reader) {
	for range 100 {
		header, err := fields.ReadMIMEHeader()
		if action := header.Get("Action"); action != "" {
			status, _, _ := strings.Cut(strings.TrimSpace(header.Get("Status")), " ")
			r.Recipients = append(r.Recipients, Recipient{Action: strings.ToLower(strings.TrimSpace(action)), Status: enhanced.FindString(status)})
		}
		if err != nil {
			return
		}
	}
}

func (r *Report) trace(text string) {
	if text = strings.Trim(strings.TrimSpace(text), "<>"); text != "" {
		r.Traces = append(r.Traces, text)
	}
}
