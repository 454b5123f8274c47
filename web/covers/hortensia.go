package covers

import "math"

func hydrangea(d *drawing) {
	heads := [2][3]float64{
		{150 + d.random()*40, 200, 128},
		{352 + d.random()*30, 150, 96},
	}
	d.hydrangeaLeaf(60, 330, -50, 1.1)
	d.hydrangeaLeaf(270, 330, 8, 1)
	d.hydrangeaLeaf(440, 330, 44, 1.1)
	d.hydrangeaLeaf(300, 300, 70, .8)
	for _, head := range heads {
		x, y, radius := head[0], head[1], head[2]
		d.circle(d.main, x, y, radius*.96)
		florets := math.Round(radius * .42)
		for i := 0.; i < florets; i++ {
			// the golden angle spreads florets as the plant does
			angle, away := i*2.39996, radius*.96*math.Sqrt((i+.5)/florets)
			petal := d.oneOf(d.second, d.second, d.pale, d.second, d.white)
			size := radius / 118 * (1 - .22*away/radius)
			d.at(x+math.Cos(angle)*away, y+math.Sin(angle)*away, d.random()*90, size, func() {
				for _, centre := range [4][2]float64{{0, -9}, {9, 0}, {0, 9}, {-9, 0}} {
					d.circle(petal, centre[0], centre[1], 9)
				}
				d.circle(d.light, 0, 0, 3.2)
			})
		}
	}
}

func (d *drawing) hydrangeaLeaf(x, y, angle, size float64) {
	d.at(x, y, angle, size, func() {
		d.fill(d.leaf, "M0 0C50 -40 60 -120 0 -180C-60 -120 -50 -40 0 0Z")
		d.stroke(d.ground, 2.5, "M0 -10V-160M0 -50L24 -74M0 -50L-24 -74M0 -90L22 -114M0 -90L-22 -114", faded(.5))
	})
}
