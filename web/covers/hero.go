package covers

import (
	"embed"
	"strings"

	"github.com/kumun/kumun/tenants/look"
)

//go:embed hero/*.svg
var heroes embed.FS

// Hero is the wide drawing at the foot of a community's opening, in its inks. Its
// ground is the brand's, and its lower edge is cut by the sheet, in the theme's paper.
func Hero(seeds look.Seeds) []byte {
	drawing, err := heroes.ReadFile("hero/" + seeds.Pack + ".svg")
	if err != nil {
		drawing, _ = heroes.ReadFile("hero/shared.svg") // embedded: always there
	}
	ink := seeds.Inks()
	return []byte(strings.NewReplacer(
		"{night}", ink.Night, "{brand}", ink.Brand, "{sky}", ink.Sky, "{paper}", ink.Paper,
		"{accent}", ink.Accent, "{spark}", ink.Spark, "{leaf}", ink.Leaf, "{blush}", ink.Blush,
	).Replace(string(drawing)))
}
