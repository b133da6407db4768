package law

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
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
}

// entry is a rule made ready.
type entry[F any] struct {
	rule  *Rule
	when  []clause
	check func(*F) bool
}

// most is how many different facts the rules of one place may use.
const most = 96

func newBench[F any](at Place, checks map[string]func(*F) bool) *bench[F] {
	return &bench[F]{at: at, lexicon: lexicon{words: wordsOf(reflect.TypeFor[F]())}, checks: checks}
}

// add makes a rule ready, or says what of its condition is impossible. Rules without
// a condition are held by tests and ask nothing here.
func (b *bench[F]) add(r *Rule) error {
	if !slices.Contains(r.At, b.at) || r.When == nil && r.Check == "" {
		return nil
	}
	e := entry[F]{rule: r}
	for _, table := range r.When {
		c, err := b.lexicon.clause(table)
		if err != nil {
			return fmt.Errorf("when at %s: %w", b.at, err)
		}
		e.when = append(e.when, c)
	}
	if r.Check != "" {
		if e.check = b.checks[r.Check]; e.check == nil {
			return fmt.Errorf("check %q is unknown at %s", r.Check, b.at)
		}
	}
	if len(b.lexicon.used) > most {
		return fmt.Errorf("more than %d facts are used at %s", most, b.at)
	}
	b.entries = append(b.entries, e)
	return nil
}

// sort puts what forbids first, and within an effect the families in their order.
func (b *bench[F]) sort(rank map[string]int) {
	weight := map[Effect]int{Block: 0, Warn: 1, Record: 2}
	slices.SortStableFunc(b.entries, func(x, y entry[F]) int {
		return cmp.Or(weight[x.rule.Effect]-weight[y.rule.Effect],
			rank[family(x.rule.ID)]-rank[family(y.rule.ID)])
	})
}

// judge hands every rule whose condition holds to found, until that says enough. It
// reports whether every fact was readable: a choice that no rule file knows cannot be
// judged, and what asks must then say no.
func (b *bench[F]) judge(f *F, now time.Time, reach Jurisdictions, found func(*Rule) bool) (sure bool) {
	var room [most]float64
	r, sure := b.lexicon.readAll(room[:0], reflect.ValueOf(f).Elem())
	for i := range b.entries {
		e := &b.entries[i]
		if e.rule.reach.Has(reach) && e.rule.InForce(now) && e.holds(f, r) && !found(e.rule) {
			break
		}
	}
	return sure
}

func (e *entry[F]) holds(f *F, r reading) bool {
	met := e.when == nil
	for _, c := range e.when {
		if met = c.holds(r); met {
			break
		}
	}
	return met && (e.check == nil || e.check(f))
}

func (l *lexicon) readAll(into reading, facts reflect.Value) (reading, bool) {
	sure := true
	for i := range l.used {
		v := l.used[i].read(facts)
		if l.used[i].choices != nil && v == unsure {
			sure = false
		}
		into = append(into, v)
	}
	return into, sure
}

// all gathers every finding. Facts that could not be read add the rule of doubt.
func (b *bench[F]) all(f *F, now time.Time, reach Jurisdictions, doubt *Rule) Findings {
	var out Findings
	sure := b.judge(f, now, reach, func(r *Rule) bool {
		out = append(out, Finding{Rule: r})
		return true
	})
	if !sure {
		out = append(Findings{{Rule: doubt}}, out...)
	}
	return out
}

// first is the most weighty rule that forbids, nil when none does.
func (b *bench[F]) first(f *F, now time.Time, reach Jurisdictions, doubt *Rule) *Rule {
	var no *Rule
	sure := b.judge(f, now, reach, func(r *Rule) bool {
		if r.Effect == Block {
			no = r
		}
		return false
	})
	if !sure {
		return doubt
	}
	return no
}
