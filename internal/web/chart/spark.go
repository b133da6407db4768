package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Spark draws how a number moved, small enough to stand in a line of text. label
// says in words what it shows: there is no table beside it.
func Spark(label string, values []float64) template.HTML {
	const w, h, edge = 120.0, 32.0, 3.0
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart chart-spark" viewBox="0 0 %s %s" role="img" aria-label="%s">`, num(w), num(h), text(label))
	if low <= high {
		spread := max(high-low, 1e-9)
		var path strings.Builder
		x, y, pen := 0.0, 0.0, "M"
		for i, v := range values {
			if math.IsNaN(v) {
				pen = "M"
				continue
			}
			x = edge + (w-2*edge)*float64(i)/float64(max(1, len(values)-1))
			y = h - edge - (h-2*edge)*(v-low)/spread
			fmt.Fprintf(&path, "%s%s %s", pen, num(x), num(y))
			pen = "L"
		}
		fmt.Fprintf(&b, `<path class="chart-line chart-s1" d="%s"/><circle class="chart-f1" cx="%s" cy="%s" r="2.5"/>`, path.String(), num(x), num(y))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}
