package covers

// triplex is three homes on top of each other, three times.
func triplex(d *drawing) {
	fronts := []string{d.main, d.pale, d.second}
	for i := range 3 {
		x, top := float64(i)*160, float64(i%2)*26
		d.rect(fronts[(i+d.among(3))%3], x, 24+top, 156, 340)
		d.fill(d.deep, path("M% %h164v-14h-40q-42 -36 -84 0h-40Z", x-4, 28+top))
		for floor := range 3 {
			d.balcony(x, 58+float64(floor)*104+top)
		}
	}
}

func (d *drawing) balcony(x, y float64) {
	d.rect(d.window(.4), x+16, y, 44, 58)
	d.stroke(d.white, 4, path("M% %v58", x+38, y))
	d.rect(d.oneOf(d.hot, d.accent, d.white), x+92, y, 42, 78)
	d.circle(d.deep, x+126, y+44, 3)
	d.rect(d.deep, x+74, y+78, 82, 6)
	for i := 0.; i < 7; i++ {
		d.rect(d.deep, x+76+i*12, y+56, 3, 24)
	}
}
