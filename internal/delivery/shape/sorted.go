package shape

import (
	"math"
	"sync/atomic"
)

// Pool bounds how much of one thing is in use at the same time: connections of a node,
// a workspace, a source, a provider or a campaign. It is safe for concurrent use.
type Pool struct {
	name string
	most atomic.Int64 // MaxInt64 is no bound
	used atomic.Int64
}

// NewPool makes a pool; most of 0 or less is no bound.
func NewPool(name string, most int) *Pool {
	p := &Pool{name: name}
	p.SetMost(most)
	return p
}

// Name says which pool it is, for explaining why something waits.
func (p *Pool) Name() string { return p.name }

// SetMost changes the bound. What is in use beyond it stays until it is released.
func (p *Pool) SetMost(most int) {
	if most <= 0 {
		most = math.MaxInt
	}
	p.most.Store(int64(most))
}

// Most is the bound; 0 is none.
func (p *Pool) Most() int {
	if most := p.most.Load(); most != math.MaxInt {
		return int(most)
	}
	return 0
}

// InUse is how many are taken.
func (p *Pool) InUse() int { return int(p.used.Load()) }

func (p *Pool) take() bool {
	for {
		used := p.used.Load()
		if used >= p.most.Load() {
			return false
		}
		if p.used.CompareAndSwap(used, used+1) {
			return true
		}
	}
}

// Sorted are several limits that one act needs at the same time, in any order. Nil
// pools are left out.
type Sorted []*Pool

// atOnce is how many pools are sorted without allocating.
const atOnce = 8

// Acquire takes one of each, the smallest pool first, so that a place of a large pool
// is not held while a small one is full. It takes all or nothing: full is the pool that
// had no place, nil when all were taken.
func (s Sorted) Acquire() (full *Pool) {
	var room [atOnce]*Pool
	order := room[:0]
	for _, p := range s {
		if p == nil {
			continue
		}
		i := len(order)
		order = append(order, p)
		for ; i > 0 && order[i-1].most.Load() > p.most.Load(); i-- {
			order[i] = order[i-1]
		}
		order[i] = p
	}
	for i, p := range order {
		if p.take() {
			continue
		}
		for _, taken := range order[:i] {
			taken.used.Add(-1)
		}
		return p
	}
	return nil
}

// Release gives back what Acquire took. Call it once, and only after all were taken.
func (s Sorted) Release() {
	for _, p := range s {
		if p != nil {
			p.used.Add(-1)
		}
	}
}
