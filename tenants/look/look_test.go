package look_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/kumun/kumun/tenants/look"
)

func TestEveryColourStaysReadable(t *testing.T) {
	pairs := [][2]string{
		{"ink", "paper"}, {"ink", "wash"}, {"ink", "accent-wash"},
		{"soft", "paper"}, {"soft", "surface"}, {"soft", "wash"}, {"soft", "accent-wash"},
		{"link", "paper"}, {"link", "surface"}, {"link", "wash"}, {"link", "accent-wash"},
		{"on-brand", "brand"}, {"on-accent", "accent"},
		{"good", "paper"}, {"good", "wash"}, {"good", "good-wash"},
		{"bad", "paper"}, {"bad", "wash"}, {"bad", "bad-wash"},
	}
	for hue := 0.; hue < 360; hue += 3 {
		for _, chroma := range []float64{.02, .08, .14, .2, .28} {
			for _, lightness := range []float64{.2, .35, .5, .65, .8, .95} {
				seeds := look.Cornouaille
				seeds.Brand = look.OKLCH{L: lightness, C: chroma, H: hue}
				seeds.Accent = look.OKLCH{L: .8, C: .1, H: hue + 120}
				for _, dark := range []bool{false, true} {
					colour := byName(seeds.Tokens(dark))
					for _, pair := range pairs {
						if ratio := look.Contrast(colour[pair[0]], colour[pair[1]]); ratio < 4.5 {
							t.Errorf("%v dark=%v: %s on %s is %.2f", seeds.Brand, dark, pair[0], pair[1], ratio)
						}
					}
					if ratio := look.Contrast(colour["spot"], colour["brand"]); ratio < 3 {
						t.Errorf("%v dark=%v: the bright word is %.2f off the brand", seeds.Brand, dark, ratio)
					}
				}
			}
		}
	}
}

func TestPresetsAreTheDesignedOnes(t *testing.T) {
	for name, seeds := range map[string]look.Seeds{
		"cornouaille": look.Cornouaille, "villeray": look.Villeray, "kumun": look.Kumun,
	} {
		designed, err := os.ReadFile("testdata/theme-" + name + ".css")
		if err != nil {
			t.Fatal(err)
		}
		want, got := colours(string(designed)), colours(string(seeds.Sheet()))
		if len(want) != 36 || !reflect.DeepEqual(want, got) {
			t.Errorf("%s\nwant %v\n got %v", name, want, got)
		}
	}
}

func TestOneColourDressesACommunity(t *testing.T) {
	seeds, err := look.FromBrand("#1b44ae")
	if err != nil {
		t.Fatal(err)
	}
	if got := seeds.Brand.Hex(); got != "#1b44ae" {
		t.Errorf("the chosen colour became %s", got)
	}
	if ratio := look.Contrast(byName(seeds.Tokens(false))["spot"], "#1b44ae"); ratio < 4.5 {
		t.Errorf("the accent does not show on the brand: %.2f", ratio)
	}
	for _, wrong := range []string{"", "#", "blue", "#12345", "#12345g", "1b44ae0", "#+12345"} {
		if _, err := look.FromBrand(wrong); err == nil {
			t.Errorf("%q was taken for a colour", wrong)
		}
	}
}

func TestSeedsSurviveStorage(t *testing.T) {
	stored, err := json.Marshal(look.Villeray)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(stored), `"brand":[0.64,0.215,27]`) {
		t.Errorf("colours are not stored as [l,c,h]: %s", stored)
	}
	var read look.Seeds
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, look.Villeray) {
		t.Errorf("read back %+v", read)
	}
}

func byName(tokens []look.Token) map[string]string {
	colour := map[string]string{}
	for _, token := range tokens {
		colour[token.Name] = token.Hex
	}
	return colour
}

func colours(sheet string) []string {
	return regexp.MustCompile(`--[a-z-]+: #[0-9a-f]{6};`).FindAllString(sheet, -1)
}
