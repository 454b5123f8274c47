package covers

import "math"

func seaweed(d *drawing) {
	for _, frond := range []struct {
		x, y, tall, angle float64
		colour            string
	}{
		{60, 380, 290, -8, d.main},
		{170, 390, 220, 6, d.leaf},
		{268, 385, 310, -2, d.hot},
		{370, 390, 240, -10, d.main},
		{448, 380, 300, 9, d.second},
	} {
		x, angle := frond.x+d.random()*16-8, frond.angle+d.random()*8-4
		d.at(x, frond.y, angle, 1, func() { d.frond(frond.colour, frond.tall) })
	}
	for range 9 {
		d.circle(d.light, 20+d.random()*440, 20+d.random()*200, 4+d.random()*7)
	}
}

func (d *drawing) frond(colour string, tall float64) {
	d.stroke(colour, 7, path("M0 0Q% % 0 %", tall*.08, -tall*.5, -tall))
	for i := 1.; i < 9; i++ {
		x, y := tall*.04*math.Sin(i/9*3.14), -tall*i/9
		length := 64*math.Sin(i/9*2.6+.4) + 16
		d.touch(colour, x, y, -58-i*2, length, 21)
		d.touch(colour, x, y-8, 58+i*2, length, 21)
	}
	d.touch(colour, 0, 4-tall, 0, 40, 20)
}
