package community_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/webp"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/world"
)

// halves is a picture whose left half is red and whose right half is blue.
func halves(width, height int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			colour := color.NRGBA{R: 200, A: 255}
			if x >= width/2 {
				colour = color.NRGBA{B: 200, A: 255}
			}
			picture.SetNRGBA(x, y, colour)
		}
	}
	return picture
}

func jpegOf(t *testing.T, picture image.Image) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func pngOf(t *testing.T, picture image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// claiming is a small PNG whose header says that it is huge.
func claiming(t *testing.T, width, height uint32) []byte {
	content := pngOf(t, halves(2, 2))
	binary.BigEndian.PutUint32(content[16:], width)
	binary.BigEndian.PutUint32(content[20:], height)
	binary.BigEndian.PutUint32(content[29:], crc32.ChecksumIEEE(content[12:29]))
	return content
}

// withExif puts a camera's note of its own orientation, and where it was, into
// a JPEG.
func withExif(content []byte, orientation byte) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	tiff = append(tiff, orientation, 0, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	segment = append(segment, []byte("GPS 47.9 N 4.1 W")...)
	header := []byte{0xff, 0xe1, 0, 0}
	binary.BigEndian.PutUint16(header[2:], uint16(len(segment)+2))
	return append(append(append([]byte{}, content[:2]...), append(header, segment...)...), content[2:]...)
}

func TestPicturesAreKeptUprightInSeveralSizesWithoutMetadata(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	pictures := w.Posts(t).Pictures
	anna := w.Member(t, "anna")
	content := withExif(jpegOf(t, halves(1200, 600)), 6)

	picture, err := pictures.Add(t.Context(), anna, bytes.NewReader(content), "Une cale au soleil")

	if err != nil {
		t.Fatal(err)
	}
	if picture.Width != 600 || picture.Height != 1200 {
		t.Fatalf("held upright it is %d by %d", picture.Width, picture.Height)
	}
	if got := fmt.Sprint(picture.Widths()); got != "[480 600]" {
		t.Errorf("sizes %s", got)
	}
	for _, width := range picture.Widths() {
		file, err := pictures.File(w.Tenant.ID, strings.TrimPrefix(picture.Path(width), "/images/"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(file, []byte("GPS")) || bytes.Contains(file, []byte("Exif")) {
			t.Error("what the camera noted is still there")
		}
		shown, err := webp.Decode(bytes.NewReader(file))
		if err != nil || shown.Bounds().Dx() != width {
			t.Fatalf("width %d: %v", width, err)
		}
		// Turned by a quarter, what was left is on top.
		red, _, blue, _ := shown.At(width/2, shown.Bounds().Dy()/4).RGBA()
		if red < blue {
			t.Errorf("at %d the picture lies on its side", width)
		}
	}
}

func TestAPictureIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	pictures := w.Posts(t).Pictures
	anna := w.Member(t, "anna")

	for name, refused := range map[string]struct {
		content io.Reader
		key     string
	}{
		"30,000 px wide": {bytes.NewReader(claiming(t, 30_000, 20)), "error.community.picture_large"},
		"41 megapixels":  {bytes.NewReader(claiming(t, 10_250, 4_000)), "error.community.picture_large"},
		"text":           {strings.NewReader("#!/bin/sh\nrm -rf /"), "error.community.picture_kind"},
		"a drawing":      {strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "error.community.picture_kind"},
		"an animation":   {strings.NewReader("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "error.community.picture_kind"},
		"empty":          {strings.NewReader(""), "error.community.picture_kind"},
		"cut off":        {bytes.NewReader(jpegOf(t, halves(300, 300))[:900]), "error.community.picture_broken"},
		"a mere header":  {strings.NewReader("\xff\xd8\xff\xe0"), "error.community.picture_broken"},
		"too heavy":      {io.MultiReader(bytes.NewReader(jpegOf(t, halves(20, 20))), io.LimitReader(zeros{}, 13<<20)), "error.community.picture_heavy"},
	} {
		_, err := pictures.Add(t.Context(), anna, refused.content, "")
		var invalid *fault.Invalid
		if !errors.As(err, &invalid) || invalid.Fields[0].Name != "picture" || invalid.Fields[0].Key != refused.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pictures.Add(t.Context(), w.Visitor(), strings.NewReader(""), ""); !errors.Is(err, fault.SignIn) {
		t.Errorf("a visitor: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { return len(into), nil }

func TestAPostShowsItsAuthorsPictureOnceItIsDescribed(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna, loic := w.Member(t, "anna", actor.Ambassador), w.Member(t, "loic", actor.Ambassador)
	picture, err := posts.Pictures.Add(t.Context(), anna, bytes.NewReader(pngOf(t, halves(40, 30))), "")
	if err != nil {
		t.Fatal(err)
	}
	with := draft()
	with.Picture = picture.ID
	var invalid *fault.Invalid

	if _, err := posts.Publish(t.Context(), anna, with); !errors.As(err, &invalid) || invalid.Fields[0].Name != "alt" {
		t.Errorf("without a description: %v", err)
	}
	with.Alt = "Une cale au soleil"
	if _, err := posts.Publish(t.Context(), loic, with); !errors.As(err, &invalid) || invalid.Fields[0].Name != "picture" {
		t.Errorf("somebody else's picture: %v", err)
	}
	post, err := posts.Publish(t.Context(), anna, with)
	if err != nil {
		t.Fatal(err)
	}
	found, err := posts.Find(t.Context(), w.Visitor(), post.ID)
	if err != nil || found.Picture == nil || found.Picture.Alt != with.Alt {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestPicturesThatNoPostShowsAreForgottenAfterADay(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	posts := w.Posts(t)
	anna := w.Member(t, "anna", actor.Ambassador)
	add := func(width int) *community.Picture {
		picture, err := posts.Pictures.Add(t.Context(), anna, bytes.NewReader(pngOf(t, halves(width, 30))), "Une cale")
		if err != nil {
			t.Fatal(err)
		}
		return picture
	}
	orphan, shown := add(40), add(60)
	with := draft()
	with.Picture, with.Alt = shown.ID, "Une cale"
	if _, err := posts.Publish(t.Context(), anna, with); err != nil {
		t.Fatal(err)
	}

	w.Clock.Forward(25 * time.Hour)
	swept, err := posts.Pictures.Sweep(t.Context(), w.Tenant.ID)

	if err != nil || swept != 1 {
		t.Errorf("swept %d, %v", swept, err)
	}
	name := func(picture *community.Picture) string { return strings.TrimPrefix(picture.Path(480), "/images/") }
	if _, err := posts.Pictures.File(w.Tenant.ID, name(orphan)); !errors.Is(err, fault.NotFound) {
		t.Errorf("the orphan's file: %v", err)
	}
	if _, err := posts.Pictures.File(w.Tenant.ID, name(shown)); err != nil {
		t.Errorf("the shown picture's file: %v", err)
	}
	if _, err := posts.Pictures.File(w.Neighbour.ID, name(shown)); !errors.Is(err, fault.NotFound) {
		t.Errorf("the neighbour community's: %v", err)
	}
}
