package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Series is one line, or one colour of bars.
type Series struct {
	Name string
	// Values has one number per label; NaN is a gap.
	Values []float64
}

// Plot is numbers over labels, usually days.
type Plot struct {
	// Title names the figure; Axis heads the column of labels in the table.
	Title, Axis string
	// Table is the text of the line that opens the table.
	Table  string
	Labels []string
	Series []Series
	// Unit stands behind each number of the axis, as "%".
	Unit string
}

// The drawing field in its own units; the page scales it.
const (
	width, height            = 640.0, 240.0
	left, right, top, bottom = 48.0, 12.0, 12.0, 28.0
	// seriesMost is how many series have a colour and a dash of their own.
	seriesMost = 5
)

// Lines draws each series as a line.
func (p Plot) Lines() template.HTML {
	return p.figure(func(b *strings.Builder, scale float64) {
		for i, s := range p.Series {
			p.line(b, s, i, scale)
		}
	})
}

// line draws one series, broken at gaps; a point that stands alone is a dot. The
// area below a single series is tinted.
func (p Plot) line(b *strings.Builder, s Series, i int, scale float64) {
	var path strings.Builder
	pen := "M"
	for j := range p.Labels {
		v := at(s.Values, j)
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		x, y := p.x(j), p.y(v, scale)
		fmt.Fprintf(&path, "%s%s %s", pen, num(x), num(y))
		if alone(s.Values, j) {
			fmt.Fprintf(b, `<circle class="chart-f%d" cx="%s" cy="%s" r="3"/>`, color(i), num(x), num(y))
		}
		pen = "L"
	}
	if path.Len() == 0 {
		return
	}
	if len(p.Series) == 1 && strings.Count(path.String(), "M") == 1 && len(p.Labels) > 1 {
		fmt.Fprintf(b, `<path class="chart-area chart-f%d" d="%sV%sH%sZ"/>`, color(i), path.String(), num(height-bottom), num(p.x(first(s.Values))))
	}
	fmt.Fprintf(b, `<path class="chart-line chart-s%d" d="%s"/>`, color(i), path.String())
}

// Bars draws the series side by side above each label.
func (p Plot) Bars() template.HTML {
	return p.figure(func(b *strings.Builder, scale float64) {
		slot := (width - left - right) / float64(max(1, len(p.Labels)))
		each := slot * 0.7 / float64(max(1, len(p.Series)))
		for i, s := range p.Series {
			for j := range p.Labels {
				v := at(s.Values, j)
				if math.IsNaN(v) || v <= 0 {
					continue
				}
				x, y := left+slot*(float64(j)+0.15)+each*float64(i), p.y(v, scale)
				fmt.Fprintf(b, `<rect class="chart-f%d" x="%s" y="%s" width="%s" height="%s" rx="1.5"><title>%s: %s</title></rect>`,
					color(i), num(x), num(y), num(each*0.92), num(height-bottom-y), text(p.Labels[j]), text(p.number(v)))
			}
		}
	})
}

// figure draws what all plots share around what they draw themselves.
func (p Plot) figure(draw func(b *strings.Builder, scale float64)) template.HTML {
	var b strings.Builder
	scale := p.scale()
	fmt.Fprintf(&b, `<figure class="chart-figure"><figcaption>%s</figcaption>`, text(p.Title))
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %s %s" role="img" aria-label="%s">`, num(width), num(height), text(p.Title))
	p.grid(&b, scale)
	draw(&b, scale)
	b.WriteString(`</svg>`)
	p.legend(&b)
	p.table(&b)
	b.WriteString(`</figure>`)
	return template.HTML(b.String())
}

// grid draws four lines with their numbers, and as many labels as have room.
func (p Plot) grid(b *strings.Builder, scale float64) {
	for i := range 5 {
		v := scale * float64(i) / 4
		y, class := p.y(v, scale), "chart-grid"
		if i == 0 {
			class = "chart-axis"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%s" x2="%s" y1="%s" y2="%s"/>`, class, num(left), num(width-right), num(y), num(y))
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="end">%s</text>`, num(left-8), num(y+4), text(p.number(v)))
	}
	every := (len(p.Labels) + 7) / 8
	for i := 0; i < len(p.Labels); i += max(1, every) {
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`, num(p.x(i)), num(height-8), text(p.Labels[i]))
	}
}

func (p Plot) legend(b *strings.Builder) {
	if len(p.Series) < 2 {
		return
	}
	b.WriteString(`<ul class="legend">`)
	for i, s := range p.Series {
		fmt.Fprintf(b, `<li><svg viewBox="0 0 20 12" aria-hidden="true"><path class="chart-line chart-s%d" d="M1 6H19"/></svg>%s</li>`, color(i), text(s.Name))
	}
	b.WriteString(`</ul>`)
}

func (p Plot) table(b *strings.Builder) {
	fmt.Fprintf(b, `<details class="more"><summary>%s</summary><div class="table-wrap"><table><thead><tr><th scope="col">%s</th>`, text(p.Table), text(p.Axis))
	for _, s := range p.Series {
		fmt.Fprintf(b, `<th scope="col" class="number">%s</th>`, text(s.Name))
	}
	b.WriteString(`</tr></thead><tbody>`)
	for i, label := range p.Labels {
		fmt.Fprintf(b, `<tr><th scope="row">%s</th>`, text(label))
		for _, s := range p.Series {
			fmt.Fprintf(b, `<td class="number">%s</td>`, text(p.number(at(s.Values, i))))
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table></div></details>`)
}

// x is where a label's point stands: in the middle of its slot.
func (p Plot) x(i int) float64 {
	return left + (width-left-right)*(0.5+float64(i))/float64(max(1, len(p.Labels)))
}

func (p Plot) y(v, scale float64) float64 {
	return height - bottom - (height-top-bottom)*v/scale
}

// scale is the top of the axis: the next of 1, 2, 4, 5, 8, 10 times a power of ten
// over the greatest number, so that quarters of it are short.
func (p Plot) scale() float64 {
	greatest := 0.0
	for _, s := range p.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				greatest = max(greatest, v)
			}
		}
	}
	if greatest <= 0 {
		return 4
	}
	if p.whole() {
		return 4 * round(math.Ceil(greatest/4)) // people come whole, and so do quarters
	}
	power := math.Pow(10, math.Floor(math.Log10(greatest)))
	for _, step := range []float64{1, 2, 4, 5, 8} {
		if greatest <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// whole says whether all values are whole numbers, as counts are.
func (p Plot) whole() bool {
	for _, s := range p.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) && v != math.Trunc(v) {
				return false
			}
		}
	}
	return true
}

// round goes up to the next of 1, 2, 3, 5, 10 times a power of ten.
func round(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 3, 5} {
		if v <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// number writes a value with its unit; a gap is a dash.
func (p Plot) number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "—"
	}
	return grouped(v) + p.Unit
}

func at(values []float64, i int) float64 {
	if i >= len(values) {
		return math.NaN()
	}
	return values[i]
}

func first(values []float64) int {
	for i, v := range values {
		if !math.IsNaN(v) {
			return i
		}
	}
	return 0
}

func alone(values []float64, i int) bool {
	before := i == 0 || math.IsNaN(at(values, i-1))
	return before && math.IsNaN(at(values, i+1))
}

func color(i int) int { return i%seriesMost + 1 }

func text(s string) string { return html.EscapeString(s) }

// num writes a coordinate in the fewest digits that are exact enough to see.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// grouped writes a number with at most two decimals and groups of three digits.
func grouped(v float64) string {
	s := strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	whole, rest, fraction := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction {
		return whole + "." + rest
	}
	return whole
}
