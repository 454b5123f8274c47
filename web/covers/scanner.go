package covers

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// scanner fills outlines for rasterx. Its own walks over the whole page for each shape,
// which costs seconds on a hydrangea's thousand petals; this one touches only the
// rectangle the shape lies in.
type scanner struct {
	page   *image.RGBA
	ink    image.Uniform
	points []point
	raster vector.Rasterizer
}

type point struct {
	fixed.Point26_6
	starts bool
}

func (s *scanner) Start(at fixed.Point26_6) { s.points = append(s.points, point{at, true}) }
func (s *scanner) Line(to fixed.Point26_6)  { s.points = append(s.points, point{to, false}) }
func (s *scanner) Clear()                   { s.points = s.points[:0] }
func (s *scanner) SetBounds(_, _ int)       {}
func (s *scanner) SetWinding(bool)          {} // covers need none but the non-zero rule
func (s *scanner) SetClip(image.Rectangle)  {}

// SetColor gets flat colours only: covers hold no gradient.
func (s *scanner) SetColor(ink any) {
	if flat, is := ink.(color.Color); is {
		s.ink.C = flat
	}
}

func (s *scanner) GetPathExtent() fixed.Rectangle26_6 {
	if len(s.points) == 0 {
		return fixed.Rectangle26_6{}
	}
	extent := fixed.Rectangle26_6{Min: s.points[0].Point26_6, Max: s.points[0].Point26_6}
	for _, at := range s.points {
		extent.Min.X, extent.Max.X = min(extent.Min.X, at.X), max(extent.Max.X, at.X)
		extent.Min.Y, extent.Max.Y = min(extent.Min.Y, at.Y), max(extent.Max.Y, at.Y)
	}
	return extent
}

func (s *scanner) Draw() {
	extent := s.GetPathExtent()
	area := image.Rect(extent.Min.X.Floor(), extent.Min.Y.Floor(), extent.Max.X.Ceil(), extent.Max.Y.Ceil()).
		Intersect(s.page.Rect)
	if area.Empty() {
		return
	}
	s.raster.Reset(area.Dx(), area.Dy())
	s.raster.DrawOp = draw.Over
	for _, at := range s.points { // never closed here: a stroke's two sides come in pieces
		x, y := float32(at.X)/64-float32(area.Min.X), float32(at.Y)/64-float32(area.Min.Y)
		if at.starts {
			s.raster.MoveTo(x, y)
			continue
		}
		s.raster.LineTo(x, y)
	}
	s.raster.Draw(s.page, area, &s.ink, image.Point{})
}
