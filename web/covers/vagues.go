package covers

func waves(d *drawing) {
	d.circle(d.light, 120+d.random()*240, 120, 74)
	d.sea(128, d.second, d.main, d.pale, d.main, d.deep)
}
