package covers

func lighthouse(d *drawing) {
	x, side := 150+d.random()*180, 1.
	if d.random() < .5 {
		side = -1
	}
	d.fill(d.light, path("M% 96L% 20V150Z", x, x+side*420), faded(.92))
	d.fill(d.light, path("M% 96L% 60V128Z", x, x-side*420), faded(.45))

	d.fill(d.white, path("M% 300L% 120H%L% 300Z", x-34, x-22, x+22, x+34))
	for i := range 3 {
		y, half := 140+float64(i)*56, 23.5+float64(i)*3.8
		d.fill(d.hot, path("M% %H%L% %H%Z", x-half, y, x+half, x+half+2, y+28, x-half-2))
	}
	d.rect(d.deep, x-30, 112, 60, 9)
	d.rect(d.white, x-17, 80, 34, 32)
	d.rect(d.light, x-17, 80, 34, 32, faded(.6))
	d.fill(d.hot, path("M% 80A22 22 0 0 1 % 80Z", x-22, x+22))
	d.rect(d.deep, x-2, 46, 4, 14)

	d.fill(d.deep, path("M% 330C% 262 % 292 % 282S% 270 % 330Z", x-120, x-90, x-40, x-30, x+70, x+120))
	d.sea(306, d.second, d.main)
}
