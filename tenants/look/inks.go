package look

import "math"

// Inks are the flat colours drawings are printed in; they are the same in both themes.
type Inks struct {
	Deep, Night, Brand, Sky, Mist, Paper string
	Accent, Spark, Leaf, Blush           string
}

func (s Seeds) Inks() Inks {
	brand, night := s.Brand, orElse(s.NightHue, s.Brand.H)
	return Inks{
		Deep:   OKLCH{.18, math.Min(.07, brand.C), night}.Hex(),
		Night:  OKLCH{.27, math.Min(.1, brand.C), night}.Hex(),
		Brand:  brand.Hex(),
		Sky:    OKLCH{.82, math.Min(.075, brand.C), brand.H}.Hex(),
		Mist:   OKLCH{.945, .028, orElse(s.MistHue, brand.H)}.Hex(),
		Paper:  OKLCH{.985, .008, 95}.Hex(),
		Accent: s.Accent.Hex(),
		Spark:  s.Spark.Hex(),
		Leaf:   s.Leaf.Hex(),
		Blush:  OKLCH{.90, math.Min(.06, s.Spark.C), s.Spark.H}.Hex(),
	}
}
