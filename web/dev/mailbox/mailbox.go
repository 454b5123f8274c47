// Package mailbox shows the mail of a demonstration, which nothing sends.
// Only the demonstration mounts it.
package mailbox

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

type pages struct {
	letters *notifications.Letters
	digest  *notifications.Digest
}

// Mount adds the mailbox of each community to its route table.
func Mount(routes *kit.Routes, letters *notifications.Letters, digest *notifications.Digest) {
	p := pages{letters, digest}
	routes.Get("/dev/mail", kit.Anyone, p.list)
	routes.Get("/dev/mail.json", kit.Anyone, p.data)
	routes.Get("/dev/mail/:id", kit.Anyone, p.show)
	routes.Get("/dev/mail/:id/html", kit.Anyone, p.layout)
	routes.Post("/dev/mail/digest", kit.Anyone, p.sendDigest)
}

func (p pages) list(r *kit.Request) error {
	page, older, err := p.page(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: r.Words.T("letters.mailbox.title"), NoIndex: true, Slim: true, Body: list(r, page, older)})
}

func (p pages) page(r *kit.Request) ([]notifications.Letter, id.ID, error) {
	before, _ := id.Parse(r.Query("avant"))
	return p.letters.Mailbox(r.Context(), r.Tenant.ID, before)
}

func (p pages) show(r *kit.Request) error {
	letter, err := p.letter(r)
	if err != nil {
		return err
	}
	return r.Page(kit.Page{Title: letter.Subject, NoIndex: true, Slim: true, Body: one(r, letter)})
}

func (p pages) letter(r *kit.Request) (*notifications.Letter, error) {
	wanted, err := r.ID("id")
	if err != nil {
		return nil, err
	}
	return p.letters.InMailbox(r.Context(), r.Tenant.ID, wanted)
}

// layoutPolicy lets a letter bring its own styles, and nothing run.
const layoutPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

func (p pages) layout(r *kit.Request) error {
	letter, err := p.letter(r)
	if err != nil {
		return err
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Security-Policy", layoutPolicy)
	header.Set("Cache-Control", "private, no-store")
	r.Gin.Data(http.StatusOK, "text/html; charset=utf-8", []byte(letter.HTML))
	return nil
}

func (p pages) sendDigest(r *kit.Request) error {
	if err := p.digest.Begin(r.Context(), r.Tenant.ID); err != nil {
		return err
	}
	return r.SeeOther("/dev/mail", "notice.digest_begun")
}

// message is a letter as tests read it.
type message struct {
	ID        id.ID             `json:"id"`
	To        string            `json:"to"`
	Kind      string            `json:"kind"`
	Subject   string            `json:"subject"`
	Text      string            `json:"text"`
	HTML      string            `json:"html"`
	Headers   map[string]string `json:"headers"`
	Links     []string          `json:"links"`
	State     string            `json:"state"`
	CreatedAt time.Time         `json:"created_at"`
}

// box is a page of the mailbox; Next is the address of the older ones.
type box struct {
	Messages []message `json:"messages"`
	Next     string    `json:"next,omitempty"`
}

func (p pages) data(r *kit.Request) error {
	page, older, err := p.page(r)
	if err != nil {
		return err
	}
	answer := box{Messages: []message{}}
	if older != 0 {
		answer.Next = "/dev/mail.json?avant=" + older.String()
	}
	wanted := r.Query("a") // only letters to this address
	for _, letter := range page {
		if wanted == "" || letter.Address == wanted {
			answer.Messages = append(answer.Messages, asMessage(letter))
		}
	}
	r.Gin.Header("Cache-Control", "no-store")
	r.Gin.JSON(http.StatusOK, answer)
	return nil
}

func asMessage(letter notifications.Letter) message {
	headers := map[string]string{"Message-ID": "<" + letter.MessageID + ">"}
	for name, value := range letter.Headers {
		headers[name] = value
	}
	return message{ID: letter.ID, To: letter.Address, Kind: letter.Kind, Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML,
		Headers: headers, Links: links(letter.Text), State: string(letter.State), CreatedAt: letter.CreatedAt}
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)

func links(text string) []string {
	found := []string{}
	for _, link := range linkPattern.FindAllString(text, -1) {
		found = append(found, strings.TrimRight(link, ".,)"))
	}
	return found
}
