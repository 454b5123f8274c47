package covers

// coastPath is the customs officers' path, between pines, with its white and red mark.
func coastPath(d *drawing) {
	d.circle(d.light, 370-d.random()*220, 92, 50)
	d.fill(d.second, "M0 170Q110 116 230 160T480 128V360H0Z")
	d.fill(d.leaf, "M0 214Q150 150 300 214T500 196V360H0Z")
	d.fill(d.main, "M0 276Q170 196 340 262T500 250V360H0Z")
	d.fill(d.white, "M176 362C150 306 300 300 268 262C246 238 196 244 214 218C226 204 256 206 262 196L270 198C268 214 244 214 240 226C236 240 300 238 318 268C336 304 250 312 286 362Z")
	d.pine(82, 272, 1.25)
	d.pine(404, 250, .85)
	d.rect(d.deep, 318, 300, 13, 62)
	d.rect(d.white, 314, 300, 21, 9)
	d.rect(d.hot, 314, 311, 21, 9)
}

func (d *drawing) pine(x, y, size float64) {
	d.at(x, y, 0, size, func() {
		d.stroke(d.deep, 7, "M0 0C-4 -40 6 -60 2 -96")
		d.stroke(d.deep, 5, "M2 -60L28 -84M0 -50L-24 -76")
		d.ellipse(d.deep, 4, -112, 50, 20)
		d.ellipse(d.deep, -28, -86, 30, 13)
		d.ellipse(d.deep, 34, -92, 28, 12)
	})
}
