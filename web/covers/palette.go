package covers

import "github.com/kumun/kumun/tenants/look"

// palette is what a motif paints with: roles that each ground fills with other inks.
type palette struct {
	ground, main, second string
	light                string // sun, lamp, beam
	deep                 string // night and outlines
	pale                 string
	hot                  string // the one that stands out
	white                string

	// the same on every ground
	accent, spark, brand, sky, leaf string
}

// grounds are the papers a cover is printed on; motifs name those that flatter them
// by position.
func grounds(ink look.Inks) []palette {
	all := []palette{
		{ground: ink.Mist, main: ink.Brand, second: ink.Sky, light: ink.Accent, deep: ink.Night, pale: ink.Paper, hot: ink.Spark},
		{ground: ink.Brand, main: ink.Sky, second: ink.Accent, light: ink.Accent, deep: ink.Night, pale: ink.Mist, hot: ink.Spark},
		{ground: ink.Accent, main: ink.Brand, second: ink.Paper, light: ink.Spark, deep: ink.Night, pale: ink.Mist, hot: ink.Spark},
		{ground: ink.Sky, main: ink.Brand, second: ink.Paper, light: ink.Accent, deep: ink.Night, pale: ink.Mist, hot: ink.Spark},
		{ground: ink.Night, main: ink.Brand, second: ink.Sky, light: ink.Accent, deep: ink.Deep, pale: ink.Mist, hot: ink.Spark},
		{ground: ink.Blush, main: ink.Brand, second: ink.Spark, light: ink.Accent, deep: ink.Night, pale: ink.Paper, hot: ink.Spark},
		{ground: ink.Spark, main: ink.Night, second: ink.Blush, light: ink.Accent, deep: ink.Night, pale: ink.Paper, hot: ink.Paper},
	}
	for i := range all {
		all[i].white = ink.Paper
		all[i].accent, all[i].spark, all[i].brand = ink.Accent, ink.Spark, ink.Brand
		all[i].sky, all[i].leaf = ink.Sky, ink.Leaf
	}
	return all
}
