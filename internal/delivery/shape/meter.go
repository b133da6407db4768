package shape

import "time"

// meterSeconds is how far back the meter looks.
const meterSeconds = 16

// meter counts what was sent and what was taken in the last seconds.
type meter struct {
	begun       time.Time
	last        int64
	sent, taken [meterSeconds]uint32
}

func (m *meter) add(now time.Time, taken bool) {
	m.turn(now)
	i := m.last % meterSeconds
	m.sent[i]++
	if taken {
		m.taken[i]++
	}
}

// turn empties the seconds that have passed.
func (m *meter) turn(now time.Time) {
	second := now.Unix()
	if second-m.last >= meterSeconds {
		m.sent, m.taken = [meterSeconds]uint32{}, [meterSeconds]uint32{}
		m.last = second
	}
	for m.last < second {
		m.last++
		m.sent[m.last%meterSeconds], m.taken[m.last%meterSeconds] = 0, 0
	}
}

// perSecond is the mean of the last seconds, the current one included.
func (m *meter) perSecond(now time.Time) (sent, taken float64) {
	m.turn(now)
	var s, t uint32
	for i := range m.sent {
		s += m.sent[i]
		t += m.taken[i]
	}
	span := max(1, min(meterSeconds-1, now.Sub(m.begun).Seconds()))
	return float64(s) / span, float64(t) / span
}

// idle says that nothing was sent lately.
func (m *meter) idle(now time.Time) bool {
	sent, _ := m.perSecond(now)
	return sent == 0
}
