package keyring

import (
	"strings"
	"testing"
)

func TestAReturnMarkNamesItsMessageAndCannotBeMade(t *testing.T) {
	t.Parallel()
	r := ring(t)
	for _, id := range []int64{1, 127, 128, 1 << 40, 1 << 62} {
		mark := r.SignReturn(id)
		if got, ok := r.VerifyReturn(mark); !ok || got != id {
			t.Errorf("%d: %d %v", id, got, ok)
		}
		if got, ok := r.VerifyReturn(strings.ToUpper(mark)); !ok || got != id {
			t.Errorf("%d in capitals: %d %v", id, got, ok)
		}
		if len("b+"+mark) > 64 || strings.Trim(mark, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("%q is no local part", mark)
		}
		for _, bad := range []string{"", mark[1:], mark[:len(mark)-1], mark + "a", flip(mark[0]) + mark[1:], mark[:5] + flip(mark[5]) + mark[6:], ring(t).SignReturn(id)} {
			if _, ok := r.VerifyReturn(bad); ok {
				t.Errorf("%q was taken for %q", bad, mark)
			}
		}
	}
}

func FuzzVerifyReturn(f *testing.F) {
	r := ring(f)
	f.Add(r.SignReturn(7))
	f.Add("")
	f.Fuzz(func(t *testing.T, mark string) {
		if id, ok := r.VerifyReturn(mark); ok && r.SignReturn(id) != strings.ToLower(mark) {
			t.Errorf("a second mark for %d: %q", id, mark)
		}
	})
}
