package delivery

import (
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Words says what a lane may do from one source.
func (w Way) Words(p *i18n.Printer) string {
	return p.T("look.way", "Connections", w.Connections, "Mails", amount(p, float64(w.PerConnection)), "Rate", amount(p, w.PerSecond))
}

// Words says the range that a limit is moved within.
func (b Bound) Words(p *i18n.Printer) string {
	if b == (Bound{}) {
		return p.T("look.unbounded")
	}
	return p.T("look.bound", "Start", amount(p, b.Start), "Least", amount(p, b.Least), "Most", amount(p, b.Most))
}

// Words says what a decision changed.
func Words(p *i18n.Printer, d shape.Decision) string {
	if d.What == shape.Pause {
		return p.T("look.paused", "For", (time.Duration(d.To) * time.Second).String())
	}
	return p.T("look.changed", "What", p.T("look.variable."+string(d.What)), "From", amount(p, d.From), "To", amount(p, d.To))
}

// Reason says why a decision was made.
func Reason(p *i18n.Printer, d shape.Decision) string { return p.T("look.reason." + string(d.Why)) }

// Blame says whose fault a refusal was; "" if nobody's.
func Blame(p *i18n.Printer, blame string) string {
	if blame == "" {
		return ""
	}
	return p.T("look.blame." + blame)
}

// Words says how a stopped campaign stands at its provider.
func (c OpenCell) Words(p *i18n.Printer, zone *time.Location) string {
	if c.Phase == shape.HalfOpen {
		return p.T("look.cell.half_open")
	}
	return p.T("look.cell.open", "Until", p.Time(c.Until, zone))
}

// Cause says why the campaign was stopped.
func (c OpenCell) Cause(p *i18n.Printer) string {
	last := c.Last()
	text := p.T("look.cause." + string(last.Cause))
	if last.Ratio == 0 {
		return text
	}
	return text + " (" + strconv.FormatFloat(100*last.Ratio, 'f', 1, 64) + "%)"
}

// amount writes a limit with one decimal at the most; none is unbounded.
func amount(p *i18n.Printer, n float64) string {
	switch {
	case n == 0:
		return p.T("look.unbounded")
	case n < 10 && n != float64(int64(n)):
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}
