package reply

import "testing"

func TestGeneralCompiles(t *testing.T) {
	r, err := General()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.own {
		for _, b := range c.text {
			if b.need.nothing() {
				t.Errorf("%s: %s needs nothing", c.ID, b.re)
			}
		}
	}
}
