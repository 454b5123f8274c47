package newsletters

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/notifications"
	"github.com/kumun/kumun/web/kit"
)

// views are the ways to look at a letter before it goes out.
var views = []string{"telephone", "ordinateur", "texte"}

// previewed is the letter as its readers get it.
type previewed struct {
	*notifications.Newsletter
	notifications.NewsletterPreview
	View string
}

func (p pages) previewOf(r *kit.Request) (*notifications.Newsletter, notifications.NewsletterPreview, error) {
	row, err := p.find(r)
	if err != nil {
		return nil, notifications.NewsletterPreview{}, err
	}
	laid, err := p.newsletters.Lay(r.Context(), r.Tenant, &row.NewsletterDraft)
	if err != nil {
		return nil, notifications.NewsletterPreview{}, err
	}
	shown, err := p.newsletters.Preview(r.Tenant, row, laid, r.Words.Language)
	return row, shown, err
}

func (p pages) preview(r *kit.Request) error {
	row, shown, err := p.previewOf(r)
	if err != nil {
		return err
	}
	view := r.Query("vue")
	if !slices.Contains(views, view) {
		view = views[0]
	}
	// The letter is a page of its own, in a frame: its styles cannot reach this one.
	header := r.Gin.Writer.Header()
	header.Set("Content-Security-Policy", strings.TrimPrefix(header.Get("Content-Security-Policy")+"; frame-src 'self'", "; "))
	return p.page(r, http.StatusOK, r.Words.T("newsletters.preview.title"), previewPage(r, previewed{row, shown, view}))
}

// layoutPolicy lets a letter bring its own styles, nothing run, and its links
// open beside the page.
const layoutPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

func (p pages) layout(r *kit.Request) error {
	_, shown, err := p.previewOf(r)
	if err != nil {
		return err
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Security-Policy", layoutPolicy)
	header.Set("Cache-Control", "private, no-store")
	r.Gin.Data(http.StatusOK, "text/html; charset=utf-8", []byte(shown.HTML))
	return nil
}

// leaving is what an editor sees before a letter goes out.
type leaving struct {
	*notifications.Newsletter
	notifications.Recipients
	Form *kit.Form
	// Lacks is what is to be mended first.
	Lacks []fault.Field
	Own   string
	// Moved says that somebody saved it since this page was opened.
	Moved bool
}

const fieldMoment = "2006-01-02T15:04"

func (p pages) sending(r *kit.Request) error {
	morning := r.Now.In(r.Tenant.Location()).AddDate(0, 0, 1)
	at := time.Date(morning.Year(), morning.Month(), morning.Day(), 8, 0, 0, 0, morning.Location())
	return p.showSending(r, http.StatusOK, kit.NewForm("at", at.Format(fieldMoment)), false)
}

func (p pages) showSending(r *kit.Request, status int, form *kit.Form, moved bool) error {
	row, err := p.find(r)
	if err != nil {
		return err
	}
	if !row.Open() {
		return r.SeeOther(row.Path(), "")
	}
	l := &leaving{Newsletter: row, Form: form, Moved: moved}
	_, err = p.newsletters.Ready(r.Context(), r.Tenant, row)
	var invalid *fault.Invalid
	if errors.As(err, &invalid) {
		l.Lacks, err = invalid.Fields, nil
	}
	if err != nil {
		return err
	}
	if l.Recipients, err = p.newsletters.Recipients(r.Context(), r.Actor, row); err != nil {
		return err
	}
	editor, err := p.newsletters.Members.ByID(r.Context(), r.Tenant.ID, r.Actor.Member)
	if err != nil {
		return err
	}
	l.Own = editor.Email
	return p.page(r, status, l.title(r), sendingPage(r, l))
}

func (l *leaving) title(r *kit.Request) string {
	if l.Total == 0 {
		return r.Words.T("newsletters.sending.nobody")
	}
	return r.Words.N("newsletters.sending.title", l.Total)
}

func (p pages) send(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	form := r.Form()
	version, _ := strconv.Atoi(form.Value("version"))
	at, notice := r.Now, "newsletter_goes"
	if form.Value("faire") == "programmer" {
		notice = "newsletter_scheduled"
		at, err = time.ParseInLocation(fieldMoment, strings.Replace(form.Value("at"), " ", "T", 1), r.Tenant.Location())
		if err != nil || !at.After(r.Now) {
			form.Problems = []fault.Field{{Name: "at", Key: "error.newsletter.at"}}
			return p.showSending(r, http.StatusUnprocessableEntity, form, false)
		}
	}
	err = p.newsletters.Schedule(r.Context(), r.Actor, wanted, version, at)
	return p.leave(r, wanted, err, notice)
}

func (p pages) try(r *kit.Request) error {
	wanted, err := r.ID("id")
	if err != nil {
		return err
	}
	err = p.newsletters.Try(r.Context(), r.Actor, wanted)
	if err == nil {
		return r.SeeOther(pathOf(wanted)+"/envoi", "newsletter_tried")
	}
	return p.leave(r, wanted, err, "")
}

// leave goes on to how the letter goes, or says what keeps it.
func (p pages) leave(r *kit.Request, newsletter id.ID, err error, notice string) error {
	if form, invalid := r.Invalid(err); invalid {
		return p.showSending(r, http.StatusUnprocessableEntity, form, false)
	}
	if errors.Is(err, fault.Conflict) {
		return p.showSending(r, http.StatusConflict, r.Form(), true)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(pathOf(newsletter), notice)
}

// mend leads to the field that a problem is about.
func (l *leaving) mend(field fault.Field) string { return l.Path() + "#" + field.Name }

func problem(r *kit.Request, field fault.Field) string {
	args := make([]any, 0, 2*len(field.Args))
	for key, value := range field.Args {
		args = append(args, key, value)
	}
	return r.Words.T(field.Key, args...)
}
