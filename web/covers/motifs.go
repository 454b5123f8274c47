package covers

import (
	"maps"
	"slices"
)

type motif struct {
	draw    func(*drawing)
	sort    sort
	grounds []int // those that flatter it, by position
}

type sort int

const (
	scene sort = iota
	object
	pattern
)

var motifs = map[string]motif{
	"algues":    {seaweed, scene, []int{0, 2, 5, 3}},
	"bol":       {bowl, object, []int{2, 5, 3}},
	"carte":     {chart, object, []int{0, 3}},
	"coiffe":    {lace, pattern, []int{0, 5, 3}},
	"crachin":   {drizzle, scene, []int{3, 0, 5}},
	"faience":   {faience, object, []int{1, 2, 3, 4, 6}},
	"filet":     {net, pattern, []int{3, 5, 0}},
	"galette":   {galette, object, []int{1, 3, 6, 4}},
	"hermine":   {ermine, pattern, []int{0, 2, 5, 3}},
	"hortensia": {hydrangea, object, []int{2, 5, 0, 4}},
	"mariniere": {mariniere, pattern, []int{0, 5, 2}},
	"menhirs":   {standingStones, scene, []int{5, 3, 0, 1}},
	"phare":     {lighthouse, scene, []int{4, 3, 1, 5}},
	"quai":      {quay, scene, []int{3, 5, 1, 4}},
	"sardines":  {sardines, pattern, []int{0, 2, 3, 5}},
	"sentier":   {coastPath, scene, []int{5, 3, 0}},
	"vagues":    {waves, scene, []int{0, 2, 3, 5, 4}},
	"voiles":    {sails, scene, []int{0, 5, 3, 2}},

	"bagel":    {bagels, pattern, []int{2, 0, 3}},
	"escalier": {staircase, scene, []int{0}},
	"linge":    {laundry, pattern, []int{3, 0, 5}},
	"neige":    {snow, scene, []int{4, 1, 3}},
	"triplex":  {triplex, scene, []int{3, 5, 2}},
	"velo":     {bicycle, object, []int{3, 2, 0}},
}

// packs are the motifs a community draws from; the last is for places not yet drawn.
var packs = map[string][]string{
	"cornouaille": {
		"vagues", "phare", "mariniere", "hermine", "carte", "hortensia", "faience", "voiles", "quai",
		"sardines", "menhirs", "algues", "bol", "galette", "filet", "sentier", "crachin", "coiffe",
	},
	"villeray": {"escalier", "triplex", "linge", "neige", "bagel", "velo", "crachin", "hortensia", "quai"},
	"shared":   {"crachin", "hortensia", "quai", "sentier", "linge", "velo", "carte", "algues"},
}

// Motifs lists the names an author may ask for.
func Motifs() []string { return slices.Sorted(maps.Keys(motifs)) }
