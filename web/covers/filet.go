package covers

import "math"

// net hangs with its floats, one of them another colour.
func net(d *drawing) {
	const mesh = 46.
	for row := -1; row < 10; row++ {
		for column := -1; column < 12; column++ {
			i, j := float64(column), float64(row)
			x := i * mesh
			if row%2 != 0 {
				x += mesh / 2
			}
			y := j*mesh*.86 + math.Sin(i*.7+j*.3)*8
			below := (j+1)*mesh*.86 + math.Sin(i*.7+j*.3+.4)*8
			d.stroke(d.main, 3, path("M% %Q% % % %M% %Q% % % %",
				x, y, x+6, (y+below)/2+4, x+mesh/2, below,
				x, y, x-6, (y+below)/2+4, x-mesh/2, below))
			d.circle(d.main, x, y, 3.4)
		}
	}
	hang := d.random() * 20
	d.stroke(d.deep, 6, path("M-20 %Q140 % 260 %T520 %", 150+hang, 90+hang, 150+hang, 130+hang))
	for i, float := range [][3]float64{{60, 118, -12}, {168, 113, 6}, {278, 158, 14}, {396, 163, -4}} {
		colour := d.light
		if i == 2 {
			colour = d.hot
		}
		d.at(float[0], float[1]+hang-2, float[2], 1, func() {
			d.ellipse(colour, 0, 0, 34, 23)
			d.stroke(d.deep, 3, "M-12 -21Q-18 0 -12 21M12 -21Q18 0 12 21", faded(.55))
		})
	}
}
