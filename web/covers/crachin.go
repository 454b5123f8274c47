package covers

func drizzle(d *drawing) {
	for row := range 8 {
		for column := range 11 {
			x := float64(column)*50 - 20 + d.random()*12
			if row%2 != 0 {
				x += 25
			}
			y := float64(row)*50 - 10 + d.random()*14
			colour := d.main
			if (column*3+row)%5 == 0 {
				colour = d.second
			}
			d.stroke(colour, 5, path("M% %l-9 24", x, y))
		}
	}
	d.at(230+d.random()*40, 196, -10, 1.12, func() {
		d.fill(d.light, "M-130 0A130 130 0 0 1 130 0Q108 -22 86 0Q64 -24 43 0Q22 -24 0 0Q-22 -24 -43 0Q-64 -24 -86 0Q-108 -22 -130 0Z")
		d.fill(d.hot, "M-43 0Q-50 -90 0 -130Q50 -90 43 0Q22 -24 0 0Q-22 -24 -43 0Z")
		d.stroke(d.deep, 7, "M0 -130V-146M0 0V96Q0 118 20 118T40 98")
	})
}
