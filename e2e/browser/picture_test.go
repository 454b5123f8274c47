package browser_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kumun/kumun/e2e/browser"
)

// secret is what the camera wrote about its owner.
const secret = "14 venelle du Secret, Douarnenez"

// photograph makes a JPEG as a camera does, EXIF included.
func photograph(t *testing.T) string {
	t.Helper()
	picture := image.NewYCbCr(image.Rect(0, 0, 1600, 1200), image.YCbCrSubsampleRatio420)
	for y := range 1200 {
		for x := range 1600 {
			shade := color.YCbCrModel.Convert(color.RGBA{uint8(x / 8), uint8(y / 6), uint8(200 - y/8), 255}).(color.YCbCr)
			picture.Y[picture.YOffset(x, y)] = shade.Y
			picture.Cb[picture.COffset(x, y)], picture.Cr[picture.COffset(x, y)] = shade.Cb, shade.Cr
		}
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, picture, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "IMG_2026.JPG")
	data := append([]byte{}, encoded.Bytes()[:2]...) // start of image
	data = append(data, exif()...)
	data = append(data, encoded.Bytes()[2:]...)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// exif is an APP1 segment with one entry, an image description.
func exif() []byte {
	text := append([]byte(secret), 0)
	body := append([]byte("Exif\x00\x00II*\x00"), 8, 0, 0, 0, 1, 0)
	body = binary.LittleEndian.AppendUint16(body, 0x010e)
	body = binary.LittleEndian.AppendUint16(body, 2)
	body = binary.LittleEndian.AppendUint32(body, uint32(len(text)))
	body = binary.LittleEndian.AppendUint32(body, 26)
	body = append(body, 0, 0, 0, 0)
	body = append(body, text...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(segment, body...)
}

// checkPicture asks for the picture at both widths: each gets a size of its
// own, and neither tells where the photographer lives.
func checkPicture(t *testing.T, person *browser.Person, alt string) {
	t.Helper()
	address := person.Location().String()
	sizes := map[int64]string{}
	for _, width := range []int64{browser.Phone, browser.Desk} {
		person.Width(width).Open(address)
		shown := browser.Ask[struct {
			Source string
			Width  int
		}](person, `(async () => {
			const picture = document.querySelector('img[alt="`+alt+`"]')
			await picture.decode()
			return {Source: picture.currentSrc, Width: picture.naturalWidth}
		})()`)
		if shown.Width == 0 {
			t.Fatalf("at %d px the picture does not load: %+v", width, shown)
		}
		sizes[width] = shown.Source
		answer, err := http.Get(shown.Source)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "image/") {
			t.Fatalf("%s answers %d %s, %v", shown.Source, answer.StatusCode, answer.Header.Get("Content-Type"), err)
		}
		if bytes.Contains(data, []byte("Exif")) || bytes.Contains(data, []byte("EXIF")) || bytes.Contains(data, []byte("Secret")) {
			t.Fatalf("%s still tells what the camera wrote", shown.Source)
		}
	}
	if sizes[browser.Phone] == sizes[browser.Desk] {
		t.Fatalf("a phone and a desk get the same picture: %s", sizes[browser.Phone])
	}
	person.Width(browser.Phone)
}
