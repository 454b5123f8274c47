package covers

// quay is a row of slate-roofed houses along the water, some windows lit.
func quay(d *drawing) {
	d.circle(d.light, 380-d.random()*250, 84, 40)
	d.fill(d.second, "M0 250Q130 196 260 232T500 210V360H0Z")
	for x := -16.; x < width; {
		x += d.house(x) + 3
	}
	d.fill(d.deep, "M0 322Q240 308 480 326V360H0Z")
	d.stroke(d.second, 3, "M20 342h60M130 340h90M280 344h50M380 341h80")
}

func (d *drawing) house(x float64) (across float64) {
	across = 66 + d.random()*52
	tall := 84 + d.random()*76
	y, gable := 312-tall, 34+d.random()*24
	wall := d.oneOf(d.white, d.pale, d.white, d.accent)
	roof := d.oneOf(d.deep, d.main)

	for _, chimney := range []float64{x + 6, x + across - 21} {
		d.rect(wall, chimney, y-gable*.9, 15, gable+8)
		d.rect(roof, chimney-2, y-gable*.9-3, 19, 6)
	}
	d.rect(wall, x, y, across, tall+60)
	d.fill(roof, path("M% %L% %H%L% %Z", x-5, y+3, x+16, y-gable*.75, x+across-16, x+across+5, y+3))
	middle := x + across/2
	d.fill(wall, path("M% %V%L% %L% %V%Z", middle-13, y+1, y-16, middle, y-29, middle+13, y-16, y+1))
	d.rect(d.deep, middle-6, y-14, 12, 15)

	d.rect(d.window(.35), x+13, y+20, 17, 24)
	d.rect(d.window(.25), x+across-30, y+20, 17, 24)
	d.rect(d.oneOf(d.hot, d.main, d.leaf), middle-10, y+tall-44, 20, 64)
	return across
}

// window is lit as often as asked.
func (d *drawing) window(lit float64) string {
	if d.random() < lit {
		return d.light
	}
	return d.deep
}
