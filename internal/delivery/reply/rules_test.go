package reply

import "testing"

func TestGeneralCompiles(t *testing.T) {
	r, err := General()
	if err != nil {
		t.Fatal(err)
	}
	for set := r; set != nil; set = set.next {
		for _, c := range set.own {
			if c.text != nil && len(c.needs) == 0 {
				t.Errorf("%s needs nothing", c.ID)
			}
			if len(c.needs) > 0 && shortest(c.needs) < 4 {
				t.Logf("%s %q", c.ID, c.needs)
			}
		}
	}
}
