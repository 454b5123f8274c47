package covers

import "math"

// faience is a plate of Quimper: a border of touches around a flower, a bunch or the cock.
func faience(d *drawing) {
	const x, y = 240, 180
	d.circle(d.white, x, y, 166)
	d.ring(d.brand, 9, x, y, 157)
	d.ring(d.accent, 4, x, y, 147)
	d.ring(d.brand, 2.5, x, y, 98)
	for i := range 18 {
		colour := d.spark
		if i%2 != 0 {
			colour = d.brand
		}
		angle := float64(i) * 20
		sin, cos := math.Sincos(angle * math.Pi / 180)
		d.touch(colour, x+sin*104, y-cos*104, angle, 34, 15)
		sin, cos = math.Sincos((angle + 10) * math.Pi / 180)
		d.circle(d.accent, x+sin*134, y-cos*134, 3.6)
	}
	[]func(float64, float64){d.flower, d.bunch, d.cock}[d.among(3)](x, y)
}

func (d *drawing) flower(x, y float64) {
	d.stroke(d.leaf, 4, path("M% %C% % % % % %", x, y+78, x-6, y+30, x+4, y+10, x, y-14))
	for i := range 7 {
		colour := d.sky
		if i%2 != 0 {
			colour = d.brand
		}
		d.touch(colour, x, y-14, float64(i)*51.4, 46, 24)
	}
	d.circle(d.accent, x, y-14, 12)
	d.touch(d.leaf, x, y+64, -58, 56, 20)
	d.touch(d.leaf, x, y+52, 56, 56, 20)
	d.touch(d.spark, x-2, y+72, -84, 40, 14)
	d.touch(d.spark, x+2, y+66, 86, 40, 14)
}

func (d *drawing) bunch(x, y float64) {
	for i, colour := range []string{d.leaf, d.brand, d.spark, d.accent, d.brand, d.leaf} {
		angle := -62 + float64(i)*24
		d.touch(colour, x, y+58, angle, 104-math.Abs(angle)*.35, 28)
	}
	d.stroke(d.brand, 6, path("M% %Q% % % %", x-40, y+66, x, y+44, x+40, y+66))
	d.circle(d.spark, x-14, y+72, 4)
	d.circle(d.spark, x+14, y+72, 4)
	d.circle(d.accent, x, y+76, 4)
}

// cock, in eleven touches.
func (d *drawing) cock(x, y float64) {
	d.touch(d.brand, x-30, y+30, -104, 58, 40)
	d.touch(d.spark, x-34, y+18, -70, 70, 26)
	d.touch(d.accent, x-34, y+14, -48, 72, 24)
	d.touch(d.leaf, x-30, y+12, -28, 66, 22)
	d.touch(d.sky, x-28, y+40, 62, 92, 60)
	d.touch(d.accent, x+18, y+24, 10, 78, 36)
	d.circle(d.accent, x+30, y-48, 17)
	d.touch(d.spark, x+22, y-60, -24, 22, 13)
	d.touch(d.spark, x+30, y-62, 4, 24, 13)
	d.touch(d.spark, x+38, y-58, 30, 20, 12)
	d.fill(d.brand, path("M% %l20 8l-20 7Z", x+45, y-54))
	d.circle(d.brand, x+34, y-51, 3.4)
	d.stroke(d.brand, 5, path("M% %v30m0 0h14M% %v32m0 0h14", x-2, y+46, x+18, y+44))
	d.touch(d.brand, x-4, y+30, 60, 44, 20)
}
