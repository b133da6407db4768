package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func week() Plot {
	return Plot{
		Title: "登録と解除", Axis: "日付", Table: "数字を表で見る",
		Labels: []string{"11/15", "11/16", "11/17", "11/18", "11/19", "11/20", "11/21"},
		Series: []Series{
			{"登録", []float64{12, 18, 9, 31, math.NaN(), 27, 40}},
			{"解除", []float64{1, 0, 2, 1, 3, 0, 1}},
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	one := week()
	one.Series, one.Unit = one.Series[1:], "%"
	figures := map[string]template.HTML{
		"lines": week().Lines(),
		"line":  one.Lines(),
		"bars":  week().Bars(),
		"empty": Plot{Title: "何もない", Axis: "日付", Table: "表"}.Lines(),
		"donut": Donut{
			Title: "配信結果", Name: "結果", Value: "件数", Center: "通",
			Slices: []Slice{{"届いた", 912, "/admin/x"}, {"一時的に失敗", 61, ""}, {"失敗", 27, ""}, {"保留", 0, ""}},
		}.Draw(),
		"whole": Donut{Title: "全部", Slices: []Slice{{"届いた", 5, ""}}}.Draw(),
		"none":  Donut{Title: "無", Slices: []Slice{{"届いた", 0, ""}}}.Draw(),
	}
	for name, figure := range figures {
		file := filepath.Join("testdata", name+".html")
		got := strings.ReplaceAll(string(figure), "><", ">\n<") + "\n"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, []byte(got)) {
			t.Errorf("%s differs from %s; look at it and run go test -update", name, file)
		}
		wellFormed(t, name, got)
	}
}

// wellFormed holds that every element is closed and nothing is styled inline.
func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	t.Parallel()
	bad := `<script>"&`
	p := Plot{Title: bad, Axis: bad, Table: bad, Unit: bad, Labels: []string{bad}, Series: []Series{{bad, []float64{1}}, {bad, []float64{2}}}}
	d := Donut{Title: bad, Name: bad, Value: bad, Center: bad, Slices: []Slice{{bad, 1, bad}}}
	for _, figure := range []template.HTML{p.Lines(), p.Bars(), d.Draw()} {
		if strings.Contains(string(figure), "<script") || strings.Contains(string(figure), `"&"`) {
			t.Errorf("unescaped: %s", figure)
		}
		wellFormed(t, "escaped", string(figure))
	}
}

func TestNumbersAreShort(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 12.5: "12.5", 1.0 / 3: "0.33"} {
		if got := grouped(v); got != want {
			t.Errorf("grouped(%v) = %q, want %q", v, got, want)
		}
	}
}
