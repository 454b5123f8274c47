package covers

// ermine spots of the Breton flag; one is of another colour.
func ermine(d *drawing) {
	odd := [2]int{1 + d.among(4), 1 + d.among(3)}
	for row := -1; row < 5; row++ {
		for column := -1; column < 6; column++ {
			x, y := float64(column)*96+20, float64(row)*88+30
			if row%2 != 0 {
				x += 48
			}
			colour := d.main
			if odd == [2]int{column, row} {
				colour = d.light
			}
			d.at(x, y, (d.random()-.5)*10, 1.15, func() {
				d.circle(colour, 0, -20, 5)
				d.circle(colour, -10, -9, 5)
				d.circle(colour, 10, -9, 5)
				d.fill(colour, "M0 -8C4 8 9 22 18 34C10 31 6 33 0 42C-6 33 -10 31 -18 34C-9 22 -4 8 0 -8Z")
			})
		}
	}
}
