package notifications

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/text/encoding/charmap"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/internal/mail"
)

// What one import may hold, and how much of it a transaction takes.
const (
	MaxListBytes = 2 << 20
	MaxListRows  = 20_000
	rowsAtOnce   = 500
	// longestSource bounds what a line says of where somebody agreed.
	longestSource = 200
)

// The kinds of a SubscriptionList.
const (
	ListImport = "import"
	ListExport = "export"
)

// SubscriptionList is a list that was brought in or taken out, by whom; an
// import says who asked the people of it, how, and with which words.
type SubscriptionList struct {
	bun.BaseModel `bun:"table:letter_lists,alias:list"`
	database.Owned
	ID             id.ID `bun:",pk"`
	Kind           string
	ByID           id.ID `bun:",nullzero"`
	CollectedBy    string
	Manner         string
	Wording        string
	Taken, Refused int
	At             time.Time
}

// SubscriptionFigures are how many get letters; Left is since the month began.
type SubscriptionFigures struct{ News, Offers, Waiting, Left int }

const subscribersLeft = `SELECT count(DISTINCT subscription_id) AS count FROM letter_consents WHERE tenant_id = ?tenant AND at >= ?0 AND NOT given`

// Figures counts a community's subscribers.
func (s *Subscriptions) Figures(ctx context.Context, who actor.Actor) (figures SubscriptionFigures, err error) {
	if !s.Policy.Allows(who, "subscriber", "read") {
		return figures, fault.NotFound
	}
	home, err := s.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return figures, err
	}
	now := s.Letters.Clock.Now()
	local := now.In(home.Location())
	month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, home.Location())
	err = s.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		for _, part := range []struct {
			count *int
			where string
			arg   any
		}{
			{&figures.News, "confirmed_at IS NOT NULL AND news = ?", true},
			{&figures.Offers, "confirmed_at IS NOT NULL AND offers = ?", true},
			{&figures.Waiting, "confirmed_at IS NULL AND created_at > ?", now.Add(-ConfirmLasts)},
		} {
			counted, err := tx.Select((*Subscription)(nil)).Where(part.where, part.arg).Count(ctx)
			if err != nil {
				return err
			}
			*part.count = int(counted)
		}
		return tx.Query(ctx, &figures.Left, subscribersLeft, month.UTC())
	})
	if err != nil {
		return figures, fmt.Errorf("count subscribers: %w", err)
	}
	return figures, nil
}

// SubscribersShown is how many subscribers a page lists.
const SubscribersShown = 50

// List shows subscribers, the newest first, or the one who has an address;
// before is the last of the page before, or zero.
func (s *Subscriptions) List(ctx context.Context, who actor.Actor, address string, before id.ID) (page []Subscription, older id.ID, err error) {
	if !s.Policy.Allows(who, "subscriber", "manage") {
		return nil, 0, fault.NotFound
	}
	err = s.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		query := tx.Select(&page).Order("id DESC").Limit(SubscribersShown + 1)
		if address != "" {
			query.Where("email = ?", mail.Normal(address))
		}
		if before != 0 {
			query.Where("id < ?", before)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list subscribers: %w", err)
	}
	if len(page) > SubscribersShown {
		page = page[:SubscribersShown]
		older = page[SubscribersShown-1].ID
	}
	return page, older, nil
}

// Lists are the last that were brought in or taken out.
func (s *Subscriptions) Lists(ctx context.Context, who actor.Actor) (last []SubscriptionList, err error) {
	if !s.Policy.Allows(who, "subscriber", "read") {
		return nil, fault.NotFound
	}
	err = s.Letters.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&last).Order("id DESC").Limit(10).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read which lists moved: %w", err)
	}
	return last, nil
}

// Brought is a list to import, and what proves that its people agreed.
type Brought struct {
	// Table is the list as CSV: address, language, date of the consent, where it
	// was given.
	Table        []byte
	News, Offers bool
	// CollectedBy says who asked, Manner how, Wording with which words.
	CollectedBy, Manner, Wording string
	// Vouched tells that whoever imports stands for all this.
	Vouched bool
}

// Why a line of an import was not taken.
const (
	RefusedAddress   = "address_wrong"
	RefusedSigns     = "signs"
	RefusedTwice     = "twice"
	RefusedLanguage  = "language"
	RefusedDate      = "date"
	RefusedSource    = "source"
	RefusedKnown     = "known"
	RefusedWaiting   = "waiting"
	RefusedOptOut    = "opt_out"
	RefusedComplaint = "complaint"
	RefusedBounce    = "bounce"
)

// RefusedLine is a line of an import that was not taken, and why.
type RefusedLine struct {
	Line         int
	Address, Why string
}

// Report is what became of an import.
type Report struct {
	Taken   int
	Refused []RefusedLine
}

func (r *Report) refuse(row brought, why string) {
	r.Refused = append(r.Refused, RefusedLine{row.line, row.address, why})
}

// brought is a line of an import.
type brought struct {
	line                      int
	address, language, source string
	at                        time.Time
}

// Import takes a list in whose people have agreed elsewhere, and says what
// proves it. Nobody is revived who left, complained or whose mailbox is gone.
func (s *Subscriptions) Import(ctx context.Context, who actor.Actor, list Brought) (*Report, error) {
	if !s.Policy.Allows(who, "subscriber", "import") {
		return nil, fault.NotFound
	}
	home, err := s.Letters.Tenants.ByID(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	lines, err := list.check()
	if err != nil {
		return nil, err
	}
	report := &Report{}
	rows := s.rows(lines, home.Location(), home.Reads(), report)
	now := s.Letters.Clock.Now()
	noted := &SubscriptionList{ID: id.New(now), Kind: ListImport, ByID: who.Member, CollectedBy: strings.TrimSpace(list.CollectedBy),
		Manner: strings.TrimSpace(list.Manner), Wording: strings.TrimSpace(list.Wording), At: now}
	if err := s.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(noted).Exec(ctx)
		return err
	}); err != nil {
		return nil, fmt.Errorf("import subscribers: %w", err)
	}
	for chunk := range slices.Chunk(rows, rowsAtOnce) {
		err := s.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
			taken, refused, err := s.take(ctx, tx, list, noted.ID, chunk)
			report.Taken, report.Refused = report.Taken+taken, append(report.Refused, refused...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("import subscribers: %w", err)
		}
	}
	slices.SortFunc(report.Refused, func(a, b RefusedLine) int { return a.Line - b.Line })
	noted.Taken, noted.Refused = report.Taken, len(report.Refused)
	err = s.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update(noted).Column("taken", "refused").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("note an import: %w", err)
	}
	return report, nil
}

// check reads the table; what is wrong stands at the field.
func (b Brought) check() (lines [][]string, err error) {
	invalid := &fault.Invalid{}
	for _, field := range []struct{ name, text string }{{"collected_by", b.CollectedBy}, {"manner", b.Manner}, {"wording", b.Wording}} {
		if length := utf8.RuneCountInString(strings.TrimSpace(field.text)); length < 3 || length > 500 {
			invalid.Add(field.name, "error.subscribers."+field.name)
		}
	}
	if !b.News && !b.Offers {
		invalid.Add("news", "error.subscribers.purpose")
	}
	if !b.Vouched {
		invalid.Add("vouched", "error.subscribers.vouch")
	}
	switch {
	case len(bytes.TrimSpace(b.Table)) == 0:
		invalid.Add("table", "error.subscribers.empty")
	case len(b.Table) > MaxListBytes:
		invalid.Add("table", "error.subscribers.large", "MB", MaxListBytes>>20, "Rows", MaxListRows)
	default:
		if lines, err = table(b.Table); err != nil {
			invalid.Add("table", "error.subscribers.unread", "Line", lineOf(err))
		} else if len(lines) > MaxListRows+1 {
			invalid.Add("table", "error.subscribers.large", "MB", MaxListBytes>>20, "Rows", MaxListRows)
		}
	}
	return lines, invalid.OrNil()
}

// table reads CSV as spreadsheets write it: with commas, semicolons or tabs, in
// UTF-8 or as Windows in Western Europe does.
func table(text []byte) ([][]string, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		var err error
		if text, err = charmap.Windows1252.NewDecoder().Bytes(text); err != nil {
			return nil, err
		}
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord, reader.TrimLeadingSpace = -1, true
	for _, comma := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, comma) {
			reader.Comma = comma
			break
		}
	}
	var lines [][]string
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := reader.FieldPos(0)
		lines = append(lines, append([]string{strconv.Itoa(line)}, fields...))
	}
}

func lineOf(err error) int {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return wrong.Line
	}
	return 1
}

// columns are the names that a list's first line may give its columns.
var columns = map[string][]string{
	"address":  {"adresse", "email", "e-mail", "mail", "courriel", "address"},
	"language": {"langue", "language"},
	"at":       {"date", "date du consentement", "consent date"},
	"source":   {"origine", "source", "preuve"},
}

// rows reads the lines, and refuses those that prove nothing.
func (s *Subscriptions) rows(lines [][]string, zone *time.Location, reads []string, report *Report) (rows []brought) {
	at := map[string]int{"address": 1, "language": 2, "at": 3, "source": 4}
	if len(lines) > 0 && !slices.ContainsFunc(lines[0][1:], func(field string) bool { return strings.Contains(field, "@") }) {
		at = named(lines[0])
		lines = lines[1:]
	}
	seen := map[string]bool{}
	for _, line := range lines {
		field := func(name string) string {
			if n := at[name]; n > 0 && n < len(line) {
				return strings.TrimPrefix(strings.TrimSpace(line[n]), "'")
			}
			return ""
		}
		row := brought{address: field("address"), language: strings.ToLower(field("language")), source: field("source")}
		row.line, _ = strconv.Atoi(line[0])
		why := ""
		var email string
		switch email, why = s.readable(row, reads); {
		case why != "":
		case seen[email]:
			why = RefusedTwice
		default:
			row.at, why = s.agreed(field("at"), zone)
		}
		if why != "" {
			report.refuse(row, why)
			continue
		}
		seen[email] = true
		row.address = email
		if row.language == "" {
			row.language = reads[0]
		}
		rows = append(rows, row)
	}
	return rows
}

// named finds the columns by a list's first line.
func named(header []string) map[string]int {
	at := map[string]int{}
	for n, name := range header {
		for column, names := range columns {
			if n > 0 && slices.Contains(names, strings.ToLower(strings.TrimSpace(name))) {
				at[column] = n
			}
		}
	}
	return at
}

// readable is a line's address as it is kept, or why the line is refused.
func (s *Subscriptions) readable(row brought, reads []string) (email, why string) {
	email, problem := deliverable(row.address)
	switch {
	case problem == "error.email.signs":
		return "", RefusedSigns
	case problem != "":
		return "", RefusedAddress
	case row.language != "" && !slices.Contains(reads, row.language):
		return "", RefusedLanguage
	case row.source == "" || utf8.RuneCountInString(row.source) > longestSource:
		return "", RefusedSource
	}
	return email, ""
}

// agreed reads the day on which somebody agreed.
func (s *Subscriptions) agreed(text string, zone *time.Location) (at time.Time, why string) {
	for _, layout := range []string{time.DateOnly, "02/01/2006", time.DateTime, "02/01/2006 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil && !at.After(s.Letters.Clock.Now()) && at.Year() > 1990 {
			return at.UTC(), ""
		}
	}
	return at, RefusedDate
}

const membersOf = `UPDATE letter_subscriptions SET member_id = (SELECT m.id FROM members m WHERE m.tenant_id = ?tenant AND m.email = letter_subscriptions.email)
  WHERE tenant_id = ?tenant AND id IN (?0)`

// take adds those of some lines who are neither there nor kept away.
func (s *Subscriptions) take(ctx context.Context, tx database.Tx, list Brought, importID id.ID, lines []brought) (taken int, refused []RefusedLine, err error) {
	known, err := s.knownOf(ctx, tx, lines)
	if err != nil {
		return 0, nil, err
	}
	now := s.Letters.Clock.Now()
	var rows []Subscription
	var proofs []Consent
	var ids []id.ID
	for _, line := range lines {
		if why := known[line.address]; why != "" {
			refused = append(refused, RefusedLine{line.line, line.address, why})
			continue
		}
		row := Subscription{ID: id.New(now), Email: line.address, Language: line.language, News: list.News, Offers: list.Offers, CreatedAt: now, ConfirmedAt: now}
		rows, ids = append(rows, row), append(ids, row.ID)
		for _, purpose := range Purposes {
			if row.asks(purpose) {
				proofs = append(proofs, Consent{ID: id.New(now), SubscriptionID: row.ID, Purpose: purpose, Given: true, Way: ByImport,
					ImportID: importID, Source: line.source, At: line.at})
			}
		}
	}
	if len(rows) == 0 {
		return 0, refused, nil
	}
	if _, err := tx.Insert(&rows).Exec(ctx); err != nil {
		return 0, nil, err
	}
	if _, err := tx.Insert(&proofs).Exec(ctx); err != nil {
		return 0, nil, err
	}
	_, err = tx.Exec(ctx, membersOf, bun.List(ids))
	return len(rows), refused, err
}

// knownOf tells which addresses cannot be taken, and why.
func (s *Subscriptions) knownOf(ctx context.Context, tx database.Tx, lines []brought) (map[string]string, error) {
	var emails []string
	var letters []*Letter
	for n, line := range lines {
		emails = append(emails, line.address)
		letters = append(letters, &Letter{ID: id.ID(n + 1), Address: line.address, Kind: NewsletterKind})
	}
	known := map[string]string{}
	// Whoever refused one purpose is not asked about the other by a list.
	for _, kind := range []string{NewsletterKind, OffersKind} {
		for _, letter := range letters {
			letter.Kind = kind
		}
		kept, err := s.Letters.keptAll(ctx, tx, letters)
		if err != nil {
			return nil, err
		}
		for _, letter := range letters {
			if reason := kept[letter.ID]; reason != "" {
				known[letter.Address] = string(reason)
			}
		}
	}
	var there []Subscription
	if err := tx.Select(&there).Where("email IN (?)", bun.List(emails)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range there {
		switch {
		case row.ConfirmedAt.IsZero():
			known[row.Email] = RefusedWaiting
		case known[row.Email] == "" && !row.News && !row.Offers:
			known[row.Email] = RefusedOptOut
		case known[row.Email] == "":
			known[row.Email] = RefusedKnown
		}
	}
	return known, nil
}

// Export is everybody who gets letters, as CSV, with what proves that they
// agreed; it is noted who took it.
func (s *Subscriptions) Export(ctx context.Context, who actor.Actor) ([]byte, error) {
	if !s.Policy.Allows(who, "subscriber", "manage") {
		return nil, fault.NotFound
	}
	var out bytes.Buffer
	_, _ = out.WriteString("\ufeff") // so that spreadsheets read the accents
	writer := csv.NewWriter(&out)
	header := []string{"address", "language"}
	for _, purpose := range Purposes {
		name := string(purpose)
		header = append(header, name, name+" date", name+" way", name+" wording", name+" ip", name+" source")
	}
	_ = writer.Write(append(header, "confirmed"))
	noted := &SubscriptionList{Kind: ListExport, ByID: who.Member}
	err := s.Letters.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		for after := id.ID(0); ; {
			var rows []Subscription
			err := tx.Select(&rows).Where("id > ?", after).Order("id").Limit(rowsAtOnce).Scan(ctx)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].ID
			written, err := writeRows(ctx, tx, writer, rows)
			if err != nil {
				return err
			}
			noted.Taken += written
		}
		noted.At = s.Letters.Clock.Now()
		noted.ID = id.New(noted.At)
		_, err := tx.Insert(noted).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("export subscribers: %w", err)
	}
	writer.Flush()
	return out.Bytes(), writer.Error()
}

// writeRows writes those of some rows who get something.
func writeRows(ctx context.Context, tx database.Tx, writer *csv.Writer, rows []Subscription) (written int, err error) {
	ids := make([]id.ID, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	proofs, err := consentsOf(ctx, tx, ids...)
	if err != nil {
		return 0, err
	}
	type about struct {
		subscription id.ID
		purpose      Purpose
	}
	last := map[about]Consent{}
	for _, proof := range proofs {
		if proof.Given {
			last[about{proof.SubscriptionID, proof.Purpose}] = proof
		}
	}
	for _, row := range rows {
		if !row.Wants(ForNews) && !row.Wants(ForOffers) {
			continue
		}
		fields := []string{row.Email, row.Language}
		for _, purpose := range Purposes {
			proof := last[about{row.ID, purpose}]
			if !row.Wants(purpose) {
				fields = append(fields, "no", "", "", "", "", "")
				continue
			}
			fields = append(fields, "yes", proof.At.Format(time.RFC3339), proof.Way, proof.Wording, proof.IP, proof.Source)
		}
		fields = append(fields, row.ConfirmedAt.Format(time.RFC3339))
		for n, field := range fields {
			fields[n] = inert(field)
		}
		if err := writer.Write(fields); err != nil {
			return 0, err
		}
		written++
	}
	return written, nil
}

// inert keeps spreadsheets from computing what somebody typed (OWASP, CSV
// injection).
func inert(field string) string {
	if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
		return "'" + field
	}
	return field
}
