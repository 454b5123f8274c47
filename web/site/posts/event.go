package posts

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	ical "github.com/arran4/golang-ical"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/words"
	"github.com/kumun/kumun/web/cards"
	"github.com/kumun/kumun/web/kit"
)

var eventFace = face{section: "agenda", write: "/ecrire/rendez-vous", icon: "calendar-blank",
	fields: func(r *kit.Request, w writing) templ.Component { return eventForm(r, w) },
	read: func(r *kit.Request, form *kit.Form, draft *community.Draft) {
		draft.Event = &community.Date{Starts: moment(r, form.Value("starts")), Ends: moment(r, form.Value("ends")),
			Zone: r.Tenant.Location().String(), Repeat: community.Repeat(form.Value("repeat")), Weekdays: numbers(form, "weekdays"),
			Last: day(r, form.Value("last")), Price: form.Value("price"), Places: places(form.Value("places"))}
	},
	fill: func(r *kit.Request, post *community.Post, form *kit.Form) {
		if post.Event == nil {
			return // a draft, so far
		}
		zone := r.Tenant.Location()
		form.Values.Set("starts", fieldTime(r, post.Event.Starts))
		form.Values.Set("ends", fieldTime(r, post.Event.Ends))
		form.Values.Set("repeat", string(post.Event.Repeat))
		form.Values.Set("price", post.Event.Price)
		if post.Event.Places > 0 {
			form.Values.Set("places", strconv.Itoa(post.Event.Places))
		}
		for _, weekday := range post.Event.Weekdays {
			form.Values.Add("weekdays", strconv.Itoa(weekday))
		}
		if !post.Event.Last.IsZero() {
			form.Values.Set("last", post.Event.Last.In(zone).Format(time.DateOnly))
		}
	},
	body: func(r *kit.Request, p *reading) templ.Component { return eventBody(r, p) },
}

// fieldMoment is how browsers write a day and an hour.
const fieldMoment = "2006-01-02T15:04"

func fieldTime(r *kit.Request, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(r.Tenant.Location()).Format(fieldMoment)
}

// moment reads a day and an hour; what is none becomes zero, which the service
// refuses.
func moment(r *kit.Request, text string) time.Time {
	parsed, err := time.ParseInLocation(fieldMoment, strings.Replace(text, " ", "T", 1), r.Tenant.Location())
	if err != nil {
		return time.Time{}
	}
	return parsed.UTC()
}

// places reads a number; what is none becomes one that the service refuses.
func places(text string) int {
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return -1
	}
	return number
}

// span is a stretch of the agenda.
type span struct {
	Key      string
	From, To time.Time
}

// spans are what the agenda can show: the next seven days, the weekend, a month.
func spans(now time.Time) []span {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	// The weekend begins on Friday evening; on Sunday it is still this one.
	sinceMonday := (int(now.Weekday()) + 6) % 7
	friday := today.AddDate(0, 0, 4-sinceMonday).Add(18 * time.Hour)
	monday := today.AddDate(0, 0, 7-sinceMonday)
	from := friday
	if now.After(friday) {
		from = now
	}
	return []span{
		{"", now, today.AddDate(0, 0, 7)},
		{"week-end", from, monday},
		{"mois", now, today.AddDate(0, 1, 0)},
	}
}

// agendaDay is what takes place on one day.
type agendaDay struct {
	Day   time.Time
	Lines []agendaLine
}

type agendaLine struct {
	community.Occurrence
	cards.Piece
}

// agendaView is what the agenda's page shows.
type agendaView struct {
	view
	Communes []string
	Days     []agendaDay
}

func (p pages) agenda(r *kit.Request) error {
	now := r.Now.In(r.Tenant.Location())
	shown := agendaView{view: viewOf(r, community.Event)}
	all := spans(now)
	at := slices.IndexFunc(all, func(one span) bool { return one.Key == shown.When })
	if at < 0 {
		at, shown.When = 0, ""
	}
	chosen := all[at]
	var err error
	if shown.Communes, err = p.posts.Communes(r.Context(), r.Tenant.ID, community.Event, chipsShown); err != nil {
		return err
	}
	happenings, err := p.posts.Agenda(r.Context(), r.Tenant.ID, shown.filter(), chosen.From, chosen.To)
	if err != nil {
		return err
	}
	posts := make([]*community.Post, len(happenings))
	for n, happening := range happenings {
		posts[n] = happening.Post
	}
	pieces, err := cards.Pieces(r, p.members, posts)
	if err != nil {
		return err
	}
	for n, happening := range happenings {
		day := happening.Starts.In(now.Location())
		if day.Before(now) {
			day = now // it runs already
		}
		if last := len(shown.Days) - 1; last < 0 || shown.Days[last].Day.YearDay() != day.YearDay() {
			shown.Days = append(shown.Days, agendaDay{Day: day})
		}
		last := &shown.Days[len(shown.Days)-1]
		last.Lines = append(last.Lines, agendaLine{happening.Occurrence, pieces[n]})
	}
	title := r.Words.T("community.agenda.title." + spanKey(shown.When))
	return r.Page(kit.Page{Title: title, Description: r.Words.T("community.feed.event.lead"), Section: "agenda", Canonical: "/agenda", Feed: shown.feedPath(),
		NoIndex: shown.narrowed() || shown.When != "", Scripts: []string{"share.js"}, Body: agendaPage(r, title, shown)})
}

// spanKey names a span in the catalogue.
func spanKey(when string) string { return cmp.Or(when, "semaine") }

// calendarPath is the address of the file to subscribe to.
func (v agendaView) calendarPath() string {
	path, query, _ := strings.Cut(v.with(func(v *view) { v.When = "" }), "?")
	return strings.TrimSuffix(path+".ics?"+query, "?")
}

// calendarAhead is how far a subscribed calendar reaches.
const calendarAhead = 92 * 24 * time.Hour

// calendar is the whole agenda, or a group's, or a place's, as a file that
// calendar programs subscribe to (RFC 5545).
func (p pages) calendar(r *kit.Request) error {
	shown := viewOf(r, community.Event)
	happenings, err := p.posts.Agenda(r.Context(), r.Tenant.ID, shown.filter(), r.Now, r.Now.Add(calendarAhead))
	if err != nil {
		return err
	}
	return sendCalendar(r, r.Tenant.Name, happenings)
}

// eventCalendar is one event as a file.
func (p pages) eventCalendar(r *kit.Request) error {
	post, err := p.find(r)
	if err != nil {
		return err
	}
	if post.Event == nil {
		return r.SeeOther(post.Path(), "")
	}
	var happenings []community.Happening
	for _, one := range post.Event.Between(r.Now, r.Now.Add(calendarAhead)) {
		happenings = append(happenings, community.Happening{Post: post, Occurrence: one})
	}
	return sendCalendar(r, cards.Title(post), happenings)
}

func sendCalendar(r *kit.Request, name string, happenings []community.Happening) error {
	file := ical.NewCalendarFor("Kumun")
	file.SetMethod(ical.MethodPublish)
	file.SetXWRCalName(name)
	for _, one := range happenings {
		event := file.AddEvent(one.ID.String() + "-" + strconv.FormatInt(one.Starts.Unix(), 36) + "@" + r.Gin.Request.Host)
		event.SetDtStampTime(one.Changed())
		event.SetStartAt(one.Starts)
		event.SetEndAt(one.Ends)
		event.SetSummary(cards.Title(one.Post))
		event.SetDescription(words.Typeset(one.Spoken(), words.Shorten(community.Plain(one.Standfirst), 300)))
		event.SetLocation(words.French(one.Where()))
		event.SetURL(r.LinkIn(r.Words.Language, one.Path()))
	}
	header := r.Gin.Writer.Header()
	header.Set("Content-Disposition", `inline; filename="agenda.ics"`)
	header.Set("Cache-Control", "public, max-age=900")
	r.Gin.Data(http.StatusOK, "text/calendar; charset=utf-8", []byte(file.Serialize()))
	return nil
}

// hours says from when to when: "samedi 28 novembre, de 8 h 30 à 13 h".
func hours(r *kit.Request, one community.Occurrence) string {
	return r.Words.Span(r.Now, one.Starts, one.Ends)
}

func repeatOptions(r *kit.Request) []kit.Option {
	options := make([]kit.Option, 0, len(community.Repeats))
	for _, repeat := range community.Repeats {
		options = append(options, kit.Option{Value: string(repeat), Label: r.Words.T("community.repeat." + repeatKey(repeat))})
	}
	return options
}

func repeatKey(repeat community.Repeat) string { return cmp.Or(string(repeat), "once") }

// comesBack lists the next times of an event, the first left out.
func comesBack(r *kit.Request, post *community.Post) []community.Occurrence {
	const shown = 4
	all := post.Event.Between(r.Now, r.Now.Add(calendarAhead))
	if len(all) == 0 {
		return nil
	}
	return all[1:min(len(all), 1+shown)]
}
