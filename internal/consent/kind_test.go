package consent

import (
	"reflect"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
)

// TestGroundsAreToldApart changes every single fact of a ground: the gate may look at
// each of them but those that only prove it.
func TestGroundsAreToldApart(t *testing.T) {
	t.Parallel()
	s := State{Basis: BasisRelationship, Grade: GradeC, Event: 7}
	bare, at := groundOf(&s, &contact.BasisFacts{})
	if none, _ := groundOf(&s, nil); none == bare || none < 2 || at != 0 {
		t.Errorf("no facts are %d, empty facts %d", none, bare)
	}
	proofs := map[string]bool{"Document": true, "ReceivedBy": true, "PageHash": true}
	seen := map[int64]string{bare: "nothing"}
	facts := reflect.TypeFor[contact.BasisFacts]()
	for i := range facts.NumField() {
		var f contact.BasisFacts
		switch v := reflect.ValueOf(&f).Elem().Field(i); v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString("x")
		default:
			v.Set(reflect.ValueOf(start))
		}
		name := facts.Field(i).Name
		kind, at := groundOf(&s, &f)
		if other, met := seen[kind]; met != proofs[name] {
			t.Errorf("%s is told from %s: %v", name, other, !met)
		}
		if dated := facts.Field(i).Type == reflect.TypeFor[time.Time](); dated != (at == start.UnixMicro()) {
			t.Errorf("%s dates from %d", name, at)
		}
		if !proofs[name] {
			seen[kind] = name
		}
	}
}

// TestGroundsAreAloneWhereNoNumberTells holds what is asked about person by person.
func TestGroundsAreAloneWhereNoNumberTells(t *testing.T) {
	t.Parallel()
	two := &contact.BasisFacts{LastTransaction: start, PageCaptured: start}
	if kind, at := groundOf(&State{Basis: BasisRelationship}, two); kind != Alone || at != 0 {
		t.Errorf("two dates are %d, %d", kind, at)
	}
	for _, s := range []State{{Basis: "B5"}, {Grade: "E"}} {
		if kind, _ := groundOf(&s, nil); kind != Alone {
			t.Errorf("%+v is %d", s, kind)
		}
	}
	seen := map[int64]State{}
	for _, basis := range []Basis{"", BasisConsent, BasisNotified, BasisRelationship, BasisPublished} {
		for _, grade := range []Grade{"", GradeA, GradeB, GradeC, GradeD} {
			for own := range int64(2) {
				for event := range int64(2) {
					s := State{Basis: basis, Grade: grade, OwnEvent: own, Event: event}
					kind, _ := groundOf(&s, nil)
					if other, met := seen[kind]; met || kind < 2 {
						t.Errorf("%+v is %d, as %+v", s, kind, other)
					}
					seen[kind] = s
				}
			}
		}
	}
}
