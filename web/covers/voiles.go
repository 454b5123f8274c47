package covers

func sails(d *drawing) {
	d.circle(d.light, 90+d.random()*300, 96, 46)
	d.fill(d.second, swell(206, 10, 120, 0)+"V360H-200Z")
	d.boat(350, 210, .62, d.white, d.hot)
	d.boat(150+d.random()*30, 250, 1.05, d.hot, d.white)
	far := d.main
	if d.pale == d.white {
		far = d.second
	}
	d.sea(268, d.main, far)
}

func (d *drawing) boat(x, y, size float64, mainSail, foreSail string) {
	d.at(x, y, 0, size, func() {
		d.stroke(d.deep, 4, "M-4 6V-150M44 8V-120")
		d.fill(mainSail, "M-70 -96L-2 -150Q22 -70 4 -8L-62 -8Q-48 -50 -70 -96Z")
		d.fill(foreSail, "M22 -88L58 -120Q74 -60 66 -6L20 -6Q30 -50 22 -88Z")
		d.fill(d.deep, "M-84 4H100Q86 40 60 44H-52Q-78 34 -84 4Z")
		d.stroke(d.white, 3, "M-80 14Q10 22 94 14")
	})
}
