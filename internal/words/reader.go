package words

import "context"

type languageKey struct{}

// WithLanguage notes in which language somebody reads: it travels with a
// request down to the store, which has pieces in several.
func WithLanguage(ctx context.Context, language string) context.Context {
	return context.WithValue(ctx, languageKey{}, language)
}

// LanguageOf is what WithLanguage noted; "" where nobody reads.
func LanguageOf(ctx context.Context) string {
	language, _ := ctx.Value(languageKey{}).(string)
	return language
}
