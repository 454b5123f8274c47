package covers

import "math"

const crust, crumb = "#c9803e", "#e0a25c"

func bagels(d *drawing) {
	d.bagel(120, 110, 1.1)
	d.bagel(330, 90, .8)
	d.bagel(260, 280, 1.2)
	d.bagel(440, 250, .9)
	d.bagel(60, 310, .7)
}

func (d *drawing) bagel(x, y, size float64) {
	d.at(x, y, d.random()*30, size, func() {
		d.circle(crust, 0, 0, 86)
		d.circle(crumb, 0, 0, 84, faded(.5))
		d.circle(d.ground, 0, 0, 28)
		d.stroke(d.white, 5, "M-60 -30A66 66 0 0 1 20 -64", faded(.5))
		for i := range 34 {
			angle, away := d.random()*2*math.Pi, 38+d.random()*38
			seed := d.white
			if i%5 == 0 {
				seed = d.deep
			}
			d.at(math.Cos(angle)*away, math.Sin(angle)*away, d.random()*180, 1, func() {
				d.ellipse(seed, 0, 0, 5.5, 2.8)
			})
		}
	})
}
