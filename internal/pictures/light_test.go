package pictures

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// most is how heavy a picture may be, in bytes.
const most = 200_000

// lighten cuts a screenshot to its first height lines (0: all of them), takes it
// down to 256 colours, which is plenty for pages, and writes it where it belongs.
func lighten(t *testing.T, from, to string, height int) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	size := full.Bounds()
	if height > 0 && size.Dy() > height {
		size.Max.Y = size.Min.Y + height
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, fewColours(full, size)); err != nil {
		t.Fatal(err)
	}
	if out.Len() > most {
		t.Errorf("%s weighs %d bytes, more than %d", filepath.Base(to), out.Len(), most)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fewColours draws a part of a picture with its 256 most frequent colours and, for
// every other one, the nearest of them.
func fewColours(from image.Image, part image.Rectangle) *image.Paletted {
	times := map[color.RGBA]int{}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			times[solid(from.At(x, y))]++
		}
	}
	all := make([]color.RGBA, 0, len(times))
	for c := range times {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if n := times[b] - times[a]; n != 0 {
			return n
		}
		return slices.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B})
	})
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range all {
		index[c] = uint8(palette.Index(c))
	}
	to := image.NewPaletted(image.Rect(0, 0, part.Dx(), part.Dy()), palette)
	for y := range part.Dy() {
		for x := range part.Dx() {
			to.SetColorIndex(x, y, index[solid(from.At(part.Min.X+x, part.Min.Y+y))])
		}
	}
	return to
}

// solid is a colour without transparency, which a screenshot has none of.
func solid(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 255}
}
