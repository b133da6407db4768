package law

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// Finding is a rule whose condition holds.
type Finding struct{ Rule *Rule }

// Findings are all that one question found, blocks first.
type Findings []Finding

// Block is the first finding that forbids, nil when none does.
func (f Findings) Block() *Rule {
	if len(f) > 0 && f[0].Rule.Effect == Block {
		return f[0].Rule
	}
	return nil
}

// bench judges the facts of one place.
type bench[F any] struct {
	at      Place
	lexicon lexicon
	checks  map[string]func(*F) bool
	entries []entry[F]
	desks   desks[F]
}

// entry is a rule made ready.
type entry[F any] struct {
	rule  *Rule
	when  []clause
	check func(*F) bool
	reach Jurisdictions
	// from and until bound the time it is in force, in nanoseconds of Unix time.
	from, until int64
}

// manyRules is how many entries the rules of one place may have.
const manyRules = 256

// marks are the entries of a bench whose condition holds, as bits in their order.
type marks [manyRules / 64]uint64

func newBench[F any](at Place, checks map[string]func(*F) bool) *bench[F] {
	return &bench[F]{at: at, lexicon: lexicon{words: wordsOf(reflect.TypeFor[F]())}, checks: checks}
}

// add makes a rule ready, or says what of its condition is impossible. Rules without
// a condition are held by tests and ask nothing here.
func (b *bench[F]) add(r *Rule) error {
	if !slices.Contains(r.At, b.at) || r.When == nil && r.Check == "" {
		return nil
	}
	e := entry[F]{rule: r, reach: r.reach, from: r.from.UnixNano(), until: math.MaxInt64}
	if !r.until.IsZero() {
		e.until = r.until.UnixNano()
	}
	for i, table := range r.When {
		c, err := b.lexicon.clause("when["+strconv.Itoa(i)+"]", table)
		if err != nil {
			return fmt.Errorf("when at %s: %w", b.at, err)
		}
		e.when = append(e.when, c)
	}
	if r.Check != "" {
		if e.check = b.checks[r.Check]; e.check == nil {
			return &wrong{"check", fmt.Errorf("check %q is unknown at %s", r.Check, b.at)}
		}
	}
	if len(b.lexicon.used) > most {
		return fmt.Errorf("more than %d facts are used at %s", most, b.at)
	}
	if b.entries = append(b.entries, e); len(b.entries) > manyRules {
		return fmt.Errorf("more than %d rules are held at %s", manyRules, b.at)
	}
	return nil
}

// sort puts what forbids first, within an effect the families in their order, and
// within a family the rules by their ids.
func (b *bench[F]) sort(rank map[string]int) {
	weight := map[Effect]int{Block: 0, Warn: 1, Record: 2}
	slices.SortStableFunc(b.entries, func(x, y entry[F]) int {
		return cmp.Or(weight[x.rule.Effect]-weight[y.rule.Effect],
			rank[family(x.rule.ID)]-rank[family(y.rule.ID)], cmp.Compare(x.rule.ID, y.rule.ID))
	})
}

// judge marks every rule whose condition holds, and allocates nothing. It reports
// whether every fact was readable: a choice that no rule file knows cannot be judged,
// and what asks must then say no.
func (b *bench[F]) judge(f *F, now time.Time, reach Jurisdictions) (m marks, sure bool) {
	d := b.desks.lend(&b.lexicon)
	sure = d.read(f)
	at := now.UnixNano()
	for i := range b.entries {
		e := &b.entries[i]
		if e.reach&reach != 0 && e.from <= at && at < e.until && e.holds(&d.facts, &d.reading) {
			m[i/64] |= 1 << (i % 64)
		}
	}
	b.desks.giveBack(d)
	return m, sure
}

func (e *entry[F]) holds(f *F, r *reading) bool {
	met := e.when == nil
	for i := range e.when {
		if met = e.when[i].holds(r); met {
			break
		}
	}
	return met && (e.check == nil || e.check(f))
}

// first is the index of the first mark, -1 when there is none.
func (m *marks) first() int {
	for i, word := range m {
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// findings lists what is marked. Facts that could not be read add the rule of doubt.
func (b *bench[F]) findings(m marks, sure bool, doubt *Rule) Findings {
	var out Findings
	if !sure {
		out = append(out, Finding{Rule: doubt})
	}
	for i := m.first(); i >= 0; i = m.first() {
		out = append(out, Finding{Rule: b.entries[i].rule})
		m[i/64] &^= 1 << (i % 64)
	}
	return out
}

// all gathers every finding.
func (b *bench[F]) all(f *F, now time.Time, reach Jurisdictions, doubt *Rule) Findings {
	m, sure := b.judge(f, now, reach)
	return b.findings(m, sure, doubt)
}
