// Package words holds everything the product says, by language, and writes
// dates, numbers and French typography the way readers expect them.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/currency"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/fr"
	"golang.org/x/text/language"
)

//go:embed catalogue
var files embed.FS

// Languages lists those with a whole catalogue.
var Languages = []string{"fr", "en"}

// Breton has no catalogue but phrases, which a speaker has still to read over.
const Breton = "br"

// Names are the languages as their speakers call them.
var Names = map[string]string{"fr": "Français", "en": "English", Breton: "Brezhoneg"}

// formal is the overlay for communities that say "vous".
const formal = "fr-vous"

// Words speaks one language to one community.
type Words struct {
	Language string
	// Zone is where dates are told.
	Zone *time.Location

	entries []map[string]entry // the first that knows a key wins
	locale  locales.Translator
}

// entry is a message: plain when it has one form without arguments.
type entry struct {
	plain string
	forms map[string]message
}

// message is a text with places such as {{.Name}}: each follows one of the texts,
// save the last, which nothing follows.
type message struct{ texts, names []string }

var catalogues = load()

// The locales never change, and are slow to make.
var inFrench, inEnglish = fr.New(), en.New()

// For returns the words of a language; address is "tu" or "vous". An unknown
// language speaks French. Breton knows its phrases alone.
func For(wanted, address string, zone *time.Location) *Words {
	if zone == nil {
		zone = time.UTC
	}
	w := &Words{Language: "fr", Zone: zone, locale: inFrench}
	switch wanted {
	case "en":
		w.Language, w.locale = "en", inEnglish
	case Breton:
		w.Language = Breton
	}
	if w.Language == "fr" && address == "vous" {
		w.entries = append(w.entries, catalogues[formal])
	}
	w.entries = append(w.entries, catalogues[w.Language])
	return w
}

// T says a message. args alternate names and values. An unknown key shows
// itself, which a test forbids.
func (w *Words) T(key string, args ...any) string {
	return w.say(key, "other", args)
}

// N says a message about a number of things, in its plural form; the number is
// the argument Count.
func (w *Words) N(key string, count int, args ...any) string {
	form := "other"
	if rule := w.locale.CardinalPluralRule(float64(count), 0); rule == locales.PluralRuleOne {
		form = "one"
	}
	return w.say(key, form, append([]any{"Count", count}, args...))
}

func (w *Words) say(key, form string, args []any) string {
	for _, catalogue := range w.entries {
		entry, known := catalogue[key]
		if !known {
			continue
		}
		if entry.forms == nil {
			return entry.plain
		}
		text, known := entry.forms[form]
		if !known {
			text = entry.forms["other"]
		}
		var out strings.Builder
		for n, name := range text.names {
			value, given := named(args, name)
			if !given {
				return "[" + key + "]"
			}
			out.WriteString(text.texts[n])
			_, _ = fmt.Fprint(&out, value)
		}
		out.WriteString(text.texts[len(text.names)])
		return Typeset(w.Language, out.String())
	}
	return "[" + key + "]"
}

// named is the value after a name.
func named(args []any, name string) (any, bool) {
	for n := 0; n+1 < len(args); n += 2 {
		if args[n] == name {
			return args[n+1], true
		}
	}
	return nil, false
}

// Knows tells whether the key has words in this language.
func (w *Words) Knows(key string) bool {
	return slices.ContainsFunc(w.entries, func(catalogue map[string]entry) bool {
		_, known := catalogue[key]
		return known
	})
}

// Keys lists the keys of a catalogue, for tests.
func Keys(catalogue string) []string {
	var keys []string
	for key := range catalogues[catalogue] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Day writes "mardi 24 novembre", with the year when it is not now's.
func (w *Words) Day(now, day time.Time) string {
	now, day = now.In(w.Zone), day.In(w.Zone)
	text := w.locale.WeekdayWide(day.Weekday()) + " " + w.YearDay(int(day.Month()), day.Day())
	if day.Year() != now.Year() {
		text += fmt.Sprintf(" %d", day.Year())
	}
	return text
}

// YearDay writes "24 novembre", and "1er décembre".
func (w *Words) YearDay(month, day int) string { return w.ordinal(day) + " " + w.Month(month) }

// ordinal is a day as a date names it: French counts from the first.
func (w *Words) ordinal(day int) string {
	if day == 1 && w.Language == "fr" {
		return "1er"
	}
	return strconv.Itoa(day)
}

// Date writes "24 novembre 2026".
func (w *Words) Date(day time.Time) string {
	day = day.In(w.Zone)
	return w.YearDay(int(day.Month()), day.Day()) + " " + strconv.Itoa(day.Year())
}

// Week writes "du 23 au 29 novembre".
func (w *Words) Week(monday, sunday time.Time) string {
	first := w.ordinal(monday.Day())
	if monday.Month() != sunday.Month() {
		first = w.YearDay(int(monday.Month()), monday.Day())
	}
	return w.T("words.week", "First", first, "Last", w.YearDay(int(sunday.Month()), sunday.Day()))
}

// WeekdayShort writes "mar.".
func (w *Words) WeekdayShort(day time.Time) string {
	return w.locale.WeekdayAbbreviated(day.In(w.Zone).Weekday())
}

// Month writes "novembre".
func (w *Words) Month(month int) string { return w.locale.MonthWide(time.Month(month)) }

// Weekday writes "lundi" for 1 to "dimanche" for 7.
func (w *Words) Weekday(day int) string { return w.locale.WeekdayWide(time.Weekday(day % 7)) }

// Clock writes "8 h 30" or "08:30".
func (w *Words) Clock(at time.Time) string {
	at = at.In(w.Zone)
	if w.Language == "fr" {
		return French(strings.TrimPrefix(strings.TrimSuffix(at.Format("15 h 04"), " 00"), "0"))
	}
	return at.Format("15:04")
}

// Span writes "samedi 28 novembre, de 8 h 30 à 13 h", or both days when there
// are two.
func (w *Words) Span(now, from, to time.Time) string {
	first, last := from.In(w.Zone), to.In(w.Zone)
	if last.Sub(first) > 18*time.Hour {
		return w.T("words.span.days", "From", w.Day(now, first), "To", w.Day(now, last))
	}
	return w.Day(now, first) + w.T("words.span.hours", "From", w.Clock(first), "To", w.Clock(last))
}

// Ago writes how long ago something was: "il y a 2 h", "hier", "dimanche",
// "le 3 novembre".
func (w *Words) Ago(now, then time.Time) string {
	now, then = now.In(w.Zone), then.In(w.Zone)
	elapsed := now.Sub(then)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, w.Zone)
	switch {
	case elapsed < time.Minute:
		return w.T("words.just_now")
	case elapsed < time.Hour:
		return w.N("words.minutes_ago", int(elapsed.Minutes()))
	case !then.Before(midnight):
		return w.N("words.hours_ago", int(elapsed.Hours()))
	case !then.Before(midnight.AddDate(0, 0, -1)):
		return w.T("words.yesterday")
	case !then.Before(midnight.AddDate(0, 0, -6)):
		return w.locale.WeekdayWide(then.Weekday())
	case then.Year() == now.Year():
		return w.T("words.on_day", "Day", w.YearDay(int(then.Month()), then.Day()))
	}
	return w.T("words.on_day", "Day", w.Date(then))
}

// Money writes cents: "19,00 €", "€19".
func (w *Words) Money(cents int, code string) string {
	kind := currency.EUR
	if code == "CAD" {
		kind = currency.CAD
	}
	digits := uint64(2)
	if cents%100 == 0 {
		digits = 0
	}
	if w.Language == "en" {
		// The locale would write the code where readers expect the sign.
		sign := map[currency.Type]string{currency.EUR: "€", currency.CAD: "$"}[kind]
		return sign + w.locale.FmtNumber(float64(cents)/100, digits)
	}
	text := w.locale.FmtCurrency(float64(cents)/100, digits, kind)
	if digits == 0 {
		// The locale pads currencies to their two digits.
		text = strings.Replace(strings.Replace(text, ",00", "", 1), ".00", "", 1)
	}
	return text
}

// Number writes an integer with the language's grouping.
func (w *Words) Number(n int) string { return w.locale.FmtNumber(float64(n), 0) }

func load() map[string]map[string]entry {
	all := map[string]map[string]entry{}
	err := fs.WalkDir(files, "catalogue", func(name string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		catalogue := path.Base(path.Dir(name))
		if all[catalogue] == nil {
			all[catalogue] = map[string]entry{}
		}
		return loadFile(all[catalogue], name, strings.TrimSuffix(catalogue, "-vous"))
	})
	if err != nil {
		panic("catalogues: " + err.Error())
	}
	return all
}

func loadFile(catalogue map[string]entry, name, language string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	var messages map[string]json.RawMessage
	if err := json.Unmarshal(content, &messages); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for key, raw := range messages {
		if _, twice := catalogue[key]; twice {
			return fmt.Errorf("%s: %s stands in two files", name, key)
		}
		forms := map[string]string{}
		var one string
		if json.Unmarshal(raw, &one) == nil {
			forms["other"] = one
		} else if err := json.Unmarshal(raw, &forms); err != nil {
			return fmt.Errorf("%s: %s: %w", name, key, err)
		}
		if len(forms) == 1 && !strings.Contains(forms["other"], "{{") {
			catalogue[key] = entry{plain: Typeset(language, forms["other"])}
			continue
		}
		parsed := map[string]message{}
		for form, text := range forms {
			parsed[form] = parse(language, text)
		}
		catalogue[key] = entry{forms: parsed}
	}
	return nil
}

var place = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func parse(language, text string) message {
	parsed := message{texts: place.Split(text, -1)}
	if language != "en" { // where a quote's form hangs on what comes before
		for n := range parsed.texts {
			parsed.texts[n] = Typeset(language, parsed.texts[n])
		}
	}
	for _, found := range place.FindAllStringSubmatch(text, -1) {
		parsed.names = append(parsed.names, found[1])
	}
	return parsed
}

// Match picks the first of the offered languages that the reader accepts.
func Match(acceptLanguage string, offered []string) string {
	tags := make([]language.Tag, len(offered))
	for n, name := range offered {
		tags[n] = language.Make(name)
	}
	_, chosen := language.MatchStrings(language.NewMatcher(tags), acceptLanguage)
	return offered[chosen]
}
