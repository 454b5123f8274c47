package kit

import (
	"errors"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/words"
)

// Form is what was typed, and what is wrong with it.
type Form struct {
	Values   url.Values
	Problems []fault.Field

	files map[string][]*multipart.FileHeader
}

// NewForm is a form that shows the given values: pairs of name and value.
func NewForm(pairs ...string) *Form {
	form := &Form{Values: url.Values{}}
	for n := 0; n+1 < len(pairs); n += 2 {
		form.Values.Set(pairs[n], pairs[n+1])
	}
	return form
}

// formMemory is how much of a form is held in memory; the rest goes to disk.
const formMemory = 1 << 20

// Form reads what was sent. A body that is no form reads as an empty one.
func (r *Request) Form() *Form {
	request := r.Gin.Request
	if strings.HasPrefix(request.Header.Get("Content-Type"), "multipart/") {
		_ = request.ParseMultipartForm(formMemory)
	} else {
		_ = request.ParseForm()
	}
	form := &Form{Values: request.PostForm}
	if form.Values == nil {
		form.Values = url.Values{}
	}
	if request.MultipartForm != nil {
		form.files = request.MultipartForm.File
	}
	return form
}

// Invalid gives back the form with its problems when that is what the error
// says; nothing typed is lost.
func (r *Request) Invalid(err error) (*Form, bool) {
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) {
		return nil, false
	}
	form := r.Form()
	form.Problems = invalid.Fields
	return form, true
}

// Value is what one field holds, without the spaces around it.
func (f *Form) Value(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// Has tells whether a box or a choice is set.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// File is an uploaded file, when one was chosen.
func (f *Form) File(name string) (*multipart.FileHeader, bool) {
	if len(f.files[name]) == 0 || f.files[name][0].Size == 0 {
		return nil, false
	}
	return f.files[name][0], true
}

// problem is the message at a field, or "".
func (f *Form) problem(w *words.Words, name string) string {
	for _, field := range f.Problems {
		if field.Name != name {
			continue
		}
		args := make([]any, 0, 2*len(field.Args))
		for key, value := range field.Args {
			args = append(args, key, value)
		}
		return w.T(field.Key, args...)
	}
	return ""
}

// Input describes a field. Label, Hint and Placeholder are words, not keys.
type Input struct {
	Name, Label, Hint, Placeholder string
	// Type is text unless said otherwise.
	Type         string
	Autocomplete string
	Required     bool
	// Max is the length at which the browser stops; the service decides.
	Max int
	// Rows is the height of a text area.
	Rows int
	// Accept lists the files a file field takes.
	Accept string
}

func (i Input) kind() string {
	if i.Type == "" {
		return "text"
	}
	return i.Type
}

// described lists the elements that explain a field to a screen reader.
func (i Input) described(f *Form, w *words.Words) string {
	var parts []string
	if i.Hint != "" {
		parts = append(parts, i.Name+"-hint")
	}
	if f.problem(w, i.Name) != "" {
		parts = append(parts, i.Name+"-oops")
	}
	return strings.Join(parts, " ")
}

// Option is one of several choices.
type Option struct{ Value, Label, Hint string }
