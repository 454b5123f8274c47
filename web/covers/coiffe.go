package covers

// lace is that of the headdresses, three medallions in turn.
func lace(d *drawing) {
	const pitch = 80.
	for row := range 5 {
		for column := -1; column < 7; column++ {
			x := float64(column) * pitch
			if row%2 != 0 {
				x += pitch / 2
			}
			d.at(x, float64(row)*pitch*.92, 0, 1, func() { d.medallion((column + row + 8) % 3) })
		}
	}
}

func (d *drawing) medallion(kind int) {
	d.ring(d.main, 3, 0, 0, 32, dashed("1 6.2"))
	d.ring(d.main, 2, 0, 0, 38)
	petal, heart := d.main, d.hot
	if kind != 0 {
		heart = d.light
	}
	if kind == 2 {
		petal = d.hot
	}
	for i := 0.; i < 8; i++ {
		if kind == 1 {
			d.touch(d.main, 0, 0, i*45, 26, 11)
			continue
		}
		d.at(0, 0, i*45, 1, func() { d.fill(petal, "M0 -6C7 -14 7 -22 0 -28C-7 -22 -7 -14 0 -6Z") })
	}
	d.circle(heart, 0, 0, 5)
}
