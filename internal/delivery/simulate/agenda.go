package simulate

import "time"

// agenda is what happens next: the earliest first, of equals the one put in first, so
// that a run is always the same.
type agenda struct {
	heap []entry
	put  uint64
}

type entry struct {
	at     time.Duration
	order  uint64
	worker int
}

func (e entry) before(o entry) bool {
	return e.at < o.at || e.at == o.at && e.order < o.order
}

func (a *agenda) add(at time.Duration, worker int) {
	a.put++
	a.heap = append(a.heap, entry{at: at, order: a.put, worker: worker})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.heap[i].before(a.heap[up]) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

// next takes the earliest entry. There is always one: every worker has its own.
func (a *agenda) next() (at time.Duration, worker int) {
	first, last := a.heap[0], len(a.heap)-1
	a.heap[0] = a.heap[last]
	a.heap = a.heap[:last]
	for i := 0; ; {
		low := 2*i + 1
		if low >= last {
			break
		}
		if low+1 < last && a.heap[low+1].before(a.heap[low]) {
			low++
		}
		if !a.heap[low].before(a.heap[i]) {
			break
		}
		a.heap[i], a.heap[low] = a.heap[low], a.heap[i]
		i = low
	}
	return first.at, first.worker
}
