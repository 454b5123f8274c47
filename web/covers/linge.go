package covers

// laundry dries across the lane.
func laundry(d *drawing) {
	d.circle(d.light, 400, 80, 44)
	d.stroke(d.deep, 3, "M-10 70Q240 130 490 60")
	d.stroke(d.deep, 3, "M-10 220Q240 290 490 214")
	colours := []string{d.hot, d.main, d.white, d.accent, d.second, d.light}
	for i, pegged := range [][2]float64{
		{50, 80}, {160, 96}, {270, 102}, {372, 88},
		{70, 236}, {190, 254}, {306, 252}, {424, 232},
	} {
		angle, piece := (d.random()-.5)*8, d.among(4)
		colour := colours[(i+d.among(2))%6]
		d.at(pegged[0], pegged[1], angle, 1, func() {
			d.garment(piece, colour)
			d.rect(d.deep, -20, -8, 6, 18)
			d.rect(d.deep, 14, -8, 6, 18)
		})
	}
}

func (d *drawing) garment(piece int, colour string) {
	d.fill(colour, []string{
		"M-34 0L-58 22L-42 40L-30 30V86H30V30L42 40L58 22L34 0Q0 18 -34 0Z",
		"M-30 0H30L38 92H8L0 34L-8 92H-38Z",
		"M-14 0H14V50Q16 66 40 68V84H4Q-14 80 -14 60Z",
		"M-44 0H44V70H-44Z",
	}[piece])
	if piece == 3 {
		d.stroke(d.deep, 3, "M-44 20H44M-44 36H44M-44 52H44", faded(.35))
	}
}
