package merge

import (
	"strconv"
	"strings"
	"time"
)

// directives of a date format, a subset of strftime as Liquid has it.
const directives = "YymdHMaAbB%-"

// validDateFormat says whether every % is followed by something we can write.
func validDateFormat(format string) bool {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		if i++; i >= len(format) || strings.IndexByte(directives, format[i]) < 0 {
			return false
		}
		if format[i] == '-' {
			if i++; i >= len(format) || strings.IndexByte("mdH", format[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// formatDate writes an ISO date (with or without a time) in the given format. A
// value that is no date is returned as it is: the reader sees what was stored.
func formatDate(s, format, lang string) string {
	t, ok := parseDate(strings.TrimSpace(s))
	if !ok {
		return s
	}
	out := make([]byte, 0, len(format)+16)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out = append(out, format[i])
			continue
		}
		i++
		pad := true
		if format[i] == '-' {
			pad = false
			i++
		}
		out = appendDirective(out, t, format[i], pad, lang)
	}
	return string(out)
}

func parseDate(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.DateOnly, "2006/1/2", time.RFC3339, time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func appendDirective(out []byte, t time.Time, c byte, pad bool, lang string) []byte {
	number := func(n int) []byte {
		if pad && n < 10 {
			out = append(out, '0')
		}
		return strconv.AppendInt(out, int64(n), 10)
	}
	switch c {
	case 'Y':
		return t.AppendFormat(out, "2006")
	case 'y':
		return t.AppendFormat(out, "06")
	case 'm':
		return number(int(t.Month()))
	case 'd':
		return number(t.Day())
	case 'H':
		return number(t.Hour())
	case 'M':
		return number(t.Minute())
	case 'a', 'A':
		return append(out, weekday(t.Weekday(), c == 'A', lang)...)
	case 'b', 'B':
		return append(out, month(t.Month(), c == 'B', lang)...)
	}
	return append(out, '%')
}

func weekday(d time.Weekday, long bool, lang string) string {
	if lang != "en" {
		name := [...]string{"日", "月", "火", "水", "木", "金", "土"}[d]
		if long {
			return name + "曜日"
		}
		return name
	}
	if long {
		return d.String()
	}
	return d.String()[:3]
}

func month(m time.Month, long bool, lang string) string {
	switch {
	case lang != "en":
		return strconv.Itoa(int(m)) + "月"
	case long:
		return m.String()
	}
	return m.String()[:3]
}
