package community

import (
	"encoding/binary"
	"image"
)

// orientation reads from a JPEG's Exif how the camera was held: 1 is upright,
// 2 to 8 are turned or mirrored as the standard numbers them.
func orientation(content []byte) int {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		end := at + 2 + length
		if marker == 0xda || length < 2 || end > len(content) {
			return 1
		}
		if segment := content[at+4 : end]; marker == 0xe1 && len(segment) > 14 && string(segment[:6]) == "Exif\x00\x00" {
			return tiffOrientation(segment[6:])
		}
		at = end
	}
	return 1
}

func tiffOrientation(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	directory := int(order.Uint32(tiff[4:]))
	if directory < 8 || directory+2 > len(tiff) {
		return 1
	}
	const entry, orientationTag = 12, 0x0112
	for n := range int(order.Uint16(tiff[directory:])) {
		at := directory + 2 + n*entry
		if at+entry > len(tiff) {
			return 1
		}
		if order.Uint16(tiff[at:]) != orientationTag {
			continue
		}
		if value := int(order.Uint16(tiff[at+8:])); value >= 1 && value <= 8 {
			return value
		}
		return 1
	}
	return 1
}

// upright undoes an orientation.
func upright(picture *image.NRGBA, turned int) *image.NRGBA {
	if turned == 1 {
		return picture
	}
	width, height := picture.Bounds().Dx(), picture.Bounds().Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	if turned >= 5 {
		out = image.NewNRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			toX, toY := x, y
			switch turned {
			case 2:
				toX = width - 1 - x
			case 3:
				toX, toY = width-1-x, height-1-y
			case 4:
				toY = height - 1 - y
			case 5:
				toX, toY = y, x
			case 6:
				toX, toY = height-1-y, x
			case 7:
				toX, toY = height-1-y, width-1-x
			case 8:
				toX, toY = y, width-1-x
			}
			out.SetNRGBA(toX, toY, picture.NRGBAAt(x, y))
		}
	}
	return out
}
