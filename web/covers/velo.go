package covers

import "math"

func bicycle(d *drawing) {
	d.circle(d.light, 380, 90, 60)
	d.rect(d.main, 0, 300, width, 60)
	d.stroke(d.white, 7, "M20 330h80M150 330h80M280 330h80M410 330h60")
	d.wheel(140, 222, 86)
	d.wheel(352, 222, 86)
	d.stroke(d.hot, 10, "M140 222L206 118H310L240 222H140M206 118L240 222M310 118L352 222M310 118L302 84H336Q352 84 350 104M206 118L198 94M178 94H220")
	d.circle(d.deep, 240, 222, 16)
}

func (d *drawing) wheel(x, y, radius float64) {
	d.ring(d.deep, 10, x, y, radius)
	for i := 0.; i < 8; i++ {
		d.stroke(d.deep, 1.6, path("M% %L% %", x, y, x+math.Cos(i*.785)*radius, y+math.Sin(i*.785)*radius))
	}
	d.circle(d.light, x, y, 9)
}
