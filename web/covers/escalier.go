package covers

const brick = "#a3472e"

// staircase is Montréal's, outside, winter or not.
func staircase(d *drawing) {
	d.rect(d.main, 0, 0, width, height)
	for row := range 9 {
		for column := -1; column < 8; column++ {
			x := float64(column) * 66
			if row%2 != 0 {
				x += 33
			}
			d.rect(brick, x, float64(row)*40, 62, 36, faded(.55))
		}
	}
	x := 60 + d.random()*30
	d.fill(d.deep, path("M% 360L% 60H%L% 360Z", x-40, x+260, x+330, x+30))
	for i := 0.; i < 11; i++ {
		d.rect(d.light, x-36+i*28, 338-i*28, 70, 10)
		d.stroke(d.white, 4, path("M% %v-64", x-30+i*28, 338-i*28))
	}
	d.stroke(d.white, 8, path("M% 274L% -6", x-30, x+250))

	d.rect(d.white, 370, 40, 84, 150)
	d.rect(d.hot, 380, 50, 64, 130)
	d.rect(d.accent, 392, 62, 40, 50)
	d.circle(d.deep, 436, 124, 4)
	d.rect(d.deep, 356, 190, 124, 14)
}
