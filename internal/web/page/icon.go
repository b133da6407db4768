package page

import (
	"fmt"
	"html/template"
)

// icons are drawn on a field of 20 by 20 with a stroke in the text's colour.
var icons = map[string]string{
	"home":      `<path d="M3 9.5 10 3.5l7 6V16a1 1 0 0 1-1 1h-3.5v-5h-5v5H4a1 1 0 0 1-1-1z"/>`,
	"people":    `<circle cx="7.5" cy="7" r="3"/><path d="M2 17c.4-3.2 2.6-5 5.5-5s5.1 1.8 5.5 5M13 4.3a3 3 0 0 1 0 5.4M15 12.4c1.7.7 2.7 2.3 3 4.6"/>`,
	"import":    `<path d="M10 3v9M6.5 8.8 10 12.3l3.5-3.5M3.5 13v2.5A1.5 1.5 0 0 0 5 17h10a1.5 1.5 0 0 0 1.5-1.5V13"/>`,
	"topic":     `<path d="M3.5 4.5h9v8.2H8.3L5.5 15.2v-2.5h-2zM15 7h1.5v8.2H15v2.3l-2.7-2.3H10"/>`,
	"form":      `<rect x="3.5" y="3" width="13" height="14" rx="1.5"/><path d="M6.5 7h7M6.5 10.5h4M6.5 14h2.5"/>`,
	"campaign":  `<path d="M3 8.5v3.5h2.5L12 16V4.5L5.5 8.5zM14.8 8a3 3 0 0 1 0 4.5M6 12.3l1 4.2h2"/>`,
	"stop":      `<circle cx="10" cy="10" r="7"/><path d="m5.1 5.1 9.8 9.8"/>`,
	"evidence":  `<path d="M10 2.8 4 5v4.6c0 3.6 2.4 6.4 6 7.6 3.6-1.2 6-4 6-7.6V5z"/><path d="m7.3 10 2 2 3.5-3.8"/>`,
	"inbox":     `<path d="M3 11.5 5.2 4.5h9.6l2.2 7v4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM3 11.5h4a3 3 0 0 0 6 0h4"/>`,
	"operators": `<circle cx="10" cy="6.5" r="3.2"/><path d="M3.8 17c.5-3.6 3-5.5 6.2-5.5s5.7 1.9 6.2 5.5"/>`,
	"settings":  `<path d="M3 5.5h8M15 5.5h2M3 10h2M9 10h8M3 14.5h7M14 14.5h3"/><circle cx="13" cy="5.5" r="1.8"/><circle cx="7" cy="10" r="1.8"/><circle cx="12" cy="14.5" r="1.8"/>`,
	"audit":     `<path d="M5 3h7.5L16 6.5V17H5zM12 3v4h4M8 10.5h5M8 13.5h5"/>`,
	"key":       `<circle cx="6.5" cy="13.5" r="3.3"/><path d="m9 11.2 7.5-7.7M14 6l2.3 2.2M11.7 8.4l1.6 1.5"/>`,
	"globe":     `<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.3 2.2 3.2 4.5 3.2 7s-.9 4.8-3.2 7c-2.3-2.2-3.2-4.5-3.2-7S7.7 5.2 10 3z"/>`,
	"menu":      `<path d="M3 5.5h14M3 10h14M3 14.5h14"/>`,
	"leave":     `<path d="M8 3.5H4.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1H8M12.5 6.5 16 10l-3.5 3.5M16 10H7.5"/>`,
	"plus":      `<path d="M10 4v12M4 10h12"/>`,
	"check":     `<path d="m4 10.5 4 4 8-9"/>`,
	"cross":     `<path d="m5 5 10 10M15 5 5 15"/>`,
	"warn":      `<path d="M10 3.2 2.5 16.5h15zM10 8v4M10 14.2v.3"/>`,
	"info":      `<circle cx="10" cy="10" r="7"/><path d="M10 9v5M10 6.2v.3"/>`,
	"copy":      `<rect x="7" y="7" width="9.5" height="9.5" rx="1.5"/><path d="M13 7V4.5A1 1 0 0 0 12 3.5H4.5a1 1 0 0 0-1 1V12a1 1 0 0 0 1 1H7"/>`,
	"upload":    `<path d="M10 13V4M6.5 7.2 10 3.7l3.5 3.5M3.5 13v2.5A1.5 1.5 0 0 0 5 17h10a1.5 1.5 0 0 0 1.5-1.5V13"/>`,
	"next":      `<path d="m8 5 5 5-5 5"/>`,
	"share":     `<circle cx="5" cy="10" r="2.2"/><circle cx="14.5" cy="5" r="2.2"/><circle cx="14.5" cy="15" r="2.2"/><path d="m7 9 5.5-2.9M7 11l5.5 2.9"/>`,
	"clock":     `<circle cx="10" cy="10" r="7"/><path d="M10 6v4.2l2.8 1.7"/>`,
	"search":    `<circle cx="9" cy="9" r="5.2"/><path d="m13 13 4 4"/>`,
}

// icon draws a sign that only repeats what the word beside it says, so it is
// hidden from screen readers.
func icon(name string) (template.HTML, error) {
	d, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("page: icon %s does not exist", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">` + d + `</svg>`), nil
}
