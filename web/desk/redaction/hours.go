package redaction

import (
	"net/http"
	"strconv"

	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// hours is the form for when questions are answered.
func (p pages) hours(r *kit.Request) error {
	set := r.Tenant.Answers()
	return p.hoursPage(r, http.StatusOK, kit.NewForm("first", strconv.Itoa(set.First), "last", strconv.Itoa(set.Last), "from", set.From, "to", set.To))
}

func (p pages) setHours(r *kit.Request) error {
	form := r.Form()
	first, _ := strconv.Atoi(form.Value("first"))
	last, _ := strconv.Atoi(form.Value("last"))
	err := p.members.Tenants.SetAnswers(r.Context(), r.Tenant.ID, tenants.Hours{First: first, Last: last, From: form.Value("from"), To: form.Value("to")})
	if form, invalid := r.Invalid(err); invalid {
		return p.hoursPage(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return r.SeeOther("/questions", "notice.hours_saved")
}

func (p pages) hoursPage(r *kit.Request, status int, form *kit.Form) error {
	return r.Page(Page(r, kit.Page{Status: status, Title: r.Words.T("redaction.hours.title"), Body: hoursBody(r, form)}))
}

func weekdays(r *kit.Request) []kit.Option {
	var options []kit.Option
	for day := 1; day <= 7; day++ {
		options = append(options, kit.Option{Value: strconv.Itoa(day), Label: r.Words.Weekday(day)})
	}
	return options
}
