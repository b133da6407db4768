package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Slice is one part of a whole.
type Slice struct {
	Name  string
	Value float64
	// Href leads to the people behind the number, or is empty.
	Href string
}

// Donut is how a whole divides into few parts. More than five share the last colour.
type Donut struct {
	Title string
	// Name and Value head the columns of the table beside it.
	Name, Value string
	// Center is the word under the total in the middle.
	Center string
	Slices []Slice
}

const (
	donutSize          = 200.0
	donutOut, donutIn  = 92.0, 60.0
	donutMiddle        = donutSize / 2
	donutGap           = 0.012 // of a turn, so that neighbours differ without colour
	donutLabelDistance = 18
)

// Draw draws the ring with its numbers in a table beside it.
func (d Donut) Draw() template.HTML {
	var b strings.Builder
	total := 0.0
	for _, s := range d.Slices {
		total += max(0, s.Value)
	}
	fmt.Fprintf(&b, `<figure class="chart-figure"><figcaption>%s</figcaption><div class="chart-beside">`, text(d.Title))
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %s %s" role="img" aria-label="%s">`, num(donutSize), num(donutSize), text(d.Title))
	d.ring(&b, total)
	fmt.Fprintf(&b, `<text class="chart-total" x="%s" y="%s" text-anchor="middle">%s</text>`, num(donutMiddle), num(donutMiddle+4), text(grouped(total)))
	fmt.Fprintf(&b, `<text x="%s" y="%s" text-anchor="middle">%s</text></svg>`, num(donutMiddle), num(donutMiddle+4+donutLabelDistance), text(d.Center))
	d.table(&b, total)
	b.WriteString(`</div></figure>`)
	return template.HTML(b.String())
}

func (d Donut) ring(b *strings.Builder, total float64) {
	if total == 0 {
		fmt.Fprintf(b, `<circle class="chart-grid" cx="%s" cy="%s" r="%s" fill="none"/>`, num(donutMiddle), num(donutMiddle), num((donutOut+donutIn)/2))
		return
	}
	start := 0.0
	for i, s := range d.Slices {
		share := max(0, s.Value) / total
		if share > 0 {
			fmt.Fprintf(b, `<path class="chart-f%d" d="%s"/>`, min(i+1, seriesMost), arc(start, start+share))
		}
		start += share
	}
}

// arc is a piece of the ring between two fractions of a turn, from the top clockwise.
func arc(from, to float64) string {
	if to-from > 0.9999 {
		// A whole turn begins where it ends, which no single arc can draw.
		return arc(0, 0.5) + arc(0.5, 0.9999)
	}
	if to-from > 3*donutGap {
		from, to = from+donutGap/2, to-donutGap/2
	}
	large := 0
	if to-from > 0.5 {
		large = 1
	}
	return fmt.Sprintf("M%sA%s %s 0 %d 1 %sL%sA%s %s 0 %d 0 %sZ", point(donutOut, from), num(donutOut), num(donutOut), large, point(donutOut, to),
		point(donutIn, to), num(donutIn), num(donutIn), large, point(donutIn, from))
}

func point(r, turn float64) string {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	return num(donutMiddle+r*sin) + " " + num(donutMiddle-r*cos)
}

func (d Donut) table(b *strings.Builder, total float64) {
	fmt.Fprintf(b, `<table><thead><tr><th scope="col">%s</th><th scope="col" class="number">%s</th><th scope="col" class="number">%%</th></tr></thead><tbody>`, text(d.Name), text(d.Value))
	for i, s := range d.Slices {
		share := "—"
		if total > 0 {
			share = fmt.Sprintf("%.1f", 100*max(0, s.Value)/total)
		}
		name := text(s.Name)
		if s.Href != "" {
			name = `<a href="` + text(s.Href) + `">` + name + `</a>`
		}
		fmt.Fprintf(b, `<tr><th scope="row"><span class="legend"><span><svg viewBox="0 0 20 12" aria-hidden="true"><rect class="chart-f%d" x="4" width="12" height="12" rx="2"/></svg></span><span>%s</span></span></th><td class="number">%s</td><td class="number">%s</td></tr>`,
			min(i+1, seriesMost), name, text(grouped(s.Value)), share)
	}
	b.WriteString(`</tbody></table>`)
}
