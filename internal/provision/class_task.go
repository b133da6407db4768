package provision

import (
	"slices"
	"time"
)

// Owing is what is owed next about a programme.
type Owing struct {
	// Kind is a step, or "items" while the draft is incomplete, "freeze" when it is complete
	// and newer than every version, "wait" for the day on which the provision may begin.
	Kind    string
	Version int
	// Until is by when; zero where the law sets no day and neither do we.
	Until time.Time
}

// Late says whether its day has passed.
func (t Owing) Late(now time.Time) bool { return !t.Until.IsZero() && now.After(t.Until) }

// The days behind "promptly" (APPI-R 14) and "without delay" (APPI 27(3), (6)), and those that
// people have between notice and start: all our policy, the law names none.
const (
	promptDays = 7
	delayDays  = 14
	noticeDays = 30
)

// Next lists what is owed about a programme, the most pressing first.
func (p Programme) Next(now time.Time) []Owing {
	out := p.owedTasks()
	if t, ok := p.draftTask(); ok {
		out = append(out, t)
	}
	for _, n := range p.Open(now) {
		v := &p.Versions[n-1]
		if v.did(Ended) != nil || slices.Contains(p.Owed(), n) {
			continue
		}
		if t, ok := p.stepTask(v, now); ok {
			out = append(out, t)
		}
	}
	return out
}

// owedTasks are the announcements of changes that count already, and of ends.
func (p Programme) owedTasks() []Owing {
	var out []Owing
	for _, n := range p.Owed() {
		v := &p.Versions[n-1]
		if p.endOwed(v) {
			out = append(out, Owing{Kind: string(EndFiled), Version: n, Until: v.did(Ended).On.AddDate(0, 0, delayDays)})
		}
		if p.settled(v) {
			continue
		}
		k := Noticed
		if v.did(Noticed) != nil {
			k = Filed
		}
		out = append(out, Owing{Kind: string(k), Version: n, Until: v.CreatedAt.AddDate(0, 0, delayDays)})
	}
	return out
}

// draftTask is what the draft waits for.
func (p Programme) draftTask() (Owing, bool) {
	last := p.latest()
	if last != nil && len(Changes(last.Items, p.Draft)) == 0 {
		return Owing{}, false
	}
	if len(p.Missing()) > 0 {
		return Owing{Kind: "items", Version: len(p.Versions) + 1}, true
	}
	return Owing{Kind: "freeze", Version: len(p.Versions) + 1}, true
}

// stepTask is the step that a version waits for.
func (p Programme) stepTask(v *Version, now time.Time) (Owing, bool) {
	start := v.Items.StartDay()
	for _, k := range p.course(v.Items) {
		if k == Ended || k == EndFiled || v.did(k) != nil {
			continue
		}
		t := Owing{Kind: string(k), Version: v.Number}
		switch {
		case k == Noticed && !start.IsZero():
			t.Until = start.AddDate(0, 0, -noticeDays)
		case k == Filed && !start.IsZero():
			t.Until = start
		case k == PublishedByUs:
			t.Until = v.did(PublishedByPPC).On.AddDate(0, 0, promptDays)
		}
		return t, true
	}
	return Owing{Kind: "wait", Version: v.Number, Until: start}, now.Before(start)
}
