// Package covers draws a picture for every piece that came without one, in its
// community's inks, with motifs of the place. The same piece has always the same cover.
package covers

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kumun/kumun/tenants/look"
)

// Piece is what a cover is drawn for.
type Piece struct {
	Tenant, ID string
	Kind       string // "guide" gives a plate; others lean towards some motifs
	Motif      string // asked for by the author, or empty
	Salt       int    // one more each time the author asks for another drawing
}

// Choice is what a piece got: enough, with the piece, to draw it again.
type Choice struct {
	Motif  string
	Ground int
}

// String is the choice as part of an address: "phare-4".
func (c Choice) String() string { return c.Motif + "-" + strconv.Itoa(c.Ground) }

// ParseChoice reads what String wrote.
func ParseChoice(text string) (Choice, bool) {
	name, number, _ := strings.Cut(text, "-")
	ground, err := strconv.Atoi(number)
	chosen, known := motifs[name]
	if err != nil || !known || !slices.Contains(chosen.grounds, ground) || strconv.Itoa(ground) != number {
		return Choice{}, false
	}
	return Choice{name, ground}, true
}

// Choose picks a motif and one of its grounds. Of the neighbours to avoid, neither
// motif nor ground is repeated while there is another.
func Choose(seeds look.Seeds, piece Piece, avoid ...Choice) Choice {
	groundTaken := func(ground int) bool {
		return slices.ContainsFunc(avoid, func(other Choice) bool { return other.Ground == ground })
	}
	motifTaken := func(name string) bool {
		repeated := slices.ContainsFunc(avoid, func(other Choice) bool { return other.Motif == name })
		return repeated || !slices.ContainsFunc(motifs[name].grounds, func(ground int) bool { return !groundTaken(ground) })
	}
	hash, name := piece.hash(), piece.Motif
	if _, known := motifs[name]; !known {
		name = firstFree(weighted(seeds.Pack, piece.Kind), hash, motifTaken)
	}
	return Choice{name, firstFree(motifs[name].grounds, hash>>8, groundTaken)}
}

// SVG draws the cover.
func SVG(seeds look.Seeds, piece Piece, choice Choice) []byte {
	return paint(seeds, piece, choice).svg()
}

// Kinds whose covers lean towards a sort of motif; the others take any.
var leaning = map[string]sort{
	"group": pattern, "question": pattern, "listing": object, "deal": object, "tip": scene, "event": scene,
}

// weighted is the pack, with what suits the kind in it twice.
func weighted(pack, kind string) []string {
	names := packs[pack]
	if names == nil {
		names = packs["shared"]
	}
	wanted, leans := leaning[kind]
	all := slices.Clone(names)
	for _, name := range names {
		if leans && motifs[name].sort == wanted {
			all = append(all, name)
		}
	}
	return all
}

// firstFree starts where the hash says and goes round once.
func firstFree[T any](all []T, hash uint32, taken func(T) bool) T {
	start := int(hash % uint32(len(all)))
	for step := range all {
		if candidate := all[(start+step)%len(all)]; !taken(candidate) {
			return candidate
		}
	}
	return all[start]
}

// hash is FNV-1a over the piece's name, the seed of all that varies.
func (p Piece) hash() uint32 {
	name := p.Tenant + "/" + p.ID
	if p.Salt != 0 {
		name += "/" + strconv.Itoa(p.Salt)
	}
	hash := uint32(2166136261)
	for _, letter := range name {
		hash = (hash ^ uint32(letter)) * 16777619
	}
	return hash
}

// cover is the finished drawing; a plate is framed by its ground like a porthole.
type cover struct {
	ground, inside string // colours
	picture        string // shapes
	plate          bool
	rim, paper     string
}

func paint(seeds look.Seeds, piece Piece, choice Choice) cover {
	inks, hash := seeds.Inks(), piece.hash()
	chosen := motifs[choice.Motif]
	colours := grounds(inks)[choice.Ground]
	d := drawing{palette: colours, chance: chance(hash)}
	chosen.draw(&d)

	made := cover{ground: colours.ground, inside: colours.ground, picture: d.shapes.String(), rim: inks.Brand, paper: inks.Paper}
	alreadyRound := choice.Motif == "faience" || choice.Motif == "galette"
	if piece.Kind == "guide" && !alreadyRound {
		made.plate = true
		made.ground = firstFree([]string{inks.Accent, inks.Sky, inks.Blush, inks.Mist}, hash>>16, func(colour string) bool {
			return colour == colours.ground
		})
	}
	return made
}

const (
	opening = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 360" width="480" height="360" preserveAspectRatio="xMidYMid slice" stroke-linecap="round" stroke-linejoin="round">`
	closing = `</svg>`

	plateX, plateY, plateRadius = 240, 180, 158
)

func (c cover) svg() []byte {
	var out bytes.Buffer
	out.WriteString(opening + sheetOf(c.ground))
	if !c.plate {
		out.WriteString(c.picture + closing)
		return out.Bytes()
	}
	fmt.Fprintf(&out, `<clipPath id="c"><circle cx="%d" cy="%d" r="%d"/></clipPath><g clip-path="url(#c)">`, plateX, plateY, plateRadius)
	out.WriteString(c.throughPorthole() + `</g>` + c.rims() + closing)
	return out.Bytes()
}

func (c cover) throughPorthole() string {
	return sheetOf(c.inside) + `<g transform="translate(24 18) scale(.9 .9)">` + c.picture + `</g>`
}

func (c cover) rims() string {
	var d drawing
	d.ring(c.rim, 8, plateX, plateY, plateRadius)
	d.ring(c.paper, 4, plateX, plateY, plateRadius+12)
	return d.shapes.String()
}

func sheetOf(colour string) string {
	return `<rect width="480" height="360" fill="` + colour + `"/>`
}
