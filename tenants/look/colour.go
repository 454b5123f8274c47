package look

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// OKLCH is a colour by lightness (0 to 1), chroma (0 to about .37) and hue (degrees).
// Equal steps look equal, which is what lets contrast be fitted by moving L alone.
type OKLCH struct{ L, C, H float64 }

func (c OKLCH) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]float64{c.L, c.C, c.H})
}

func (c *OKLCH) UnmarshalJSON(text []byte) error {
	var parts []float64
	if err := json.Unmarshal(text, &parts); err != nil {
		return fmt.Errorf("read colour: %w", err)
	}
	if len(parts) != 3 {
		return fmt.Errorf("read colour: want [lightness, chroma, hue], got %d numbers", len(parts))
	}
	c.L, c.C, c.H = parts[0], parts[1], parts[2]
	return nil
}

// Hex is the nearest sRGB colour of the same lightness and hue, as "#rrggbb".
func (c OKLCH) Hex() string {
	linear := c.clip().linear()
	var bytes [3]int
	for i, v := range linear {
		bytes[i] = int(math.Round(encodeGamma(math.Min(1, math.Max(0, v))) * 255))
	}
	return fmt.Sprintf("#%02x%02x%02x", bytes[0], bytes[1], bytes[2])
}

// ParseHex reads "#rrggbb".
func ParseHex(text string) (OKLCH, error) {
	rgb, err := parseHex(text)
	if err != nil {
		return OKLCH{}, err
	}
	r, g, b := decodeGamma(rgb[0]), decodeGamma(rgb[1]), decodeGamma(rgb[2])
	l := math.Cbrt(.4122214708*r + .5363325363*g + .0514459929*b)
	m := math.Cbrt(.2119034982*r + .6806995451*g + .1073969566*b)
	s := math.Cbrt(.0883024619*r + .2817188376*g + .6299787005*b)
	lightness := .2104542553*l + .7936177850*m - .0040720468*s
	a := 1.9779984951*l - 2.4285922050*m + .4505937099*s
	bb := .0259040371*l + .7827717662*m - .8086757660*s
	return OKLCH{lightness, math.Hypot(a, bb), degrees(math.Atan2(bb, a))}, nil
}

// Contrast is WCAG's ratio between two "#rrggbb" colours, from 1 to 21.
func Contrast(one, other string) float64 {
	a, b := luminance(one), luminance(other)
	return (math.Max(a, b) + .05) / (math.Min(a, b) + .05)
}

// clip lowers chroma until the colour exists in sRGB.
func (c OKLCH) clip() OKLCH {
	if c.inGamut() {
		return c
	}
	low, high := 0., c.C
	for range 18 {
		middle := (low + high) / 2
		if (OKLCH{c.L, middle, c.H}).inGamut() {
			low = middle
		} else {
			high = middle
		}
	}
	return OKLCH{c.L, low, c.H}
}

func (c OKLCH) inGamut() bool {
	for _, v := range c.linear() {
		if v < -1e-4 || v > 1.0001 {
			return false
		}
	}
	return true
}

func (c OKLCH) linear() [3]float64 {
	hue := c.H * math.Pi / 180
	a, b := c.C*math.Cos(hue), c.C*math.Sin(hue)
	l := cube(c.L + .3963377774*a + .2158037573*b)
	m := cube(c.L - .1055613458*a - .0638541728*b)
	s := cube(c.L - .0894841775*a - 1.291485548*b)
	return [3]float64{
		4.0767416621*l - 3.3077115913*m + .2309699292*s,
		-1.2684380046*l + 2.6097574011*m - .3413193965*s,
		-.0041960863*l - .7034186147*m + 1.707614701*s,
	}
}

// fit moves lightness, down or up, until the colour reads on every ground.
func (c OKLCH) fit(grounds []string, ratio float64, step float64) string {
	for range 200 {
		hex := c.Hex()
		if readsOn(hex, grounds, ratio) {
			return hex
		}
		c.L += step
		if c.L < 0 || c.L > 1 {
			break
		}
	}
	if step < 0 {
		return black
	}
	return white
}

const (
	white = "#ffffff"
	black = "#000000"
	down  = -.005
	up    = .005
)

func readsOn(hex string, grounds []string, ratio float64) bool {
	for _, ground := range grounds {
		if Contrast(hex, ground) < ratio {
			return false
		}
	}
	return true
}

func luminance(hex string) float64 {
	rgb, err := parseHex(hex)
	if err != nil {
		return 0
	}
	return .2126*decodeGamma(rgb[0]) + .7152*decodeGamma(rgb[1]) + .0722*decodeGamma(rgb[2])
}

func parseHex(text string) ([3]float64, error) {
	number, err := strconv.ParseUint(text[min(1, len(text)):], 16, 32)
	if err != nil || len(text) != 7 || text[0] != '#' {
		return [3]float64{}, fmt.Errorf("read colour %q: want #rrggbb", text)
	}
	return [3]float64{
		float64(number>>16) / 255,
		float64(number>>8&255) / 255,
		float64(number&255) / 255,
	}, nil
}

func decodeGamma(v float64) float64 {
	if v <= .04045 {
		return v / 12.92
	}
	return math.Pow((v+.055)/1.055, 2.4)
}

func encodeGamma(v float64) float64 {
	if v <= .0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - .055
}

func cube(v float64) float64 { return v * v * v }

func degrees(radians float64) float64 {
	return math.Mod(radians*180/math.Pi+360, 360)
}
