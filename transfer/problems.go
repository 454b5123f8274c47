package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Problem says where a file is wrong, as a JSON path such as $.posts[3].by, and why.
type Problem struct{ Path, Why string }

// Problems is everything that is wrong with a file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for n, problem := range p {
		lines[n] = problem.Path + ": " + problem.Why
	}
	return strings.Join(lines, "\n")
}

// More than the format ever needs; they keep a hostile file from exhausting
// the stack, or the memory with the paths of its values.
const (
	deepest     = 20
	longestName = 60
)

// reading collects the problems of one file. encoding/json stops at the first
// problem and names no path, so the file is read as a tree and then field by field.
type reading struct {
	now      time.Time
	problems Problems
}

func (r *reading) wrong(path, why string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(why, args...)})
}

// record is a JSON object that knows which of its fields have been asked for.
type record struct {
	in     *reading
	path   string
	names  []string // in the file's order
	fields map[string]any
	read   map[string]bool
}

// tree reads the whole text as one object; nil when it is not JSON.
func (r *reading) tree(text []byte) *record {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := r.value(decoder, "$", 0)
	if err == nil && decoder.More() {
		err = fmt.Errorf("something follows the closing brace")
	}
	if err != nil {
		line := 1 + bytes.Count(text[:min(int(decoder.InputOffset()), len(text))], []byte("\n"))
		r.wrong("$", "not JSON, near line %d: %v", line, strings.TrimPrefix(err.Error(), "json: "))
		return nil
	}
	root, ok := value.(*record)
	if !ok {
		r.wrong("$", "want an object")
		return nil
	}
	return root
}

func (r *reading) value(decoder *json.Decoder, path string, depth int) (any, error) {
	token, err := decoder.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if depth > deepest {
		return nil, fmt.Errorf("nested more than %d deep", deepest)
	}
	switch token {
	case json.Delim('{'):
		return r.object(decoder, path, depth+1)
	case json.Delim('['):
		return r.list(decoder, path, depth+1)
	}
	return token, nil
}

func (r *reading) object(decoder *json.Decoder, path string, depth int) (*record, error) {
	object := &record{in: r, path: path, fields: map[string]any{}, read: map[string]bool{}}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // the decoder lets only strings name fields
		if len(name) > longestName {
			return nil, fmt.Errorf("a key of %d bytes", len(name))
		}
		value, err := r.value(decoder, object.at(name), depth)
		if err != nil {
			return nil, err
		}
		if _, twice := object.fields[name]; twice {
			r.wrong(object.at(name), "is there twice")
			continue
		}
		object.names = append(object.names, name)
		object.fields[name] = value
	}
	_, err := decoder.Token()
	return object, err
}

func (r *reading) list(decoder *json.Decoder, path string, depth int) ([]any, error) {
	list := []any{}
	for decoder.More() {
		value, err := r.value(decoder, fmt.Sprintf("%s[%d]", path, len(list)), depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := decoder.Token()
	return list, err
}

func (o *record) at(name string) string { return o.path + "." + name }

func (o *record) wrong(name, why string, args ...any) { o.in.wrong(o.at(name), why, args...) }

// has tells whether the field is there and not null.
func (o *record) has(name string) bool { return o.fields[name] != nil }

// take returns a field and remembers that it was asked for.
func (o *record) take(name string) any {
	o.read[name] = true
	return o.fields[name]
}

// done reports the fields that nobody asked for.
func (o *record) done() {
	for _, name := range o.names {
		if !o.read[name] {
			o.wrong(name, "unknown key")
		}
	}
}

// text reads a string of least to most signs; least 0 makes it optional.
func (o *record) text(name string, least, most int) string {
	value := o.take(name)
	if value == nil {
		if least > 0 {
			o.wrong(name, "is missing")
		}
		return ""
	}
	text, ok := value.(string)
	if !ok {
		o.wrong(name, "want a text")
		return ""
	}
	return o.in.bounded(o.at(name), text, least, most)
}

func (r *reading) bounded(path, text string, least, most int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	signs := utf8.RuneCountInString(text)
	if signs < least {
		r.wrong(path, "has %d signs, at least %d are needed", signs, least)
	}
	if signs > most {
		r.wrong(path, "has %d signs, at most %d fit", signs, most)
	}
	if strings.ContainsFunc(text, forbiddenControl) {
		r.wrong(path, "holds a control sign")
	}
	return text
}

func forbiddenControl(sign rune) bool {
	return sign < ' ' && sign != '\n' && sign != '\t' || sign == 0x7f
}

// line reads a text without a line break.
func (o *record) line(name string, least, most int) string {
	text := o.text(name, least, most)
	if strings.ContainsAny(text, "\n\t") {
		o.wrong(name, "must be one line")
	}
	return text
}

var (
	keyPattern      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	languagePattern = regexp.MustCompile(`^[a-z]{2}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

// matching reads an optional line of a given form.
func (o *record) matching(name string, form *regexp.Regexp, want string) string {
	text := o.line(name, 0, 60)
	if text != "" && !form.MatchString(text) {
		o.wrong(name, "%q is not %s", text, want)
	}
	return text
}

// key reads the name by which other parts of the file refer to this one.
func (o *record) key(taken map[string]bool) string {
	if !o.has("key") {
		o.read["key"] = true
		o.wrong("key", "is missing")
		return ""
	}
	key := o.matching("key", keyPattern, "a key (small letters, digits, single hyphens)")
	if taken[key] {
		o.wrong("key", "%q is taken by an earlier one", key)
	}
	taken[key] = true
	return key
}

// reference reads the key of something read earlier.
func (o *record) reference(name, what string, known map[string]bool, needed bool) string {
	least := 0
	if needed {
		least = 1
	}
	key := o.line(name, least, 60)
	if key != "" && !known[key] {
		o.wrong(name, "there is no %s %q", what, key)
		return ""
	}
	return key
}

func (o *record) choice(name string, needed bool, options ...string) string {
	least := 0
	if needed {
		least = 1
	}
	text := o.line(name, least, 60)
	if text != "" && !slices.Contains(options, text) {
		o.wrong(name, "%q is none of %s", text, strings.Join(options, ", "))
		return ""
	}
	return text
}

func (o *record) email(name string) string {
	text := strings.ToLower(o.line(name, 0, 254))
	if text == "" {
		return ""
	}
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		o.wrong(name, "%q is not an e-mail address", text)
	}
	return text
}

func (o *record) number(name string, least, most int) int {
	value := o.take(name)
	if value == nil {
		return 0
	}
	return o.in.number(o.at(name), value, least, most)
}

func (r *reading) number(path string, value any, least, most int) int {
	number, _ := value.(json.Number)
	n, err := number.Int64()
	if err != nil {
		r.wrong(path, "want a whole number")
		return 0
	}
	if n < int64(least) || n > int64(most) {
		r.wrong(path, "%d is not from %d to %d", n, least, most)
		return 0
	}
	return int(n)
}

func (o *record) flag(name string, otherwise bool) bool {
	value := o.take(name)
	if value == nil {
		return otherwise
	}
	flag, ok := value.(bool)
	if !ok {
		o.wrong(name, "want true or false")
	}
	return flag
}

// moment reads a date; the zero time when there is none.
func (o *record) moment(name string, needed bool) time.Time {
	least := 0
	if needed {
		least = 1
	}
	text := o.line(name, least, 40)
	if text == "" {
		return time.Time{}
	}
	moment, err := ParseDate(text, o.in.now)
	if err != nil {
		o.wrong(name, "%v", err)
	}
	return moment
}

// past reads a date that may not lie ahead, nor before what it follows.
func (o *record) past(name string, needed bool, after time.Time) time.Time {
	moment := o.moment(name, needed)
	if moment.After(o.in.now) {
		o.wrong(name, "lies in the future")
	}
	if !moment.IsZero() && moment.Before(after) {
		o.wrong(name, "comes before what it follows")
	}
	return moment
}

func (o *record) values(name string) []any {
	value := o.take(name)
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		o.wrong(name, "want a list")
	}
	return list
}

// lines reads a list of distinct texts.
func (o *record) lines(name string, most, signs int) []string {
	var lines []string
	values := o.values(name)
	if len(values) > most {
		o.wrong(name, "has %d entries, at most %d fit", len(values), most)
	}
	for n, value := range values {
		path := fmt.Sprintf("%s[%d]", o.at(name), n)
		text, ok := value.(string)
		if !ok {
			o.in.wrong(path, "want a text")
			continue
		}
		text = o.in.bounded(path, text, 1, signs)
		if slices.Contains(lines, text) {
			o.in.wrong(path, "%q is there twice", text)
		}
		lines = append(lines, text)
	}
	return lines
}

// numbers reads a list of distinct whole numbers, sorted.
func (o *record) numbers(name string, least, most int) []int {
	found := map[int]bool{}
	for n, value := range o.values(name) {
		path := fmt.Sprintf("%s[%d]", o.at(name), n)
		number := o.in.number(path, value, least, most)
		if found[number] {
			o.in.wrong(path, "%d is there twice", number)
		}
		found[number] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// records reads a list of objects; the caller reads and closes each.
func (o *record) records(name string) []*record {
	var records []*record
	for n, value := range o.values(name) {
		each, ok := value.(*record)
		if !ok {
			o.in.wrong(fmt.Sprintf("%s[%d]", o.at(name), n), "want an object")
			continue
		}
		records = append(records, each)
	}
	return records
}

// record reads an object; nil when it is not there.
func (o *record) record(name string) *record {
	value := o.take(name)
	if value == nil {
		return nil
	}
	each, ok := value.(*record)
	if !ok {
		o.wrong(name, "want an object")
	}
	return each
}
