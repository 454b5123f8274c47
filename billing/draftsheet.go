package billing

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kumun/kumun/internal/fault"
)

// Draftsheet is what a partner says of their business.
type Draftsheet struct {
	Name, Trade, OwnerName, Text, Note string
	Place, Commune                     string
	Hours                              Hours
	Closed                             []Closing
	Languages, Topics                  []string
	Prices                             []Price
	Phone, Mail, Website, Motif        string
	Seller                             Seller
	// Unread holds fields that could not be read, such as hours that are none.
	Unread fault.Invalid
}

const (
	maxTopics = 8
	maxPrices = 20
	maxClosed = 6
)

var (
	phonePattern = regexp.MustCompile(`^\+?[0-9][0-9 .()-]{5,24}$`)
	rnaPattern   = regexp.MustCompile(`^W[0-9]{9}$`)
	sirenPattern = regexp.MustCompile(`^[0-9]{9}$`)
)

// check says what is wrong, field by field as the form names them.
func (d *Draftsheet) check() error {
	d.tidy()
	invalid := &fault.Invalid{Fields: d.Unread.Fields}
	length := func(field, value string, least, most int) {
		if signs := utf8.RuneCountInString(value); signs < least || signs > most {
			invalid.Add(field, "error.length", "min", least, "max", most)
		}
	}
	length("name", d.Name, 2, 80)
	length("trade", d.Trade, 2, 60)
	length("owner_name", d.OwnerName, 2, 80)
	length("text", d.Text, 40, 3000)
	length("note", d.Note, 0, 500)
	length("place", d.Place, 0, 80)
	length("commune", d.Commune, 2, 60)
	length("legal_name", d.Seller.LegalName, 2, 120)
	length("address", d.Seller.Address, 5, 200)
	if d.Phone != "" && !phonePattern.MatchString(d.Phone) {
		invalid.Add("phone", "error.billing.phone")
	}
	if d.Mail != "" && !isMail(d.Mail) {
		invalid.Add("mail", "error.billing.mail")
	}
	if d.Phone == "" && d.Mail == "" {
		invalid.Add("phone", "error.billing.contact")
	}
	if d.Website != "" && !isWebsite(d.Website) {
		invalid.Add("website", "error.billing.website")
	}
	if d.Seller.Registration != "" && !isRegistration(d.Seller.Registration) {
		invalid.Add("registration", "error.billing.registration")
	}
	if len(d.Topics) > maxTopics {
		invalid.Add("topics", "error.billing.topics", "max", maxTopics)
	}
	if len(d.Prices) > maxPrices {
		invalid.Add("prices", "error.billing.too_many_lines", "max", maxPrices)
	}
	if len(d.Closed) > maxClosed {
		invalid.Add("closed", "error.billing.too_many_lines", "max", maxClosed)
	}
	return invalid.OrNil()
}

func (d *Draftsheet) tidy() {
	for _, text := range []*string{&d.Name, &d.Trade, &d.OwnerName, &d.Text, &d.Note, &d.Place, &d.Commune,
		&d.Phone, &d.Mail, &d.Website, &d.Seller.LegalName, &d.Seller.Address} {
		*text = strings.TrimSpace(strings.ReplaceAll(*text, "\r\n", "\n"))
	}
	d.Seller.Registration = strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "").Replace(d.Seller.Registration))
	if d.Website != "" && !strings.Contains(d.Website, "://") {
		d.Website = "https://" + d.Website
	}
}

func (d *Draftsheet) fill(l *Listing) {
	l.Name, l.Trade, l.OwnerName, l.Text, l.Note = d.Name, d.Trade, d.OwnerName, d.Text, d.Note
	l.Place, l.Commune = d.Place, d.Commune
	l.Hours, l.Closed = d.Hours, d.Closed
	l.Languages, l.Topics, l.Prices = d.Languages, d.Topics, d.Prices
	l.Phone, l.Mail, l.Website = d.Phone, d.Mail, d.Website
	l.Seller = d.Seller
	if d.Motif != "" {
		l.Motif = d.Motif
	}
	l.complete()
}

// complete writes empty lists as such: JSON's null is no list.
func (l *Listing) complete() {
	if l.Hours == nil {
		l.Hours = Hours{}
	}
	if l.Closed == nil {
		l.Closed = []Closing{}
	}
	if l.Languages == nil {
		l.Languages = []string{}
	}
	if l.Topics == nil {
		l.Topics = []string{}
	}
	if l.Prices == nil {
		l.Prices = []Price{}
	}
}

func isMail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= 254
}

func isWebsite(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") &&
		strings.Contains(address.Hostname(), ".") && address.User == nil && len(text) <= 200
}

// isRegistration accepts a SIREN by its Luhn key and an association's RNA.
func isRegistration(text string) bool {
	if rnaPattern.MatchString(text) {
		return true
	}
	if !sirenPattern.MatchString(text) {
		return false
	}
	sum := 0
	for n, sign := range text {
		digit := int(sign - '0')
		if n%2 == 1 {
			digit *= 2
		}
		sum += digit/10 + digit%10
	}
	return sum%10 == 0
}

// unaccented takes the marks off letters.
func unaccented(text string) string {
	text = strings.NewReplacer("œ", "oe", "Œ", "Oe", "æ", "ae").Replace(text)
	return strings.Map(func(sign rune) rune {
		if unicode.Is(unicode.Mn, sign) {
			return -1
		}
		return sign
	}, norm.NFD.String(text))
}
