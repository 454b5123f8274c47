package covers

import "math"

// mariniere is the striped jersey, buttoned on the shoulder.
func mariniere(d *drawing) {
	pitch := 20 + math.Round(d.random()*6)
	stripe, seam := pitch*.52, 200+d.random()*60
	for y := 70.; y < height+20; y += pitch {
		d.fill(d.main, path("M-10 %Q% % % %V%Q% % -10 %Z",
			y, seam*.5, y+9, seam, y, y+stripe, seam*.5, y+9+stripe, y+stripe))
		d.fill(d.main, path("M% %Q% % 500 %V%Q% % % %Z",
			seam, y+pitch*.5, seam+150, y+pitch*.5+12, y-22, y+stripe-22,
			seam+150, y+pitch*.5+12+stripe, seam, y+pitch*.5+stripe))
	}
	d.stroke(d.deep, 2.5, path("M% 0V360", seam), dashed("1 7"), faded(.8))

	d.fill(d.ground, "M-10 -10H500V44Q240 92 -10 44Z")
	d.stroke(d.main, 6, "M-10 47Q240 95 490 47")
	for i := range 3 {
		x, y := seam+34+float64(i)*46, 60.
		if math.Abs(x-240) < 120 {
			y = 65
		}
		d.circle(d.light, x, y, 11)
		d.circle(d.deep, x, y, 3)
	}
}
