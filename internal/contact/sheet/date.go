package sheet

import (
	"strings"
	"time"

	"golang.org/x/text/width"
)

// ParseDate reads the dates that Japanese files hold: 2026/11/21, 2026-11-21,
// 2026.11.21, 20261121, 2026年11月21日, 令和8年11月21日, R8.11.21, each with an optional time
// (14:05, 14:05:06, 14時05分), and RFC 3339. Without a zone the time is in loc. A day
// that is on no calendar, an era's year beyond the era, day/month order, two-digit years and the
// day numbers of spreadsheets are refused: they would have to be guessed.
func ParseDate(s string, loc *time.Location) (time.Time, bool) {
	if len(s) > 64 {
		return time.Time{}, false
	}
	s = strings.TrimSpace(width.Fold.String(s))
	if t, ok := parseZoned(s); ok {
		return t, true
	}
	c := cursor{rest: s}
	day, ok := c.day()
	if !ok {
		return time.Time{}, false
	}
	clock, ok := c.clock()
	if !ok || c.rest != "" {
		return time.Time{}, false
	}
	return time.Date(day.year, time.Month(day.month), day.day, clock[0], clock[1], clock[2], 0, loc), true
}

// parseZoned reads a time with a zone. Most texts have none, and a layout that fails
// costs more than all the rest.
func parseZoned(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02") || !strings.ContainsAny(s[len("2006-01-02"):], "Z+-") {
		return time.Time{}, false
	}
	for _, layout := range zonedLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1868 {
			return t, true
		}
	}
	return time.Time{}, false
}

var zonedLayouts = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07"}

// date is a day of the Gregorian calendar.
type date struct{ year, month, day int }

func (d date) number() int { return d.year*10000 + d.month*100 + d.day }

// valid refuses days that are on no calendar. Japan took up this one in 1873, and
// 1868 is when the eras below begin.
func (d date) valid() bool {
	if d.year < 1868 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 {
		return false
	}
	return d.day <= time.Date(d.year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// era is a Japanese era with its first and last day (元号法, 改元の政令).
type era struct {
	names       []string
	first, last date
}

var eras = []era{
	{[]string{"令和", "㋿", "R", "r"}, date{2019, 5, 1}, date{9999, 12, 31}},
	{[]string{"平成", "㍻", "H", "h"}, date{1989, 1, 8}, date{2019, 4, 30}},
	{[]string{"昭和", "㍼", "S", "s"}, date{1926, 12, 25}, date{1989, 1, 7}},
	{[]string{"大正", "㍽", "T", "t"}, date{1912, 7, 30}, date{1926, 12, 24}},
	{[]string{"明治", "㍾", "M", "m"}, date{1868, 1, 25}, date{1912, 7, 29}},
}

// cursor reads from the front of a text.
type cursor struct{ rest string }

// day reads a day, with or without an era.
func (c *cursor) day() (date, bool) {
	for _, e := range eras {
		for _, name := range e.names {
			if rest, ok := strings.CutPrefix(c.rest, name); ok {
				c.rest = rest
				return c.eraDay(e)
			}
		}
	}
	if len(digits(c.rest)) == 8 {
		n, _ := c.number(8, 8)
		d := date{n / 10000, n / 100 % 100, n % 100}
		return d, d.valid()
	}
	year, ok := c.number(4, 4)
	if !ok {
		return date{}, false
	}
	return c.monthAndDay(year)
}

func (c *cursor) eraDay(e era) (date, bool) {
	c.rest = strings.TrimLeft(c.rest, " .")
	year, ok := 1, c.take("元")
	if !ok {
		year, ok = c.number(1, 2)
	}
	if !ok || year == 0 {
		return date{}, false
	}
	d, ok := c.monthAndDay(e.first.year + year - 1)
	return d, ok && e.first.number() <= d.number() && d.number() <= e.last.number()
}

// monthAndDay reads on behind the year; the same sign must stand twice.
func (c *cursor) monthAndDay(year int) (date, bool) {
	signs := [3]string{}
	for _, try := range [][3]string{{"年", "月", "日"}, {"/", "/", ""}, {"-", "-", ""}, {".", ".", ""}} {
		if c.take(try[0]) {
			signs = try
			break
		}
	}
	month, ok1 := c.spaced(1, 2)
	ok2 := signs[1] != "" && c.take(signs[1])
	day, ok3 := c.spaced(1, 2)
	ok4 := c.take(signs[2])
	c.weekday()
	d := date{year, month, day}
	return d, ok1 && ok2 && ok3 && ok4 && d.valid()
}

// weekday lets (土) fall, which our own files carry.
func (c *cursor) weekday() {
	for _, name := range []string{"月", "火", "水", "木", "金", "土", "日"} {
		if c.take("(" + name + ")") {
			return
		}
	}
}

// clock reads an optional time of day; the rest must be empty then.
func (c *cursor) clock() (hms [3]int, ok bool) {
	if c.rest == "" {
		return hms, true
	}
	if !c.take(" ") && !c.take("T") {
		return hms, false
	}
	c.rest = strings.TrimLeft(c.rest, " ")
	hour, ok1 := c.number(1, 2)
	ended := [2]string{":", ""}
	if !c.take(":") {
		if !c.take("時") {
			return hms, false
		}
		ended = [2]string{"分", "秒"}
	}
	minute, ok2 := c.number(1, 2)
	second := 0
	ok3 := true
	if ended[0] == ":" && c.take(":") || ended[0] == "分" && c.take("分") && c.rest != "" {
		second, ok3 = c.number(1, 2)
		ok3 = ok3 && c.take(ended[1])
		c.fraction()
	}
	return [3]int{hour, minute, second}, ok1 && ok2 && ok3 && hour < 24 && minute < 60 && second < 60
}

// fraction lets parts of a second fall.
func (c *cursor) fraction() {
	if rest, ok := strings.CutPrefix(c.rest, "."); ok {
		c.rest = rest[len(digits(rest)):]
	}
}

func (c *cursor) take(s string) bool {
	rest, ok := strings.CutPrefix(c.rest, s)
	if ok {
		c.rest = rest
	}
	return ok
}

// spaced reads a number that may be aligned with a space (2026年 1月 5日).
func (c *cursor) spaced(least, most int) (int, bool) {
	c.rest = strings.TrimLeft(c.rest, " ")
	return c.number(least, most)
}

// number reads between least and most digits, and no more may follow.
func (c *cursor) number(least, most int) (int, bool) {
	d := digits(c.rest)
	if len(d) < least || len(d) > most {
		return 0, false
	}
	c.rest = c.rest[len(d):]
	n := 0
	for i := 0; i < len(d); i++ {
		n = n*10 + int(d[i]-'0')
	}
	return n, true
}

// digits returns the digits that s begins with.
func digits(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return s[:i]
		}
	}
	return s
}
