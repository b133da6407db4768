package page

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// funcs are the words of the templates, bound to one language and one zone.
func (e *Engine) funcs(p *i18n.Printer, zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"T":   p.T,
		"say": func(f fault.Field) string { return p.T(f.Key, f.Args...) },
		// sayAll takes the arguments of a sentence as one list.
		"sayAll": func(key string, args []any) string { return p.T(key, args...) },
		"lang":   func() string { return string(p.Lang) },
		// country names the country of a code.
		"country": p.Lang.Country,
		"time":    func(t time.Time) template.HTML { return stamp(t, p.Time(t, zone)) },
		"date":    func(t time.Time) template.HTML { return stamp(t, p.Date(t, zone)) },
		// timetext is for attributes and options, which take no element.
		"timetext": func(t time.Time) string { return p.Time(t, zone) },
		"zone":     zone.String,
		"number":   Number,
		"percent":  Percent,
		"bytes":    Bytes,
		"asset":    e.cfg.Assets.URL,
		"icon":     icon,
		"args":     pairs,
		"list":     func(items ...any) []any { return items },
		"field":    NewField,
		// labelOf is replaced for each view by the labels of its own fields.
		"labelOf": func(string) string { return "" },
		"initial": initial,
	}
}

// stamp marks up an instant so that machines read it too. Its text comes from
// our own formats and holds nothing to escape.
func stamp(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return template.HTML(`<span class="none">—</span>`)
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + text + `</time>`)
}

// Number writes a whole number in groups of three, as both languages do.
func Number(n any) (string, error) {
	text := fmt.Sprint(n)
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return "", fmt.Errorf("page: number %v: %w", n, err)
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text, nil
}

// Percent writes part of whole with one decimal; nothing of nothing is a dash.
func Percent(part, whole int64) string {
	if whole == 0 {
		return "—"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + "%"
}

// Bytes writes a size in the largest binary unit that keeps it above one.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, units := float64(n)/1024, []string{"KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && size >= 1024 {
		size, units = size/1024, units[1:]
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[0]
}

// pairs makes named arguments for a part: alternating names and values.
func pairs(items ...any) (map[string]any, error) {
	m := make(map[string]any, len(items)/2)
	for i := 0; i < len(items); i += 2 {
		name, ok := items[i].(string)
		if !ok || i+1 == len(items) {
			return nil, fmt.Errorf("page: args: %v is no name with a value", items[i])
		}
		m[name] = items[i+1]
	}
	return m, nil
}

// initial is the first character of a name, for the round mark of a person.
func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return "?"
}
