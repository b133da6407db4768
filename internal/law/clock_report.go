package law

import "time"

// Report is when an incident must have been reported (APPI-R 8): each is the last moment of its
// day in Japan.
type Report struct{ Remind, Preliminary, Final time.Time }

// ReportOf counts in days of the calendar of Japan, the one on which somebody knew being day 1:
// the preliminary report from the third to the fifth (the guideline's reading of "promptly"), the
// final one by the 30th, the 60th where a wrongful purpose is possible. Saturdays, Sundays and
// holidays count; where the last day of the final report is one on which the commission is
// closed, the next day on which it is open is the last (commission's guideline 通則編 3-5-3-3,
// 3-5-3-4; 行政機関の休日に関する法律 2条). Public holidays are not known here: for them the day is
// too early, never too late. The wording of the guideline was not at hand: not verified.
func ReportOf(known time.Time, wrongful bool) Report {
	last := 30
	if wrongful {
		last = 60
	}
	first := known.In(Japan)
	nth := func(n int) time.Time {
		return time.Date(first.Year(), first.Month(), first.Day()+n-1, 0, 0, 0, 0, Japan)
	}
	final := nth(last)
	for closedOn(final) {
		final = final.AddDate(0, 0, 1)
	}
	return Report{Remind: endOf(nth(3)), Preliminary: endOf(nth(5)), Final: endOf(final)}
}

// endOf is the last moment of a day, as exact as times are stored.
func endOf(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Microsecond) }

// closedOn says whether offices of the state are closed on a day, but for public holidays
// (行政機関の休日に関する法律 1条1項).
func closedOn(day time.Time) bool {
	switch _, month, date := day.Date(); {
	case day.Weekday() == time.Saturday, day.Weekday() == time.Sunday:
		return true
	case month == time.December:
		return date >= 29
	case month == time.January:
		return date <= 3
	}
	return false
}

// IncidentDay is the number of the day that a time lies on, by the calendar of Japan: 1 is the one
// on which somebody knew, and less is before it.
func IncidentDay(known, at time.Time) int {
	return int(dateOf(at).Sub(dateOf(known))/(24*time.Hour)) + 1
}

// dateOf is the beginning of a time's day in Japan.
func dateOf(t time.Time) time.Time {
	y, m, d := t.In(Japan).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Japan)
}
