package covers

import "math"

// chart is a sea chart: an island with its depths, a compass rose and a way to it.
func chart(d *drawing) {
	x, y := 120+d.random()*90, 210+d.random()*40
	var coast [14]float64
	for i := range coast {
		coast[i] = .72 + d.random()*.5
	}
	const roseX, roseY = 372, 104
	for i := range 16 {
		angle := float64(i) * math.Pi / 8
		d.stroke(d.main, 1, path("M372 104L% %", roseX+math.Cos(angle)*620, roseY+math.Sin(angle)*620), faded(.5))
	}

	d.fill(d.second, island(coast, x, y, 250), faded(.55))
	d.stroke(d.main, 1.6, island(coast, x, y, 215), faded(.8))
	d.fill(d.second, island(coast, x, y, 180))
	d.stroke(d.main, 1.6, island(coast, x, y, 150))
	d.fill(d.pale, island(coast, x, y, 118))
	d.fill(d.light, island(coast, x, y, 92))
	d.stroke(d.hot, 5, path("M% %C% % 300 230 372 104", x+60, y-20, x+120, y-90), dashed("2 13"))

	d.circle(d.ground, roseX, roseY, 54)
	d.ring(d.main, 3, roseX, roseY, 54)
	for i := range 8 {
		length, half := 66., d.second
		if i%2 != 0 {
			length = 34
		}
		if i == 0 {
			half = d.hot
		}
		d.at(roseX, roseY, float64(i)*45, 1, func() {
			d.fill(d.main, path("M0 0L9 -9L0 %Z", -length))
			d.fill(half, path("M0 0L-9 -9L0 %Z", -length))
		})
	}
	d.circle(d.hot, x+60, y-20, 8)
}

// island is one line of equal depth, rounded through the middles of its sides.
func island(coast [14]float64, x, y, size float64) string {
	var points [14][2]float64
	for i, reach := range coast {
		angle := float64(i) / 14 * 2 * math.Pi
		radius := size * (reach*.8 + .25)
		points[i] = [2]float64{x + math.Cos(angle)*radius*1.25, y + math.Sin(angle)*radius}
	}
	last := points[13]
	line := path("M% %", (last[0]+points[0][0])/2, (last[1]+points[0][1])/2)
	for i, point := range points {
		next := points[(i+1)%14]
		line += path("Q% % % %", point[0], point[1], (point[0]+next[0])/2, (point[1]+next[1])/2)
	}
	return line + "Z"
}
