package covers

import (
	"bytes"
	_ "embed" // the two typefaces of titles
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/kumun/kumun/tenants/look"
)

// What those who show a link expect of its picture.
const PreviewWidth, PreviewHeight = 1200, 630

// Preview is the picture that stands beside a link: the cover, and on the
// community's paper what the piece is, its title and where it comes from.
type Preview struct {
	Seeds                  look.Seeds
	Community, Kind, Title string
	Piece                  Piece
	Choice                 Choice
}

// Version changes whenever the picture does.
func (p Preview) Version() string {
	sum := fnv.New64a()
	_, _ = fmt.Fprintln(sum, p.Seeds.Inks(), p.Seeds.Titles, p.Community, p.Kind, p.Title, p.Piece, p.Choice)
	return strconv.FormatUint(sum.Sum64(), 36)
}

// Where things stand on the sheet: the text on its left, the cover on its right.
const (
	sheetEdge   = 640
	sheetMargin = 64
	columnWidth = sheetEdge - 2*sheetMargin
)

// PNG draws the preview.
func (p Preview) PNG() ([]byte, error) {
	page := image.NewRGBA(image.Rect(0, 0, PreviewWidth, PreviewHeight))
	drawn := image.NewRGBA(image.Rect(0, 0, PreviewWidth-sheetEdge, PreviewHeight))
	if err := paint(p.Seeds, p.Piece, p.Choice).print(drawn); err != nil {
		return nil, fmt.Errorf("draw preview of %s/%s: %w", p.Piece.Tenant, p.Piece.ID, err)
	}
	colours := map[string]color.Color{}
	for _, token := range p.Seeds.Tokens(false) {
		colours[token.Name] = colourOf(token.Hex)
	}
	fill(page, page.Rect, colours["paper"])
	fill(page, image.Rect(0, 0, sheetEdge, 14), colours["brand"])
	fill(page, image.Rect(0, 14, sheetEdge, 20), colours["accent"])
	draw.Draw(page, drawn.Rect.Add(image.Pt(sheetEdge, 0)), drawn, image.Point{}, draw.Src)

	faces := typefaces()
	titles := faces.serif
	if p.Seeds.Titles == "grotesk" {
		titles = faces.bold
	}
	written := writing{page}
	written.line(faces.bold, 28, colours["link"], 104, p.Kind)
	size, lines := fitted(titles, p.Title)
	for n, line := range lines {
		written.line(titles, size, colours["ink"], 122+size+float64(n)*size*1.12, line)
	}
	written.line(faces.bold, 30, colours["ink"], PreviewHeight-58, p.Community)

	var out bytes.Buffer
	if err := png.Encode(&out, page); err != nil {
		return nil, fmt.Errorf("encode preview of %s/%s: %w", p.Piece.Tenant, p.Piece.ID, err)
	}
	return out.Bytes(), nil
}

var (
	//go:embed fonts/young-serif.ttf
	youngSerif []byte
	//go:embed fonts/figtree-bold.ttf
	figtreeBold []byte
)

type faces struct{ serif, bold *opentype.Font }

var typefaces = sync.OnceValue(func() faces {
	return faces{mustParse(youngSerif), mustParse(figtreeBold)}
})

func mustParse(content []byte) *opentype.Font {
	parsed, err := opentype.Parse(content)
	if err != nil {
		panic("covers: " + err.Error()) // embedded: only a wrong file in this package
	}
	return parsed
}

// fitted sets a title as large as leaves it room.
func fitted(titles *opentype.Font, title string) (size float64, lines []string) {
	const tallest = 360
	for size = 76; ; size -= 6 {
		lines = wrapped(titles, size, title)
		if size <= 34 || float64(len(lines))*size*1.12 <= tallest && widest(titles, size, lines) <= columnWidth {
			return size, lines
		}
	}
}

func wrapped(titles *opentype.Font, size float64, text string) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsFuncSeq(text, isBreak) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && widest(titles, size, []string{longer}) > columnWidth {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, line)
}

// isBreak leaves alone the spaces that do not break.
func isBreak(sign rune) bool { return sign == ' ' }

func widest(typeface *opentype.Font, size float64, lines []string) int {
	face := faceOf(typeface, size)
	most := 0
	for _, line := range lines {
		most = max(most, font.MeasureString(face, known(typeface, line)).Ceil())
	}
	return most
}

func faceOf(typeface *opentype.Font, size float64) font.Face {
	face, err := opentype.NewFace(typeface, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("covers: " + err.Error()) // NewFace fails for no options of ours
	}
	return face
}

// known drops the signs that the typeface does not have: an empty box says
// less than nothing.
func known(typeface *opentype.Font, text string) string {
	return strings.Map(func(sign rune) rune {
		if sign == '\u202f' {
			sign = '\u00a0'
		}
		if glyph, err := typeface.GlyphIndex(nil, sign); err != nil || glyph == 0 {
			return -1
		}
		return sign
	}, text)
}

type writing struct{ page *image.RGBA }

// line writes in the left column, cut where it would run into the cover.
func (w writing) line(typeface *opentype.Font, size float64, ink color.Color, baseline float64, text string) {
	column, _ := w.page.SubImage(image.Rect(0, 0, sheetEdge, PreviewHeight)).(*image.RGBA)
	pen := font.Drawer{Dst: column, Src: image.NewUniform(ink), Face: faceOf(typeface, size),
		Dot: fixed.Point26_6{X: fixed.I(sheetMargin), Y: fixed.Int26_6(baseline * 64)}}
	pen.DrawString(known(typeface, text))
}

func fill(page *image.RGBA, area image.Rectangle, ink color.Color) {
	draw.Draw(page, area, image.NewUniform(ink), image.Point{}, draw.Src)
}

// colourOf reads "#rrggbb", as looks write it.
func colourOf(hex string) color.Color {
	value, _ := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	return color.RGBA{uint8(value >> 16), uint8(value >> 8), uint8(value), 255}
}
