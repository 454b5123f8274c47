package covers

import "math"

// bowl is the eared bowl one has one's name on.
func bowl(d *drawing) {
	d.rect(d.main, 0, 262, width, 98)
	d.rect(d.light, 0, 254, width, 8)
	d.fill(d.brand, "M96 150Q62 150 62 178Q62 206 108 204")
	d.fill(d.brand, "M384 150Q418 150 418 178Q418 206 372 204")
	d.fill(d.white, "M98 138H382Q384 270 292 292H188Q96 270 98 138Z")
	d.ellipse(d.sky, 240, 139, 142, 20)
	d.ellipse(d.deep, 240, 142, 124, 14)
	d.stroke(d.brand, 7, "M101 176Q240 214 379 176")
	d.stroke(d.accent, 4, "M103 190Q240 229 377 190")
	d.stroke(d.brand, 4, "M140 262Q240 286 340 262")
	d.rect(d.sky, 190, 290, 100, 12, attribute{"rx", "4"})
	for i := -2.; i <= 2; i++ {
		colour, dot := d.brand, d.accent
		if int(i)%2 != 0 {
			colour = d.spark
		}
		if i == 2 {
			dot = d.white
		}
		d.touch(colour, 240+i*46, 256-math.Abs(i)*9, i*-6, 34, 15)
		d.circle(dot, 240+i*46+23, 244-math.Abs(i+.5)*8, 3.6)
	}
	steam := d.pale
	if d.pale == d.ground {
		steam = d.second
	}
	for i, x := range []float64{190, 240, 290} {
		sway := 1.
		if i == 1 {
			sway = -1
		}
		d.stroke(steam, 7, path("M% 104c% -18 % -36 0 -54s% -26 0 -40", x, sway*22, -sway*22, sway*16), faded(.9))
	}
}
