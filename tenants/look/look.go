// Package look turns the few colours a community chooses into everything it wears:
// about twenty tokens, light and dark, whose text is readable whatever was chosen.
package look

import (
	"fmt"
	"math"
	"strings"
)

// Seeds is what a community chooses; it is stored with its settings.
type Seeds struct {
	Brand        OKLCH    `json:"brand"`
	Accent       OKLCH    `json:"accent"`
	Spark        OKLCH    `json:"spark"`
	Leaf         OKLCH    `json:"leaf"`
	PaperHue     *float64 `json:"paper_hue,omitempty"`
	NightHue     *float64 `json:"night_hue,omitempty"`
	MistHue      *float64 `json:"mist_hue,omitempty"`
	OnBrandWhite bool     `json:"on_brand_white,omitempty"`
	Titles       string   `json:"titles"` // "serif" or "grotesk"
	Corner       int      `json:"corner"` // pixels; 0 squares everything
	Filet        string   `json:"filet"`  // "filet" or "awning"
	Pack         string   `json:"pack"`   // motifs: "cornouaille", "villeray" or "shared"
}

// Token is one custom property of the sheet, without its two dashes.
type Token struct{ Name, Hex string }

// Tokens computes the colours of one theme, in the sheet's order.
func (s Seeds) Tokens(dark bool) []Token {
	hue := orElse(s.PaperHue, s.Brand.H)
	neutral := lightNeutrals
	direction := down
	if dark {
		neutral, direction = darkNeutrals, up
	}
	paper, surface, wash := neutral.paper.at(hue), neutral.surface.at(hue), neutral.wash.at(hue)
	grounds := []string{paper, surface, wash}

	seed := s.Brand.offThePaper(paper, dark)
	brand, onBrand := fill(seed, hue)
	if s.OnBrandWhite {
		brand, onBrand = seed.fit([]string{white}, 4.5, down), white
	}
	accent, onAccent := fill(s.Accent, hue)

	// The bright word on a brand ground is the accent only where it shows.
	spot := onBrand
	if Contrast(accent, brand) >= 3 {
		spot = accent
	}

	state := lightStates
	if dark {
		state = darkStates
	}
	goodWash, badWash := state.goodWash.Hex(), state.badWash.Hex()
	accentWash := OKLCH{state.accentWashL, math.Min(state.accentWashC, s.Accent.C), s.Accent.H}.Hex()

	link := seed
	if dark {
		link.L, link.C = math.Max(seed.L, .7), math.Min(seed.C, .12)
	}
	linkHex := link.fit(append(grounds, accentWash), readable, direction)

	return []Token{
		{"paper", paper},
		{"surface", surface},
		{"wash", wash},
		{"line", neutral.line.at(hue)},
		{"ink", neutral.ink.at(hue)},
		{"soft", OKLCH{neutral.soft.L, neutral.soft.C, hue}.fit(append(grounds, accentWash), readable, direction)},
		{"link", linkHex},
		{"focus", linkHex},
		{"brand", brand},
		{"on-brand", onBrand},
		{"accent", accent},
		{"on-accent", onAccent},
		{"spot", spot},
		{"good", state.good.fit(append(grounds, goodWash), readable, direction)},
		{"bad", state.bad.fit(append(grounds, badWash), readable, direction)},
		{"good-wash", goodWash},
		{"bad-wash", badWash},
		{"accent-wash", accentWash},
	}
}

// Sheet is the community's CSS: seeds of shape, then both themes.
func (s Seeds) Sheet() []byte {
	var sheet strings.Builder
	sheet.WriteString(":root {\n  color-scheme: light dark;\n")
	sheet.WriteString(s.shape())
	writeTokens(&sheet, s.Tokens(false))
	sheet.WriteString("}\n@media (prefers-color-scheme: dark) {\n:root {\n")
	writeTokens(&sheet, s.Tokens(true))
	sheet.WriteString("}\n}\n")
	return []byte(sheet.String())
}

// readable is a little over AA's 4.5, so that rounding to hex cannot fall below it.
const readable = 4.6

type neutral struct{ L, C float64 }

func (n neutral) at(hue float64) string { return OKLCH{n.L, n.C, hue}.Hex() }

type neutrals struct{ paper, surface, wash, line, ink, soft neutral }

var (
	lightNeutrals = neutrals{
		paper: neutral{.988, .005}, surface: neutral{1, 0}, wash: neutral{.957, .017},
		line: neutral{.885, .022}, ink: neutral{.225, .05}, soft: neutral{.47, .04},
	}
	darkNeutrals = neutrals{
		paper: neutral{.185, .028}, surface: neutral{.225, .034}, wash: neutral{.262, .042},
		line: neutral{.36, .045}, ink: neutral{.945, .012}, soft: neutral{.76, .03},
	}
)

type states struct {
	good, bad, goodWash, badWash OKLCH
	accentWashL, accentWashC     float64
}

var (
	lightStates = states{
		good: OKLCH{.5, .12, 155}, goodWash: OKLCH{.95, .035, 155},
		bad: OKLCH{.55, .19, 27}, badWash: OKLCH{.955, .025, 27},
		accentWashL: .955, accentWashC: .05,
	}
	darkStates = states{
		good: OKLCH{.7, .12, 155}, goodWash: OKLCH{.29, .05, 155},
		bad: OKLCH{.7, .14, 27}, badWash: OKLCH{.28, .06, 27},
		accentWashL: .285, accentWashC: .042,
	}
)

// offThePaper keeps a seed, unless it would melt into the page.
func (c OKLCH) offThePaper(paper string, dark bool) OKLCH {
	for dark && c.L < 1 && Contrast(c.Hex(), paper) < 2 {
		c.L += up
	}
	for !dark && c.L > 0 && Contrast(c.Hex(), paper) < 1.25 {
		c.L += down
	}
	return c
}

// fill keeps the seed and chooses the text on it; only when neither white nor dark
// ink reads does its lightness give way.
func fill(seed OKLCH, hue float64) (ground, text string) {
	ground = seed.Hex()
	if Contrast(white, ground) >= 4.5 {
		return ground, white
	}
	ink := OKLCH{.2, .05, hue}.Hex()
	if Contrast(ink, ground) >= 4.5 {
		return ground, ink
	}
	return seed.fit([]string{white}, 4.5, down), white
}

func (s Seeds) shape() string {
	titles := `  --title-family: "Young Serif", "Young Serif fallback", "Young Serif narrow fallback", Georgia, serif; --title-weight: 400; --title-tracking: -.012em; --title-leading: 1.08;`
	if s.Titles == "grotesk" {
		titles = `  --title-family: "Figtree", "Figtree fallback", system-ui, sans-serif; --title-weight: 800; --title-tracking: -.035em; --title-leading: 1.02;`
	}
	pill := 999
	if s.Corner <= 0 {
		pill = 0
	}
	filet := `  --filet: linear-gradient(var(--link) 0 5px, transparent 5px 8px, var(--accent) 8px 10px) top / 100% 10px no-repeat;`
	if s.Filet == "awning" {
		filet = `  --filet: repeating-linear-gradient(90deg, var(--link) 0 28px, var(--accent) 28px 56px) top / 100% 7px no-repeat;`
	}
	return fmt.Sprintf("%s\n  --corner: %dpx; --pill: %dpx;\n%s\n", titles, max(0, s.Corner), pill, filet)
}

func writeTokens(sheet *strings.Builder, tokens []Token) {
	for _, token := range tokens {
		fmt.Fprintf(sheet, "  --%s: %s;\n", token.Name, token.Hex)
	}
}

func orElse(hue *float64, otherwise float64) float64 {
	if hue == nil {
		return otherwise
	}
	return *hue
}
