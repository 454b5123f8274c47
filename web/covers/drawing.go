package covers

import (
	"math"
	"strconv"
	"strings"
)

// Every drawing is made on a sheet of this size and cropped by whoever shows it.
const width, height = 480, 360

// drawing collects flat shapes. It knows no text, gradient, filter or style, which is
// what keeps a cover small, safe to serve and possible to print as PNG.
type drawing struct {
	palette
	chance
	shapes strings.Builder
}

// path fills each % of a path with the next number.
func path(template string, numbers ...float64) string {
	var out strings.Builder
	for _, letter := range template {
		if letter != '%' {
			out.WriteRune(letter)
			continue
		}
		out.WriteString(short(numbers[0]))
		numbers = numbers[1:]
	}
	return out.String()
}

// short keeps a tenth of a pixel.
func short(number float64) string {
	return strconv.FormatFloat(math.Round(number*10)/10+0, 'f', -1, 64)
}

type attribute struct{ name, value string }

func faded(opacity float64) attribute {
	return attribute{"opacity", strconv.FormatFloat(opacity, 'f', -1, 64)}
}

func dashed(pattern string) attribute { return attribute{"stroke-dasharray", pattern} }

func (d *drawing) shape(name string, attributes ...attribute) {
	d.shapes.WriteString("<" + name)
	for _, attribute := range attributes {
		d.shapes.WriteString(" " + attribute.name + `="` + attribute.value + `"`)
	}
	d.shapes.WriteString("/>")
}

func (d *drawing) fill(colour, path string, more ...attribute) {
	d.shape("path", append([]attribute{{"d", path}, {"fill", colour}}, more...)...)
}

func (d *drawing) stroke(colour string, width float64, path string, more ...attribute) {
	d.shape("path", append([]attribute{
		{"d", path}, {"fill", "none"}, {"stroke", colour}, {"stroke-width", short(width)},
	}, more...)...)
}

func (d *drawing) circle(colour string, x, y, radius float64, more ...attribute) {
	d.shape("circle", append([]attribute{
		{"cx", short(x)}, {"cy", short(y)}, {"r", short(radius)}, {"fill", colour},
	}, more...)...)
}

// ring is a circle's outline.
func (d *drawing) ring(colour string, width, x, y, radius float64, more ...attribute) {
	d.stroke(colour, width, path("M% %a% % 0 1 0 % 0a% % 0 1 0 % 0",
		x-radius, y, radius, radius, 2*radius, radius, radius, -2*radius), more...)
}

func (d *drawing) ellipse(colour string, x, y, radiusX, radiusY float64) {
	d.shape("ellipse", attribute{"cx", short(x)}, attribute{"cy", short(y)},
		attribute{"rx", short(radiusX)}, attribute{"ry", short(radiusY)}, attribute{"fill", colour})
}

func (d *drawing) rect(colour string, x, y, width, height float64, more ...attribute) {
	d.shape("rect", append([]attribute{
		{"x", short(x)}, {"y", short(y)}, {"width", short(width)}, {"height", short(height)}, {"fill", colour},
	}, more...)...)
}

// at draws around the origin, then moves, turns and sizes what was drawn.
func (d *drawing) at(x, y, angle, scale float64, draw func()) {
	d.shapes.WriteString(`<g transform="translate(` + short(x) + " " + short(y) + ")")
	if angle != 0 {
		d.shapes.WriteString(" rotate(" + short(angle) + ")")
	}
	if scale != 1 { // both factors: the PNG printer needs them
		factor := strconv.FormatFloat(math.Round(scale*100)/100, 'f', -1, 64)
		d.shapes.WriteString(" scale(" + factor + " " + factor + ")")
	}
	d.shapes.WriteString(`">`)
	draw()
	d.shapes.WriteString("</g>")
}

// touch is one loaded brush stroke, pointed at its start and round at its end: the
// stroke Quimper's painters build everything from.
func (d *drawing) touch(colour string, x, y, angle, length, width float64) {
	d.at(x, y, angle, 1, func() {
		d.fill(colour, path("M0 0C% % % % % %C% % % % % %C% % % % 0 0Z",
			width*.35, -length*.25, width, -length*.62, width*.5, -length*.9,
			width*.2, -length*1.05, -width*.35, -length, -width*.5, -length*.78,
			-width*.72, -length*.45, -width*.2, -length*.2))
	})
}

// swell is the line of a wave across the whole sheet.
func swell(y, amplitude, length, phase float64) string {
	line := path("M% %", phase-2*length, y)
	crest := path("q% % % 0t% 0", length/4, -amplitude, length/2, length/2)
	for x := phase - 2*length; x < width+length; x += length {
		line += crest
	}
	return line
}

// sea stacks waves from the horizon down to the foot of the sheet.
func (d *drawing) sea(horizon float64, colours ...string) {
	for i, colour := range colours {
		step := float64(i)
		y := horizon + step*(height-horizon)/float64(len(colours))
		phase := d.random() * 80
		d.fill(colour, swell(y, 14+step*5, 90+step*34, phase)+"V360H-200Z")
		foam := d.deep
		if colour == d.main {
			foam = d.ground
		}
		d.stroke(foam, 2.5, swell(y+11+step*2, 14+step*5, 90+step*34, phase), faded(.55))
	}
}

// chance is a small seeded source of numbers (mulberry32): the same cover, always.
type chance uint32

// random is from 0 to 1, without 1.
func (c *chance) random() float64 {
	*c += 0x6D2B79F5
	mixed := uint32(*c)
	mixed = (mixed ^ mixed>>15) * (mixed | 1)
	mixed ^= mixed + (mixed^mixed>>7)*(mixed|61)
	return float64(mixed^mixed>>14) / (1 << 32)
}

// among is a whole number from 0 to n, without n.
func (c *chance) among(n int) int { return int(c.random() * float64(n)) }

func (c *chance) oneOf(colours ...string) string { return colours[c.among(len(colours))] }
