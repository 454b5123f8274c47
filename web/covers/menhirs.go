package covers

func standingStones(d *drawing) {
	d.circle(d.light, 300-d.random()*140, 170, 104)
	d.fill(d.leaf, "M0 268Q120 240 250 262T500 250V360H0Z")
	d.fill(d.main, "M0 300Q160 276 300 302T500 292V360H0Z")
	for _, stone := range []struct {
		x, tall float64
		near    bool
	}{{66, 150, true}, {160, 205, false}, {262, 118, true}, {352, 182, false}, {432, 140, true}} {
		d.stone(stone.x, stone.tall, stone.near)
	}
	for i := range 26 {
		x, blade := d.random()*480, d.leaf
		if i%4 == 0 {
			blade = d.light
		}
		d.stroke(blade, 3.5, path("M% 356q% -14 % %", x, (d.random()-.5)*10, (d.random()-.5)*22, -20-d.random()*22))
	}
}

func (d *drawing) stone(x, tall float64, near bool) {
	half, lean := 30+d.random()*14, (d.random()-.5)*18
	foot, body, edge := 300., d.pale, d.deep
	if near {
		foot, body, edge = 314, d.deep, d.second
	}
	d.fill(body, path("M% %C% % % % % %S% % % %Z",
		x-half, foot, x-half-6, foot-tall*.6, x-half*.6+lean, foot-tall, x+lean, foot-tall,
		x+half+4, foot-tall*.5, x+half, foot))
	d.stroke(edge, 3, path("M% %C% % % % % %",
		x+half*.45, foot-14, x+half*.6, foot-tall*.4, x+half*.3+lean, foot-tall*.7, x+lean+6, foot-tall*.84), faded(.5))
}
