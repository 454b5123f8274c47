package covers

func snow(d *drawing) {
	d.fill(d.pale, "M0 250Q120 190 250 240T500 220V360H0Z")
	d.fill(d.white, "M0 300Q160 250 300 296T500 280V360H0Z")
	d.at(330, 250, 0, 1, func() {
		d.rect(d.main, -60, -96, 120, 100)
		d.fill(d.deep, "M-70 -94L0 -150L70 -94Z")
		d.rect(d.light, -46, -70, 34, 36)
		d.rect(d.hot, 12, -70, 34, 74)
		d.fill(d.white, "M-76 -98Q0 -170 76 -98L70 -84Q0 -150 -70 -84Z")
	})
	for i := range 70 {
		flake := d.white
		if i%6 == 0 {
			flake = d.light
		}
		d.circle(flake, d.random()*480, d.random()*340, 2+d.random()*6)
	}
	d.at(110, 322, -18, 1, func() { // the shovel, waiting
		d.stroke(d.deep, 8, "M0 -150V-30M-16 -150H16")
		d.fill(d.hot, "M-34 -40H34V20Q0 34 -34 20Z")
	})
}
