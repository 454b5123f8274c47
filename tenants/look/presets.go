package look

import (
	"fmt"
	"math"
)

var (
	// Cornouaille wears the four colours of Quimper faience on white glaze.
	Cornouaille = Seeds{
		Brand: OKLCH{.43, .175, 264}, Accent: OKLCH{.84, .16, 86},
		Spark: OKLCH{.64, .19, 33}, Leaf: OKLCH{.55, .095, 168},
		Titles: "serif", Corner: 14, Filet: "filet", Pack: "cornouaille",
	}
	// Villeray wears brick, lilac, lime and plum.
	Villeray = Seeds{
		Brand: OKLCH{.64, .215, 27}, Accent: OKLCH{.83, .085, 305},
		Spark: OKLCH{.89, .185, 121}, Leaf: OKLCH{.40, .13, 335},
		PaperHue: new(340.), NightHue: new(335.), MistHue: new(340.),
		OnBrandWhite: true,
		Titles:       "grotesk", Corner: 0, Filet: "awning", Pack: "villeray",
	}
	// Kumun is the operator's console: sea green, so that staff never mistake it for a community.
	Kumun = Seeds{
		Brand: OKLCH{.40, .085, 172}, Accent: OKLCH{.87, .12, 98},
		Spark: OKLCH{.66, .17, 35}, Leaf: OKLCH{.5, .1, 140},
		PaperHue: new(165.),
		Titles:   "serif", Corner: 14, Filet: "filet", Pack: "shared",
	}
)

// FromBrand dresses a new community from its one colour: the accent faces it on the
// colour wheel, the spark and the leaf stand a third away on either side, as in Cornouaille.
func FromBrand(hex string) (Seeds, error) {
	brand, err := ParseHex(hex)
	if err != nil {
		return Seeds{}, fmt.Errorf("dress from brand: %w", err)
	}
	hue := brand.H
	if brand.C < .02 { // a grey has no side of the wheel: let it stand beside sunflower
		hue = 264
	}
	turn := func(by float64) float64 { return math.Mod(hue+by, 360) }
	return Seeds{
		Brand: brand, Accent: OKLCH{.84, .16, turn(182)},
		Spark: OKLCH{.64, .19, turn(129)}, Leaf: OKLCH{.55, .095, turn(264)},
		Titles: "serif", Corner: 14, Filet: "filet", Pack: "shared",
	}, nil
}
