package demo

import (
	"testing"
	"time"
)

// TestAStartIsADayOfJapan holds that a provision begins on a day of Japan also while it is still
// yesterday in UTC: else the check of the demo fails for nine hours of each day.
func TestAStartIsADayOfJapan(t *testing.T) {
	t.Parallel()
	for hour, want := range map[int]string{14: "2026-11-22", 15: "2026-11-23"} {
		at := time.Date(2026, 11, 22, hour, 30, 0, 0, time.UTC)
		if got := (&company{}).items(at).Start; got != want {
			t.Errorf("at %d UTC: %s, want %s", hour, got, want)
		}
	}
}
