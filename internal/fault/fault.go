// Package fault holds the few kinds of errors that people can be told about.
// Faces map each kind once to a status and a page; everything else is a 500.
package fault

import (
	"errors"
	"fmt"
)

// The kinds. What an actor may not see is NotFound, not Forbidden.
var (
	NotFound    = errors.New("not found")
	Forbidden   = errors.New("forbidden")
	Conflict    = errors.New("conflict")
	TooMany     = errors.New("too many")
	Unavailable = errors.New("unavailable")
	// SignIn means that a visitor must sign in before going on.
	SignIn = errors.New("sign-in needed")
)

// Field is what is wrong with one field of a form.
type Field struct {
	Name string // as the form names it
	Key  string // of the message in the catalogues
	Args map[string]any
}

// Invalid says which fields are wrong.
type Invalid struct {
	Fields []Field
}

func (i *Invalid) Error() string {
	text := "invalid:"
	for _, field := range i.Fields {
		text += fmt.Sprintf(" %s (%s)", field.Name, field.Key)
	}
	return text
}

// Add notes a field that is wrong. args alternate names and values.
func (i *Invalid) Add(name, key string, args ...any) {
	field := Field{Name: name, Key: key}
	for n := 0; n+1 < len(args); n += 2 {
		if field.Args == nil {
			field.Args = map[string]any{}
		}
		field.Args[fmt.Sprint(args[n])] = args[n+1]
	}
	i.Fields = append(i.Fields, field)
}

// OrNil is nil when no field is wrong.
func (i *Invalid) OrNil() error {
	if len(i.Fields) == 0 {
		return nil
	}
	return i
}

// InvalidField is an Invalid with one field.
func InvalidField(name, key string, args ...any) error {
	invalid := &Invalid{}
	invalid.Add(name, key, args...)
	return invalid
}
