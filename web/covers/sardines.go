package covers

// sardines all swim one way but one.
func sardines(d *drawing) {
	odd := [2]int{1 + d.among(3), 1 + d.among(3)}
	for row := range 5 {
		for column := -1; column < 4; column++ {
			x, y := float64(column)*172+40, float64(row)*80+20
			if row%2 != 0 {
				x += 86
			}
			colour, angle := d.main, 0.
			if (column+row)%3 == 0 {
				colour = d.second
			}
			if odd == [2]int{column, row} {
				colour, angle = d.hot, 180
				if d.hot == d.second {
					colour = d.light
				}
			}
			d.at(x, y, angle, 1, func() {
				d.fill(colour, "M-66 0C-40 -30 20 -30 52 -4L82 -22Q76 0 82 22L52 4C20 30 -40 30 -66 0Z")
				d.stroke(d.ground, 3, "M-34 -17Q-24 0 -34 17")
				d.circle(d.ground, -48, -5, 4.2)
				d.stroke(d.ground, 2.5, "M-14 -8H34M-12 2H40M-10 11H30", faded(.8))
			})
		}
	}
}
