package covers

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"strings"

	"github.com/fyne-io/oksvg"
	"github.com/kumun/kumun/tenants/look"
	"github.com/srwiley/rasterx"
)

// PNG prints the cover for mails and previews: the SVG, cropped to the size asked.
func PNG(seeds look.Seeds, piece Piece, choice Choice, wide, high int) ([]byte, error) {
	page := image.NewRGBA(image.Rect(0, 0, wide, high))
	if err := paint(seeds, piece, choice).print(page); err != nil {
		return nil, fmt.Errorf("print cover of %s/%s: %w", piece.Tenant, piece.ID, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, page); err != nil {
		return nil, fmt.Errorf("encode cover of %s/%s: %w", piece.Tenant, piece.ID, err)
	}
	return out.Bytes(), nil
}

func (c cover) print(page *image.RGBA) error {
	if !c.plate {
		return rasterise(page, sheetOf(c.ground)+c.picture)
	}
	// The rasteriser knows no clip path: the porthole is a mask.
	inside, porthole := image.NewRGBA(page.Rect), image.NewRGBA(page.Rect)
	var disc drawing
	disc.circle("#000", plateX, plateY, plateRadius)
	for _, layer := range []struct {
		on     *image.RGBA
		shapes string
	}{{page, sheetOf(c.ground)}, {inside, c.throughPorthole()}, {porthole, disc.shapes.String()}} {
		if err := rasterise(layer.on, layer.shapes); err != nil {
			return err
		}
	}
	draw.DrawMask(page, page.Rect, inside, image.Point{}, porthole, image.Point{}, draw.Over)
	return rasterise(page, c.rims())
}

// rasterise fills the page as "slice" does: covered whole, centred, the excess cut.
func rasterise(page *image.RGBA, shapes string) error {
	icon, err := oksvg.ReadIconStream(strings.NewReader(opening+shapes+closing), oksvg.StrictErrorMode)
	if err != nil {
		return fmt.Errorf("read shapes: %w", err)
	}
	wide, high := page.Rect.Dx(), page.Rect.Dy()
	scale := math.Max(float64(wide)/width, float64(high)/height)
	across, down := width*scale, height*scale
	icon.SetTarget((float64(wide)-across)/2, (float64(high)-down)/2, across, down)
	icon.Draw(rasterx.NewDasher(wide, high, &scanner{page: page}), 1)
	return nil
}
