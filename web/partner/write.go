package partner

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/billing"
	"github.com/kumun/kumun/moderation"
	"github.com/kumun/kumun/web/kit"
)

// languages are those offered in the form.
var languages = []string{"fr", "br", "en", "de", "es", "it"}

func (p pages) blank(r *kit.Request) error {
	form := kit.NewForm("owner_name", r.Actor.Name, "language", r.Words.Language)
	return p.form(r, form, nil, http.StatusOK)
}

func (p pages) create(r *kit.Request) error {
	listing, err := p.billing.Create(r.Context(), r.Actor, read(r.Form()))
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, form, nil, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if listing.Moderation != moderation.Published {
		return r.SeeOther(path(listing.ID, ""), "notice.billing_held")
	}
	return r.SeeOther(path(listing.ID, ""), "notice.billing_created")
}

func (p pages) change(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	return p.form(r, written(listing), listing, http.StatusOK)
}

func (p pages) save(r *kit.Request) error {
	listing, err := p.own(r)
	if err != nil {
		return err
	}
	err = p.billing.Edit(r.Context(), r.Actor, listing.ID, read(r.Form()))
	if form, invalid := r.Invalid(err); invalid {
		return p.form(r, form, listing, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return r.SeeOther(path(listing.ID, ""), "notice.billing_saved")
}

func (p pages) form(r *kit.Request, form *kit.Form, listing *billing.Listing, status int) error {
	title, action := r.Words.T("billing.form.new"), base+"/nouvelle"
	section := "new"
	if listing != nil {
		title, action, section = r.Words.T("billing.form.edit", "Name", listing.Name), path(listing.ID, "/modifier"), "mine"
	}
	return p.page(r, kit.Page{Status: status, Title: title, Section: section, Body: formPage(r, form, title, action)})
}

// read takes a form as a sheet; what cannot be understood is noted at its field.
func read(f *kit.Form) billing.Draftsheet {
	d := billing.Draftsheet{
		Name: f.Value("name"), Trade: f.Value("trade"), OwnerName: f.Value("owner_name"), Text: f.Value("text"), Note: f.Value("note"),
		Place: f.Value("place"), Commune: f.Value("commune"), Topics: list(f.Value("topics")),
		Phone: f.Value("phone"), Mail: f.Value("mail"), Website: f.Value("website"),
		Seller: billing.Seller{LegalName: f.Value("legal_name"), Registration: f.Value("registration"), Address: f.Value("address")},
		Hours:  billing.Hours{},
	}
	for _, code := range languages {
		if f.Has("language", code) {
			d.Languages = append(d.Languages, code)
		}
	}
	for day := 1; day <= 7; day++ {
		spans, err := billing.ParseSpans(f.Value(hoursField(day)))
		if err != nil {
			d.Unread.Add(hoursField(day), "error.billing.hours")
		} else if len(spans) > 0 {
			d.Hours[day] = spans
		}
	}
	readPrices(f, &d)
	readClosed(f, &d)
	return d
}

func hoursField(day int) string { return "hours_" + strconv.Itoa(day) }

func list(text string) []string {
	var all []string
	for _, one := range strings.Split(text, ",") {
		if one = strings.ToLower(strings.TrimSpace(one)); one != "" && len(one) <= 60 {
			all = append(all, one)
		}
	}
	return all
}

func lines(text string) []string {
	var all []string
	for _, one := range strings.Split(text, "\n") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

var pricePattern = regexp.MustCompile(`^(.{2,80}?)\s*[:=]\s*(\d{1,6})(?:[.,](\d{1,2}))?\s*[€$]?$`)

// readPrices takes "Galette complète : 9,50", a line each.
func readPrices(f *kit.Form, d *billing.Draftsheet) {
	for _, line := range lines(f.Value("prices")) {
		found := pricePattern.FindStringSubmatch(line)
		if found == nil {
			d.Unread.Add("prices", "error.billing.price", "Line", line)
			return
		}
		// The pattern lets digits only through.
		whole, _ := strconv.ParseInt(found[2], 10, 64)
		cents, _ := strconv.ParseInt((found[3] + "00")[:2], 10, 64)
		d.Prices = append(d.Prices, billing.Price{What: found[1], Cents: whole*100 + cents})
	}
}

var closedPattern = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})\s*(?:-|–|au|to)\s*(\d{1,2})/(\d{1,2})\s*(?::\s*(.{1,200}))?$`)

// readClosed takes "24/12 - 03/01 : on se repose", a line each.
func readClosed(f *kit.Form, d *billing.Draftsheet) {
	for _, line := range lines(f.Value("closed")) {
		found := closedPattern.FindStringSubmatch(line)
		if found == nil {
			d.Unread.Add("closed", "error.billing.closed", "Line", line)
			return
		}
		from, to := yearDay(found[1], found[2]), yearDay(found[3], found[4])
		if from == "" || to == "" {
			d.Unread.Add("closed", "error.billing.closed", "Line", line)
			return
		}
		d.Closed = append(d.Closed, billing.Closing{From: from, To: to, Why: found[5]})
	}
}

func yearDay(day, month string) string {
	text := fmt.Sprintf("2024-%02s-%02s", month, day)
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return ""
	}
	return at.Format("01-02")
}

// written is the form that read would take back.
func written(l *billing.Listing) *kit.Form {
	form := kit.NewForm("name", l.Name, "trade", l.Trade, "owner_name", l.OwnerName, "text", l.Text, "note", l.Note,
		"place", l.Place, "commune", l.Commune, "topics", strings.Join(l.Topics, ", "),
		"phone", l.Phone, "mail", l.Mail, "website", l.Website,
		"legal_name", l.Seller.LegalName, "registration", l.Seller.Registration, "address", l.Seller.Address)
	form.Values["language"] = l.Languages
	for day, spans := range l.Hours {
		var all []string
		for _, span := range spans {
			all = append(all, span.From+"-"+span.To)
		}
		form.Values.Set(hoursField(day), strings.Join(all, ", "))
	}
	var prices, closed []string
	for _, price := range l.Prices {
		prices = append(prices, fmt.Sprintf("%s : %d,%02d", price.What, price.Cents/100, price.Cents%100))
	}
	for _, one := range l.Closed {
		closed = append(closed, slashed(one.From)+" - "+slashed(one.To)+reason(one.Why))
	}
	form.Values.Set("prices", strings.Join(prices, "\n"))
	form.Values.Set("closed", strings.Join(closed, "\n"))
	return form
}

func slashed(yearDay string) string {
	month, day, _ := strings.Cut(yearDay, "-")
	return day + "/" + month
}

func reason(why string) string {
	if why == "" {
		return ""
	}
	return " : " + why
}
