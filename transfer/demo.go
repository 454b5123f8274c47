package transfer

import "embed"

//go:embed demo/*.json
var demo embed.FS

// Demos names the demonstration communities, in the order in which they are shown.
var Demos = []string{"cornouaille", "villeray"}

// Demo returns the import file of a demonstration community, or that of the
// working group of 2019 ("groupe-de-travail-2019"); nil when there is none.
func Demo(name string) []byte {
	text, err := demo.ReadFile("demo/" + name + ".json")
	if err != nil {
		return nil
	}
	return text
}
