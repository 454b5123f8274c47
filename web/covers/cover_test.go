package covers_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/kumun/kumun/tenants/look"
	"github.com/kumun/kumun/web/covers"
)

var allowed = map[string]bool{
	"svg": true, "path": true, "circle": true, "rect": true, "ellipse": true, "g": true, "clipPath": true,
}

func TestEveryMotifOnEveryGroundIsASmallPlainPicture(t *testing.T) {
	for _, seeds := range []look.Seeds{look.Cornouaille, look.Villeray, look.Kumun} {
		for _, name := range covers.Motifs() {
			for ground := range 7 {
				choice := covers.Choice{Motif: name, Ground: ground}
				for _, kind := range []string{"tip", "guide"} {
					piece := covers.Piece{Tenant: "here", ID: name, Kind: kind}
					drawn := covers.SVG(seeds, piece, choice)
					if len(drawn) > 64*1024 {
						t.Errorf("%v for a %s weighs %d bytes", choice, kind, len(drawn))
					}
					if strange := strangeIn(drawn); strange != "" {
						t.Errorf("%v for a %s holds %s", choice, kind, strange)
					}
				}
			}
		}
	}
}

func TestEveryMotifPrints(t *testing.T) {
	for _, name := range covers.Motifs() {
		for _, kind := range []string{"tip", "guide"} {
			piece := covers.Piece{Tenant: "here", ID: "it", Kind: kind, Motif: name}
			printed, err := covers.PNG(look.Cornouaille, piece, covers.Choose(look.Cornouaille, piece), 120, 63)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			picture, err := png.Decode(bytes.NewReader(printed))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if size := picture.Bounds().Size(); size.X != 120 || size.Y != 63 {
				t.Errorf("%s: asked for 120 × 63, got %v", name, size)
			}
			if isFlat(printed) {
				t.Errorf("%s for a %s printed an empty sheet", name, kind)
			}
		}
	}
}

func TestAPieceKeepsItsCover(t *testing.T) {
	piece := covers.Piece{Tenant: "cornouaille", ID: "bain", Kind: "tip"}
	choice := covers.Choose(look.Cornouaille, piece)
	first := covers.SVG(look.Cornouaille, piece, choice)
	if !bytes.Equal(first, covers.SVG(look.Cornouaille, piece, covers.Choose(look.Cornouaille, piece))) {
		t.Error("the same piece was drawn twice, differently")
	}
	again := piece
	again.Salt = 1
	if bytes.Equal(first, covers.SVG(look.Cornouaille, again, covers.Choose(look.Cornouaille, again))) {
		t.Error("asked for another drawing, got the same")
	}
	elsewhere := piece
	elsewhere.Tenant = "villeray"
	if bytes.Equal(first, covers.SVG(look.Cornouaille, elsewhere, covers.Choose(look.Cornouaille, elsewhere))) {
		t.Error("two communities share a drawing")
	}
}

func TestNeighboursDiffer(t *testing.T) {
	for _, seeds := range []look.Seeds{look.Cornouaille, look.Villeray, look.Kumun} {
		var before []covers.Choice
		for number := range 200 {
			piece := covers.Piece{Tenant: "here", ID: strings.Repeat("x", number), Kind: "tip"}
			choice := covers.Choose(seeds, piece, before...)
			for _, other := range before {
				if other.Motif == choice.Motif || other.Ground == choice.Ground {
					t.Errorf("%s: %v stands beside %v", seeds.Pack, choice, other)
				}
			}
			before = []covers.Choice{choice}
		}
	}
}

func TestAnAuthorsMotifWins(t *testing.T) {
	piece := covers.Piece{Tenant: "cornouaille", ID: "bain", Kind: "tip", Motif: "bol"}
	taken := covers.Choose(look.Cornouaille, piece)
	other := covers.Choose(look.Cornouaille, piece, taken)
	if taken.Motif != "bol" || other.Motif != "bol" || taken.Ground == other.Ground {
		t.Errorf("asked for two bowls on two grounds, got %v and %v", taken, other)
	}
	piece.Motif = "tractopelle"
	if unknown := covers.Choose(look.Cornouaille, piece); unknown.Motif == "tractopelle" {
		t.Error("an unknown motif was taken")
	}
}

func TestAChoiceTravelsInAnAddress(t *testing.T) {
	choice := covers.Choose(look.Cornouaille, covers.Piece{Tenant: "cornouaille", ID: "bain"})
	if read, ok := covers.ParseChoice(choice.String()); !ok || read != choice {
		t.Errorf("%v became %v", choice, read)
	}
	for _, wrong := range []string{"", "phare", "phare-", "phare-0", "phare-04", "phare-+4", "phare-99", "nothing-1", "phare-4-4"} {
		if read, ok := covers.ParseChoice(wrong); ok {
			t.Errorf("%q was read as %v", wrong, read)
		}
	}
}

func TestEveryPackHasItsOpening(t *testing.T) {
	for _, seeds := range []look.Seeds{look.Cornouaille, look.Villeray, look.Kumun, {Pack: "unheard of"}} {
		drawn := covers.Hero(seeds)
		if strange := strangeIn(drawn); strange != "" {
			t.Errorf("%s: the opening holds %s", seeds.Pack, strange)
		}
		if bytes.ContainsAny(drawn, "{}") {
			t.Errorf("%s: an ink was not filled in", seeds.Pack)
		}
	}
}

// strangeIn names what a cover may not hold.
func strangeIn(drawn []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(drawn))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return err.Error()
		}
		element, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if !allowed[element.Name.Local] {
			return "<" + element.Name.Local + ">"
		}
		for _, attribute := range element.Attr {
			if attribute.Name.Local == "style" || strings.Contains(attribute.Value, "NaN") {
				return attribute.Name.Local + "=" + attribute.Value
			}
		}
	}
}

func isFlat(printed []byte) bool {
	picture, err := png.Decode(bytes.NewReader(printed))
	if err != nil {
		return true
	}
	seen := map[any]bool{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			seen[picture.At(x, y)] = true
		}
	}
	return len(seen) < 4
}
