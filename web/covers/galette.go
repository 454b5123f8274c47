package covers

import "math"

// The brown of buckwheat belongs to no community.
const buckwheat, buckwheatLight = "#b9793f", "#d9a565"

func galette(d *drawing) {
	d.circle(d.deep, 240, 186, 176, faded(.16))
	d.circle(d.white, 240, 180, 172)
	d.ring(d.brand, 5, 240, 180, 158)
	d.at(240, 180, d.random()*40-20, 1, func() {
		d.circle(buckwheat, 0, 0, 136)
		d.fill(buckwheatLight, "M-92 -92Q0 -112 92 -92Q112 0 92 92Q0 112 -92 92Q-112 0 -92 -92Z")
		d.fill(d.white, "M-52 -40Q-10 -70 40 -52Q74 -20 56 30Q20 70 -30 52Q-76 26 -52 -40Z")
		d.circle(d.accent, 0, -2, 27)
		d.circle(d.white, -8, -10, 6)
		for i := 0.; i < 11; i++ {
			d.circle(d.spark, math.Cos(i*2.1)*(72+d.random()*20), math.Sin(i*2.1)*(72+d.random()*20), 4+d.random()*3)
		}
		d.stroke(buckwheat, 4, "M-86 -84Q-52 -52 -62 -44M84 -86Q60 -58 56 -50M88 84Q58 52 50 48M-86 88Q-54 56 -44 50")
	})
}
